"""How a number gets from one key to the next: the names that stand after a key's value.

The shapes are the usual ones of animation (Penner); expo is shifted so that it begins at 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

_Shape = Callable[[float], float]

_TRAILING = re.compile(r"(?<=[\s)])[A-Za-z]+(?:-[A-Za-z]+)*\s*$")
_OVERSHOOT = 1.70158  # how far `back` draws back: a tenth of the way


def _expo(u: float) -> float:
    return float((2 ** (10 * u) - 1) / 1023)


def _elastic(u: float) -> float:
    if u in (0.0, 1.0):
        return u
    return -float(2 ** (10 * u - 10)) * math.sin((10 * u - 10.75) * 2 * math.pi / 3)


def _bounce(u: float) -> float:
    """Four ever higher parabolas; the last is cut off at its top, which is 1."""
    v = (1 - u) * 2.75
    for middle, floor in ((0.0, 0.0), (1.5, 0.75), (2.25, 0.9375), (2.625, 0.984375)):
        if v <= middle + math.sqrt(1 - floor):
            break
    return 1 - floor - (v - middle) ** 2


_SHAPES: dict[str, _Shape] = {
    "sine": lambda u: 1 - math.cos(math.pi * u / 2),
    "quad": lambda u: u * u,
    "cubic": lambda u: u**3,
    "expo": _expo,
    "back": lambda u: u * u * ((_OVERSHOOT + 1) * u - _OVERSHOOT),
    "elastic": _elastic,
    "bounce": _bounce,
}


def _in_out(shape: _Shape) -> _Shape:
    return lambda u: shape(2 * u) / 2 if u < 0.5 else 1 - shape(2 - 2 * u) / 2


def _out(shape: _Shape) -> _Shape:
    return lambda u: 1 - shape(1 - u)


EASES: dict[str, _Shape] = {
    "linear": lambda u: u,
    **{name: _in_out(shape) for name, shape in _SHAPES.items()},
    **{f"{name}-in": shape for name, shape in _SHAPES.items()},
    **{f"{name}-out": _out(shape) for name, shape in _SHAPES.items()},
    **{f"{name}-in-out": _in_out(shape) for name, shape in _SHAPES.items()},
}
SPLINES = ("cubic", "pchip")  # through several keys; between two keys alone there is cubic-in-out
WAYS = tuple(dict.fromkeys(("step", "linear", *SPLINES, *EASES)))


def ease(name: str, u: float) -> float:
    """The share of the way that is done at the share `u` of the time, 0 at 0 and 1 at 1; KeyError else."""
    return EASES[name](min(max(u, 0.0), 1.0))


def last_word(text: str) -> re.Match[str] | None:
    """The word at the end of a key's value that may name its easing, as in `(1.0) sine-in`."""
    return _TRAILING.search(text)
