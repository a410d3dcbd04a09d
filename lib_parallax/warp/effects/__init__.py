"""What is done to a rendered frame: fog, light, focus, things in the air, the lens, colour, film.

The order is that of the light: air and its shafts before the lens; focus; particles, which have a depth and
a focus of their own; the glass, distortion and fringes together; then vignette, colour and gamma; and the
film's grain last.

    fog -> shafts -> depth of field -> particles -> lens, chromatic -> vignette -> saturation, sepia,
    contrast, brightness -> gamma -> grain

All but the last group is computed in floats, and rounded once at the end.
"""

from __future__ import annotations

import numpy as np

from ...errors import OptionError
from .levels import from_unit, full_of, to_unit
from .settings import Effects, Moment

__all__ = ["Effects", "Moment", "apply"]


def apply(
    image: np.ndarray, depth: np.ndarray, settings: Effects, moment: Moment | None = None
) -> np.ndarray:
    """A frame with its effects; with none it comes back as it is.

    image   [H, W, 3] uint8, uint16 or float32 in 0..1
    depth   float32 [H, W], 0 far to 1 near, of what the frame shows
    moment  by default the first, seen by a camera at rest
    Raises OptionError for pictures of other shapes and types.
    """
    full_of(image)
    if depth.shape != image.shape[:2]:
        raise OptionError(f"depth: shape {depth.shape} is not that of the frame, {image.shape[:2]}", "depth")
    moment = moment or Moment()
    spaced = _in_space(image, depth, settings, moment)
    s = settings
    finish = {
        name: getattr(s, name)
        for name in ("vignette", "saturation", "contrast", "brightness", "gamma", "sepia", "grain")
    }
    if all(value == getattr(Effects, name) for name, value in finish.items()):
        return from_unit(spaced, image) if spaced is not image else image
    from .finish import finished

    return finished(spaced, **finish, frame=moment.frame, seed=s.seed, like=image)


def _in_space(image: np.ndarray, depth: np.ndarray, s: Effects, moment: Moment) -> np.ndarray:
    """The effects that know of depth or move pixels: float32, or the image itself where there are none."""
    has_particles = s.particles != "none" and s.particle_amount > 0
    if not (s.fog or s.shafts or s.blur_far or s.blur_near or has_particles or s.lens or s.chromatic):
        return image
    unit, depth = to_unit(image), np.ascontiguousarray(depth, np.float32)
    if s.fog:
        from .fog import fog

        unit = fog(unit, depth, s.fog, s.fog_colour)
    if s.shafts:
        from .shafts import shafts

        unit = shafts(unit, depth, s.shafts)
    if s.blur_far or s.blur_near:
        from .focus import depth_of_field

        unit = depth_of_field(unit, depth, s.blur_far, s.blur_near, s.sharp_at)
    if has_particles:
        from .particles import particles

        unit = particles(unit, depth, s, moment)
    if s.lens or s.chromatic:
        from .lens import through_lens

        unit = through_lens(unit, s.lens, s.chromatic)
    return unit
