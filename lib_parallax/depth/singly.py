"""What an Estimator that looks at each picture by itself does with a stream and with too little memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ..types import Depth, Frame, Image
from ..weights.runner import Runner, TooLargeError


class Singly(ABC):
    """An Estimator but for `_infer`; see `depth.Estimator`.

    kind    of the depth, as in `types.Depth`.
    batch   frames of a stream looked at together.
    """

    flickers = True
    name: str
    note: str
    kind: str
    batch: int
    _runner: Runner

    @property
    def warnings(self) -> list[str]:
        return self._runner.warnings

    def estimate(self, image: Image) -> Depth:
        """Inverse depth at the size of `image`."""
        return self._look([image])[0]

    def stream(self, frames: Iterable[Frame]) -> Iterator[Depth]:
        """One Depth a frame. `batch` frames are read ahead, never past a boundary or another size."""
        held: list[Image] = []
        for frame in frames:
            boundary = frame.boundary
            if held and (boundary is not None or frame.image.shape != held[0].shape):
                yield from self._look(held)
                held = []
            if boundary is not None and not boundary.cut:
                boundary.state["depth"] = {}
            held.append(frame.image)
            if len(held) >= self.batch:
                yield from self._look(held)
                held = []
        if held:
            yield from self._look(held)

    def restore(self, state: Mapping[str, Any]) -> None:  # noqa: B027
        """Nothing is carried from frame to frame, so there is nothing to take up again."""

    def _look(self, images: list[Image]) -> list[Depth]:
        """Depth of pictures of one size."""
        while True:
            try:
                step = min(len(images), self._runner.at_once)
                parts = [self._infer(images[i : i + step]) for i in range(0, len(images), step)]
                return [Depth(values, self.kind) for part in parts for values in part]
            except TooLargeError:
                self._runner.make_room()

    @abstractmethod
    def _infer(self, images: list[Image]) -> np.ndarray:
        """Inverse depth float32 `[N, H, W]` of pictures of one size, at their size."""
