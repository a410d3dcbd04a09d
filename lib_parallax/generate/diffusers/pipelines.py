"""A model's parts, loaded once, and the pipelines of diffusers that share them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from ...depth.pretrained import imported, one_line, quiet
from ...errors import OptionError, SourceError, UnavailableError
from ...weights import require_hub
from ...weights.runner import chosen_device, ran_out_of_memory
from ..sparing import Sparing
from .models import Model, local_path

T = TypeVar("T")

ROOM = 2 << 30  # bytes that painting takes beside the weights, about
# How much memory is spared: attention in slices and pictures in tiles; besides, only the part at work on
# the device; besides, only the layer.
SLICED, OFFLOADED, STREAMED = 1, 2, 3
_DTYPES = {"fp16": "float16", "bf16": "bfloat16", "fp32": "float32"}
_OFFLOADS = {"model": OFFLOADED, "sequential": STREAMED}


class Pipelines:
    """The pipelines of one model. The weights are read at first use.

    Where memory runs out, more of it is spared than was asked for; with the offload "none" no more than
    slicing spares.

    `sampling` is the configuration of the model's own sampler, once it has been loaded; `note` says
    what was asked for and means nothing here. Raises UnavailableError for offloading without accelerate.
    """

    def __init__(self, model: Model, sparing: Sparing = Sparing()):  # noqa: B008
        self.model = model
        self.device = str(chosen_device(sparing.device))
        on_cuda = self.device.startswith("cuda")
        self.dtype = _DTYPES.get(sparing.precision, "float16" if on_cuda else "float32")
        offload = sparing.offload
        self.note = ""
        if offload in _OFFLOADS and not on_cuda:
            self.note = f"nothing is offloaded: the model computes on {self.device}, not on CUDA"
            offload = "none"
        elif offload in _OFFLOADS and find_spec("accelerate") is None:
            raise UnavailableError(
                f"paint_offload: {offload} needs accelerate, which is not installed; `pip install accelerate`"
            )
        offloads = on_cuda and offload != "none" and find_spec("accelerate") is not None
        self._most = STREAMED if offloads else SLICED
        least = SLICED if sparing.slicing else 0
        # None: to be found out once the size of the weights is known.
        self._spare = None if offloads and offload == "auto" else _OFFLOADS.get(offload, least)
        self._least = least
        self._placed: tuple[Any, int | None] | None = None
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
        if self._loaded is not None and not self._offloads:
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
        self._place(pipeline)
        return pipeline

    @property
    def _offloads(self) -> bool:
        return self._spare in (OFFLOADED, STREAMED)

    def _place(self, pipeline: Any) -> None:
        """Takes the pipeline to the device, whole or piece by piece as it works."""
        if not self._offloads:
            pipeline.to(self.device)
        elif self._placed != (pipeline, self._spare):
            # The parts are shared, so the hooks of the pipeline that worked before are replaced.
            if self._spare == STREAMED:
                pipeline.enable_sequential_cpu_offload(device=self.device)
            else:
                pipeline.enable_model_cpu_offload(device=self.device)
            self._placed = (pipeline, self._spare)

    def _whole(self) -> Any:
        """The pipeline that was loaded, whose parts all others share."""
        if self._loaded is None:
            loaded = self._load()
            if self._spare is None:
                self._spare = max(self._least, self._spare_for(loaded))
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

        networks = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
        size = sum(p.numel() * p.element_size() for network in networks for p in network.parameters())
        fits = size + ROOM < torch.cuda.mem_get_info(self.device)[0]
        return 0 if fits else OFFLOADED

    def _spare_more(self) -> bool:
        """Whether there was something left to spare."""
        if self._loaded is None or self._spare is None or self._spare >= self._most:
            return False
        self._spare += 1
        self._apply()
        return True

    def _apply(self) -> None:
        if self._spare:
            self._loaded.enable_attention_slicing()
            self._loaded.vae.enable_tiling()
        if self._offloads and self._placed is None:
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
