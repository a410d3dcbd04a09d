"""What every generator owes its callers, once, around whatever backend paints.

Any width and height, kept pixels untouched, colours matched at the seam, cancel within a step, and
failures in words: a backend needs to know of none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import numpy as np

from ..errors import ParallaxError
from ..types import CancelToken, Image, Size
from .blending import settled
from .checks import check_request
from .init import start_picture
from .protocol import Backend, Capabilities, check
from .requests import ControlUnit, Img2Img, Inpaint, Interrogate, Txt2Img, Upscale
from .seam import lay_in
from .sizes import Padding, padding

P = TypeVar("P", Txt2Img, Img2Img, Inpaint)


class Around:
    """A Generator made of a backend; see `protocol`.

    checkpoint  what paints where a request names none
    remark      stands behind the backend's note
    """

    def __init__(self, backend: Backend, checkpoint: str = "", remark: str = ""):
        self._backend = backend
        self._checkpoint = checkpoint
        self.name = backend.name
        self.note = "; ".join(filter(None, (backend.note, remark)))

    def capabilities(self) -> Capabilities:
        return self._backend.capabilities()

    def txt2img(self, request: Txt2Img, cancel: CancelToken | None = None) -> Image:
        request, pad = self._fitted(request, request.size)
        with self._working("painting from words", cancel) as token:
            painted = self._backend.txt2img(replace(request, size=pad.padded), token)
        return pad.crop(self._checked(painted, pad.padded))

    def img2img(self, request: Img2Img, cancel: CancelToken | None = None) -> Image:
        request, pad = self._fitted(request, _size(request.image))
        everywhere = np.ones(request.image.shape[:2], np.float32)
        start = start_picture(
            request.image, everywhere, "original", request.sampling.seed, request.init_noise
        )
        with self._working("restyling", cancel) as token:
            if request.strength == 0:
                return start.copy()
            painted = self._backend.img2img(replace(request, image=pad.pad(start)), token)
        return pad.crop(self._checked(painted, pad.padded))

    def inpaint(self, request: Inpaint, cancel: CancelToken | None = None) -> Image:
        image, mask = request.image, np.asarray(request.mask).astype(np.float32)
        request, pad = self._fitted(replace(request, mask=mask), _size(image))
        start = start_picture(image, mask, request.content, request.sampling.seed, request.init_noise)
        with self._working("inpainting", cancel) as token:
            if request.strength == 0 or not mask.any():
                return lay_in(image, start, mask)
            fitted = replace(request, image=pad.pad(start), mask=pad.pad(mask))
            painted = self._backend.inpaint(fitted, token)
        return lay_in(image, pad.crop(self._checked(painted, pad.padded)), mask, request.feather)

    def upscale(self, request: Upscale, cancel: CancelToken | None = None) -> Image:
        check_request(request, self.capabilities(), self.name)
        with self._working("upscaling", cancel) as token:
            painted = self._backend.upscale(request, token)
        width, height = _size(request.image)
        wanted = max(1, round(width * request.scale)), max(1, round(height * request.scale))
        return self._checked(painted, wanted)

    def interrogate(self, request: Interrogate, cancel: CancelToken | None = None) -> str:
        check_request(request, self.capabilities(), self.name)
        with self._working("describing", cancel) as token:
            return self._backend.interrogate(request, token)

    def _fitted(self, request: P, size: Size) -> tuple[P, Padding]:
        """The request with its checkpoint, its words settled and its control pictures padded, once it has
        passed the checks."""
        able = self.capabilities()
        request = replace(request, checkpoint=request.checkpoint or self._checkpoint)
        check_request(request, able, self.name)
        pad = padding(size, able.size_multiple, able.least_side)
        control = tuple(_steering(unit, pad) for unit in request.control)
        return replace(settled(request), control=control), pad

    @contextmanager
    def _working(self, task: str, cancel: CancelToken | None) -> Iterator[CancelToken]:
        """Looks at the token before and after, and puts whatever the backend raises in words."""
        token = cancel or CancelToken()
        check(token)
        try:
            yield token
        except ParallaxError:
            raise
        except Exception as error:
            raise ParallaxError(f"the generator {self.name!r} failed while {task}: {_told(error)}") from error
        # A host that was interrupted hands back half a picture.
        check(token)

    def _checked(self, painted: Image, size: Size) -> Image:
        if painted.shape != (size[1], size[0], 3) or painted.dtype != np.uint8:
            asked = f"{size[0]}x{size[1]}"
            raise ParallaxError(
                f"the generator {self.name!r} was asked for {asked} and gave {painted.dtype} {painted.shape}"
            )
        return painted


def _size(image: Image) -> Size:
    return image.shape[1], image.shape[0]


def _steering(unit: ControlUnit, pad: Padding) -> ControlUnit:
    """The control picture at the size that is painted."""
    import cv2

    image = unit.image
    if _size(image) != pad.size:
        image = cv2.resize(image, pad.size, interpolation=cv2.INTER_AREA)
    return replace(unit, image=pad.pad(image))


def _told(error: Exception) -> str:
    """Why, in a line; for want of memory, what helps."""
    kind = type(error).__name__
    full = isinstance(error, MemoryError) or kind == "OutOfMemoryError"
    if full or "out of memory" in str(error).lower():  # as torch says it elsewhere than on CUDA
        return "out of memory; a smaller size needs less"
    lines = str(error).strip().splitlines()
    return f"{kind}: {lines[0]}" if lines else kind
