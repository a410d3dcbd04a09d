"""The exact scene keeps its word: views, depth, flow and masks all tell of one world."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax import samples

SIZE = (320, 180)


def still(**changes):
    return samples.street(SIZE, supersample=2, **changes)


def follow(values, dx, dy):
    """`values` at the whole pixel nearest to x + (dx, dy), and where that lies inside."""
    height, width = dx.shape
    y, x = np.mgrid[:height, :width]
    u, v = np.rint(x + dx).astype(int), np.rint(y + dy).astype(int)
    inside = (u >= 0) & (u < width) & (v >= 0) & (v < height)
    return values[v.clip(0, height - 1), u.clip(0, width - 1)], inside


def test_a_view_has_its_shapes_and_ranges():
    view = still().view()
    assert view.image.shape == (180, 320, 3) and view.image.dtype == np.uint8
    assert view.depth.shape == (180, 320) and view.depth.dtype == np.float32
    assert view.surface.shape == (180, 320)
    assert view.depth.min() >= 0 and 0.8 < view.depth.max() <= 1
    assert view.image.std() > 30
    thin = np.isin(view.surface, samples.THIN)
    assert 0.005 < thin.mean() < 0.2


def test_the_same_scene_is_the_same_to_the_byte():
    a, b = (still(motion="object", time=0.7).view(0.5) for _ in range(2))
    assert np.array_equal(a.image, b.image) and np.array_equal(a.depth, b.depth)


def test_the_budget_is_what_the_nearest_point_moves():
    scene = still()
    assert scene.disparity(np.array([0.0, 1.0])).tolist() == [0.0, pytest.approx(0.025 * 320)]
    assert np.allclose(still(budget=0.05).disparity(np.array([0.5])), 8.0)


@pytest.mark.parametrize(("here", "there"), [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0)])
def test_the_second_view_is_the_first_moved_by_its_disparity(here, there):
    """Read backwards from the second view: x + s*d is where the source shows the same point."""
    scene = still()
    source, target = scene.view(here), scene.view(there)
    visible, outside = scene.visible(there, here)
    assert not (visible & outside).any()
    back = (there - here) * scene.disparity(target.depth)
    zero = np.zeros_like(back)
    surface, inside = follow(source.surface, back, zero)
    assert inside[visible].mean() > 0.999
    assert (surface == target.surface)[visible].mean() > 0.97
    depth, _ = follow(source.depth, back, zero)
    same = visible & (surface == target.surface)
    assert np.abs(depth - target.depth)[same].max() < 0.06  # within a pixel of a slanted surface
    assert np.median(np.abs(depth - target.depth)[same]) < 1e-6


def test_masks_are_sane():
    scene = still()
    visible, outside = scene.visible(1.0, 0.0)
    hidden = ~visible & ~outside
    # a point at x in the right view was at x + d in the left one: only the right edge lies outside
    assert outside[:, -1].mean() > 0.3 and not outside[:, : 320 - 9].any()
    assert 0.02 < hidden.mean() < 0.1
    same, none_outside = scene.visible(0.0, 0.0)
    assert same.all() and not none_outside.any()


@pytest.mark.parametrize("motion", ["pan", "object"])
def test_flow_leads_to_the_same_surface(motion):
    a = still(motion=motion, time=0.5)
    flow = a.flow(0.8)
    first, second = a.view(), a.at(0.8).view()
    assert flow.shape == (180, 320, 2) and flow.dtype == np.float32
    surface, inside = follow(second.surface, flow[..., 0], flow[..., 1])
    depth, _ = follow(second.depth, flow[..., 0], flow[..., 1])
    shown = inside & (depth <= first.depth + 0.02)  # else something nearer stands there now
    assert (surface == first.surface)[shown].mean() > 0.97
    assert np.array_equal(a.flow(0.5), np.zeros_like(flow))
    # the same way in the other eye, the same amount
    assert np.abs(a.flow(0.8, eye=1.0).max() - flow.max()) < 1e-3


def test_still_means_still_and_things_move_where_they_should():
    scene = still(motion="still")
    assert np.array_equal(scene.view().image, scene.at(2.0).view().image)
    assert not scene.flow(2.0).any()
    moving = still(motion="object", time=1.0)
    flow, view = moving.flow(1.25), moving.view()
    crossing = view.surface == 12
    assert crossing.mean() > 0.015
    assert np.allclose(flow[crossing], [0.28 * 0.25 * 320, 0], atol=1e-3) and not flow[~crossing].any()
    pan = still(motion="pan").flow(0.1)
    assert (pan[..., 0] <= 0).all() and not pan[..., 1].any()
    assert pan[..., 0].min() == pytest.approx(-0.3 * 8, rel=0.1)


def test_supersampling_smooths_the_picture_and_leaves_depth_alone():
    coarse, fine = still().view(), samples.street(SIZE, supersample=4).view()
    assert np.array_equal(coarse.depth, fine.depth) and np.array_equal(coarse.surface, fine.surface)
    assert not np.array_equal(coarse.image, fine.image)
    assert np.abs(coarse.image.astype(int) - fine.image).mean() < 6
