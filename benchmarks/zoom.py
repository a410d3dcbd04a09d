"""Endless zoom against the truth: PSNR, motion error, joins, sharpness, and CPU-seconds a frame.

The keyframes are cut from one large picture, so the truth of every frame is known: the area mean of
what each of its pixels covers. The picture has edges and grain at every scale, about as much as a
photograph of a street; "harsh" has 2.5 times the contrast, as much as one of leaves.
"""

from __future__ import annotations

import cmath
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from _clock import by_turns
from _psnr import psnr
from _report import Report, arguments
from _zoom_painted import colour_drift, same_bytes
from _zoom_upscaled import KEYFRAME as UPSCALED
from _zoom_upscaled import upscaled_table
from PIL import Image
from scipy import sparse

from lib_parallax.warp import ZoomStack

FACTOR = 2.0
STEPS = 3
FRAME = 256
KEYFRAME = 512  # FACTOR * FRAME: as many pixels as it takes to be sharp everywhere
SIDE = KEYFRAME * 2**STEPS
SLOW = 240  # frames a step
USUAL = 60
METHODS = ("parallax", "whole pixels", "PIL bicubic", "cv2.warpAffine")
Box = tuple[float, float, float, float]


def scene(side: int = SIDE, contrast: float = 0.4, seed: int = 5) -> np.ndarray:
    """A picture that looks alike at every scale, uint8 [side, side, 3].

    Shapes of all sizes over each other (dead leaves: Lee, Mumford and Huang 2001) and band-limited
    noise in octaves.
    """
    rng = np.random.default_rng(seed)
    noise = np.zeros((side, side, 3), np.float32)
    wavelength = 4
    while wavelength < side:
        cells = rng.normal(0, 5, (side // wavelength + 3,) * 2 + (3,)).astype(np.float32)
        noise += cv2.resize(cells, (side, side), interpolation=cv2.INTER_CUBIC)
        wavelength *= 2
    shapes = np.full((side, side, 3), 128, np.uint8)
    count = side * side // 150
    radii = 1 / np.sqrt(rng.uniform((6 / side) ** 2, 1 / 9, count))
    order = np.argsort(-radii * np.exp(rng.normal(0, 0.8, count)))
    for radius, i in zip(radii[order], order, strict=True):
        middle, angle = rng.random(2) * side, rng.random() * 360
        colour = tuple(int(c) for c in rng.integers(0, 256, 3))
        if i % 3 == 0:
            _circle(shapes, middle, radius, colour)
        else:
            wide, high = (radius, 0.6 * radius) if i % 3 == 1 else (2 * radius, max(radius / 8, 0.7))
            _rectangle(shapes, middle, wide, high, angle, colour)
    mixed = 128 + contrast * (shapes.astype(np.float32) - 128) + noise
    return np.rint(mixed).clip(0, 255).astype(np.uint8)


def _circle(image: np.ndarray, middle: np.ndarray, radius: float, colour: tuple[int, ...]) -> None:
    x, y, r = (int(v * 256) for v in (*middle, radius))
    cv2.circle(image, (x, y), r, colour, -1, cv2.LINE_AA, 8)


def _rectangle(
    image: np.ndarray, middle: np.ndarray, wide: float, high: float, angle: float, colour: tuple[int, ...]
) -> None:
    corners = cv2.boxPoints((middle, (2 * wide, 2 * high), angle))
    cv2.fillConvexPoly(image, (corners * 256).astype(np.int32), colour, cv2.LINE_AA, 8)


def area_mean(picture: np.ndarray, box: Box, size: tuple[int, int]) -> np.ndarray:
    """Exact means of a picture over the pixels of a frame that shows `box`, float32 [h, w, 3]."""
    x0, y0, x1, y1 = box
    rows = _shares(y0, (y1 - y0) / size[1], size[1], picture.shape[0])
    columns = _shares(x0, (x1 - x0) / size[0], size[0], picture.shape[1])
    top, left = max(int(y0), 0), max(int(x0), 0)
    part = picture[top : int(np.ceil(y1)), left : int(np.ceil(x1))].astype(np.float32)
    height, width, channels = part.shape
    half = rows[:, top : top + height] @ part.reshape(height, -1)
    turned = half.reshape(size[1], width, channels).transpose(1, 0, 2).reshape(width, -1)
    whole = columns[:, left : left + width] @ turned
    return whole.reshape(size[0], size[1], channels).transpose(1, 0, 2)


def _shares(start: float, width: float, count: int, length: int) -> sparse.csr_matrix:
    """How much of each of `length` cells lies in each of `count` stretches."""
    begin = start + width * np.arange(count)
    first = np.floor(begin).astype(int)[:, None]
    cells = first + np.arange(int(np.ceil(width)) + 1)
    overlap = np.minimum(cells + 1, begin[:, None] + width) - np.maximum(cells, begin[:, None])
    rows = np.broadcast_to(np.arange(count)[:, None], cells.shape)
    values = (overlap.clip(0) / width).astype(np.float32)
    places = (rows.ravel(), cells.clip(0, length - 1).ravel())
    return sparse.csr_matrix((values.ravel(), places), shape=(count, length))


def truth(picture: np.ndarray, position: float, size: int, steps: int = STEPS) -> np.ndarray:
    """What a frame at `position` shows of a picture whose whole is the last keyframe."""
    half, middle = picture.shape[0] / 2 * FACTOR ** (position - steps), picture.shape[0] / 2
    return area_mean(picture, (middle - half, middle - half, middle + half, middle + half), (size, size))


def keyframes(picture: np.ndarray, size: int, steps: int = STEPS) -> list[np.ndarray]:
    return [np.rint(truth(picture, i, size, steps)).astype(np.uint8) for i in range(steps + 1)]


def renderers(stack: Sequence[np.ndarray]) -> dict[str, Callable[[float, int], np.ndarray]]:
    """Every method as a function of position and frame size; the peers use the outer keyframe alone."""
    zoom = ZoomStack(stack)

    def crop(position: float) -> tuple[np.ndarray, float, float]:
        outer = min(int(np.ceil(position)), len(stack) - 1)
        shown = stack[outer].shape[0] * FACTOR ** (position - outer)
        return stack[outer], (stack[outer].shape[0] - shown) / 2, shown

    def whole_pixels(position: float, size: int) -> np.ndarray:
        image, start, shown = crop(position)
        begin, end = round(start), round(start + shown)
        return cv2.resize(image[begin:end, begin:end], (size, size), interpolation=cv2.INTER_AREA)

    def pillow(position: float, size: int) -> np.ndarray:
        image, start, shown = crop(position)
        box = (start, start, start + shown, start + shown)
        return np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC, box=box))

    def affine(position: float, size: int) -> np.ndarray:
        image, start, shown = crop(position)
        scale = shown / size
        shift = start + scale / 2 - 0.5
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(
            image, np.array([[scale, 0, shift], [0, scale, shift]]), (size, size), flags=flags
        )

    ours = lambda position, size: zoom.frame(position, (size, size))  # noqa: E731
    return dict(zip(METHODS, (ours, whole_pixels, pillow, affine), strict=True))


