"""Marigold, a diffusion model that paints depth, as an Estimator: for stills above all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import SourceError, UnavailableError
from ...types import Image, Size
from ...weights.runner import ran_out_of_memory
from ..pretrained import PretrainedRunner, imported, one_line, quiet, shortfall
from ..singly import Singly
from ..transformers_hub.files import read_json
from ..transformers_hub.look import Look, prepare
from ..vit.pictures import LONGEST, picture_size

if TYPE_CHECKING:
    import torch

SINCE = "0.28"  # of diffusers; its text encoder is in every transformers that it accepts
CLIP_SINCE = "4.25"
STEPS = 4  # what the current checkpoints were published for; better ones than 1, hardly worse than 50
SIDE = 768  # the longer side of what the network sees, where a checkpoint does not say
FINEST = 8  # pixels of the picture to one of what is denoised
LOOK = Look(resample="bilinear", mean=(0.0,) * 3, deviation=(1.0,) * 3)
MAKERS = (["diffusers"], ["transformers"], [None])
FARTHEST = 10.0  # distances of the nearest thing at which the farthest is put


class Marigold(Singly):
    """An Estimator; see `depth.Estimator`.

    folder      a MarigoldDepthPipeline of diffusers as a folder, with safetensors.
    name        as `depth.load` knows it; left out, the folder.
    device      where it computes; left out, the fastest there is.
    dtype       float32 (also when left out), float16 or bfloat16, as a name or a torch.dtype; "auto" is
                float16 on CUDA, else float32.
    input_size  shorter side of what the network sees; left out, the longer one is what it was made for.
    steps       of denoising; left out, what the checkpoint asks for.
    seed        of the noise it begins with, the same for every picture.

    Raises SourceError for a folder without Marigold, UnavailableError where diffusers cannot run
    it. The weights are read at first use.
    """

    kind = "relative"
    batch = 1

    def __init__(
        self,
        folder: str | Path,
        device: str | None = None,
        dtype: Any = None,
        *,
        name: str | None = None,
        input_size: int | None = None,
        steps: int | None = None,
        seed: int = 0,
    ):
        folder = Path(folder)
        self.name = name or str(folder)
        self.note = f"depth comes from {self.name}, run by diffusers"
        self.input_size = input_size
        self.seed = seed
        index = read_json(folder / "model_index.json")
        check(index, folder, self.name)
        self.steps = steps or int(index.get("default_denoising_steps") or STEPS)
        self.side = int(index.get("default_processing_resolution") or SIDE)
        self.inverse = index.get("prediction_type") == "disparity"
        self._runner = PretrainedRunner(
            lambda *where: build(folder, self.name, *where), self.name, device, dtype
        )

    def _infer(self, images: list[Image]) -> np.ndarray:
        return np.stack([self._paint(image) for image in images])

    def _paint(self, image: Image) -> np.ndarray:
        import torch
        import torch.nn.functional as F

        whole = picture_size(image)
        size = network_size(whole, self.side, self.input_size, self._runner.scale)
        picture = prepare(image, LOOK, size)[None]

        def job(pipeline: Any) -> torch.Tensor:
            found = pipeline(
                picture.to(pipeline.dtype),
                num_inference_steps=self.steps,
                # resized here, where float32 is at hand
                processing_resolution=0,
                match_input_resolution=False,
                # drawn on the CPU, so that every device begins with the same noise
                generator=torch.Generator("cpu").manual_seed(self.seed),
                output_type="pt",
            )
            return F.interpolate(found.prediction.float(), whole[::-1], mode="bilinear")[0, 0]

        values = self._runner.run(job).cpu().numpy()
        return values if self.inverse else inverse_depth(values)


def inverse_depth(depth: np.ndarray) -> np.ndarray:
    """Depth from 0 (nearest) to 1 (farthest) as inverse depth from 1 to 0.

    Marigold knows neither the scale nor the shift of its depth. Its range is laid from one
    distance to FARTHEST times that, as the camera of docs/depth.md has it.
    """
    distance = 1 + (FARTHEST - 1) * depth
    return ((1 / distance - 1 / FARTHEST) / (1 - 1 / FARTHEST)).astype(np.float32, copy=False)


def network_size(whole: Size, side: int, input_size: int | None = None, scale: float = 1.0) -> Size:
    """The size at which the network sees a picture: `side` is the longer one.

    With `input_size` that is the shorter one; `scale` is a factor on either. No side is less than FINEST.
    """
    if input_size is not None:
        side = round(input_size * min(LONGEST, max(whole) / min(whole)))
    longer = max(FINEST, round(side * scale))
    width, height = (max(FINEST, pixels * longer // max(whole)) for pixels in whole)
    return width, height


def lacking() -> str:
    """What the installed packages lack for Marigold; "" for nothing."""
    return shortfall("diffusers", SINCE) or shortfall("transformers", CLIP_SINCE)


def check(index: dict[str, Any], folder: Path, name: str) -> None:
    """Whether the folder with this `model_index.json` holds Marigold for depth, whole, and can be run."""
    kind = str(index.get("_class_name"))
    # the first checkpoints were saved under the older name; those for normals have this mark
    if kind not in ("MarigoldDepthPipeline", "MarigoldPipeline") or "use_full_z_range" in index:
        raise SourceError(f"{name} is no depth model: its model_index.json says {kind[:100]}")
    foreign = [str(part) for part in index.values() if isinstance(part, list) and part[:1] not in MAKERS]
    if foreign:
        raise SourceError(
            f"{name} wants a part that neither diffusers nor transformers has: {foreign[0][:100]}"
        )
    if lacking():
        raise UnavailableError(f"{name} {lacking()}")
    for part, weights in {"unet": True, "vae": True, "text_encoder": True, "tokenizer": False}.items():
        if not any((folder / part).glob("*.safetensors" if weights else "*.json")):
            what = "safetensors" if weights else "files"
            raise UnavailableError(f"{name} is not whole here: {folder / part} has no {what}")


def build(folder: Path, name: str, dtype: torch.dtype, device: torch.device) -> Any:
    """The pipeline in a folder. Raises SourceError for files that do not fit."""
    diffusers = imported("diffusers", name)
    whole = any(".fp16." not in file.name for file in (folder / "unet").glob("*.safetensors"))
    try:
        with quiet(diffusers), quiet(imported("transformers", name)):
            pipeline = diffusers.MarigoldDepthPipeline.from_pretrained(
                folder, variant=None if whole else "fp16", use_safetensors=True,
                local_files_only=True, low_cpu_mem_usage=False,
            )  # fmt: skip
            pipeline.to(device, dtype)
    except Exception as error:
        if ran_out_of_memory(error):
            raise
        # what a damaged file or a wrong shape raises differs from version to version
        raise SourceError(f"{folder}: {name} cannot be built from these files ({one_line(error)})") from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
