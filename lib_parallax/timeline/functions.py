"""The functions and operators of expressions, defined for every float.

Python's math raises where IEEE 754 has an infinity or NaN. Here they come back, as from numpy,
so that `where(t > 0, 1, 0) * min(5, 1/t)` is a number at t = 0 as well. Only floats go in and
come out: 9**9**9 is infinity at once, where whole numbers would grow for ever.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Function:
    """`call` takes `fewest` to `most` floats; any number from `fewest` on where `most` is None."""

    call: Callable[..., float]
    fewest: int = 1
    most: int | None = 1


def _total(exact: Callable[..., float], ieee: Any) -> Callable[..., float]:
    """`exact`, and where that raises what the numpy function `ieee` has there."""

    def call(*values: float) -> float:
        try:
            return float(exact(*values))
        except (ArithmeticError, ValueError):
            with np.errstate(all="ignore"):
                return float(ieee(*values))

    return call


def _least(*values: float) -> float:
    return math.nan if any(v != v for v in values) else min(values)


def _greatest(*values: float) -> float:
    return math.nan if any(v != v for v in values) else max(values)


def _clip(value: float, low: float, high: float) -> float:
    return _least(_greatest(value, low), high)


def _round(value: float, digits: float = 0.0) -> float:
    """To the nearest, halves to the even neighbour, as Python and numpy round."""
    if not math.isfinite(value):
        return value
    return round(value, int(digits)) if math.isfinite(digits) else math.nan


def _sign(value: float) -> float:
    return value if value != value else float((value > 0) - (value < 0))


divide = _total(operator.truediv, np.divide)
floor_divide = _total(operator.floordiv, np.floor_divide)
modulo = _total(operator.mod, np.mod)
power = _total(math.pow, np.power)

_INVERSES = {
    "asin": Function(_total(math.asin, np.arcsin)),
    "acos": Function(_total(math.acos, np.arccos)),
    "atan": Function(_total(math.atan, np.arctan)),
    "atan2": Function(_total(math.atan2, np.arctan2), 2, 2),
    "asinh": Function(_total(math.asinh, np.arcsinh)),
    "acosh": Function(_total(math.acosh, np.arccosh)),
    "atanh": Function(_total(math.atanh, np.arctanh)),
}

FUNCTIONS = {
    "sin": Function(_total(math.sin, np.sin)),
    "cos": Function(_total(math.cos, np.cos)),
    "tan": Function(_total(math.tan, np.tan)),
    "sinh": Function(_total(math.sinh, np.sinh)),
    "cosh": Function(_total(math.cosh, np.cosh)),
    "tanh": Function(_total(math.tanh, np.tanh)),
    **_INVERSES,
    **{f"arc{name[1:]}": function for name, function in _INVERSES.items()},
    "radians": Function(math.radians),
    "degrees": Function(math.degrees),
    "exp": Function(_total(math.exp, np.exp)),
    "expm1": Function(_total(math.expm1, np.expm1)),
    "log": Function(_total(math.log, np.log)),
    "log2": Function(_total(math.log2, np.log2)),
    "log10": Function(_total(math.log10, np.log10)),
    "log1p": Function(_total(math.log1p, np.log1p)),
    "sqrt": Function(_total(math.sqrt, np.sqrt)),
    "abs": Function(abs),
    "sign": Function(_sign),
    "floor": Function(_total(math.floor, np.floor)),
    "ceil": Function(_total(math.ceil, np.ceil)),
    "trunc": Function(_total(math.trunc, np.trunc)),
    "round": Function(_round, 1, 2),
    "min": Function(_least, 1, None),
    "max": Function(_greatest, 1, None),
    "clip": Function(_clip, 3, 3),
    "clamp": Function(_clip, 3, 3),
    "pow": Function(power, 2, 2),
    "mod": Function(modulo, 2, 2),
    "fmod": Function(_total(math.fmod, np.fmod), 2, 2),
}
