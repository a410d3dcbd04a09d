"""The webui's loaded model as a generator: `process_images` under the host's queue.

Prompts are the host's own: LoRA tags, emphasis and embeddings mean in them what they mean in its
page. No script of the host runs, so that the same request gives the same bytes; ControlNet runs
where control units are asked for. Several prompts are joined by `AND`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import Cancelled, OptionError, ParallaxError, UnavailableError
from ..generate.blending import shares_of
from ..generate.cells import CELL, whole_cells
from ..generate.protocol import Capabilities
from ..types import CancelToken, Image
from . import controlnet, memory
from .prompts import as_one

if TYPE_CHECKING:
    from ..generate.requests import Img2Img, Inpaint, Interrogate, Sampling, Txt2Img, Upscale
    from .webui import WebUI

    Painting = Txt2Img | Img2Img | Inpaint

LEAST_SIDE = 64
# What the host's `inpainting_fill` calls the contents; pictures come with theirs already laid in.
ORIGINAL, FILLS = 1, {"noise": 2, "nothing": 3}
# The host's settings that would change the picture afterwards or keep more than it.
SETTINGS = {
    "overlay_inpaint": False,
    "img2img_color_correction": False,
    "save_init_img": False,
    "return_mask": False,
    "return_mask_composite": False,
}


class WebuiGenerator:
    """The Backend on a webui's loaded model; see `generate.protocol`."""

    name = "webui"

    def __init__(self, host: WebUI):
        self._host = host
        self.note = f"painted by the model that {host.name} has loaded"

    def capabilities(self) -> Capabilities:
        from modules import sd_models, sd_samplers, sd_schedulers

        steers = controlnet.external_code() is not None
        return Capabilities(
            inpainting_checkpoint=_inpaints(sd_models.model_data.sd_model),
            controlnet=steers,
            checkpoints=tuple(dict.fromkeys(c.name_for_extra for c in sd_models.checkpoints_list.values())),
            samplers=tuple(sd_samplers.visible_sampler_names()),
            schedulers=tuple(scheduler.label for scheduler in sd_schedulers.schedulers),
            upscalers=tuple(self._host.upscalers()),
            control_models=controlnet.models() if steers else (),
            size_multiple=CELL,
            least_side=LEAST_SIDE,
        )

    def txt2img(self, request: Txt2Img, cancel: CancelToken) -> Image:
        from modules.processing import StableDiffusionProcessingTxt2Img

        width, height = request.size
        return self._paint(StableDiffusionProcessingTxt2Img, request, cancel, width=width, height=height)

    def img2img(self, request: Img2Img, cancel: CancelToken) -> Image:
        return self._from_picture(request, cancel)

    def inpaint(self, request: Inpaint, cancel: CancelToken) -> Image:
        from PIL import Image as Pictures

        return self._from_picture(
            request,
            cancel,
            mask=Pictures.fromarray((whole_cells(request.mask) * 255).astype(np.uint8)),
            mask_blur=0,
            inpainting_fill=FILLS.get(request.content, ORIGINAL),
            inpaint_full_res=False,
        )

    def upscale(self, request: Upscale, cancel: CancelToken) -> Image:
        with self._host.painting():
            made = self._host.upscale(request.image, request.scale, request.name or self._best_upscaler())
        width, height = (max(1, round(side * request.scale)) for side in request.image.shape[1::-1])
        if made.shape == (height, width, 3):
            return made
        # The host rounds sides down to a multiple of 8.
        import cv2

        return cv2.resize(made, (width, height), interpolation=cv2.INTER_LANCZOS4)

    def interrogate(self, request: Interrogate, cancel: CancelToken) -> str:
        from modules import shared
        from PIL import Image as Pictures

        with self._host.painting():
            said = str(shared.interrogator.interrogate(Pictures.fromarray(request.image)))
        # The host tells a failure in its log alone.
        if not said or "<error>" in said:
            raise UnavailableError("the webui's interrogator failed; its log says why")
        return said

    def _from_picture(self, request: Img2Img | Inpaint, cancel: CancelToken, **settings: Any) -> Image:
        from modules.processing import StableDiffusionProcessingImg2Img
        from PIL import Image as Pictures

        height, width = request.image.shape[:2]
        return self._paint(
            StableDiffusionProcessingImg2Img,
            request,
            cancel,
            width=width,
            height=height,
            init_images=[Pictures.fromarray(request.image)],
            denoising_strength=request.strength,
            initial_noise_multiplier=1.0,
            **settings,
        )

    def _paint(self, kind: Any, request: Painting, cancel: CancelToken, **settings: Any) -> Image:
        from modules import processing, shared

        chosen: dict[str, Any] = {
            key: value for key, value in SETTINGS.items() if key in shared.opts.data_labels
        }
        if request.checkpoint:
            chosen["sd_model_checkpoint"] = _known_checkpoint(request.checkpoint)
        prompt, negative = as_one(shares_of(request))
        with self._host.painting(), memory.brought_back(), _watched(cancel), _put_back(chosen):
            p = kind(
                sd_model=shared.sd_model,
                prompt=prompt,
                negative_prompt=negative,
                **_sampling(request.sampling),
                **settings,
                restore_faces=False,
                tiling=False,
                do_not_save_samples=True,
                do_not_save_grid=True,
                override_settings=chosen,
            )
            with closing(p):
                if request.control:
                    controlnet.steer(p, request.control)
                made = processing.process_images(p)
            if shared.state.interrupted or shared.state.skipped or shared.state.stopping_generation:
                # What came back is painted in part.
                raise Cancelled("stopped")
        if not made.images:
            raise ParallaxError("the webui painted nothing; its log says why")
        return np.asarray(made.images[made.index_of_first_image].convert("RGB"))

    def _best_upscaler(self) -> str:
        """The first whose network lies on this machine: for others the host would fetch one."""
        from modules import shared

        here = (u.name for u in shared.sd_upscalers if u.data_path and Path(u.data_path).is_file())
        return next(here, "Lanczos")


