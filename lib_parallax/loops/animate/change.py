"""Keys where a picture changes most: the peaks of what changes from one frame to the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import cv2
import numpy as np

STANDS_OUT = 1.5  # times the usual change around it that a peak has
LEAST = {"edges": 0.02, "mse": 4.0}  # changes below are noise: a share of the edges, squared levels

EDGES = (60, 160)  # Canny's thresholds
NEAR = 2  # pixels by which an edge may move and still be the same

Change = Callable[[np.ndarray, np.ndarray], float]


def peaks(greys: Iterable[tuple[int, np.ndarray]], name: str, shortest: int, longest: int) -> Iterator[int]:
    """The keys of one shot, its first frame first, then the highest peak within reach of the last key.

    greys              number and luma uint8 `[h, w]` of every frame
    name               of what changes, "edges" or "mse"
    shortest, longest  frames from a key to the next; without a peak it is the longest
    """
    change = {"edges": edge_change, "mse": square_change}[name]
    stream = iter(greys)
    first = next(stream, None)
    if first is None:
        return
    yield first[0]
    last = first[1]
    held: deque[tuple[int, float]] = deque()  # frames after the key, each with its change
    while True:
        while len(held) <= longest and (item := next(stream, None)) is not None:
            held.append((item[0], change(last, item[1])))
            last = item[1]
        gap = _peak([size for _, size in held], LEAST[name], shortest, longest)
        if gap is None:
            return
        yield held[gap - 1][0]
        for _ in range(gap):
            held.popleft()


def _peak(changes: list[float], least: float, shortest: int, longest: int) -> int | None:
    """How far the next key is; None where the shot ends before."""
    if not changes:
        return None
    least = max(least, STANDS_OUT * float(np.median(changes)))
    reach = range(shortest, min(longest, len(changes)) + 1)
    found = [gap for gap in reach if changes[gap - 1] >= least]
    if found:
        return max(found, key=lambda gap: changes[gap - 1])
    return longest if len(changes) >= longest else None


def square_change(a: np.ndarray, b: np.ndarray) -> float:
    """Mean squared difference, in squared levels."""
    return float(((a.astype(np.float32) - b) ** 2).mean())


def edge_change(a: np.ndarray, b: np.ndarray) -> float:
    """The larger share, 0..1, of edges that go and of edges that come (Zabih, Miller and Mai 1995)."""
    edges_a, edges_b = (cv2.Canny(grey, *EDGES) > 0 for grey in (a, b))
    return max(_lone(edges_a, edges_b), _lone(edges_b, edges_a))


def _lone(edges: np.ndarray, others: np.ndarray) -> float:
    """The share of edges that have none of the others near. A handful of edges says little."""
    side = 2 * NEAR + 1
    near = cv2.dilate(others.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return float((edges & ~near).sum() / (edges.sum() + 0.001 * edges.size))
