"""An endless camera: its steps, the frames between them, resuming, and what it refuses."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest

from lib_parallax import jobs, loops
from lib_parallax.errors import Cancelled, OptionError
from lib_parallax.generate import Share
from lib_parallax.generate.blending import shares_of
from lib_parallax.loops.parallax import frames, plan
from lib_parallax.loops.parallax.feedback.carrying import onward
from lib_parallax.loops.parallax.feedback.course import Endless, Pace
from lib_parallax.loops.parallax.feedback.painting import to_paint
from lib_parallax.loops.parallax.feedback.steps import as_picture, from_picture, kept
from lib_parallax.loops.parallax.moves import Course
from lib_parallax.loops.source import Given
from lib_parallax.loops.store import MemoryStore
from lib_parallax.options import ParallaxOptions, parse
from lib_parallax.types import CancelToken

SIZE = WIDTH, HEIGHT = 64, 48
MODES = ("scroll", "orbit", "forward", "backward", "path")


def scene(square=True):
    """A near square before a slope of soft waves, and its depth."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    wall = np.stack([120 + 60 * np.cos(x / 5), 110 + 50 * np.cos(y / 6), 120 + 50 * np.sin((x + y) / 7)], -1)
    near = square & (abs(x - 30) < 9) & (abs(y - 30) < 9)
    depth = np.where(near, 0.9, 0.15 + 0.4 * y / HEIGHT).astype(np.float32)
    return np.where(near[..., None], (220, 60, 40), wall).astype(np.uint8), depth


@pytest.fixture
def still(tmp_path):
    picture, depth = scene()
    cv2.imwrite(str(tmp_path / "scene.png"), picture[..., ::-1])
    np.save(tmp_path / "depth.npy", depth)
    given = {"depth": str(tmp_path / "depth.npy"), "depth_model": "cues", "generator": "classical"}
    return tmp_path / "scene.png", {**given, "feedback": "scroll", "count": 3, "fps": 4, "codec": "ffv1"}


class Quick:
    """A painter that is done at once: what is around, continued."""

    name = note = "quick"

    def inpaint(self, request, cancel=None):
        mask = (request.mask > 0.5).astype(np.uint8)
        return cv2.inpaint(request.image, mask, 3, cv2.INPAINT_TELEA)


def made(values, store=None, **more):
    """The frames of the scene, and the store with its steps."""
    store = MemoryStore() if store is None else store
    more = {"generator": Quick(), **more}
    chosen = parse(ParallaxOptions, values)
    return list(frames(Given([scene()[0]], "picture"), chosen, store=store, **more)), store


def camera_of(values, depth):
    chosen = parse(ParallaxOptions, values)
    pace = Pace.of(chosen, Fraction(4))
    return Endless(chosen, pace, Course.of(chosen, pace.frames, 4.0)).around(depth)


@pytest.mark.parametrize("mode", MODES)
def test_known_pixels_keep_their_bytes_and_the_rest_is_painted(still, mode):
    values = {**still[1], "feedback": mode, "count": 2, "move": "horizontal"}
    _, store = made(values)
    before, after = kept(store, 1, SIZE), kept(store, 2, SIZE)
    camera = camera_of(values, kept(store, 0, SIZE).depth)
    seen = onward(before, camera.to_next(1), camera.height, camera.options.fov)
    new, _ = to_paint(seen)
    assert new.mean() < 0.5
    assert np.array_equal(after.picture[~new], seen.image[~new])
    assert after.depth[~new] == pytest.approx(np.clip(seen.depth[~new] * after.scale, 0, 1), abs=1e-4)
    if mode in ("scroll", "backward"):
        assert new.any() and not np.array_equal(after.picture[new], seen.image[new])


@pytest.mark.parametrize("mode", MODES)
def test_frames_are_the_steps_at_the_steps_and_move_evenly_between(still, mode):
    shown, store = made({**still[1], "feedback": mode, "move": "circle", "fps": 4})
    assert len(shown) == 13 and [frame.pts for frame in shown] == [Fraction(n, 4) for n in range(13)]
    for step in range(4):
        assert np.array_equal(shown[4 * step].image, kept(store, step, SIZE).picture)


