"""The CUDA carrier: `kernels.cu`, compiled by NVRTC when it is first needed and kept on disk.

Its arrays are the reference's. Once kernels cannot be had, which is said in one warning, the reference
computes in their place, on the same device.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial, wraps
from threading import Event, Lock
from typing import TypeVar, cast

from . import chain, cuda_fill, cuda_flow, cuda_parallax, cuda_stereo, cuda_zoom, reference
from .cuda_launch import KernelError

Primitive = TypeVar("Primitive", bound=Callable)

log = logging.getLogger(__name__)
given_up = Event()
_giving_up = Lock()


def _or(fallback: Primitive, quick: Primitive) -> Primitive:
    @wraps(fallback)
    def primitive(*arguments: object) -> object:
        if not given_up.is_set():
            try:
                return quick(*arguments)
            except KernelError as e:
                _give_up(e)
        return fallback(*arguments)

    return cast(Primitive, primitive)


def _give_up(error: KernelError) -> None:
    with _giving_up:
        if not given_up.is_set():
            log.warning("backend cuda fails, and reference computes from here on: %s", error)
            given_up.set()


background_rows = _or(reference.background_rows, cuda_stereo.background_rows)
compose = _or(reference.compose, cuda_zoom.compose)
composite = _or(reference.composite, cuda_zoom.composite)
fill = _or(reference.fill, cuda_fill.fill)
first_hit = _or(reference.first_hit, cuda_parallax.first_hit)
fixed_offset = reference.fixed_offset  # arithmetic of single pixels, as torch has it
halve = _or(reference.halve, cuda_zoom.halve)
look_up = _or(reference.look_up, cuda_parallax.look_up)
sample = _or(reference.sample, cuda_flow.sample)
shade = _or(reference.shade, cuda_stereo.shade)
splat = _or(reference.splat, cuda_flow.splat)
splat_fringe = _or(reference.splat_fringe, cuda_stereo.splat_fringe)
splat_rows = _or(reference.splat_rows, cuda_stereo.splat_rows)
step_mask = _or(reference.step_mask, cuda_stereo.step_mask)
unclosed = _or(reference.unclosed, cuda_flow.unclosed)
uncovered = reference.uncovered  # a list: as long as it, whatever makes it
unmix = _or(reference.unmix, cuda_stereo.unmix)
see = partial(chain.see, sys.modules[__name__])

__all__ = [
    "background_rows",
    "compose",
    "composite",
    "fill",
    "first_hit",
    "fixed_offset",
    "halve",
    "look_up",
    "sample",
    "see",
    "shade",
    "splat",
    "splat_fringe",
    "splat_rows",
    "step_mask",
    "unclosed",
    "uncovered",
    "unmix",
]
