"""The stereo loop from source to packed frames, by itself: no job, no encoder."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from lib_parallax import loops, media, samples
from lib_parallax.errors import Cancelled, OptionError, SourceError
from lib_parallax.loops import depths, stereo
from lib_parallax.loops.source import Given, opened
from lib_parallax.options import LAYOUTS, StereoOptions, parse
from lib_parallax.types import Boundary, CancelToken, Frame
from lib_parallax.warp import synthesize_view
from lib_parallax.warp.layouts import packed_size

SIZE = (96, 54)
QUICK = {"fill": "background"}


def clip(frames=8, motion="object", size=SIZE, start=0.5):
    """Frames of the street and their depth as 16-bit pictures."""
    pictures, depths = [], []
    for n in range(frames):
        view = samples.street(size, motion=motion, time=start + n / 10, supersample=2).view()
        pictures.append(Frame(view.image, Fraction(n, 10)))
        depths.append(np.rint(view.depth * 65535).astype(np.uint16))
    return pictures, depths


def two_shots():
    """Nine frames, a cut, seven frames of something else."""
    rng = np.random.default_rng(0)
    other = cv2.GaussianBlur(rng.integers(0, 256, (54, 200, 3), dtype=np.uint8), (0, 0), 3)
    other = cv2.normalize(other, None, 0, 120, cv2.NORM_MINMAX)
    first = [f.image for f in clip(9)[0]]
    second = [np.ascontiguousarray(other[:, 4 * n : 4 * n + 96]) for n in range(7)]
    return [Frame(image, Fraction(n, 10)) for n, image in enumerate(first + second)]


def folder_of(path, pictures):
    path.mkdir()
    for n, picture in enumerate(pictures):
        assert cv2.imwrite(str(path / f"{n:03d}.png"), picture[..., ::-1] if picture.ndim == 3 else picture)
    return path


def run(source, options=None, **keywords):
    return list(loops.run("stereo", source, {**QUICK, **(options or {})}, **keywords))


def same(a, b, extra=("left", "right", "depth")):
    assert len(a) == len(b)
    for x, y in zip(a, b, strict=True):
        assert x.pts == y.pts and np.array_equal(x.image, y.image)
        assert all(np.array_equal(x.extra[name], y.extra[name]) for name in extra)


# sources


def test_arrays_frames_readers_and_paths_are_all_the_same(tmp_path):
    pictures, _ = clip(4)
    images = [f.image for f in pictures]
    folder = folder_of(tmp_path / "clip", images)
    from_path = run(folder)
    assert [f.pts for f in from_path] == [Fraction(n, 30) for n in range(4)]
    same(run(images), from_path)
    same(run(str(folder)), from_path)
    same(run(iter(images)), from_path)
    same(run(np.stack(images)), from_path)
    with media.open_video(folder) as reader:
        same(run(reader), from_path)
        same(run(reader), from_path)  # a reader that is handed over is not closed
    timed = run(pictures)
    assert [f.pts for f in timed] == [Fraction(n, 10) for n in range(4)]


def test_one_picture():
    image = clip(1)[0][0].image
    (frame,) = run(image)
    assert frame.image.shape == (54, 192, 3) and np.array_equal(frame.extra["left"], image)
    assert frame.boundary.cut and frame.boundary.index == 0
    (temporal,) = run(image, {"fill": "temporal"})
    assert np.array_equal(temporal.image, frame.image)


@pytest.mark.parametrize("fill", ["background", "temporal", "none"])
@pytest.mark.parametrize("size", [(8, 8), (9, 7), (2, 2), (1, 1), (33, 17)])
def test_tiny_and_odd_sizes(size, fill):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8) for _ in range(3)]
    frames = run(images, {"fill": fill})
    assert len(frames) == 3
    assert all(f.image.shape == (size[1], 2 * size[0], 3) for f in frames)


def test_sixteen_bits_stay_sixteen():
    images = [f.image.astype(np.uint16) * 257 for f in clip(2)[0]]
    for frame, plain in zip(run(images), run([f.image for f in clip(2)[0]]), strict=True):
        assert frame.image.dtype == np.uint16
        assert np.abs(frame.image / 257 - plain.image).mean() < 1


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ([], "no frames"),
        (7, "int"),
        (np.zeros((4, 5), np.uint8), r"\[H, W, 3\]"),
        (np.zeros((4, 5, 4), np.uint8), r"\[H, W, 3\]"),
        ([np.zeros((4, 5, 3), np.float64)], "uint8"),
        (["a.png"], "uint8"),
    ],
)
def test_what_is_no_source_is_refused(source, words):
    with pytest.raises(SourceError, match=words):
        run(source)


def test_options_are_refused_at_the_call():
    with pytest.raises(OptionError, match="strength"):
        loops.run("stereo", [], {"strength": 11})
    with pytest.raises(OptionError, match="known are"):
        loops.run("stereoo", [])
    with pytest.raises(OptionError, match="abacus"):
        loops.run("stereo", [], {"backend": "abacus"})


def test_a_reader_of_things_in_memory():
    pictures, _ = clip(3)
    with opened(pictures) as reader:
        assert reader.size == SIZE and reader.count() == 3
        assert isinstance(reader, Given) and len(list(reader)) == 3


# depth


def test_exact_depth_gives_the_view_of_the_warp(tmp_path):
    pictures, depths = clip(3)
    depth = folder_of(tmp_path / "depth", depths)
    options = {"depth": str(depth), "convergence": 0.0, "sharpen_depth": False, "layout": "full-sbs"}
    for frame, source, truth in zip(run(pictures, options), pictures, depths, strict=True):
        assert np.array_equal(frame.extra["depth"], truth)
        disparity = truth * np.float32(2.5 * 0.96 / 65535)
        right = synthesize_view(source.image, disparity).image
        assert np.array_equal(frame.image[:, :96], source.image)
        assert np.array_equal(frame.image[:, 96:], right)
        assert np.array_equal(frame.extra["left"], source.image)
        assert np.array_equal(frame.extra["right"], right)


def test_convergence_lies_on_the_screen(tmp_path):
    """A flat scene at the depth of the screen is the same for both eyes; nearer, it stands out."""
    image = clip(1)[0][0].image
    depth = tmp_path / "flat.png"
    cv2.imwrite(str(depth), np.full((54, 96), 39321, np.uint16))  # 0.6
    options = {"depth": str(depth), "convergence": 0.6, "strength": 5.0}
    (frame,) = run(image, options)
    assert np.abs(frame.extra["right"].astype(int) - image).max() <= 1
    # 0.6 - 0.1 of a strength held at 2.5 / 0.9 by the near limit, of 96 pixels
    (frame,) = run(image, {**options, "convergence": 0.1})
    expected = synthesize_view(image, np.full((54, 96), 0.5 * 2.5 / 0.9 * 0.96)).image
    assert np.abs(frame.extra["right"].astype(int) - expected)[:, :90].max() <= 1


@pytest.mark.parametrize("fill", ["background", "temporal"])
@pytest.mark.parametrize("size", [None, "128x72"])
def test_saved_depth_gives_the_same_result(tmp_path, fill, size):
    frames = two_shots()[5:14]
    first = run(frames, {"fill": fill, "size": size})
    assert all(f.extra["depth"].dtype == np.uint16 for f in first)
    folder = folder_of(tmp_path / "depth", [f.extra["depth"] for f in first])
    same(run(frames, {"fill": fill, "size": size, "depth": str(folder)}), first)


def test_depth_of_another_length_is_refused_before_the_first_frame(tmp_path):
    pictures, depths = clip(3)
    folder = folder_of(tmp_path / "depth", depths[:2])
    with pytest.raises(SourceError, match=r"depth holds 2 frames, but the source has 3"):
        next(loops.run("stereo", pictures, {"depth": str(folder)}))
    # of a generator nobody knows the length beforehand
    endless = loops.run("stereo", iter(pictures), {**QUICK, "depth": str(folder)})
    with pytest.raises(SourceError, match=r"ends after 2 frames"):
        list(endless)
    assert len(run(iter(pictures[:2]), {"depth": str(folder)})) == 2


# the result's shape


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_as_planned(layout):
    images = [f.image for f in clip(2)[0]]
    options = parse(StereoOptions, {**QUICK, "layout": layout})
    with opened(images) as reader:
        planned = stereo.plan(reader, options)
    assert planned.size == packed_size(SIZE, layout, fov=options.fov)
    for frame in run(images, {"layout": layout}):
        assert frame.image.shape == (planned.size[1], planned.size[0], 3)
        assert frame.image.dtype == np.uint8
        assert frame.extra["left"].shape == frame.extra["right"].shape == (54, 96, 3)


def test_companions_and_tags():
    options = parse(StereoOptions, {"layout": "separate", "save_depth": "d.mkv"})
    with opened(clip(1)[0]) as reader:
        planned = stereo.plan(reader, options)
    assert planned.companions["right"].suffix == "_R"
    assert planned.companions["depth"].gray and str(planned.companions["depth"].path) == "d.mkv"
    with opened(clip(1)[0]) as reader:
        assert stereo.plan(reader, parse(StereoOptions, {"layout": "half-sbs"})).stereo.half


@pytest.mark.parametrize("eye", ["right", "left", "both"])
def test_the_other_eye_sees_the_source_untouched(eye):
    image = clip(1)[0][0].image
    (frame,) = run(image, {"eye": eye})
    untouched = [np.array_equal(frame.extra[side], image) for side in ("left", "right")]
    assert untouched == [eye == "right", eye == "left"]


def test_size_and_cap():
    image = clip(1)[0][0].image
    (frame,) = run(image, {"size": "48x30"})
    assert frame.image.shape == (30, 96, 3)
    (frame,) = run(image, {"size_cap": "100x100"})
    assert frame.image.shape[1] <= 100 and frame.image.shape[0] <= 100
    (frame,) = run(image, {"size_cap": "1000x1000"})
    assert frame.image.shape == (54, 192, 3)


def test_a_portrait_has_the_same_share_of_its_width(tmp_path):
    depth = tmp_path / "near.png"
    cv2.imwrite(str(depth), np.full((90, 40), 65535, np.uint16))
    image = np.zeros((90, 40, 3), np.uint8)
    image[:, 20] = 255
    (frame,) = run(image, {"depth": str(depth), "convergence": 0.0, "strength": 10.0, "near_limit": 10.0})
    assert frame.extra["right"][45, :, 0].argmax() == 16


def test_no_strength_is_two_of_the_same():
    image = clip(1)[0][0].image
    (frame,) = run(image, {"strength": 0})
    assert np.array_equal(frame.extra["right"], image)


def test_the_floating_window_masks():
    depth_free = {"convergence": 0.0, "near_limit": 10.0, "strength": 10.0}
    image = np.full((54, 96, 3), 120, np.uint8)
    image[:, :20] = np.random.default_rng(0).integers(60, 255, (54, 20, 3))
    plain = run([image] * 2, depth_free)
    masked = run([image] * 2, {**depth_free, "floating_window": True})
    assert not np.array_equal(plain[0].image, masked[0].image)
    assert (masked[0].extra["left"][:, 0] == 0).all()


# events, cancel, shots


def test_events():
    told = []
    run(clip(3)[0], on_event=told.append)
    assert [e.data["done"] for e in told if e.kind == "progress"] == [1, 2, 3]
    assert told[0].kind == "note" and "cues" in told[0].text
    assert told[-1].kind == "report"
    report = told[-1].data
    assert report["frames"] == 3 and len(report["shots"]) == 1 and report["lines"]
    assert report["nearest"] <= 2.5 and report["farthest"] >= -2.5 and 0 < report["fill_share"] < 0.2
    assert report["depth"] == told[0].text


def test_shots_are_told_apart():
    told = []
    frames = run(two_shots(), on_event=told.append)
    assert [(f.boundary.index, f.boundary.cut) for f in frames if f.boundary] == [(0, True), (9, True)]
    assert [s["frames"] for s in told[-1].data["shots"]] == [9, 7]


@pytest.mark.parametrize("fill", ["background", "temporal"])
def test_nothing_crosses_a_cut(fill):
    frames = two_shots()
    whole = run(frames, {"fill": fill})
    alone = [Frame(f.image, f.pts - frames[9].pts) for f in frames[9:]]
    for a, b in zip(whole[9:], run(alone, {"fill": fill}), strict=True):
        assert np.array_equal(a.image, b.image) and np.array_equal(a.extra["depth"], b.extra["depth"])
    for a, b in zip(whole, run(frames[:9], {"fill": fill}), strict=False):
        assert np.array_equal(a.image, b.image)


@pytest.mark.parametrize("fill", ["background", "temporal"])
def test_cancel_stops_between_frames(fill):
    import threading

    token = CancelToken()
    running = loops.run("stereo", clip(8)[0], {"fill": fill}, cancel=token)
    next(running)
    token.cancel()
    with pytest.raises(Cancelled, match="stopped"):
        next(running)
    assert not [t for t in threading.enumerate() if t.name == "ahead" and not t.join(5) and t.is_alive()]


def test_letting_go_early_leaves_no_thread():
    import threading

    running = loops.run("stereo", clip(8)[0], {"fill": "temporal"})
    next(running)
    running.close()
    assert not [t for t in threading.enumerate() if t.name == "ahead" and not t.join(5) and t.is_alive()]


def test_the_same_again_is_the_same():
    frames = two_shots()[4:12]
    same(run(frames, {"fill": "temporal"}), run(frames, {"fill": "temporal"}))


def test_both_carriers_agree(on):
    pytest.importorskip("torch")
    frames = clip(3)[0]
    a = run(frames, {"backend": on.name, "device": on.device, "fill": "temporal"})
    b = run(frames, {"backend": "reference", "device": "cpu", "fill": "temporal"})
    for x, y in zip(a, b, strict=True):
        assert np.abs(x.image.astype(int) - y.image).max() <= 2


# resuming


@pytest.fixture
def short_segments(monkeypatch):
    """A boundary every half second, so that one falls inside each shot."""
    mark = depths.mark_shots
    monkeypatch.setattr(depths, "mark_shots", lambda frames, **kw: mark(frames, segment_seconds=0.5, **kw))


@pytest.mark.parametrize("depth", ["cues", "supplied"])
@pytest.mark.parametrize("fill", ["background", "temporal"])
@pytest.mark.parametrize("window", [False, True])
def test_going_on_from_a_boundary_gives_the_same_bits(tmp_path, short_segments, fill, depth, window):
    from lib_parallax.jobs.state import load_state, save_state

    source = folder_of(tmp_path / "clip", [f.image for f in two_shots()])
    values = {"fill": fill, "floating_window": window, "near_limit": 5, "strength": 5}
    if depth == "supplied":
        depths = np.random.default_rng(1).random((16, 54, 96))
        depths = [(cv2.GaussianBlur(d, (0, 0), 4) * 65535).astype(np.uint16) for d in depths]
        values["depth"] = str(folder_of(tmp_path / "depth", depths))
    options = parse(StereoOptions, values)
    whole_told, told = [], []
    with media.open_video(source, rate=Fraction(10)) as reader:
        whole = list(stereo.frames(reader, options, on_event=whole_told.append))
        boundaries = [f.boundary for f in whole if f.boundary]
        assert [(b.index, b.cut) for b in boundaries] == [(0, True), (5, False), (9, True), (14, False)]
        for boundary in boundaries:
            # as the journal keeps it
            save_state(tmp_path / "state.npz", boundary.state)
            kept = Boundary(boundary.index, boundary.cut, load_state(tmp_path / "state.npz"))
            told.clear()
            again = list(stereo.frames(reader, options, on_event=told.append, start=kept))
            same(again, whole[boundary.index :])
            assert told[-1] == whole_told[-1], "the report counts what came before"


# numbers that change


def test_strength_and_convergence_change_over_the_frames(tmp_path):
    frames, depths = clip(5)
    depth = {"depth": str(folder_of(tmp_path / "depth", depths))}
    changing = run(frames, {**depth, "strength": "0:(0), 4:(4)", "convergence": "0:(0), 4:(1)"})
    for number in range(5):
        fixed = run(frames, {**depth, "strength": number, "convergence": number / 4})
        same(changing[number : number + 1], fixed[number : number + 1])
    assert np.array_equal(changing[0].extra["right"], frames[0].image)


def test_limits_hold_for_strengths_that_change(tmp_path):
    frames, depths = clip(3)
    depth = {"depth": str(folder_of(tmp_path / "depth", depths)), "convergence": 0.0}
    held = run(frames, {**depth, "strength": "0:(1), 2:(9)", "near_limit": 2})
    same(held[2:], run(frames, {**depth, "strength": 2, "near_limit": 2})[2:])


def test_a_changing_strength_out_of_range_names_its_frame():
    frames, _ = clip(3)
    with pytest.raises(OptionError, match="strength: 12 at frame 2 is outside 0 to 10 % of width") as refused:
        run(frames, {"strength": "0:(0), 2:(12)"})
    assert refused.value.field == "strength"
    with pytest.raises(OptionError, match="give --sound"):
        run(frames, {"strength": "1 + audio.bass"})


def test_numbers_that_change_go_on_from_a_boundary(tmp_path, short_segments):
    source = folder_of(tmp_path / "clip", [f.image for f in two_shots()])
    values = {"strength": "0:(1), max_f:(5)", "near_limit": "2+sin(t)", "depth_model": "cues"}
    options = parse(StereoOptions, values)
    with media.open_video(source, rate=Fraction(10)) as reader:
        whole = list(stereo.frames(reader, options))
        for boundary in [f.boundary for f in whole if f.boundary]:
            same(list(stereo.frames(reader, options, start=boundary)), whole[boundary.index :])


def test_the_plan_tells_which_depth_auto_stands_for(tmp_path, monkeypatch):
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path))
    source = Given(clip(1)[0])
    told = [stereo.plan(source, StereoOptions()).depth]
    file = tmp_path / "video_depth_anything_vits.safetensors"
    for content in (b"1", b"22"):
        file.write_bytes(content)
        (tmp_path / "parallax-models.json").unlink(missing_ok=True)
        told.append(stereo.plan(source, StereoOptions()).depth)
    assert told[0] == "cues" and told[1] != told[2]
    assert all(key.startswith(f"video-depth-anything-small {file.name} ") for key in told[1:])


def test_depth_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    pictures, depths = clip(2)
    folder_of(tmp_path / "d", depths)
    assert len(run(Given(pictures), {"depth": "~/d"})) == 2
