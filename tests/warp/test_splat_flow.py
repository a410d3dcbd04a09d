"""Pushing pixels along flow: what lands where, what counts, what stays bare, and that carriers agree."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.warp import splat_flow


def picture(height=40, width=60, kind=np.uint8):
    rng = np.random.default_rng(3)
    if np.dtype(kind).kind == "f":
        return rng.random((height, width, 3), dtype=np.float32)
    return rng.integers(0, np.iinfo(kind).max + 1, (height, width, 3), dtype=kind)


def wild(height=40, width=60):
    return np.random.default_rng(4).normal(0, 5, (height, width, 2)).astype(np.float32)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_whole_pixel_flow_moves_pixels_untouched(kind, on):
    image = picture(kind=kind)
    flow = np.broadcast_to(np.array([7, -3], np.float32), (40, 60, 2))
    view = splat_flow(image, flow, backend=on.name, device=on.device)
    assert view.image.dtype == kind and np.array_equal(view.image[:37, 7:], image[3:, :53])
    bare = np.ones((40, 60), bool)
    bare[:37, 7:] = False
    assert np.array_equal(view.holes, bare)
    assert not view.image[bare].any()


def test_half_a_pixel_is_the_mean_of_two():
    image = picture()
    flow = np.broadcast_to(np.array([0.5, 0], np.float32), (40, 60, 2))
    made = splat_flow(image, flow).image[:, 1:].astype(int)
    mean = (image[:, 1:].astype(int) + image[:, :-1]) / 2
    assert np.abs(made - mean).max() <= 0.5


def test_of_pixels_that_meet_the_important_one_is_seen(on):
    image = np.zeros((1, 8, 3), np.uint8)
    image[0, 2], image[0, 5] = 50, 200
    flow = np.zeros((1, 8, 2), np.float32)
    flow[0, 2, 0] = 3  # onto the other
    weigh = np.zeros((1, 8), np.float32)

    def seen():
        return splat_flow(image, flow, weigh, backend=on.name, device=on.device).image[0, 5, 0]

    assert seen() == 125
    weigh[0, 5] = np.log(3)
    assert abs(int(seen()) - (50 + 3 * 200) / 4) <= 1
    weigh[0, 2] = 50
    assert seen() == 50


def test_what_is_far_less_important_than_something_elsewhere_is_no_hole(on):
    """exp(-1000) is 0 in any float; nothing else lands there, so it is seen nevertheless."""
    image = picture()
    weigh = np.full((40, 60), -1000, np.float32)
    weigh[0, 0] = 1000
    view = splat_flow(image, np.zeros((40, 60, 2), np.float32), weigh, backend=on.name, device=on.device)
    assert np.array_equal(view.image, image) and not view.holes.any()


def test_growing_leaves_no_holes_inside_and_uncovering_does():
    image = picture(80, 80)
    y, x = np.mgrid[:80, :80].astype(np.float32)
    grown = np.stack([(x - 40) * 0.35, (y - 40) * 0.35], -1)
    assert not splat_flow(image, grown).holes[5:-5, 5:-5].any()
    parted = np.zeros((80, 80, 2), np.float32)
    parted[:, 40:, 0] = 6
    bare = np.zeros((80, 80), bool)
    bare[:, 40:46] = True
    assert np.array_equal(splat_flow(image, parted).holes, bare)


def test_twice_the_same_bytes(on):
    image, flow = picture(), wild()
    weigh = np.random.default_rng(5).normal(0, 20, (40, 60)).astype(np.float32)
    one, two = (splat_flow(image, flow, weigh, backend=on.name, device=on.device) for _ in range(2))
    assert one.image.tobytes() == two.image.tobytes() and np.array_equal(one.holes, two.holes)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (40, 60)])
def test_carriers_agree(kind, size, other):
    image, flow = picture(*size, kind), wild(*size)
    for weigh in (None, np.random.default_rng(5).normal(0, 3, size).astype(np.float32)):
        expected = splat_flow(image, flow, weigh, backend="reference", device="cpu")
        got = splat_flow(image, flow, weigh, backend=other.name, device=other.device)
        assert np.array_equal(got.holes, expected.holes)
        level = 1 / 65535 if np.dtype(kind).kind == "f" else 1
        assert np.abs(got.image.astype(float) - expected.image.astype(float)).max() <= level * 1.01


def test_flow_that_is_no_number_goes_nowhere(on):
    image = picture()
    flow = np.zeros((40, 60, 2), np.float32)
    flow[3, 4], flow[5, 6], flow[7, 8] = np.nan, np.inf, -np.inf
    view = splat_flow(image, flow, backend=on.name, device=on.device)
    bad = ~np.isfinite(flow).all(-1)
    assert np.array_equal(view.holes, bad) and np.array_equal(view.image[~bad], image[~bad])


def test_torch_in_torch_out(on):
    torch = pytest.importorskip("torch")
    image, flow = picture(), wild()
    expected = splat_flow(image, flow, backend=on.name, device=on.device)
    got = splat_flow(torch.from_numpy(image).to(on.device), torch.from_numpy(flow).to(on.device),
                     backend=on.name)  # fmt: skip
    assert isinstance(got.image, torch.Tensor) and isinstance(got.holes, torch.Tensor)
    assert np.array_equal(got.image.cpu().numpy(), expected.image)


def test_what_does_not_fit_is_refused():
    with pytest.raises(OptionError, match="flow"):
        splat_flow(picture(), np.zeros((40, 60)))
    with pytest.raises(OptionError, match="importance"):
        splat_flow(picture(), wild(), np.zeros((4, 4)))
    with pytest.raises(OptionError, match="image"):
        splat_flow(picture(8, 9), wild())
