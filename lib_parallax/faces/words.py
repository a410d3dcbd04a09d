"""Every text of the page, by its English as the key.

A webui translates its page itself, with `localizations/<language>.json` of every extension; the
page alone reads the same files here. Sentences that hold figures are therefore built from pieces
that stand by themselves: "12 / 150" and "frames".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import OptionError
from . import page_files

FOLDER = page_files.FOLDER / "localizations"


@dataclass
class Words:
    """Says a text in the page's language. `said` gathers the keys, for whoever makes a translation."""

    table: Mapping[str, str] = field(default_factory=dict)
    said: set[str] = field(default_factory=set)

    def __call__(self, text: str) -> str:
        self.said.add(text)
        return self.table.get(text) or text


def languages() -> list[str]:
    """The languages there is a file for."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(language: str) -> Words:
    """The words of a language such as de_DE. Raises OptionError ("language") for one there is no file of."""
    if language not in languages():
        known = ", ".join(languages()) or "none"
        raise OptionError(f"language: there is no {language!r}; there are {known}", "language")
    return Words(json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8")))
