"""Warping by flow, chaining flows and finding occlusions, where the truth is known."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import pytest

from lib_parallax import samples
from lib_parallax.errors import OptionError
from lib_parallax.warp import compose_flow, occlusion, warp_flow

KERNELS = ("nearest", "linear", "cubic", "lanczos")


def constant(height, width, dx, dy):
    return np.broadcast_to(np.array([dx, dy], np.float32), (height, width, 2)).copy()


def affine(height, width, matrix, shift):
    """Flow of x -> matrix x + shift."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    to_x = matrix[0][0] * x + matrix[0][1] * y + shift[0]
    to_y = matrix[1][0] * x + matrix[1][1] * y + shift[1]
    return np.stack([to_x - x, to_y - y], -1).astype(np.float32)


@lru_cache(maxsize=4)
def moments(motion, seconds=0.4):
    """Two moments of the street, exact flow both ways, and what of the first the second shows."""
    a = samples.street((320, 180), motion=motion, supersample=2, time=0.8)
    b = a.at(0.8 + seconds)
    forth, back = a.flow(b.time), b.flow(a.time)
    first, second = a.view(), b.view()
    height, width = first.depth.shape
    y, x = np.mgrid[:height, :width]
    to_x, to_y = np.rint(x + forth[..., 0]).astype(int), np.rint(y + forth[..., 1]).astype(int)
    inside = (to_x >= 0) & (to_x < width) & (to_y >= 0) & (to_y < height)
    u, v = to_x.clip(0, width - 1), to_y.clip(0, height - 1)
    hidden = ~inside | (second.depth[v, u] > first.depth + 0.02)
    return first, second, forth, back, hidden


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("kind", ["uint8", "uint16", "float32", "map"])
def test_whole_pixel_flow_moves_pixels_untouched(kind, kernel, on):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    if kind == "uint16":
        image = rng.integers(0, 65536, (20, 30, 3), dtype=np.uint16)
    elif kind == "float32":
        image = rng.random((20, 30, 3), dtype=np.float32)
    elif kind == "map":
        image = rng.normal(0, 100, (20, 30)).astype(np.float32)
    dx, dy = rng.integers(-9, 10, (2, 20, 30))
    flow = np.stack([dx, dy], -1).astype(np.float32)
    y, x = np.mgrid[:20, :30]
    truth = image[(y + dy).clip(0, 19), (x + dx).clip(0, 29)]
    got = warp_flow(image, flow, kernel, backend=on.name, device=on.device)
    assert got.dtype == image.dtype and np.array_equal(got, truth)


