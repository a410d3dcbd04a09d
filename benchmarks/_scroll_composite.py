"""Part of `scroll`: what five layers cost a frame, how evenly they move, and how sharp they stay."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from _bounds import warp_affine
from _clock import by_turns
from _report import Report
from zoom import scene

from lib_parallax.warp import Pane, composite

LAYERS = 5
SPEEDS = (0.13, 0.37, 0.9, 1.7, 3.3)  # pixels a frame, from the farthest to the nearest
DIRECTIONS = (0, 37, 90, 180, 270)
SLACK = 24  # pixels of a layer around the frame
FULL_HD = (1920, 1080)
STRIPED = (960, 540)
PERIOD = 11.7  # pixels; of a whole number every stripe would be rounded alike
FRAMES = 48
Panes = Callable[[float, float], list[Pane]]


def run(report: Report) -> None:
    report.add("Frames of 1080p, five layers", speed_table())
    report.add(
        f"Displacement from frame to frame, off by 1/1000 px at most in {FRAMES} frames", evenness_table()
    )
    report.add("Sharpness over places between pixels, of that at whole ones", sharpness_table())


def speed_table(rounds: int = 9) -> list[dict[str, Any]]:
    """Layers in sub-pixel motion, and how many bilinear warpAffines of one 1080p picture they take.

    soft   every pixel of every layer is half there, but for the farthest, which is whole: nothing hides
           anything
    cut    each layer is whole below a wavy border of its own with a soft edge, and nothing above it
    bands  each layer is whole, and shown in its own rows with soft borders
    """
    picture = np.ascontiguousarray(scene(FULL_HD[0])[: FULL_HD[1]])
    kinds = {"soft": soft_panes(picture), "cut": cut_panes(picture), "bands": band_panes(picture)}
    methods: dict[str, list[Callable[[], Any]]] = {"cv2.warpAffine, bilinear": [warp_affine(picture)]}
    for name, panes in kinds.items():
        for direction in (0, 37, 90):
            frames = [moved(panes, direction, t) for t in (0.7, 1.9, 3.3)]
            methods[f"{name}, {direction} degrees"] = [partial(composite, f, FULL_HD) for f in frames]
    works = {(name, i): call for name, calls in methods.items() for i, call in enumerate(calls)}
    costs = by_turns(works, rounds)
    spent = {name: [costs[name, i].cpu_s for i in range(len(calls))] for name, calls in methods.items()}
    (unit,) = spent["cv2.warpAffine, bilinear"]
    return [
        {
            "layers": name,
            "cpu_s": float(np.mean(t)),
            "warpAffines": float(np.mean(t)) / unit,
            "most": max(t) / unit,
        }
        for name, t in spent.items()
    ]


def moved(panes: list[Pane], direction: float, frame: float) -> list[Pane]:
    """The panes after so many frames, each at its own speed; 0 degrees is to the right, 90 up."""
    way = cmath.exp(-1j * math.radians(direction))
    shifts = [speed * frame * way for speed in SPEEDS]
    return [p._replace(x=p.x + s.real, y=p.y + s.imag) for p, s in zip(panes, shifts, strict=True)]


def soft_panes(picture: np.ndarray) -> list[Pane]:
    panes = whole_panes(picture)
    rng = np.random.default_rng(4)
    for pane in panes[1:]:
        pane.image[..., 3] = rng.integers(96, 160, pane.image.shape[:2])
    return panes


def cut_panes(picture: np.ndarray) -> list[Pane]:
    panes = whole_panes(picture)
    for number, pane in enumerate(panes[1:], 1):
        height, width = pane.image.shape[:2]
        border = height * number / LAYERS + 30 * np.sin(np.arange(width) / 90 + number)
        pane.image[..., 3] = 255 * ((np.arange(height)[:, None] - border) / 6).clip(0, 1)
    return panes


def band_panes(picture: np.ndarray) -> list[Pane]:
    height = picture.shape[0]
    places = bands(height)
    panes = whole_panes(picture)
    for number, (top, bottom) in enumerate(places):
        rows = ((np.arange(height) - top) / 16 + 0.5).clip(0, 1)
        rows[bottom + 8 :] = 0
        panes[number] = panes[number]._replace(rows=np.ones(height) if number == 0 else rows)
    panes[0].rows[places[0][1] + 8 :] = 0
    return panes


def bands(height: int) -> list[tuple[int, int]]:
    edges = [round(height * i / LAYERS) for i in range(LAYERS + 1)]
    return list(pairwise(edges))


def whole_panes(picture: np.ndarray) -> list[Pane]:
    """Layers without a gap, each its own, as wide as the frame and what they move."""
    wide = cv2.copyMakeBorder(picture, *[SLACK] * 4, cv2.BORDER_REFLECT)
    panes = []
    for number in range(LAYERS):
        image = np.full((*wide.shape[:2], 4), 255, np.uint8)
        image[..., :3] = np.roll(wide, 97 * number, 1)
        panes.append(Pane(image, -SLACK, -SLACK))
    return panes


def evenness_table() -> list[dict[str, Any]]:
    """How far displacements between neighbouring frames stray from the layer's speed.

    The layers are stripes with soft borders, across in red and down in green; where their fundamental
    wave stands in a frame, within a band and under a window, is read off its phase.
    """
    methods: dict[str, Callable[[list[Pane]], np.ndarray]] = {
        "parallax": lambda panes: composite(panes, STRIPED),
        "whole pixels": lambda panes: composite([_rounded(p) for p in panes], STRIPED),
    }
    rows = []
    for name, method in methods.items():
        for direction in DIRECTIONS:
            panes = striped_panes()
            places = np.array([read_places(method(moved(panes, direction, t))) for t in range(FRAMES + 1)])
            steps = (np.diff(places, axis=0) + PERIOD / 2) % PERIOD - PERIOD / 2
            way = cmath.exp(-1j * math.radians(direction))
            true = np.outer(SPEEDS, (way.real, way.imag))
            off = np.abs(steps - true).max((0, 2))
            rows.append(
                {
                    "method": name,
                    "degrees": direction,
                    **{f"{speed} px": 1000 * float(o) for speed, o in zip(SPEEDS, off, strict=True)},
                    "worst from the mean": 1000 * float(np.abs(steps - steps.mean(0)).max()),
                }
            )
    return rows


def _rounded(pane: Pane) -> Pane:
    return pane._replace(x=round(pane.x), y=round(pane.y))


def striped_panes() -> list[Pane]:
    """Bands of stripes, one in front of the other, as long as they travel in `FRAMES` frames."""
    reach = math.ceil(FRAMES * max(SPEEDS)) + SLACK
    width, height = (s + 2 * reach for s in STRIPED)
    x, y = np.arange(width), np.arange(height)[:, None]
    image = np.full((height, width, 4), 255, np.uint8)
    image[..., 0], image[..., 1] = _stripes(x), _stripes(y)
    image[..., 2] = _stripes((x + y) / math.sqrt(2))
    panes = []
    for top, _ in bands(STRIPED[1]):
        rows = ((np.arange(STRIPED[1]) - top) / 8 + 0.5).clip(0, 1) if panes else None
        panes.append(Pane(image, -reach, -reach, rows))
    return panes


def _stripes(at: np.ndarray) -> np.ndarray:
    """Bright and dark in turn, with borders two pixels wide."""
    wave = np.abs((at / PERIOD) % 1 - 0.5) * PERIOD - PERIOD / 4
    return np.rint(128 + 100 * np.clip(wave, -1, 1))


def read_places(frame: np.ndarray) -> np.ndarray:
    """Where the stripes of every band stand, [LAYERS, 2], in pixels modulo the period."""
    found = []
    for top, bottom in bands(frame.shape[0]):
        part = frame[top + 8 : bottom - 8].astype(np.float64)
        window = np.outer(np.hanning(part.shape[0] + 2)[1:-1], np.hanning(part.shape[1] + 2)[1:-1])
        x, y = np.arange(part.shape[1]), np.arange(part.shape[0])[:, None] + top
        waves = (np.exp(2j * math.pi * x / PERIOD), np.exp(2j * math.pi * y / PERIOD))
        phases = [np.angle(np.sum(window * part[..., c] * wave)) for c, wave in enumerate(waves)]
        found.append([phase * PERIOD / (2 * math.pi) for phase in phases])
    return np.array(found)


def sharpness_table(phases: int = 16) -> list[dict[str, Any]]:
    """Laplacian energy of a picture with grain at every scale, at places between pixels.

    change  the most from one place to the next a sixteenth of a pixel on
    """
    picture = scene(512)
    image = np.concatenate([picture, np.full((512, 512, 1), 255, np.uint8)], -1)

    def ours(x: float, y: float) -> np.ndarray:
        return composite([Pane(image, x, y)], (512, 512))

    def affine(flags: int, x: float, y: float) -> np.ndarray:
        return cv2.warpAffine(picture, np.array([[1, 0, x], [0, 1, y]]), (512, 512), flags=flags)

    methods = {
        "parallax": ours,
        "cv2.warpAffine, bilinear": partial(affine, cv2.INTER_LINEAR),
        "cv2.warpAffine, cubic": partial(affine, cv2.INTER_CUBIC),
        "cv2.warpAffine, Lanczos": partial(affine, cv2.INTER_LANCZOS4),
    }
    rows = []
    for name, method in methods.items():
        for label, (dx, dy) in (("along one axis", (1, 0)), ("along both", (1, 1))):
            energy = np.array([_energy(method(t * dx, t * dy)) for t in np.arange(phases + 1) / phases])
            ratio = energy / energy[0]
            rows.append(
                {
                    "method": name,
                    "moving": label,
                    "least": float(ratio.min()),
                    "mean": float(ratio[:-1].mean()),
                    "change": float(np.abs(np.diff(ratio)).max()),
                }
            )
    return rows


def _energy(image: np.ndarray) -> float:
    inner = image[8:-8, 8:-8].astype(np.float32)
    return float(np.square(cv2.Laplacian(inner, cv2.CV_32F)).mean())
