"""What motion has told about depth so far, carried along the shot.

Evidence is a picture of inverse depth 0..1 with a weight a pixel. Each frame moves it along
the flow, drops what was covered, and blends in what the new frame's parallax says, brought to
the same scale first: the camera's speed changes from frame to frame, the scene's depth does
not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...flow import FlowEstimator
from .egomotion import Parallax, parallax
from .regions import Regions
from .smoothing import box
from .stills import gradient

FARTHEST_BACK = 6  # frames between which parallax is looked for
WANTED = 3.0  # pixels of motion that show parallax well
HEAVIEST = 8.0  # frames of evidence that a pixel remembers
ENOUGH_VOTES = -6.0  # of frames that say that near and far are mixed up
TREMOR = 0.4  # pixels of motion that tell nothing
STIRRING = 0.2, 0.5  # share of a region that moves by itself: surely not one thing, surely a mover
WAKING, RESTING = 0.35, 0.5  # share of a frame in what is known of movers, rising and falling
UNSEEN = 0.75  # share of that knowledge that outlives being lost from sight
FORGET = 0.92  # share of the weight that outlives a frame


@dataclass
class Motion:
    """Motion parallax of one shot at the working size. Bounded: a few small pictures."""

    flow: FlowEstimator
    greys: list[np.ndarray] = field(default_factory=list)  # uint8, newest last
    speed: float = 0.0  # median motion a frame, pixels
    direction: np.ndarray | None = None
    votes: float = 0.0  # how far the other cues have agreed with what the evidence calls near
    value: np.ndarray | None = None
    weight: np.ndarray | None = None
    mover: np.ndarray | None = None  # 0..1, how surely each pixel's thing moves by itself
    age: np.ndarray | None = None  # for how many frames each pixel has been in sight

    def state(self) -> dict[str, Any]:
        """What `restored` needs: arrays and numbers."""
        kept = {"greys": list(self.greys), "speed": self.speed, "votes": self.votes}
        named = {name: getattr(self, name) for name in ("direction", "value", "weight", "mover", "age")}
        return {**kept, **named}

    @classmethod
    def restored(cls, flow: FlowEstimator, state: Mapping[str, Any]) -> Motion:
        def array(name: str) -> np.ndarray | None:
            return None if state[name] is None else np.array(state[name])

        greys = [np.asarray(g, dtype=np.uint8) for g in state["greys"]]
        return cls(
            flow, greys, float(state["speed"]), array("direction"), float(state["votes"]),
            array("value"), array("weight"), array("mover"), array("age"),
        )  # fmt: skip

    def see(self, grey: np.ndarray, still: np.ndarray, regions: Regions) -> Carry | None:
        """Takes in the next frame (uint8 grey), its depth as still cues tell it, and its regions.

        Returns how pictures of the last frame are carried to this one, None at a shot's start.
        """
        carry = None
        if self.greys:
            carry = carried(self.flow, grey, self.greys[-1])
            self._learn(grey, still, carry, regions)
        self.greys = [*self.greys[-FARTHEST_BACK + 1 :], grey]
        return carry

    def _learn(self, grey: np.ndarray, still: np.ndarray, carry: Carry, regions: Regions) -> None:
        aged = carry.bring(self.age) + 1 if self.age is not None else np.ones(grey.shape, np.float32)
        self.age = np.where(carry.lost, 0, np.minimum(aged, FARTHEST_BACK)).astype(np.float32)
        if self.value is not None and self.weight is not None:
            self.value = np.where(carry.lost, still, carry.bring(self.value)).astype(np.float32)
            self.weight = np.where(carry.lost, 0, FORGET * carry.bring(self.weight)).astype(np.float32)
        self.speed += 0.5 * (float(np.median(np.hypot(carry.flow[..., 0], carry.flow[..., 1]))) - self.speed)
        back = int(np.clip(round(WANTED / max(self.speed, 0.1)), 1, len(self.greys)))
        other = self.greys[-back]
        flow = carry.flow if back == 1 else self.flow(grey, other)
        # What was hidden back then has no flow to go by.
        followed = matching(grey, other, flow) * (self.age > back - 0.5)
        clear = texture(grey)
        trust = followed * clear
        seen = parallax(flow, trust, self.direction)
        self.direction = seen.direction
        tripod, moving = stirring(seen, np.hypot(flow[..., 0], flow[..., 1]), trust)
        self._follow(moving * followed, carry, clear, regions)
        self._blend(seen, trust * (1 - moving), 1 - tripod, still)

    def _follow(self, moving: np.ndarray, carry: Carry, clear: np.ndarray, regions: Regions) -> None:
        """Which regions are movers: those whose motion no camera explains, or is too fast to be followed."""
        told = clear * carry.inside
        share = regions.mean(np.maximum(moving, carry.lost) * told) / (regions.mean(told) + 0.02)
        low, high = STIRRING
        now = np.clip((share - low) / (high - low), 0, 1)
        old = np.zeros_like(now) if self.mover is None else carry.bring(self.mover)
        # What a mover uncovers is lost from sight once, a fast mover in every frame.
        old = np.where(carry.lost, UNSEEN * old, old)
        self.mover = (old + np.where(now > old, WAKING, RESTING) * (now - old)).astype(np.float32)

    def _blend(self, seen: Parallax, steady: np.ndarray, travels: float, still: np.ndarray) -> None:
        """Brings what was seen to the evidence's scale and mixes it in by confidence.

        `steady` is how far each pixel is followed and does not move by itself, `travels` how sure
        it is that the camera does not stand.
        """
        steady = steady * seen.reach
        spread = deviation(seen.inverse * seen.reach, steady)
        rigid = float(np.clip(1 - (seen.noise - 0.15) / 0.35, 0.15, 1))
        worth = float(np.clip((spread - 2 * seen.noise) / 1.0, 0, 1)) * travels * rigid
        if self.value is None or self.weight is None:
            self.value, self.weight = still.copy(), np.zeros_like(still)
        value, heard = self._at_scale(seen, steady, still)
        gain = steady * worth * heard
        total = self.weight + gain
        self.value = (self.value + (value - self.value) * gain / (total + 1e-6)).astype(np.float32)
        self.weight = np.minimum(total, HEAVIEST).astype(np.float32)

    def _at_scale(self, seen: Parallax, steady: np.ndarray, still: np.ndarray) -> tuple[np.ndarray, float]:
        """The frame's parallax as 0..1 on the evidence's scale, and how far it may be believed."""
        assert self.value is not None and self.weight is not None
        known = steady * np.minimum(self.weight, 1)
        centre, spread = middle(seen.inverse, steady), deviation(seen.inverse, steady)
        if spread < 1e-4:
            return still, 0.0
        for_sign = 2 * seen.forward * abs(float(seen.direction[2])) + _nearness(seen.inverse, steady, still)
        if known.mean() < 0.02:
            sign = 1.0 if for_sign >= 0 else -1.0
            return np.clip(0.5 + sign * 0.22 * (seen.inverse - centre) / spread, 0, 1), 0.6
        agreement = correlation(seen.inverse, self.value, known)
        gain = deviation(self.value, known) / max(deviation(seen.inverse, known), 1e-6)
        shift = middle(self.value, known)
        value = shift + np.sign(agreement) * gain * (seen.inverse - middle(seen.inverse, known))
        self.votes = 0.95 * self.votes + float(np.sign(agreement)) * for_sign
        if self.votes < ENOUGH_VOTES:
            # The first frames were misread: near and far change places.
            self.votes, self.value, value = 0.0, 1 - self.value, 1 - value
        return np.clip(value, -0.1, 1.1), float(np.clip((abs(agreement) - 0.2) / 0.5, 0, 1))


@dataclass(frozen=True)
class Carry:
    """How a picture of the last frame looks from this one."""

    flow: np.ndarray  # on this frame, into the last
    lost: np.ndarray  # bool: what the last frame does not show

    @property
    def source(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each pixel lies in the last frame."""
        height, width = self.flow.shape[:2]
        x = self.flow[..., 0] + np.arange(width, dtype=np.float32)
        return x, self.flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]

    @property
    def inside(self) -> np.ndarray:
        """bool: whether that is within its borders."""
        height, width = self.flow.shape[:2]
        x, y = self.source
        return (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)

    def bring(self, picture: np.ndarray) -> np.ndarray:
        import cv2

        x, y = self.source
        return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def carried(estimate: FlowEstimator, grey: np.ndarray, last: np.ndarray) -> Carry:
    """The way back from this frame to the last, and what has no place there."""
    from ...warp.flow import occlusion

    flow = estimate(grey, last)
    lost = np.asarray(occlusion(flow, estimate(last, grey))).astype(bool)
    # Where a mover uncovers a wall, flow likes to run along with the mover, there and back.
    return Carry(flow, lost | (matching(grey, last, flow) < 0.25))


