"""One frame of a scroll before it is painted, and the picture with its layers marked.

The scene is begun and drawn as it is when rendered, but for land that nobody has painted yet: there each
layer's edge is drawn out. So any frame is seen as soon as another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OptionError
from ..generate import Capabilities, Inpaint
from ..generate.init import start_picture
from ..loops.scroll import plan
from ..loops.scroll.backdrop import Backdrop
from ..loops.scroll.drawing import Drawing
from ..loops.scroll.finding import cutter_of
from ..loops.scroll.layout import About, changes, motion_of
from ..loops.scroll.measures import numbers
from ..loops.scroll.recorded import Record, reopened
from ..loops.scroll.scene import Scene, begin, opened
from ..loops.scroll.shape import BANDS, MASKS, Shape, shape_of
from ..loops.scroll.strips import Strip
from ..loops.source import Given
from ..loops.store import MemoryStore
from ..media import Reader
from ..options import ScrollOptions
from ..types import CancelToken, Event, Frame, Image, Mask, OnEvent, Size
from .layer_marks import LayerMark, colours, marked_layers

HINTED = "land that is not painted yet is only hinted at: each layer's edge is drawn out"
UNFOUND = (
    "layers by words are found by a network once the scroll is made; here the whole picture is one layer"
)
UNLIFTED = "things by words are found by a network once the scroll is made; here they move with their layer"
TINT = 0.35  # of a layer's colour, over what it shows

Look = Callable[[np.ndarray, Mask], np.ndarray]
"""What becomes of a layer's land, RGBA uint8 [h, w, 4], where bool [h, w] it is known."""


@dataclass(frozen=True)
class ScrollPreview:
    """What is seen of a scroll.

    result  uint8 [h, w, 3], the frame
    new     bool [h, w], where it shows land that is not painted yet
    layers  uint8 [h, w, 3], the picture at the beginning, each layer in a colour of its own
    """

    result: Image
    new: Mask
    layers: Image


class Hint:
    """A generator that paints nothing: it continues the colours around. Only what a preview needs of one."""

    name = "hint"
    note = "nothing is painted"

    def capabilities(self) -> Capabilities:
        return Capabilities(
            checkpoints=None, samplers=None, schedulers=None, control_models=None, controlnet=True
        )

    def inpaint(self, request: Inpaint, cancel: CancelToken | None = None) -> Image:
        return start_picture(request.image, request.mask, "fill", 0)


HINT: Any = Hint()  # a Generator as far as it is used here


@dataclass
class Hinted(Strip):
    """A strip that has land everywhere: what it lacks is its edge drawn out."""

    look: Look = lambda sheet, known: sheet

    def window(self, x: int, y: int, size: Size) -> np.ndarray:
        sheet, known = super().window(x, y, size), self.known(x, y, size)
        if not known.all():
            sheet = np.where(known[..., None], sheet, self._edge(x, y, size))
        return self.look(sheet, known)

    def _edge(self, x: int, y: int, size: Size) -> np.ndarray:
        """The window with what lies beyond the strip's bounds taken from there."""
        left, top, right, bottom = self.bounds()
        if self.period is not None:  # the lap of the ring that is nearest to what is known
            along, down = x + (size[0] - left - right) / 2, y + (size[1] - top - bottom) / 2
            px, py = self.period
            lap = round((along * px + down * py) / (px * px + py * py))
            x, y = x - lap * px, y - lap * py
        columns = np.clip(np.arange(x, x + size[0]), left, right - 1)
        rows = np.clip(np.arange(y, y + size[1]), top, bottom - 1)
        over = int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
        land = super().window(int(columns[0]), int(rows[0]), over)
        return land[rows - rows[0]][:, columns - columns[0]]


def quick(options: ScrollOptions) -> ScrollOptions:
    """The options of a scroll of which frames are seen, and that asks no network about words."""
    found = options.layer_prompts is None or options.strips is not None
    if not found:
        alone: dict[str, Any] = {
            "layers": "1",
            "heights": None,
            "distances": None,
            "gains": None,
            "order": None,
        }
        options = replace(options, layer_prompts=None, layer_sounds=None, **alone)
    return replace(options, show="scroll", behind="paint", object_prompts=None)


def notes(options: ScrollOptions, new: Mask) -> tuple[str, ...]:
    """How the preview differs from what is rendered."""
    words = options.strips is None
    told = (
        (HINTED, bool(new.any())),
        (UNFOUND, words and options.layer_prompts is not None),
        (UNLIFTED, words and options.object_prompts is not None),
    )
    return tuple(text for text, true in told if true)


def frame_total(reader: Reader, options: ScrollOptions) -> int:
    return shape_of(reader, quick(options)).frames


def result_size(reader: Reader, options: ScrollOptions) -> Size:
    return options.size or shape_of(reader, quick(options)).size


