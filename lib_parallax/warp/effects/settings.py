"""What is done to one frame after it is rendered, as numbers, and the moment that it shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..camera import Camera

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Effects:
    """The effects of one frame; the defaults change nothing.

    blur_far, blur_near  0..1, how much is out of focus behind and before what is sharp
    sharp_at             depth 0..1 that is in focus, 1 near
    fog, fog_colour      0..1, how thick the air is; its colour, red, green and blue 0..1
    shafts               0..1, rays from the brightest far light
    particles            "none", "dust", "snow", "rain" or "embers"; particle_amount 0..1, how many
    lens                 -1..1, barrel above 0, pincushion below
    chromatic            0..1, colour fringes
    vignette             0..1, how dark the corners are
    saturation, contrast, brightness, gamma  1 as it is
    sepia, grain         0..1
    seed                 of grain and particles
    """

    blur_far: float = 0.0
    blur_near: float = 0.0
    sharp_at: float = 0.5
    fog: float = 0.0
    fog_colour: Colour = (0.784, 0.816, 0.847)
    shafts: float = 0.0
    particles: str = "none"
    particle_amount: float = 0.5
    lens: float = 0.0
    chromatic: float = 0.0
    vignette: float = 0.0
    saturation: float = 1.0
    contrast: float = 1.0
    brightness: float = 1.0
    gamma: float = 1.0
    sepia: float = 0.0
    grain: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Moment:
    """When a frame is, and from where it is seen.

    frame    its number, which seeds the grain
    seconds  its time, which moves the particles
    period   seconds after which the particles are where they were; None: never
    camera   of the view, whose depth the frame has; particles are seen by it
    source   (width, height) of the picture that the camera looks at; None: that of the frame
    """

    frame: int = 0
    seconds: float = 0.0
    period: float | None = None
    camera: Camera = field(default_factory=Camera)
    source: tuple[int, int] | None = None
