"""A picture and its depth seen by a moved camera: against the formula, and what no picture may break."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.warp import Camera, render_parallax
from lib_parallax.warp.parallax import render_deep

HARD = {
    "offset": Camera(offset=(0.35, 0.1), height=0.5),
    "dolly": Camera(dolly=1.5, height=0.4, isometric=0),
    "focus": Camera(focus=0.8, dolly=0.6, height=0.5, isometric=0),
    "zoom": Camera(zoom=0.7, height=0.3),
    "origin": Camera(origin=(0.5, -0.3), height=0.5),
    "center": Camera(center=(-0.3, 0.2), height=0.35),
}


def hills(height=72, width=128):
    """A smooth picture over smooth hills with one board that stands before them."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    depth = 0.3 + 0.2 * np.sin(x / 17) * np.cos(y / 11)
    depth[20:50, 50:80] = 0.9
    waves = [128 + 90 * np.sin(x / (5 + c) + y / (7 - c)) for c in range(3)]
    return np.stack(waves, -1).round().astype(np.uint8), depth.astype(np.float32)


def brute(image, depth, camera, steps=1000):
    """The first hit by the formula as it stands, float64."""
    high, wide = depth.shape
    aspect = wide / high
    gx, gy = np.meshgrid(
        (2 * (np.arange(wide) + 0.5) / wide - 1) * aspect, 2 * (np.arange(high) + 0.5) / high - 1
    )
    c, near = camera, 1 - camera.focus * camera.height + camera.dolly

    def place(u):
        s = (1 - u + c.dolly) / (1 + c.dolly)
        scale = c.zoom * (c.isometric + (1 - c.isometric) * (1 - u + c.dolly) / near)
        x, y = (
            g * scale
            + c.offset[i] * (1 - s / (1 - c.steady * c.height))
            + c.origin[i] * (1 - s)
            + c.center[i] * s
            for i, g in enumerate((gx, gy))
        )
        return (x / aspect + 1) * wide / 2 - 0.5, (y + 1) * high / 2 - 0.5

    found = np.full(depth.shape, -1.0)
    for u in np.linspace(camera.height, 0, steps):
        hit = (found < 0) & (u <= camera.height * bilinear(depth, *place(u)))
        found[hit] = u
    return bilinear(image.astype(np.float64), *place(np.maximum(found, 0)))


@lru_cache
def truth(name):
    return brute(*hills(), HARD[name])


def bilinear(values, x, y):
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = x - x0, y - y0
    if values.ndim == 3:
        fx, fy = fx[..., None], fy[..., None]

    def at(v, u):
        v, u = v % (2 * values.shape[0]), u % (2 * values.shape[1])
        return values[np.minimum(v, 2 * values.shape[0] - 1 - v), np.minimum(u, 2 * values.shape[1] - 1 - u)]

    top = at(y0, x0) * (1 - fx) + at(y0, x0 + 1) * fx
    low = at(y0 + 1, x0) * (1 - fx) + at(y0 + 1, x0 + 1) * fx
    return top * (1 - fy) + low * fy


@pytest.mark.parametrize("name", list(HARD))
def test_the_first_hit_of_the_formula(name, on, psnr):
    image, depth = hills()
    made = render_parallax(image, depth, HARD[name], backend=on.name, device=on.device).image
    assert psnr(made, truth(name)) > 42


def test_a_still_camera_on_a_flat_picture_changes_nothing(on):
    image, _ = hills()
    for depth in (np.zeros(image.shape[:2], np.float32), np.full(image.shape[:2], np.nan, np.float32)):
        view = render_parallax(image, depth, Camera(), backend=on.name, device=on.device)
        assert np.array_equal(view.image, image) and not view.holes.any()


def test_a_plane_is_shifted_as_a_whole(on):
    """Depth 1 over all, parallel rays: offset moves the picture by itself, mirrored at the edge."""
    image = np.random.default_rng(0).integers(0, 256, (20, 40, 3), np.uint8)
    camera = Camera(offset=(0.4, -0.2), steady=0, isometric=1, height=1)
    view = render_parallax(image, np.ones((20, 40)), camera, backend=on.name, device=on.device)
    # .4 and .2 half heights of ten pixels
    columns = np.r_[4:40, 39, 38, 37, 36]
    rows = np.r_[1, 0, 0:18]
    assert np.array_equal(view.image, image[rows][:, columns])
    assert not view.holes.any()


def test_beyond_the_picture(on):
    image = np.random.default_rng(1).integers(1, 256, (20, 40, 3), np.uint8)
    depth = np.ones((20, 40), np.float32)
    views = {
        o: render_parallax(
            image, depth, Camera(offset=(1, 0), steady=0, isometric=1, height=1, outside=o),
            backend=on.name, device=on.device,
        )
        for o in ("edge", "blank")
    }  # fmt: skip
    assert np.array_equal(views["edge"].image[:, 29:], image[:, -1:].repeat(11, 1))
    assert np.array_equal(views["blank"].holes, np.arange(40)[None].repeat(20, 0) >= 30)
    assert not views["blank"].image[:, 30:].any() and not views["edge"].holes.any()


