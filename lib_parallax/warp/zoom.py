"""The endless zoom: any moment of a camera that moves out through keyframes, each around the last.

Keyframe K_i fills the middle of K_(i+1), 1/factor as wide. The frame at position s shows what is
factor^s as wide as K_0; between two keyframes the inner one is laid over the outer one and fades in
from its edge. Nothing is rounded to pixels. Memory holds the few keyframes near the position.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from ..errors import OptionError
from .arrays import Restore, device_of, rows_of
from .backends import Carrier, carrier
from .placed import Placed
from .pyramid import Pyramid
from .similarity import Similarity
from .zoom_path import Path, Step, from_pixels, step_of

Size = tuple[int, int]
Point = tuple[float, float]

LAYERS = 3  # of a frame at most: a turned or sideways moving one may look past the second keyframe
KEPT = 4  # pyramids: those of a frame, and one more where threads are on both sides of a join
LEAVING = 2 / 3  # share of a step after which the inner keyframe gives way to its image in the outer
ASPECT_SLACK = 0.02
SNAP = 1e-9  # steps: a position so close to a keyframe's is that one's


class ZoomStack:
    """Keyframes of a zoom, and the frame at any position between them.

    keyframes  a sequence of pictures [H, W, 3] uint8, uint16 or float 0..1 (torch also [3, H, W]), K_0
               innermost; it may load each when asked. All of one shape of picture; sizes may differ
    factor     how much wider each keyframe sees than the one before it, above 1
    centres    where the middle of K_i lies in K_(i+1), (x, y) as shares of its width and height; one
               for all steps or one a step. (0.5, 0.5) is the middle
    rotations  by how many degrees K_i is turned in K_(i+1), clockwise; a number or one a step
    feather    share of a keyframe's half height or width over which it fades in from its edge
    loop       K_0 follows the last keyframe, which lies in K_0 as each lies in its next: positions
               wrap around
    backend, device  the carrier; see `backends.carrier`
    Raises OptionError. Frames may be asked for from several threads.
    """

    def __init__(
        self,
        keyframes: Sequence[Any],
        factor: float = 2.0,
        *,
        centres: Point | Sequence[Point] = (0.5, 0.5),
        rotations: float | Sequence[float] = 0.0,
        feather: float = 0.1,
        loop: bool = False,
        backend: str = "auto",
        device: str = "auto",
    ):
        if len(keyframes) < 1:
            raise OptionError("keyframes: there is none", "keyframes")
        if not (math.isfinite(factor) and factor > 1):
            raise OptionError(f"factor: {factor} is not above 1", "factor")
        if not 0 <= feather <= 1:
            raise OptionError(f"feather: {feather} is not in 0..1", "feather")
        self.factor = float(factor)
        self.steps = len(keyframes) if loop else len(keyframes) - 1
        self._keyframes, self._feather, self._loop = keyframes, feather, loop
        self._backend, self._device = backend, device
        self._centres = _one_a_step(centres, self.steps, 2, "centres")
        self._rotations = _one_a_step(rotations, self.steps, 1, "rotations")[:, 0]
        self._pyramids: OrderedDict[int, Pyramid] = OrderedDict()
        self._lock = Lock()
        self._known: _Known | None = None

    def frame(self, position: float, size: Size | None = None) -> Any:
        """The picture at `position`, in steps from 0 (K_0 fills the frame) to the last keyframe.

        size  (width, height), by default the keyframe's; of another shape than the keyframes it shows
              the most of them that has no border
        Comes back as the keyframes came in. Raises OptionError for a position outside the stack.
        """
        step, t = self._moment(position)
        with self._lock:
            known = self._look_at(step)
            size = self._pyramid(step).size if size is None else _checked(size)
            layers = self._layers(known, step, t, size)
        made = known.on.leave(known.on.primitives.compose(layers, size, int(np.iinfo(known.kind).max)))
        return known.restore(made.astype(known.kind, copy=False))

    def view(self, position: float) -> tuple[int, Similarity]:
        """The keyframe before `position`, and what takes the frame to it.

        Both in half widths from the middle; `.scale` of the latter is factor^(position - keyframe).
        """
        step, t = self._moment(position)
        with self._lock:
            return step, self._look_at(step).path.camera(step, t)

    def _moment(self, position: float) -> tuple[int, float]:
        """The step a position lies in, and how far into it; its end belongs to the next, if there is one."""
        if not math.isfinite(position):
            raise OptionError(f"position: {position} is not a finite number", "position")
        if self._loop:
            position = position % self.steps
        elif not -SNAP <= position <= self.steps + SNAP:
            raise OptionError(f"position: {position:g} is not in 0..{self.steps}", "position")
        near = round(position)
        at = float(near) if abs(position - near) <= SNAP else position
        if self._loop:
            at %= self.steps
        return int(at), at - int(at)

    def _layers(self, known: _Known, step: int, t: float, size: Size) -> list[Placed]:
        """What to lay over each other, the outermost first: only what the frame shows."""
        leaving = float(np.clip((t - LEAVING) / (1 - LEAVING), 0, 1))
        opacity = 1 - leaving * leaving * (3 - 2 * leaving)
        view, layers = known.path.camera(step, t), []
        for number in range(step, step + LAYERS):
            outermost = number == step + LAYERS - 1 or (number == self.steps and not self._loop)
            layer = self._placed(number, view, step + t - number, size, opacity, outermost)
            layers.append(layer)
            if outermost or _fills(layer, size):
                break
            view, opacity = known.path.inward(number).inverse @ view, 1.0
        return layers[::-1]

    def _placed(
        self, number: int, view: Similarity, age: float, size: Size, opacity: float, outermost: bool
    ) -> Placed:
        """Keyframe `number` in a frame that sees it through `view`, `age` steps after its own moment.

        At its own moment its edge is the frame's, and nothing fades there; the feather grows with the
        way the edge has gone. The outermost has nothing behind it, and its edge is repeated.
        """
        pyramid = self._pyramid(number)
        width, height = pyramid.size
        unit = min(2 / size[0], 2 * height / width / size[1])
        place = from_pixels(pyramid.size).inverse @ view @ from_pixels(size, unit)
        feather = min(self._feather, abs(self.factor**age - 1)) * min(width, height) / 2
        if outermost:
            return pyramid.placed(place, endless=True)
        return pyramid.placed(place, feather, opacity)

    def _look_at(self, number: int) -> _Known:
        """What all keyframes share, from the first that is asked for."""
        self._pyramid(number)
        assert self._known is not None
        return self._known

    def _pyramid(self, number: int) -> Pyramid:
        """A keyframe's pyramid, from among the few that are kept or made now."""
        index = number % len(self._keyframes)
        if index in self._pyramids:
            self._pyramids.move_to_end(index)
            return self._pyramids[index]
        keyframe = self._keyframes[index]
        rows, restore = rows_of(keyframe)
        height, width, channels = rows.shape
        name = f"keyframe {index}"
        if channels != 3:
            raise OptionError(f"{name}: {channels} channels, not three", "keyframes")
        if self._known is None:
            place = device_of(keyframe) if self._device == "auto" else self._device
            path = Path(self._steps(height / width), self.factor, self._loop)
            self._known = _Known(carrier(self._backend, place), restore, rows.dtype, height / width, path)
        known = self._known
        if rows.dtype != known.kind:
            raise OptionError(f"{name}: {rows.dtype}, where the others are {known.kind}", "keyframes")
        if abs(height / width / known.aspect - 1) > ASPECT_SLACK + 1 / min(width, height):
            raise OptionError(f"{name}: {width}x{height} has not the shape of the others", "keyframes")
        made = self._pyramids[index] = Pyramid(rows, known.on)
        while len(self._pyramids) > KEPT:
            self._pyramids.popitem(last=False)
        return made

    def _steps(self, aspect: float) -> list[Step]:
        moves = zip(self._centres, self._rotations, strict=True)
        return [step_of(centre, degrees, aspect) for centre, degrees in moves]


