"""Panes over each other: exact copies, exact places, and nothing of colours that cannot be seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lib_parallax.errors import OptionError
from lib_parallax.warp import Pane, composite

SIZE = (60, 40)


def noise(height=40, width=60, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def rgba(colour, alpha=255):
    return np.concatenate([colour, np.broadcast_to(np.uint8(alpha), (*colour.shape[:2], 1))], -1)


def made(on, *panes, size=SIZE):
    return composite([Pane(*p) for p in panes], size, backend=on.name, device=on.device)


@pytest.mark.parametrize(
    "place", [(0, 0), (7, -3), (-20, 11), (59, 39), (-59, -39), (1e-9, 3 - 1e-9)], ids=str
)
def test_whole_places_are_copies_and_beyond_is_black(place, on):
    image = noise()
    x, y = round(place[0]), round(place[1])
    true = np.zeros((3 * 40, 3 * 60, 3), np.uint8)
    true[40 + y : 80 + y, 60 + x : 120 + x] = image
    assert np.array_equal(made(on, (rgba(image), *place)), true[40:80, 60:120])


def test_shares_of_alpha_mix_as_they_should(on):
    a, b = noise(seed=1), noise(seed=2)
    frame = made(on, (rgba(a), 0, 0), (rgba(b, 51), 0, 0)).astype(float)
    assert np.abs(frame - (0.8 * a + 0.2 * b)).max() <= 0.5 + 1e-3


def test_invisible_colours_do_not_bleed(on):
    """A disc of one grey on a ground of violent colours without alpha stays of that grey, at any place."""
    y, x = np.mgrid[0:40, 0:60]
    disc = (x - 30) ** 2 + (y - 20) ** 2 < 150
    image = np.zeros((40, 60, 4), np.uint8)
    image[...] = (255, 0, 255, 0)
    image[disc] = (100, 100, 100, 255)
    white = np.full((40, 60, 3), 100, np.uint8)
    for place in ((0.5, 0.0), (0.0, 0.3), (0.25, 0.6)):
        frame = made(on, (rgba(white), 0, 0), (image, *place)).astype(int)
        assert np.abs(frame - 100).max() <= 1


def test_an_even_colour_stays_even_to_the_edge(on):
    """No pixel of a pane's edge is darker, wherever between the pixels it lies."""
    image = rgba(np.full((40, 60, 3), 200, np.uint8))
    for x in (0.49, -0.49, 0.2):
        frame = made(on, (image, x, -x))
        assert (frame == 200).all()
    assert (made(on, (image, 0.51, 0))[:, 0] == 0).all()


def test_a_ramp_moves_by_what_it_is_moved(on):
    """A straight ramp shows its place: the frame is the ramp shifted, to its rounding."""
    x = np.arange(60)[None, :] + 0.0 * np.arange(40)[:, None]
    y = np.arange(40)[:, None] + 0.0 * x
    image = rgba(np.stack([4 * x + 8, 5 * y + 20, 2 * x + 2 * y + 10], -1).astype(np.uint8))
    for dx, dy in ((0.37, 0), (0, -0.81), (1.5, 2.25), (-3.3, 0.6)):
        frame = made(on, (image, dx, dy)).astype(float)
        u, v = x - dx, y - dy
        true = np.stack([4 * u + 8, 5 * v + 20, 2 * u + 2 * v + 10], -1)
        inside = np.s_[6:-6, 6:-6]
        assert np.abs(frame - true)[inside].max() <= 0.51


def test_cubic_weights(on):
    """One bright pixel, a quarter on: the weights of Keys' kernel with a = -1/2, cut below black."""
    image = rgba(np.zeros((1, 9, 3), np.uint8))
    image[0, 4, :3] = 255
    row = made(on, (image, 0.25, 0), size=(9, 1))[0, :, 0]
    t = np.abs(np.arange(9) - 4.25)
    keys = np.where(t < 1, 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2) * (t < 2)
    assert np.abs(row - (255 * keys).clip(0)).max() <= 0.51


def test_rows_weigh_each_row_of_the_frame(on):
    near, far = noise(seed=3), noise(seed=4)
    rows = np.zeros(40, np.float32)
    rows[10:20], rows[20] = 1, 0.5
    frame = made(on, (rgba(far), 0, 0), (rgba(near), 0, 0, rows))
    assert np.array_equal(frame[:10], far[:10]) and np.array_equal(frame[21:], far[21:])
    assert np.array_equal(frame[10:20], near[10:20])
    assert np.abs(frame[20] - (far[20] / 2 + near[20] / 2)).max() <= 0.51


def test_what_comes_in_comes_out(on):
    image = rgba(noise())
    frame = made(on, (image, 0.3, 0.2))
    tensor = made(on, (torch.from_numpy(image), 0.3, 0.2))
    first = made(on, (torch.from_numpy(image).permute(2, 0, 1), 0.3, 0.2))
    assert isinstance(frame, np.ndarray) and tensor.dtype == torch.uint8 and first.shape == (3, 40, 60)
    assert np.array_equal(tensor.cpu().numpy(), frame)
    assert np.array_equal(first.permute(1, 2, 0).cpu().numpy(), frame)


def test_no_panes_are_black():
    assert not composite([], (5, 4)).any() and composite([], (5, 4)).shape == (4, 5, 3)


def test_a_frame_from_part_of_an_array_and_the_images_stay_as_they_were(on):
    whole = np.random.default_rng(5).integers(0, 256, (50, 90, 4), dtype=np.uint8)
    kept = whole.copy()
    a = made(on, (whole[5:45, 10:70], 0.5, 0.5))
    assert np.array_equal(a, made(on, (whole[5:45, 10:70].copy(), 0.5, 0.5)))
    assert np.array_equal(whole, kept)


@pytest.mark.parametrize(
    ("pane", "size", "says"),
    [
        (Pane(np.zeros((4, 4, 3), np.uint8), 0, 0), (4, 4), "pane 0: 3 channels"),
        (Pane(np.zeros((4, 4, 4), np.float32), 0, 0), (4, 4), "pane 0: 4 channels"),
        (Pane(np.zeros((4, 4, 4), np.uint8), float("nan"), 0), (4, 4), "no place"),
        (Pane(np.zeros((4, 4, 4), np.uint8), 0, 0, np.ones(3)), (4, 4), "where the frame has 4"),
        (Pane(np.zeros((4, 4, 4), np.uint8), 0, 0, np.full(4, np.nan)), (4, 4), "finite"),
        (Pane(np.zeros((4, 4, 4), np.uint8), 0, 0), (0, 4), "size"),
    ],
)
def test_what_does_not_fit_is_refused(pane, size, says):
    with pytest.raises(OptionError, match=says):
        composite([pane], size)