@pytest.mark.parametrize("mode", ["scroll", "backward", "forward"])
def test_frames_change_evenly(still, mode):
    """Over a slope without any edge, which goes by whole pixels."""
    picture, depth = scene(square=False)
    np.save(still[1]["depth"], depth)
    chosen = parse(ParallaxOptions, {**still[1], "feedback": mode, "intensity": 2})
    shown = list(frames(Given([picture], "picture"), chosen, generator=Quick()))
    change = [np.abs(a.image.astype(float) - b.image).mean() for a, b in pairwise(shown)]
    assert max(change) < 1.5 * np.median(change) and min(change) > 0.5 * np.median(change)


def test_near_things_go_where_they_are_sent_and_the_background_stays(still):
    def centre(image):
        red = (image[..., 0].astype(int) - image[..., 2]) > 120
        return np.argwhere(red).mean(0)[::-1]

    for degrees, way in ((0, (1, 0)), (90, (0, -1)), (180, (-1, 0)), (270, (0, 1))):
        shown, _ = made({**still[1], "feedback_direction": degrees, "count": 1})
        gone = centre(shown[-1].image) - centre(shown[0].image)
        assert gone @ way > 3 and abs(gone @ way[::-1]) < 1
        top = [frame.image[:3, 20:44].astype(int) for frame in (shown[0], shown[-1])]
        if way[1] == 0:
            assert np.abs(top[0] - top[1]).mean() < 8


def test_an_orbit_goes_round_the_nearest_or_a_depth(still):
    def moved(around):
        shown, _ = made({**still[1], "feedback": "orbit", "feedback_around": around, "count": 1})
        red = [f.image[..., 0].astype(int) - f.image[..., 2] > 120 for f in (shown[0], shown[-1])]
        left, right = (np.median(np.nonzero(where)[1]) for where in red)
        return abs(right - left)

    assert moved("nearest") < 1.2 and moved("0.1") > 3


def test_flight_makes_near_things_larger_or_smaller(still):
    def share(mode):
        shown, _ = made({**still[1], "feedback": mode, "count": 2})
        return [(f.image[..., 0].astype(int) - f.image[..., 2] > 120).mean() for f in (shown[0], shown[-1])]

    first, last = share("forward")
    assert last > 1.1 * first
    first, last = share("backward")
    assert last < 0.9 * first


def test_from_words_alone_twice_the_same():
    values = {"prompt": "hills\nsea", "generator": "classical", "depth_model": "cues", "size": "40x30"}
    values |= {"feedback": "backward", "count": 2, "fps": 2, "seed_policy": "random"}
    both = [list(loops.run("parallax", None, values)) for _ in range(2)]
    assert len(both[0]) == 5
    assert all(np.array_equal(a.image, b.image) for a, b in zip(*both, strict=True))


def test_a_killed_job_goes_on_byte_for_byte(still, tmp_path):
    source, values = still
    values = {**values, "size": "32x24", "fps": 2}
    whole = jobs.run("parallax", source, values, tmp_path / "a.mkv", jobs_dir=tmp_path / "one").outputs[0]
    token = CancelToken()

    def stop(event):
        if event.kind == "stage" and "step 2" in event.text:
            token.cancel()

    run = {"jobs_dir": tmp_path / "two"}
    with pytest.raises(Cancelled):
        jobs.run("parallax", source, values, tmp_path / "b.mkv", cancel=token, on_event=stop, **run)
    (stopped,) = jobs.list_jobs(tmp_path / "two")
    assert sorted(p.name for p in (stopped.folder / "kept").glob("step-0*.png")) == [
        "step-0000.png",
        "step-0001.png",
    ]
    again = jobs.run("parallax", source, values, tmp_path / "b.mkv", **run).outputs[0]
    assert again.read_bytes() == whole.read_bytes()


