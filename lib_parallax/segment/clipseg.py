"""CLIPSeg (Lüddecke and Ecker 2022): one network that gives masks from words directly, coarsely."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..depth.pretrained import PretrainedRunner
from ..depth.transformers_hub.look import Look, look_of, prepare
from ..types import Image
from .kinds import network, tokenizer
from .running import IMAGENET, enlarged, run
from .words import checked

if TYPE_CHECKING:
    from torch import Tensor

USUAL = Look((352, 352), resample="bilinear", fixed=True, **IMAGENET)
AT_ONCE = 4  # prompts: the picture is looked at once for each
LONGEST = 77  # tokens, as many as CLIP was trained with


class ClipSeg:
    """A Segmenter from a folder; see `segment.Segmenter`. What it holds is read at first use."""

    def __init__(self, folder: Path, name: str, device: str | None = None):
        self.name = name
        self.note = f"masks from words come from {name} (CLIPSeg), run by transformers"
        self._look = look_of(folder, USUAL)
        self._tokenizer = tokenizer(folder, name)
        self._runner = PretrainedRunner(partial(network, folder, name), name, device)

    def masks(self, image: Image, prompts: Sequence[str]) -> np.ndarray:
        import torch

        words, size = checked(prompts), (image.shape[1], image.shape[0])
        high, wide = self._look.size or (352, 352)
        pixels = prepare(image, self._look, (wide, high))[None].to(self._runner.device)
        masks = np.zeros((len(words), *image.shape[:2]), np.float32)
        for first in range(0, len(words), AT_ONCE):
            given = self._tokenizer(
                words[first : first + AT_ONCE],
                padding=True,
                truncation=True,
                max_length=LONGEST,
                return_tensors="pt",
            ).to(self._runner.device)
            logits = run(self._runner, partial(_looked, pixels=pixels, given=given))
            masks[first : first + AT_ONCE] = torch.sigmoid(enlarged(logits, size)).cpu().numpy()
        return masks


def _looked(network: Any, pixels: Tensor, given: Any) -> Tensor:
    count = len(given["input_ids"])
    found = network(
        input_ids=given["input_ids"],
        attention_mask=given["attention_mask"],
        pixel_values=pixels.expand(count, -1, -1, -1),
    )
    # of one prompt alone some versions give no list
    return found.logits.reshape(count, *found.logits.shape[-2:])
