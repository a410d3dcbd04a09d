"""When each packet is to be decoded: encoders store frames out of the order they are shown in."""

from __future__ import annotations

from collections import deque


class DecodingTimes:
    """dts for packets in the order of decoding, made from the pts of frames in the order they are shown.

    With frames held back by `delay`, the n-th packet is decoded when the frame `delay` before the n-th is
    shown, which is never after its own time. (x265's own are garbage where there are fewer frames than it
    holds back.) `step` is a frame's usual length, for the packets before the first frame is shown.
    """

    def __init__(self, delay: int, step: int) -> None:
        self._delay, self._step = delay, step
        self._number = 0
        self._first = 0
        self._waiting: deque[int] = deque()

    def shown(self, pts: int) -> None:
        """A frame was handed to the encoder."""
        if not self._number and not self._waiting:
            self._first = pts
        self._waiting.append(pts)

    def next(self) -> int:
        """dts of the next packet that comes out of the encoder."""
        self._number += 1
        if self._number <= self._delay:
            return self._first - (self._delay - self._number + 1) * self._step
        return self._waiting.popleft()
