"""The seed of each step of a zoom."""

from __future__ import annotations

import re

from ...errors import OptionError
from ...options import ZoomOptions
from ..seeds import drawn, seed_of

_ONE = re.compile(r"\s*(\d+)\s*:\s*(\d+)\s*")


def seed_at(options: ZoomOptions, step: int, candidate: int = 0) -> int:
    """The seed of a step's picture; its first candidate is painted as if it were alone."""
    seed = step_seeds(options).get(step)
    if seed is None:
        seed = seed_of(options.seed_policy, options.seed, step)
    return drawn(seed, "candidate", candidate) if candidate else seed


def step_seeds(options: ZoomOptions) -> dict[int, int]:
    """Seeds that single steps were given. Raises OptionError."""
    found: dict[int, int] = {}
    for part in (options.step_seeds or "").split(",") if (options.step_seeds or "").strip() else ():
        match = _ONE.fullmatch(part)
        if match is None or int(match[2]) >= 2**63:
            raise OptionError(
                f"step_seeds: {part.strip()!r} is no step and its seed; write them as 3:77, 5:9", "step_seeds"
            )
        found[int(match[1])] = int(match[2])
    return found


def with_seed(options: ZoomOptions, step: int, seed: int) -> str:
    """`step_seeds` of the same zoom with another seed at a step."""
    seeds = {**step_seeds(options), step: seed}
    return ", ".join(f"{number}:{seeds[number]}" for number in sorted(seeds))
