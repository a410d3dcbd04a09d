"""Requests that cannot be, refused before anything is painted; one sentence each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import OptionError, UnavailableError
from ..weights import require
from .blending import ROUNDING
from .interrogate import lacking
from .protocol import Capabilities
from .requests import (
    CONTENTS,
    ControlUnit,
    Img2Img,
    Inpaint,
    Interrogate,
    Request,
    Sampling,
    Share,
    Txt2Img,
    Upscale,
)
from .upscaling import LANCZOS, NETWORKS

LONGEST_SIDE = 32768
MOST_STEPS = 1000


def check_request(request: Request, able: Capabilities, name: str) -> None:
    """Raises OptionError for a value out of range or a name that the generator `name` does not know,
    and UnavailableError for what it cannot do."""
    task = type(request).__name__.lower()
    if not getattr(able, task):
        why = f": {lacking()}" if task == "interrogate" else ""
        raise UnavailableError(f"the generator {name!r} cannot do {task}{why}")
    if isinstance(request, Txt2Img):
        _check_size(request.size)
    else:
        _check_picture(request.image, "image")
    if isinstance(request, Txt2Img | Img2Img | Inpaint):
        _check_sampling(request.sampling, able, name)
        _known(request.checkpoint, able.checkpoints, "checkpoint", name)
        for unit in request.control:
            _check_unit(unit, able, name)
        _check_blend(request.blend)
    if isinstance(request, Img2Img | Inpaint):
        _within(request.strength, 0, 1, "strength")
        _within(request.init_noise, 0, 1, "init_noise")
    if isinstance(request, Inpaint):
        _check_mask(request)
    if isinstance(request, Interrogate):
        _known(request.name, able.captioners, "captioner", name)
    if isinstance(request, Upscale):
        _check_scale(request)
        _check_upscaler(request.name, able, name)


def _check_size(size: Any) -> None:
    whole = len(size) == 2 and all(isinstance(side, int | np.integer) for side in size)
    if not whole or not all(1 <= side <= LONGEST_SIDE for side in size):
        raise OptionError(f"a picture of {size} cannot be painted: 1 to {LONGEST_SIDE} pixels a side", "size")


def _check_picture(image: Any, field: str) -> None:
    right = isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3
    if not right or image.shape[2] != 3 or 0 in image.shape:
        seen = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise OptionError(f"{field} must be a uint8 array [height, width, 3], not {seen}", field)


def _check_mask(request: Inpaint) -> None:
    mask, shape = request.mask, request.image.shape[:2]
    if mask.shape != shape:
        raise OptionError(f"the mask is {mask.shape}, the picture {shape}; they must be alike", "mask")
    if not (mask.min() >= 0 and mask.max() <= 1):
        raise OptionError("the mask must lie between 0, keep, and 1, repaint", "mask")
    if request.content not in CONTENTS:
        raise OptionError(f"unknown content {request.content!r}; known are {', '.join(CONTENTS)}", "content")
    _within(request.feather, 0, LONGEST_SIDE, "feather")


def _check_scale(request: Upscale) -> None:
    _within(request.scale, 0.01, 64, "scale")
    longest = max(request.image.shape[:2]) * request.scale
    if longest > LONGEST_SIDE:
        raise OptionError(f"upscaling to {longest:.0f} pixels is more than {LONGEST_SIDE}", "scale")


def _check_upscaler(wanted: str, able: Capabilities, name: str) -> None:
    if wanted in NETWORKS and LANCZOS in (able.upscalers or ()):
        # This backend upscales by `upscaling`: a network that it lacks is one whose weights may come.
        require(wanted)
    _known(wanted, able.upscalers, "upscaler", name)


def _check_sampling(sampling: Sampling, able: Capabilities, name: str) -> None:
    _within(sampling.steps, 1, MOST_STEPS, "steps")
    _within(sampling.cfg, 0, 1000, "cfg")
    _within(sampling.subseed_strength, 0, 1, "subseed_strength")
    for field, seed in (("seed", sampling.seed), ("subseed", sampling.subseed)):
        if seed is not None and not 0 <= seed < 2**63:
            raise OptionError(f"{field} {seed} must be 0 or more", field)
    _known(sampling.sampler, able.samplers, "sampler", name)
    _known(sampling.scheduler, able.schedulers, "scheduler", name)


def _check_blend(blend: tuple[Share, ...]) -> None:
    for share in blend:
        _within(share.weight, 0, 1, "blend")
    total = sum(share.weight for share in blend)
    if total > 1 + ROUNDING:
        raise OptionError(
            f"blend: the weights of the prompts add up to {total:g}, which is more than 1", "blend"
        )


def _check_unit(unit: ControlUnit, able: Capabilities, name: str) -> None:
    if not able.controlnet:
        raise UnavailableError(f"the generator {name!r} has no ControlNet, so {unit.model!r} cannot steer it")
    _check_picture(unit.image, "control image")
    _known(unit.model, able.control_models, "control model", name)
    _within(unit.weight, 0, 2, "control weight")
    if not 0 <= unit.start < unit.end <= 1:
        raise OptionError(
            f"control from {unit.start} to {unit.end} is no part of the steps 0 to 1", "control"
        )


def _known(wanted: str, known: tuple[str, ...] | None, what: str, name: str) -> None:
    if not wanted or known is None or wanted in known:
        return
    if not known:
        raise OptionError(
            f"the generator {name!r} has no {what} to choose, so {wanted!r} means nothing", what
        )
    raise OptionError(f"unknown {what} {wanted!r}; {name} knows {', '.join(known)}", what)


def _within(value: float, least: float, most: float, field: str) -> None:
    if not (math.isfinite(value) and least <= value <= most):
        raise OptionError(f"{field} {value} must lie between {least} and {most}", field)
