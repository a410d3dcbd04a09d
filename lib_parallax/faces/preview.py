"""One frame of a source as a loop would render it, small enough to be seen at once.

The frame goes through the loop itself, with the same options. It is scaled down before that:
disparities are shares of the width, so what is seen keeps its measure. Its depth is estimated by
the depth loop, kept, and handed over like a depth file, so that another strength or layout
estimates nothing anew.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .. import loops
from ..errors import DepthFileError, OptionError, SourceError
from ..loops.source import Given, resized
from ..media import Reader, open_depth, open_video
from ..options import (
    LOOP_OPTIONS,
    DepthOptions,
    DepthSourceOptions,
    ParallaxOptions,
    StereoOptions,
    ZoomOptions,
    parse,
)
from ..types import Event, Frame, Image, Mask, OnEvent, Size

PREVIEWED = ("stereo", "depth", "parallax", "zoom")
LONGEST = 960  # pixels of a previewed frame's longer side
KEPT = 32  # depths of the last previews
KEPT_FRAMES = 8
RUN_UP = 6  # frames before the one asked for, for cues: half of what motion tells, and still quick
OF_MANY_FRAMES = ("depth_every", "steadiness", "save_depth")  # say nothing about one frame's depth
DEPTH_NAME = "depth-of-the-preview.npy"
MAGENTA = (255, 0, 255)
WIGGLE_MILLISECONDS = 160

Stamp = tuple[int, int]


@dataclass(frozen=True)
class Preview:
    """What one frame becomes.

    pictures  uint8 [H, W, 3] by name: "result" (as packed), "source", "depth" (inferno, near is
              bright); where the loop makes two views also "left", "right", "anaglyph" and "holes"
              (the synthesised view dimmed, what it uncovers magenta; two synthesised views lie
              beside each other); "holes" also of a move. Of a zoom see `preview_zoom`
    depth     uint16 [H, W] at full scale, near is large; None of a loop that has none
    index     of the frame, from 0
    count     frames of the source; of a move through a picture, its own
    size      (width, height) of the result's frames when they are rendered
    notes     sentences for the user
    """

    pictures: dict[str, Image]
    depth: np.ndarray | None
    index: int
    count: int
    size: Size
    notes: tuple[str, ...]


def preview(
    loop: str, source: str | Path | None, options: Mapping[str, Any] | None = None, index: int = 0
) -> Preview:
    """Frame `index` of a video, folder or picture as the loop renders it with these options.

    Of a move through a picture its own frame `index`; what it uncovers is not painted. Of a zoom what
    `preview_zoom` has: it alone needs no source.

    Raises a ParallaxError for what rendering would refuse, and OptionError ("index") for a frame
    that the source does not have.
    """
    if loop not in PREVIEWED:
        raise OptionError(f"{loop}: has no preview; there is one of {' and '.join(PREVIEWED)}")
    chosen: Any = parse(LOOP_OPTIONS[loop], options)
    if loop == "zoom":
        return _of_zoom(source, chosen, index)
    if source is None and loop == "parallax":
        raise OptionError(
            "source: the preview of a move needs a picture; Generate paints one first", "source"
        )
    loops.check_source(loop, source)
    assert source is not None
    if isinstance(chosen, ParallaxOptions):
        return _of_move(_Origin.of(source), chosen, index)
    module = loops.load(loop)
    origin = _Origin.of(source)
    reader = origin.reader
    plan = module.plan(reader, chosen)
    origin.check(index)
    eye, aspect = _eye(reader, chosen)
    size = shown_size(eye, aspect)
    run_up = min(index, RUN_UP) if plan.depth == "cues" else 0
    moment = _Moment(origin, index, run_up, size)
    frame = _frames(moment)[-1]
    depth, notes = _depth(moment, chosen, plan.depth)

    told: list[str] = []
    with _as_file(depth) as file:
        given = {"depth": file, **_small(chosen)}
        (made,) = loops.run(loop, Given([frame], reader.kind), replace(chosen, **given), on_event=_into(told))
    said = [text for text in told if DEPTH_NAME not in text]
    notes = (*notes, *said, *_limits_of(chosen, reader, plan.size, eye, size), *reader.warnings)
    return Preview(
        _pictures(frame, made, chosen), made.extra["depth"], index, reader.count(), plan.size, notes
    )


def _of_move(origin: _Origin, chosen: ParallaxOptions, index: int) -> Preview:
    from ..loops.depth import depth_picture
    from ..loops.parallax import plan
    from .preview_parallax import frame_total, moved, notes, quick

    reader, film = origin.reader, origin.reader.kind != "picture"
    made = plan(reader, quick(chosen))
    count = frame_total(reader, chosen)
    if film:
        origin.check(index)
    elif not 0 <= index < count:
        raise OptionError(f"index: the move has {count} frames, counted from 0", "index")
    run_up = min(index, RUN_UP) if film and made.depth == "cues" else 0
    square = Fraction(1)
    moment = _Moment(origin, index if film else 0, run_up, shown_size(reader.size, square))
    frame = _frames(moment)[-1]
    depth, said = _depth(moment, chosen, made.depth)
    eye = chosen.size or reader.size
    view, fps = shown_size(eye, square), float(made.rate or reader.rate or chosen.fps)
    told: list[str] = []
    with _as_file(depth) as file:
        seen = moved(frame, reader.kind, replace(chosen, depth=file), index, count, fps, view, _into(told))
    pictures = {
        "result": _shown(seen.result),
        "source": _shown(frame.image),
        "depth": depth_picture(seen.depth, "inferno"),
        "holes": marked(seen.view, seen.holes),
    }
    said += tuple(text for text in told if DEPTH_NAME not in text)
    said += (*notes(chosen, film), *_limits_of(chosen, reader, made.size, eye, view), *reader.warnings)
    relief = np.rint(seen.relief * 65535).astype(np.uint16)
    return Preview(pictures, relief, index, count, made.size, said)


@contextmanager
def _as_file(depth: np.ndarray) -> Iterator[str]:
    """The depth as a file, as users hand it over."""
    with tempfile.TemporaryDirectory(prefix="parallax-") as folder:
        file = Path(folder) / DEPTH_NAME
        np.save(file, depth)
        yield str(file)


def _of_zoom(source: str | Path | None, chosen: ZoomOptions, index: int) -> Preview:
    from .preview_zoom import files_beside, first_step, frame_total, saved_frame

    if chosen.keyframes is not None:
        seen = saved_frame(chosen, index)
    elif index:
        raise OptionError("index: of a zoom that is not painted yet only its first step can be seen", "index")
    else:
        path = None if source is None else Path(source).expanduser()
        beside = (*(() if path is None else (path,)), *files_beside(chosen))
        seen = first_step(path, chosen, tuple(_stamp(file) for file in beside))
    return Preview(seen.pictures, None, index, frame_total(chosen), seen.size, seen.notes)


def frames_of(loop: str, source: Path | None, options: Mapping[str, Any]) -> int:
    """Frames that a preview can be of."""
    if loop == "zoom":
        from .preview_zoom import frame_total

        return frame_total(parse(ZoomOptions, options))
    if loop == "parallax" and source is not None:
        from .preview_parallax import frame_total as frames_of_move

        return frames_of_move(_Origin.of(source).reader, parse(ParallaxOptions, options))
    return frame_count(source or "")


def frame_count(source: str | Path) -> int:
    """Frames of a video or folder; 1 of a picture. Raises SourceError."""
    return _Origin.of(source).reader.count()


def thumbnail(source: str | Path, index: int = 0, longest: int = 320) -> Image:
    """A frame of a source as it is, uint8 [H, W, 3], its longer side at most `longest` pixels.

    Raises SourceError, and OptionError ("index") for a frame that the source does not have.
    """
    origin = _Origin.of(source)
    origin.check(index)
    size = shown_size(origin.reader.size, origin.reader.sample_aspect)
    frame = _frames(_Moment(origin, index, 0, size))[-1]
    return _shown(frame.image, longest)


def wiggle(left: Image, right: Image) -> bytes:
    """Both views, uint8 [H, W, 3], in turn: depth for eyes without glasses. An animated WebP."""
    from PIL import Image as Pictures

    first, second = Pictures.fromarray(left), Pictures.fromarray(right)
    file = io.BytesIO()
    first.save(
        file, "WEBP", save_all=True, append_images=[second], duration=WIGGLE_MILLISECONDS, loop=0,
        quality=80, method=0, minimize_size=False,
    )  # fmt: skip
    return file.getvalue()


def shown_size(size: Size, aspect: Fraction) -> Size:
    """The size at which frames of `size` with pixels of that aspect are shown: square pixels, no
    more of them than that takes, and LONGEST at most."""
    width, height = size[0] * max(aspect, Fraction(1)), size[1] / min(aspect, Fraction(1))
    scale = min(Fraction(1), LONGEST / max(width, height))
    return max(2, round(width * scale)), max(2, round(height * scale))


@dataclass(frozen=True)
class _Origin:
    """A source as it is now: a file that has changed since is another one."""

    path: Path
    stamp: Stamp

    @classmethod
    def of(cls, source: str | Path) -> _Origin:
        path = Path(source).expanduser()
        return cls(path, _stamp(path))

    @property
    def reader(self) -> Reader:
        return _reader(self)

    def check(self, index: int) -> None:
        count = self.reader.count()
        if not 0 <= index < count:
            frames = "1 frame" if count == 1 else f"{count} frames"
            raise OptionError(
                f"index: {self.path} holds {frames}, counted from 0; there is no {index}", "index"
            )


def _stamp(path: Path) -> Stamp:
    """Changes whenever a file, or a picture in a folder, does."""
    try:
        facts = [path.stat()]
        if path.is_dir():
            facts += [entry.stat() for entry in os.scandir(path)]
    except OSError:
        return 0, 0  # opening it says what is wrong
    return max(f.st_mtime_ns for f in facts), sum(f.st_size for f in facts)


@lru_cache(maxsize=8)
def _reader(origin: _Origin) -> Reader:
    # Kept, because it knows where the frames of a long video are. It holds no file open.
    return open_video(origin.path)


@dataclass(frozen=True)
class _Moment:
    """A frame of a source at a size, and how many frames before it are looked at too."""

    origin: _Origin
    index: int
    run_up: int
    size: Size


@lru_cache(maxsize=KEPT_FRAMES)
def _frames(moment: _Moment) -> tuple[Frame, ...]:
    """The frames before the moment's, and it."""
    frames = moment.origin.reader.few(moment.index - moment.run_up, moment.run_up + 1)
    found = tuple(resized(frame, moment.size) for frame in frames)
    if len(found) <= moment.run_up:
        raise SourceError(f"{moment.origin.path}: frame {moment.index} cannot be decoded")
    return found


