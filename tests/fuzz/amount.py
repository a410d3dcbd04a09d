"""How many cases: those of the suite, or as many in all as PARALLAX_FUZZ says; and how many there were."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

IN_THE_SUITE = 2800
TOLD = "PARALLAX_FUZZ_COUNTS"  # a file that gets the counts

_done: Counter[str] = Counter()


def share(cases: int) -> int:
    """Of a test that has so many `cases` in the suite, how many it has now."""
    return max(cases, round(cases * int(os.environ.get("PARALLAX_FUZZ", IN_THE_SUITE)) / IN_THE_SUITE))


def count(what: str) -> None:
    """One case more."""
    _done[what] += 1


def tell() -> None:
    """Writes the counts where they are wanted."""
    if path := os.environ.get(TOLD):
        Path(path).write_text(json.dumps(_done))
