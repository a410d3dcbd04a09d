"""Where weights lie on this machine, and whether they are what they should be.

The folder is the one PARALLAX_MODELS names, and then that alone; else the one a host
registered with `use_folder` (in a webui its models/Parallax), with the user's cache behind
it; else the user's cache.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError, SourceError, UnavailableError
from . import licence, records
from .catalogue import CATALOGUE, Weights, entry

_host_folder: Path | None = None


def use_folder(path: str | Path | None) -> None:
    """Registers a host's own folder of models; None takes it back."""
    global _host_folder
    _host_folder = None if path is None else Path(path)


def folders() -> list[Path]:
    """Where weights are looked for; new ones go into the first."""
    named = os.environ.get("PARALLAX_MODELS")
    if named:
        return [Path(named).expanduser().absolute()]
    user = user_cache_folder() / "models"
    return [user] if _host_folder is None else [_host_folder.absolute(), user]


def folder() -> Path:
    """Where new weights go."""
    return folders()[0]


def user_cache_folder() -> Path:
    """Parallax's folder in the user's cache: XDG on Linux, Library/Caches on macOS, %LOCALAPPDATA%."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "parallax" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "parallax"
    given = os.environ.get("XDG_CACHE_HOME", "")
    # the XDG standard tells programs to ignore a relative path there
    return (Path(given) if os.path.isabs(given) else Path.home() / ".cache") / "parallax"


def find(name: str) -> Path | None:
    """The file of these weights where it lies here, else None; it is not opened.

    Raises OptionError for a name the catalogue does not have.
    """
    weights = entry(name)
    for place in folders():
        for file in (weights.file, _as_safetensors(weights)):
            if (place / file).is_file():
                return place / file
    return None


def require(name: str) -> Path:
    """The file of these weights, checked against its hash (again only when the file has changed).

    Raises OptionError for an unknown name, UnavailableError where the file is not here or its
    licence waits for a yes (LicenceNeeded), SourceError where it is not the file it should be.
    """
    weights = entry(name)
    path = find(name)
    if path is None:
        raise UnavailableError(
            f"the weights of {name} are not here; `parallax models get {name}` brings them "
            f"({weights.size_text}, {weights.licence})"
        )
    licence.settle(weights, False, folders())
    check(weights, path)
    return path


def version_of(path: Path) -> str:
    """What tells a weights file from another in its place: its recorded hash, else its size and time."""
    sha256, unchanged = records.recorded(path)
    if sha256 is not None and unchanged:
        return f"{path.name} {sha256}"
    stat = path.stat()
    return f"{path.name} {stat.st_size} {stat.st_mtime_ns}"


def check(weights: Weights, path: Path) -> None:
    """Compares a file with what is known of it, and records the hash of one seen for the first time.

    Raises SourceError where it differs.
    """
    official = path.name == weights.file
    size = path.stat().st_size
    if official and weights.size is not None and size != weights.size:
        raise SourceError(
            f"{path}: {size} bytes, but {weights.name} has {weights.size}; the file was cut short or is "
            f"another one, `parallax models get {weights.name}` fetches it anew"
        )
    seen, unchanged = records.recorded(path)
    known = (weights.sha256 if official else None) or seen
    if unchanged and seen == known:
        return
    sha256 = records.sha256_of(path)
    if known is not None and sha256 != known:
        raise SourceError(
            f"{path}: its sha256 is {sha256[:12]}..., but {weights.name} has {known[:12]}...; the file is "
            f"damaged or another one, `parallax models get {weights.name}` fetches it anew"
        )
    records.remember(path, sha256)


def add_file(name: str, path: str | Path, accept_licence: bool = False) -> Path:
    """Takes in a file that the user has, checked first; where it lies now.

    The official file must have the hash of the catalogue; a safetensors file of the same
    network is taken as it is and its hash recorded. It is linked where that is possible, else
    copied. Raises OptionError for an unknown name, LicenceNeeded, SourceError for a file that is
    missing or not these weights, OutputError where the folder cannot be written.
    """
    from .checkpoint import SAFETENSORS, kind_of

    weights, source = entry(name), Path(path)
    if not source.is_file():
        raise SourceError(f"{source}: there is no such file")
    licence.settle(weights, accept_licence, folders())
    if kind_of(source) == SAFETENSORS:
        target = folder() / _as_safetensors(weights)
    else:
        target = folder() / weights.file
        if weights.size not in (None, source.stat().st_size):
            raise SourceError(
                f"{source}: {source.stat().st_size} bytes, but {name} has {weights.size}; it is not that file"
            )
    sha256 = records.sha256_of(source)
    if target.name == weights.file and weights.sha256 not in (None, sha256):
        raise SourceError(f"{source}: its sha256 is not that of {name}; it is not that file")
    try:
        _take_in(source, target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written, {error.strerror or error}") from error
    records.remember(target, sha256)
    return target


def _take_in(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and source.samefile(target):
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    temporary.unlink(missing_ok=True)
    try:
        try:
            # resolved, for a link to a symbolic link would dangle when that one goes
            os.link(source.resolve(), temporary)
        except OSError:
            shutil.copyfile(source, temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


@dataclass(frozen=True)
class Found:
    """A catalogue's entry as it stands here.

    path   the file, or None.
    state  "absent", "checked" (it has the known hash), "recorded" (its hash was recorded when it
           came), "unchecked" (nobody has looked yet), "wrong" (it cannot be the file).
    """

    weights: Weights
    path: Path | None
    state: str


def listing() -> list[Found]:
    """All of the catalogue with what is here of it. Nothing is hashed, so it is quick."""
    found = []
    for weights in CATALOGUE.values():
        path = find(weights.name)
        found.append(Found(weights, path, "absent" if path is None else _state(weights, path)))
    return found


def _state(weights: Weights, path: Path) -> str:
    seen, unchanged = records.recorded(path)
    official = path.name == weights.file
    if official and weights.size not in (None, path.stat().st_size):
        return "wrong"
    if seen is None or not unchanged:
        return "unchecked"
    if official and weights.sha256 is not None:
        return "checked" if seen == weights.sha256 else "wrong"
    return "recorded"


def _as_safetensors(weights: Weights) -> str:
    return Path(weights.file).stem + ".safetensors"
