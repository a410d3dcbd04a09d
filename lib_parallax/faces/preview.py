"""One frame of a source as a loop would render it, small enough to be seen at once.

The frame goes through the loop itself, with the same options. It is scaled down before that:
disparities are shares of the width, so what is seen keeps its measure. Its depth is estimated by
the depth loop, kept, and handed over like a depth file, so that another strength or layout
estimates nothing anew.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .. import loops
from ..errors import DepthFileError, OptionError
from ..loops.source import Given, opened
from ..media import Reader, open_depth
from ..options import (
    LOOP_OPTIONS,
    DepthOptions,
    DepthSourceOptions,
    ParallaxOptions,
    ScrollOptions,
    StereoOptions,
    ZoomOptions,
    parse,
)
from ..types import Event, Frame, Image, Mask, OnEvent, Size
from .moments import LONGEST, Moment, Origin, frames_at, shown_size, stamp_of

PREVIEWED = ("stereo", "depth", "parallax", "zoom", "scroll")
KEPT = 32  # depths of the last previews
RUN_UP = 6  # frames before the one asked for, for cues: half of what motion tells, and still quick
OF_MANY_FRAMES = ("depth_every", "steadiness", "save_depth")  # say nothing about one frame's depth
DEPTH_NAME = "depth-of-the-preview.npy"
MAGENTA = (255, 0, 255)
WIGGLE_MILLISECONDS = 160


@dataclass(frozen=True)
class Preview:
    """What one frame becomes.

    pictures  uint8 [H, W, 3] by name: "result" (as packed), "source", "depth" (inferno, near is
              bright); where the loop makes two views also "left", "right", "anaglyph" and "holes"
              (the synthesised view dimmed, what it uncovers magenta; two synthesised views lie
              beside each other); "holes" also of a move. Of a scroll also "layers", each in a colour of its
              own, and "mask", the result dimmed, and what is new in it magenta. Of a zoom see `preview_zoom`
    depth     uint16 [H, W] at full scale, near is large; None of a loop that has none
    index     of the frame, from 0
    count     frames of the source; of a move through a picture and of a scroll, its own
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

    Of a move through a picture and of a scroll its own frame `index`; what is uncovered and what is new is
    not painted. Of a zoom what `preview_zoom` has: it needs no source, as strips painted earlier need none.

    Raises a ParallaxError for what rendering would refuse, and OptionError ("index") for a frame
    that the source does not have.
    """
    if loop not in PREVIEWED:
        raise OptionError(f"{loop}: has no preview; there is one of {' and '.join(PREVIEWED)}")
    chosen: Any = parse(LOOP_OPTIONS[loop], options)
    if loop == "zoom":
        return _of_zoom(source, chosen, index)
    if isinstance(chosen, ScrollOptions) and chosen.strips is not None:
        return _of_scroll(None if source is None else Origin.of(source), chosen, index)
    if source is None and loop in ("parallax", "scroll"):
        raise OptionError(
            f"source: the preview of {loop} needs a picture; Generate paints one first", "source"
        )
    loops.check_source(loop, source)
    assert source is not None
    if isinstance(chosen, ParallaxOptions):
        return _of_move(Origin.of(source), chosen, index)
    if isinstance(chosen, ScrollOptions):
        return _of_scroll(Origin.of(source), chosen, index)
    module = loops.load(loop)
    origin = Origin.of(source)
    reader = origin.reader
    plan = module.plan(reader, chosen)
    origin.check(index)
    eye, aspect = _eye(reader, chosen)
    size = shown_size(eye, aspect)
    run_up = min(index, RUN_UP) if plan.depth == "cues" else 0
    moment = Moment(origin, index, run_up, size)
    frame = frames_at(moment)[-1]
    depth, notes = _depth(moment, chosen, plan.depth)

    told: list[str] = []
    with _as_file(depth) as file:
        given = {"depth": file, **_small(chosen), **_numbers(chosen, reader, index)}
        (made,) = loops.run(loop, Given([frame], reader.kind), replace(chosen, **given), on_event=_into(told))
    said = [text for text in told if DEPTH_NAME not in text]
    notes = (*notes, *said, *_limits_of(chosen, reader, plan.size, eye, size), *reader.warnings)
    return Preview(
        _pictures(frame, made, chosen), made.extra["depth"], index, reader.count(), plan.size, notes
    )


def _of_move(origin: Origin, chosen: ParallaxOptions, index: int) -> Preview:
    from ..loops.depth import depth_picture
    from ..loops.parallax import plan
    from ..loops.parallax.depth_over_time import depth_changes, depths_over
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
    moment = Moment(origin, index if film else 0, run_up, shown_size(reader.size, square))
    frame = frames_at(moment)[-1]
    depth, said = _depth(moment, chosen, made.depth)
    if depth_changes(reader, chosen):
        depth = next(depths_over(str(chosen.depth), moment.size, count, index))
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


def _of_scroll(origin: Origin | None, chosen: ScrollOptions, index: int) -> Preview:
    """`origin`: None for strips painted earlier, which need no source."""
    from .preview_scroll import depth_maker, frame_total, notes, result_size, scrolled

    with opened(None) as nothing:
        reader = nothing if origin is None else origin.reader
        count, whole = frame_total(reader, chosen), result_size(reader, chosen)
        size = shown_size(whole, reader.sample_aspect if chosen.size is None else Fraction(1))
        told: list[str] = []
        said: tuple[str, ...] = ()
        frame, given = None, chosen
        with ExitStack() as held:
            if origin is not None:
                moment = Moment(origin, 0, 0, size)
                frame = frames_at(moment)[-1]
                maker = depth_maker(reader, chosen)
                if maker is not None:
                    depth, said = _depth(moment, chosen, maker)
                    given = replace(chosen, depth=held.enter_context(_as_file(depth)))
            seen = scrolled(reader, frame, given, index, size, _into(told))
    pictures = {
        "result": seen.result,
        "layers": seen.layers,
        "mask": tinged(seen.result, seen.new),
    }
    if frame is not None:
        pictures["source"] = _shown(frame.image)
    said += tuple(text for text in told if DEPTH_NAME not in text)
    said += (*notes(chosen, seen.new), *_limits_of(chosen, reader, whole, whole, size), *reader.warnings)
    return Preview(pictures, None, index, count, whole, said)


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
        seen = first_step(path, chosen, tuple(stamp_of(file) for file in beside))
    return Preview(seen.pictures, None, index, frame_total(chosen), seen.size, seen.notes)


def frames_of(loop: str, source: Path | None, options: Mapping[str, Any]) -> int:
    """Frames that a preview can be of."""
    if loop == "zoom":
        from .preview_zoom import frame_total

        return frame_total(parse(ZoomOptions, options))
    if loop == "parallax" and source is not None:
        from .preview_parallax import frame_total as frames_of_move

        return frames_of_move(Origin.of(source).reader, parse(ParallaxOptions, options))
    if loop == "scroll":
        from .preview_scroll import frame_total as frames_of_scroll

        with opened(None) as nothing:
            reader = nothing if source is None else Origin.of(source).reader
            return frames_of_scroll(reader, parse(ScrollOptions, options))
    return frame_count(source or "")


def frame_count(source: str | Path) -> int:
    """Frames of a video or folder; 1 of a picture. Raises SourceError."""
    return Origin.of(source).reader.count()


def thumbnail(source: str | Path, index: int = 0, longest: int = 320) -> Image:
    """A frame of a source as it is, uint8 [H, W, 3], its longer side at most `longest` pixels.

    Raises SourceError, and OptionError ("index") for a frame that the source does not have.
    """
    origin = Origin.of(source)
    origin.check(index)
    size = shown_size(origin.reader.size, origin.reader.sample_aspect)
    frame = frames_at(Moment(origin, index, 0, size))[-1]
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


def _depth(moment: Moment, chosen: Any, maker: str) -> tuple[np.ndarray, tuple[str, ...]]:
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
def _estimate(moment: Moment, wanted: DepthOptions, maker: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """`maker` is who estimates, down to the weights file: another one estimates anew."""
    told: list[str] = []
    kind = moment.origin.reader.kind
    source = Given(frames_at(moment), kind)
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


def _numbers(chosen: Any, reader: Reader, index: int) -> dict[str, float]:
    """Options that change over the frames, as they are at this one."""
    from ..loops.changing import numbers_at
    from ..loops.sounds import sound_curves

    rate, count = reader.rate or 30, reader.count()
    return numbers_at(chosen, index, count, rate, sound_curves(chosen, rate, count))


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


def tinged(picture: Image, new: Mask) -> Image:
    """A picture, uint8 [H, W, 3], dimmed, and what is new in it half magenta."""
    return np.where(new[..., None], picture // 2 + np.array(MAGENTA, np.uint8) // 2, picture // 3)


def _shown(image: np.ndarray, longest: int = 2 * LONGEST) -> Image:
    """A picture of a loop as uint8 [H, W, 3]."""
    from ..media.thumbnail import thumbnail

    return thumbnail(image, longest)
