"""The source's frames: sized, marked where a job may stop, and what of each is restyled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from ...depth import Estimator
from ...media import Reader
from ...options import AnimateOptions
from ...types import Boundary, Event, Frame, OnEvent, Size
from ..depths import estimator_for, with_depth
from ..drawing import SEGMENT
from ..source import in_8_bits, scaled
from .restrict import by_depth, in_range, masks
from .spans import Span

SHARE = "share"  # in a frame's extra: how much of each pixel is restyled, float32 [H, W]; missing, all


def read(
    source: Reader,
    options: AnimateOptions,
    size: Size,
    spans: Sequence[Span],
    cuts: Sequence[int],
    start: Boundary | None,
    tell: OnEvent,
) -> Iterator[Frame]:
    """The frames from the first of `spans` on, uint8 at (width, height).

    Boundaries lie where spans begin, at cuts and 10 s after the last.
    """
    first = spans[0].first
    sized = sized_from(source, options, size, first)
    marked = _marked(sized, {span.first for span in spans}, set(cuts), start)
    if by_depth(options):
        estimator = estimator_for(options, source)
        tell(Event("note", estimator.note))
        marked = _within_depth(marked, estimator, options, start, tell)
    for frame, mask in zip(marked, masks(options, size, first), strict=False):
        yield frame if mask is None else _with_share(frame, mask)


def sized_from(source: Reader, options: AnimateOptions, size: Size, first: int) -> Iterator[Frame]:
    """The frames from `first` on, uint8 at (width, height), with motion vectors where some are wanted."""
    vectors = "motion-vectors" in (options.flow, options.depth_flow)
    frames = source.frames_with_vectors(first) if vectors else source.frames(first)
    return (replace(frame, image=scaled(in_8_bits(frame.image), size)) for frame in frames)


def _marked(
    frames: Iterable[Frame], begins: set[int], cuts: set[int], start: Boundary | None
) -> Iterator[Frame]:
    last: Fraction | None = None
    for number, frame in enumerate(frames, min(begins)):
        boundary = None
        if last is None:
            boundary = Boundary(number, start.cut if start else True)
        elif number in cuts or (number in begins and frame.pts - last >= SEGMENT):
            boundary = Boundary(number, number in cuts)
        if boundary is not None:
            last = frame.pts
        yield replace(frame, boundary=boundary)


def _within_depth(
    frames: Iterable[Frame],
    estimator: Estimator,
    options: AnimateOptions,
    start: Boundary | None,
    tell: OnEvent,
) -> Iterator[Frame]:
    for frame, depth in with_depth(frames, estimator, options, start.state if start else {}, tell):
        yield _with_share(frame, in_range(depth, options))


def _with_share(frame: Frame, share: np.ndarray) -> Frame:
    """The frame, with less of it to be restyled."""
    before = frame.extra.get(SHARE)
    return replace(frame, extra={**frame.extra, SHARE: share if before is None else before * share})
