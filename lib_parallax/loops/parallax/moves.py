"""Camera moves by name: what the camera does at a share of the move, 0 to 1, and the schedules beside it.

A move is a function of one number, so that speed, phase, easing and direction are the same for all.
Moves that come back by themselves (orbital, circle, ...) are even; those with a beginning and an end
(push-in, pull-out, swing) are eased, and go back again where the result is to loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from ...errors import OptionError
from ...options.parallax import ParallaxOptions
from ...timeline import Schedule
from ...timeline.curve_names import Curves
from ...warp import Camera
from .ranges import CAMERA, value_at

REACH = 0.6  # half heights that the camera moves sideways at intensity 1
DOLLY = 1.0  # by which it moves back
NEARER = 0.25  # of the zoom, by which a push comes closer
TURN = 2 * math.pi
MOST_TRIED = 5000  # frames


@dataclass(frozen=True)
class Moved:
    """What a move adds to the camera: offset in half heights, dolly, a factor of the zoom, roll in degrees;
    `isometric` and `focus` in place of the schedules' where the move needs its own."""

    x: float = 0.0
    y: float = 0.0
    dolly: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0
    isometric: float | None = None
    focus: float | None = None


def orbital(at: float) -> Moved:
    """Around the middle of the scene: sideways, and in and out."""
    x = math.sin(TURN * at)
    return Moved(x=REACH * x, dolly=DOLLY / 4 * (1 - math.cos(TURN * at)), isometric=0.4, focus=0.5)


def circle(at: float) -> Moved:
    return Moved(x=REACH * math.cos(TURN * at), y=REACH * math.sin(TURN * at))


def horizontal(at: float) -> Moved:
    return Moved(x=REACH * math.sin(TURN * at))


def vertical(at: float) -> Moved:
    return Moved(y=REACH * math.sin(TURN * at))


def zoom(at: float) -> Moved:
    return Moved(zoom=1 - NEARER * (1 - math.cos(TURN * at)) / 2)


def dolly(at: float) -> Moved:
    """The camera comes nearer and goes away while the middle distance keeps its size."""
    return Moved(dolly=DOLLY * 2 * (1 - math.cos(TURN * at)) / 2, focus=0.5, isometric=0.0)


def swing(at: float) -> Moved:
    """From one side to the other, with a little roll."""
    side = 2 * at - 1
    return Moved(x=REACH * side, roll=-1.5 * side)


def push_in(at: float) -> Moved:
    return Moved(zoom=1 - NEARER * at, isometric=0.0)


def pull_out(at: float) -> Moved:
    return Moved(zoom=1 - NEARER * (1 - at), isometric=0.0)


def handheld(at: float) -> Moved:
    """Small drifts of several periods that all close after the move."""

    def drift(waves: tuple[int, int, int], phase: float) -> float:
        return sum(math.sin(TURN * (n * at + phase * n)) / n for n in waves) / 1.5

    return Moved(
        x=REACH / 4 * drift((1, 2, 5), 0.1),
        y=REACH / 6 * drift((1, 3, 4), 0.37),
        roll=0.4 * drift((1, 2, 3), 0.71),
    )


def still(at: float) -> Moved:
    return Moved()


MOVES: dict[str, Callable[[float], Moved]] = {
    "orbital": orbital, "circle": circle, "horizontal": horizontal, "vertical": vertical, "zoom": zoom,
    "dolly": dolly, "swing": swing, "push-in": push_in, "pull-out": pull_out, "handheld": handheld,
    "still": still,
}  # fmt: skip
ONE_WAY = ("swing", "push-in", "pull-out")


@dataclass(frozen=True)
class Course:
    """The camera over the frames of a result."""

    options: ParallaxOptions
    frames: int
    schedules: dict[str, Schedule]

    @classmethod
    def of(cls, options: ParallaxOptions, frames: int, fps: float, curves: Curves | None = None) -> Course:
        """`curves` are those of the sound. Raises OptionError for a schedule that cannot be read."""
        parsed = {
            name: Schedule.parse(getattr(options, name), frames, options.seed, fps, name, curves=curves)
            for name in CAMERA
        }
        return cls(options, frames, parsed)

    @property
    def closest(self) -> float:
        """The least zoom of the frames; of long results some are looked at."""
        return min(self.camera(frame).zoom for frame in self._tried())

    def check(self) -> None:
        """Raises OptionError for a frame at which there can be no camera; of long results some are tried."""
        for frame in self._tried():
            self.camera(frame)

    def _tried(self) -> range:
        return range(0, self.frames, -(-self.frames // MOST_TRIED))

    def camera(self, frame: float) -> Camera:
        """The camera at a frame. Raises OptionError, naming the frame, where there can be none."""
        now = {name: value_at(schedule, name, frame) for name, schedule in self.schedules.items()}
        moved = self._moved(frame)
        options = self.options
        try:
            return Camera(
                offset=(
                    now["offset_x"] + moved.x * options.intensity * options.amount_x,
                    now["offset_y"] + moved.y * options.intensity * options.amount_y,
                ),
                origin=(now["origin_x"], now["origin_y"]),
                center=(now["center_x"], now["center_y"]),
                height=now["height"],
                steady=now["steady"],
                focus=self._own("focus", now, moved.focus),
                zoom=now["zoom"] * moved.zoom ** (options.intensity * options.amount_z),
                isometric=self._own("isometric", now, moved.isometric),
                dolly=now["dolly"] + moved.dolly * options.intensity * options.amount_z,
                roll=now["roll"] + moved.roll * options.intensity,
                pan=now["pan"],
                tilt=now["tilt"],
                fov=options.fov,
                outside=options.outside,
            )
        except OptionError as error:
            raise OptionError(f"{error} (at frame {frame})", error.field) from None

    def _own(self, name: str, now: dict[str, float], of_move: float | None) -> float:
        """What the user says, else what the move needs, else the usual."""
        usual = getattr(self.options, name) == getattr(ParallaxOptions, name)
        return of_move if usual and of_move is not None else now[name]

    def _moved(self, frame: float) -> Moved:
        options = self.options
        share = frame / self.frames * options.loops + options.phase
        if options.move in ONE_WAY:
            share = there_and_back(share) if options.seamless else one_way(share, frame, self.frames)
            share = eased(share, options.easing)
        else:
            share %= 1.0
        return MOVES[options.move](1 - share if options.reverse else share)


def there_and_back(share: float) -> float:
    """0 to 1 and back to 0 for every whole of `share`."""
    return 1 - abs(2 * (share % 1.0) - 1)


def one_way(share: float, frame: float, frames: int) -> float:
    """0 at the first frame to 1 at the last, so often as `share` says."""
    whole = share * frames / max(1, frames - 1)
    return whole % 1.0 if whole > 1 else whole


def eased(share: float, easing: str) -> float:
    """The share of the way at the share of the time."""
    from ...timeline.easing import ease

    return ease("cubic-in-out" if easing == "cubic" else easing, share)


def near(camera: Camera, x: float) -> Camera:
    """The camera `x` half heights farther to the right: where the other eye is."""
    return replace(camera, offset=(camera.offset[0] + x, camera.offset[1]))
