"""Opening a media file with FFmpeg, safely and with a reason when it cannot be done."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from ..errors import SourceError

# Demuxers that follow addresses written in the file to other files or hosts, or that take any text for video.
# Those of devices and networks are refused besides.
_REFUSED = {
    "applehttp", "concat", "concatf", "dash", "hls", "imf", "rtp", "rtsp", "sdp", "tty", "webm_dash_manifest",
    "bin", "xbin", "adf", "idf", "lavfi", "vobsub", "mpjpeg", "svg_pipe",
}  # fmt: skip


@functools.cache
def _allowed_formats() -> str:
    import av

    return ",".join(sorted(name for name in set(av.formats_available) - _REFUSED if not _has_no_file(name)))


def _has_no_file(name: str) -> bool:
    """Whether a format is read from something other than a file; that of pictures only says so."""
    import av

    if name == "image2":
        return False
    try:
        return bool(av.format.ContainerFormat(name, "r").no_file)
    except ValueError:  # written only
        return True


def open_input(path: Path) -> Any:
    """A PyAV input container of a local file. Raises SourceError."""
    import av

    if not path.exists():
        raise SourceError(f"{path}: there is no such file")
    if path.is_file() and path.stat().st_size == 0:
        raise SourceError(f"{path}: the file is empty")
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": _allowed_formats(),
        "pattern_type": "none",  # a name is one file's, whatever stands in it
    }
    try:
        return av.open(f"file:{path}", options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        raise SourceError(f"{path}: not a video that can be read ({_reason(error)})") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error})") from error


def main_video(container: Any) -> Any | None:
    """The video stream to work on: the first that is not a cover picture; None where there is none."""
    for stream in container.streams.video:
        if stream.codec_context is not None and not is_cover(stream):
            return stream
    return None


def main_audio(container: Any) -> Any | None:
    """The first audio track of a codec that is known here; None where there is none."""
    return next((s for s in container.streams.audio if s.codec_context is not None), None)


def is_cover(stream: Any) -> bool:
    disposition = getattr(stream, "disposition", 0)
    return bool(int(getattr(disposition, "value", disposition)) & 0x400)


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]
