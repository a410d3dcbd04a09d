"""Runs of the scroll that the benchmarks look into: frames, what was kept, and the strips as they ended up;
and where things stand in frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from _clock import spent
from scipy import ndimage

from lib_parallax.generate import Generator
from lib_parallax.loops.scroll import frames
from lib_parallax.loops.scroll.drawing import Drawing
from lib_parallax.loops.scroll.recorded import Record, step_name
from lib_parallax.loops.scroll.scene import Scene
from lib_parallax.loops.scroll.scene import opened as scene_of
from lib_parallax.loops.scroll.shape import Shape, shape_of
from lib_parallax.loops.scroll.world import World
from lib_parallax.loops.source import opened
from lib_parallax.loops.store import MemoryStore
from lib_parallax.options import ScrollOptions, parse
from lib_parallax.types import Event

ROUNDS = 12  # of the registration
BLUR = 3.0  # pixels: what is finer is shifted a little by sampling between pixels


@dataclass(frozen=True)
class Run:
    """A scroll by bands that was run: `frames` as it gave them, and its strips read again from `record`."""

    options: ScrollOptions
    shape: Shape
    record: Record
    scene: Scene
    frames: list[np.ndarray]
    seconds: float

    @property
    def world(self) -> World:
        return self.scene.world

    def pictures(self) -> Iterator[np.ndarray]:
        """The whole picture at the start, and after every step."""
        for number, _ in enumerate(self.record.steps()):
            kept = self.record.store.picture(step_name(number))
            assert kept is not None
            yield kept

    def drawing(self) -> Drawing:
        size = self.options.size or self.shape.size
        return Drawing(self.options, self.shape, self.world, self.scene.things, size)


def ran(picture: np.ndarray, values: dict[str, Any], generator: Generator | None = None) -> Run:
    """Runs the loop on a picture; the CPU-seconds are those of all of it."""
    options, store = parse(ScrollOptions, values), MemoryStore()
    with opened(picture) as source:
        run = spent(lambda: [f.image for f in frames(source, options, generator=generator, store=store)])
        shape, record = shape_of(source, options), Record(store)
        scene = scene_of(options, shape, source, record, None, _unheard)
    return Run(options, shape, record, scene, run.result, run.cpu_s)


def _unheard(event: Event) -> None:
    del event


def displacement(before: np.ndarray, after: np.ndarray, guess: tuple[float, float]) -> np.ndarray:
    """By how many pixels (x, y) what `before` shows, [h, w, 3], has moved in `after`, near a guess.

    Least squares over what both show (Lucas and Kanade 1981), of pictures blurred alike.
    """
    one, two = (cv2.GaussianBlur(p.astype(np.float32).mean(2), (0, 0), BLUR) for p in (before, after))
    whole = np.rint(guess).astype(int)
    still, other = (_beyond(p, s) for p, s in ((one, whole), (two, -whole)))
    rest = np.zeros(2)
    for _ in range(ROUNDS):
        moved = ndimage.shift(other, -rest[::-1], order=3, mode="nearest")
        inner = slice(12, -12), slice(12, -12)
        slopes = np.stack([g[inner].ravel() for g in np.gradient(moved)[::-1]], 1)
        step = np.linalg.lstsq(slopes.T @ slopes, slopes.T @ (still - moved)[inner].ravel(), rcond=None)[0]
        rest += step
        if np.abs(step).max() < 1e-4:
            break
    return whole + rest


def _beyond(picture: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """What of a picture is still in the frame once it has moved by whole pixels (x, y)."""
    y, x = (slice(max(0, -s), size - max(0, s)) for s, size in zip(shift[::-1], picture.shape, strict=True))
    return picture[y, x]