def test_frames_go_on_in_the_middle_without_a_state(still):
    from lib_parallax.types import Boundary

    whole, store = made(still[1])
    rest, _ = made(still[1], store, start=Boundary(7, False))
    assert [f.pts for f in rest] == [f.pts for f in whole[7:]]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(rest, whole[7:], strict=True))


def test_a_step_is_stopped_within(still):
    token = CancelToken()
    painter = Quick()
    paint = painter.inpaint

    def stopping(request, cancel=None):
        token.cancel()
        return paint(request, cancel)

    painter.inpaint = stopping
    with pytest.raises(Cancelled):
        made(still[1], generator=painter, cancel=token)


def test_prompts_fade_over_the_steps(still):
    asked = []

    class Listening(Quick):
        def inpaint(self, request, cancel=None):
            asked.append(shares_of(request))
            return super().inpaint(request, cancel)

    rows = '[{"step": 0, "prompt": "sea"}, {"step": 3, "prompt": "hills", "fade": 2}]'
    made({**still[1], "prompt": rows}, generator=Listening())
    assert asked == [(Share("sea", 1.0),), (Share("sea", 0.5), Share("hills", 0.5)), (Share("hills", 1.0),)]


def test_depth_is_kept_to_16_bits():
    depth = np.linspace(0, 1, 4096, dtype=np.float32).reshape(64, 64)
    assert np.abs(from_picture(as_picture(depth)) - depth).max() <= 0.51 / 65535
    assert np.array_equal(
        from_picture(as_picture(from_picture(as_picture(depth)))), from_picture(as_picture(depth))
    )


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ({"layout": "full-sbs"}, (48, 128, 3)),
        ({"alpha": "holes"}, (48, 64, 4)),
        ({"size": "32x32"}, (32, 32, 3)),
    ],
)
def test_eyes_alpha_and_sizes(still, values, shape):
    shown, _ = made({**still[1], "count": 1, "fog": "0.3", "particles": "snow", **values})
    assert {frame.image.shape for frame in shown} == {shape}
    assert all(frame.extra["depth"].shape == shown[0].extra["holes"].shape for frame in shown)
    if "layout" in values:
        left, right = shown[1].image[:, :64].astype(int), shown[1].image[:, 64:]
        assert np.abs(left - right).mean() > 1


def test_refining_stops_when_nothing_changes_any_more(still):
    class Refiner(Quick):
        """Brings the picture half way to grey, each time."""

        times = 0

        def img2img(self, request, cancel=None):
            self.times += 1
            return (request.image // 2 + 64).astype(np.uint8)

    def times(**values):
        refiner = Refiner()
        made({**still[1], "count": 1, "refine": "0.4", "refine_steps": 6, **values}, generator=refiner)
        return refiner.times

    assert times() == 6 and 1 < times(refine_until=40.0) < 6 and times(refine="0") == 0
    assert times(count=2, refine="0:(0), 8:(0.5)", refine_steps=1) == 2


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"show": "mask"}, "show"),
        ({"behind": "stretch"}, "behind"),
        ({"feedback": "orbit", "feedback_around": "far"}, "feedback_around"),
        ({"refine": "0:(0), 8:(2)"}, "refine: 2 at frame 8"),
        ({"feedback": "path", "zoom": "0"}, "zoom"),
        ({"prompt": '[{"step": 1, "prompt": "sea", "picture": "a.png"}]'}, "a.png is a picture"),
    ],
)
def test_refusals(still, values, says):
    with pytest.raises(OptionError, match=says):
        plan(Given([scene()[0]], "picture"), parse(ParallaxOptions, {**still[1], **values}))


def test_a_video_has_no_feedback(still):
    with pytest.raises(OptionError, match="feedback: it goes on from one picture") as told:
        plan(Given([scene()[0]] * 3), parse(ParallaxOptions, still[1]))
    assert "\n" not in str(told.value)
