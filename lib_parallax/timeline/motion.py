"""Movement told from frame to frame, as Deforum does, summed up to where the camera stands.

Deforum warps the last frame by what its schedules say at this one: turns, shifts and scales pile up.
Parallax's camera options are places in the first frame's picture. In 2D the two are the same
similarity of the plane; in 3D, Deforum's camera looks at points x, y, z with z from 1 near to 2 far.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

UNIT = 200.0  # of 3D translations, to the depth of Deforum's nearest point
_MIDDLE = 1.5  # Deforum's depth halfway, which a move forward is measured at
_STEADY_HEIGHT = 0.2

Tracks = Mapping[str, np.ndarray]


def flat(tracks: Tracks, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """2D movement: options of the camera by frame [N] each, exact for a flat picture of `size`.

    tracks  angle (degrees), zoom, translation_x, translation_y (pixels), transform_center_x, ..._y
    """
    wide, high = size
    count = len(tracks["angle"])
    found = np.empty((count, 4))
    total = np.eye(3)
    for frame in range(count):
        if frame:  # the first frame is not moved
            total = _warp({name: float(values[frame]) for name, values in tracks.items()}, wide, high) @ total
        back = np.linalg.inv(total)
        middle = back @ [wide / 2, high / 2, 1]
        found[frame, :2] = (middle[:2] - [wide / 2, high / 2]) / (high / 2)
        found[frame, 2] = math.hypot(back[0, 0], back[1, 0])
        found[frame, 3] = math.degrees(math.atan2(back[1, 0], back[0, 0]))
    return {
        "center_x": found[:, 0],
        "center_y": found[:, 1],
        "zoom": found[:, 2],
        "roll": np.unwrap(found[:, 3], period=360),
    }


def _warp(now: Mapping[str, float], wide: int, high: int) -> np.ndarray:
    """Where one frame takes the last one's pixels: shifted, then turned and scaled about the centre."""
    x, y = now["transform_center_x"] * wide, now["transform_center_y"] * high
    turn, zoom = math.radians(now["angle"]), now["zoom"]
    a, b = zoom * math.cos(turn), zoom * math.sin(turn)
    turned = np.array([[a, b, (1 - a) * x - b * y], [-b, a, b * x + (1 - a) * y], [0, 0, 1]])
    shifted = np.array([[1, 0, now["translation_x"]], [0, 1, now["translation_y"]], [0, 0, 1]])
    return np.asarray(turned @ shifted)


def deep(tracks: Tracks, size: tuple[int, int], fov: float) -> dict[str, np.ndarray]:
    """3D movement: options of the camera by frame [N] each, of the same parallax between near and far.

    tracks  translation_x, _y, _z and rotation_3d_x, _y, _z (degrees)
    fov     Deforum's, in degrees
    Turns and shifts are added up as if they were small and did not turn each other.
    """
    wide, high = size
    focal = 1 / math.tan(math.radians(fov) / 2)
    summed = {name: np.cumsum(np.concatenate([[0.0], values[1:]])) for name, values in tracks.items()}
    found = {"height": np.full(1, _STEADY_HEIGHT), "steady": np.zeros(1)}
    for axis, way in (("x", focal * wide / high / UNIT), ("y", -focal / UNIT)):
        far = summed[f"translation_{axis}"] * way / 2  # by which what is far moves; what is near, twice that
        found[f"offset_{axis}"] = far * (1 / _STEADY_HEIGHT + 1)
        found[f"center_{axis}"] = far
    found["zoom"] = np.exp(-summed["translation_z"] * focal / UNIT / _MIDDLE**2)
    found["pan"] = summed["rotation_3d_y"] * wide / high
    found["tilt"] = summed["rotation_3d_x"]
    found["roll"] = summed["rotation_3d_z"]
    return found
