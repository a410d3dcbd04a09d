"""Where to cut a range of depth into layers: into equal shares, or between its clusters.

Both are exact: the same depth gives the same thresholds, and levels apart from each other are never cut.
"""

from __future__ import annotations

import numpy as np

from ....errors import OptionError

BINS = 1024  # levels that clusters are made of, where depth has more


def by_quantiles(depth: np.ndarray, count: int) -> tuple[float, ...]:
    """The count - 1 thresholds between layers of as many pixels each, as far as levels allow, rising.

    Raises OptionError for depth of fewer levels than layers.
    """
    values, counts = np.unique(depth, return_counts=True)
    _check(len(values), count)
    below = np.cumsum(counts)
    found, done = [], 0
    for number in range(count - 1):
        taken = below[done - 1] if done else 0
        wanted = taken + (below[-1] - taken) / (count - number)
        last = len(values) - (count - 1 - number)  # each of the rest needs a level
        end = done + int(np.argmin(np.abs(below[done:last] - wanted)))
        found.append(_between(values, end))
        done = end + 1
    return tuple(found)


def by_kmeans(depth: np.ndarray, count: int) -> tuple[float, ...]:
    """The count - 1 thresholds between the clusters of least squared spread, rising.

    Dynamic programming finds the best of all clusterings (Wang and Song 2011), of at most BINS levels.
    Raises OptionError for depth of fewer levels than layers.
    """
    values, counts = _levels(depth)
    _check(len(values), count)
    middle = values - values.mean()  # squares of small numbers lose less
    n, s, q = (np.concatenate([[0.0], np.cumsum(counts * middle**power)]) for power in (0, 1, 2))
    first, end = np.arange(len(values))[:, None], np.arange(1, len(values) + 1)[None]
    # spread[i, j] of one cluster of the levels i..j
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (q[end] - q[first]) - (s[end] - s[first]) ** 2 / (n[end] - n[first])
    spread = np.where(end > first, np.maximum(spread, 0), np.inf)
    cost, begins = spread[0], []
    for _ in range(count - 1):
        # the last cluster begins at level i, those before it end at i - 1
        total = np.concatenate([[np.inf], cost[:-1]])[:, None] + spread
        begin = np.argmin(total, axis=0)
        cost = np.take_along_axis(total, begin[None], 0)[0]
        begins.append(begin)
    found, at = [], len(values) - 1
    for begin in reversed(begins):
        at = int(begin[at]) - 1
        found.append(_between(values, at))
    return tuple(reversed(found))


def _levels(depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The levels of depth, rising, float64, and how many pixels have each."""
    values, counts = np.unique(depth, return_counts=True)
    values = values.astype(np.float64)
    if len(values) <= BINS:
        return values, counts.astype(np.float64)
    bins = ((values - values[0]) * (BINS / (values[-1] - values[0]))).astype(int).clip(0, BINS - 1)
    total = np.bincount(bins, counts, BINS)
    sums = np.bincount(bins, counts * values, BINS)
    return sums[total > 0] / total[total > 0], total[total > 0]


def _between(values: np.ndarray, at: int) -> float:
    return (float(values[at]) + float(values[at + 1])) / 2


def _check(levels: int, count: int) -> None:
    if levels < count:
        raise OptionError(
            f"layers: {count} layers by depth, where the picture's depth has {levels} "
            f"level{'s' if levels > 1 else ''}; ask for fewer, or for bands",
            "layers",
        )
