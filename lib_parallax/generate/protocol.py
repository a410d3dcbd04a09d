"""What a generator is to those who call it, and what a backend must do to become one.

Both have the same methods over the same requests. A **backend** does the raw painting and may
be blunt: it is only ever given sizes it likes, a start picture that is ready under the mask,
names it has said it knows, and a cancel token; whatever it returns outside the mask is thrown
away, and whatever it raises is put in words. `around.Around` makes a **Generator** of it, with
the promises below. Loops see generators only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..errors import Cancelled
from ..types import CancelToken, Image
from .requests import Img2Img, Inpaint, Interrogate, Txt2Img, Upscale


@dataclass(frozen=True)
class Capabilities:
    """What a generator can do, and the names it knows.

    A tuple of names is all there is, () that there are none; None that they cannot be listed, so
    that the backend itself must judge a name.

    inpainting_checkpoint  inpainting is done by a model that was trained for it
    controlnet             control units are heeded
    size_multiple          sides the backend paints at are multiples of this; others are padded
    least_side             and no side is shorter than this
    """

    txt2img: bool = True
    img2img: bool = True
    inpaint: bool = True
    upscale: bool = True
    interrogate: bool = True
    inpainting_checkpoint: bool = False
    controlnet: bool = False
    checkpoints: tuple[str, ...] | None = ()
    samplers: tuple[str, ...] | None = ()
    schedulers: tuple[str, ...] | None = ()
    upscalers: tuple[str, ...] | None = ()
    control_models: tuple[str, ...] | None = ()
    captioners: tuple[str, ...] | None = ()
    size_multiple: int = 1
    least_side: int = 1


@runtime_checkable
class Generator(Protocol):
    """Pictures from words and pictures.

    name  as `load` knows it.
    note  one sentence on what paints, for the log, the page and the job file.

    The result has exactly the size asked for; the same request gives the same bytes. Raises
    OptionError for a request that cannot be, UnavailableError for what this generator cannot do,
    Cancelled within one step of the token being set, ParallaxError for a backend that failed.
    """

    name: str
    note: str

    def capabilities(self) -> Capabilities: ...

    def txt2img(self, request: Txt2Img, cancel: CancelToken | None = None) -> Image: ...

    def img2img(self, request: Img2Img, cancel: CancelToken | None = None) -> Image: ...

    def inpaint(self, request: Inpaint, cancel: CancelToken | None = None) -> Image:
        """Pixels whose mask is 0 come back bit-identical."""
        ...

    def upscale(self, request: Upscale, cancel: CancelToken | None = None) -> Image: ...

    def interrogate(self, request: Interrogate, cancel: CancelToken | None = None) -> str: ...


class Backend(Protocol):
    """The raw painting beneath a generator; see the module.

    A method whose capability is off is never called. `cancel` is looked at between steps with
    `check`. A picture comes back as uint8 `[H, W, 3]` of the request's size; of `inpaint` the
    whole picture as the model has it, its own rendering of the known pixels included where it
    has one: colours are matched on it, and the known pixels are put back afterwards. A request has a
    `blend` only where several different prompts have a part in it (`blending.shares_of`).
    """

    name: str
    note: str

    def capabilities(self) -> Capabilities: ...

    def txt2img(self, request: Txt2Img, cancel: CancelToken) -> Image: ...

    def img2img(self, request: Img2Img, cancel: CancelToken) -> Image: ...

    def inpaint(self, request: Inpaint, cancel: CancelToken) -> Image:
        """`image` is ready under the mask (`init.start_picture`); a backend with latents may act
        on the contents "noise" and "nothing" itself."""
        ...

    def upscale(self, request: Upscale, cancel: CancelToken) -> Image: ...

    def interrogate(self, request: Interrogate, cancel: CancelToken) -> str: ...


def check(cancel: CancelToken) -> None:
    """Raises Cancelled where the token is set: what a backend calls between its steps."""
    if cancel.cancelled:
        raise Cancelled("stopped")
