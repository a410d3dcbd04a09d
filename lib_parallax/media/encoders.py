"""Which encoder makes what: codec and quality to FFmpeg encoder, pixel format and options.

Thread counts are fixed, because x264, x265 and libvpx give different bytes for different counts and the
same options must give the same file everywhere. Groups of pictures are closed, so that segments join.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..errors import OptionError, UnavailableError
from ..types import Size
from .colour import LIMITED, Colour
from .priority import priority_kept
from .rgba import ALPHA_CODECS
from .tags import StereoTag, frame_packing

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm")
OTHER_VIDEO_SUFFIXES = (
    ".avi",
    ".wmv",
    ".flv",
    ".mpg",
    ".mpeg",
    ".ts",
    ".m2ts",
    ".ogv",
    ".3gp",
    ".gif",
    ".nut",
)
DEEP_CODECS = ("h265-10bit", "av1-10bit", "prores", "h265-10bit-nvenc")

GREY_CODECS = ("ffv1", "h264", "h265", "h265-10bit", "av1", "av1-10bit", "vp9")  # ProRes has no full range

_MP4 = {"h264", "h265", "h265-10bit", "av1", "av1-10bit", "vp9", "ffv1"}
CONTAINER_CODECS = {
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": {"h264", "h265", "h265-10bit", "prores"},
    ".mkv": {*_MP4, "prores"},
    ".webm": {"vp9", "av1", "av1-10bit"},
}

_ENCODERS = {
    "h264": "libx264",
    "h265": "libx265",
    "h265-10bit": "libx265",
    "av1": "libsvtav1",
    "av1-10bit": "libsvtav1",
    "prores": "prores_ks",
    "ffv1": "ffv1",
    "vp9": "libvpx-vp9",
    "h264-nvenc": "h264_nvenc",
    "h265-nvenc": "hevc_nvenc",
    "h265-10bit-nvenc": "hevc_nvenc",
    "av1-nvenc": "av1_nvenc",
}
# quality: (rate factor, effort)
_X264 = {"draft": (27, "ultrafast"), "balanced": (19, "fast"), "high": (15, "slow"), "lossless": (0, "fast")}
_X265 = {
    "draft": (28, "ultrafast"),
    "balanced": (20, "fast"),
    "high": (16, "medium"),
    "lossless": (0, "fast"),
}
_SVT = {"draft": (38, "12"), "balanced": (26, "8"), "high": (18, "6"), "lossless": (4, "6")}
_VP9 = {"draft": (38, "8"), "balanced": (24, "5"), "high": (17, "3"), "lossless": (0, "5")}
_PRORES = {"draft": "1", "balanced": "2", "high": "3", "lossless": "5"}
_NVENC = {"draft": (30, "p1"), "balanced": (21, "p4"), "high": (17, "p6"), "lossless": (0, "p4")}

_THREADS = 4
KEYFRAME_SECONDS = 4.0
_PYRAMID = 2  # most frames x264 and x265 store ahead: a P frame and a B frame that others refer to


# Below these x265 writes past its buffers, and older SVT-AV1 divides by zero.
_SMALLEST = {"libx265": (64, 16), "libsvtav1": (64, 64)}


@dataclass(frozen=True)
class Encoding:
    """How to open an encoder: FFmpeg's name, its pixel format and options, and the size it must be fed.

    delay   frames stored ahead of others that are shown before them; 0 where the encoder's own decoding
            times serve
    """

    name: str
    pixel_format: str
    options: dict[str, str] = field(default_factory=dict)
    threads: int = _THREADS
    size: Size = (0, 0)
    delay: int = 0

    @property
    def is_rgb(self) -> bool:
        return self.pixel_format.startswith(("rgb", "bgr", "gbr"))


def choose(
    codec: str,
    quality: str,
    size: Size,
    rate: Fraction | None,
    *,
    bit_depth: int = 8,
    gray: bool = False,
    colour: Colour | None = None,
    stereo: StereoTag | None = None,
    alpha: bool = False,
    bitrate: float | None = None,
    keyframe_seconds: float = KEYFRAME_SECONDS,
) -> Encoding:
    """The encoding for a codec of options.CODECS (or one of those with "-nvenc" behind) and a quality.

    bitrate           megabits a second on average, in place of what the quality takes; None leaves that to
                      it. Codecs that are lossless, and ProRes, whose rate is its quality's, heed none
    keyframe_seconds  the longest time between two pictures that need no others

    Sizes: where a codec's 4:2:0 needs even sizes and it has 4:4:4, an odd size takes 4:4:4 and is kept;
    AV1 has none here, so an odd AV1 picture gets its last column or row once more (`Encoding.size`).
    "lossless" keeps every RGB value in h264 (8 bit), h265, ffv1 and vp9; prores and av1 come close.
    With `alpha` frames are RGBA: VP9 and FFV1 keep it as it is (VP9 the colour in 4:2:0, so that browsers
    play it), ProRes as 4444. Raises OptionError for an unknown codec, one that holds no transparency where
    that is asked, and for pictures too small for it.
    """
    if codec not in _ENCODERS:
        raise OptionError(f"codec: {codec!r} is not one of {', '.join(_ENCODERS)}", "codec")
    if gray and codec not in GREY_CODECS:
        raise OptionError(f"codec: {codec!r} cannot hold grey; use {', '.join(GREY_CODECS)}", "codec")
    if alpha and codec not in ALPHA_CODECS:
        raise OptionError(f"codec: {codec} holds no transparency; use {', '.join(ALPHA_CODECS)}", "codec")
    colour = colour or Colour()
    least = _SMALLEST.get(_ENCODERS[codec], (1, 1))
    if size[0] < least[0] or size[1] < least[1]:
        raise OptionError(
            f"codec: {codec} takes pictures from {least[0]}x{least[1]} on, not {size[0]}x{size[1]}; "
            "h264 takes smaller ones",
            "codec",
        )
    odd = bool(size[0] % 2 or size[1] % 2)
    gop = max(1, round((rate or Fraction(25)) * Fraction(keyframe_seconds)))
    maker = {
        "libx264": _x264, "libx265": _x265, "libsvtav1": _svt, "prores_ks": _prores, "ffv1": _ffv1,
        "libvpx-vp9": _vp9,
    }.get(_ENCODERS[codec], _nvenc)  # fmt: skip
    request = _Request(codec, quality, size, odd, gop, bit_depth, gray, colour, stereo, alpha, bitrate)
    return maker(request)


@dataclass(frozen=True)
class _Request:
    codec: str
    quality: str
    size: Size
    odd: bool
    gop: int
    bit_depth: int
    gray: bool
    colour: Colour
    stereo: StereoTag | None
    alpha: bool
    bitrate: float | None

    def rate(self, quality: dict[str, str]) -> dict[str, str]:
        """The encoder's options for the bit rate that was asked for, else those for a quality."""
        return quality if self.bitrate is None else {"b": str(round(self.bitrate * 1e6))}


