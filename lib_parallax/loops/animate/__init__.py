"""Animate: a video restyled by img2img, without flicker.

Some frames, the keys, are painted, or were painted elsewhere; all others are carried there from the
keys on either side by optical flow, and what no key shows is filled. A frame depends on the source and
the keys alone, so nothing drifts, and a resumed job needs no state but that of depth.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ... import generate, weights
from ...errors import Cancelled
from ...flow import NETWORKS
from ...generate import Generator
from ...media import Reader
from ...options import AnimateOptions
from ...timeline import Prompt
from ...types import Boundary, CancelToken, Event, Frame, Image, OnEvent
from ...warp.backends import carrier
from ..depths import estimator_for, is_fallback, key_of, weights_used
from ..plan import Plan
from ..rates import frame_rate
from ..sounds import sound_curves
from ..source import aspect_at, in_8_bits, repeatable
from ..store import MemoryStore, Store
from ..tape import Tape
from ..wording import Wording
from .carrying import Carrying
from .choosing import check_length, rule_of
from .colour import drift
from .compare import alone_by, panes
from .filling import Filler
from .healing import Healing
from .motion import steps_by
from .neighbours import leading_to, with_beyond
from .numbers import Numbers
from .painting import KeyPainter, check_painting, kept_words, name_of, needs_depth
from .pictures import Pictures
from .reading import read, sized_from
from .recorded import recorded
from .reference import carried_by
from .restrict import by_depth, check_mask
from .retiming import frames_at, retimed
from .spans import Span, first_of, longest_at, spans_of
from .stretches import Stretch, stretches
from .survey import Survey, survey

NO_WORDS = Wording.of(Prompt(""))


def plan(source: Reader, options: AnimateOptions, generator: Generator | None = None) -> Plan:
    """The result's shape; refuses what can be refused before anything is painted.

    generator  what paints in place of the one that the options name
    """
    carrier(options.backend, options.device)
    rule = rule_of(options.keys)
    count = source.count() if getattr(source, "sized", True) else None
    if count is not None:
        check_length(rule, count)
    steps_by(options, source.size)
    check_mask(options)
    if options.stylised is not None:
        if count is not None:
            recorded(options, count)
        painter = "pictures painted elsewhere"
    else:
        generator = generator or generate.asked_for(options)
        curves = None if count is None else sound_curves(options, source.rate or 30, count)
        check_painting(options, generator, count, curves)
        painter = f"{generator.name}: {generator.note}"
    depth = estimator_for(options, source) if by_depth(options) or needs_depth(options) else None
    width, height = options.size or source.size
    return Plan(
        size=(width * panes(options), height),
        sample_aspect=aspect_at(source, options.size),
        bit_depth=8,
        painter=painter,
        depth=key_of(depth, options) if depth else "",
        weights={**(weights_used(depth, options) if depth else {}), **_flow_weights(options)},
        fallback=depth is not None and is_fallback(depth, options),
        frames=None if options.fps is None or count is None else frames_at(source, options.fps),
        rate=None if options.fps is None else frame_rate(options.fps),
        keeps_sound=True,
    )


def frames(
    source: Reader,
    options: AnimateOptions,
    *,
    generator: Generator | None = None,
    store: Store | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    start: Boundary | None = None,
) -> Iterator[Frame]:
    """The restyled frames, uint8 [H, W, 3]; `extra` has "holes" (bool [H, W], what no key shows) and
    "source". `start` goes on at a boundary that an earlier run came to."""
    tell, store = on_event or (lambda event: None), store or MemoryStore()
    source, size = repeatable(source), options.size or source.size
    step_of = steps_by(options, source.size)
    given = recorded(options, source.count()) if options.stylised is not None else None
    numbers = None if given is None else given.numbers
    found = survey(source, options, numbers, store, tell, cancel)
    drifted: Callable[[], dict[str, float]] = dict
    if given is not None:
        pictures = Pictures(given.picture, size, store, found.keys)
        healing = Healing(Filler(options), _own(options, pictures), lambda number: NO_WORDS)
        alone = None
    else:
        generator = generator or generate.asked_for(options)
        tell(Event("note", generator.note))
        frame_of = partial(_frame_of, Tape(source))
        matching = frame_of if options.colour_match == "key" else None
        pictures = Pictures(lambda number: store.picture(name_of(number)), size, store, found.keys, matching)
        rate = source.rate or 30
        curves = sound_curves(options, rate, found.frames)
        painter = KeyPainter(
            options,
            found.keys,
            size,
            generator,
            store,
            tell,
            frame_of,
            carried_by(source, step_of, pictures.at, cancel),
            _depth_by(source, options, frame_of),
            cancel,
            found.frames,
            rate,
            curves,
        )
        painter.paint()
        words = partial(_words, store, found)
        filler = Filler(options)
        if not _paints_all(options):
            filler = Filler(options, generator, cancel, Numbers(options, found.frames, rate, curves))
        healing = Healing(filler, _own(options, pictures), words)
        alone, drifted = alone_by(painter, words), partial(_drift, painter)
    healing.go_on(start)
    if source.colour.hdr is not None:
        tell(Event("warning", "the source is HDR; restyled frames are 8 bit and told to be BT.709"))
    spans = spans_of(found.frames, found.cuts, found.anchors, longest_at(size))
    _warn_of_bare(spans, tell)
    number = first_of(spans, start.index if start else 0)
    before, spans = leading_to(spans, number, options.neighbours - 1), spans[number:]
    passed: Iterator[Stretch] = iter(())
    if before:
        earlier = sized_from(source, options, size, before[0].first)
        passed = stretches(earlier, before, found.cuts, step_of, cancel)
    reading = read(source, options, size, spans, found.cuts, start, tell)
    carrying = Carrying(options, pictures.at, pictures.keep, healing, alone)
    walked = stretches(reading, spans, found.cuts, step_of, cancel)
    made = carrying.frames(with_beyond(walked, options.neighbours - 1, passed))
    if options.fps is not None:
        made = retimed(made, options, frames_at(source, options.fps), start)
    for done, frame in enumerate(made, 1):
        if cancel is not None and cancel.cancelled:
            raise Cancelled("stopped")
        yield frame
        tell(Event("progress", data={"done": done}))
    filled = healing.report(found.frames * size[0] * size[1])
    tell(Event("report", data={"keys": len(found.keys), **filled, **drifted()}))


def _flow_weights(options: AnimateOptions) -> dict[str, Path]:
    """The file of the network that estimates flow, by its name; {} for those without."""
    if options.flow_files is not None or options.flow not in NETWORKS:
        return {}
    return {options.flow: weights.require(options.flow)}


def _frame_of(tape: Tape, number: int) -> Image:
    return in_8_bits(tape.frame(number).image)


def _drift(painter: KeyPainter) -> dict[str, float]:
    """How far the keys' colours went from the first one's, before they were matched."""
    there = [key.index for key in painter.keys if painter.kept(key.index) is not None]
    painted = (image for number in there if (image := painter.kept(number)) is not None)
    return drift(painted, map(painter.source, there))


def _own(options: AnimateOptions, pictures: Pictures) -> Callable[[int], Image | None]:
    """Where every frame is painted, a frame's own picture is what fills it."""
    return pictures.painted if _paints_all(options) else lambda number: None


