"""A model's parts, loaded once, and the pipelines of diffusers that share them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from ...depth.pretrained import imported, one_line, quiet
from ...depth.vit.runner import chosen_device, ran_out_of_memory
from ...errors import OptionError, SourceError
from ...weights import require_hub
from .models import Model, local_path

T = TypeVar("T")

ROOM = 2 << 30  # bytes that painting takes beside the weights, about
SLICED, OFFLOADED = 1, 2


class Pipelines:
    """The pipelines of one model. The weights are read at first use.

    device  where it computes: "cuda", "mps", "cpu"; left out, the fastest there is
    dtype   "float16", "bfloat16" or "float32"; left out, float16 on CUDA, else float32
    spare   how memory is spared: 0 not, SLICED attention in slices and pictures in tiles, OFFLOADED
            besides only the part at work on the device (needs accelerate); left out, as little as will do

    `sampling` is the configuration of the model's own sampler, once it has been loaded.
    """

    def __init__(
        self, model: Model, device: str | None = None, dtype: str | None = None, spare: int | None = None
    ):
        self.model = model
        self.device = str(chosen_device(device))
        self.dtype = dtype or ("float16" if self.device.startswith("cuda") else "float32")
        self._spare = spare
        self.sampling: dict[str, Any] = {}
        self._loaded: Any = None
        self._made: dict[str, Any] = {}
        self._controls: dict[str, Any] = {}

    def with_pipeline(self, task: str, controls: tuple[str, ...], work: Callable[[Any], T]) -> T:
        """What `work` makes of the pipeline for a task: "" from words, "Img2Img" or "Inpaint".

        Where memory runs out it is tried again, sparing more of it.
        """
        while True:
            try:
                with quiet(imported("transformers", self.model.name)), quiet(self._diffusers):
                    return work(self._pipeline(task, controls))
            except Exception as error:
                if not ran_out_of_memory(error) or not self._spare_more():
                    raise
            # Outside the handler, whose error holds the tensors through its traceback.
            release()

    def put_aside(self) -> None:
        """Takes the weights off the device until they are used again."""
        if self._loaded is not None and self._spare != OFFLOADED:
            self._loaded.to("cpu")

    @property
    def _diffusers(self) -> Any:
        return imported("diffusers", self.model.name)

    def _pipeline(self, task: str, controls: tuple[str, ...]) -> Any:
        whole = self._whole()
        kind = f"{self.model.family}{'ControlNet' if controls else ''}{task}Pipeline"
        key = " ".join((kind, *controls))
        if key not in self._made:
            # Networks that steered before are let go.
            kept = {name: self._controls[name] for name in controls if name in self._controls}
            self._controls = {
                name: kept.get(name) or self._control(name) for name in controls
            } or self._controls
            parts = {"controlnet": [self._controls[name] for name in controls]} if controls else {}
            self._made = {made: pipe for made, pipe in self._made.items() if " " not in made}
            # Without a dtype the shared parts would become float32.
            made = getattr(self._diffusers, kind).from_pipe(whole, **self._in_dtype, **parts)
            made.set_progress_bar_config(disable=True)
            if task == "Inpaint":
                made.prepare_latents = from_picture(made.prepare_latents)
            self._made[key] = made
        pipeline = self._made[key]
        if self._spare == OFFLOADED:
            pipeline.enable_model_cpu_offload(device=self.device)
        else:
            pipeline.to(self.device)
        return pipeline

    def _whole(self) -> Any:
        """The pipeline that was loaded, whose parts all others share."""
        if self._loaded is None:
            loaded = self._load()
            if self._spare is None:
                self._spare = self._spare_for(loaded)
            self._loaded = loaded
            self.sampling = dict(loaded.scheduler.config)
            self._apply()
        return self._loaded

    def _load(self) -> Any:
        model = self.model
        made = getattr(self._diffusers, f"{model.family}{'Inpaint' if model.inpaints else ''}Pipeline")
        settings: dict[str, Any] = {**self._in_dtype, "local_files_only": True}
        if model.family == "StableDiffusion":
            settings |= {"safety_checker": None, "requires_safety_checker": False}
        try:
            if model.path.is_file():
                return made.from_single_file(str(model.path), config=str(model.config), **settings)
            return made.from_pretrained(
                model.path, variant=variant(model.path / "unet"), use_safetensors=True,
                low_cpu_mem_usage=find_spec("accelerate") is not None, **settings,
            )  # fmt: skip
        except Exception as error:
            raise self._told(error, model.name, model.path) from error

    def _control(self, name: str) -> Any:
        path = local_path(name) or require_hub(name)
        made, settings = self._diffusers.ControlNetModel, self._in_dtype
        if path.is_file() and not (path.with_suffix("") / "config.json").is_file():
            raise OptionError(
                f"control model: {name} is a single file; a folder with its config.json is needed"
            )
        try:
            if path.is_file():
                return made.from_single_file(str(path), config=str(path.with_suffix("")), **settings)
            return made.from_pretrained(
                path, variant=variant(path), use_safetensors=True, local_files_only=True,
                low_cpu_mem_usage=find_spec("accelerate") is not None, **settings,
            )  # fmt: skip
        except Exception as error:
            raise self._told(error, name, path) from error

    def _told(self, error: Exception, name: str, path: Path) -> Exception:
        """What a damaged file or a wrong shape raises differs from version to version."""
        if ran_out_of_memory(error):
            return error
        return SourceError(f"{path}: {name} cannot be built from these files ({one_line(error)})")

    def _spare_for(self, pipeline: Any) -> int:
        """How much memory to spare from the start: the weights may not fit."""
        import torch

        if not self.device.startswith("cuda"):
            return 0
        networks = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
        size = sum(p.numel() * p.element_size() for network in networks for p in network.parameters())
        fits = size + ROOM < torch.cuda.mem_get_info(self.device)[0]
        return 0 if fits or not find_spec("accelerate") else OFFLOADED

    def _spare_more(self) -> bool:
        """Whether there was something left to spare."""
        offloads = self.device.startswith("cuda") and find_spec("accelerate") is not None
        if self._loaded is None or self._spare == (OFFLOADED if offloads else SLICED):
            return False
        self._spare = (self._spare or 0) + 1
        self._apply()
        return True

    def _apply(self) -> None:
        if self._spare:
            self._loaded.enable_attention_slicing()
            self._loaded.vae.enable_tiling()
        if self._spare == OFFLOADED:
            self._loaded.to("cpu")

    @property
    def _in_dtype(self) -> dict[str, Any]:
        """The argument that names the dtype; older versions of diffusers call it torch_dtype."""
        import torch
        from diffusers.pipelines import pipeline_utils

        newer = hasattr(pipeline_utils, "_resolve_dtype")
        return {"dtype" if newer else "torch_dtype": getattr(torch, self.dtype)}


def from_picture(prepare: Callable[..., Any]) -> Callable[..., Any]:
    """An inpainting pipeline's `prepare_latents` that starts from the picture at strength 1 as well.

    By itself it then starts from noise alone, and what is laid under the mask would not matter.
    """

    def prepared(*args: Any, **settings: Any) -> Any:
        return prepare(*args, **{**settings, "is_strength_max": False})

    return prepared


def release() -> None:
    """Gives back what nothing uses any more."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def variant(folder: Path) -> str | None:
    """Which of the files in a folder to take: "fp16" where it has no others."""
    files = list(folder.glob("*.safetensors"))
    return "fp16" if files and all(".fp16." in file.name for file in files) else None
