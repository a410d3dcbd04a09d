"""Where the work of a clip is divided: at cuts, and not at every one where they come quickly."""

from __future__ import annotations

from fractions import Fraction

SECONDS = 2  # a stretch is seldom shorter: opening the source anew has its price


def window_of(rate: Fraction | None) -> int:
    """Frames within which the work is divided once at most."""
    return max(1, round((rate or 25) * SECONDS))


class Divider:
    """Takes cuts in order, each once, and says of each whether the work is divided there.

    It is at the first cut in each window of frames, counted from the clip's beginning, so that
    stretches are the same when a job is resumed.
    """

    def __init__(self, window: int, first: int):
        self._window = window
        self._last = first
        self._divided = first

    def divides(self, cut: int) -> bool:
        if cut <= self._last:
            return False
        self._last = cut
        if cut // self._window == self._divided // self._window:
            return False
        self._divided = cut
        return True
