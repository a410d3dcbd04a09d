"""The rows of a prompt timeline, out of the shapes in which people write them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import OptionError
from .expression import Misread, shown
from .keys import LAST_FRAME, SECONDS, Names, frame_of

_NEGATIVE = re.compile(r"(?:^|\s)--neg(?:\s|$)")
_COLUMNS = ("step", "prompt", "negative", "picture")
_FIELDS = (*_COLUMNS, "second", "fade")


@dataclass(frozen=True)
class Prompt:
    """What one step is painted from. `picture` is the file of the step's own picture, if it has one."""

    text: str
    negative: str = ""
    picture: Path | None = None


@dataclass(frozen=True)
class Row:
    """`prompt` holds from `step` on; a row given in seconds may lie between two steps.

    fade  the steps before it over which the prompt comes in, the one before going out
    """

    step: float
    prompt: Prompt
    fade: float = 0.0


@dataclass(frozen=True)
class RowReader:
    """Reads rows. `names` are known in keys, `to_step` turns seconds into steps, where it can be told.

    fade  that of rows which say nothing of it
    """

    name: str
    names: Names
    to_step: Callable[[float], float] | None
    fade: float = 0.0

    def read(self, content: Mapping[str, Any] | Sequence[Any]) -> list[Row]:
        """The rows in ascending order; raises OptionError, naming the row, for what is none."""
        rows = sorted((self._row(*fields) for fields in self._fields(content)), key=lambda row: row.step)
        if not rows:
            raise self.refusal("there is no prompt")
        for row, following in pairwise(rows):
            if row.step == following.step:
                raise self.refusal(f"there are two prompts for step {row.step:g}")
        return rows

    def refusal(self, message: str) -> OptionError:
        return OptionError(f"{self.name}: {message}", self.name)

    def text(self, where: str, value: Any) -> str:
        """A cell of text without the space around it; None is an empty one."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refusal(f"{where}: {shown(value)} is not text")
        return value.strip()

    def _fields(self, content: Mapping[str, Any] | Sequence[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each row as its name in messages and its fields."""
        if isinstance(content, Mapping):
            for key, value in content.items():
                fields = value if isinstance(value, Mapping) else {"prompt": value}
                where = f"the prompt at {shown(key)}"
                if "step" in fields or "second" in fields:
                    raise self.refusal(f"{where} has a step or second besides its key")
                yield where, {**fields, "step": key}
            return
        for index, value in enumerate(content):
            where = f"row {index + 1}"
            if isinstance(value, str):
                yield where, {"step": index, "prompt": value}
            elif isinstance(value, Mapping):
                yield where, dict(value) if "second" in value else {"step": index, **value}
            elif not isinstance(value, Sequence) or not 2 <= len(value) <= len(_COLUMNS):
                raise self.refusal(f"{where} must hold {', '.join(_COLUMNS)} (the last two may be left out)")
            elif any(cell is not None and cell != "" for cell in value):  # tables end with empty rows
                yield where, dict(zip(_COLUMNS, value, strict=False))

    def _row(self, where: str, fields: dict[str, Any]) -> Row:
        for field in fields:
            if field not in _FIELDS:
                raise self.refusal(f"{where}: {shown(field)} is not one of {', '.join(_FIELDS)}")
        if "step" in fields and "second" in fields:
            raise self.refusal(f"{where} has both a step and a second")
        if "second" in fields:
            step = self._step_at(where, fields["second"])
        else:
            step = self._step(where, fields["step"])
        own, *negatives = _NEGATIVE.split(self.text(where, fields.get("prompt")))
        if not own.strip():
            raise self.refusal(f"{where} is empty; every row needs a prompt")
        negatives.append(self.text(where, fields.get("negative")))
        picture = fields.get("picture")
        if isinstance(picture, os.PathLike):
            picture = os.fspath(picture)
        path = self.text(where, picture)
        prompt = Prompt(own.strip(), _joined(", ", *negatives), Path(path) if path else None)
        return Row(step, prompt, self.steps(f"{where}: fade", fields.get("fade", self.fade)))

    def _step(self, where: str, key: Any) -> float:
        """A step: a whole number, its text, an expression of max_f, or seconds such as 2.5s."""
        if isinstance(key, str) and (seconds := SECONDS.fullmatch(key)):
            return self._step_at(where, seconds.group(1))
        try:
            return float(frame_of(key if isinstance(key, str) else self._number(where, key), self.names))
        except Misread as misread:
            raise self.refusal(f"{where}: {misread}") from None

    def _step_at(self, where: str, second: Any) -> float:
        seconds = float(self._number(where, second))
        if self.to_step is None:
            raise self.refusal(f"{where}: prompts are placed by step here, not by second")
        step = float(self.to_step(seconds))
        if not 0 <= step <= LAST_FRAME:
            raise self.refusal(f"{where}: second {seconds:g} is outside of the timeline")
        return step

    def steps(self, where: str, value: Any) -> float:
        """A number of steps from 0 on."""
        return float(self._number(where, value))

    def _number(self, where: str, value: Any) -> str:
        """The text of a finite number from 0 on, however it was given."""
        try:
            if isinstance(value, bool) or not 0 <= float(value) <= LAST_FRAME:
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            raise self.refusal(f"{where}: {shown(value)} is not a step or second from 0 on") from None
        return str(value)


def surrounded(row: Row, prefix: str, suffix: str, negative: str, folder: Path) -> Row:
    """The row with what is put around every prompt, its picture looked for from `folder` on."""
    own = row.prompt
    picture = folder / own.picture if own.picture else None
    return Row(
        row.step,
        Prompt(_joined(" ", prefix, own.text, suffix), _joined(", ", own.negative, negative), picture),
        row.fade,
    )


def _joined(between: str, *parts: str) -> str:
    return between.join(part.strip() for part in parts if part.strip())
