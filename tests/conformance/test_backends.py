"""Every carrier of the warp primitives against the reference: integers bit for bit, colours by a level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_parallax.warp import synthesize_view
from lib_parallax.warp.backends import carrier
from lib_parallax.warp.backends.fixed import NOWHERE, SUB
from lib_parallax.warp.stereo import render

KERNELS = ("nearest", "linear", "cubic", "lanczos")
SIZES = [(1, 1), (1, 7), (7, 1), (2, 2), (3, 5), (17, 31), (31, 17), (40, 64)]


def noise_image(rng, height, width, dtype=np.uint8):
    return rng.integers(0, np.iinfo(dtype).max + 1, (height, width, 3), dtype=dtype)


def edged_image(surface, rng, dtype=np.uint8):
    """One colour a surface, blended over the edges as a camera does, with a little grain."""
    import cv2

    colours = rng.integers(0, 256, (int(surface.max()) + 1, 3))
    blended = cv2.blur(colours[surface].astype(np.float32), (2, 2))
    blended += rng.normal(0, 2, blended.shape)
    full = np.iinfo(dtype).max
    return np.clip(blended * (full / 255), 0, full).astype(dtype)


def stepped(rng, height, width, most=6.0):
    """Disparity of a few slanted rectangles over noise; and which rectangle each pixel is."""
    disparity = rng.normal(0, 0.3, (height, width)).astype(np.float32)
    surface = np.zeros((height, width), np.int64)
    for number in range(1, 5):
        y0, y1 = np.sort(rng.integers(0, height + 1, 2))
        x0, x1 = np.sort(rng.integers(0, width + 1, 2))
        slope = rng.normal(0, 0.2)
        disparity[y0:y1, x0:x1] = rng.uniform(-most, most) + slope * np.arange(x1 - x0)
        surface[y0:y1, x0:x1] = number
    return disparity, surface


def check_chain(image, disparity, shift, other):
    """Each primitive fed with the reference's own intermediate results."""
    reference = carrier("reference", "cpu")
    p, q = reference.primitives, other.primitives
    full = int(np.iinfo(image.dtype).max)
    sign = 1 if shift >= 0 else -1

    def ask(name, *arguments):
        a = getattr(p, name)(*(reference.enter(x) if isinstance(x, np.ndarray) else x for x in arguments))
        a = [reference.leave(x) for x in parts(a)]
        if not hasattr(q, name):
            return a  # a step that this carrier takes within `see`
        b = getattr(q, name)(*(other.enter(x) if isinstance(x, np.ndarray) else x for x in arguments))
        b = [other.leave(x) for x in parts(b)]
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            assert x.shape == y.shape, f"{name}[{i}]"
            picture = name in ("fill", "see") and x.ndim == 3
            if picture or x.dtype.kind == "f":
                scale = 1.0 if x.shape[-1:] == (3,) else 1e-3  # a level of colour; shares of a pixel closer
                assert np.abs(x.astype(np.float64) - y).max(initial=0) <= scale, f"{name}[{i}]"
            else:
                assert np.array_equal(x, y), f"{name}[{i}] differs at {np.argwhere(x != y)[:5].tolist()}"
        return a

    (offset,) = ask("fixed_offset", disparity, shift)
    (steps,) = ask("step_mask", offset)
    base, base_offset, fringe, fringe_offset, alpha = ask("unmix", image, offset, sign, steps, full)
    base, fringe = base.astype(image.dtype), fringe.astype(image.dtype)
    position, near = ask("splat_rows", base_offset, sign)
    (shown,) = ask("splat_fringe", fringe_offset, alpha, near, sign)
    colour, bare = ask("shade", base, base_offset, fringe, alpha, position, shown)
    centre = near[:, SUB // 2 :: SUB]
    for shortest in (1, 4):
        (column,) = ask("background_rows", centre, (bare > 0) | (centre == NOWHERE), shortest)
    ask("fill", colour, bare, column, full)
    ask("uncovered", colour, bare, centre, column)
    for shortest in (0, 1, 4):
        ask("see", image, offset, (1, -1), shortest, full, shortest > 0)
    return alpha


def parts(found):
    """The arrays of what a primitive gives: one, or several, or views that have several each."""
    if isinstance(found, (tuple, list)):
        return [part for each in found for part in parts(each)]
    return [] if found is None else [found]


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[1]}x{s[0]}")
@pytest.mark.parametrize("shift", [1.0, -1.0, 0.5])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_size_and_both_directions(size, shift, dtype, other):
    rng = np.random.default_rng(size[0] * 100 + size[1])
    disparity, surface = stepped(rng, *size)
    check_chain(edged_image(surface, rng, dtype), disparity, shift, other)
    check_chain(noise_image(rng, *size, dtype), rng.normal(0, 3, size).astype(np.float32), shift, other)


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 12),
    width=st.integers(1, 24),
    most=st.sampled_from([0.3, 2.0, 8.0, 40.0]),
    shift=st.sampled_from([1.0, -1.0, -0.37]),
    grain=st.booleans(),
)
def test_small_random_scenes(other, seed, height, width, most, shift, grain):
    rng = np.random.default_rng(seed)
    disparity, surface = stepped(rng, height, width, most)
    image = noise_image(rng, height, width) if grain else edged_image(surface, rng)
    check_chain(image, disparity, shift, other)


@pytest.mark.parametrize("shift", [1.0, -1.0])
def test_equal_nearness_is_settled_alike(shift, other):
    """Two surfaces that land on each other at exactly one depth: no order of work may decide."""
    rng = np.random.default_rng(5)
    disparity = np.tile(np.repeat([2.0, 2.0, 0.0, 4.0, 4.0, 2.0, 3.0, 3.0], 4).astype(np.float32), (6, 1))
    check_chain(noise_image(rng, *disparity.shape), disparity, shift, other)
    check_chain(noise_image(rng, 6, 32), np.zeros((6, 32), np.float32), shift, other)


