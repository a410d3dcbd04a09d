"""Where rays go over a relief, as numbers that can be taken from one another.

The ray of the screen's point g is, at height u, above the point `g (a + b u) + c + e u` of the picture. A
camera seen from where another one stands is such a way again, if heights are measured anew from there: what
is at u is then at `a u / (a + b u)`. That is how near things come nearer as one flies towards them.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, replace

import numpy as np

from ....warp import Camera
from ....warp.camera import rays

_DOT = (2, 2)  # a picture of one half height


@dataclass(frozen=True)
class Way:
    """`c` and `e` are points, x + iy in half heights; the turns are degrees, taken on the screen first."""

    a: float = 1.0
    b: float = 0.0
    c: complex = 0
    e: complex = 0
    roll: float = 0.0
    pan: float = 0.0
    tilt: float = 0.0

    @classmethod
    def of(cls, camera: Camera) -> Way:
        """That of a camera, over the picture that it looks at."""
        found = rays(camera, _DOT, _DOT)
        (a, x, b, along), (_, y, _, down) = found.across, found.down
        middle = (_DOT[0] - 1) / 2
        c = complex(x - middle, y - middle)
        return cls(a, b, c, complex(along, down), camera.roll, camera.pan, camera.tilt)

    def since(self, other: Way) -> Way:
        """This camera over the picture that the other one sees. Turns out of the plane are taken as small:
        they are subtracted."""
        a, b = other.a, other.b
        turn = cmath.exp(-1j * math.radians(other.roll))
        c = (self.c - other.c) / a
        return Way(
            self.a / a,
            (self.b - self.a * b / a) / a,
            turn * c,
            turn * ((self.e - other.e) / a - c * b / a),
            self.roll - other.roll,
            self.pan - other.pan,
            self.tilt - other.tilt,
        )

    def then(self, shift: Way) -> Way:
        """That of a camera which is `shift`, without a turn, from this one."""
        turn = cmath.exp(1j * math.radians(self.roll))
        return Way(
            shift.a * self.a,
            shift.a * self.b + shift.b * self.a,
            self.c + turn * shift.c * self.a,
            self.e + turn * (shift.c * self.b + shift.e * self.a),
            self.roll,
            self.pan,
            self.tilt,
        )

    def measured(self, scale: float) -> Way:
        """The same over a picture whose heights are counted `scale` times as large."""
        return replace(self, b=self.b / scale, e=self.e / scale)

    def camera(self, height: float, fov: float) -> Camera:
        """The camera of a relief of that height that has this way; beyond the picture it sees nothing."""
        return Camera(
            offset=_pair(self.c + self.e),
            center=_pair(self.c),
            height=height,
            steady=0.0,
            zoom=self.a,
            isometric=1 + self.b / self.a,
            roll=self.roll,
            pan=self.pan,
            tilt=self.tilt,
            fov=fov,
            outside="blank",
        )

    def depth(self, depth: np.ndarray, height: float) -> np.ndarray:
        """Depth 0..1 as it is from there; what has come nearer than 1 stays at 1 until it leaves the view."""
        if self.b == 0:
            return depth
        least = np.maximum(self.a + self.b * height * depth, 1e-3 * self.a)
        return np.clip(self.a * depth / least, 0, 1).astype(np.float32)


def _pair(point: complex) -> tuple[float, float]:
    return point.real, point.imag