def rms(difference: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(difference, dtype=np.float64))))


def quality_table(picture: np.ndarray, size: int, key: int, steps: int = STEPS) -> list[dict[str, Any]]:
    """PSNR over the whole way, twelve frames a step, and the ring's sharpness against the centre's."""
    methods = renderers(keyframes(picture, key, steps))
    scores: dict[str, list[float]] = {name: [] for name in methods}
    sharp: dict[str, list[float]] = {name: [] for name in methods}
    for position in np.linspace(0, steps, 12 * steps + 1):
        true = truth(picture, position, size, steps)
        for name, method in methods.items():
            made = method(position, size).astype(np.float32)
            scores[name].append(psnr(made, true))
            ratios = [m / t for m, t in zip(sharpness(made), sharpness(true), strict=True)]
            sharp[name].append(ratios[0] / ratios[1])
    return [
        {
            "method": name,
            "PSNR worst": min(scores[name]),
            "PSNR mean": float(np.mean(scores[name])),
            "ring / centre sharpness, least": min(sharp[name]),
            "most": max(sharp[name]),
        }
        for name in methods
    ]


def sharpness(image: np.ndarray) -> tuple[float, float]:
    """Laplacian energy of the outermost eighth on each side, and of the middle half."""
    energy = np.square(cv2.Laplacian(image, cv2.CV_32F)).mean(-1)
    ring = np.ones(energy.shape, bool)
    eighth, quarter = energy.shape[0] // 8, energy.shape[0] // 4
    ring[eighth:-eighth, eighth:-eighth] = False
    ring[:2] = ring[-2:] = ring[:, :2] = ring[:, -2:] = False
    return float(energy[ring].mean()), float(energy[quarter:-quarter, quarter:-quarter].mean())


