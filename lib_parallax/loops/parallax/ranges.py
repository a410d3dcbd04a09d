"""Between what a number may be that changes over the frames."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import OptionError
from ...timeline import Schedule

UNIT = (0.0, 1.0)
PLACE = (-50.0, 50.0)  # half heights
ANGLE = (-3600.0, 3600.0)
CAMERA: Mapping[str, tuple[float, float]] = {
    "height": (0.0, 2.0),
    "steady": (-10.0, 10.0),
    "focus": (-10.0, 10.0),
    "zoom": (0.01, 10.0),
    "isometric": UNIT,
    "dolly": (-1.0, 20.0),
    "roll": ANGLE,
    "pan": ANGLE,
    "tilt": ANGLE,
    "offset_x": PLACE,
    "offset_y": PLACE,
    "origin_x": PLACE,
    "origin_y": PLACE,
    "center_x": PLACE,
    "center_y": PLACE,
}
EFFECTS: Mapping[str, tuple[float, float]] = {
    "blur_far": UNIT,
    "blur_near": UNIT,
    "sharp_at": UNIT,
    "vignette": UNIT,
    "chromatic": UNIT,
    "lens": (-1.0, 1.0),
    "saturation": (0.0, 4.0),
    "contrast": (0.0, 4.0),
    "brightness": (0.0, 4.0),
    "gamma": (0.1, 10.0),
    "sepia": UNIT,
    "grain": UNIT,
    "fog": UNIT,
    "shafts": UNIT,
    "particle_amount": UNIT,
}
ROUNDING = 1e-6  # 0.5 + 0.5 * sin(...) may miss its ends by so much


def value_at(schedule: Schedule, name: str, frame: float) -> float:
    """The value of an option's schedule. Raises OptionError, naming option and frame, out of its range."""
    value = schedule.at(frame)
    low, high = CAMERA.get(name) or EFFECTS[name]
    if not low - ROUNDING <= value <= high + ROUNDING:
        raise OptionError(
            f"{name}: {value:g} at frame {frame:g} is not in {low:g}..{high:g}; "
            f"max({low:g}, min({high:g}, ...)) keeps it there",
            name,
        )
    return min(max(value, low), high)
