"""What others write made fit to be a file's name, and paths that are none."""

from __future__ import annotations

import re
import unicodedata
from os.path import basename, splitext

LONGEST_STEM = 120  # characters
LONGEST_BYTES = 180  # of a stem in UTF-8: file systems take 255 for a name, and results add to it
LONGEST_NAME = 255
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])\s*(\.|:|$)")
_ADDRESS = re.compile(
    r"(?i)\s*([a-z][a-z0-9+.-]*://|(async|cache|concat|concatf|crypto|data|fd|ffrtmp\w*|file|ftp|gopher|hls|http|"
    r"https|httpproxy|icecast|ipfs|ipns|lavfi|md5|mms\w?|pipe|prompeg|rist|rtm\w+|rtp|sctp|smb|srt|srtp|ssh|"
    r"sftp|subfile|tcp|tee|tls|udp|udplite|unix|zmq)[:,])"
)


def safe_name(name: str, fallback: str = "upload") -> str:
    """A file name of what others call a file: one name and no path, on every system.

    What looks alike becomes alike (NFKC); anything but letters, digits, spaces and ".()-" becomes "_",
    control characters and those that turn the writing's direction with it.
    """
    plain = unicodedata.normalize("NFKC", name.encode("utf-8", "replace").decode())
    stem, suffix = splitext(basename(plain.replace("\\", "/")))
    suffix = re.sub(r"[^\w]+", "", suffix)[:11]
    stem = re.sub(r"[^\w.() -]+", "_", stem)[:LONGEST_STEM].encode()[:LONGEST_BYTES].decode("utf-8", "ignore")
    stem = stem.strip(". ").lstrip("-").strip(". ") or fallback
    if is_device(stem):
        stem = f"_{stem}"
    return f"{stem}.{suffix}" if suffix else stem


def is_device(name: str) -> bool:
    """Whether Windows takes a name for a device, whatever follows its first dot."""
    return _DEVICES.match(unicodedata.normalize("NFKC", name).strip()) is not None


def why_no_path(path: str, windows: bool) -> str | None:
    """What is wrong with a text as the path of a file on this machine; None for nothing.

    windows  whether its rules hold: names of devices, and streams behind a colon
    """
    if "\0" in path or any("\ud800" <= letter <= "\udfff" for letter in path):
        return "holds what no name can hold"
    # a network path would make the machine sign in at somebody's server just by looking
    if path.strip().replace("\\", "/").startswith("//"):
        return "is a network's path or a device's"
    if _ADDRESS.match(path):
        return "is an address"
    if windows and ":" in re.sub(r"^[A-Za-z]:", "", path):
        return "names a stream of a file"
    if windows and any(is_device(part) for part in re.split(r"[/\\]", path)):
        return "names a device"
    return None


def why_no_name(name: str) -> str | None:
    """What is wrong with the name of a file to be made; None for nothing."""
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for letter in name):
        return "holds characters that nobody sees"
    if name.startswith("-"):
        return "begins with a hyphen"
    if name.endswith((".", " ")):
        return "ends in a dot or a space"
    if ":$" in name or "::" in name:
        return "names a stream of a file on Windows"
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} bytes"
    return "is the name of a device on Windows" if is_device(name) else None
