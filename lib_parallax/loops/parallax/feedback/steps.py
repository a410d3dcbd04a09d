"""The steps' pictures with their depth, in a store: depth is kept in 16 bits, as two bytes of a picture."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ....errors import ParallaxError
from ....types import Image, Size
from ...store import Store

STEP, DEPTH, SCALE = "step", "step-depth", "step-scale"
FULL = 65535
HELD = 4  # steps at a time: frames are drawn side by side, of two steps each


class Step(NamedTuple):
    """A picture, uint8 [H, W, 3], its depth, float32 [H, W], 0..1, and how much larger depth is counted in it
    than in the step before."""

    picture: Image
    depth: np.ndarray
    scale: float = 1.0


def name_of(step: int, what: str = STEP) -> str:
    return f"{what}-{step:04d}"


def as_picture(depth: np.ndarray) -> Image:
    """Depth float [H, W], 0..1, as uint8 [H, W, 3]: the high byte, the low byte, 0."""
    whole = np.rint(np.clip(depth, 0, 1) * FULL).astype(np.uint16)
    return np.dstack([whole >> 8, whole & 255, np.zeros_like(whole)]).astype(np.uint8)


def from_picture(image: Image) -> np.ndarray:
    """float32 [H, W] of what `as_picture` made."""
    whole = image[..., 0].astype(np.uint16) << 8 | image[..., 1]
    return whole.astype(np.float32) / np.float32(FULL)


def kept(store: Store, step: int, size: Size) -> Step | None:
    """The step, if all of it is there in that (width, height)."""
    picture, depth = store.picture(name_of(step)), store.picture(name_of(step, DEPTH))
    scale = store.text(name_of(step, SCALE))
    shape = (size[1], size[0], 3)
    if picture is None or depth is None or scale is None or picture.shape != shape or depth.shape != shape:
        return None
    return Step(picture, from_picture(depth), float(scale))


def keep(store: Store, number: int, step: Step) -> Step:
    """Keeps a step; what is kept comes back, with depth as exact as it is there."""
    coded = as_picture(step.depth)
    store.keep_text(name_of(number, SCALE), repr(step.scale))
    store.keep_picture(name_of(number, DEPTH), coded)
    store.keep_picture(name_of(number), step.picture)
    return Step(step.picture, from_picture(coded), step.scale)


class Steps:
    """The steps of a store, of which a few are held. Safe to call from any thread."""

    def __init__(self, read: Callable[[int], Step | None]):
        self._read = read
        self._held: OrderedDict[int, Step] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def of(cls, store: Store, size: Size) -> Steps:
        return cls(lambda step: kept(store, step, size))

    def __getitem__(self, step: int) -> Step:
        """Raises ParallaxError where its picture has been removed meanwhile."""
        with self._lock:
            if step not in self._held:
                found = self._read(step)
                if found is None:
                    raise ParallaxError(f"{name_of(step)} was removed while it was needed")
                self._held[step] = found
                while len(self._held) > HELD:
                    self._held.popitem(last=False)
            self._held.move_to_end(step)
            return self._held[step]
