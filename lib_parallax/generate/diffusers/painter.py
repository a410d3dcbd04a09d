"""Requests as calls of diffusers' pipelines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import OptionError, ParallaxError
from ...types import CancelToken, Image
from ..cells import CELL, whole_cells
from ..interrogate import Captioning, names
from ..protocol import Capabilities, check
from ..requests import ControlUnit, Img2Img, Inpaint, Interrogate, Txt2Img, Upscale
from ..sparing import Sparing
from ..upscaling import Upscaling, upscalers
from .models import find
from .noise import seeded, start_from
from .pipelines import Pipelines
from .samplers import SAMPLERS, SCHEDULES, few_steps, scheduler, steps_for
from .state import packages, state_of
from .words import words_of

LEAST_SIDE = 64
GREY = 127
OPENED = 2  # models that stay in memory: one that paints, one that inpaints


class Diffusers:
    """The Backend on local models; see `protocol`.

    model   paints where a request names none: a folder, a file or a model of the hub
    sparing how it computes, as for `Pipelines`

    Raises what `models.find` raises. Weights are read at first use; those of the last two models
    stay in memory, of which one is on the device.
    """

    name = "diffusers"

    def __init__(self, model: str, sparing: Sparing = Sparing()):  # noqa: B008
        self._model = find(model)
        self._sparing = sparing
        self._opened: dict[str, Pipelines] = {}
        self._upscaling = Upscaling(sparing.device)
        self._captioning = Captioning(sparing.device)
        first = self._open("")
        who = f"painted by {self._model.name} ({state_of(self._model)}), run by {packages()}"
        parts = (who, first.note, self._upscaling.note)
        self.note = "; ".join(filter(None, parts))

    def capabilities(self) -> Capabilities:
        return Capabilities(
            interrogate=bool(names()),
            inpainting_checkpoint=self._model.inpaints,
            controlnet=True,
            checkpoints=None,
            samplers=tuple(SAMPLERS),
            schedulers=tuple(SCHEDULES),
            upscalers=upscalers(),
            control_models=None,
            captioners=None,
            size_multiple=CELL,
            least_side=LEAST_SIDE,
        )

    def txt2img(self, request: Txt2Img, cancel: CancelToken) -> Image:
        return self._paint(request, _Start("", *request.size), cancel)

    def img2img(self, request: Img2Img, cancel: CancelToken) -> Image:
        height, width = request.image.shape[:2]
        return self._paint(request, _Start("Img2Img", width, height, request.image, request.strength), cancel)

    def inpaint(self, request: Inpaint, cancel: CancelToken) -> Image:
        height, width = request.image.shape[:2]
        mask = whole_cells(request.mask)
        start = _Start("Inpaint", width, height, request.image, request.strength, mask, request.content)
        return self._paint(request, start, cancel)

    def upscale(self, request: Upscale, cancel: CancelToken) -> Image:
        return self._upscaling.upscale(request, cancel)

    def interrogate(self, request: Interrogate, cancel: CancelToken) -> str:
        return self._captioning.describe(request.image, request.name, cancel)

    def _paint(self, request: Txt2Img | Img2Img | Inpaint, start: _Start, cancel: CancelToken) -> Image:
        opened = self._open(request.checkpoint)
        model = opened.model
        if model.inpaints:
            start = start.around_nothing()
        sampling = few_steps(request.sampling, model.few)
        steps = steps_for(sampling.steps, start.strength)
        if steps == 0:
            return request.image if not isinstance(request, Txt2Img) else _grey(start)

        def work(pipeline: Any) -> np.ndarray:
            latents = pipeline.vae.config.latent_channels
            noise, generator = seeded((1, latents, start.height // CELL, start.width // CELL), sampling)
            pipeline.scheduler = scheduler(opened.sampling, sampling)
            start_from(pipeline.scheduler, noise, start.content, start.mask)
            painted = pipeline(
                **words_of(pipeline, request),
                num_inference_steps=steps,
                guidance_scale=sampling.cfg,
                generator=generator,
                output_type="np",
                callback_on_step_end=_looking_at(cancel),
                **start.arguments(noise.to(opened.device, pipeline.dtype)),
                **_steering(request.control, start.task),
            )
            return painted.images[0]

        painted = opened.with_pipeline(start.task, tuple(unit.model for unit in request.control), work)
        if not np.isfinite(painted).all():
            raise ParallaxError(f"{model.name} lost its numbers in {opened.dtype}; float32 has room for them")
        return np.rint(painted * 255).astype(np.uint8)

    def _open(self, checkpoint: str) -> Pipelines:
        """The pipelines of a model, it alone on the device; "" is the one this backend was made with."""
        model = find(checkpoint) if checkpoint else self._model
        opened = self._opened.pop(str(model.path), None) or Pipelines(model, self._sparing)
        for other in self._opened.values():
            other.put_aside()
        kept = list(self._opened.items())[-(OPENED - 1) :]
        self._opened = {**dict(kept), str(model.path): opened}
        return opened


@dataclass(frozen=True, eq=False)
class _Start:
    """What a pipeline starts from.

    task     "" for words alone, "Img2Img" or "Inpaint"
    mask     float32 `[H, W]` in whole cells
    content  as in `requests.Inpaint`
    """

    task: str
    width: int
    height: int
    image: Image | None = None
    strength: float = 1.0
    mask: np.ndarray | None = None
    content: str = ""

    def around_nothing(self) -> _Start:
        """The same for a model that can only inpaint: everything is its hole."""
        everywhere = np.ones((self.height, self.width), np.float32)
        if self.task == "Inpaint":
            return self
        if self.task == "Img2Img":
            return replace(self, task="Inpaint", mask=everywhere)
        return replace(self, task="Inpaint", image=_grey(self), mask=everywhere, content="nothing")

    def arguments(self, noise: Any) -> dict[str, Any]:
        """What it is in a pipeline's call."""
        from PIL import Image as Pictures

        if self.image is None:
            return {"latents": noise, "width": self.width, "height": self.height}
        given = {"image": Pictures.fromarray(self.image), "strength": self.strength}
        if self.mask is None:
            return given
        mask = Pictures.fromarray((self.mask * 255).astype(np.uint8))
        return {**given, "mask_image": mask, "width": self.width, "height": self.height}


def _grey(start: _Start) -> Image:
    return np.full((start.height, start.width, 3), GREY, np.uint8)


def _looking_at(cancel: CancelToken) -> Callable[..., dict[str, Any]]:
    def between_steps(pipeline: Any, step: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        check(cancel)
        return values

    return between_steps


def _steering(control: tuple[ControlUnit, ...], task: str) -> dict[str, Any]:
    """The control units in a pipeline's call. Raises OptionError for a preprocessor: there are none."""
    from PIL import Image as Pictures

    if not control:
        return {}
    made = next((unit.module for unit in control if unit.module != "none"), None)
    if made is not None:
        raise OptionError(f"control: diffusers takes a control picture as it is, so {made!r} means nothing")
    return {
        "control_image" if task else "image": [Pictures.fromarray(unit.image) for unit in control],
        "controlnet_conditioning_scale": [float(unit.weight) for unit in control],
        "control_guidance_start": [float(unit.start) for unit in control],
        "control_guidance_end": [float(unit.end) for unit in control],
    }
