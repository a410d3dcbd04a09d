"""When the zoom is where: the position of every frame, in steps.

Position is the logarithm of scale, so an even position is an even zoom. Easing bends time, never
scale; nothing is rounded to frames but the length of the whole, over which the difference is spread.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ...errors import OptionError
from ...options import ZoomOptions
from ...timeline import Schedule
from ...timeline.curve_names import Curves
from ..rates import frame_rate
from ..sounds import sound_curves

MOST_FRAMES = 1_000_000
HEARD = 3600  # frames of sound that are listened to at first, where it makes the speed
BY_STEP = ("centre_x", "centre_y", "rotation", "denoise", "cfg")  # schedules over the steps
_NEAR = 1e-9  # steps


def positions(options: ZoomOptions, steps: int) -> np.ndarray:
    """Where each frame of the result is, float64 [frames] in 0..steps, 0 the innermost keyframe.

    Raises OptionError for a speed that cannot be, and a zoom of more than MOST_FRAMES.
    """
    rate = frame_rate(options.fps)
    there = _journey(options, steps, rate)
    if options.direction == "in":
        there = there[::-1]
    if options.endless:
        there = there[:-1]  # the last frame would be the first again
    start, end = (round(seconds * rate) for seconds in (options.hold_start, options.hold_end))
    whole = np.concatenate([np.repeat(there[:1], start), there, np.repeat(there[-1:], end)])
    if options.ping_pong:
        whole = np.concatenate([whole, there[-2:0:-1]])
    if len(whole) > MOST_FRAMES:
        raise _too_long(options)
    return whole


def step_at(options: ZoomOptions, second: float) -> float:
    """The first step that is still to be seen coming at a time: 0 before the zoom sets off.

    The picture of step n comes into view while the zoom is on its way from n - 1.
    """
    rate = frame_rate(options.fps)
    whole = positions(options, options.count)
    at = float(whole[min(round(second * rate), len(whole) - 1)])
    return at + 1 if at > 0 else 0.0


def curves_by_step(options: ZoomOptions, steps: int) -> Curves | None:
    """The curves of the sound for schedules over the steps: each step has the moment at which its picture
    fills the frame. None where no option asks for them."""
    if "audio." not in "".join(str(getattr(options, name)) for name in BY_STEP):
        return None
    whole = positions(options, steps)
    curves = sound_curves(options, frame_rate(options.fps), len(whole))
    at = [int(np.abs(whole - step).argmin()) for step in range(steps + 1)]
    return None if curves is None else {name: np.asarray(curve)[at] for name, curve in curves.items()}


def _journey(options: ZoomOptions, steps: int, rate: Fraction) -> np.ndarray:
    """Positions from 0 to `steps`, both included."""
    way, duration = _way(options, steps, rate)
    a, b = (seconds * float(rate) for seconds in (options.ease_in, options.ease_out))
    shrink = min(1.0, 2 * duration / (a + b)) if a + b else 1.0
    a, b = a * shrink, b * shrink
    total = duration + (a + b) / 2  # half of the time that easing takes is lost
    count = max(1, round(total))
    if count > MOST_FRAMES:
        raise _too_long(options)
    at = np.arange(count + 1) * (total / count)
    even = at - a / 2 + _lag(at, a) - _lag(total - at, b)
    found = np.interp(even.clip(0, duration), *way)
    found[-1] = steps
    return found


def _lag(at: np.ndarray, ease: float) -> np.ndarray:
    """By how much less than `ease` / 2 a start that takes `ease` has fallen behind: ease/2 at 0, then 0.

    Speed rises as the smoothstep of time, so the way made is ease * (x^3 - x^4/2) at the share x.
    """
    if ease <= 0:
        return np.zeros_like(at)
    x = np.clip(at / ease, 0, 1)
    return ease * (x**3 - x**4 / 2) - (x - 0.5) * ease


def _way(options: ZoomOptions, steps: int, rate: Fraction) -> tuple[tuple[np.ndarray, np.ndarray], float]:
    """Frames and the positions at them without easing, and the number of frames it takes, a fraction."""
    schedule, heard = _speed(options, rate, HEARD), HEARD
    position, found = 0.0, [0.0]
    while position < steps - _NEAR:
        if len(found) > heard and "audio." in str(options.speed):
            heard *= 4
            schedule = _speed(options, rate, heard)
        if len(found) > MOST_FRAMES:
            raise _too_long(options)
        speed = schedule.at(len(found) - 0.5)
        if speed < 0:
            raise OptionError(
                f"speed: {speed:g} at frame {len(found) - 1}; a zoom that comes back is --ping-pong, and one "
                "backwards is --direction in",
                "speed",
            )
        position += speed / float(rate)
        found.append(position)
    last = (found[-1] - steps) / (found[-1] - found[-2])
    frames = np.arange(len(found), dtype=np.float64)
    duration = float(frames[-1] - max(last, 0.0))
    frames[-1], found[-1] = duration, float(steps)
    return (frames, np.array(found)), duration


def _speed(options: ZoomOptions, rate: Fraction, heard: int) -> Schedule:
    """The schedule of speed, with sound for so many frames: how many there will be it says itself."""
    curves = sound_curves(options, rate, heard)
    return Schedule.parse(options.speed, seed=options.seed, fps=rate, name="speed", curves=curves)


def _too_long(options: ZoomOptions) -> OptionError:
    return OptionError(
        f"speed: at {options.speed} the zoom would last more than {MOST_FRAMES} frames", "speed"
    )
