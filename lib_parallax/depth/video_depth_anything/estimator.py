"""Video-Depth-Anything in windows of 32 frames, as an Estimator."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...types import Boundary, Depth, Frame, Image
from ...weights.network import Checkpoint
from ..vit.pictures import INPUT_SIZE
from ..vit.shapes import VitShape
from .shot import Shot
from .sight import Sight


class VideoDepthAnything:
    """An Estimator; see `depth.Estimator`. A window reads 32 frames ahead and never past a cut.

    size        "small", "base" or "large", or a VitShape.
    weights     an official checkpoint: a .pth or .safetensors file, or tensors by name.
    device      where it computes; left out, the fastest there is.
    dtype       float32 (also when left out), float16 or bfloat16, as a name or a torch.dtype; "auto" is
                float16 on CUDA, else float32.
    metric      whether the checkpoint is one of those that give metres.
    input_size  short side of what the network sees; larger is finer and slower.
    compiled    hand the backbone to torch.compile.

    `warnings` tells what went otherwise than asked.
    Raises ParallaxError for weights that are missing; such as do not fit are found at first use.
    """

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
        self._sight = Sight(size, weights, device, dtype, metric, input_size, compiled)
        self.name, self.note = self._sight.name, self._sight.note
        self.input_size = input_size
        self.kind = "metric" if metric else "relative"
        self._restored: Shot | None = None

    @property
    def warnings(self) -> list[str]:
        return self._sight.runner.warnings

    def estimate(self, image: Image) -> Depth:
        """Inverse depth at the size of `image`, as the network gives it for a window of that one frame."""
        return Depth(Shot(self._sight, image).alone(image), self.kind)

    def stream(self, frames: Iterable[Frame]) -> Iterator[Depth]:
        """One Depth a frame, on one scale for a whole shot; a frame of another size begins a new one."""
        shot, self._restored = self._restored, None
        waiting: deque[Boundary | None] = deque()
        for frame in frames:
            cut = frame.boundary is not None and frame.boundary.cut
            if shot is not None and (cut or not shot.fits(frame.image)):
                shot.end()
                yield from self._settled(shot, waiting)
                shot = None
            if shot is None:
                shot = Shot(self._sight, frame.image)
            waiting.append(frame.boundary)
            shot.add(frame.image)
            yield from self._settled(shot, waiting)
        if shot is not None:
            shot.end()
            yield from self._settled(shot, waiting)

    def _settled(self, shot: Shot, waiting: deque[Boundary | None]) -> Iterator[Depth]:
        """Depth of the frames that no further window changes."""
        while shot.ready():
            boundary = waiting.popleft()
            if boundary is not None and not boundary.cut:
                boundary.state["depth"] = shot.state()
            yield Depth(shot.take(), self.kind)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state["depth"]` with the frame that it was stored at; {} starts afresh."""
        self._restored = Shot.restored(self._sight, state) if state else None