@pytest.mark.parametrize(("kernel", "floor"), [("linear", 28), ("cubic", 34), ("lanczos", 34)])
def test_warping_a_frame_back_gives_the_frame(kernel, floor, psnr):
    first, second, forth, _, hidden = moments("object", 0.3)
    flat = cv2.erode((~hidden).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    moved = np.abs(forth).max(-1) > 1
    inner = flat & (cv2.erode(moved.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)
    assert inner.sum() > 300
    assert psnr(warp_flow(second.image, forth, kernel), first.image, inner) > floor - 8
    still = flat & (cv2.dilate(moved.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0)
    assert np.array_equal(warp_flow(second.image, forth, kernel)[still], first.image[still])


def test_kernels_get_sharper(psnr):
    y, x = np.mgrid[:60, :80].astype(np.float32)

    def wave(dx, dy):
        value = 128 + 60 * np.sin((x + dx) / 2.2) * np.cos((y + dy) / 2.6)
        return value[..., None].repeat(3, 2)

    image = np.rint(wave(0, 0)).astype(np.uint8)
    inner = np.zeros((60, 80), bool)
    inner[6:-6, 6:-6] = True
    quality = [psnr(warp_flow(image, constant(60, 80, 0.5, 0.5), k), wave(0.5, 0.5), inner) for k in KERNELS]
    assert quality[1] > quality[0] + 6 and min(quality[2:]) > quality[1] + 6


def test_composing_affine_flows_is_exact_inside(on):
    first = [[1.01, 0.02], [-0.015, 0.99]], [1.5, -2.25]
    second = [[0.98, -0.01], [0.02, 1.02]], [-3.0, 1.0]
    ab, bc = affine(60, 80, *first), affine(60, 80, *second)
    both = np.array(second[0]) @ np.array(first[0])
    truth = affine(60, 80, both, np.array(second[0]) @ first[1] + second[1])
    got = compose_flow(ab, bc, backend=on.name, device=on.device)
    assert got.dtype == np.float32
    # a linear field is what linear sampling reproduces, where it does not leave the picture
    assert np.abs(got - truth)[5:-5, 5:-5].max() < 1e-4


def test_composing_the_streets_flows():
    """Through a moment between: right but for what that moment hides."""
    a = samples.street((320, 180), motion="pan", supersample=2)
    b, c = a.at(0.15), a.at(0.3)
    got = compose_flow(a.flow(b.time), b.flow(c.time))
    gap = np.abs(got - a.flow(c.time)).max(-1)
    lost = occlusion(a.flow(b.time), b.flow(a.time))
    # a step of depth mixes two flows within a pixel of it
    near_lost = cv2.dilate(lost.astype(np.uint8), np.ones((3, 5), np.uint8)) > 0
    assert np.mean(gap[~near_lost] < 0.1) > 0.97
    assert np.median(gap) < 1e-3


def test_composing_with_no_motion_changes_nothing():
    flow = np.random.default_rng(0).normal(0, 3, (12, 15, 2)).astype(np.float32)
    still = np.zeros_like(flow)
    assert np.array_equal(compose_flow(flow, still), flow)
    assert np.array_equal(compose_flow(still, flow), flow)


@pytest.mark.parametrize("motion", ["pan", "object"])
def test_occlusion_against_the_exact_scene(motion, on):
    *_, forth, back, hidden = moments(motion)
    found = occlusion(forth, back, backend=on.name, device=on.device)
    wide = np.ones((3, 3), np.uint8)
    near_truth = cv2.dilate(hidden.astype(np.uint8), wide) > 0
    near_found = cv2.dilate(found.astype(np.uint8), wide) > 0
    assert hidden.sum() > 500
    assert near_truth[found].mean() > 0.9, "precision"
    assert near_found[hidden].mean() > 0.85, "recall"


def test_occlusion_of_simple_motions():
    still = np.zeros((20, 30, 2), np.float32)
    assert not occlusion(still, still).any()
    right = constant(20, 30, 4, 0)
    lost = occlusion(right, -right)
    assert np.array_equal(lost, np.broadcast_to(np.arange(30) > 25, (20, 30)))
    assert occlusion(right, right).all()


def test_flow_that_is_no_number_harms_itself_alone(on):
    image = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    clean = constant(12, 16, 1, 0)
    flow = clean.copy()
    flow[3, 4], flow[5, 6], flow[7, 8] = np.nan, np.inf, -np.inf
    bad = ~np.isfinite(flow).all(-1)
    args = {"backend": on.name, "device": on.device}
    assert np.array_equal(warp_flow(image, flow, **args)[~bad], warp_flow(image, clean, **args)[~bad])
    with np.errstate(all="raise"):
        lost = occlusion(flow, -clean, **args)
        composed = compose_flow(flow, clean, **args)
    assert lost[bad].all() and not lost[:, :14][~bad[:, :14]].any()
    assert np.array_equal(composed[~bad], compose_flow(clean, clean, **args)[~bad])
    # read through a broken flow nothing is known
    assert occlusion(clean, np.full_like(clean, np.nan), **args).all()


@pytest.mark.parametrize("channels_first", [False, True])
def test_torch_in_torch_out(channels_first, on):
    torch = pytest.importorskip("torch")
    image = np.random.default_rng(0).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    flow = constant(3, 4, 1, 0)
    expected = warp_flow(image, flow)
    given = torch.from_numpy(image).to(on.device)
    given = given.permute(2, 0, 1) if channels_first else given
    moved = torch.from_numpy(flow).to(on.device)
    got = warp_flow(given, moved, backend=on.name)
    assert got.shape == given.shape and got.device == given.device and got.dtype == torch.uint8
    got = got.permute(1, 2, 0) if channels_first else got
    assert np.array_equal(got.cpu().numpy(), expected)
    for result in (compose_flow(moved, moved, backend=on.name), occlusion(moved, -moved, backend=on.name)):
        assert isinstance(result, torch.Tensor) and result.device == moved.device


def test_the_flow_gives_the_size_and_channels_are_free():
    image = np.arange(8 * 10 * 5, dtype=np.uint8).reshape(8, 10, 5)
    got = warp_flow(image, constant(4, 6, 2, 1))
    assert np.array_equal(got, image[1:5, 2:8])


def test_floats_beyond_one_are_not_cut_off():
    """Latents and normals are pictures too."""
    image = np.random.default_rng(0).normal(0, 5, (9, 9, 4)).astype(np.float32)
    assert np.array_equal(warp_flow(image, np.zeros((9, 9, 2), np.float32)), image)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: warp_flow(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4))), "flow"),
        (lambda: warp_flow(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 2)), "sharp"), "interpolation"),
        (lambda: warp_flow(np.zeros((4, 4, 3), np.int64), np.zeros((4, 4, 2))), "image"),
        (lambda: warp_flow(np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 2))), "image"),
        (lambda: compose_flow(np.zeros((4, 4, 2)), np.zeros((4, 4, 3))), "flow_bc"),
        (lambda: occlusion(np.zeros((4, 4)), np.zeros((4, 4, 2))), "flow_ab"),
        (lambda: occlusion(np.zeros((4, 4, 2)), np.zeros((2, 4, 4))), "flow_ba"),
    ],
)
def test_what_does_not_fit_is_refused(call, field):
    with pytest.raises(OptionError) as caught:
        call()
    assert caught.value.field == field
