"""The camera of parallax, and the straight way that each of its rays takes over the picture.

Depth d, 0 far to 1 near, stands as a relief of height h on the picture. Screen and picture are
measured in half heights from the middle, x to the right, y down. At height u above the picture's
plane the ray of the screen's point g is above the point of the picture

    X(u) = zoom g (iso + (1 - iso) (1 - u + D) / (f + D))
           + offset (1 - s / (1 - steady h)) + origin (1 - s) + center s

with s = (1 - u + D) / (1 + D), f = 1 - focus h and the dolly D. Every term is linear in u, so it is
a straight line: X(u) = g (a + b u) + c + e u. Turning the camera replaces g by a point of the same
screen: roll by turning it, pan and tilt as a pinhole camera of the given field of view does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError

Size = tuple[int, int]
Pair = tuple[float, float]

OUTSIDES = ("mirror", "edge", "blank")
BEHIND = 0.02  # rays that a turn takes to the horizon or past it end here, 1 being straight ahead
STEP = 1.0  # pixels of the picture: longer ones miss things that are a pixel wide
STEPS = 400  # and whole multiples of it: as fine as the scan that results are held against
MOST_STEPS = 8000


@dataclass(frozen=True)
class Camera:
    """Where the picture is seen from. Lengths are in half heights of the picture, angles in degrees.

    offset     (x, y), the camera's place
    origin     (x, y), the point that rays come from
    center     (x, y), the point that is looked at
    height     how far depth 1 stands out, 0 flat
    steady     the depth that stays where it is as the camera is offset
    focus      the depth that keeps its size as the camera dollies
    zoom       how much of the picture is seen; below 1 is closer
    isometric  0 perspective to 1, rays that are parallel
    dolly      how far back the camera stands
    roll, pan, tilt  the camera turned clockwise, to the right, upwards
    fov        vertical field of view of the camera that pans and tilts
    outside    beyond the picture's edges: "mirror", "edge" repeats the last pixel, "blank" is a hole
    Raises OptionError for what is not finite, and for a camera that stands inside the relief's base.
    """

    offset: Pair = (0.0, 0.0)
    origin: Pair = (0.0, 0.0)
    center: Pair = (0.0, 0.0)
    height: float = 0.20
    steady: float = 0.05
    focus: float = 0.0
    zoom: float = 1.0
    isometric: float = 0.30
    dolly: float = 0.0
    roll: float = 0.0
    pan: float = 0.0
    tilt: float = 0.0
    fov: float = 55.0
    outside: str = "mirror"

    def __post_init__(self) -> None:
        for field in fields(self):
            given = getattr(self, field.name)
            if field.name != "outside":
                read = _pair if isinstance(field.default, tuple) else _number
                object.__setattr__(self, field.name, read(given, field.name))
        if self.outside not in OUTSIDES:
            raise OptionError(f"outside: {self.outside!r} is not one of {', '.join(OUTSIDES)}", "outside")
        if self.height < 0:
            raise OptionError(f"height: {self.height:g} is below 0", "height")
        if not 0 < self.fov < 180:
            raise OptionError(f"fov: {self.fov:g} is not between 0 and 180 degrees", "fov")
        if 1 + self.dolly <= 0:
            raise OptionError(f"dolly: {self.dolly:g} is not above -1", "dolly")
        if abs(1 - self.steady * self.height) < 1e-6:
            raise OptionError("steady: times height it is 1, where no offset has a limit", "steady")
        if 1 - self.focus * self.height + self.dolly <= 1e-6:
            raise OptionError("focus: times height it reaches the camera; lower one of them", "focus")


class Rays(NamedTuple):
    """Where the rays of a frame go over a picture, in its pixels; pixel centres lie at whole numbers.

    turn    float64 [3, 3], takes a frame's pixel (column, row, 1) to the screen's point g, homogeneous
    across  (p, q, r, t): x = p g_x + q + u (r g_x + t)
    down    the same for y
    height  of the relief
    speed   pixels that a ray passes for each unit of height, at most
    outside as of Camera
    """

    turn: np.ndarray
    across: tuple[float, float, float, float]
    down: tuple[float, float, float, float]
    height: float
    speed: float
    outside: str

    @property
    def steps(self) -> int:
        """Into how many even steps the height is divided; at the first that is in the relief is the hit.

        None is longer than STEP, but where that would take more than MOST_STEPS.
        """
        return int(min(STEPS * max(math.ceil(self.height * self.speed / STEP / STEPS), 1), MOST_STEPS))

    @property
    def straight(self) -> bool:
        """Whether columns stay columns and rows stay rows."""
        turn = self.turn
        return not (turn[0, 1] or turn[1, 0] or turn[2, 0] or turn[2, 1])


def rays(camera: Camera, size: Size, source: Size, part: Pair = (0.5, 0.5)) -> Rays:
    """The rays through a point of each of a frame's pixels.

    size    (width, height) of the frame; of another shape than the picture it shows the most of the
            picture that has no border
    source  (width, height) of the picture
    part    where in each pixel, as shares of its width and height
    """
    wide, high = source
    reach = wide / high
    unit = min(1.0, reach * size[1] / size[0]) * 2 / size[1]
    pixel = np.array(
        [[unit, 0, unit * (part[0] - size[0] / 2)], [0, unit, unit * (part[1] - size[1] / 2)], [0, 0, 1]]
    )
    turn = _turned(camera) @ pixel
    c = camera
    near, base = 1 - c.focus * c.height + c.dolly, 1 + c.dolly
    a = c.zoom * (c.isometric + (1 - c.isometric) * base / near)
    b = -c.zoom * (1 - c.isometric) / near
    still = 1 - c.steady * c.height
    lines = []
    for axis in range(2):
        begin = c.offset[axis] * (1 - 1 / still) + c.center[axis]
        slope = (c.offset[axis] / still + c.origin[axis] - c.center[axis]) / base
        middle = (source[axis] - 1) / 2
        lines.append((a * high / 2, begin * high / 2 + middle, b * high / 2, slope * high / 2))
    found = Rays(turn, lines[0], lines[1], c.height, 0.0, c.outside)
    return found._replace(speed=_speed(found, size))


def _turned(camera: Camera) -> np.ndarray:
    """Takes a point of the screen to where the turned camera's ray goes through the unturned screen."""
    roll, pan, tilt = (math.radians(v) for v in (camera.roll, camera.pan, camera.tilt))
    matrix = _rotation(roll, 0, 1)
    if pan or tilt:
        focal = 1 / math.tan(math.radians(camera.fov) / 2)
        there = np.diag([1.0, 1.0, focal])
        matrix = there @ matrix
        matrix = _rotation(pan, 2, 0) @ _rotation(tilt, 1, 2) @ matrix
        matrix = np.diag([focal, focal, 1.0]) @ matrix
    return matrix


def _rotation(angle: float, one: int, two: int) -> np.ndarray:
    """Turns axis `one` towards axis `two`."""
    matrix = np.eye(3)
    matrix[one, one] = matrix[two, two] = math.cos(angle)
    matrix[two, one] = math.sin(angle)
    matrix[one, two] = -math.sin(angle)
    return matrix


def _speed(found: Rays, size: Size) -> float:
    corners = np.array([[0, 0, 1], [size[0] - 1, 0, 1], [0, size[1] - 1, 1], [size[0] - 1, size[1] - 1, 1]])
    x, y, w = found.turn @ corners.T
    w = np.maximum(w, BEHIND)
    return float(
        np.hypot(found.across[2] * x / w + found.across[3], found.down[2] * y / w + found.down[3]).max()
    )


def _number(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise OptionError(f"{name}: {value!r} is not a finite number", name)
    return number


def _pair(value: Any, name: str) -> Pair:
    try:
        x, y = value
    except (TypeError, ValueError) as e:
        raise OptionError(f"{name}: {value!r} is not a pair (x, y)", name) from e
    return _number(x, name), _number(y, name)
