"""Samplers and noise schedules by the names that webuis made known, as classes of diffusers."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...errors import OptionError
from ..requests import Sampling

SAMPLERS: dict[str, tuple[str, dict[str, Any]]] = {
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "DPM++ 2M SDE": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "solver_order": 2}),
    "DPM++ 2S": ("DPMSolverSinglestepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "Euler": ("EulerDiscreteScheduler", {}),
    "Heun": ("HeunDiscreteScheduler", {}),
    "LMS": ("LMSDiscreteScheduler", {}),
    "DPM2": ("KDPM2DiscreteScheduler", {}),
    "DPM2 a": ("KDPM2AncestralDiscreteScheduler", {}),
    "DDIM": ("DDIMScheduler", {}),
    "PLMS": ("PNDMScheduler", {"skip_prk_steps": True}),
    "UniPC": ("UniPCMultistepScheduler", {}),
    "LCM": ("LCMScheduler", {}),
    "TCD": ("TCDScheduler", {}),
}
_SIGMAS = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
SCHEDULES: dict[str, dict[str, Any]] = {
    "Automatic": {},
    "Uniform": dict.fromkeys(_SIGMAS, False),
    "Karras": {**dict.fromkeys(_SIGMAS, False), "use_karras_sigmas": True},
    "Exponential": {**dict.fromkeys(_SIGMAS, False), "use_exponential_sigmas": True},
    "Beta": {**dict.fromkeys(_SIGMAS, False), "use_beta_sigmas": True},
    "SGM Uniform": {**dict.fromkeys(_SIGMAS, False), "timestep_spacing": "trailing"},
}
# Distilled models: the most steps that do them good, and the most guidance that they bear.
FEW_STEPS = 8
GUIDANCE = {"lcm": 2.0, "lightning": 2.0, "hyper": 2.0, "turbo": 1.0}
FEW_STEP_SAMPLERS = ("LCM", "TCD")
TRAINED_STEPS = 1000


def scheduler(config: Mapping[str, Any], sampling: Sampling) -> Any:
    """A new scheduler for a model whose own one has this `config`.

    Raises OptionError for a noise schedule that the sampler does not have.
    """
    import diffusers

    own = str(config.get("_class_name", ""))
    kind, settings = SAMPLERS.get(sampling.sampler, (own, {}))
    made = getattr(diffusers, kind)
    wanted = SCHEDULES.get(sampling.scheduler, {})
    known = inspect.signature(made.__init__).parameters
    lacking = [key for key, value in wanted.items() if value and key not in known]
    if lacking:
        name = sampling.sampler or kind
        raise OptionError(f"scheduler: the sampler {name} has no {sampling.scheduler!r}", "scheduler")
    chosen = {key: value for key, value in {**settings, **wanted}.items() if key in known}
    if own != kind:
        # A sampler's own settings mean something else to another one.
        config = {key: value for key, value in config.items() if key not in _SIGMAS}
    return made.from_config(config, **chosen)


def few_steps(sampling: Sampling, few: str) -> Sampling:
    """`sampling` as a model that paints in a few steps bears it, else as it is.

    few   the kind of such a model, or ""; the samplers LCM and TCD are for no other
    """
    kind = few or ("lcm" if sampling.sampler in FEW_STEP_SAMPLERS else "")
    if not kind:
        return sampling
    return replace(sampling, steps=min(sampling.steps, FEW_STEPS), cfg=min(sampling.cfg, GUIDANCE[kind]))


def steps_for(steps: int, strength: float) -> int:
    """Steps to ask for so that of their share `strength` at least one is done; 0 where there are none."""
    if int(steps * strength) >= 1:
        return steps
    needed = math.ceil(1 / strength) if strength * TRAINED_STEPS >= 1 else 0
    return needed + 1 if needed and int(needed * strength) < 1 else needed
