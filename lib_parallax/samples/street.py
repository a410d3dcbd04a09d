"""A street that is hard on purpose, seen exactly from any place along a rail.

The scene is a set of planes in inverse depth. A camera that slides sideways by c sees the
point that the reference camera sees at x (inverse depth z) at `x - c*z`, so every view is an
exact inverse lookup into the same surfaces: no view is warped from another one. Lengths are
fractions of the picture's width; inverse depth runs from 0 (far) to 1 (near). `budget` is
how far, as a fraction of the width, a point at z = 1 moves between the two eyes.

What stands in it: a textured facade, slanted ground, a slanted wall and panel, boxes with
receding sides, a fence, wires 1.5 and 3 pixels wide (at 1920), a head with loose hair, a near
pole, and an object that can cross the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..types import Size

THIN = (7, 8, 9)  # fence, wires, hair
MOTIONS = ("still", "pan", "object", "walk")


@dataclass(frozen=True)
class View:
    """One exact picture of a scene.

    image    uint8 `[H, W, 3]`, antialiased.
    depth    float32 `[H, W]`, inverse depth 0..1 of the surface at each pixel's centre.
    surface  int8 `[H, W]`, which surface that is; `THIN` lists the thin ones.
    """

    image: np.ndarray
    depth: np.ndarray
    surface: np.ndarray


@dataclass(frozen=True)
class Street:
    """A street of `size`, at a moment of one of the `MOTIONS`, for a disparity `budget`.

    `time` is in seconds. In "pan" the camera slides sideways, in "object" it stands still and
    a near object crosses. "walk" is six seconds of both, the object against the camera's way.
    """

    size: Size
    budget: float = 0.025
    motion: str = "still"
    time: float = 0.0
    supersample: int = 4

    def at(self, time: float) -> Street:
        return replace(self, time=time)

    @cached_property
    def _moment(self) -> tuple[float, float, float]:
        """Camera position in eyes, and the crossing object's place."""
        if self.motion == "pan":
            return 3.0 * self.time, 0.84, 0.40
        if self.motion == "object":
            return 0.0, -0.08 + 0.28 * self.time, 0.40
        if self.motion == "walk":
            return 2.0 * self.time - 6.0, 1.10 - 0.20 * self.time, 0.42 - 0.01 * self.time
        return 0.0, 0.84, 0.40

    @property
    def place(self) -> tuple[float, float, float]:
        """The camera's way along the rail, and where the crossing object is; in widths."""
        camera, ox, oy = self._moment
        return camera * self.budget, ox, oy

    def view(self, eye: float = 0.0) -> View:
        """The picture from `eye` spacings to the right of the left eye."""
        camera, ox, oy = self._moment
        width, height = self.size
        image, depth, surface = _kernels()["render"](
            width, height, (camera + eye) * self.budget, ox, oy, self.supersample
        )
        return View(image, depth, surface)

    def disparity(self, depth: np.ndarray) -> np.ndarray:
        """Pixels by which points of this inverse depth move between the two eyes."""
        return depth * np.float32(self.budget * self.size[0])

    def visible(self, eye: float, source_eye: float) -> tuple[np.ndarray, np.ndarray]:
        """What the view at `eye` shows, as seen from `source_eye`.

        Returns two masks `[H, W]`: pixels whose surface the source shows too, and pixels
        whose surface lies outside the source's frame. Everything else is disoccluded.
        """
        camera, ox, oy = self._moment
        width, height = self.size
        seen, outside = _kernels()["visible"](
            width, height, (camera + eye) * self.budget, (camera + source_eye) * self.budget, ox, oy
        )
        return seen, outside

    def flow(self, time: float, eye: float = 0.0) -> np.ndarray:
        """Exact flow `[H, W, 2]` on this moment's grid into the same eye's picture at `time`."""
        camera, ox, oy = self._moment
        camera2, ox2, oy2 = self.at(time)._moment
        width, height = self.size
        return _kernels()["flow"](
            width, height, (camera + eye) * self.budget, (camera2 + eye) * self.budget, ox, oy, ox2, oy2
        )


def street(size: Size = (1920, 1080), **changes: Any) -> Street:
    """The street at `size`; `changes` are further fields of Street."""
    return Street(size, **changes)


@lru_cache(maxsize=1)
def _kernels() -> dict[str, Callable[..., Any]]:
    # Numba takes a second to import; nobody who only wants the module's names should wait.
    from . import street_kernels as k

    return {"render": k.render, "visible": k.visible, "flow": k.flow}
