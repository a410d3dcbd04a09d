"""Depth that follows a file's own motion vectors: steadied, carried, gone on from a boundary."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from lib_parallax import loops, media, samples
from lib_parallax.depth.stream import paired
from lib_parallax.depth.temporal import steady_pixels
from lib_parallax.loops import depth as depth_loop
from lib_parallax.loops.depths import NO_VECTORS
from lib_parallax.options import DepthOptions, parse
from lib_parallax.types import Boundary, Depth

SIZE = (480, 270)


def filmed(path, motion, count, size=SIZE, rate=25):
    """The street as an H.264 file gives it back, with vectors, beginning a shot; and its exact depth."""
    views = [
        samples.street(size, motion=motion, time=0.6 + i / 25, supersample=2).view() for i in range(count)
    ]
    with media.open_writer(path, size, rate=Fraction(rate), codec="h264", quality="balanced") as writer:
        for i, view in enumerate(views):
            writer.write(view.image, Fraction(i, rate))
    frames = list(media.open_video(path).frames_with_vectors())
    frames[0] = replace(frames[0], boundary=Boundary(0, True))
    assert any("vectors" in frame.extra for frame in frames)
    return frames, [view.depth for view in views]


def flickering(truth):
    rng = np.random.default_rng(0)
    noisy = []
    for exact in truth:
        wobbly = exact * (1 + rng.uniform(-0.1, 0.1)) + rng.uniform(-0.05, 0.05)
        noisy.append(np.clip(wobbly + rng.normal(0, 0.03, exact.shape), 0, 1).astype(np.float32))
    return noisy


def steadied(frames, depths, strength, state=None):
    pairs = ((frame, Depth(d, range=(0.0, 1.0))) for frame, d in zip(frames, depths, strict=True))
    return [found.values for _, found in steady_pixels(pairs, strength, state)]


def unrest(made, truth):
    gaps = [np.abs((made[t] - made[t - 1]) - (truth[t] - truth[t - 1])).mean() for t in range(1, len(made))]
    return np.mean(gaps)


@pytest.fixture(scope="module")
def pan(tmp_path_factory):
    return filmed(tmp_path_factory.mktemp("pan") / "clip.mp4", "pan", 10)


def test_flicker_is_taken_as_with_estimated_flow(pan):
    frames, truth = pan
    noisy = flickering(truth)
    before = unrest(noisy, truth)
    for strength, times in (("light", 3), ("strong", 4)):
        made = unrest(steadied(frames, noisy, strength), truth)
        estimated = unrest(steadied([replace(f, extra={}) for f in frames], noisy, strength), truth)
        assert made * times < before and made < 1.15 * estimated


def test_the_vectors_are_what_is_followed(pan):
    """Not the pictures alone: with vectors the result is another one, on frames that have some."""
    frames, truth = pan
    noisy = flickering(truth)
    bare = steadied([replace(f, extra={}) for f in frames], noisy, "light")
    assert not np.array_equal(steadied(frames, noisy, "light")[-1], bare[-1])


def test_a_moving_thing_keeps_its_edges(tmp_path):
    frames, truth = filmed(tmp_path / "clip.mp4", "object", 14)
    steady = steadied(frames, flickering(truth), "strong")
    view = samples.street(SIZE, motion="object", time=0.6 + 13 / 25).view()
    for row in (185, 200):
        inside = np.nonzero(view.surface[row] == 12)[0]
        for at, inward in ((inside[0], 1), (inside[-1], -1)):
            profile = steady[-1][row, at - 8 * inward : at + 8 * inward : inward]
            middle = (np.median(profile[:6]) + np.median(profile[10:])) / 2
            assert abs(int(np.argmax(profile > middle)) - 8) <= 1


class Exact:
    flickers = False

    def __init__(self, frames, truth):
        self.depths = {id(frame.image): depth for frame, depth in zip(frames, truth, strict=True)}

    def stream(self, frames):
        for frame in frames:
            yield Depth(self.depths[id(frame.image)], range=(0.0, 1.0))


def test_depth_is_carried_as_near_the_truth_as_by_estimated_flow(pan):
    frames, truth = pan
    wrong = {}
    for name, clip in (("vectors", frames), ("dis", [replace(f, extra={}) for f in frames])):
        found = paired(iter(clip), Exact(clip, truth), every=4)
        off = [np.abs(d.values - exact) > 0.05 for (_, d), exact in zip(found, truth, strict=True)]
        assert not off[0].any() and not off[4].any() and not off[8].any()
        wrong[name] = np.mean(off)
    held = np.mean([np.abs(truth[i - i % 4] - truth[i]) > 0.05 for i in range(len(truth))])
    assert wrong["vectors"] < 1.15 * wrong["dis"] and wrong["vectors"] < held / 2


OPTIONS = {"depth_model": "cues", "steadiness": "light", "depth_every": 2, "depth_flow": "motion-vectors"}


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """A clip of 14 seconds at one frame a second: long enough for a boundary inside its shot."""
    path = tmp_path_factory.mktemp("slow") / "clip.mp4"
    filmed(path, "pan", 14, (160, 90), rate=1)
    return path


def test_going_on_inside_a_shot_is_bit_identical(slow):
    options = parse(DepthOptions, OPTIONS)
    with media.open_video(slow) as source:
        whole = list(depth_loop.frames(source, options))
    (middle,) = [f.boundary for f in whole if f.boundary is not None and not f.boundary.cut]
    assert middle.index == 10
    with media.open_video(slow) as source:
        rest = list(depth_loop.frames(source, options, start=middle))
    assert len(rest) == 4
    for a, b in zip(whole[10:], rest, strict=True):
        assert a.pts == b.pts and np.array_equal(a.extra["depth"], b.extra["depth"])


def told(source, **options):
    heard = []
    list(loops.run("depth", source, {**OPTIONS, **options}, on_event=heard.append))
    return [event.text for event in heard if event.kind == "warning"]


def test_the_option_is_what_brings_the_vectors(slow):
    frames = [
        [f.extra["depth"] for f in loops.run("depth", slow, {**OPTIONS, "depth_flow": flow})]
        for flow in ("motion-vectors", "dis")
    ]
    assert not all(np.array_equal(a, b) for a, b in zip(*frames, strict=True))


def test_a_source_without_vectors_is_told_once_and_followed_by_estimated_flow(slow, tmp_path):
    pictures = [f.image for f in media.open_video(slow)][:6]
    assert told(pictures) == [NO_VECTORS]
    by_vectors, by_dis = (
        [f.extra["depth"] for f in loops.run("depth", pictures, {**OPTIONS, "depth_flow": flow})]
        for flow in ("motion-vectors", "dis")
    )
    assert all(np.array_equal(a, b) for a, b in zip(by_vectors, by_dis, strict=True))


def test_nothing_is_told_where_nothing_is_missed(slow):
    pictures = [f.image for f in media.open_video(slow)][:4]
    assert told(slow) == []
    assert told(pictures, depth_flow="dis") == []
    assert told(pictures, steadiness="off", depth_every=1) == []
    assert told(pictures[0]) == []
