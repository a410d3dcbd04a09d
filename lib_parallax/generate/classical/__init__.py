"""Painting without weights: texture and colour continued, pictures drawn from the words' colours.

Every loop runs with it on every machine. It understands nothing: it takes colours from the words,
and what it paints into a hole it copies, patch by patch, from the picture around.
"""

from __future__ import annotations

from ...errors import OptionError
from ...types import CancelToken, Image
from ..protocol import Backend, Capabilities
from ..requests import Img2Img, Inpaint, Interrogate, Txt2Img, Upscale
from ..upscaling import Upscaling, upscalers

NAME = "classical"
NOTE = (
    "painted without a model: texture and colour continued from the picture itself, "
    "and pictures drawn from the colours that the words name"
)


def found(model: str | None) -> bool:
    """It needs nothing, so it is always there."""
    return True


def backend(model: str | None, device: str | None) -> Backend:
    """The classical backend. Raises OptionError for a model: it has none."""
    if model:
        raise OptionError(
            f"the generator {NAME!r} has no model, so {model!r} means nothing to it", "checkpoint"
        )
    return Classical(device)


class Classical:
    """The Backend without weights. Steps, cfg and the negative words mean nothing to it.

    device  where an upscaler computes, the one thing here that may have weights
    """

    name = NAME

    def __init__(self, device: str | None = None):
        self._upscaling = Upscaling(device)
        self.note = f"{NOTE}; {self._upscaling.note}"

    def capabilities(self) -> Capabilities:
        return Capabilities(upscalers=upscalers())

    def txt2img(self, request: Txt2Img, cancel: CancelToken) -> Image:
        from .draw import draw

        return draw(request.prompt, request.size, request.sampling.seed)

    def img2img(self, request: Img2Img, cancel: CancelToken) -> Image:
        from .recolour import recolour

        return recolour(request.image, request.prompt, request.strength)

    def inpaint(self, request: Inpaint, cancel: CancelToken) -> Image:
        from .patches import continue_into

        # Where the picture counts for half or more there is something to hold on to.
        hole = request.mask > 0.5
        return continue_into(request.image, hole, request.sampling.seed, request.strength, cancel)

    def upscale(self, request: Upscale, cancel: CancelToken) -> Image:
        return self._upscaling.upscale(request, cancel)

    def interrogate(self, request: Interrogate, cancel: CancelToken) -> str:
        from .describe import describe

        return describe(request.image)
