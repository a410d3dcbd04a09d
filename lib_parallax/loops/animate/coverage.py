"""The fewest keys that show everything: from each key as far to the next as both together still see.

What a key shows of a frame is told by composed flow. A stretch within one that is seen is seen as
well, so the farthest next key is always the best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ...flow import load
from ...flow.reach import Reach, Step, reaches, turned


def covering(
    greys: Iterable[tuple[int, np.ndarray]],
    unseen: float,
    shortest: int,
    longest: int,
    flow: str = "dis-fast",
) -> Iterator[int]:
    """The keys of one shot, its first frame first.

    greys              number and luma uint8 `[h, w]` of every frame
    unseen             share 0..1 of a frame's pixels that neither the key before nor the one after may show
    shortest, longest  frames from a key to the next; the shortest is kept even where the share is not

    Of the frames after the last key, `longest` at most, it alone shows enough.
    """
    estimate = load(flow)
    stream = iter(greys)
    first = next(stream, None)
    if first is None:
        return
    yield first[0]
    last = first[1]
    held: list[tuple[int, Step]] = []  # frames after the key, each with the step that leads to it
    while True:
        while len(held) <= longest and (item := next(stream, None)) is not None:
            index, grey = item
            held.append((index, Step(estimate(last, grey), estimate(grey, last))))
            last = grey
        gap = _gap([step for _, step in held], unseen, shortest, longest)
        if gap is None:
            return
        yield held[gap - 1][0]
        del held[:gap]


def _gap(steps: list[Step], unseen: float, shortest: int, longest: int) -> int | None:
    """How far the next key is; None where there is none to come.

    steps  those after a key: `longest` + 1 of them, fewer where the shot ends
    """
    last = min(longest, len(steps))
    if last < shortest:
        return None
    view = _View(steps, unseen)
    alone = next((gap for gap in range(1, last + 1) if not view.alone(gap)), None)
    if alone is None:
        return longest if len(steps) > longest else None
    # As far as it sees alone the next key need not show anything.
    low, high = max(shortest, alone), last
    while low < high:
        # Keys are mostly near, and a far one takes longer to look at.
        probe = min(2 * low, (low + high + 1) // 2)
        if view.together(probe, alone):
            low = probe
        else:
            high = probe - 1
    return low


@dataclass
class _View:
    """What a key shows of the frames that so many steps lead to."""

    steps: list[Step]
    unseen: float
    _seen: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reaches = reaches(self.steps)

    def seen(self, gap: int) -> np.ndarray:
        while len(self._seen) < gap:
            self._seen.append(_shown(next(self._reaches)))
        return self._seen[gap - 1]

    def alone(self, gap: int) -> bool:
        """Whether the key shows enough of the frame after `gap` steps."""
        return self._enough(self.seen(gap))

    def together(self, gap: int, first: int) -> bool:
        """Whether it and a key after `gap` steps show enough of the frames between, from `first` on."""
        back = reaches(turned(self.steps[first:gap]))
        between = range(gap - 1, first - 1, -1)
        return all(
            self._enough(self.seen(at) | _shown(reach)) for at, reach in zip(between, back, strict=True)
        )

    def _enough(self, seen: np.ndarray) -> bool:
        return 1 - float(seen.mean()) <= self.unseen


def _shown(reach: Reach) -> np.ndarray:
    return np.asarray(reach.trust > 0)