def motion_table(picture: np.ndarray, frames: int, begin: float) -> list[dict[str, Any]]:
    """One step in `frames` frames, over a keyframe in the middle of it.

    error   of each change from frame to frame, as a share of the true change; the worst and the mean
    join    the change over the keyframe against the mean of the changes before and after
    still   frames that equal the one before
    """
    methods = renderers(keyframes(picture, KEYFRAME))
    positions = begin + np.arange(frames + 1) / frames
    across = int(np.searchsorted(positions, np.ceil(begin) + 1e-9)) - 1  # the change that holds the join
    rows = []
    true = [truth(picture, p, FRAME) for p in positions]
    real = np.diff(np.stack(true), axis=0)
    for name, method in methods.items():
        made = np.stack([method(p, FRAME) for p in positions])
        change = np.diff(made.astype(np.float32), axis=0)
        errors = [rms(c - r) / rms(r) for c, r in zip(change, real, strict=True)]
        sizes = [rms(c) for c in change]
        joins = [2 * sizes[i] / (sizes[i - 1] + sizes[i + 1]) for i in (across - 1, across, across + 1)]
        rows.append(
            {
                "method": name,
                "error worst": max(errors),
                "error mean": float(np.mean(errors)),
                "join": max(joins),
                "still": sum(s == 0 for s in sizes),
                "PSNR worst": min(psnr(m.astype(np.float32), t) for m, t in zip(made, true, strict=True)),
            }
        )
    return rows


