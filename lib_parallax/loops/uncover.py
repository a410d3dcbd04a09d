"""What the second view uncovers, filled with what other frames of the shot show there.

The background beside a hole tells how deep the hole's content lies, and the camera's motion
tells where such a point is in another frame. It is looked for, in this order,

1. in the frames to come, nearest first: one sampling of a real picture;
2. in the view made for the frame before, which carries on what was seen or painted there;

and what is found nowhere stays mirrored from the border. A place counts only when what is
there lies as deep as it should, so that a passer-by is not taken for the wall; frames to come
are asked only where the background beside the hole moves as the camera says; and a find is
believed only where the same look-up gives the background beside the hole the colours that it
is seen to have.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..flow import load as load_flow
from ..flow.camera import CameraMotion, fit_camera_motion
from ..types import Mask
from ..warp.backends import Carrier
from ..warp.backends.seen import Uncovered
from ..warp.stereo import Rendering, eye_shifts, quantise, render
from ..warp.temporal import at, lookup
from .computing import Computing
from .scene import Scene, Views

FLOW_WIDTH = 512
AHEAD = 16  # frames at least
AHEAD_SECONDS = Fraction(16, 25)  # and this long, where frames follow quickly
AHEAD_BYTES = 200 << 20  # and never more than this
UNLIKE = 0.1  # of white: mean difference beside a hole from which on a find is not believed
OWN_MOTION = 1.5  # pixels at FLOW_WIDTH by which the background may disobey the camera


@dataclass
class _Held:
    """A frame within reach, and the motion from it to the next (None at the last)."""

    scene: Scene
    guard: np.ndarray  # the nearest depth among each pixel and its neighbours
    motion: CameraMotion | None = None
    obeys: np.ndarray | None = None  # bool at FLOW_WIDTH: the flow here is the camera's


@dataclass(frozen=True)
class _Plate:
    """One eye's view of the frame before, holes filled."""

    image: np.ndarray
    disparity: np.ndarray


