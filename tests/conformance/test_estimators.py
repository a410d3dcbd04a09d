"""One suite over every depth estimator and every flow estimator."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib_parallax import depth, flow
from lib_parallax.types import Boundary, Frame

# tiny networks are made there
sys.path.insert(0, str(Path(__file__).parents[1] / "depth"))


def pictures(count: int = 9, size: tuple[int, int] = (160, 90), seed: int = 0) -> list[np.ndarray]:
    """A textured wall sliding behind a textured post that slides faster."""
    rng = np.random.default_rng(seed)
    width, height = size

    def wall(cells: int) -> np.ndarray:
        noise = rng.uniform(0, 255, (max(2, height // cells), max(2, 2 * width // cells), 3))
        return cv2.resize(noise.astype(np.float32), (2 * width, height)).astype(np.uint8)

    far, near = wall(6), wall(4)
    out = []
    for t in range(count):
        image = far[:, t : t + width].copy()
        x = min(max(0, width // 3 + 4 * t), width - 1)
        image[:, x : x + width // 5] = near[:, : image[:, x : x + width // 5].shape[1]]
        out.append(np.ascontiguousarray(image))
    return out


def supplied(folder) -> depth.Estimator:
    for i in range(9):
        levels = np.linspace(0, 60000, 12 * 9).reshape(9, 12).astype(np.uint16) + i * 300
        cv2.imwrite(str(folder / f"{i}.png"), levels)
    return depth.Supplied(folder)


@pytest.fixture(scope="session")
def hub_folder(tmp_path_factory):
    """A function that gives the folder of a tiny hub model that a package runs, made once."""
    made = {}

    def give(package):
        pytest.importorskip(package)
        if package not in made:
            import tiny_hub
            import tiny_marigold

            path = tmp_path_factory.mktemp(package)
            made[package] = (
                tiny_hub.folder(path, "dpt") if package == "transformers" else tiny_marigold.folder(path)
            )
        return made[package]

    return give


@pytest.fixture(params=["cues", "auto", "supplied", "transformers", "diffusers"])
def make(request, tmp_path, hub_folder):
    """A function that makes a fresh estimator each time."""
    if request.param == "supplied":
        return lambda: supplied(tmp_path)
    if request.param in ("transformers", "diffusers"):
        return lambda: depth.load(str(hub_folder(request.param)), "cpu")
    return lambda: depth.load(request.param)


def film(images, marks=None):
    """Frames, with a boundary at each index in `marks`: True for a cut."""
    marks = marks or {}
    return [
        Frame(image, Fraction(i, 24), boundary=Boundary(i, marks[i]) if i in marks else None)
        for i, image in enumerate(images)
    ]


def values(depths):
    return [d.values for d in depths]


class TestDepth:
    def test_protocol(self, make):
        estimator = make()
        assert isinstance(estimator, depth.Estimator)
        assert estimator.name and estimator.note and "\n" not in estimator.note

    @pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 70), (97, 33), (160, 90)])
    @pytest.mark.parametrize("kind", [np.uint8, np.uint16])
    def test_shape_kind_and_range(self, make, size, kind):
        image = pictures(1, size)[0].astype(kind) * (257 if kind is np.uint16 else 1)
        found = make().estimate(image)
        assert found.values.shape == image.shape[:2] and found.values.dtype == np.float32
        assert np.isfinite(found.values).all()
        if found.range is not None:
            assert found.values.min() >= found.range[0] and found.values.max() <= found.range[1]

    def test_deep_colour_gives_the_same_depth(self, make):
        image = pictures(1)[0]
        deep = make().estimate(image.astype(np.uint16) * 257)
        np.testing.assert_allclose(deep.values, make().estimate(image).values, atol=1e-3)

    def test_one_depth_a_frame_in_step(self, make):
        taken = []

        def source():
            for frame in film(pictures()):
                taken.append(frame)
                yield frame

        count = 0
        for count, found in enumerate(make().stream(source()), 1):  # noqa: B007
            assert found.values.shape == (90, 160)
        assert count == len(taken) == 9

    def test_same_frames_same_bytes(self, make):
        images = pictures()
        for a, b in zip(
            values(make().stream(film(images))), values(make().stream(film(images))), strict=True
        ):
            np.testing.assert_array_equal(a, b)

    def test_nothing_crosses_a_cut(self, make):
        images = pictures()
        other = pictures(seed=5)
        after = values(make().stream(film(images[:5] + other[5:], {0: True, 5: True})))[5:]
        again = values(make().stream(film(other[:5] + other[5:], {0: True, 5: True})))[5:]
        for a, b in zip(after, again, strict=True):
            np.testing.assert_array_equal(a, b)

    @pytest.mark.parametrize("at", [1, 4, 8])
    def test_going_on_from_a_boundary_is_bit_identical(self, make, at):
        images = pictures()
        frames = film(images, {0: True, at: False})
        whole = values(make().stream(frames))
        state = frames[at].boundary.state["depth"]
        estimator = make()
        estimator.restore(state)
        rest = film(images, {at: False})[at:]
        for a, b in zip(whole[at:], values(estimator.stream(rest)), strict=True):
            np.testing.assert_array_equal(a, b)
        assert_plain(state)

    def test_a_boundary_changes_nothing(self, make):
        images = pictures()
        marked = values(make().stream(film(images, {0: True, 3: False})))
        for a, b in zip(values(make().stream(film(images))), marked, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_state_is_not_touched_later(self, make):
        frames = film(pictures(), {4: False})
        stream = make().stream(frames)
        for _ in range(5):
            next(stream)
        before = repr(frames[4].boundary.state)
        list(stream)
        assert repr(frames[4].boundary.state) == before


def assert_plain(value):
    """Arrays, numbers, strings, bools, None, and dicts and lists of them: what a journal keeps."""
    if isinstance(value, dict):
        assert all(isinstance(k, str) for k in value)
        for v in value.values():
            assert_plain(v)
    elif isinstance(value, list):
        for v in value:
            assert_plain(v)
    else:
        assert value is None or isinstance(value, (np.ndarray, int, float, str, bool))


@pytest.fixture(params=["dis", "dis-fast", "dis-ultrafast"])
def estimate(request):
    return flow.load(request.param)


class TestFlow:
    def test_protocol(self, estimate):
        assert isinstance(estimate, flow.FlowEstimator) and estimate.name in flow.PRESETS

    def test_grid_units_and_sign(self, estimate):
        a, b = pictures(2)
        found = estimate(a, b)
        assert found.shape == (90, 160, 2) and found.dtype == np.float32
        # The wall is read one column further on: what is at x in a lies at x - 1 in b.
        np.testing.assert_allclose(np.median(found[:, 115:150], (0, 1)), (-1, 0), atol=0.25)

    def test_same_pictures_same_bytes(self, estimate):
        a, b = pictures(2)
        first = estimate(a, b)
        estimate(a[:20, :20], b[:20, :20])
        np.testing.assert_array_equal(first, estimate(a, b))

    @pytest.mark.parametrize("size", [(1, 1), (8, 8), (12, 200), (33, 17)])
    def test_any_size(self, estimate, size):
        a, b = pictures(2, size)
        found = estimate(a, b)
        assert found.shape == (size[1], size[0], 2) and np.isfinite(found).all()

    def test_leaves_the_pictures_alone(self, estimate):
        a, b = pictures(2)
        copies = a.copy(), b.copy()
        estimate(a, b)
        np.testing.assert_array_equal(a, copies[0])
        np.testing.assert_array_equal(b, copies[1])
