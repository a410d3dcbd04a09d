"""Prompts over steps: which words, and which picture, a step of a loop is painted from.

They come as a table, as JSON in several shapes, among them Deforum's prompts by frame, or as
plain lines; docs/timeline.md shows each.
"""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .expression import shown
from .keys import known_names
from .prompt_rows import Prompt, Row, RowReader, surrounded
from .prompt_source import load

_AROUND = ("prefix", "suffix", "negative")
_BESIDE = (*_AROUND, "fade")


@dataclass(frozen=True)
class Prompts:
    """A prompt for every step. `rows` in ascending order."""

    rows: tuple[Row, ...]

    @classmethod
    def parse(
        cls,
        source: Any,
        *,
        prefix: str = "",
        suffix: str = "",
        negative: str = "",
        frames: int | None = None,
        to_step: Callable[[float], float] | None = None,
        name: str = "prompts",
        fade: float = 0.0,
    ) -> Prompts:
        """Prompts from text, JSON text, a mapping, a list of rows, or a Path to a .json or .txt file.

        prefix, suffix  put before and after every prompt, with a space between
        negative        put after the negative prompt of every row, with a comma between
        frames          how many there are, for keys such as max_f-1
        to_step         turns the seconds of rows that are given in seconds into steps
        name            the option's name, for messages and as their field
        fade            steps over which each prompt comes in, for rows that do not say themselves

        Text is never taken for a path: who may write a prompt may not therefore read files.
        Raises OptionError, naming the row, or line and column of what is not JSON.
        """
        reader = RowReader(name, known_names(frames, field=name), to_step, fade)
        content, folder = load(source, name)
        around = {"prefix": prefix, "suffix": suffix, "negative": negative}
        if isinstance(content, Mapping) and "prompts" in content:
            content, its_own, its_fade = _unwrapped(content, reader)
            around = {key: around[key] or its_own[key] for key in _AROUND}
            reader = dataclasses.replace(reader, fade=fade or its_fade)
        return cls(tuple(surrounded(row, **around, folder=folder) for row in reader.read(content)))

    def at(self, step: float) -> Prompt:
        """The prompt of a step: that of the last row up to it; before the first row, the first one's.

        A row's picture comes with one step alone, the first that the row covers.
        """
        index = bisect_right(self.rows, step, key=lambda row: row.step) - 1
        row = self.rows[max(index, 0)]
        if row.prompt.picture is None or step == math.ceil(row.step):
            return row.prompt
        return dataclasses.replace(row.prompt, picture=None)

    def blend_at(self, step: float) -> list[tuple[Prompt, float]]:
        """The prompts that share a step, and their weights, which add up to 1; in order of their rows.

        Over the `fade` steps before a row its weight rises from 0 to 1, that of the row before falls.
        A fade is no longer than the way from row to row, so there are two at most.
        """
        index = max(bisect_right(self.rows, step, key=lambda row: row.step) - 1, 0)
        held = [(self.at(step), 1.0)]
        if index + 1 == len(self.rows):
            return held
        row, following = self.rows[index : index + 2]
        fade = min(following.fade, following.step - row.step)
        if step <= following.step - fade:
            return held
        weight = 1 - (following.step - step) / fade
        return [(self.at(step), 1 - weight), (dataclasses.replace(following.prompt, picture=None), weight)]

    @property
    def pictures(self) -> tuple[Path, ...]:
        """The files that rows name, in order of their steps."""
        return tuple(row.prompt.picture for row in self.rows if row.prompt.picture is not None)


def _unwrapped(content: Mapping[str, Any], reader: RowReader) -> tuple[Any, dict[str, str], float]:
    """What {"prompts": ..., "prefix": ...} holds: the prompts, the texts around them, and their fade."""
    for key in content:
        if key not in ("prompts", *_BESIDE):
            raise reader.refusal(f"{shown(key)} does not belong beside prompts, {', '.join(_BESIDE)}")
    prompts = content["prompts"]
    if not isinstance(prompts, (Mapping, list, tuple)):
        raise reader.refusal("prompts must be a mapping or a list of rows")
    texts = {key: reader.text(key, content.get(key)) for key in _AROUND}
    return prompts, texts, reader.steps("fade", content.get("fade", 0))
