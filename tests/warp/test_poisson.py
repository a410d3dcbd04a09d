"""A picture from its gradients, against a direct solution of the same equations."""

from __future__ import annotations

import numpy as np

from lib_parallax.warp.poisson import from_gradients


def test_is_the_least_squares_solution():
    rng = np.random.default_rng(3)
    height, width, weight = 5, 7, 3.0
    base = rng.normal(size=(height, width, 1))
    right, down = rng.normal(size=(height, width - 1, 1)), rng.normal(size=(height - 1, width, 1))
    rows, values = [np.eye(height * width)], [base.ravel()]
    number = np.arange(height * width).reshape(height, width)
    for low, high, wanted in ((number[:, :-1], number[:, 1:], right), (number[:-1], number[1:], down)):
        slope = np.zeros((low.size, height * width))
        slope[np.arange(low.size), high.ravel()] = weight
        slope[np.arange(low.size), low.ravel()] = -weight
        rows.append(slope)
        values.append(weight * wanted.ravel())
    truth = np.linalg.lstsq(np.concatenate(rows), np.concatenate(values), rcond=None)[0]
    found = from_gradients(base, right, down, weight)
    assert found.dtype == np.float32
    assert np.abs(found[..., 0].ravel() - truth).max() < 1e-5


def test_own_gradients_give_the_picture_back():
    picture = np.random.default_rng(4).uniform(0, 255, (33, 50, 3)).astype(np.float32)
    found = from_gradients(picture, np.diff(picture, axis=1), np.diff(picture, axis=0))
    assert np.abs(found - picture).max() < 0.01


def test_an_edge_that_is_in_no_gradient_goes():
    picture = np.full((40, 60, 3), 100, np.float32)
    picture[:, 30:] += 40
    found = from_gradients(picture, np.zeros((40, 59, 3)), np.zeros((39, 60, 3)))
    assert np.abs(np.diff(found, axis=1)).max() < 2
    assert found[:, :5].mean() < 110 and found[:, -5:].mean() > 130


def test_pictures_of_one_row_or_column():
    for shape in ((1, 9, 3), (9, 1, 3), (1, 1, 3)):
        picture = np.random.default_rng(5).uniform(0, 255, shape).astype(np.float32)
        found = from_gradients(picture, np.diff(picture, axis=1), np.diff(picture, axis=0))
        assert np.abs(found - picture).max() < 0.01
