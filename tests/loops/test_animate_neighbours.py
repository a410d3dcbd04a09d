"""Keys beyond the two around a frame: which they are, how they are reached, and what they show."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from lib_parallax.flow.files import write_flo
from lib_parallax.loops.animate import frames as animate_frames
from lib_parallax.loops.animate.neighbours import leading_to, with_beyond
from lib_parallax.loops.animate.spans import Span, spans_of
from lib_parallax.loops.animate.stretches import Stretch
from lib_parallax.loops.source import Given
from lib_parallax.loops.store import MemoryStore
from lib_parallax.options import AnimateOptions, parse
from lib_parallax.types import Frame

HEIGHT, WIDTH = 64, 96


def stretch(span):
    """Without frames; each step is the number of the frame that it leaves."""
    last = span.last if span.after is None else span.after
    return Stretch(span, [], list(range(span.first, last)), None)


def beyond(spans, most, passed=()):
    found = with_beyond(map(stretch, spans), most, map(stretch, passed))
    return [[(key, steps[0], steps[-1], past) for key, steps, past in item.beyond] for item in found]


SPANS = spans_of(40, [0], [0, 10, 20, 30])


def test_a_key_alone_on_each_side_has_none_beyond():
    assert beyond(SPANS, 0) == [[], [], [], []]


def test_the_next_keys_and_the_motion_to_them():
    assert beyond(SPANS, 1) == [
        [(20, 10, 19, False)],
        [(0, 0, 9, True), (30, 20, 29, False)],
        [(10, 10, 19, True)],
        [(20, 20, 29, True)],
    ]
    assert beyond(SPANS, 2)[2] == [(10, 10, 19, True), (0, 0, 19, True)]
    assert beyond(SPANS, 2)[0] == [(20, 10, 19, False), (30, 10, 29, False)]


def test_never_beyond_a_cut_or_a_key_that_is_not_painted():
    assert beyond(spans_of(40, [0, 20], [0, 10, 20, 30]), 3)[2] == []
    onward = [Span(0, 9, 0, None, onward=True), Span(10, 19, 10, None)]
    assert beyond(onward, 3) == [[], []]


@pytest.mark.parametrize("most", [0, 1, 2, 5])
@pytest.mark.parametrize("cuts", [[0], [0, 20], [0, 25]])
def test_whoever_begins_later_finds_the_same(most, cuts):
    spans = spans_of(40, cuts, [0, 10, 20, 30])
    whole = beyond(spans, most)
    for number in range(len(spans)):
        assert beyond(spans[number:], most, leading_to(spans, number, most)) == whole[number:]


def surface(seed):
    noise = np.random.default_rng(seed).normal(size=(160, 260, 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 2)
    return np.clip(128 + 40 * noise / noise.std(), 0, 255).astype(np.uint8)


PLACES = [0, 6, 12, 18, 24, 18, 12, 18, 24]  # a camera goes there, half the way back, and there again


@pytest.fixture
def there_and_back(tmp_path):
    """Source, painting, and options: keys at both far ends and where the camera began."""
    source, painted = (
        [surface(seed)[20:][:HEIGHT, 20 + x :][:, :WIDTH].copy() for x in PLACES] for seed in (1, 2)
    )
    (tmp_path / "keys").mkdir()
    (tmp_path / "flow").mkdir()
    for number in (0, 4, 8):
        cv2.imwrite(str(tmp_path / f"keys/{number}.png"), painted[number][..., ::-1])
    for number, (a, b) in enumerate(itertools.pairwise(PLACES)):
        forth = np.zeros((HEIGHT, WIDTH, 2), np.float32)
        forth[..., 0] = a - b
        write_flo(tmp_path / f"flow/forward_{number:03d}.flo", forth)
        write_flo(tmp_path / f"flow/backward_{number:03d}.flo", -forth)
    values = {"stylised": str(tmp_path / "keys"), "keys": "0,4,8", "flow_files": str(tmp_path / "flow")}
    far_apart = Given([Frame(image, 10 * n) for n, image in enumerate(source)])  # every key begins a segment
    return far_apart, painted, values


def test_they_show_what_the_two_around_do_not(there_and_back):
    source, painted, values = there_and_back
    alone, more = (
        list(animate_frames(source, parse(AnimateOptions, {**values, "neighbours": count})))
        for count in (1, 2)
    )
    assert alone[6].extra["holes"].sum() >= 12 * HEIGHT
    assert not more[6].extra["holes"].any()
    assert np.array_equal(more[6].image, painted[6])
    assert np.array_equal(more[2].image, alone[2].image), "nothing was missing there"


def test_a_job_that_goes_on_finds_them_too(there_and_back):
    source, _, values = there_and_back
    options, store = parse(AnimateOptions, {**values, "neighbours": 3}), MemoryStore()
    whole = list(animate_frames(source, options, store=store))
    starts = [frame.boundary for frame in whole if frame.boundary is not None]
    assert [start.index for start in starts] == [0, 4, 8]
    for start in starts:
        rest = list(animate_frames(source, options, store=store, start=start))
        assert len(rest) == len(whole) - start.index
        for a, b in zip(rest, whole[start.index :], strict=True):
            assert np.array_equal(a.image, b.image)
