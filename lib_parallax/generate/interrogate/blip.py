"""A sentence on a picture by BLIP (Li et al. 2022), which transformers builds.

The picture is scaled to the network's square and normalised as CLIP's are, without a processor of
transformers: those need torchvision from version to version.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...depth.pretrained import imported, one_line, quiet
from ...errors import SourceError
from ...types import Image
from ...weights import load_state
from ...weights.runner import chosen_device

MEAN = np.array((0.48145466, 0.4578275, 0.40821073), np.float32)
SPREAD = np.array((0.26862954, 0.26130258, 0.27577711), np.float32)
BEAMS, LONGEST = 3, 40  # sentences kept in mind at a time, words at most


class Blip:
    """A captioner from a folder with config, tokenizer and weights. Raises SourceError for a damaged one."""

    def __init__(self, folder: Path, name: str, device: str | None = None):
        made = imported("transformers", name)
        self._name, self._device = name, chosen_device(device)
        self._transformers = made
        try:
            with quiet(made):
                config = made.BlipConfig.from_pretrained(folder, local_files_only=True)
                self._words = made.AutoTokenizer.from_pretrained(folder, local_files_only=True)
                weights = _weights(folder)
                model = made.BlipForConditionalGeneration.from_pretrained(
                    None, config=config, state_dict=load_state(weights)
                )
        except SourceError:
            raise
        except Exception as error:
            # what a damaged file raises differs from version to version
            raise SourceError(
                f"{folder}: {name} cannot be built from these files ({one_line(error)})"
            ) from error
        self._side, self._begin = int(config.vision_config.image_size), config.text_config.bos_token_id
        self._model = model.to(self._device).eval()

    def describe(self, image: Image) -> str:
        """A sentence on `image` uint8 `[H, W, 3]`; always the same one."""
        import torch

        pixels = torch.from_numpy(prepared(image, self._side))[None].to(self._device)
        with quiet(self._transformers), torch.inference_mode():
            said = self._model.generate(
                pixel_values=pixels, num_beams=BEAMS, do_sample=False, max_new_tokens=LONGEST
            )[0].tolist()
        # The word that begins every sentence is special to the network, and not to every tokenizer.
        said = said[said[0] == self._begin :]
        return " ".join(str(self._words.decode(said, skip_special_tokens=True)).split())


def prepared(image: Image, side: int) -> np.ndarray:
    """The picture as the network sees it, float32 `[3, side, side]`; its proportions are not kept."""
    import cv2

    smaller = image.shape[0] * image.shape[1] > side * side
    square = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    scaled = (square.astype(np.float32) / 255 - MEAN) / SPREAD
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def _weights(folder: Path) -> Path:
    for file in ("model.safetensors", "pytorch_model.bin"):
        if (folder / file).is_file():
            return folder / file
    raise SourceError(f"{folder}: has neither model.safetensors nor pytorch_model.bin")
