"""Every primitive on every carrier at the ends of what comes: one pixel, odd sizes, no numbers, 8K."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lib_parallax.warp import Camera
from lib_parallax.warp.backends import carrier, reference
from lib_parallax.warp.backends.fixed import NOWHERE, ONE, SUB
from lib_parallax.warp.camera import rays
from lib_parallax.warp.laid import laid
from lib_parallax.warp.placed import Placed
from lib_parallax.warp.similarity import Similarity

WIDE, TALL = 7680, 4320  # 8K
SIZES = [(1, 1), (1, 2), (2, 1), (1, 33), (33, 1), (3, 3), (5, 7), (8, WIDE)]
WEIRD = np.array([np.nan, np.inf, -np.inf, 3e38, -3e38], np.float32)


class Given:
    """What primitives are asked about: a picture, a depth with steps, a flow; of a size, from a seed."""

    def __init__(self, height, width, weird=False):
        rng = np.random.default_rng(height * 10007 + width)
        self.size = height, width
        self.image = rng.integers(0, 256, (height, width, 3), np.uint8)
        coarse = rng.random((height // 5 + 1, width // 5 + 1)).astype(np.float32)
        self.depth = np.kron(coarse, np.ones((5, 5), np.float32))[:height, :width].copy()
        self.flow = rng.normal(0, 2, (height, width, 2)).astype(np.float32)
        if weird:
            places = np.arange(0, self.depth.size, max(1, self.depth.size // 9))
            self.depth.ravel()[places] = WEIRD[np.arange(len(places)) % len(WEIRD)]
            self.flow[::2, ::3, 0] = np.nan
            self.flow[::3, ::2, 1] = np.inf
        with np.errstate(over="ignore"):
            self.disparity = self.depth * 9 - 4
        self.offset = reference.fixed_offset(torch.from_numpy(self.disparity), 1.0).numpy()
        self.importance = rng.normal(0, 3, (height, width)).astype(np.float32)
        self.places = [
            np.rint(rng.uniform(-2, n + 2, (height, width)) * ONE).astype(np.int32) for n in (width, height)
        ]
        y, x = np.mgrid[:height, :width].astype(np.float32)
        self.x, self.y = x + self.flow[..., 0], y + self.flow[..., 1]
        # what a view's steps leave behind, by the reference
        p, t = reference, torch.from_numpy
        steps = p.step_mask(t(self.offset))
        self.steps = steps.numpy()
        layers = p.unmix(t(self.image), t(self.offset), 1, steps, 255)
        self.layers = [part.numpy() for part in layers]
        position, samples = p.splat_rows(layers[1], 1)
        shown = p.splat_fringe(layers[3], layers[4], samples, 1)
        self.position, self.samples, self.shown = position.numpy(), samples.numpy(), shown.numpy()
        colour, bare = p.shade(layers[0], layers[1], layers[2], layers[4], position, shown)
        near = samples[:, SUB // 2 :: SUB].contiguous()
        column = p.background_rows(near, (bare > 0) | (near == NOWHERE), 4)
        self.view = [part.numpy() for part in (colour, bare, near, column)]


def first_hit(on, g):
    way = rays(Camera(offset=(0.3, 0.1), height=0.3), (9, 7), g.size[::-1])
    depth = np.nan_to_num(g.depth, nan=0, posinf=1, neginf=0).clip(0, 1)
    return on.primitives.first_hit(on.enter(depth), way, (9, 7))


def look_up(on, g):
    way = rays(Camera(offset=(0.3, 0.1), height=0.3), (9, 7), g.size[::-1])
    depth = np.nan_to_num(g.depth, nan=0, posinf=1, neginf=0).clip(0, 1)
    base = carrier("reference", "cpu")
    hits = base.leave(base.primitives.first_hit(base.enter(depth), way, (9, 7)))
    return on.primitives.look_up(on.enter(g.image), on.enter(depth), on.enter(hits), way, 255)


def compose(on, g):
    layers = [Placed(on.enter(g.image), Similarity(0.8)), Placed(on.enter(g.image), Similarity(1.3 + 0.2j))]
    return on.primitives.compose(layers, (13, 9), 255)


def composite(on, g):
    rgba = np.concatenate([g.image, g.image[..., :1]], -1)
    pane = laid(on.enter(rgba), g.size, 1.25, -0.5, np.ones(9, np.float32), (13, 9))
    return on.primitives.composite([pane], (13, 9))


def see(on, g):
    views = on.primitives.see(on.enter(g.image), on.enter(g.offset), (1, -1), 4, 255, True)
    return tuple(part for seen in views for part in (*seen[:3], *seen.uncovered))


ASKED = {
    "fixed_offset": lambda on, g: on.primitives.fixed_offset(on.enter(g.disparity), 1.0),
    "step_mask": lambda on, g: on.primitives.step_mask(on.enter(g.offset)),
    "unmix": lambda on, g: on.primitives.unmix(
        on.enter(g.image), on.enter(g.offset), 1, on.enter(g.steps), 255
    ),
    "splat_rows": lambda on, g: on.primitives.splat_rows(on.enter(g.layers[1]), 1),
    "splat_fringe": lambda on, g: on.primitives.splat_fringe(
        on.enter(g.layers[3]), on.enter(g.layers[4]), on.enter(g.samples), 1
    ),
    "shade": lambda on, g: on.primitives.shade(
        *(on.enter(g.layers[i]) for i in (0, 1, 2, 4)), on.enter(g.position), on.enter(g.shown)
    ),
    "background_rows": lambda on, g: on.primitives.background_rows(
        on.enter(g.view[2]), on.enter((g.view[1] > 0) | (g.view[2] == NOWHERE)), 4
    ),
    "see": see,
    "fill": lambda on, g: on.primitives.fill(*(on.enter(g.view[i]) for i in (0, 1, 3)), 255),
    "uncovered": lambda on, g: tuple(on.primitives.uncovered(*(on.enter(part) for part in g.view))),
    "sample": lambda on, g: on.primitives.sample(on.enter(g.image), on.enter(g.x), on.enter(g.y), "cubic"),
    "splat": lambda on, g: on.primitives.splat(
        on.enter(g.image), *(on.enter(place) for place in g.places), on.enter(g.importance)
    ),
    "unclosed": lambda on, g: on.primitives.unclosed(on.enter(g.flow), on.enter(-g.flow)),
    "first_hit": first_hit,
    "look_up": look_up,
    "halve": lambda on, g: on.primitives.halve(on.enter(g.image)),
    "compose": compose,
    "composite": composite,
}


def told(on, name, given):
    found = ASKED[name](on, given)
    return [on.leave(part) for part in (found if isinstance(found, tuple) else (found,))]


STEPS = {
    "background_rows", "fill", "shade", "splat_fringe", "splat_rows", "step_mask", "uncovered", "unmix"
}  # fmt: skip


def test_none_is_forgotten():
    assert set(ASKED) == set(reference.__all__)


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("weird", [False, True], ids=["numbers", "no-numbers"])
def test_every_primitive_at_every_size(name, weird, other):
    if not hasattr(other.primitives, name):
        assert other.name == "cpu" and name in STEPS
        pytest.skip("a step that this carrier takes within `see`")
    if weird and name == "sample":
        pytest.skip("places are made finite by who asks")
    for size in SIZES:
        given = _given(size, weird)
        for a, b in zip(
            told(carrier("reference", "cpu"), name, given), told(other, name, given), strict=True
        ):
            assert a.shape == b.shape, size
            agree(name, a, b, size)


def agree(name, a, b, size):
    if name == "first_hit":  # at the very edge of a thing a ray may just hit and just miss
        assert (np.abs(a - b) < 0.05).mean() > 0.95, size
    elif name == "unclosed":
        assert np.array_equal(np.isinf(a), np.isinf(b)), size
        assert np.allclose(a, b, rtol=1e-4, atol=1e-5), size
    elif a.dtype.kind == "f" or name in ("fill", "compose", "composite", "look_up") or a.dtype == np.uint8:
        assert np.isfinite(a).all() and np.isfinite(b).all(), size
        assert np.abs(a.astype(np.float64) - b).max(initial=0) <= 1, size
    else:
        assert np.array_equal(a, b), size


_made: dict = {}


def _given(size, weird):
    if (size, weird) not in _made:
        _made[size, weird] = Given(*size, weird)
    return _made[size, weird]


def test_8k_whole(on):
    """Rows far apart know nothing of each other: a frame of 8K is its stripes."""
    if (on.name, on.device) != ("cpu", "cpu") and on.device == "cpu":
        pytest.skip("the reference and the kernels run one thread after another: minutes")
    stripe = _given((8, WIDE), False)
    repeats = TALL // 8

    def seen(times):
        image, offset = (
            np.tile(part, (times, *[1] * (part.ndim - 1))) for part in (stripe.image, stripe.offset)
        )
        views = on.primitives.see(on.enter(image), on.enter(offset), (1, -1), 4, 255, True)
        return [on.leave(part).reshape(times, 8, WIDE, -1) for view in views for part in view[:3]]

    for whole, few in zip(seen(repeats), seen(3), strict=True):
        assert (whole[0] == few[0]).all() and (whole[-1] == few[2]).all()
        assert (whole[1:-1] == few[1]).all()