@contextmanager
def _watched(cancel: CancelToken) -> Iterator[None]:
    """While it lasts the host is interrupted when the token is set, and its progress is given back."""
    from modules import script_callbacks, shared

    state = shared.state

    # after a step: what is called before one comes after the host has looked whether it is interrupted
    def between_steps(_: Any) -> None:
        if cancel.cancelled:
            state.interrupt()

    shown = {key: getattr(state, key) for key in ("job_no", "sampling_step", "sampling_steps")}
    state.skipped = False
    script_callbacks.on_cfg_after_cfg(between_steps)
    try:
        yield
    finally:
        script_callbacks.remove_callbacks_for_function(between_steps)
        for key, value in shown.items():
            setattr(state, key, value)


@contextmanager
def _put_back(chosen: dict[str, Any]) -> Iterator[None]:
    """Takes settings away again that nobody had set: the host puts back only those that were."""
    from modules import shared

    unset = [key for key in chosen if key not in shared.opts.data]
    try:
        yield
    finally:
        for key in unset:
            shared.opts.data.pop(key, None)


def _sampling(sampling: Sampling) -> dict[str, Any]:
    """How the host calls it; names left open are its first sampler and that one's own schedule."""
    from modules import sd_samplers

    return {
        "steps": sampling.steps,
        "cfg_scale": sampling.cfg,
        "sampler_name": sampling.sampler or sd_samplers.visible_sampler_names()[0],
        "scheduler": sampling.scheduler or "Automatic",
        "seed": sampling.seed,
        "subseed": sampling.subseed or 0,
        "subseed_strength": 0.0 if sampling.subseed is None else sampling.subseed_strength,
    }


def _known_checkpoint(name: str) -> str:
    """The name itself. The host would go on with the model at hand for one that it does not know."""
    from modules import sd_models

    if name not in sd_models.checkpoint_aliases:
        raise OptionError(f"checkpoint: the webui has no {name!r}", "checkpoint")
    return name


def _inpaints(model: Any) -> bool:
    """Whether a loaded model was trained to inpaint; the forks say so themselves."""
    said = getattr(model, "is_inpaint", None)
    if said is not None:
        return bool(said)
    return getattr(getattr(model, "model", None), "conditioning_key", None) in ("hybrid", "concat")
