"""Grounding DINO (Liu et al. 2023) finds boxes by words, SAM (Kirillov et al. 2023) makes masks of them.

Pictures are scaled and normalised here, as both were trained, without the processors of transformers:
those need torchvision from version to version.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..depth.pretrained import PretrainedRunner
from ..depth.transformers_hub.files import read_json
from ..depth.transformers_hub.look import Look, prepare
from ..types import Image, Size
from .kinds import network, tokenizer
from .running import IMAGENET, enlarged, run
from .words import Sentence, checked, sentences

if TYPE_CHECKING:
    from torch import Tensor

LOOK = Look(None, resample="bilinear", **IMAGENET)
SHORT, LONG = 800, 1333  # sides of the picture as the detector was trained
SURE = 0.3  # a box below this score is none
AT_ONCE = 32  # boxes


class Grounded:
    """A Segmenter from the folders of a detector and a SAM. What they hold is read at first use."""

    def __init__(self, detector: Path, masker: Path, name: str, device: str | None = None):
        self.name = name
        self.note = f"masks from words come from {name}, run by transformers"
        self._boxes, self._masks = Boxes(detector, name, device), Masks(masker, name, device)

    def masks(self, image: Image, prompts: Sequence[str]) -> np.ndarray:
        return self._masks.of(image, self._boxes.of(image, prompts))


class Boxes:
    """Boxes by words, of a Grounding DINO."""

    def __init__(self, folder: Path, name: str, device: str | None = None):
        self._tokenizer = tokenizer(folder, name)
        self._longest = int(read_json(folder / "config.json").get("max_text_len") or 256)
        self._runner = PretrainedRunner(partial(network, folder, name), name, device)

    def of(self, image: Image, prompts: Sequence[str]) -> list[np.ndarray]:
        """Boxes float32 `[k, 4]` (left, top, right, bottom) in the picture's pixels, a list entry a prompt.

        A box is the prompt's that it fits best.
        """
        size = (image.shape[1], image.shape[0])
        pixels = prepare(image, LOOK, detector_size(size))[None].to(self._runner.device)
        found = [np.zeros((0, 4), np.float32)] * len(prompts)
        for sentence in sentences(checked(prompts), self._tokenizer, self._longest):
            seen = run(self._runner, partial(_detected, pixels=pixels, sentence=sentence)).cpu().numpy()
            scores = np.stack([seen[:, 4:][:, span].max(1) for span in sentence.spans], 1)
            whose = np.where(scores.max(1) > SURE, scores.argmax(1), -1)
            for place, number in enumerate(sentence.prompts):
                found[number] = corners(seen[whose == place, :4], size)
        return found


def _detected(network: Any, pixels: Tensor, sentence: Sentence) -> Tensor:
    """Every query's box and its scores for the tokens, `[queries, 4 + tokens]`."""
    import torch

    ids = torch.tensor([sentence.ids], device=pixels.device)
    whole = torch.ones(pixels.shape[:1] + pixels.shape[2:], dtype=torch.long, device=pixels.device)
    found = network(
        pixel_values=pixels,
        pixel_mask=whole,
        input_ids=ids,
        token_type_ids=torch.zeros_like(ids),
        attention_mask=torch.ones_like(ids),
    )
    scores = torch.sigmoid(found.logits[0].float())[:, : len(sentence.ids)]
    return torch.cat([found.pred_boxes[0].float(), scores], 1)


def detector_size(size: Size) -> Size:
    """(width, height) at which the detector looks at a picture of `size`."""
    scale = min(SHORT / min(size), LONG / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def corners(boxes: np.ndarray, size: Size) -> np.ndarray:
    """Boxes (middle x, y, width, height) as shares of a picture, as their corners in its pixels."""
    middle, half = boxes[:, :2], boxes[:, 2:] / 2
    shares = np.concatenate([middle - half, middle + half], 1).clip(0, 1)
    return (shares * np.tile(np.array(size, np.float32), 2)).astype(np.float32)


class Masks:
    """Masks of boxes, of a SAM."""

    def __init__(self, folder: Path, name: str, device: str | None = None):
        vision = read_json(folder / "config.json").get("vision_config") or {}
        self._side = int(vision.get("image_size") or 1024)
        self._runner = PretrainedRunner(partial(network, folder, name), name, device)

    def of(self, image: Image, boxes: Sequence[np.ndarray]) -> np.ndarray:
        """A mask float32 `[n, H, W]` for each list of boxes: what any of them holds."""
        import torch

        size = (image.shape[1], image.shape[0])
        masks = np.zeros((len(boxes), *image.shape[:2]), np.float32)
        if not any(len(some) for some in boxes):
            return masks
        inner = masker_size(size, self._side)
        scale = np.tile(np.array(inner, np.float32) / np.array(size, np.float32), 2)
        pixels = prepare(image, LOOK, inner)
        padded = torch.nn.functional.pad(pixels, (0, self._side - inner[0], 0, self._side - inner[1]))[None]
        seen = run(self._runner, partial(_embedded, pixels=padded.to(self._runner.device)))
        for number, some in enumerate(boxes):
            if len(some):
                logits = self._logits(seen, some * scale)
                whole = enlarged(logits[None], (self._side, self._side))[:, : inner[1], : inner[0]]
                masks[number] = torch.sigmoid(enlarged(whole, size))[0].cpu().numpy()
        return masks

    def _logits(self, seen: Tensor, boxes: np.ndarray) -> Tensor:
        """Where any of the boxes holds something, `[h, w]`."""
        import torch

        parts = torch.split(torch.from_numpy(boxes).to(seen.device), AT_ONCE)
        found = [run(self._runner, partial(_masked, seen=seen, boxes=part)) for part in parts]
        return torch.cat(found).amax(0)


def _embedded(network: Any, pixels: Tensor) -> Tensor:
    return network.get_image_embeddings(pixels)


def _masked(network: Any, seen: Tensor, boxes: Tensor) -> Tensor:
    """Logits `[k, h, w]` of one mask a box."""
    found = network(image_embeddings=seen, input_boxes=boxes[None], multimask_output=False)
    return found.pred_masks[0, :, 0].float()


def masker_size(size: Size, side: int) -> Size:
    """(width, height) of a picture whose longer side is brought to `side`."""
    scale = side / max(size)
    return max(1, int(size[0] * scale + 0.5)), max(1, int(size[1] * scale + 0.5))
