"""ControlNet units: what the option says, and the picture that each is steered by.

Canny is OpenCV's. Lines and soft edges are drawn here from differences of blurs and from gradients,
without a network: plainer than the drawings that those ControlNets were trained on.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np

from ...errors import OptionError
from ...generate import ControlUnit
from ...timeline import Schedule
from ...timeline.curve_names import Curves
from ...types import Image

KINDS = ("canny", "lineart", "softedge", "depth", "tile", "none")
GRAMMAR = "KIND MODEL [WEIGHT [START END]]"

CANNY = (100, 200)
SCALES = (1.0, 2.0, 4.0)  # sigmas in pixels, of a picture of 512
SIDE = 512.0
FINEST = 0.5  # pixels: less blur is none
HEAVIEST = 2.0  # weight

_SCHEDULE = re.compile(r"[^()]*:\s*\(")  # a word that begins as 0:(1) does


@dataclass(frozen=True)
class Unit:
    """One line of the option; `model` as the generator knows it.

    changing  the weight over the frames, for one that is a schedule
    """

    kind: str
    model: str
    weight: float = 1.0
    start: float = 0.0
    end: float = 1.0
    changing: Schedule | None = None

    def at(self, frame: float) -> Unit:
        """The same with its weight at a frame. Raises OptionError, naming the frame, out of range."""
        if self.changing is None:
            return self
        weight = self.changing.at(frame)
        if not 0 <= weight <= HEAVIEST:
            raise OptionError(
                f"control: the weight of {self.model} is {weight:g} at frame {frame:g}; it may lie between 0 "
                f"and {HEAVIEST:g}",
                "control",
            )
        return replace(self, weight=weight, changing=None)

    def unit(self, image: Image) -> ControlUnit:
        """As a request has it. `image` is the finished control picture."""
        return ControlUnit(image, self.model, self.weight, self.start, self.end)


def units_of(
    text: str | None,
    frames: int | None = None,
    seed: int = 0,
    fps: float | Fraction = 30,
    curves: Curves | None = None,
) -> tuple[Unit, ...]:
    """The units that the option `control` names; `frames` to `curves` are for weights that are schedules, as
    Schedule.parse takes them. Raises OptionError."""

    def schedule(weight: str) -> Schedule:
        return Schedule.parse(weight, frames, seed, fps, "control", curves)

    return tuple(_unit(line.strip(), schedule) for line in re.split(r"[;\n]", text or "") if line.strip())


def kinds_of(text: str | None) -> tuple[str, ...]:
    """What the units are steered by; of a text that cannot be read nothing is known yet."""
    return tuple(line.split()[0].lower() for line in re.split(r"[;\n]", text or "") if line.strip())


def control_picture(kind: str, image: Image, depth: np.ndarray | None = None) -> Image:
    """What steers towards `image`, uint8 `[H, W, 3]` both; lines are white on black.

    depth  float `[h, w]` 0..1, 1 near, for the kind "depth"
    """
    if kind in ("tile", "none"):
        return image
    if kind == "depth":
        if depth is None:
            raise OptionError("control: depth steers, and there is none", "control")
        size = image.shape[1], image.shape[0]
        grey = cv2.resize(depth.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) * 255
    else:
        luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        grey = {"canny": _canny, "softedge": _soft_edges, "lineart": _lines}[kind](luma)
    return np.repeat(np.rint(np.clip(grey, 0, 255)).astype(np.uint8)[..., None], 3, axis=2)


def _unit(line: str, schedule: Callable[[str], Schedule]) -> Unit:
    try:
        words = shlex.split(line)
    except ValueError:
        raise _refusal(line, "has a quote that is never closed") from None
    kind = words[0].lower()
    if kind not in KINDS:
        raise _refusal(line, f"begins with {words[0]!r}, which is not one of {', '.join(KINDS)}")
    numbers: list[float] = []
    # A model's name may have spaces: "control_v11p_sd15_canny [d14c016b]".
    while len(words) > 2 and len(numbers) < 3 and (number := _number(words[-1])) is not None:
        numbers.insert(0, number)
        words.pop()
    changing = None
    if len(words) > 2 and len(numbers) in (0, 2) and _SCHEDULE.match(words[-1]):
        changing = schedule(words.pop())
        numbers.insert(0, 1.0)
    if len(words) < 2:
        raise _refusal(line, "names no model")
    if len(numbers) == 2:
        raise _refusal(line, "has a start without an end")
    weight, start, end = *numbers, *(1.0, 0.0, 1.0)[len(numbers) :]
    unit = Unit(kind, " ".join(words[1:]), weight, start, end, changing)
    if not 0 <= unit.weight <= HEAVIEST:
        raise _refusal(line, f"has the weight {unit.weight:g}; it may lie between 0 and 2")
    if not 0 <= unit.start < unit.end <= 1:
        raise _refusal(line, f"steers from {unit.start:g} to {unit.end:g}, which is no part of 0 to 1")
    return unit


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _refusal(line: str, message: str) -> OptionError:
    return OptionError(f"control: {line!r} {message}; write {GRAMMAR}", "control")


def _canny(luma: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.Canny(luma, *CANNY))


def _soft_edges(luma: np.ndarray) -> np.ndarray:
    """The strongest gradient over several scales, against the strongest there is."""
    found = np.zeros(luma.shape, np.float32)
    for sigma in _sigmas(luma):
        blurred = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), sigma)
        gradient = np.hypot(cv2.Sobel(blurred, cv2.CV_32F, 1, 0), cv2.Sobel(blurred, cv2.CV_32F, 0, 1))
        found = np.maximum(found, gradient * np.float32(sigma))
    strongest = max(float(np.percentile(found, 99)), 16.0)
    return found * (255 / strongest)


def _lines(luma: np.ndarray) -> np.ndarray:
    """What is darker than its surroundings: the difference of two blurs, as a pen would follow it."""
    fine, wide = (cv2.GaussianBlur(luma.astype(np.float32), (0, 0), s) for s in _sigmas(luma)[:2])
    darker = np.maximum(wide - fine - 1, 0)
    strongest = max(float(np.percentile(darker, 99)), 4.0)
    return np.sqrt(np.minimum(darker / strongest, 1)) * 255


def _sigmas(luma: np.ndarray) -> list[float]:
    scale = max(min(luma.shape) / SIDE, FINEST)
    return [sigma * scale for sigma in SCALES]
