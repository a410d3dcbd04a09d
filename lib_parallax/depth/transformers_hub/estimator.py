"""Depth models of the Hugging Face hub that transformers runs, as Estimators."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...types import Image, Size
from ..pretrained import PretrainedRunner
from ..singly import Singly
from ..vit.pictures import picture_size
from .families import Family, family_of
from .files import read_json, weight_files
from .look import border, bordered, look_of, network_size, prepare

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class TransformersDepth(Singly):
    """An Estimator; see `depth.Estimator`.

    folder      a model of the hub as a folder: config.json, preprocessor_config.json, weights.
    name        as `depth.load` knows it; left out, the folder.
    device      where it computes; left out, the fastest there is.
    dtype       float32 (also when left out), float16 or bfloat16, as a name or a torch.dtype; "auto" is
                float16 on CUDA, else float32.
    input_size  shorter side of what the network sees; left out, the model's own.
    batch       frames of a stream looked at together; left out, 1 on the CPU and 4 elsewhere.

    Raises SourceError for a folder without a depth model, UnavailableError where the installed
    transformers cannot run it or a file of weights is missing. They are read at first use.
    """

    def __init__(
        self,
        folder: str | Path,
        device: str | None = None,
        dtype: Any = None,
        *,
        name: str | None = None,
        input_size: int | None = None,
        batch: int | None = None,
    ):
        folder = Path(folder)
        self.name = name or str(folder)
        config = read_json(folder / "config.json")
        self.family = family_of(config, self.name)
        self.look = look_of(folder, self.family.look)
        weight_files(folder, self.name)
        self.kind = self.family.kind
        self.note = f"depth comes from {self.name}, run by transformers"
        self.input_size = input_size

        def build(dtype: torch.dtype, device: torch.device) -> Any:
            from .network import build

            return build(folder, config, self.family.meaning, self.name, dtype, device)

        self._runner = PretrainedRunner(build, self.name, device, dtype)
        if batch:
            self._runner.at_once = batch
        self.batch = batch or min(4, self._runner.at_once)
        if not self.family.known:
            taken = "metres" if self.kind == "metric" else "inverse depth"
            self._runner.warn(
                f"{self.name} is of a kind that Parallax has not been tried with "
                f"({config['model_type']}); what it gives is taken for {taken}"
            )
        if input_size and self.look.fixed:
            self._runner.warn(f"{self.name} looks at pictures in its own size only")

    def _infer(self, images: list[Image]) -> np.ndarray:
        import torch

        whole = picture_size(images[0])
        if self.look.pad:
            images = [bordered(image) for image in images]
        size = network_size(self.look, picture_size(images[0]), self.input_size, self._runner.scale)
        pictures = torch.stack([prepare(image, self.look, size) for image in images])
        device = self._runner.device
        found = self._runner.run(
            lambda network: enlarged(network(pictures.to(device)), whole, self.family, self.look.pad)
        )
        return found.cpu().numpy()


def enlarged(depth: Tensor, size: Size, family: Family, padded: bool) -> Tensor:
    """Inverse depth `[N, h, w]` at the picture's (width, height), without the borders it was looked at with.

    Metres have been turned into 1/m before: what is in between near and far is nearer to the
    truth there, and a cubic filter's overshoot cannot come near 0 m.
    """
    import torch.nn.functional as F

    width, height = size
    across, down = (border(width), border(height)) if padded else (0, 0)
    full = (height + 2 * down, width + 2 * across)
    if depth.shape[1:] != full:
        depth = F.interpolate(depth[:, None], full, mode=family.enlarge, align_corners=False)[:, 0]
    depth = depth[:, down : down + height, across : across + width]
    return depth if family.kind == "relative" else depth.clamp(min=0)
