"""What a generator is asked for: one frozen dataclass a task.

Pictures are uint8 `[H, W, 3]` RGB, masks float32 `[H, W]` 0..1 with 1 = repaint, sizes (width,
height). LoRA tags, styles and the like stay in the prompt, for a host that knows them. `blend` holds
further prompts that take part in the picture; `prompt` and `negative` have the weight that these leave.
Requests with pictures compare by identity; `dataclasses.replace` makes a varied one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..types import Image, Size

CONTENTS = ("original", "fill", "noise", "nothing", "perlin", "stretch")


@dataclass(frozen=True)
class Sampling:
    """How a diffusion model samples; the same sampling and request give the same bytes.

    sampler, scheduler   names among the generator's capabilities; "" is its own choice
    subseed              a second seed whose noise is mixed in by `subseed_strength` 0..1
    """

    steps: int = 20
    cfg: float = 7.0
    sampler: str = ""
    scheduler: str = ""
    seed: int = 0
    subseed: int | None = None
    subseed_strength: float = 0.0


@dataclass(frozen=True, eq=False)
class ControlUnit:
    """One ControlNet: a picture that steers the result.

    model       its name among the capabilities' control_models
    weight      how much it steers; 0..2
    start, end  the share of the steps, 0..1, between which it does
    module      the host's preprocessor that makes the control picture from `image`; "none" takes it as it is
    """

    image: Image
    model: str
    weight: float = 1.0
    start: float = 0.0
    end: float = 1.0
    module: str = "none"


class Share(NamedTuple):
    """A prompt that takes part in a picture by its weight, 0..1."""

    prompt: str
    weight: float
    negative: str = ""


@dataclass(frozen=True, eq=False)
class Txt2Img:
    """A picture of `size` from words. `checkpoint` "" is the model that is loaded."""

    prompt: str
    size: Size
    negative: str = ""
    sampling: Sampling = Sampling()
    checkpoint: str = ""
    control: tuple[ControlUnit, ...] = ()
    blend: tuple[Share, ...] = ()


@dataclass(frozen=True, eq=False)
class Img2Img:
    """`image` restyled; the result has its size.

    strength    0 keeps the picture, 1 keeps nothing of it
    init_noise  share of noise, 0..1, mixed into the picture before the model starts from it
    """

    image: Image
    prompt: str = ""
    negative: str = ""
    strength: float = 0.5
    init_noise: float = 0.0
    sampling: Sampling = Sampling()
    checkpoint: str = ""
    control: tuple[ControlUnit, ...] = ()
    blend: tuple[Share, ...] = ()


@dataclass(frozen=True, eq=False)
class Inpaint:
    """`image` painted where `mask` says so; where the mask is 0 it comes back bit-identical.

    mask        float `[H, W]` 0..1 (or bool), 1 = repaint; between, the painting is mixed with what
                the picture has there
    content     what the model starts from under the mask, in one of CONTENTS:
                original  what the picture has there
                fill      the colours around the hole, softly continued
                noise     noise (a latent model's own, where it can)
                nothing   an even grey (a latent model's zeros, where it can)
                perlin    clouds in the colours around the hole
                stretch   the nearest known pixel, drawn outwards
    strength    how far the model goes from that start; 1 is all the way
    feather     pixels into the hole over which what still differs at the seam fades out; 0 for none
    init_noise  share of noise, 0..1, mixed into that start under the mask
    """

    image: Image
    mask: np.ndarray
    prompt: str = ""
    negative: str = ""
    content: str = "fill"
    strength: float = 1.0
    feather: int = 16
    init_noise: float = 0.0
    sampling: Sampling = Sampling()
    checkpoint: str = ""
    control: tuple[ControlUnit, ...] = ()
    blend: tuple[Share, ...] = ()


@dataclass(frozen=True, eq=False)
class Upscale:
    """`image` at `scale` times its size, rounded; `name` among the capabilities' upscalers, "" the best."""

    image: Image
    scale: float = 2.0
    name: str = ""


@dataclass(frozen=True, eq=False)
class Interrogate:
    """A prompt that describes `image`; `name` among the capabilities' captioners, "" the best."""

    image: Image
    name: str = ""


Painting = Txt2Img | Img2Img | Inpaint
Request = Painting | Upscale | Interrogate
