"""The seeds of a loop that paints in steps, every one derived from the job's."""

from __future__ import annotations

import hashlib

from ..generate import Sampling
from ..options import PaintOptions


def seed_of(policy: str, seed: int, step: int) -> int:
    """The seed that a step is painted with; small enough for every host where it is drawn.

    policy  "fixed" (the same for all), "step" (each one higher than the last) or "random"
    """
    if policy == "fixed":
        return seed
    if policy == "step":
        return int((seed + step) % 2**63)
    return drawn(seed, step)


def drawn(*parts: int | str) -> int:
    """A seed below 2^32 that follows from all parts."""
    return int.from_bytes(hashlib.sha256(" ".join(map(str, parts)).encode()).digest()[:4], "big")


def sampling(options: PaintOptions, seed: int) -> Sampling:
    """What the options have a picture sampled with, from that seed."""
    return Sampling(options.steps, options.cfg, options.sampler or "", options.scheduler or "", seed)
