"""The encoders that media gives to a job's segments."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import media
from ..types import Frame, Image
from .segments import Encoder
from .soundtrack import Motion, laid, lasts_as_source
from .targets import MAIN, Target, codec_of

if TYPE_CHECKING:
    from ..loops.plan import Plan
    from ..media import Reader

STILL_RATE = Fraction(25)


class MediaEncoders:
    """Opens media's writers with what the options, the plan and the source say; `text` is for pictures."""

    def __init__(self, source: Reader, options: Any, plan: Plan, text: str = ""):
        self._source = source
        self._options = options
        self._plan = plan
        self._text = text

    def path_of(self, target: Target, path: Path) -> Path:
        if target.kind in ("video", "animation"):
            return path.with_suffix(media.segment_suffix(self.codec(target), target.alpha))
        return path.with_suffix(target.path.suffix) if target.kind == "picture" else path

    def open(self, target: Target, path: Path, image: Image) -> Encoder:
        settings = self.settings(target)
        if target.kind == "folder":
            names = frame_names(self._source) if self._plan.frames is None else []
            return FrameFolder(path, settings, names, target.frame_suffix)
        size = (image.shape[1], image.shape[0])
        return OneFile(media.open_writer(path, size, **settings))

    def codec(self, target: Target) -> str:
        bit_depth = self._plan.bit_depth or self._source.bit_depth
        return codec_of(target, self._options.codec, self._plan.size, bit_depth)

    def settings(self, target: Target) -> dict[str, Any]:
        """Keyword arguments of `media.open_writer` for one target."""
        codec = self.codec(target)
        common = {
            "rate": self._plan.rate or self._source.rate or STILL_RATE,
            "time_base": 1 / self._plan.rate if self._plan.rate else self._source.time_base,
            "quality": self._options.quality,
            "bitrate": self._options.bitrate,
            "keyframe_seconds": self._options.keyframe_seconds,
            "text": self._text,
            "alpha": target.alpha,
        }
        if target.kind == "animation":
            return {**common, "codec": codec, "bit_depth": 8, "gray": target.gray}
        drawn = self._plan.bit_depth if target.name == MAIN else None
        if target.gray:
            aspect = {"sample_aspect": self._plan.sample_aspect} if target.name == MAIN else {}
            return {**common, "codec": codec, "bit_depth": drawn or 16, "gray": True, **aspect}
        return {
            **common,
            "codec": codec,
            "bit_depth": drawn or self._source.bit_depth,
            "colour": None if drawn else self._source.colour,
            "sample_aspect": self._plan.sample_aspect,
            "stereo": self._plan.stereo if target.name == MAIN else None,
        }


class OneFile:
    """A video file or a still."""

    def __init__(self, writer: Any):
        self._writer = writer

    def write(self, image: Image, frame: Frame, number: int) -> None:
        self._writer.write(image, frame.pts)

    def close(self) -> None:
        self._writer.close()

    def abort(self) -> None:
        self._writer.abort()


class FrameFolder:
    """A folder of pictures (PNG, or numbers) named by their number in the result, or as the source's."""

    def __init__(self, folder: Path, settings: dict[str, Any], names: list[str], suffix: str = ".png"):
        self._folder = folder
        self._suffix = suffix
        self._settings = settings
        self._names = names
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, image: Image, frame: Frame, number: int) -> None:
        name = self._names[number] if number < len(self._names) else f"{number:06d}"
        size = (image.shape[1], image.shape[0])
        with media.open_writer(self._folder / f"{name}{self._suffix}", size, **self._settings) as writer:
            writer.write(image, frame.pts)

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass


def frame_names(source: Reader) -> list[str]:
    """Stems for the frames of a folder: a folder source's own, where no two are alike."""
    names = list(source.names) if source.kind == "folder" else []
    return names if len({name.lower() for name in names}) == len(names) else []


def join_segments(
    target: Target,
    segments: list[Path],
    output: Path,
    source: Reader,
    plan: Plan,
    options: Any,
    text: str,
    motion: Motion,
) -> list[str]:
    """Puts the segments of a video or an animation together at `output`; what media warns of."""
    if target.kind == "animation":
        media.animate(segments, output, quality=options.quality, text=text)
        return []
    if target.gray and target.name != MAIN:
        return media.join(segments, output, source=None, stereo=None, sample_aspect=source.sample_aspect)
    stereo = plan.stereo if target.name == MAIN else None
    return media.join(
        segments,
        output,
        source=source if lasts_as_source(plan) else None,
        stereo=stereo,
        sample_aspect=plan.sample_aspect,
        sound=laid(options, plan, source, motion),
    )
