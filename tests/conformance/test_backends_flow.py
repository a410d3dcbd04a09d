"""Every carrier's word on two flows against the reference's."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.warp.backends import carrier


def flows(rng, height, width, spread):
    """A flow, and one that nearly returns."""
    forth = rng.normal(0, spread, (height, width, 2)).astype(np.float32)
    return forth, (-forth + rng.normal(0, 0.5, forth.shape)).astype(np.float32)


def ask(on, forth, back):
    return on.leave(on.primitives.unclosed(on.enter(forth), on.enter(back)))


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (17, 31), (40, 64)], ids=lambda s: f"{s[1]}x{s[0]}")
@pytest.mark.parametrize("spread", [0.3, 5.0])
def test_what_does_not_close(size, spread, other):
    forth, back = flows(np.random.default_rng(size[1]), *size, spread)
    expected, found = ask(carrier("reference", "cpu"), forth, back), ask(other, forth, back)
    assert found.dtype == np.float32 and found.shape == size
    assert np.array_equal(np.isinf(found), np.isinf(expected))
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_what_is_no_number_never_closes(other):
    forth, back = flows(np.random.default_rng(1), 12, 20, 0.2)
    forth[3, 4], forth[5, 6, 1], forth[7, 8] = np.nan, np.inf, 3e38
    back[9, 10] = np.nan
    for on in (carrier("reference", "cpu"), other):
        ratio = ask(on, forth, back)
        assert np.isinf([ratio[3, 4], ratio[5, 6], ratio[7, 8]]).all()
        assert np.isfinite(ratio[6:8, 12:16]).all()
        assert not np.isnan(ratio).any()