def depth_maker(reader: Reader, options: ScrollOptions) -> str | None:
    """Who makes the depth that layers are found by, as a plan has it; None where none is needed."""
    kind = shape_of(reader, quick(options)).kind
    if kind == BANDS or options.strips is not None or (kind == MASKS and options.distances is not None):
        return None
    return plan(reader, quick(options), HINT).depth


def scrolled(
    source: Reader, frame: Frame | None, options: ScrollOptions, index: int, size: Size, tell: OnEvent
) -> ScrollPreview:
    """Frame `index` of the scroll, seen at `size`.

    frame  the source's first, small; None for strips that were painted earlier
    Raises OptionError for a frame that there is not, and a ParallaxError for what rendering would refuse.
    """
    options = quick(options)
    plan(source, options, HINT)
    whole = shape_of(source, options)
    if not 0 <= index < whole.frames:
        raise OptionError(f"index: the scroll has {whole.frames} frames, counted from 0", "index")
    if options.strips is None:
        scale = size[0] / whole.size[0]
        soft, rim = options.soft * scale, round(options.rim * scale)
        options = replace(options, size=size, keyframe_size=size, soft=soft, rim=rim)
    else:
        options = replace(options, size=size)
    reader = source if frame is None else _small(frame, source)
    shape = shape_of(reader, options)
    record = Record(MemoryStore())
    scene = _scene(reader, options, shape, record, tell)
    world = scene.world
    tints = colours(len(world.strips))

    def draw(number: int, looks: list[Look], options: ScrollOptions, things: bool = False) -> Image:
        strips = tuple(
            Hinted(strip.period, strip.pieces, look) for strip, look in zip(world.strips, looks, strict=True)
        )
        shown = scene.things if things else ()
        return Drawing(options, shape, replace(world, strips=strips), shown, size).frame(number)

    bare = _bare(options)
    result = draw(index, [_as_it_is] * len(tints), options, things=True)
    new = draw(index, [_novelty] * len(tints), bare)[..., 0] > 127
    tinted = draw(0, [_tinted(colour) for colour in tints], bare)
    about = _about(record, whole.size, options)
    motion = motion_of(options, about, shape.seconds)
    for text in changes(options, about, motion):
        tell(Event("warning", text))
    told = zip(tints, motion.speeds, _distances(options, world.distances), strict=True)
    marks = [LayerMark(*mark) for mark in told]
    at = world.places(0.0)
    coverage = world.coverage(at, world.size)
    return ScrollPreview(result, new, marked_layers(tinted, coverage, marks))


def _scene(source: Reader, options: ScrollOptions, shape: Shape, record: Record, tell: OnEvent) -> Scene:
    """The scene as it begins; its speeds are those of the small picture, so nothing is told of them here."""
    if options.strips is not None:
        reopened(Path(options.strips).expanduser(), record.store)
    else:
        backdrop = Backdrop(source, options, shape, HINT, tell)
        begin(backdrop, record, cutter_of(options, shape, backdrop.depth_of(False)))
    return opened(options, shape, source, record, None, lambda event: None)


def _about(record: Record, size: Size, options: ScrollOptions) -> About:
    """What the record says of the layers, for the picture at its own size: there a loop closes anew."""
    about = record.about() or {}
    if options.strips is not None:
        return about
    return {key: about[key] for key in about if key not in ("periods", "painted")} | {"size": list(size)}


def _small(frame: Frame, source: Reader) -> Reader:
    """A reader of the one frame that says of itself what the source does: heights are in its rows."""
    given = Given([frame], source.kind)
    given.size = source.size
    return given


def _bare(options: ScrollOptions) -> ScrollOptions:
    """Without what lies over the whole picture."""
    return replace(
        options, overlay="none", saturation=1.0, contrast=1.0, brightness=1.0, gamma=1.0, frame_blend=1
    )


def _as_it_is(sheet: np.ndarray, known: Mask) -> np.ndarray:
    return sheet


def _novelty(sheet: np.ndarray, known: Mask) -> np.ndarray:
    """White where land is new, black where it is known."""
    shade = np.where(known, np.uint8(0), np.uint8(255))
    return np.dstack([shade, shade, shade, sheet[..., 3]])


def _tinted(colour: tuple[int, int, int]) -> Look:
    def tinted(sheet: np.ndarray, known: Mask) -> np.ndarray:
        mixed = sheet[..., :3] * (1 - TINT) + np.array(colour) * TINT
        return np.dstack([np.rint(mixed).astype(np.uint8), sheet[..., 3]])

    return tinted


def _distances(options: ScrollOptions, found: Sequence[float]) -> list[str]:
    """As they were given, with their units, else as they were found."""
    if options.distances is not None:
        return [f"{value:g} {unit}".strip() for value, unit in numbers(options.distances, "distances")]
    return [f"{distance:.3g}" for distance in found]
