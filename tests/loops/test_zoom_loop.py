"""The zoom loop: its timing, what it asks of a generator, and its jobs, interrupted and not."""

from __future__ import annotations

import json
import wave
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from lib_parallax import generate, jobs, loops
from lib_parallax.errors import Cancelled, OptionError, ParallaxError
from lib_parallax.faces.cli import main
from lib_parallax.generate import Capabilities
from lib_parallax.loops.seeds import seed_of
from lib_parallax.loops.store import MemoryStore
from lib_parallax.loops.zoom import frames as zoom_frames
from lib_parallax.loops.zoom import timing
from lib_parallax.loops.zoom.canvas import Inset
from lib_parallax.loops.zoom.course import course_of
from lib_parallax.loops.zoom.joining import join_ends
from lib_parallax.media import Nothing, open_video
from lib_parallax.options import ZoomOptions, parse
from lib_parallax.types import CancelToken

SIZE = (64, 64)
SMALL = {"prompt": "red\ngreen\nblue", "keyframe_size": "64x64", "count": 3, "fps": 5, "upscaler": "none"}


def options(**values):
    return parse(ZoomOptions, {**SMALL, **values})


class Flat:
    """A backend that paints one colour a request and remembers what it was asked for."""

    name, note = "flat", "painted flat, for tests"

    def __init__(self, fail_at=None):
        self.asked, self.fail_at = [], fail_at

    def capabilities(self):
        return Capabilities(samplers=("euler",), checkpoints=("one",), upscalers=("double",))

    def _paint(self, request, size):
        if len(self.asked) == self.fail_at:
            raise RuntimeError("no more paint")
        self.asked.append(request)
        rng = np.random.default_rng(request.sampling.seed)
        coarse = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
        return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)

    def txt2img(self, request, cancel):
        return self._paint(request, request.size)

    def inpaint(self, request, cancel):
        return self._paint(request, request.image.shape[1::-1])

    def upscale(self, request, cancel):
        self.asked.append(request)
        return cv2.resize(request.image, None, fx=request.scale, fy=request.scale)


@pytest.fixture
def flat():
    backend = Flat()
    generate.register(backend)
    yield backend
    generate.register(None)


def painted(backend, **values):
    """A zoom's keyframes by name, as a store holds them."""
    store = MemoryStore()
    generate.register(backend)
    try:
        list(zoom_frames(Nothing("zoom"), options(**values), store=store))
    finally:
        generate.register(None)
    return store


# timing


def test_speed_is_even_and_arrives_exactly():
    at = timing.positions(options(speed="0.7", fps=24), 5)
    assert at[0] == 0 and at[-1] == 5 and len(at) == round(5 / 0.7 * 24) + 1
    assert np.ptp(np.diff(at)) < 1e-9


def test_in_is_out_backwards_and_ping_pong_comes_back():
    out = timing.positions(options(), 3)
    assert np.array_equal(timing.positions(options(direction="in"), 3), out[::-1])
    both = timing.positions(options(ping_pong=True), 3)
    assert np.array_equal(both, np.concatenate([out, out[-2:0:-1]]))


def test_a_perfect_loop_leaves_out_the_frame_that_is_the_first_again():
    at = timing.positions(options(endless=True), 3)
    step = np.diff(at)
    assert at[0] == 0 and np.ptp(step) < 1e-9 and abs(at[-1] + step[0] - 3) < 1e-9


def test_easing_starts_and_ends_at_rest_and_keeps_the_speed_between():
    plain = timing.positions(options(fps=50), 4)
    eased = timing.positions(options(fps=50, ease_in=1, ease_out=2), 4)
    step, usual = np.diff(eased), np.diff(plain)[0]
    assert eased[0] == 0 and abs(eased[-1] - 4) < 1e-12
    assert len(eased) - len(plain) == 75  # half of the time that easing takes
    assert step[0] < usual / 100 and step[-1] < usual / 100
    assert np.abs(step[60:-110] - usual).max() < 1e-6 and step.max() < usual * (1 + 1e-6)
    assert np.abs(np.diff(step)).max() < usual / 25  # no jolt


def test_easing_longer_than_the_zoom_still_arrives():
    at = timing.positions(options(ease_in=60, ease_out=60), 1)
    assert at[0] == 0 and abs(at[-1] - 1) < 1e-9 and (np.diff(at) > 0).all()