@dataclass(frozen=True)
class _Known:
    """What the first keyframe tells of all: its carrier, the way back to its form, its shape."""

    on: Carrier
    restore: Restore
    kind: np.dtype
    aspect: float
    path: Path


def _fills(layer: Placed, size: Size) -> bool:
    return bool((layer.solid(size) == (0, size[0])).all())


def _checked(size: Size) -> Size:
    width, height = size
    if width < 1 or height < 1 or width != int(width) or height != int(height):
        raise OptionError(f"size: {width}x{height} is not a size in whole pixels", "size")
    return int(width), int(height)


def _one_a_step(values: Any, steps: int, numbers: int, name: str) -> np.ndarray:
    """Float64 [steps, numbers] from one entry for all or one a step."""
    try:
        given = np.asarray(values, np.float64)
    except (TypeError, ValueError) as e:
        raise OptionError(f"{name}: not all are numbers", name) from e
    one = (numbers,) if numbers > 1 else ()
    if given.shape == one:
        given = np.broadcast_to(given, (steps, numbers))
    elif given.shape != (steps, *one):
        raise OptionError(f"{name}: shape {given.shape} is neither {one} nor {(steps, *one)}", name)
    if not np.isfinite(given).all():
        raise OptionError(f"{name}: not all are finite numbers", name)
    return given.reshape(steps, numbers)
