"""What other frames show, filled into what the second view uncovers; measured on the exact street."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lib_parallax import samples
from lib_parallax.loops.computing import Computing
from lib_parallax.loops.scene import DEPTH_STEPS, Scene
from lib_parallax.loops.uncover import Uncoverer
from lib_parallax.types import Boundary, Frame
from lib_parallax.warp import synthesize_view
from lib_parallax.warp.backends import carrier

SIZE = (320, 180)
# pictures a second: the object goes a fourth of the uncovered strip from one to the next
RATES = {"pan": 15, "object": 60}
GAIN = 2.5


def scenes_of(motion, start=0.6, frames=9, first=0):
    """Scenes with exact depth and the exact right views, and what of those the source hides."""
    scenes, truths, hidden = [], [], []
    rate = RATES[motion]
    for n in range(frames):
        moment = samples.street(SIZE, motion=motion, time=start + n / rate, supersample=2)
        view = moment.view(0.0)
        boundary = Boundary(first, True) if n == 0 else None
        frame = Frame(view.image, Fraction(first + n, rate), {}, boundary)
        scenes.append(Scene(frame, np.rint(view.depth * DEPTH_STEPS).astype(np.uint16), GAIN, 0.0))
        truths.append(moment.view(1.0).image.astype(float))
        visible, outside = moment.visible(1.0, 0.0)
        hidden.append(~visible & ~outside)
    return scenes, truths, hidden


def rights(scenes, **keywords):
    return [views.right for _, views in Uncoverer("right", Computing(carrier()), **keywords).views(scenes)]


def flicker(shown, truths, hidden):
    """Mean |(out_t - out_t-1) - (truth_t - truth_t-1)| where both are uncovered."""
    errors = []
    for n in range(1, len(shown)):
        change = (shown[n].astype(float) - shown[n - 1]) - (truths[n] - truths[n - 1])
        errors.append(np.abs(change)[hidden[n] & hidden[n - 1]].mean())
    return float(np.mean(errors))


@pytest.mark.parametrize("motion", ["pan", "object"])
def test_a_third_of_the_flicker_and_more_goes(motion, psnr):
    scenes, truths, hidden = scenes_of(motion)
    if motion == "object":  # what stands still uncovers one and the same: look at what moves
        moving = [np.zeros_like(h) for h in hidden]
        for n, mask in enumerate(moving):
            at = (-0.08 + 0.28 * (0.6 + n / RATES[motion])) * SIZE[0]
            mask[110:146, max(0, int(at) - 32) : int(at) + 26] = True
        hidden = [h & m for h, m in zip(hidden, moving, strict=True)]
    plain = [synthesize_view(s.frame.image, s.disparity).image for s in scenes]
    filled = rights(scenes)
    before, after = flicker(plain, truths, hidden), flicker(filled, truths, hidden)
    assert after <= before * 2 / 3
    quality = [
        np.mean([psnr(o, t, h) for o, t, h in zip(out, truths, hidden, strict=True)])
        for out in (plain, filled)
    ]
    assert quality[1] > quality[0] + 1


def test_what_is_visible_is_not_touched():
    scenes, _, _ = scenes_of("pan", frames=4)
    for scene, shown in zip(scenes, rights(scenes), strict=True):
        view = synthesize_view(scene.frame.image, scene.disparity)
        bare = synthesize_view(scene.frame.image, scene.disparity, fill="none")
        same = (view.image == bare.image).all(-1)  # nothing had to be filled there
        assert same.mean() > 0.9 and np.array_equal(shown[same], view.image[same])


@pytest.mark.parametrize("eye", ["right", "left", "both"])
def test_nothing_crosses_a_cut(eye):
    first, second = scenes_of("object", frames=4)[0], scenes_of("pan", frames=4, first=4)[0]

    def views_of(scenes):
        return [(v.left, v.right) for _, v in Uncoverer(eye, Computing(carrier())).views(scenes)]

    together = views_of(first + second)
    apart = views_of(first) + views_of(second)
    for a, b in zip(together, apart, strict=True):
        assert np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1])


def test_state_goes_on_to_the_bit():
    scenes, *_ = scenes_of("object", frames=6)
    boundary = Boundary(3, False)
    frame = scenes[3].frame
    scenes[3] = Scene(Frame(frame.image, frame.pts, {}, boundary), scenes[3].depth, GAIN, 0.0)
    whole = rights(scenes)
    again = rights(scenes[3:], state=boundary.state["uncover"])
    assert all(np.array_equal(a, b) for a, b in zip(whole[3:], again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(whole[3:], rights(scenes[3:]), strict=True))


def test_no_disparity_and_no_texture():
    picture = np.full((20, 30, 3), 100, np.uint8)
    for gain in (0.0, GAIN):
        scenes = [
            Scene(
                Frame(picture, Fraction(n, 10), {}, Boundary(0, True) if n == 0 else None),
                np.full((20, 30), 30000, np.uint16),
                gain,
                -gain / 2,
            )
            for n in range(3)
        ]
        for shown in rights(scenes):
            assert (shown == 100).all()


def test_no_scenes():
    assert rights([]) == []