def test_a_wide_picture(other):
    rng = np.random.default_rng(8)
    disparity, surface = stepped(rng, 16, 8192, 200.0)
    smooth = np.where(surface == 0, 0, disparity).astype(np.float32)
    check_chain(edged_image(surface, rng), smooth, 1.0, other)
    check_chain(noise_image(rng, 16, 8192), np.full((16, 8192), 8191.0, np.float32), -1.0, other)


def test_a_crop_of_the_street(street, other):
    rows = slice(90, 150)
    for shift in (1.0, -1.0):
        alpha = check_chain(
            np.ascontiguousarray(street.left.image[rows]),
            np.ascontiguousarray(street.disparity[rows]),
            shift,
            other,
        )
        assert np.count_nonzero(alpha) > 300  # the scene has edges to unmix, or nothing was compared


@pytest.mark.parametrize("shift", [1.0, -1.0, 0.0])
def test_what_is_no_number_goes_through(shift, other):
    rng = np.random.default_rng(3)
    disparity, surface = stepped(rng, 12, 40)
    for value, place in ((np.nan, 3), (np.inf, 11), (-np.inf, 20)):
        disparity[rng.integers(0, 12, 6), (place + rng.integers(0, 6, 6)) % 40] = value
    image = edged_image(surface, rng)
    check_chain(image, disparity, shift, other)
    check_chain(image, np.full_like(disparity, np.nan), shift, other)
    check_chain(image, np.full_like(disparity, np.inf), shift, other)


def test_nan_is_far_away_and_infinity_leaves_the_picture(on):
    disparity = np.array([[1.0, np.nan, 3.0, np.inf, -np.inf]], np.float32)
    for sign in (1, -1):
        offset = on.leave(on.primitives.fixed_offset(on.enter(disparity), float(sign)))
        assert (sign * offset).tolist() == [[1024, 1024, 3072, 5120, -5120]]


def test_whole_views_agree(street, other):
    reference = carrier("reference", "cpu")
    image, disparity = street.left.image[:150], street.disparity[:150]
    for shifts in ([1.0], [-1.0], [-0.5, 0.5]):
        views = [
            render(c.enter(image), c.enter(disparity), shifts, c, listed=True) for c in (reference, other)
        ]
        for a, b in zip(*views, strict=True):
            same = [(a.seen.holes, b.seen.holes), (a.seen.near, b.seen.near)]
            same += zip(a.seen.uncovered[:4], b.seen.uncovered[:4], strict=True)
            assert all(np.array_equal(reference.leave(x), other.leave(y)) for x, y in same), shifts
    pictures = [
        synthesize_view(image, disparity, backend=c.name, device=c.device).image for c in (reference, other)
    ]
    assert np.abs(pictures[0].astype(int) - pictures[1]).max() <= 1


def sampled(on, image, x, y, kernel):
    return on.leave(on.primitives.sample(on.enter(image), on.enter(x), on.enter(y), kernel))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (13, 22)], ids=lambda s: f"{s[1]}x{s[0]}")
def test_sample(size, dtype, kernel, other):
    rng = np.random.default_rng(2)
    height, width = size
    full = 1.0 if dtype == np.float32 else float(np.iinfo(dtype).max)
    image = (rng.random((height, width, 2)) * full).astype(dtype)
    x = rng.uniform(-8, width + 8, (11, 15)).astype(np.float32)
    y = rng.uniform(-8, height + 8, (11, 15)).astype(np.float32)
    x[0], y[1] = np.rint(x[0]), np.floor(y[1]) + np.float32(0.5)
    a = sampled(carrier("reference", "cpu"), image, x, y, kernel)
    b = sampled(other, image, x, y, kernel)
    assert a.shape == b.shape == (11, 15, 2) and b.dtype == np.float32
    assert np.abs(a - b).max() <= full * 2e-5


@pytest.mark.parametrize("kernel", KERNELS)
def test_sample_at_whole_places_is_the_pixel(kernel, on):
    rng = np.random.default_rng(4)
    image = rng.integers(0, 65536, (9, 12, 3), dtype=np.uint16)
    y, x = np.mgrid[-2:11, -3:15].astype(np.float32)
    expected = image[np.clip(y, 0, 8).astype(int), np.clip(x, 0, 11).astype(int)]
    assert np.array_equal(sampled(on, image, x, y, kernel), expected)


@pytest.mark.parametrize("kernel", KERNELS[1:])
def test_sample_reproduces_a_straight_ramp(kernel, on):
    image = np.tile(np.arange(40, dtype=np.float32)[None, :, None] * 3 + 5, (20, 1, 1))
    x = np.linspace(4, 34, 97, dtype=np.float32)
    got = sampled(on, image, x, np.full_like(x, 9.3), kernel)[:, 0]
    # windowed sinc reproduces a ramp nearly, the polynomials exactly
    assert np.abs(got - (3 * x + 5)).max() < (0.2 if kernel == "lanczos" else 1e-3)


@pytest.mark.parametrize("kernel", KERNELS)
def test_sample_far_outside_is_the_edge(kernel, on):
    image = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
    far = np.float32(2**20)
    x = np.array([-far, far, far, -far], np.float32)
    y = np.array([-far, -far, far, far], np.float32)
    assert sampled(on, image, x, y, kernel)[:, 0].tolist() == [0, 3, 11, 8]
