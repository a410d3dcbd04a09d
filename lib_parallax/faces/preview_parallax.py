"""One frame of a camera move before it is made.

What the move uncovers depends on the whole of it, and painting that takes time; here it is stretched, or
black where it is left out. The frame is drawn by itself, so any frame is seen as soon as another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..loops.computing import Computing
from ..loops.depths import estimator_for
from ..loops.parallax import plan
from ..loops.parallax.drawing import Drawing
from ..loops.parallax.effects import EffectsOver
from ..loops.parallax.layers import Layers, front_of
from ..loops.parallax.moves import Course
from ..loops.parallax.pictures import scenes
from ..loops.source import Given
from ..media import Reader
from ..options import ParallaxOptions
from ..types import Boundary, Frame, Image, Mask, OnEvent, Size
from ..warp.backends import carrier

STRETCHED = "what the move uncovers is stretched here; rendered, it is painted behind things"


@dataclass(frozen=True)
class MovePreview:
    """What is seen of a move.

    result  uint8 [H, W, 3], as packed
    view    uint8 [h, w, 3], one view, cut where depth steps; `holes`, bool [h, w], is what it uncovers
    depth   float32 [h, w], 0..1, of what the frame shows
    relief  the same of the source's picture
    """

    result: Image
    view: Image
    holes: Mask
    depth: np.ndarray
    relief: np.ndarray


def quick(options: ParallaxOptions) -> ParallaxOptions:
    """The options of a move that paints nothing, and that is seen even where its parts are asked for."""
    blank = options.behind == "blank" or options.alpha == "holes"
    return replace(
        options,
        show="move",
        feedback="off",
        behind="blank" if blank else "stretch",
        alpha="none" if options.alpha == "holes" else options.alpha,
        save_depth=None,
    )


def notes(options: ParallaxOptions, film: bool) -> tuple[str, ...]:
    """How the preview differs from what is rendered."""
    painted = options.behind in ("paint", "classical") and options.alpha == "none"
    return (STRETCHED,) if painted and not film else ()


def frame_total(reader: Reader, options: ParallaxOptions) -> int:
    """Frames of the move: of a picture's duration, or those of a film."""
    return plan(reader, quick(options)).frames or reader.count()


def moved(
    frame: Frame,
    kind: str,
    options: ParallaxOptions,
    index: int,
    frames: int,
    fps: float,
    view: Size,
    tell: OnEvent,
) -> MovePreview:
    """Frame `index` of the move's `frames`, seen at the size `view`.

    frame    the source's, of which `options.depth` is the depth
    kind     of the source
    """
    options = quick(options)
    estimator = estimator_for(options, Given([frame], kind))
    cut = replace(frame, boundary=Boundary(0, True))
    _, scene = next(scenes([cut], options, estimator, {}, tell))
    drawing = Drawing(
        options,
        Course.of(options, frames, fps),
        EffectsOver.of(options, frames, fps),
        view,
        Computing(carrier(options.backend, options.device), tell),
    )
    sheet = Layers((front_of(scene),))
    whole = options.behind == "stretch" and options.alpha == "none"
    made = drawing.frame(index, Layers.stretched(scene) if whole else sheet)
    alone = replace(drawing, options=replace(options, layout="mono", alpha="none")).frame(index, sheet)
    return MovePreview(made.image, alone.image, alone.extra["holes"], made.extra["depth"], scene.depth)