def test_holds_stand_still_and_speed_may_change():
    at = timing.positions(options(hold_start=1, hold_end=2), 3)
    assert (at[:6] == 0).all() and (at[-11:] == 3).all() and len(at) == 16 + 5 + 10
    slower = timing.positions(options(fps=10, speed="0:(1), 20:(0.25)"), 3)
    step = np.diff(slower)
    assert step[0] > 0.09 and abs(step[-1] - 0.025) < 1e-3 and slower[-1] == 3


@pytest.mark.parametrize(
    "fps, rate", [(30, Fraction(30)), (29.97, Fraction(30000, 1001)), (12.5, Fraction(25, 2))]
)
def test_frame_rates(fps, rate):
    assert timing.frame_rate(fps) == rate


@pytest.mark.parametrize("speed", ["0", "-1", "0:(1), 5:(-1)", "what", ""])
def test_speeds_that_cannot_be(speed, monkeypatch):
    monkeypatch.setattr(timing, "MOST_FRAMES", 1000)
    with pytest.raises(OptionError) as refused:
        timing.positions(options(speed=speed), 3)
    assert refused.value.field == "speed"


# canvas


def gradient(size=SIZE):
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    return np.stack([x * 2, y * 2, 255 - x - y], -1).clip(0, 255).astype(np.uint8)


def test_the_picture_before_lies_area_reduced_in_the_middle():
    inset = Inset.of(course_of(options(), 1, SIZE), 0, SIZE)
    canvas, image = inset.canvas(gradient()), gradient()
    truth = image.reshape(32, 2, 32, 2, 3).mean((1, 3))
    assert np.abs(canvas[16:48, 16:48] - truth).max() <= 1
    mask = inset.border(overlap=4, feather=3)
    assert (mask[20:44, 20:44] == 0).all() and mask[:16].min() == 1 and mask[:, 48:].min() == 1
    assert 0 < mask[17, 32] <= 1


def test_off_centre_and_turned():
    course = course_of(options(centre_x="0.4", centre_y="0.6", rotation="90", factor=2.5), 1, SIZE)
    inset = Inset.of(course, 0, SIZE)
    inside = np.argwhere(inset.depth() > 0).mean(0) + 0.5
    assert np.abs(inside - (0.6 * 64, 0.4 * 64)).max() < 0.6  # rows, columns
    image = np.zeros((64, 64, 3), np.uint8)
    image[:32] = 255  # turned clockwise, the top comes to lie on the right
    canvas = inset.canvas(image)
    row = canvas[38, :, 0].astype(int)
    assert row[15] < 10 and row[36] > 245


def test_pictures_must_fit_into_the_next():
    for wrong in ({"centre_x": "0.8"}, {"centre_y": "0:(0.5), 2:(0.1)"}, {"rotation": "45", "factor": 1.3}):
        with pytest.raises(OptionError):
            course_of(options(**wrong), 3, SIZE)


def test_a_seam_keeps_both_pictures():
    inset = Inset.of(course_of(options(), 1, SIZE), 0, SIZE)
    mask = inset.seam(overlap=3, feather=2, reach=6)
    assert mask[0].max() == 0 and mask[32, 32] == 0 and mask[32, 15] == 1
    outer = np.full((64, 64, 3), 9, np.uint8)
    assert (inset.canvas(gradient(), outer)[:15] == 9).all()


def test_joined_ends_contain_each_other():
    course = course_of(options(), 3, SIZE)
    insets = [Inset.of(course, n, SIZE) for n in range(3)]
    masks = [inset.border(3, 2) for inset in insets]
    rng = np.random.default_rng(0)
    pictures = [cv2.resize(rng.integers(0, 256, (5, 5, 3), np.uint8), SIZE) for _ in range(3)]
    joined = {}
    join_ends(pictures[0], pictures.__getitem__, insets, masks, joined.__setitem__)
    for n in range(3):
        inner, outer = joined[n], joined[(n + 1) % 3]
        known = masks[n] == 0
        assert np.abs(insets[n].canvas(inner)[known].astype(int) - outer[known]).max() <= 2


# painting


def test_each_step_is_painted_around_the_last_with_its_words():
    backend = Flat()
    store = painted(
        backend, prefix="oil:", suffix="4k", negative="text", content="stretch", seed=7, cfg=3, steps=9
    )
    assert [r.prompt for r in backend.asked] == [f"oil: {w} 4k" for w in ("red", "green", "blue", "blue")]
    assert [r.sampling.seed for r in backend.asked] == [7, 8, 9, 10]
    assert {r.negative for r in backend.asked} == {"text"} and backend.asked[0].sampling.steps == 9
    inset = Inset.of(course_of(options(), 3, SIZE), 0, SIZE)
    for step in range(1, 4):
        before, after = store.picture(f"keyframe-{step - 1:04d}"), store.picture(f"keyframe-{step:04d}")
        kept = store.picture(f"mask-{step:04d}")[..., 0] == 0
        assert kept.sum() > 400
        assert np.array_equal(inset.canvas(before)[kept], after[kept])  # nothing drifts
    assert json.loads(store.text("prompt-0001")) == {"prompt": "oil: green 4k", "negative": "text", "seed": 8}


