"""Every carrier lays panes over each other as the reference does, to one level."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.warp import Pane, composite

SIZES = [(1, 1), (1, 7), (7, 1), (3, 5), (17, 31), (24, 700)]
PLACES = [(0, 0), (3, -2), (0.5, 0), (0, -0.25), (-1.3, 2.7), (6.501, -4.499), (-300.2, 0.1)]


def pane(height, width, x, y, kind="soft", rows=None, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    if kind == "solid":
        image[..., 3] = 255
    elif kind == "patches":
        blocks = rng.integers(0, 2, (height // 4 + 1, width // 60 + 1)) * 255
        image[..., 3] = blocks.repeat(4, 0).repeat(60, 1)[:height, :width]
    return Pane(image, x, y, rows)


def agree(other, panes, size):
    a = composite(panes, size, backend="reference", device="cpu").astype(int)
    b = composite(panes, size, backend=other.name, device=other.device).astype(int)
    assert a.shape == b.shape == (size[1], size[0], 3)
    assert np.abs(a - b).max() <= 1
    return a


@pytest.mark.parametrize("place", PLACES, ids=str)
@pytest.mark.parametrize("kind", ["soft", "solid", "patches"])
def test_one_pane_anywhere(kind, place, other):
    assert agree(other, [pane(23, 610, *place, kind)], (563, 19)).any()


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[1]}x{s[0]}")
def test_panes_and_frames_of_every_size(size, other):
    for place in PLACES[:-1]:
        agree(other, [pane(*size, *place)], (9, 8))
        agree(other, [pane(9, 8, *place, "solid"), pane(5, 5, 0.4, 1.2)], (size[1], size[0]))


@pytest.mark.parametrize("seed", range(8))
def test_many_panes_that_hide_each_other(seed, other):
    """What is not drawn because it is hidden is never missed."""
    rng = np.random.default_rng(seed)
    panes = []
    for number in range(seed + 2):
        height, width = rng.integers(5, 60), rng.integers(20, 900)
        place = rng.uniform(-20, 20, 2)
        if number % 3 == 0:
            place = place.round()
        rows = rng.uniform(-0.5, 1.5, 37).clip(0, 1) if number % 4 == 3 else None
        kind = ("soft", "solid", "patches")[number % 3]
        panes.append(pane(height, width, *place, kind, rows, seed=number))
    agree(other, panes, (777, 37))


def test_nothing_but_rows_that_show_nothing(other):
    assert not agree(other, [pane(20, 20, 0, 0, "solid", np.zeros(20))], (20, 20)).any()