def test_holes_are_the_walls_that_come_to_light(on):
    """A board before a wall: by as much as it moves aside, what was behind it lacks."""
    image = np.full((30, 60, 3), 128, np.uint8)
    depth = np.zeros((30, 60), np.float32)
    depth[:, 20:40] = 1
    camera = Camera(offset=(0.4, 0), steady=0, isometric=1, height=1)  # six pixels to the left
    holes = render_parallax(image, depth, camera, backend=on.name, device=on.device).holes
    expected = np.zeros((30, 60), bool)
    expected[:, 34:40] = True
    assert np.array_equal(holes, expected)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 3), (200, 20)], ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("outside", ["mirror", "edge", "blank"])
def test_pictures_of_any_size(size, outside, on):
    rng = np.random.default_rng(2)
    image = rng.integers(0, 256, (size[1], size[0], 3), np.uint8)
    depth = rng.random(size[::-1]).astype(np.float32)
    camera = Camera(offset=(0.8, -0.5), zoom=1.4, height=0.6, dolly=0.2, roll=11, outside=outside)
    view = render_parallax(image, depth, camera, (13, 7), backend=on.name, device=on.device)
    assert view.image.shape == (7, 13, 3) and view.holes.shape == (7, 13)


def test_a_wider_frame_shows_the_most_that_has_no_border():
    image, depth = hills()
    view = render_parallax(image, 0 * depth, Camera(outside="blank"), (128, 20))
    assert not view.holes.any()
    assert np.abs(view.image[:, :2].astype(int) - image[26:46, :2]).max() <= 1


def test_what_comes_in_goes_out(on):
    import torch

    image, depth = hills(24, 32)
    camera = Camera(offset=(0.3, 0.1))
    plain = render_parallax(image, depth, camera, backend=on.name, device=on.device)
    deep = render_parallax(image.astype(np.uint16) * 257, depth, camera, backend=on.name, device=on.device)
    assert deep.image.dtype == np.uint16
    assert np.abs(deep.image / 257 - plain.image).max() <= 1
    first = torch.from_numpy(image).permute(2, 0, 1).float() / 255
    made = render_parallax(first, torch.from_numpy(depth), camera, backend=on.name, device=on.device)
    assert made.image.shape == (3, 24, 32) and made.image.dtype == torch.float32
    assert made.holes.dtype == torch.bool
    assert np.abs(made.image.permute(1, 2, 0).numpy() * 255 - plain.image).max() <= 1


def test_supersampling_is_the_mean_of_rays(on, psnr):
    image, depth = hills(24, 32)
    camera = Camera(zoom=1.6, offset=(0.2, 0))
    fine = render_parallax(image, depth, camera, (96, 72), backend=on.name, device=on.device).image
    mean = fine.reshape(24, 3, 32, 3, 3).mean((1, 3))
    made = render_parallax(image, depth, camera, backend=on.name, device=on.device, supersampling=3).image
    assert psnr(made, mean) > 50


def test_the_views_own_depth():
    image, depth = hills()
    assert np.abs(render_deep(image, depth, Camera(height=0)).depth - depth).max() < 1e-4
    moved = render_deep(image, depth, Camera(offset=(0.4, 0), steady=0, isometric=1, height=0.5))
    assert moved.depth.max() == pytest.approx(0.9, abs=1e-3)
    # the board has gone to the left by .9 * .5 * .4 half heights of 36 pixels
    assert moved.depth[35, 45] == pytest.approx(0.9, abs=1e-3)


def test_depth_that_is_out_of_bounds_or_no_number():
    image, depth = hills()
    broken = depth.copy()
    broken[3, 4], broken[5, 6], broken[7, 8] = np.nan, np.inf, -np.inf
    mended = depth.copy()
    mended[3, 4], mended[5, 6], mended[7, 8] = 0, 1, 0
    camera = Camera(offset=(0.3, 0.2))
    assert np.array_equal(
        render_parallax(image, broken, camera).image, render_parallax(image, mended, camera).image
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"depth": np.zeros((10, 12))}, "12x10 and the picture 128x72"),
        ({"depth": np.zeros((72, 128, 2))}, "depth: shape"),
        ({"image": np.zeros((72, 128, 4), np.uint8)}, "three channels"),
        ({"size": (0, 5)}, "size"),
        ({"supersampling": 0}, "supersampling"),
        ({"backend": "none"}, "backend"),
    ],
)
def test_what_is_refused(change, words):
    image, depth = hills()
    given = {"image": image, "depth": depth, "camera": Camera(), **change}
    with pytest.raises(OptionError, match=words):
        render_parallax(**given)
