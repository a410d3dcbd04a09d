"""What is put where no key shows anything, and how much of the clip that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...types import Boundary, Image
from ..wording import Wording
from .between import Carried
from .filling import Filler

STATE = "healing"


@dataclass
class Healing:
    """Fills the frames of a clip, and counts.

    own    a picture painted for a frame of that number though others are carried to it; None where
           there is none, and the source's serves
    words  those nearest to a frame
    """

    filler: Filler
    own: Callable[[int], Image | None]
    words: Callable[[int], Wording]
    closed: int = 0
    painted: int = 0

    def __call__(self, number: int, carried: Carried, source: Image) -> Image:
        """The frame without holes, its other pixels as they are."""
        shown = self.own(number)
        filled = self.filler.fill(
            number, carried.image, carried.holes, source if shown is None else shown, self.words(number)
        )
        self.closed += filled.closed
        self.painted += filled.painted
        return filled.image

    def noted(self, boundary: Boundary) -> Boundary:
        """The boundary, with what was counted before it."""
        return replace(boundary, state={**boundary.state, STATE: [self.closed, self.painted]})

    def go_on(self, start: Boundary | None) -> None:
        """Counts on from a boundary."""
        if start is not None:
            self.closed, self.painted = map(int, start.state.get(STATE, (0, 0)))

    def report(self, pixels: int) -> dict[str, float]:
        """Shares of all pixels of the clip, in %, that were closed from around and painted."""
        counts = {"closed": self.closed, "painted": self.painted}
        return {name: round(100 * count / pixels, 3) for name, count in counts.items()}