def speed_of_zoom() -> float:
    """How far the ratio of scales from frame to frame strays from constant, read off the frames.

    The keyframes hold their own coordinates, so every frame tells how wide it sees.
    """
    size = 256
    across = (np.arange(size) + 0.5) / size * 2 - 1
    # every row brighter by no simple number of levels, or all would be rounded alike (to 16 bit)
    dither = 5.382 * np.arange(size)[:, None, None] / 65535
    ramps = []
    for i in range(3):
        ramp = 0.5 + 0.45 * across[None, :, None] * FACTOR ** (i - 2) + dither
        ramps.append(np.broadcast_to(ramp, (size, size, 3)).astype(np.float32))
    zoom = ZoomStack(ramps)
    widths = []
    for position in 0.3 + 1.4 * np.arange(25) / 24:
        row = zoom.frame(position, (size, size)).astype(np.float64).mean((0, 2))
        # away from the border, where the picture's last pixels have no neighbours
        inner = slice(size // 8, -size // 8)
        widths.append(np.polyfit(across[inner], row[inner], 1)[0])
    ratios = np.array(widths[1:]) / np.array(widths[:-1])
    return float(np.abs(ratios / FACTOR ** (1.4 / 24) - 1).max())


def path_table(picture: np.ndarray) -> list[dict[str, Any]]:
    """PSNR where the zoom is off the centre or turns."""
    rows = []
    for label, centre, angle in (
        ("off the centre", (0.6, 0.45), 0.0),
        ("turning 12 degrees", (0.5, 0.5), 12.0),
    ):
        # from the middle of what the last keyframe shows, wide enough that its turned corners are seen
        turn = cmath.exp(1j * np.radians(angle)) / FACTOR
        shift = complex(2 * centre[0] - 1, 2 * centre[1] - 1)
        place, places = (1 + 0j, 0j), []
        for _ in range(STEPS + 1):
            places.append(place)
            place = place[0] * turn, place[1] + place[0] * shift
        places = places[::-1]
        stack = [np.rint(cut(picture, *p, KEYFRAME)).astype(np.uint8) for p in places]
        zoom = ZoomStack(stack, centres=centre, rotations=angle)
        scores = []
        for position in np.linspace(0, STEPS - 1, 13):
            step, view = zoom.view(position)
            a, b = places[step]
            true = cut(picture, a * view.turn, b + a * view.shift, FRAME)
            scores.append(psnr(zoom.frame(position, (FRAME, FRAME)).astype(np.float32), true))
        rows.append({"path": label, "PSNR worst": min(scores), "PSNR mean": float(np.mean(scores))})
    return rows


def cut(picture: np.ndarray, turn: complex, shift: complex, size: int) -> np.ndarray:
    """Means over the pixels of a square frame that a similarity lays into the picture, by many samples.

    `turn` and `shift` in half sides from the picture's middle.
    """
    half = picture.shape[0] / 2
    fine = max(int(np.ceil(2 * abs(turn) * picture.shape[0] / size)), 4)
    fine = min(fine, 8192 // size)
    at = (np.arange(size * fine) + 0.5) / (size * fine) * 2 - 1
    total = np.zeros((size, size, 3), np.float32)
    for rows in np.array_split(np.arange(size), 8):
        z = turn * (at + 1j * at[rows[0] * fine : (rows[-1] + 1) * fine, None]) + shift
        z = half * (z + 1 + 1j) - 0.5 * (1 + 1j)
        samples = cv2.remap(picture, z.real.astype(np.float32), z.imag.astype(np.float32), cv2.INTER_LINEAR)
        total[rows] = samples.reshape(len(rows), fine, size, fine, 3).mean((1, 3), dtype=np.float32)
    return total


def speed_table(size: tuple[int, int] = (1920, 1080), width: int = 2048) -> list[dict[str, Any]]:
    """CPU-seconds a frame at 1080p from keyframes 2048 wide, and in warpAffines of the same run."""
    picture = scene(width)[: width * 9 // 16]
    stack = [picture.copy() for _ in range(3)]
    straight, turning = ZoomStack(stack), ZoomStack(stack, rotations=12.0)
    image = Image.fromarray(picture)

    def box(position: float) -> Box:
        x, y = ((1 - FACTOR ** (position - 1)) / 2 * s for s in (width, picture.shape[0]))
        return x, y, width - x, picture.shape[0] - y

    def pillow(position: float) -> Any:
        return np.asarray(image.resize(size, Image.Resampling.BICUBIC, box=box(position)))

    def affine(position: float) -> Any:
        x, y, end, _ = box(position)
        scale = (end - x) / size[0]
        matrix = np.array([[scale, 0, x], [0, scale, y]])
        return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)

    moments = (0.01, 0.25, 0.5, 0.75, 0.99)
    methods: dict[str, Callable[[float], Any]] = {
        "cv2.warpAffine, bilinear": affine,
        "parallax": lambda p: straight.frame(p, size),
        "parallax, turning": lambda p: turning.frame(p, size),
        "PIL resize, bicubic": pillow,
    }
    works = {(name, at): partial(method, at) for name, method in methods.items() for at in moments}
    costs = by_turns(works, 9)
    spent = {name: [costs[name, at].cpu_s for at in moments] for name in methods}
    unit = float(np.mean(spent["cv2.warpAffine, bilinear"]))
    return [
        {"method": name, "cpu_s": np.mean(t), "warpAffines": np.mean(t) / unit, "most": max(t) / unit}
        for name, t in spent.items()
    ]


def photograph_table(folder: Path) -> list[dict[str, Any]]:
    """The quality of real pictures as the scene, two steps."""
    rows = []
    for path in sorted(folder.glob("*.jpg")):
        image = cv2.imread(str(path))[..., ::-1]
        side = min(image.shape[:2]) // 16 * 16
        found = quality_table(np.ascontiguousarray(image[:side, :side]), side // 8, side // 4, 2)
        rows.append({"picture": path.stem, **{r["method"]: r["PSNR worst"] for r in found}})
    return rows


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--pipeline", type=Path, help="only what a zoom painted by this diffusers model owes")
    parser.add_argument("--sampling", type=int, default=2, help="steps of its sampler")
    with Report(parser) as report:
        if report.arguments.pipeline is None:
            _camera(report)
            return
        model, sampling = report.arguments.pipeline.resolve(), report.arguments.sampling
        report.add("Colour of each picture's place in the next, 20 steps", colour_drift(model, sampling))
        report.add("The same bytes", same_bytes(model, sampling))


def _camera(report: Report) -> None:
    add, picture, harsh = report.add, scene(), scene(contrast=1.0)
    add("1080p from 2048 px keyframes", speed_table())
    add(f"{FRAME} px from {KEYFRAME} px keyframes", quality_table(picture, FRAME, KEYFRAME))
    add("The same, harsh", quality_table(harsh, FRAME, KEYFRAME))
    add(f"{FRAME} px from {FRAME} px keyframes", quality_table(picture, FRAME, FRAME))
    add(f"{FRAME} px from {4 * FRAME} px keyframes, harsh", quality_table(harsh, FRAME, 4 * FRAME, 2))
    add(f"Slow motion, {SLOW} frames a step", motion_table(picture, SLOW, 0.5))
    add(f"Slow motion, {SLOW} frames a step, harsh", motion_table(harsh, SLOW, 0.5))
    add(f"{USUAL} frames a step", motion_table(picture, USUAL, 0.5))
    add("... with no frame on the keyframe", motion_table(picture, USUAL, 0.5 + 0.5 / USUAL))
    add("Other paths", path_table(picture))
    small = scene(UPSCALED * 2**STEPS)
    whole = lambda position: truth(small, position, FRAME)  # noqa: E731
    add(f"{UPSCALED} px keyframes enlarged", upscaled_table(keyframes(small, UPSCALED), whole, sharpness))
    data = os.environ.get("PARALLAX_TEST_DATA")
    if data:
        add("Photographs as the scene, worst PSNR", photograph_table(Path(data) / "images"))
    report.note(f"Ratio of successive scales off by {speed_of_zoom():.1e} at most")


if __name__ == "__main__":
    main()