def _x264(r: _Request) -> Encoding:
    crf, preset = _X264[r.quality]
    # Macroblock-tree reads memory that nothing has written: the same frames come out different each time.
    params = [f"threads={_THREADS}", "open-gop=0", "mbtree=0"]
    packing = frame_packing(r.stereo)
    if packing is not None:
        params.append(f"frame-packing={packing}")
    options = {"preset": preset, "g": str(r.gop), "x264-params": ":".join(params)}
    lossless = r.quality == "lossless"
    if lossless and not r.gray:
        return Encoding("libx264rgb", "rgb24", {**options, "qp": "0"}, size=r.size, delay=_PYRAMID)
    layout = "yuv444p" if r.odd else "yuv420p"
    options |= {"qp": "0"} if lossless else r.rate({"crf": str(crf)})
    return Encoding("libx264", layout, options, size=r.size, delay=_PYRAMID)


def _x265(r: _Request) -> Encoding:
    crf, preset = _X265[r.quality]
    deep = r.codec != "h265"
    params = [
        "log-level=none", f"pools={_THREADS}", "frame-threads=2", "lookahead-slices=0", "open-gop=0",
        "rc-lookahead=10", f"keyint={r.gop}",
    ]  # fmt: skip
    if deep and r.colour.hdr:
        params += ["hdr10=1" if r.colour.hdr == "hdr10" else "hdr10=0", "repeat-headers=1"]
        if r.colour.mastering:
            params.append(f"master-display={r.colour.mastering}")
        if r.colour.light:
            params.append(f"max-cll={r.colour.light}")
    options = {"preset": preset}
    if r.quality == "lossless":
        params.append("lossless=1")
    if r.quality == "lossless" and not r.gray:
        options["x265-params"] = ":".join(params)
        return Encoding("libx265", "gbrp10le" if deep else "gbrp", options, size=r.size, delay=_PYRAMID)
    options |= {"x265-params": ":".join(params), **r.rate({"crf": str(crf)})}
    layout = "yuv444p" if r.odd else "yuv420p"
    return Encoding("libx265", layout + "10le" * deep, options, size=r.size, delay=_PYRAMID)


