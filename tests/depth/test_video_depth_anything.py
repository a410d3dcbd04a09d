"""Video-Depth-Anything against the official code's depth, over cuts and boundaries."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
import torch
from tiny_networks import (
    FILM,
    FILM_INPUT,
    FILM_SIZE,
    GOLDEN,
    KEPT,
    TINY,
    film,
    gap,
    picture,
    shapes_of,
    values,
    weights,
)

from lib_parallax import depth
from lib_parallax.depth import video_depth_anything
from lib_parallax.depth.video_depth_anything import (
    StreamingVideoDepthAnything,
    VideoDepthAnything,
    network,
    shot,
    windows,
)
from lib_parallax.depth.vit.shapes import SHAPES
from lib_parallax.errors import OptionError, ParallaxError
from lib_parallax.types import Frame

BOTH = pytest.mark.parametrize("kind", [VideoDepthAnything, StreamingVideoDepthAnything])


@pytest.fixture(scope="module")
def tiny():
    return weights(lambda: network.Network(TINY))


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN / "video_depth_anything.npz") as kept:
        return dict(kept)


@pytest.fixture
def make(tiny):
    def made(kind=VideoDepthAnything, **more):
        return kind(TINY, more.pop("weights", tiny), "cpu", **{"input_size": FILM_INPUT, **more})

    return made


class TestOfficial:
    def test_windows(self, make, golden):
        found = values(make().stream(film(FILM)))
        assert gap(found[:: KEPT["windows"]], golden["windows"]) < 1e-4

    def test_metres(self, make, golden):
        found = list(make(metric=True).stream(film(FILM)))
        assert {f.kind for f in found} == {"metric"}
        metres = 1 / np.stack(values(found[:: KEPT["metric"]]))
        assert gap(metres, np.maximum(golden["metric"], 0.01)) < 1e-4

    def test_streaming(self, make, golden):
        found = values(make(StreamingVideoDepthAnything).stream(film(FILM)))
        assert gap(found[:: KEPT["streaming"]], golden["streaming"]) < 1e-4

    def test_same_parameters(self, golden):
        with torch.device("meta"):
            ours = shapes_of(network.Network(TINY))
        assert ours == {name: tuple(s) for name, s in json.loads(str(golden["parameters"])).items()}

    @pytest.mark.parametrize(
        ("size", "count", "numbers"),
        [("small", 351, 29_080_193), ("base", 351, 114_531_521), ("large", 519, 384_554_177)],
    )
    def test_as_large_as_the_official_checkpoints(self, size, count, numbers):
        with torch.device("meta"):
            shapes = network.Network(SHAPES[size]).state_dict()
        assert (len(shapes), sum(t.numel() for t in shapes.values())) == (count, numbers)


class TestWindows:
    def test_members(self):
        assert windows.members(0) == list(range(32))
        assert windows.members(1) == [0, 12, *range(24, 54)]
        assert windows.members(3) == [0, 56, *range(68, 98)]

    @pytest.mark.parametrize("window", range(4))
    def test_what_is_kept_is_what_is_needed(self, window):
        later = {i for w in range(window + 1, window + 6) for i in windows.members(w)}
        for frame in range(window * 22 + 80):
            assert windows.needed_after(window, frame) == (frame in later)

    def test_fit(self):
        depth = np.random.default_rng(0).uniform(size=(2, 9, 9)).astype(np.float32)
        scale, shift = windows.fitted(depth, 3 * depth - 0.5)
        assert scale == pytest.approx(3, abs=1e-5) and shift == pytest.approx(-0.5, abs=1e-5)

    def test_one_level_all_over_fits_anything(self):
        assert windows.fitted(np.full((4, 4), 0.7, np.float32), np.eye(4, dtype=np.float32)) == (1.0, 0.0)


class TestStream:
    @BOTH
    @pytest.mark.parametrize("count", [1, 24, 25, 33])
    def test_one_depth_a_frame(self, make, kind, count):
        found = values(make(kind).stream(film(count)))
        assert len(found) == count
        for one in found:
            assert one.shape == (20, 30) and one.dtype == np.float32 and np.isfinite(one).all()

    def test_no_frames(self, make):
        assert list(make().stream([])) == []

    @BOTH
    def test_nothing_crosses_a_cut(self, make, kind):
        after = film(40, marks={0: True, 28: True})
        whole = values(make(kind).stream(after))[28:]
        alone = values(make(kind).stream(film(40, marks={28: True}, first=28)))
        for a, b in zip(whole, alone, strict=True):
            np.testing.assert_array_equal(a, b)

    @BOTH
    def test_a_frame_of_another_size_begins_anew(self, make, kind):
        other = [Frame(picture((20, 30), i), Fraction(i, 24)) for i in range(3)]
        found = values(make(kind).stream([*film(4), *other]))
        assert [f.shape for f in found] == [(20, 30)] * 4 + [(30, 20)] * 3
        for a, b in zip(found[4:], values(make(kind).stream(other)), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_a_window_reads_no_further_than_it_must(self, make):
        taken = []

        def source():
            for frame in film(60):
                taken.append(frame)
                yield frame

        for given, _ in enumerate(make().stream(source()), 1):
            assert len(taken) - given < windows.LENGTH

    def test_streaming_reads_nothing_ahead(self, make):
        source = iter(film(60))
        next(make(StreamingVideoDepthAnything).stream(source))
        assert len(list(source)) == 59

    def test_memory_is_bounded(self, make, monkeypatch):
        held = []
        add = shot.Shot.add

        def counting(self, image):
            add(self, image)
            held.append((len(self._seen), len(self._shares)))

        monkeypatch.setattr(shot.Shot, "add", counting)
        for _ in make().stream(film(100)):
            pass
        frames, depths = map(max, zip(*held, strict=True))
        assert frames <= windows.LENGTH and depths <= windows.LENGTH

    def test_a_picture_alone(self, make):
        image = picture(FILM_SIZE)
        # The streaming estimator's first frame is a window of one frame too.
        first = next(make(StreamingVideoDepthAnything).stream([Frame(image, Fraction(0))]))
        np.testing.assert_allclose(make().estimate(image).values, first.values, atol=1e-6)


class TestGoingOn:
    @BOTH
    def test_bit_identical(self, make, kind):
        places = (1, 12, 23, 24, 27, 33, 45, 46, 58) if kind is VideoDepthAnything else (1, 43)
        frames = film(60, marks={0: True, **dict.fromkeys(places, False)})
        whole = values(make(kind).stream(frames))
        for at in places:
            left = through_a_journal(frames[at].boundary.state["depth"])
            estimator = make(kind)
            estimator.restore(left)
            again = film(60, marks={at: False}, first=at)
            for a, b in zip(whole[at:], values(estimator.stream(again)), strict=True):
                np.testing.assert_array_equal(a, b)
            assert same(again[0].boundary.state["depth"], left)

    @BOTH
    def test_a_boundary_changes_nothing(self, make, kind):
        marked = values(make(kind).stream(film(40, marks={0: True, 5: False, 30: False})))
        for a, b in zip(values(make(kind).stream(film(40))), marked, strict=True):
            np.testing.assert_array_equal(a, b)

    @BOTH
    def test_state_is_not_touched_later(self, make, kind):
        frames = film(40, marks={20: False})
        stream = make(kind).stream(frames)
        for _ in range(21):
            next(stream)
        before = through_a_journal(frames[20].boundary.state["depth"])
        list(stream)
        assert same(before, frames[20].boundary.state["depth"])

    def test_state_is_less_than_a_window(self, make):
        frames = film(90, marks=dict.fromkeys(range(1, 70), False))
        list(make().stream(frames))
        one = 56 * 84 * 4  # bytes of a depth as the network gives it
        sizes = [size_of(f.boundary.state["depth"]) for f in frames[1:70]]
        assert max(sizes) <= (32 + 8 + 2 + 2 * 3) * one

    def test_a_fresh_start(self, make):
        estimator = make()
        estimator.restore({})
        assert len(list(estimator.stream(film(2)))) == 2

    def test_a_restored_shot_that_the_frames_do_not_fit(self, make):
        frames = film(40, marks={30: False})
        list(make().stream(frames))
        estimator = make()
        estimator.restore(frames[30].boundary.state["depth"])
        other = [Frame(picture((20, 30)), Fraction(0))]
        np.testing.assert_array_equal(next(estimator.stream(other)).values, next(make().stream(other)).values)


def through_a_journal(state):
    """The state as a job keeps it on disk, deep copies of all."""
    if isinstance(state, dict):
        assert all(isinstance(key, str) for key in state)
        return {key: through_a_journal(value) for key, value in state.items()}
    if isinstance(state, list):
        return [through_a_journal(value) for value in state]
    assert state is None or isinstance(state, (np.ndarray, int, float, str, bool))
    return state.copy() if isinstance(state, np.ndarray) else state


def same(a, b) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(np.array_equal(a, b))


def size_of(state) -> int:
    if isinstance(state, dict):
        return sum(map(size_of, state.values()))
    if isinstance(state, list):
        return sum(map(size_of, state))
    return state.nbytes if isinstance(state, np.ndarray) else 0


class TestTrouble:
    @BOTH
    def test_what_overflows_is_done_again_in_full(self, make, tiny, kind):
        name = "head.scratch.output_conv1.bias"
        large = {**tiny, name: tiny[name] * 1e7}
        estimator = make(kind, weights=large, dtype="float16")
        found = values(estimator.stream(film(4)))
        assert np.isfinite(found).all() and estimator.warnings
        assert gap(found, values(make(kind, weights=large).stream(film(4)))) < 0.01

    @BOTH
    def test_memory_that_runs_out_within_a_shot(self, make, kind, monkeypatch):
        looked = []
        look = network.Network.look

        def limited(self, pictures):
            looked.append(tuple(pictures.shape[-2:]))
            if len(looked) > 33 and pictures.shape[-2] > 42:
                raise RuntimeError("CUDA out of memory")
            return look(self, pictures)

        monkeypatch.setattr(network.Network, "look", limited)
        estimator = make(kind)
        found = values(estimator.stream(film(40)))
        assert len(found) == 40 and np.isfinite(found).all()
        assert looked[0] == (56, 84) and looked[-1] == (42, 56)
        assert "75%" in estimator.warnings[0]

    @BOTH
    def test_no_room_at_all(self, make, kind, monkeypatch):
        def none(self, pictures):
            raise MemoryError

        monkeypatch.setattr(network.Network, "look", none)
        with pytest.raises(ParallaxError, match="out of memory on cpu"):
            list(make(kind).stream(film(3)))

    def test_weights_of_another_network(self, make, tiny):
        still = {name: tensor for name, tensor in tiny.items() if "motion_modules" not in name}
        with pytest.raises(ParallaxError, match=r"motion_modules\.0\..* is missing"):
            make(weights=still).estimate(picture(FILM_SIZE))


class TestNames:
    @pytest.mark.parametrize("name", video_depth_anything.NAMES)
    def test_load(self, name, tmp_path):
        from lib_parallax.weights import CATALOGUE

        path = tmp_path / "w.pth"
        path.touch()
        estimator = video_depth_anything.load(name, "cpu", path, 280)
        assert not estimator.flickers and estimator.input_size == 280
        assert isinstance(estimator, depth.Estimator) and estimator.name == name
        assert estimator.kind == ("metric" if "metric" in name else "relative")
        assert video_depth_anything.checkpoint_of(name) in CATALOGUE

    def test_unknown(self):
        with pytest.raises(OptionError, match="small"):
            video_depth_anything.load("video-depth-anything-tiny", None, "x")
