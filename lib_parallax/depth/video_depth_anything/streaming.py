"""Video-Depth-Anything frame by frame: no look-ahead, what earlier frames left behind is looked at.

Experimental, by its authors' own words: the weights were trained for windows, so it is less
accurate than `VideoDepthAnything`. A boundary inside a shot leaves a large state, because 42
frames' worth of memories goes into it (about 500 MB for "small" at its full input size).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ...types import Depth, Frame, Image, Size
from ...weights.network import Checkpoint
from ...weights.runner import TooLargeError
from ..vit.pictures import INPUT_SIZE, enlarge, inverse_metres, picture_size, prepare
from ..vit.shapes import VitShape
from .sight import Sight
from .windows import LENGTH

if TYPE_CHECKING:
    from torch import Tensor

    from .network import Network

# What a frame looks back at, as the windows would have it: the shot's first frame, one REACH
# frames ago, and the newest.
REACH = 41
NEWEST = LENGTH - 3

Memory = list["Tensor"]  # what one frame leaves behind


class StreamingVideoDepthAnything:
    """An Estimator; see `depth.Estimator`. Options and checkpoints are those of VideoDepthAnything."""

    flickers = False

    def __init__(
        self,
        size: str | VitShape = "small",
        weights: Checkpoint | None = None,
        device: str | None = None,
        dtype: Any = None,
        *,
        metric: bool = False,
        input_size: int = INPUT_SIZE,
        compiled: bool = False,
    ):
        self._sight = Sight(size, weights, device, dtype, metric, input_size, compiled, "streaming-")
        self.name, self.note = self._sight.name, self._sight.note
        self.input_size = input_size
        self.kind = "metric" if metric else "relative"
        self._restored: _Past | None = None

    @property
    def warnings(self) -> list[str]:
        return self._sight.runner.warnings

    def estimate(self, image: Image) -> Depth:
        """Inverse depth at the size of `image`, of that picture alone."""
        return self._see(image, None)[0]

    def stream(self, frames: Iterable[Frame]) -> Iterator[Depth]:
        """One Depth a frame, at once. A cut, or a frame of another size, starts afresh."""
        past, self._restored = self._restored, None
        for frame in frames:
            boundary = frame.boundary
            cut = boundary is not None and boundary.cut
            if past is not None and (cut or past.picture_size != picture_size(frame.image)):
                past = None
            if boundary is not None and not cut:
                boundary.state["depth"] = past.state() if past else {}
            depth, past = self._see(frame.image, past)
            yield depth

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state["depth"]` with the frame that it was stored at; {} starts afresh."""
        self._restored = _Past.restored(state, self._sight) if state else None

    def _see(self, image: Image, past: _Past | None) -> tuple[Depth, _Past]:
        while True:
            try:
                depth, past = self._look(image, past)
                values = inverse_metres(depth) if self._sight.metric else depth
                return Depth(values, self.kind), past
            except TooLargeError:
                past = None  # it was made at a size that is given up now
            self._sight.runner.make_room()

    def _look(self, image: Image, past: _Past | None) -> tuple[np.ndarray, _Past]:
        whole = picture_size(image)
        size = past.size if past else self._sight.size(whole)
        picture = self._sight.tensor([prepare(image, size)])
        left: Memory = []

        def job(network: Network) -> Tensor:
            left.clear()
            looks = network.look(picture)
            before = past.joined() if past else None
            return enlarge(network.depth(looks, [0], 1, before, left), whole)

        depth = self._sight.runner.run(job)[0].cpu().numpy()
        if past is None:
            return depth, _Past(whole, size, left)
        past.newer.append(left)
        return depth, past


class _Past:
    """What a shot's frames have left behind: its first and the last REACH."""

    def __init__(self, picture_size: Size, size: Size, first: Memory):
        self.picture_size = picture_size
        self.size = size
        self.first = first
        # Before a shot began, it looks as if its first frame had always been there.
        self.newer: deque[Memory] = deque([first] * REACH, maxlen=REACH)

    def joined(self) -> Memory:
        """What the next frame looks at: eight tensors `[places, 31, C]`."""
        import torch

        memories = [self.first, *list(self.newer)[:1], *list(self.newer)[-NEWEST:]]
        return [torch.cat(kept, 1) for kept in zip(*memories, strict=True)]

    def state(self) -> dict[str, Any]:
        newer = [memory for memory in self.newer if memory is not self.first]
        return {
            "picture_size": list(self.picture_size),
            "size": list(self.size),
            "first": [_array(kept) for kept in self.first],
            "newer": [[_array(kept) for kept in memory] for memory in newer],
        }

    @classmethod
    def restored(cls, state: Mapping[str, Any], sight: Sight) -> _Past:
        import torch

        def memory(arrays: list[np.ndarray]) -> Memory:
            runner = sight.runner
            return [torch.from_numpy(np.array(a)).to(runner.device, runner.dtype) for a in arrays]

        (width, height), (columns, rows) = state["picture_size"], state["size"]
        past = cls((int(width), int(height)), (int(columns), int(rows)), memory(state["first"]))
        past.newer.extend(memory(arrays) for arrays in state["newer"])
        return past


def _array(kept: Tensor) -> np.ndarray:
    import torch

    # numpy knows no bfloat16; float32 holds each of its values.
    return (kept.float() if kept.dtype == torch.bfloat16 else kept).cpu().numpy().copy()
