"""What a scroll begins with: the picture, its depth, and who paints what layers and things hide in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ... import generate
from ...depth import Estimator
from ...errors import SourceError
from ...generate import Generator, Inpaint, Txt2Img
from ...generate.seam import lay_in
from ...media import Reader
from ...options import ScrollOptions
from ...types import Boundary, CancelToken, Event, Frame, Image, Mask, OnEvent
from ..depths import estimator_for, with_depth
from ..seeds import sampling
from ..source import in_8_bits, scaled
from .painting import covering, painted_at
from .shape import Shape

FEATHER = 8  # pixels, where something is painted behind


@dataclass(frozen=True)
class Backdrop:
    """Makes them of a source; `generator` may be None where nothing is painted but behind layers."""

    source: Reader
    options: ScrollOptions
    shape: Shape
    generator: Generator | None
    tell: OnEvent
    cancel: CancelToken | None = None

    def picture(self) -> Image:
        """The picture that slides, at its working size: the source's first, or the prompt's."""
        if self.source.kind == "none":
            assert self.generator is not None
            self.tell(Event("stage", "painting the picture"))
            words = Txt2Img(
                self.options.prompt or "",
                self.shape.painting,
                self.options.negative or "",
                sampling(self.options, self.options.seed),
            )
            return scaled(self.generator.txt2img(words, self.cancel), self.shape.size)
        frame = next(iter(self.source.frames()), None)
        if frame is None:
            raise SourceError(f"{self.source.path}: holds no frames that can be read")
        return np.ascontiguousarray(scaled(in_8_bits(frame.image), self.shape.size))

    def depth_of(self, begun: bool) -> Callable[[Image], np.ndarray]:
        """Depth of pictures, float32 [h, w] 0..1: of the first one where nothing has `begun` yet, and then of
        what was painted after it, of which no file can tell."""
        later = replace(self.options, depth=None)
        chosen = [] if begun or self.options.depth is None else [self.options]
        held: list[Estimator] = []  # a network is read and built once, not at every step

        def depth(image: Image) -> np.ndarray:
            marked = [Frame(image, pts=0, boundary=Boundary(0, True))]  # type: ignore[arg-type]
            options = chosen.pop() if chosen else later
            if options is later and not held:
                held.append(estimator_for(later, self.source))
                self.tell(Event("note", held[0].note))
            estimator = held[0] if options is later else estimator_for(options, self.source)
            estimator.restore({})
            return next(iter(with_depth(marked, estimator, options, {}, self.tell)))[1].values

        return depth

    def paint(self, image: Image, mask: Mask, negative: str = "") -> Image:
        """The image with what is behind the mask painted; what it shows elsewhere stays to the bit."""
        options, painter, size = self.options, self.generator, (image.shape[1], image.shape[0])
        small, hole = painted_at(size, self.shape.size, self.shape.painting), mask.astype(np.float32)
        if options.behind != "paint" or painter is None:
            painter, small = generate.load("classical"), size
        request = Inpaint(
            scaled(image, small),
            covering(hole, small),
            options.prompt or "",
            ", ".join(filter(None, (options.negative, negative))),
            feather=FEATHER,
            sampling=sampling(options, options.seed),
            checkpoint=options.inpaint_checkpoint or "" if options.behind == "paint" else "",
        )
        painted = painter.inpaint(request, self.cancel)
        return painted if small == size else lay_in(image, scaled(painted, size), hole, FEATHER)
