"""Sound played again and again, each round faded in under the end of the one before."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

SHORT = 65536  # samples: no more are read once and held, or a short file would be opened again and again
LEAST = 4096  # samples: still shorter ones are put end to end, as rounds of a sample would never end


def repeated(once: Callable[[], Iterator[np.ndarray]], seam: int) -> Iterator[np.ndarray]:
    """Rounds of `once` without end, float32 `[channels, n]` block by block.

    seam  samples over which two rounds are cross-faded, at equal power; half a round at most. 0 puts
          them end to end

    No more than two seams and a block are held, or a sound of up to SHORT. Ends at once where `once` has
    nothing.
    """
    short = _short(once)
    if short is not None:
        whole = np.tile(short, math.ceil(LEAST / short.shape[1]))
        return _joined(lambda: iter((whole,)), seam)
    return _joined(once, seam)


def _joined(once: Callable[[], Iterator[np.ndarray]], seam: int) -> Iterator[np.ndarray]:
    before: np.ndarray | None = None  # the end of the last round, not yet played
    while True:
        waiting, played = None, False
        for part in once():
            waiting = part if waiting is None else np.concatenate([waiting, part], axis=1)
            if before is not None and waiting.shape[1] >= before.shape[1] + seam:
                waiting, before = _crossed(before, waiting), None
            spare = waiting.shape[1] - (seam if played or before is not None else 2 * seam)
            if before is None and spare > 0:
                yield waiting[:, :spare]
                waiting, played = waiting[:, spare:], True
        if waiting is None:
            return
        if before is not None:
            waiting = _crossed(before, waiting)
        held = min(seam, waiting.shape[1] // 2) if not played else seam
        end = waiting.shape[1] - held
        if end:
            yield waiting[:, :end]
        before = waiting[:, end:] if held else None


def _short(once: Callable[[], Iterator[np.ndarray]]) -> np.ndarray | None:
    """All of a round of up to SHORT samples; None for a longer one, and for none at all."""
    parts, length = [], 0
    for part in once():
        parts.append(part)
        length += part.shape[1]
        if length > SHORT:
            return None
    return np.concatenate(parts, axis=1) if length else None


def _crossed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """`after`, with the whole of `before` fading out over its beginning."""
    length = min(before.shape[1], after.shape[1])
    angle = (np.arange(length, dtype=np.float32) + np.float32(0.5)) * np.float32(np.pi / 2 / max(1, length))
    head = before[:, :length] * np.cos(angle) + after[:, :length] * np.sin(angle)
    return np.concatenate([head.astype(np.float32), after[:, length:]], axis=1)