def _paints_all(options: AnimateOptions) -> bool:
    return rule_of(options.keys).name == "all"


def _words(store: Store, found: Survey, number: int) -> Wording:
    """What the key nearest to a frame, of its shot where that has one, was painted from."""
    shot = bisect_right(found.cuts, number)
    nearest = min(found.anchors, key=lambda key: (bisect_right(found.cuts, key) != shot, abs(key - number)))
    return kept_words(store, nearest) or NO_WORDS


def _depth_by(
    source: Reader, options: AnimateOptions, frame_of: Callable[[int], Image]
) -> Callable[[int], np.ndarray] | None:
    """Depth of single frames, 0..1, for the ControlNets that want it."""
    if not needs_depth(options):
        return None
    estimator = estimator_for(options, source)

    def depth(number: int) -> np.ndarray:
        if options.depth is not None:
            estimator.restore({"index": number})
        values = estimator.estimate(frame_of(number)).values
        far, near = np.percentile(values, (1, 99))
        return np.clip((values - far) / max(near - far, 1e-6), 0, 1).astype(np.float32)

    return depth


def _warn_of_bare(spans: Sequence[Span], tell: OnEvent) -> None:
    for span in spans:
        if span.before is span.after is None:
            tell(Event("warning", f"no key is near frames {span.first} to {span.last}: they stay"))