def matching(grey: np.ndarray, other: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """1 where the flow finds the same brightness in the other frame, falling to 0."""
    difference = np.abs(Carry(flow, np.empty(0)).bring(other.astype(np.float32)) - grey)
    return np.clip(1.5 - difference / 16, 0, 1).astype(np.float32)


def texture(grey: np.ndarray) -> np.ndarray:
    """1 where there is something to hold on to, a little where the picture is blank."""
    return np.clip(box(gradient(grey), 3) / 4, 0.02, 1)


def beyond(values: np.ndarray, tolerance: float) -> np.ndarray:
    """0 up to the tolerance, 1 from twice that on."""
    return np.clip((values - tolerance) / tolerance, 0, 1)


def stirring(seen: Parallax, motion: np.ndarray, trust: np.ndarray) -> tuple[float, np.ndarray]:
    """How sure it is that the camera stands, 0..1, and `[H, W]` 0..1 what moves by itself.

    `motion` is the length of the flow that `seen` was made of.
    """
    tolerance = 3 * seen.noise + TREMOR
    tripod = standing(motion, trust)
    return tripod, np.maximum(beyond(seen.violation, tolerance), tripod * beyond(motion, tolerance))


def standing(motion: np.ndarray, trust: np.ndarray) -> float:
    """How sure it is, 0..1, that the camera stands on a tripod: much of the picture does not move at all."""
    unmoved = float((trust * (motion < 0.12)).sum() / (trust.sum() + 1e-9))
    return float(np.clip((unmoved - 0.3) / 0.2, 0, 1))


def _nearness(values: np.ndarray, weight: np.ndarray, still: np.ndarray) -> float:
    """Whether the large values look like the near ones: as still cues say, and as the fewer pixels.

    Walking on shows by itself which end is near. A sideways move that the camera's turning
    makes up for looks the same from the other end; but most of a picture is background.
    """
    mean = float((weight * values).sum() / (weight.sum() + 1e-9))
    wide = float(np.sqrt((weight * (values - mean) ** 2).sum() / (weight.sum() + 1e-9)))
    beside = np.clip((values - mean) / (wide + 1e-9), -4, 4)
    skew = float((weight * beside * beside * beside).sum() / (weight.sum() + 1e-9))
    return correlation(values, still, weight) + 0.3 * float(np.clip(skew, -2, 2))


def middle(values: np.ndarray, weight: np.ndarray) -> float:
    """Weighted mean, without the outermost."""
    mean = float((weight * values).sum() / (weight.sum() + 1e-9))
    wide = float(np.sqrt((weight * (values - mean) ** 2).sum() / (weight.sum() + 1e-9))) * 2 + 1e-9
    inner = weight * (np.abs(values - mean) <= wide)
    return float((inner * values).sum() / (inner.sum() + 1e-9))


def deviation(values: np.ndarray, weight: np.ndarray) -> float:
    """Weighted standard deviation, without the outermost."""
    centre = middle(values, weight)
    wide = float(np.sqrt((weight * (values - centre) ** 2).sum() / (weight.sum() + 1e-9))) * 2 + 1e-9
    inner = weight * (np.abs(values - centre) <= wide)
    return float(np.sqrt((inner * (values - centre) ** 2).sum() / (inner.sum() + 1e-9)))


def correlation(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> float:
    """Weighted correlation, -1..1; outliers are drawn in to two deviations."""
    x, y = (np.clip((v - middle(v, weight)) / (deviation(v, weight) + 1e-6), -2, 2) for v in (a, b))
    power = float(np.sqrt((weight * x * x).sum() * (weight * y * y).sum()))
    return float((weight * x * y).sum()) / (power + 1e-9)