def _depth(moment: _Moment, chosen: Any, maker: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """The frame's depth 0..1 or in 16 bits, and what is to be said about it."""
    if chosen.depth is not None:
        found = next(open_depth(chosen.depth).frames(moment.index), None)
        if found is None:
            raise DepthFileError(f"{chosen.depth}: it holds no depth for frame {moment.index}")
        return found.image, ()
    names = [f.name for f in fields(DepthSourceOptions) if f.name not in OF_MANY_FRAMES]
    wanted = DepthOptions(**{name: getattr(chosen, name) for name in (*names, "backend", "device")})
    return _estimate(moment, wanted, maker)


@lru_cache(maxsize=KEPT)
def _estimate(moment: _Moment, wanted: DepthOptions, maker: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """`maker` is who estimates, down to the weights file: another one estimates anew."""
    told: list[str] = []
    kind = moment.origin.reader.kind
    source = Given(_frames(moment), kind)
    *_, made = loops.run("depth", source, wanted, on_event=_into(told))
    if kind != "picture":
        known = f"the {moment.run_up} before it" if moment.run_up else "no other"
        told.append(
            f"depth is made of this frame and {known}; in the whole video more frames have a say, "
            "and it is steadied"
        )
    return made.extra["depth"], tuple(told)


def _into(told: list[str]) -> OnEvent:
    def tell(event: Event) -> None:
        if event.kind in ("note", "warning") and event.text not in told:
            told.append(event.text)

    return tell


def _eye(reader: Reader, chosen: Any) -> tuple[Size, Fraction]:
    """Size and pixel aspect of one picture of the result, as it will be rendered."""
    if isinstance(chosen, StereoOptions):
        from ..loops.stereo import eye_aspect, eye_size

        return eye_size(reader.size, chosen), eye_aspect(reader, chosen)
    return chosen.size or reader.size, reader.sample_aspect


def _small(chosen: Any) -> dict[str, Any]:
    """Options that the frame's own size has already answered, or that mean another one."""
    small: dict[str, Any] = {"size": None, "save_depth": None}
    if isinstance(chosen, StereoOptions):
        # a hemisphere's size follows from its angle; nothing else is larger than two frames
        small["size_cap"] = (2 * LONGEST, LONGEST) if chosen.layout == "vr180" else None
    return small


def _limits_of(chosen: Any, reader: Reader, result: Size, eye: Size, size: Size) -> list[str]:
    """How the preview may differ from what is rendered."""
    said = []
    if size[0] * size[1] < eye[0] * eye[1]:
        said.append(
            f"the preview is computed at {size[0]}x{size[1]}; the result will be {result[0]}x{result[1]}"
        )
    if getattr(chosen, "fill", "") == "temporal" and reader.kind != "picture":
        said.append("rendered, uncovered areas are also filled with what other frames of the shot show there")
    return said


def _pictures(source: Frame, made: Frame, chosen: Any) -> dict[str, Image]:
    from ..loops.depth import depth_picture
    from ..loops.scene import DEPTH_STEPS
    from ..warp.anaglyph import anaglyph

    extra = made.extra
    pictures = {"result": _shown(made.image), "source": _shown(source.image)}
    pictures["depth"] = depth_picture(extra["depth"] / np.float32(DEPTH_STEPS), "inferno")
    if "left" in extra:
        left, right = _shown(extra["left"]), _shown(extra["right"])
        pictures |= {"left": left, "right": right}
        pictures["anaglyph"] = anaglyph(left, right, chosen.anaglyph_colours, chosen.anaglyph_method)
        views = zip((left, right), extra["holes"], strict=True)
        pictures["holes"] = np.hstack([marked(view, mask) for view, mask in views if mask is not None])
    return pictures


def marked(view: Image, holes: Mask) -> Image:
    """A view, uint8 [H, W, 3], dimmed, and its holes magenta."""
    picture = view // 3
    picture[holes] = MAGENTA
    return picture


def _shown(image: np.ndarray, longest: int = 2 * LONGEST) -> Image:
    """A picture of a loop as uint8 [H, W, 3]."""
    from ..media.thumbnail import thumbnail

    return thumbnail(image, longest)