def test_prompts_fade_into_each_other_over_the_steps():
    rows = [{"step": 0, "prompt": "red"}, {"step": 3, "prompt": "blue", "negative": "cars", "fade": 2}]
    backend = Flat()
    store = painted(backend, prompt=json.dumps(rows))
    assert [(r.prompt, r.blend) for r in backend.asked] == [
        ("red", ()), ("red", ()), ("red", (("blue", 0.5, "cars"),)), ("blue", ()),
    ]  # fmt: skip
    assert json.loads(store.text("prompt-0002")) == {
        "prompt": "red", "negative": "", "seed": 2,
        "blend": [{"prompt": "blue", "weight": 0.5, "negative": "cars"}],
    }  # fmt: skip
    assert "blend" not in json.loads(store.text("prompt-0003"))


def test_denoising_and_cfg_change_over_the_steps():
    backend = Flat()
    painted(backend, denoise="0:(1), 3:(0.4)", cfg="2*t")
    assert [r.strength for r in backend.asked[1:]] == pytest.approx([0.8, 0.6, 0.4])
    assert [r.sampling.cfg for r in backend.asked] == [0, 2, 4, 6]
    for name, text in (("denoise", "t/2"), ("cfg", "-t")):
        with pytest.raises(OptionError, match=f"{name}: .* at step [13] is outside 0 to") as refused:
            painted(Flat(), **{name: text})
        assert refused.value.field == name


