"""Curves that a caller lends to schedules under names such as audio.bass: arrays by frame."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import OptionError
from .expression import Value, shown

Curves = Mapping[str, "np.ndarray | Sequence[float]"]

_NAME = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*", re.ASCII)


def names_of(curves: Curves, field: str | None = None) -> dict[str, Value]:
    """The names as expressions know them; between two frames a curve runs straight, outside it holds.

    Raises OptionError for a name without its point, and for an array that is empty, of another
    shape than [N], or not finite.
    """
    return {_name(name, field): _of(values, name, field) for name, values in curves.items()}


def _name(name: str, field: str | None) -> str:
    if not _NAME.fullmatch(name):
        raise OptionError(f"{field or 'curves'}: {shown(name)} is no name such as audio.bass", field)
    return name


def _of(values: Any, name: str, field: str | None) -> Callable[[float], float]:
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 1 or not array.size:
        raise OptionError(f"{field or 'curves'}: {name} must be one number a frame", field)
    if not np.isfinite(array).all():
        frame = int(np.argmin(np.isfinite(array)))
        raise OptionError(f"{field or 'curves'}: {name} is {array[frame]:g} at frame {frame}", field)
    frames = np.arange(len(array), dtype=np.float64)
    return lambda t: float(np.interp(t, frames, array))
