"""Area filtering along a line: means over stretches, where they are known."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.warp.area import area_taps

WIDTHS = (0.03, 0.5, 0.77, 1.0, 1.3, 2.0, 2.9, 3.7, 6.9)


def applied(cells, starts, width):
    taps = area_taps(np.asarray(starts, np.float64), width)
    index = taps.first[:, None] + np.arange(taps.weights.shape[1])
    return (cells[index.clip(0, len(cells) - 1)] * taps.weights.astype(np.float64)).sum(-1)


@pytest.mark.parametrize("width", WIDTHS)
def test_weights_sum_to_one_in_whole_groups_of_four(width):
    taps = area_taps(np.linspace(-3, 40, 999), width)
    assert np.abs(taps.weights.sum(1) - 1).max() < 1e-6
    assert taps.weights.shape[1] % 4 == 0 and taps.weights.shape[1] >= 8
    assert taps.first.dtype == np.int32 and taps.weights.dtype == np.float32


def test_a_whole_cell_is_itself_and_two_are_their_mean():
    cells = np.random.default_rng(1).uniform(0, 255, 40)
    assert np.allclose(applied(cells, np.arange(40), 1.0), cells, atol=1e-4)
    assert np.allclose(applied(cells, np.arange(0, 40, 2), 2.0), cells.reshape(20, 2).mean(1), atol=1e-4)


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_the_parts_of_a_cell_have_its_mean(parts):
    """Enlarging adds and loses nothing: the mean of each cell comes back."""
    cells = np.random.default_rng(2).uniform(0, 255, 30)
    fine = applied(cells, np.arange(30 * parts) / parts, 1 / parts)
    assert np.allclose(fine.reshape(30, parts).mean(1), cells, atol=1e-3)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_straight_ramp_stays_straight(width):
    cells = 3 * (np.arange(60) + 0.5) + 5
    starts = np.linspace(8, 40, 77)
    assert np.allclose(applied(cells, starts, width), 3 * (starts + width / 2) + 5, atol=1e-3)


@pytest.mark.parametrize("width", [0.6, 1.2, 2.5])
def test_a_wave_is_closer_than_by_cells_cut_at_the_stretch_s_ends(width):
    """The means of a wave eight cells long, against counting each cell as even."""

    def integral(x):
        return -np.cos(2 * np.pi * x / 8) * 8 / (2 * np.pi)

    def plain(x):
        return np.interp(x, np.arange(101), np.concatenate([[0], np.cumsum(cells)]))

    edges = np.arange(101.0)
    cells = np.diff(integral(edges))
    starts = np.linspace(20, 70, 501)
    true = (integral(starts + width) - integral(starts)) / width
    ours = np.abs(applied(cells, starts, width) - true).max()
    assert ours < 0.25 * np.abs((plain(starts + width) - plain(starts)) / width - true).max()