def test_speed_and_denoising_follow_sound(tmp_path):
    # a second of silence, then a second of noise
    rate, loud = 8000, np.random.default_rng(0).integers(-9000, 9000, 8000).astype("<i2")
    with wave.open(str(tmp_path / "s.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * rate) + loud.tobytes())
    heard = {"sound": str(tmp_path / "s.wav"), "fps": 20, "speed": "1 + audio.loudness"}
    at = timing.positions(options(**heard), 3)
    assert np.diff(at)[:15] == pytest.approx(1 / 20, rel=0.05)
    assert np.diff(at)[30:38] == pytest.approx(2 / 20, rel=0.2)
    backend = Flat()
    painted(backend, **{**heard, "speed": 1.5, "denoise": "0.2 + 0.8*audio.loudness"})
    quiet, loud, _ = (r.strength for r in backend.asked[1:])
    assert quiet < 0.3 and loud > 0.7
    with pytest.raises(OptionError, match="give --sound"):
        timing.positions(options(speed="audio.bass"), 3)


def test_seed_policies():
    assert [seed_of("fixed", 5, n) for n in range(3)] == [5, 5, 5]
    drawn = [seed_of("random", 5, n) for n in range(4)]
    assert len(set(drawn)) == 4 and drawn == [seed_of("random", 5, n) for n in range(4)]
    assert max(drawn) < 2**32 and drawn != [seed_of("random", 6, n) for n in range(4)]
    assert seed_of("step", 2**63 - 1, 1) == 0


def test_the_first_picture_may_come_from_outside(flat):
    image = gradient((80, 64))
    shown = list(loops.run("zoom", image, {**SMALL, "keyframe_size": None}))
    assert np.abs(shown[0].image.astype(int) - image).max() <= 1
    assert len(flat.asked) == 3 and flat.asked[0].prompt == "green"
    assert shown[0].image.shape == (64, 80, 3) and shown[1].pts == Fraction(1, 5)


def test_rows_and_the_end_may_have_pictures_of_their_own(tmp_path, flat):
    own, last = np.full((64, 64, 3), 30, np.uint8), np.full((70, 90, 3), 200, np.uint8)
    cv2.imwrite(str(tmp_path / "own.png"), own)
    cv2.imwrite(str(tmp_path / "last.png"), last)
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([{"prompt": "a"}, {"prompt": "b", "picture": "own.png"}, "c"]))
    values = {**SMALL, "prompt": None, "prompts": str(file), "last_picture": str(tmp_path / "last.png")}
    store = MemoryStore()
    list(zoom_frames(Nothing("zoom"), parse(ZoomOptions, values), store=store))
    assert (store.picture("keyframe-0001")[:4] == 30).all()
    assert (store.picture("keyframe-0003")[:4] == 200).all()
    assert (store.picture("keyframe-0002")[:4] != 30).any()


def test_a_perfect_loop_comes_back_to_its_first_frame(flat):
    shown = [f.image.astype(int) for f in loops.run("zoom", None, {**SMALL, "endless": True, "fps": 30})]
    steps = [np.abs(a - b).mean() for a, b in zip(shown, shown[1:] + shown[:1], strict=True)]
    assert len(shown) == 90 and steps[-1] < 1.5 * np.mean(steps[-6:-1])
    assert len(flat.asked) == 4  # three pictures, and the seam of the last with the first


def test_keyframes_are_enlarged_once_where_the_result_needs_it(flat):
    values = {**SMALL, "upscaler": "auto", "size": "96x96"}
    store = MemoryStore()
    for _ in range(2):
        shown = list(zoom_frames(Nothing("zoom"), parse(ZoomOptions, values), store=store))
    enlarged = [r for r in flat.asked if hasattr(r, "scale")]
    assert len(enlarged) == 4 and {r.scale for r in enlarged} == {3.0}
    assert shown[0].image.shape == (96, 96, 3) and store.picture("enlarged-0000").shape == (192, 192, 3)


def test_a_picture_that_was_removed_is_painted_again_and_all_around_it():
    backend = Flat()
    store = painted(backend)
    del store._pictures["keyframe-0002"]
    generate.register(again := Flat())
    try:
        list(zoom_frames(Nothing("zoom"), options(seed=50), store=store))
    finally:
        generate.register(None)
    assert [r.sampling.seed for r in again.asked] == [52, 53]


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"prompt": " "}, "prompt"),
        ({"prompts": "rows.json"}, "prompts"),
        ({"prompt": None, "prompts": "nowhere.json"}, "prompts"),
        ({"sampler": "euler b"}, "sampler"),
        ({"inpaint_checkpoint": "two"}, "checkpoint"),
        ({"upscaler": "triple", "size": "128x128"}, "upscaler"),
        ({"generator": "nobody"}, "generator"),
        ({"endless": True, "ping_pong": True}, "ping_pong"),
        ({"endless": True, "last_picture": "a.png"}, "last_picture"),
        ({"keyframes": "nowhere"}, "keyframes"),
        ({"keyframe_size": None}, "keyframe_size"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_painted(flat, wrong, field):
    source = np.zeros((1, 1, 3), np.uint8) if field == "keyframe_size" else None
    with pytest.raises(OptionError) as refused:
        list(loops.run("zoom", source, {**SMALL, **wrong}))
    assert refused.value.field == field and not flat.asked


@pytest.mark.parametrize("factor", [1, 1.1, 4.5])
def test_factors_out_of_range(factor):
    with pytest.raises(OptionError, match="factor"):
        options(factor=factor)


def test_a_generator_that_is_handed_over_paints(flat):
    other = generate.load("flat")
    generate.register(None)
    shown = list(loops.run("zoom", None, {**SMALL, "sampler": "euler"}, generator=other))
    assert len(shown) == 16 and len(flat.asked) == 4


# jobs


def job(tmp_path, name="zoom.mkv", **values):
    cancel, on_event = values.pop("cancel", None), values.pop("on_event", None)
    chosen = replace(options(codec="ffv1"), **values)
    return jobs.run(
        "zoom", None, chosen, tmp_path / name, jobs_dir=tmp_path / "jobs", cancel=cancel, on_event=on_event
    )


def test_interrupted_after_two_steps_and_resumed_gives_the_same_bytes(tmp_path, flat):
    whole = job(tmp_path, "whole.mkv").outputs[0].read_bytes()
    asked, token = len(flat.asked), CancelToken()

    def stop(event):
        if event.kind == "stage" and "picture 2" in event.text:
            token.cancel()

    with pytest.raises(Cancelled):
        job(tmp_path, cancel=token, on_event=stop)
    between = len(flat.asked) - asked
    assert between < asked
    result = job(tmp_path)
    assert result.outputs[0].read_bytes() == whole
    assert len(flat.asked) == 2 * asked + (between > 2)  # only what was cut off is painted twice


def test_a_generator_that_fails_keeps_what_it_painted(tmp_path, flat):
    flat.fail_at = 3
    with pytest.raises(ParallaxError, match=r"picture 3 of 3: .*no more paint; the 3 before it are kept"):
        job(tmp_path)
    (record,) = jobs.list_jobs(tmp_path / "jobs")
    assert record.state == "failed" and len(list((record.folder / "kept").glob("keyframe-*.png"))) == 3
    flat.fail_at = None
    job(tmp_path)
    assert len(flat.asked) == 4


def test_saved_keyframes_are_shown_without_a_generator(tmp_path, flat):
    kept = job(tmp_path).folder / "kept"
    asked = len(flat.asked)
    slow = job(tmp_path, "slow.mkv", keyframes=str(kept), prompt=None, speed="0.5", size=(48, 48))
    assert slow.frames == 31 and len(flat.asked) == asked
    with open_video(slow.outputs[0]) as reader:
        first = next(iter(reader)).image
    reduced = cv2.resize(
        cv2.imread(str(kept / "keyframe-0000.png"))[..., ::-1], (48, 48), interpolation=cv2.INTER_AREA
    )
    assert first.shape == (48, 48, 3) and np.abs(first.astype(int) - reduced).mean() < 4


def test_another_prompts_file_makes_another_job(tmp_path, flat):
    file = tmp_path / "rows.txt"
    file.write_text("one\ntwo")
    first = job(tmp_path, "a.mkv", prompt=None, prompts=str(file)).folder
    file.write_text("one\nthree")
    keys = [json.loads((first / "job.json").read_text())["identity"]]
    second = job(tmp_path, "b.mkv", prompt=None, prompts=str(file)).folder
    keys.append(json.loads((second / "job.json").read_text())["identity"])
    assert keys[0] != keys[1]


def test_long_zooms_close_segments(tmp_path, flat):
    result = job(tmp_path, speed="0.1")
    log = (result.folder / "log.txt").read_text()
    assert result.frames == 151 and "segment 2:" in log


def test_the_command_line_needs_no_source(tmp_path, flat, capsys):
    flags = ["--prompt", "red", "--count", "2", "--keyframe-size", "64x64", "--fps", "4"]
    place = ["-o", str(tmp_path / "z.mp4"), "--jobs-dir", str(tmp_path / "jobs"), "--quiet"]
    assert main(["zoom", *flags, *place]) == 0
    with open_video(tmp_path / "z.mp4") as reader:
        assert reader.count() == 9 and reader.size == (64, 64) and reader.rate == 4
    assert main(["zoom", *place]) == 2 and "prompt" in capsys.readouterr().err
    assert (
        main(["stereo", "-o", str(tmp_path / "s.mp4")]) == 2 and "SOURCE" in capsys.readouterr().err.upper()
    )
    with pytest.raises(OptionError, match="source"):
        jobs.run("stereo", None, {}, tmp_path / "s.mp4", jobs_dir=tmp_path / "jobs")


# real generators


@pytest.mark.parametrize("name", ["classical", "diffusers"])
def test_the_same_prompts_seed_and_options_give_the_same_frames(name, request):
    values = {**SMALL, "generator": name, "count": 2, "fps": 2, "steps": 4}
    if name == "diffusers":
        pytest.importorskip("diffusers")
        values["checkpoint"] = str(request.getfixturevalue("data") / "diffusers-models" / "tiny-sd15")
    first, second = ([f.image for f in loops.run("zoom", None, values)] for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    third = [f.image for f in loops.run("zoom", None, {**values, "seed": 1})]
    assert any((a != b).any() for a, b in zip(first, third, strict=True))


def test_saved_keyframes_know_how_they_lie_in_each_other(tmp_path, flat):
    course = {"factor": 1.5, "centre_x": "0:(0.5), 2:(0.6)", "rotation": "4", "fps": 3}
    made = job(tmp_path, **course)
    kept = {"keyframes": str(made.folder / "kept"), "prompt": None, "fps": 3}
    assert job(tmp_path, "again.mkv", **kept).outputs[0].read_bytes() == made.outputs[0].read_bytes()
    same = job(tmp_path, "same.mkv", **kept, centre_x=course["centre_x"], factor=1.5)
    assert same.outputs[0].read_bytes() == made.outputs[0].read_bytes()
    for name, other in (("factor", 3.0), ("rotation", "5"), ("endless", True), ("centre_x", "0.55")):
        with pytest.raises(OptionError, match="were painted with") as refused:
            job(tmp_path, "other.mkv", **kept, **{name: other})
        assert refused.value.field == name
    (made.folder / "kept" / "course.txt").write_text("{")
    with pytest.raises(OptionError, match=r"course\.txt cannot be read"):
        job(tmp_path, "other.mkv", **kept)
