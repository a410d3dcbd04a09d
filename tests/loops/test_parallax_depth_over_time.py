"""A still whose depth changes over the result."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lib_parallax import loops
from lib_parallax.faces.preview import preview
from lib_parallax.loops import parallax
from lib_parallax.loops.parallax.depth_over_time import depths_over
from lib_parallax.loops.source import opened
from lib_parallax.options import ParallaxOptions, parse
from lib_parallax.types import Boundary

WIDTH, HEIGHT = 96, 64
FRAMES = 9


def red(image):
    """Where the near square is, across."""
    return (image[..., 0].astype(int) - image[..., 1] > 120).nonzero()[1].mean()


@pytest.fixture
def still(tmp_path):
    """A red square before a wall, and its picture's path."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    near = (abs(x - 48) < 14) & (abs(y - 32) < 14)
    wall = np.stack([0 * x, 120 + 60 * np.cos(y / 4), 120 + 100 * np.sin(x / 3)], -1).astype(np.uint8)
    Image.fromarray(np.where(near[..., None], np.uint8([220, 30, 30]), wall)).save(tmp_path / "scene.png")
    return tmp_path / "scene.png", near


@pytest.fixture
def depths(tmp_path, still):
    """Folders of depth in which the square comes nearer, by the values that it has."""

    def folder(name, *values):
        (tmp_path / name).mkdir()
        for number, value in enumerate(values):
            map_ = np.where(still[1], value, 0.0)
            Image.fromarray(np.rint(map_ * 65535).astype(np.uint16)).save(tmp_path / name / f"{number}.png")
        return str(tmp_path / name)

    return folder


def values(depth, **more):
    return {
        "depth": depth, "duration": FRAMES / 10, "fps": 10, "move": "still", "offset_x": "0.6",
        "height": "0.5", "steady": "0", "isometric": "1", "behind": "stretch", **more,
    }  # fmt: skip


def test_depth_runs_straight_from_map_to_map(depths):
    found = list(depths_over(depths("three", 0, 1, 0.5), (WIDTH, HEIGHT), FRAMES))
    middle = [depth[32, 48] for depth in found]
    assert middle == pytest.approx([0, 0.25, 0.5, 0.75, 1, 0.875, 0.75, 0.625, 0.5], abs=1e-4)
    again = list(depths_over(depths("again", 0, 1, 0.5), (WIDTH, HEIGHT), FRAMES, 5))
    assert all(np.array_equal(a, b) for a, b in zip(again, found[5:], strict=True))


def test_more_maps_than_frames_and_a_single_frame(depths):
    many = depths("many", *np.linspace(0, 1, 21))
    found = [depth[32, 48] for depth in depths_over(many, (WIDTH, HEIGHT), 5)]
    assert found == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=1e-4)
    assert len(list(depths_over(many, (WIDTH, HEIGHT), 1))) == 1


def test_the_near_thing_moves_as_its_depth_grows(still, depths):
    made = list(loops.run("parallax", str(still[0]), values(depths("grows", 0, 1))))
    at = [red(frame.image) for frame in made]
    steps = np.diff(at)
    assert len(made) == FRAMES and abs(at[-1] - at[0]) > 5
    assert np.ptp(steps) < 0.6 and np.sign(steps[0]) * steps.min() > 0


def test_maps_that_are_all_alike_are_one_map(still, depths, tmp_path):
    np.save(tmp_path / "one.npy", np.where(still[1], 1.0, 0.0).astype(np.float32))
    changing = list(loops.run("parallax", str(still[0]), values(depths("same", 1, 1, 1), behind="paint")))
    fixed = list(loops.run("parallax", str(still[0]), values(str(tmp_path / "one.npy"))))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(changing, fixed, strict=True))


def test_it_goes_on_anywhere_and_the_preview_shows_the_frame(still, depths):
    options = values(depths("moves", 0, 1, 0.3))
    with opened(str(still[0])) as reader:
        chosen, told = parse(ParallaxOptions, options), []
        whole = list(parallax.frames(reader, chosen, on_event=told.append))
        assert any("stretched, not painted" in event.text for event in told)
        rest = list(parallax.frames(reader, chosen, start=Boundary(6, False)))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(rest, whole[6:], strict=True))
    seen = preview("parallax", still[0], options, 4).pictures["result"]
    assert abs(red(seen) - red(whole[4].image)) < 0.3
    assert abs(red(seen) - red(whole[0].image)) > 3
