"""Painting without weights: texture and colour continued, pictures drawn from the words' colours.

Every loop runs with it on every machine. It understands nothing: it takes colours from the words,
and what it paints into a hole it copies, patch by patch, from the picture around.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from ...errors import OptionError
from ...types import CancelToken, Image
from ..blending import shares_of
from ..interrogate import Captioning, names
from ..protocol import Backend, Capabilities
from ..requests import Img2Img, Inpaint, Interrogate, Txt2Img, Upscale
from ..sparing import Sparing
from ..upscaling import Upscaling, upscalers

NAME = "classical"
RUNS_MODELS = False
LITTLE = 0.5  # strength up to which the words bring nothing into a hole
NOTE = (
    "painted without a model: texture and colour continued from the picture itself, "
    "and pictures drawn from the colours that the words name"
)


def found(model: str | None) -> bool:
    """It needs nothing, so it is always there."""
    return True


def backend(model: str | None, sparing: Sparing) -> Backend:
    """The classical backend. Raises OptionError for a model: it has none."""
    if model:
        raise OptionError(
            f"the generator {NAME!r} has no model, so {model!r} means nothing to it", "checkpoint"
        )
    return Classical(sparing.device)


class Classical:
    """The Backend without weights. Steps, cfg and the negative words mean nothing to it.

    device  where an upscaler computes, the one thing here that may have weights
    """

    name = NAME

    def __init__(self, device: str | None = None):
        self._upscaling = Upscaling(device)
        self._captioning = Captioning(device)
        self.note = f"{NOTE}; {self._upscaling.note}"

    def capabilities(self) -> Capabilities:
        return Capabilities(upscalers=upscalers(), captioners=None)

    def txt2img(self, request: Txt2Img, cancel: CancelToken) -> Image:
        from .draw import draw

        return _mixed(request, lambda prompt: draw(prompt, request.size, request.sampling.seed))

    def img2img(self, request: Img2Img, cancel: CancelToken) -> Image:
        from .recolour import recolour

        return _mixed(request, lambda prompt: recolour(request.image, prompt, request.strength))

    def inpaint(self, request: Inpaint, cancel: CancelToken) -> Image:
        from .patches import continue_into
        from .ridges import brought_in, is_invited, without_things

        # Where the picture counts for half or more there is something to hold on to.
        hole = request.mask > 0.5
        seed, image = request.sampling.seed, request.image

        @cache
        def continued(invited: bool) -> Image:
            known = without_things(image, hole) if invited else image
            return continue_into(known, hole, seed, request.strength, cancel)

        def painted(prompt: str) -> Image:
            invited = request.strength > LITTLE and is_invited(hole, prompt)
            made = continued(invited)
            return brought_in(made, hole, prompt, seed) if invited else made

        return _mixed(request, painted)

    def upscale(self, request: Upscale, cancel: CancelToken) -> Image:
        return self._upscaling.upscale(request, cancel)

    def interrogate(self, request: Interrogate, cancel: CancelToken) -> str:
        from .describe import describe

        if not request.name and not names():
            return describe(request.image)
        return self._captioning.describe(request.image, request.name, cancel)


def _mixed(request: Txt2Img | Img2Img | Inpaint, paint: Callable[[str], Image]) -> Image:
    """What `paint` makes of the request's prompt; of several prompts their pictures, mixed by weight: what
    words bring into a picture here is their colours."""
    shares = shares_of(request)
    if len(shares) == 1:
        return paint(shares[0].prompt)
    mixed = sum(np.float32(share.weight) * paint(share.prompt) for share in shares)
    return np.asarray(np.rint(mixed).clip(0, 255).astype(np.uint8))
