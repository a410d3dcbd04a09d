"""Depth from a file: its levels, its size, its length."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from lib_parallax.depth import Supplied, check_length
from lib_parallax.errors import SourceError
from lib_parallax.types import Boundary, Frame


@pytest.fixture
def folder(tmp_path):
    """Five 16-bit pictures 8x6, all of the level 1/10 to 5/10."""
    for i in range(5):
        level = round((i + 1) / 10 * 65535)
        cv2.imwrite(str(tmp_path / f"{i:03d}.png"), np.full((6, 8), level, np.uint16))
    return tmp_path


def film(count, size=(8, 6), start=0, boundaries=()):
    image = np.zeros((size[1], size[0], 3), np.uint8)
    for i in range(start, count):
        yield Frame(image, Fraction(i, 24), boundary=Boundary(i, False) if i in boundaries else None)


def test_one_depth_a_frame_at_the_pictures_size(folder):
    out = list(Supplied(folder).stream(film(5, (33, 21))))
    assert [d.values.shape for d in out] == [(21, 33)] * 5
    assert all(d.range == (0.0, 1.0) and d.values.dtype == np.float32 for d in out)
    np.testing.assert_allclose([d.values.mean() for d in out], [0.1, 0.2, 0.3, 0.4, 0.5], atol=1e-4)


def test_a_picture_for_a_picture(tmp_path):
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (48, 1))
    cv2.imwrite(str(tmp_path / "d.png"), ramp)
    image = np.zeros((12, 16, 3), np.uint8)
    found = Supplied(tmp_path / "d.png").estimate(image)
    # Shrunk by the mean of each 4 x 4 area.
    np.testing.assert_allclose(found.values, (ramp / 65535).reshape(12, 4, 16, 4).mean((1, 3)), atol=1e-4)


def test_going_on_from_a_boundary(folder):
    frames = list(film(5, boundaries=(2,)))
    whole = list(Supplied(folder).stream(frames))
    state = frames[2].boundary.state["depth"]
    again = Supplied(folder)
    again.restore(state)
    for a, b in zip(whole[2:], again.stream(film(5, start=2)), strict=True):
        np.testing.assert_array_equal(a.values, b.values)


def test_a_boundary_says_where_the_source_goes_on(folder):
    """At a cut there is no state; the boundary's own index is enough."""
    frames = [
        Frame(f.image, f.pts, boundary=Boundary(3, True) if i == 0 else None)
        for i, f in enumerate(film(5, start=3))
    ]
    found = [d.values.mean() for d in Supplied(folder).stream(frames)]
    np.testing.assert_allclose(found, [0.4, 0.5], atol=1e-4)


def test_too_few_depths(folder):
    with pytest.raises(SourceError, match="ends after 5 frames"):
        list(Supplied(folder).stream(film(6)))


def test_length_is_checked_beforehand(folder):
    check_length(5, folder)
    with pytest.raises(SourceError, match=r"holds 5 frames, but the source has 7"):
        check_length(7, folder)
    with pytest.raises(SourceError, match="missing"):
        check_length(7, folder / "missing.mkv")


def test_no_frames_no_depth(folder):
    assert list(Supplied(folder).stream([])) == []