def _svt(r: _Request) -> Encoding:
    crf, preset = _SVT[r.quality]
    # With a bit rate to keep, what one thread has spent is told to others as they come.
    params = ["lp=2" if r.bitrate is None else "lp=1", "enable-overlays=0"]
    if r.colour.hdr and r.colour.mastering:
        params.append(f"mastering-display={_svt_mastering(r.colour.mastering)}")
        if r.colour.light:
            params.append(f"content-light={r.colour.light}")
    options = {
        "preset": preset, "g": str(r.gop), "svtav1-params": ":".join(params), **r.rate({"crf": str(crf)}),
    }  # fmt: skip
    even = (r.size[0] + r.size[0] % 2, r.size[1] + r.size[1] % 2)
    return Encoding("libsvtav1", "yuv420p10le" if r.codec == "av1-10bit" else "yuv420p", options, size=even)


def _prores(r: _Request) -> Encoding:
    if r.alpha:
        options = {"profile": "5" if r.quality == "lossless" else "4", "vendor": "apl0", "alpha_bits": "16"}
        return Encoding("prores_ks", "yuva444p10le", options, size=r.size)
    layout = "yuv444p10le" if r.quality == "lossless" else "yuv422p10le"
    return Encoding("prores_ks", layout, {"profile": _PRORES[r.quality], "vendor": "apl0"}, size=r.size)


def _ffv1(r: _Request) -> Encoding:
    options = {"level": "3", "g": "1", "slicecrc": "1"}
    if min(r.size) >= 64:
        options["slices"] = "4"
    if r.alpha:
        layout = "bgra"
    elif r.gray:
        layout = "gray16le" if r.bit_depth > 8 else "gray"
    elif r.bit_depth <= 8:
        layout = "bgr0"
    else:
        layout = f"gbrp{min(b for b in (10, 12, 14, 16) if b >= min(r.bit_depth, 16))}le"
    return Encoding("ffv1", layout, options, size=r.size)


def _vp9(r: _Request) -> Encoding:
    crf, speed = _VP9[r.quality]
    options = {
        "deadline": "good", "cpu-used": speed, "row-mt": "1", "tile-columns": "1", "g": str(r.gop),
        "auto-alt-ref": "1", "lag-in-frames": "16",
    }  # fmt: skip
    if r.alpha:
        options["auto-alt-ref"] = "0"  # hidden frames have no alpha beside them
        rate = {"lossless": "1"} if r.quality == "lossless" else r.rate({"crf": str(crf), "b": "0"})
        return Encoding("libvpx-vp9", "yuva420p", options | rate, size=r.size)
    if r.quality == "lossless" and r.gray:
        options["lossless"] = "1"
    elif r.quality == "lossless":
        return Encoding("libvpx-vp9", "gbrp", {**options, "lossless": "1"}, size=r.size)
    options |= r.rate({"crf": str(crf), "b": "0"})
    return Encoding("libvpx-vp9", "yuv444p" if r.odd else "yuv420p", options, size=r.size)


