"""Feedback: the picture, moved by the camera, goes back to the generator, step by step without end.

First the steps are painted, each upon the last (painting), and kept in the store with their depth. A frame
then depends on the two steps beside it and its number alone (between), so frames are drawn side by side and
a resumed job needs no state.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from ....depth import Estimator
from ....errors import OptionError
from ....generate import Generator
from ....media import Reader
from ....options import ParallaxOptions
from ....timeline import Prompts, Schedule
from ....timeline.curve_names import Curves
from ....types import CancelToken, Event, Frame, OnEvent, Size
from ...depths import estimator_for
from ...drawing import drawn
from ...store import Store
from ...wording import without_pictures
from ..drawing import Drawing
from ..moves import Course
from ..pictures import Scene, picture_size, scene_of
from .between import Between
from .course import Endless, Pace, around_of
from .painting import Painter
from .pieces import in_pieces, textured
from .steps import Steps

OFF = "off"


def frame_total(options: ParallaxOptions, rate: Fraction) -> int:
    """How many frames a job with feedback has."""
    return Pace.of(options, rate).frames


UNREFINED = (
    "a flight forward only enlarges what there is, and grows soft; with --refine 0.3 and a model each step's "
    "picture is gone over"
)


@dataclass(frozen=True)
class Feedback:
    """A job with feedback, its schedules and words read.

    camera   before the first picture is known
    prompts  by step; None: there are no words
    refine   by frame
    """

    options: ParallaxOptions
    camera: Endless
    prompts: Prompts | None
    refine: Schedule

    @classmethod
    def of(cls, source: Reader, options: ParallaxOptions, rate: Fraction, curves: Curves | None) -> Feedback:
        """Raises OptionError for what does not go with feedback, and for schedules out of range."""
        _check(source, options)
        pace, fps = Pace.of(options, rate), float(rate)
        course = Course.of(options, pace.frames, fps, curves)
        refine = Schedule.parse(options.refine, pace.frames, options.seed, fps, "refine", curves=curves)
        for step in range(1, pace.steps + 1):
            strength = refine.at(pace.frame(step))
            if not 0 <= strength <= 1:
                raise OptionError(
                    f"refine: {strength:g} at frame {pace.frame(step):g} is not in 0..1", "refine"
                )
        return cls(options, Endless(options, pace, course), _prompts(options, pace), refine)

    def frames(
        self,
        source: Reader,
        drawing: Drawing,
        generator: Generator,
        estimator: Estimator,
        store: Store,
        tell: OnEvent,
        cancel: CancelToken | None,
        first: int,
    ) -> Iterator[Frame]:
        """The frames from number `first` on, their times not told; the steps are painted before.

        drawing  how they are drawn; its camera is replaced
        """
        options, size, uneven = self.options, drawing.view, textured(estimator)

        def begin() -> Scene:
            whole = picture_size(source, options)
            found = scene_of(source, _cover(whole, size), options, estimator, generator, store, tell, cancel)
            scene = _middle(found, size)
            return scene._replace(depth=in_pieces(scene.depth, scene.picture)) if uneven else scene

        if options.feedback == "forward" and str(options.refine).strip() in ("0", "0.0"):
            tell(Event("warning", UNREFINED))
        # a file's depth is the first picture's alone
        later = estimator if options.depth is None else estimator_for(replace(options, depth=None), source)
        painter = Painter(
            options,
            size,
            self.camera,
            self.prompts,
            self.refine,
            generator,
            later,
            store,
            tell,
            cancel,
            uneven,
        )
        camera, _ = painter.paint(begin)
        steps = Steps.of(store, size)
        drawing = replace(drawing, course=camera)
        yield from drawn(
            lambda number: drawing.frame(number, Between(camera, number, steps.__getitem__)),
            camera.pace.frames,
            first,
            cancel,
        )


def _check(source: Reader, options: ParallaxOptions) -> None:
    if source.kind in ("video", "folder"):
        raise OptionError(
            f"feedback: it goes on from one picture, and {source.path.name} has many; leave it off",
            "feedback",
        )
    if options.show != "move":
        raise OptionError(
            f"show: {options.show} is of a move through one picture; leave feedback off", "show"
        )
    if options.behind in ("stretch", "blank"):
        raise OptionError(
            f"behind: what an endless camera uncovers is painted; {options.behind} needs feedback off",
            "behind",
        )
    around_of(options)


def _prompts(options: ParallaxOptions, pace: Pace) -> Prompts | None:
    """The words by step; seconds in them are those of the result."""
    if not (options.prompt or "").strip():
        return None
    prompts = Prompts.parse(
        options.prompt,
        negative=options.negative or "",
        frames=pace.steps + 1,
        to_step=lambda second: second / options.step_seconds,
        name="prompt",
    )
    return without_pictures(prompts, "prompt", "the camera begins in the source")


def _cover(picture: Size, view: Size) -> Size:
    """The size of the picture at which it just covers a view."""
    scale = max(view[0] / picture[0], view[1] / picture[1])
    width, height = (math.ceil(round(side * scale, 6)) for side in picture)
    return width, height


def _middle(scene: Scene, size: Size) -> Scene:
    """The middle of a scene, (width, height)."""
    height, width = scene.depth.shape
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    part = slice(top, top + size[1]), slice(left, left + size[0])
    return Scene(scene.picture[part].copy(), scene.depth[part].copy())
