"""A clip's frames cut into spans, with the motion between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...errors import Cancelled, SourceError
from ...flow.reach import Step
from ...media import ahead
from ...types import CancelToken, Frame
from .motion import StepOf
from .spans import Span

AHEAD = 4  # frames whose motion is found while others are carried


class Beyond(NamedTuple):
    """A key farther away than the two that a span lies between, by its frame.

    steps  the motion between it and the nearer of the two, in the order of time
    past   whether it lies before them
    """

    key: int
    steps: list[Step]
    past: bool


class Stretch(NamedTuple):
    """A span's frames, and the one after where that is a key or becomes one; the step from each to the next.

    to_first  the step from the frame before all of these; None where that is of another shot
    beyond    more keys that may show what is in it, the nearest first
    """

    span: Span
    frames: list[Frame]
    steps: list[Step]
    to_first: Step | None
    beyond: tuple[Beyond, ...] = ()


class _Linked(NamedTuple):
    """A frame, and the step to it from the one before; None where that one is of another shot."""

    frame: Frame
    step: Step | None


def stretches(
    frames: Iterable[Frame],
    spans: Sequence[Span],
    cuts: Sequence[int],
    step_of: StepOf,
    cancel: CancelToken | None = None,
) -> Iterator[Stretch]:
    """The stretches of `spans`; `frames` begin where the first of them does. `cancel` is looked at between
    frames."""
    stream = ahead(_linked(frames, spans[0].first, set(cuts), step_of), AHEAD)
    pending = next(stream, None)
    try:
        for span in spans:
            held: list[_Linked] = []
            reaches_on = span.after is not None or span.onward
            for number in range(span.first, span.last + 1 + reaches_on):
                if cancel is not None and cancel.cancelled:
                    raise Cancelled("stopped")
                if held:
                    pending = next(stream, None)
                if pending is None:
                    raise SourceError(f"frame {number} cannot be read any more")
                held.append(pending)
            steps = [item.step for item in held[1:] if item.step is not None]
            yield Stretch(span, [item.frame for item in held], steps, held[0].step)
            if not reaches_on:
                pending = next(stream, None)
    finally:
        stream.close()


def _linked(frames: Iterable[Frame], first: int, cuts: set[int], step_of: StepOf) -> Iterator[_Linked]:
    earlier: Frame | None = None
    for number, frame in enumerate(frames, first):
        near = earlier is not None and number not in cuts
        yield _Linked(frame, step_of(number - 1, earlier, frame) if near and earlier is not None else None)
        earlier = frame
