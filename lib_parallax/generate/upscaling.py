"""Upscaling for backends without upscalers of their own: Lanczos, and networks whose weights are here."""

from __future__ import annotations

from ..types import CancelToken, Image, Size
from ..weights import find, require
from .esrgan import NETWORKS, Upscaler
from .requests import Upscale

LANCZOS = "lanczos"
# For any picture, the best first. Those for drawings harm photographs and are taken by name alone.
BEST = ("realesrgan-x4plus", "realesrgan-x2plus", "realesr-general-x4v3")


def upscalers() -> tuple[str, ...]:
    """Every name that `Upscaling` takes now."""
    return (LANCZOS, *(name for name in NETWORKS if find(name) is not None))


def best() -> str:
    """The upscaler of a request that names none."""
    return next((name for name in BEST if find(name) is not None), LANCZOS)


class Upscaling:
    """Upscales for a backend, which says `note` in its own. The network used last stays in memory.

    A request that names none is given what was the best when this was made, so that the note
    stays true.
    """

    def __init__(self, device: str | None = None):
        self._device = device
        self._best = best()
        self._opened: Upscaler | None = None
        self.note = (
            "pictures are enlarged by Lanczos: no upscaler for photographs has its weights here"
            if self._best == LANCZOS
            else f"pictures are enlarged by {self._best}"
        )

    def upscale(self, request: Upscale, cancel: CancelToken) -> Image:
        """The request's picture at exactly its size.

        A network enlarges once, by 2 or 4; a Lanczos kernel does what is still missing, the mean of
        areas takes back what is too much. Shrinking needs no network. Raises what `weights.require`
        and `Upscaler` raise.
        """
        image, name = request.image, request.name or self._best
        height, width = image.shape[:2]
        size = max(1, round(width * request.scale)), max(1, round(height * request.scale))
        if name != LANCZOS and request.scale > 1:
            image = self._network(name).upscale(image, cancel)
        return _resized(image, size)

    def _network(self, name: str) -> Upscaler:
        if self._opened is None or self._opened.name != name:
            self._opened = None  # two at once are never needed
            self._opened = Upscaler(name, require(name), self._device)
        return self._opened


def _resized(image: Image, size: Size) -> Image:
    import cv2

    smaller = size[0] < image.shape[1] or size[1] < image.shape[0]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4)