class Uncoverer:
    """Makes both views of every scene, filling from the frames around it.

    eye    which view is synthesised, as of `eye_shifts`
    state  what an earlier run left in `boundary.state["uncover"]`, to go on from there
    """

    def __init__(self, eye: str, computing: Computing, state: Any = None) -> None:
        self._eye, self._computing = eye, computing
        self._flow = load_flow("dis")
        self._plates: dict[float, _Plate] = {}
        self._arrived: CameraMotion | None = None  # from the frame before to the one at hand
        if state:
            self._restore(state)

    def views(self, scenes: Iterable[Scene]) -> Generator[tuple[Scene, Views], None, None]:
        """Every scene with its views, in order, as many scenes late as it looks ahead."""
        held: deque[_Held] = deque()
        stream = iter(scenes)
        while True:
            while _wanting(held) and (scene := next(stream, None)) is not None:
                held.append(_Held(scene, _guard(scene.depth, 1)))
                if len(held) > 1 and not scene.cut:
                    self._connect(held[-2], held[-1])
            if not held:
                return
            here = held.popleft()
            boundary = here.scene.frame.boundary
            if here.scene.cut:
                self._plates, self._arrived = {}, None
            elif boundary is not None:
                boundary.state["uncover"] = self._state()
            yield here.scene, self._both(here, _rest_of_shot(held))
            self._arrived = here.motion

    def _both(self, here: _Held, later: list[_Held]) -> Views:
        scene = here.scene
        shifts = eye_shifts(self._eye)
        drawn = self._computing(lambda on: _drawn(scene, [s for s in shifts if s], on))
        pictures = [self._filled(drawn[s], here, later, s) if s else scene.frame.image for s in shifts]
        left, right = (drawn[s].bare if s else None for s in shifts)
        return Views(pictures[0], pictures[1], (left, right))

    def _connect(self, a: _Held, b: _Held) -> None:
        """The camera's motion from one frame to the next."""
        import cv2

        height, width = a.scene.depth.shape
        scale = min(1.0, FLOW_WIDTH / width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pictures = (cv2.resize(h.scene.frame.image, size, interpolation=cv2.INTER_AREA) for h in (a, b))
        flow = self._flow(*pictures)
        depth = cv2.resize(a.scene.depth, size, interpolation=cv2.INTER_AREA)
        disparity = a.scene.pixels(depth) * np.float32(scale)
        motion = fit_camera_motion(flow, disparity)
        y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
        dx, dy = motion.flow(x, y, disparity)
        a.obeys = (flow[..., 0] - dx) ** 2 + (flow[..., 1] - dy) ** 2 < OWN_MOTION**2
        a.motion = CameraMotion(motion.weights / scale, (width, height))

    def _filled(self, view: _Drawn, here: _Held, later: list[_Held], shift: float) -> np.ndarray:
        """The view's picture; it becomes the plate for the frame that follows."""
        holes = view.holes
        if len(holes.x):
            open_ = holes.bare >= 0.5
            view.disparity.ravel()[holes.place[open_]] = holes.behind[open_]
            self._look_ahead(holes, here, later, shift)
            self._look_back(holes, shift)
            found = holes.found
            colour = holes.own[found] + holes.bare[found, None] * holes.colours[found]
            view.picture.reshape(-1, 3)[holes.place[found]] = quantise(colour, view.full)
        self._plates[shift] = _Plate(view.picture, view.disparity)
        return view.picture

    def _look_ahead(self, holes: _Holes, here: _Held, later: list[_Held], shift: float) -> None:
        if here.motion is None:
            return
        trusted = _obeying(holes, here, shift)
        hidden, beside = (_Trail(x, holes, shift) for x in (holes.x, holes.border))
        motion: CameraMotion | None = here.motion
        for other in later:
            if motion is None or not (trusted & ~holes.found).any():
                return
            hidden.move(motion)
            beside.move(motion)
            near = _steps(other.scene, holes.behind + holes.slack)
            there = other.scene.pixels(at(other.scene.depth, hidden.x, hidden.y))
            picture = other.scene.frame.image
            holes.try_(picture, other.guard, hidden, beside, near, trusted & holes.fits(there))
            motion = other.motion

    def _look_back(self, holes: _Holes, shift: float) -> None:
        plate = self._plates.get(shift)
        if plate is None or self._arrived is None:
            return
        hidden, beside = (_Trail(x, holes, shift) for x in (holes.x, holes.border))
        for trail in (hidden, beside):
            trail.x, trail.y = self._arrived.inverse(trail.x, trail.y, holes.behind)
            trail.x = trail.x - shift * holes.behind
        there = at(plate.disparity, hidden.x, hidden.y)
        guard = _guard(plate.disparity, 2)
        near = holes.behind + holes.slack
        holes.try_(plate.image, guard, hidden, beside, near, holes.fits(there))

    def _state(self) -> dict[str, Any]:
        motion = self._arrived
        return {
            "plates": {
                str(shift): {"image": p.image, "disparity": p.disparity} for shift, p in self._plates.items()
            },
            "motion": None if motion is None else {"weights": motion.weights, "size": list(motion.size)},
        }

    def _restore(self, state: Any) -> None:
        for shift, plate in state["plates"].items():
            self._plates[float(shift)] = _Plate(np.asarray(plate["image"]), np.asarray(plate["disparity"]))
        if state["motion"] is not None:
            width, height = (int(n) for n in state["motion"]["size"])
            self._arrived = CameraMotion(np.asarray(state["motion"]["weights"]), (width, height))


@dataclass(frozen=True)
class _Drawn:
    """What is brought from the carrier of one view, numpy.

    picture    holes mirrored from the border
    disparity  [H, W] in pixels, -inf where nothing is
    bare       bool [H, W], the pixels that nothing covers
    """

    picture: np.ndarray
    disparity: np.ndarray
    bare: Mask
    holes: _Holes
    full: int


def _drawn(scene: Scene, shifts: Sequence[float], on: Carrier) -> dict[float, _Drawn]:
    """The views of a scene at some shifts; pictures cross as bytes, and of the holes a list."""
    entered, disparity = scene.entered(on)
    views = {}
    for shift, view in zip(shifts, render(entered, disparity, shifts, on, listed=True), strict=True):
        seen = view.seen
        assert seen.uncovered is not None
        near = on.leave(seen.near)
        views[shift] = _Drawn(
            on.leave(seen.picture, view.type),
            view.disparity(near),
            on.leave(seen.holes),
            _Holes(view, Uncovered(*(on.leave(part) for part in seen.uncovered)), near.shape[1]),
            view.full,
        )
    return views


class _Holes:
    """Hole pixels of a view, and what has been found for them.

    place   int32 [M], index into the view's pixels
    x, y    float32 [M], places in the view
    border  float32 [M], the column in the view of the background beside each
    behind  float [M], that background's disparity in pixels
    slack   float [M], how far from that a find may lie: a third of the way to what stands in front
    beside  float32 [M, 3], that background's colours
    bare    float32 [M], the share of the pixel that nothing covers
    own     float32 [M, 3], what covers the rest, premultiplied
    run     int64 [M], which stretch of a row each pixel belongs to
    """

    def __init__(self, view: Rendering, listed: Uncovered, width: int) -> None:
        self.place, self.bare, self.own, self.beside = listed.place, listed.bare, listed.own, listed.beside
        y, x = np.divmod(listed.place, width)
        self.x, self.y, self.border = (a.astype(np.float32) for a in (x, y, listed.border))
        self.behind, front = view.disparity(listed.behind), view.disparity(listed.front)
        self.slack = np.maximum((front - self.behind) / 3, np.float32(1))
        self.run = np.cumsum((np.diff(y, prepend=y[:1]) != 0) | (np.diff(x, prepend=x[:1]) > 1))
        self._unlike = UNLIKE * view.full
        self.found = np.zeros(len(x), bool)
        self.colours = np.zeros((len(x), 3), np.float32)

    def fits(self, disparity: np.ndarray) -> np.ndarray:
        """Which open pixels a place of this disparity would do for."""
        return ~self.found & (np.abs(disparity - self.behind) <= self.slack)

    def try_(
        self, picture: np.ndarray, guard: np.ndarray, hidden: _Trail, beside: _Trail,
        near: np.ndarray, wanted: np.ndarray,
    ) -> None:  # fmt: skip
        """Takes what a picture shows at `hidden`, where what it shows at `beside` is right."""
        which = np.nonzero(wanted)[0]
        if len(which) == 0:
            return
        colours, seen = lookup(picture, guard, hidden.x[which], hidden.y[which], near[which])
        known, there = lookup(picture, guard, beside.x[which], beside.y[which], near[which])
        gap = np.abs(known - self.beside[which]).mean(1)
        run = self.run[which]
        total = np.bincount(run, np.where(there, gap, 0))
        count = np.bincount(run, there)
        alike = total <= self._unlike * count  # where nothing beside is in view, nothing speaks against it
        good = seen & alike[run]
        self.colours[which[good]] = colours[good]
        self.found[which[good]] = True


class _Trail:
    """Where points of the view (x, the holes' rows and depth) are in the source, and after it."""

    def __init__(self, x: np.ndarray, holes: _Holes, shift: float) -> None:
        self._behind = holes.behind
        self.x, self.y = x + shift * holes.behind, holes.y

    def move(self, motion: CameraMotion) -> None:
        dx, dy = motion.flow(self.x, self.y, self._behind)
        self.x, self.y = self.x + dx, self.y + dy


def _obeying(holes: _Holes, here: _Held, shift: float) -> np.ndarray:
    """Holes beside background that moves as the camera says.

    Flow next to a moving thing is drawn along with it, so background farther out may speak too.
    """
    assert here.obeys is not None
    width = here.scene.depth.shape[1]
    scale = here.obeys.shape[1] / width
    outward = np.sign(holes.border - holes.x)
    trusted = np.zeros(len(holes.x), bool)
    for away in (0.0, 0.02, 0.04):
        x = holes.border + outward * np.float32(away * width) + shift * holes.behind
        there = here.scene.pixels(at(here.scene.depth, x, holes.y))
        trusted |= holes.fits(there) & at(here.obeys, x * scale, holes.y * scale)
    return trusted


def _guard(near: np.ndarray, reach: int) -> np.ndarray:
    # a pixel beside something nearer has some of its colour
    import cv2

    return cv2.dilate(near, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))


def _steps(scene: Scene, disparity: np.ndarray) -> np.ndarray:
    """Disparity in pixels as depth in the scene's steps; everything where depth makes no disparity."""
    zero, one = scene.pixels(np.array([0, 1], np.float32))
    return (disparity - zero) / (one - zero) if one > zero else np.full_like(disparity, np.inf)


def _rest_of_shot(held: Iterable[_Held]) -> list[_Held]:
    later = []
    for item in held:
        if item.scene.cut:
            break
        later.append(item)
    return later


def _wanting(held: deque[_Held]) -> bool:
    """Whether one more frame is to be looked ahead to."""
    if len(held) <= 2:
        return True
    first, last = held[0].scene.frame, held[-1].scene.frame
    size = first.image.nbytes + 2 * held[0].scene.depth.nbytes
    if len(held) * size >= AHEAD_BYTES:
        return False
    return len(held) <= AHEAD or last.pts - first.pts < AHEAD_SECONDS
