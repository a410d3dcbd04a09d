"""What each step of a zoom is sampled with: numbers that may change from step to step."""

from __future__ import annotations

from dataclasses import dataclass

from ...generate import Sampling
from ...options import ZoomOptions
from ..changing import Changing
from .seeds import seed_at
from .timing import curves_by_step


@dataclass(frozen=True)
class Numbers:
    """Those of one zoom, by step."""

    options: ZoomOptions
    denoise: Changing
    cfg: Changing

    @classmethod
    def of(cls, options: ZoomOptions) -> Numbers:
        """Raises OptionError, naming the step, for a number out of its range."""
        steps = options.count + 1
        curves = curves_by_step(options, options.count)
        denoise, cfg = (Changing.of(options, name, steps, curves=curves) for name in ("denoise", "cfg"))
        return cls(options, denoise.checked(range(steps)), cfg.checked(range(steps)))

    def sampling(self, step: int, candidate: int = 0) -> Sampling:
        """What a step's picture is sampled with."""
        o = self.options
        seed = seed_at(o, step, candidate)
        return Sampling(o.steps, self.cfg.at(step), o.sampler or "", o.scheduler or "", seed)
