"""Zoom: an endless, even zoom through pictures that a generator paints around each other.

The pictures are painted first, from the innermost outward, and kept in the store; what is there is
not painted again. A frame depends on them and on its position alone, so frames stream, and a
resumed job needs no state. `--keyframes` shows pictures painted earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from ... import generate
from ...errors import OptionError
from ...generate import Generator, Txt2Img, Upscale
from ...generate.checks import check_request
from ...media import Reader
from ...options import ZoomOptions
from ...types import Boundary, CancelToken, Event, Frame, Image, OnEvent, Size
from ...warp.backends import Carrier, carrier
from ...warp.zoom import ZoomStack
from ..choosing import Choose
from ..computing import Computing
from ..drawing import boundary_at, drawn
from ..plan import Plan
from ..rates import frame_rate
from ..store import MemoryStore, Store
from .candidates import Picker
from .keyframes import Keyframes, enlarged, kept, saved, upscaler_of
from .numbers import Numbers
from .painting import Painter
from .recorded import COURSE, record
from .repaint import repainted, stays
from .shape import Shape, shape_of
from .timing import positions
from .words import prompts_of

__all__ = ["frames", "plan", "repainted", "stays"]


def plan(source: Reader, options: ZoomOptions, generator: Generator | None = None) -> Plan:
    """The result's shape; refuses what can be refused before anything is painted.

    generator  what paints in place of the one that the options name
    """
    carrier(options.backend, options.device)
    shape = shape_of(source, options)
    options = shape.options
    inputs: tuple[Path, ...] = ()
    if shape.painted:
        inputs = prompts_of(options).pictures
    painter = ""
    if shape.generates:
        generator = generator or generate.asked_for(options)
        _check_names(options, shape, generator)
        painter = f"{generator.name}: {generator.note}"
    return Plan(
        size=shape.size,
        bit_depth=8,
        frames=len(positions(options, shape.steps)),
        rate=frame_rate(options.fps),
        painter=painter,
        inputs=inputs,
    )


def frames(
    source: Reader,
    options: ZoomOptions,
    *,
    generator: Generator | None = None,
    store: Store | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    start: Boundary | None = None,
    choose: Choose | None = None,
) -> Iterator[Frame]:
    """The zoom's frames, uint8 [H, W, 3], at a constant rate; `start` goes on at a boundary.

    choose  is asked which picture of a step is taken, where the options have somebody asked
    """
    tell = on_event or (lambda event: None)
    shape = shape_of(source, options)
    options = shape.options
    store = store or MemoryStore()
    if shape.generates:
        generator = generator or generate.asked_for(options)
        tell(Event("note", generator.note))
    if shape.painted:
        assert generator is not None
        picker = _picker(options, store, choose)
        pictures, made = _painted(source, options, shape, generator, picker, tell, cancel)
    else:
        pictures, made = saved(shape.files), 0
    shown = pictures
    if shape.enlarge > 1:
        assert generator is not None
        shown = enlarged(pictures, shape.enlarge, generator, options, shape.course, store, cancel)

    @lru_cache(maxsize=1)
    def stack(on: Carrier) -> ZoomStack:
        return ZoomStack(
            shown,
            options.factor,
            centres=shape.course.centres,
            rotations=shape.course.rotations,
            feather=2 * options.overlap / 100,
            loop=options.endless,
            backend=on.name,
            device=on.device,
        )

    yield from _shown(stack, shape.size, options, tell, cancel, start.index if start else 0)
    figures = {"keyframes": len(pictures), "painted": made, "enlarged": round(shape.enlarge, 3)}
    note = generator.note if generator is not None and shape.generates else ""
    tell(Event("report", data={"painter": note, **figures}))


def _check_names(options: ZoomOptions, shape: Shape, generator: Generator) -> None:
    """Refuses names that the generator does not know, before it has painted for an hour."""
    able = generator.capabilities()
    if shape.painted:
        other = options.inpaint_checkpoint or ""
        painting = Txt2Img("", shape.keyframe, sampling=Numbers.of(options).sampling(0), checkpoint=other)
        check_request(painting, able, generator.name)
    if shape.enlarge > 1:
        dot = np.zeros((1, 1, 3), np.uint8)
        check_request(Upscale(dot, shape.enlarge, upscaler_of(options)), able, generator.name)


def _picker(options: ZoomOptions, store: Store, choose: Choose | None) -> Picker:
    """Raises OptionError where somebody is to be asked and nobody can be."""
    if options.pick == "ask" and choose is None:
        raise OptionError("pick: nobody can be asked here; the page, the routes and a terminal can", "pick")
    asks = options.pick == "ask" or (options.pick == "auto" and options.candidates > 1)
    return Picker(options.candidates, store, choose if asks else None)


def _painted(
    source: Reader,
    options: ZoomOptions,
    shape: Shape,
    generator: Generator,
    picker: Picker,
    tell: OnEvent,
    cancel: CancelToken | None,
) -> tuple[Keyframes, int]:
    """The keyframes of the prompts, and how many of them had to be painted now."""
    prompts = prompts_of(options)
    unused = [row.step for row in prompts.rows if row.step > options.count]
    if unused:
        tell(
            Event("warning", f"the prompt at step {unused[0]:g} is never reached; --count is {options.count}")
        )
    picker.store.keep_text(COURSE, record(shape.course, options.endless))
    painter = Painter(options, shape.keyframe, shape.course, prompts, generator, picker, tell, cancel)
    made = painter.paint(source)
    return kept(picker.store, shape.steps + (not options.endless)), made


def _shown(
    stack: Callable[[Carrier], ZoomStack],
    size: Size,
    options: ZoomOptions,
    tell: OnEvent,
    cancel: CancelToken | None,
    first: int,
) -> Iterator[Frame]:
    """Frames from `first` on, drawn by a few threads and given in order."""
    computing = Computing(carrier(options.backend, options.device), tell)
    rate, whole = frame_rate(options.fps), positions(options, stack(computing.on).steps)

    def frame(number: int) -> Image:
        return computing(lambda on: stack(on).frame(float(whole[number]), size))

    made = drawn(frame, len(whole), first, cancel)
    for number, image in enumerate(made, first):
        yield Frame(image, number / rate, boundary=boundary_at(number, rate))
        tell(Event("progress", data={"done": number + 1}))
