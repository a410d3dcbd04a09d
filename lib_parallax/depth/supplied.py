"""Depth that somebody made before: a video, a folder of pictures or one picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DepthFileError
from ..types import Depth, Frame, Image, Size


class Supplied:
    """An Estimator that reads depth from a file, near bright, at any size and 8 or 16 bit.

    Raises DepthFileError where the file cannot be read or ends before the source does.
    """

    name = "supplied"
    flickers = False

    def __init__(self, path: str | Path):
        self.path = Path(path).expanduser()
        self.note = f"depth comes from {self.path.name}"
        self._next = 0
        self.warnings: list[str] = []

    def estimate(self, image: Image) -> Depth:
        """The file's first depth, at the size of `image`."""
        for depth in self.stream([Frame(image, Fraction(0))]):
            return depth
        raise DepthFileError(f"{self.path} holds no depth")

    def stream(self, frames: Iterable[Frame]) -> Iterator[Depth]:
        """The n-th depth of the file for the n-th frame of the source.

        A first frame with a boundary says by its index which one it is.
        """
        from ..media import open_depth

        pending = iter(frames)
        first = next(pending, None)
        if first is None:
            return
        start = first.boundary.index if first.boundary else self._next
        with closing(open_depth(self.path)) as reader:
            depths = reader.frames(start)
            for index, frame in enumerate(chain([first], pending), start):
                if frame.boundary and not frame.boundary.cut:
                    frame.boundary.state["depth"] = {"index": index}
                found = next(depths, None)
                if found is None:
                    raise DepthFileError(
                        f"{self.path} ends after {index} frames, but the source goes on: "
                        "depth needs one frame for each of the source's"
                    )
                self._next = index + 1
                size = (frame.image.shape[1], frame.image.shape[0])
                yield Depth(resized(found.image, size), "relative", (0.0, 1.0))

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on at the state's frame; {} at the file's start."""
        self._next = int(state.get("index", 0))


def check_length(source_count: int, path: str | Path) -> None:
    """Raises DepthFileError, naming both counts, unless the depth at `path` has `source_count` frames."""
    from ..media import open_depth

    with closing(open_depth(Path(path).expanduser())) as reader:
        count = reader.count()
    if count != source_count:
        raise DepthFileError(f"{path} holds {_frames(count)}, but the source has {source_count}")


def resized(values: np.ndarray, size: Size) -> np.ndarray:
    """Depth `[h, w]` at `size`: bilinear where it grows, the mean of an area where it shrinks."""
    import cv2

    height, width = values.shape
    if (width, height) == size:
        return np.ascontiguousarray(values, dtype=np.float32)
    shrinks = size[0] * size[1] < width * height
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(values.astype(np.float32, copy=False), size, interpolation=how)


def _frames(count: int) -> str:
    return f"{count} frame" if count == 1 else f"{count} frames"
