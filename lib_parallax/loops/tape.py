"""Single frames of a source by number, decoded forward where they are asked for in order."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import SourceError
from ..media import Reader
from ..types import Frame

NEAR = 48  # frames: closer ones are reached by decoding on, those farther ahead by a new start


class Tape:
    """The frames of a Reader by number; holds one at a time."""

    def __init__(self, reader: Reader):
        self._reader = reader
        self._stream: Iterator[Frame] = iter(())
        self._at = -1
        self._frame: Frame | None = None

    @property
    def length(self) -> int:
        """How many frames there are."""
        return self._reader.count()

    def frame(self, number: int) -> Frame:
        """The frame of that number, 0 the first. Raises SourceError past the last one."""
        if self._frame is None or not self._at <= number <= self._at + NEAR:
            self._stream, self._at, self._frame = self._reader.frames(number), number - 1, None
        while self._at < number:
            self._frame = next(self._stream, None)
            if self._frame is None:
                raise SourceError(f"{self._reader.path}: there is no frame {number}")
            self._at += 1
        assert self._frame is not None
        return self._frame
