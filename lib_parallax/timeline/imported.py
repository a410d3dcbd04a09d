"""What other programs' files become: options of a loop, prompts, and what was left behind."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OptionError
from .curve import number_text
from .expression import shown
from .fit import fit

LOOPS = ("parallax", "animate")
MOST_CHARACTERS = 100_000_000
MOST_FRAMES = 100_000
_PRECISION = 1e-4  # of a curve's whole range, that its keys may leave it by


@dataclass(frozen=True)
class Imported:
    """`options` by name, schedules as text; `prompts` for Prompts.parse; `warnings` in sentences."""

    options: dict[str, Any]
    prompts: dict[str, Any]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """One mapping of plain values: the options, and the prompts where there are any."""
        return {**self.options, **({"prompts": self.prompts} if self.prompts else {})}


def load_json(source: str | os.PathLike[str] | Mapping[str, Any], what: str) -> Mapping[str, Any]:
    """The mapping in a JSON text, in the file of a path, or as it is given.

    what  the file's kind in messages. Raises OptionError, with line and column of what is not JSON.
    """
    if isinstance(source, Mapping):
        return source
    name = what
    if isinstance(source, os.PathLike):
        name = f"{what} {os.fspath(source)}"
        try:
            source = Path(source).read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise OptionError(f"{name} cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError as error:
            raise OptionError(f"{name} is not UTF-8 text (byte {error.start})") from None
    if not isinstance(source, str):
        raise OptionError(f"{name}: {shown(source)} is neither text nor a path")
    if len(source) > MOST_CHARACTERS:
        raise OptionError(f"{name} is longer than {MOST_CHARACTERS} characters")
    try:
        content = json.loads(source)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise OptionError(f"{name} is not JSON: {error.msg} at {place}") from None
    except (ValueError, RecursionError):
        raise OptionError(f"{name} is JSON with too long a number or too deep a nesting") from None
    if not isinstance(content, Mapping):
        raise OptionError(f"{name} must hold a mapping, not {type(content).__name__}")
    return content


def check_loop(loop: str) -> None:
    """Raises OptionError for a loop that nothing is imported for."""
    if loop not in LOOPS:
        raise OptionError(f"loop: {shown(loop)} is not one of {', '.join(LOOPS)}", "loop")


def number(content: Mapping[str, Any], key: str, default: float, low: float, high: float, what: str) -> float:
    """A number of a file, or OptionError naming its key."""
    value = content.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise OptionError(f"{what}: {key} is {shown(value)}, not a number from {low:g} to {high:g}")
    return float(value)


def schedule_text(values: np.ndarray) -> str:
    """The text of a schedule of one number a frame [N]: a number alone where it never changes."""
    values = np.round(values, 9)
    if constant(values):
        return number_text(float(values[0]))
    return fit(values, _PRECISION * float(np.ptp(values))).text


def constant(values: np.ndarray) -> bool:
    """Whether it never changes."""
    return bool(np.ptp(values) <= 1e-9)