def _nvenc(r: _Request) -> Encoding:
    quality, preset = _NVENC[r.quality]
    lossless = r.quality == "lossless"
    tuning = {"tune": "lossless"} if lossless else {"rc": "vbr", **r.rate({"cq": str(quality), "b": "0"})}
    layout = "yuv444p" if r.odd else "yuv420p"
    if r.codec == "h265-10bit-nvenc":
        layout = "p010le"
    options = {"preset": preset, "g": str(r.gop), **tuning}
    return Encoding(_ENCODERS[r.codec], layout, options, threads=1, size=r.size)


def _svt_mastering(text: str) -> str:
    """x265's integers (chromaticity in 1/50000, luminance in 1/10000) as the decimals SVT-AV1 wants."""
    parts = []
    for part in text.rstrip(")").split(")"):
        name, _, numbers = part.partition("(")
        unit = 10000 if name == "L" else 50000
        parts.append(f"{name}({','.join(f'{int(n) / unit:.5f}' for n in numbers.split(','))})")
    return "".join(parts)


def automatic(suffix: str, size: Size, bit_depth: int, alpha: bool = False) -> str:
    """The codec that "auto" stands for: h264, and h265-10bit for more than 8 bits; for WebM vp9 and
    av1-10bit. Pictures too small for a 10-bit encoder get the 8-bit one. With transparency prores in a .mov,
    else vp9."""
    if alpha:
        return "prores" if suffix.lower() == ".mov" else "vp9"
    plain, deep = ("vp9", "av1-10bit") if suffix.lower() == ".webm" else ("h264", "h265-10bit")
    least = _SMALLEST[_ENCODERS[deep]]
    return deep if bit_depth > 8 and size[0] >= least[0] and size[1] >= least[1] else plain


def range_of(codec: str, colour: Colour) -> int:
    """The range a codec can say: ProRes has no word for full."""
    return LIMITED if codec == "prores" else colour.range


@functools.cache
def available() -> dict[str, str | None]:
    """For every codec name, None where this machine encodes it, else the reason it does not.

    Each encoder is really opened, once, with one tiny frame. Software names come first and are what a job
    takes unless it is asked for another.
    """
    return {codec: _try_encoder(codec) for codec in _ENCODERS}


def check_hardware(codec: str) -> None:
    """Raises UnavailableError for a hardware codec that this machine does not encode."""
    reason = _try_encoder(codec) if codec.endswith("-nvenc") else None
    if reason is not None:
        raise UnavailableError(f"codec: {codec} cannot be used on this machine: {reason}")


def _try_encoder(codec: str) -> str | None:
    import av

    name = _ENCODERS[codec]
    if name not in av.codecs_available:
        return f"this PyAV has no {name}"
    size = (256, 256)  # hardware encoders refuse less
    encoding = choose(codec, "draft", size, Fraction(25))
    try:
        context: Any = av.CodecContext.create(encoding.name, "w")
        context.width, context.height = size
        context.pix_fmt = encoding.pixel_format
        context.time_base = Fraction(1, 25)
        context.framerate = Fraction(25)
        context.options = dict(encoding.options)
        frame = av.VideoFrame(*size, encoding.pixel_format)
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        with priority_kept():
            packets = [*context.encode(frame), *context.encode(None)]
        if not packets:
            return f"{name} gave nothing back"
    except (av.FFmpegError, ValueError, OSError) as error:
        return f"{name} cannot be opened ({getattr(error, 'strerror', None) or error})"
    return None
