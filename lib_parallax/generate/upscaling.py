"""Upscaling for backends without upscalers of their own: Lanczos, and networks whose weights are here."""

from __future__ import annotations

import math

from ..types import CancelToken, Image, Size
from ..weights import find, require
from ..weights.runner import chosen_device
from .esrgan import NETWORKS, Upscaler
from .requests import Upscale

LANCZOS = "lanczos"
# For any picture, the best first; on the CPU the quickest. Those for drawings harm photographs and are taken
# by name alone.
BEST = ("realesrgan-x4plus", "realesrgan-x2plus", "realesr-general-x4v3")
# Measured: seconds that a core takes for a square of 128 pixels.
SECONDS = {"realesrgan-x4plus": 10.0, "realesrgan-x2plus": 2.0, "realesr-general-x4v3": 0.5}
PATIENCE = 60.0  # seconds of one core that a picture may take unasked


def upscalers() -> tuple[str, ...]:
    """Every name that `Upscaling` takes now."""
    return (LANCZOS, *(name for name in NETWORKS if find(name) is not None))


def best(on_cpu: bool = False) -> str:
    """The upscaler of a request that names none."""
    names = reversed(BEST) if on_cpu else BEST
    return next((name for name in names if find(name) is not None), LANCZOS)


def is_slow(name: str, image: Image) -> bool:
    """Whether a network would take a core longer for a picture than anybody waits unasked."""
    return SECONDS.get(name, 0.0) * image.shape[0] * image.shape[1] / 128**2 > PATIENCE


class Upscaling:
    """Upscales for a backend, which says `note` in its own. The network used last stays in memory.

    A request that names none is given what was the best for the device when this was made, so that the
    note stays true; on the CPU Lanczos where the network would take longer than PATIENCE.
    """

    def __init__(self, device: str | None = None):
        self._device = device
        self._opened: Upscaler | None = None
        self._on_cpu = False
        self._best = best()
        if self._best == LANCZOS:
            self.note = "pictures are enlarged by Lanczos: no upscaler for photographs has its weights here"
            return
        self._on_cpu = chosen_device(device).type == "cpu"
        self._best = best(self._on_cpu)
        self.note = f"pictures are enlarged by {self._best}"
        if self._on_cpu:
            side = math.isqrt(int(PATIENCE / SECONDS[self._best] * 128**2))
            self.note += (
                f", the quickest here for the CPU, and those larger than about {side}x{side} by Lanczos, for "
                "it would take more than a minute; an upscaler that is named is always used"
            )

    def upscale(self, request: Upscale, cancel: CancelToken) -> Image:
        """The request's picture at exactly its size.

        A network enlarges once, by 2 or 4; a Lanczos kernel does what is still missing, the mean of
        areas takes back what is too much. Shrinking needs no network. Raises what `weights.require`
        and `Upscaler` raise.
        """
        image, name = request.image, request.name or self._unasked(request.image)
        height, width = image.shape[:2]
        size = max(1, round(width * request.scale)), max(1, round(height * request.scale))
        if name != LANCZOS and request.scale > 1:
            image = self._network(name).upscale(image, cancel)
        return _resized(image, size)

    def _unasked(self, image: Image) -> str:
        return LANCZOS if self._on_cpu and is_slow(self._best, image) else self._best

    def _network(self, name: str) -> Upscaler:
        if self._opened is None or self._opened.name != name:
            self._opened = None  # two at once are never needed
            self._opened = Upscaler(name, require(name), self._device)
        return self._opened


def _resized(image: Image, size: Size) -> Image:
    import cv2

    smaller = size[0] < image.shape[1] or size[1] < image.shape[0]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LANCZOS4)
