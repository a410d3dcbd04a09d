"""Titles of the loops, and labels that are unique in the whole tab.

A webui keeps a user's defaults in `ui-config.json` by tab and label, so two fields must not share
one. What several loops have is told apart by the loop's name in brackets; javascript takes the
brackets off what is shown, where the sub-tab says it already.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

from ...options import LOOP_OPTIONS, OptionField, describe

# Every loop's title, in the order of the sub-tabs; one shows when its options are there.
TITLES = {
    "depth": "Depth",
    "stereo": "Stereo 3D",
    "parallax": "Parallax",
    "animate": "Animate",
    "zoom": "Zoom",
    "scroll": "Scroll",
}
LAST_GROUPS = ("Output", "Compute")


def title(loop: str) -> str:
    return TITLES.get(loop, loop.capitalize())


def named(title_of_loop: str) -> str:
    """The loop that has this title."""
    return next((loop for loop, text in TITLES.items() if text == title_of_loop), title_of_loop.lower())


def in_order(loops: list[str]) -> list[str]:
    """The loops as their sub-tabs stand."""
    places = {loop: place for place, loop in enumerate(TITLES)}
    return sorted(loops, key=lambda loop: places.get(loop, len(places)))


def groups(loop: str) -> dict[str, list[OptionField]]:
    """A loop's options by group: Basic first, what every loop has last."""
    found: dict[str, list[OptionField]] = {"Basic": []}
    for o in describe(LOOP_OPTIONS[loop]):
        found.setdefault(o.group or "Basic", []).append(o)
    return dict(sorted(found.items(), key=lambda item: item[0] in LAST_GROUPS))


@cache
def _shared() -> frozenset[str]:
    labels = Counter(o.label for options in LOOP_OPTIONS.values() for o in describe(options))
    return frozenset(label for label, count in labels.items() if count > 1)


def label_of(o: OptionField, loop: str, text: str | None = None) -> str:
    """An option's label, unique in the tab; `text` is its label in the page's language."""
    return of_loop(text or o.label, loop) if o.label in _shared() else text or o.label


def of_loop(label: str, loop: str) -> str:
    """A label that every loop's sub-tab has."""
    return f"{label} ({loop})"
