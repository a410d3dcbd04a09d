"""Layers that turn, grow and glide over each other, with exact flow and visibility: scenes for `animate`.

Each layer is a shape cut out of a continuous texture and moved by a similarity per frame, so every
picture is painted from the texture itself (none is warped from another one), at 3x3 samples a pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

SIZE = (768, 512)
SAMPLES = 3
TEXTURES = ("cloth", "paper")

Where = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Motion:
    """A point p (complex, from the picture's middle) lies at p * grow**t * e^(i turn t) + glide * t."""

    glide: complex = 0
    turn: float = 0.0
    grow: float = 1.0

    def forth(self, p: np.ndarray, t: float) -> np.ndarray:
        return p * (self.grow**t * np.exp(1j * self.turn * t)) + self.glide * t

    def back(self, p: np.ndarray, t: float) -> np.ndarray:
        return (p - self.glide * t) / (self.grow**t * np.exp(1j * self.turn * t))


@dataclass(frozen=True)
class Layer:
    """What moves how; `inside` tells of points at rest (t = 0) whether they belong to it."""

    motion: Motion
    seed: int
    inside: Where | None = None


@dataclass(frozen=True)
class Scene:
    """Layers from the back to the front. `paint` tells a layer's colours, 0..255, at points at rest."""

    layers: tuple[Layer, ...]
    texture: str = "cloth"
    size: tuple[int, int] = SIZE

    def image(self, t: float) -> np.ndarray:
        """The picture at frame t, uint8 [H, W, 3]."""
        total = np.zeros((self.size[1], self.size[0], 3), np.float32)
        offsets = (np.arange(SAMPLES) + 0.5) / SAMPLES - 0.5
        for oy in offsets:
            for ox in offsets:
                points = self._points() + complex(ox, oy)
                front = self.front(points, t)
                for number, layer in enumerate(self.layers):
                    at = layer.motion.back(points, t)
                    colour = _read(_texture(self.texture, layer.seed), at)
                    np.copyto(total, total + colour, where=(front == number)[..., None])
        return np.rint(np.clip(total / SAMPLES**2, 0, 255)).astype(np.uint8)

    def front(self, points: np.ndarray, t: float) -> np.ndarray:
        """Which layer is seen at points of the picture at frame t, int8."""
        front = np.zeros(points.shape, np.int8)
        for number, layer in enumerate(self.layers):
            if layer.inside is not None:
                front[layer.inside(layer.motion.back(points, t))] = number
        return front

    def flow(self, t: float, to: float) -> np.ndarray:
        """Exact flow float32 [H, W, 2] on frame t into frame `to`."""
        points = self._points()
        moved = self._moved(points, t, to) - points
        return np.stack([moved.real, moved.imag], -1).astype(np.float32)

    def hidden(self, t: float, to: float) -> np.ndarray:
        """Pixels of frame t that frame `to` does not show, bool [H, W]."""
        points = self._points()
        moved = self._moved(points, t, to)
        x, y = (moved.real + (self.size[0] - 1) / 2, moved.imag + (self.size[1] - 1) / 2)
        outside = (x < 0) | (y < 0) | (x > self.size[0] - 1) | (y > self.size[1] - 1)
        return outside | (self.front(moved, to) != self.front(points, t))

    def _moved(self, points: np.ndarray, t: float, to: float) -> np.ndarray:
        front = self.front(points, t)
        moved = points.copy()
        for number, layer in enumerate(self.layers):
            here = front == number
            moved[here] = layer.motion.forth(layer.motion.back(points[here], t), to)
        return moved

    def _points(self) -> np.ndarray:
        width, height = self.size
        y, x = np.mgrid[:height, :width]
        return (x - (width - 1) / 2) + 1j * (y - (height - 1) / 2)


def layers(texture: str = "cloth", speed: float = 1.0, size: tuple[int, int] = SIZE) -> Scene:
    """A turning background and three shapes that cross it: up to about 4 px a frame at speed 1."""
    unit = size[0] / 768

    def disc(p: np.ndarray) -> np.ndarray:
        return np.abs(p - (-170 + 30j) * unit) < 90 * unit

    def card(p: np.ndarray) -> np.ndarray:
        q = (p - (150 - 60j) * unit) * np.exp(0.4j)
        return (np.abs(q.real) < 110 * unit) & (np.abs(q.imag) < 70 * unit)

    def star(p: np.ndarray) -> np.ndarray:
        q = p - (40 + 130j) * unit
        return np.abs(q) < (70 + 22 * np.cos(5 * np.angle(q))) * unit

    return Scene(
        (
            Layer(Motion((0.6 + 0.3j) * unit * speed, 0.002 * speed, 1.0 + 0.001 * speed), 0),
            Layer(Motion((3.3 - 0.8j) * unit * speed, 0.0, 1.0), 1, disc),
            Layer(Motion((-2.6 + 0.9j) * unit * speed, 0.004 * speed, 1.0), 2, card),
            Layer(Motion((1.1 - 2.4j) * unit * speed, -0.003 * speed, 1.0 + 0.002 * speed), 3, star),
        ),
        texture,
        size,
    )


def zooming(texture: str = "cloth", size: tuple[int, int] = SIZE) -> Scene:
    """One surface that turns and grows: a corner has come 73 px after 16 frames."""
    return Scene((Layer(Motion(0, 0.006, 1.0075), 0),), texture, size)


@lru_cache(maxsize=16)
def _texture(name: str, seed: int) -> np.ndarray:
    """float32 [S, S, 3] in 0..255, its middle at the picture's middle; it goes on mirrored."""
    rng = np.random.default_rng([seed, TEXTURES.index(name)])
    side = 1024
    total = np.zeros((side, side, 3), np.float32)
    if name == "cloth":  # grain of every size, as bark, cloth and leaves have
        for octave in range(7):
            cells = 8 << octave
            noise = rng.standard_normal((cells, cells, 3)).astype(np.float32)
            noise = 0.75 * noise.mean(2, keepdims=True) * 1.7 + 0.25 * noise
            total += cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC) * 0.75**octave
        return np.clip(110 + 20 * seed + 38 * total, 0, 255)
    # paper: flat patches of colour with crisp borders, and a little grain, as drawings and walls have
    total += rng.uniform(60, 200, 3).astype(np.float32)
    for _ in range(900):
        centre = rng.uniform(0, side, 2)
        axes = rng.uniform(6, 42, 2)
        colour = rng.uniform(0, 255, 3).tolist()
        box = (tuple(centre), tuple(axes), float(rng.uniform(0, 180)))
        if rng.random() < 0.5:
            cv2.fillPoly(total, [np.rint(cv2.boxPoints(box)).astype(np.int32)], colour, cv2.LINE_AA)
        else:
            cv2.ellipse(total, box, colour, -1, cv2.LINE_AA)
    total = cv2.GaussianBlur(total, (0, 0), 0.8)
    grain = cv2.GaussianBlur(rng.standard_normal((side, side, 1)).astype(np.float32), (0, 0), 1.2)
    return np.clip(total + 12 * grain[..., None], 0, 255)


def _read(texture: np.ndarray, points: np.ndarray) -> np.ndarray:
    middle = (texture.shape[0] - 1) / 2
    return cv2.remap(
        texture, (points.real + middle).astype(np.float32), (points.imag + middle).astype(np.float32),
        cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101,
    )  # fmt: skip
