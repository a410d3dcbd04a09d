"""The depth loop by itself, and from the command line to files."""

from __future__ import annotations

import base64
import json
import os
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib_parallax import jobs, loops, media, samples
from lib_parallax.errors import Cancelled, OptionError, OutputError, SourceError
from lib_parallax.faces.cli import main
from lib_parallax.loops import depth as depth_loop
from lib_parallax.loops import depths
from lib_parallax.loops.source import Given
from lib_parallax.options import DepthOptions, parse
from lib_parallax.types import Boundary, CancelToken, Frame
from lib_parallax.warp.surface import surface_normals

SIZE = (96, 54)


def clip(frames=6, start=0.5):
    """Frames of the street with someone crossing it, and their depth as 16-bit pictures."""
    views = [samples.street(SIZE, motion="object", time=start + n / 10, supersample=2) for n in range(frames)]
    views = [street.view() for street in views]
    pictures = [Frame(view.image, Fraction(n, 10)) for n, view in enumerate(views)]
    return pictures, [np.rint(view.depth * 65535).astype(np.uint16) for view in views]


def two_shots():
    """Six frames, a cut, six frames of something else."""
    rng = np.random.default_rng(0)
    other = cv2.GaussianBlur(rng.integers(0, 256, (54, 200, 3), dtype=np.uint8), (0, 0), 3)
    other = cv2.normalize(other, None, 0, 120, cv2.NORM_MINMAX)
    second = [np.ascontiguousarray(other[:, 4 * n : 4 * n + 96]) for n in range(6)]
    images = [f.image for f in clip()[0]] + second
    return [Frame(image, Fraction(n, 10)) for n, image in enumerate(images)]


@pytest.fixture
def folders(tmp_path):
    """The clip and its exact depth as folders."""
    pictures, depths = clip(3)
    for name, images in (("clip", [f.image[..., ::-1] for f in pictures]), ("exact", depths)):
        (tmp_path / name).mkdir()
        for n, image in enumerate(images):
            assert cv2.imwrite(str(tmp_path / name / f"p{n}.png"), image)
    return tmp_path / "clip", tmp_path / "exact", depths


@pytest.fixture
def film(tmp_path):
    """The clip as a lossless video."""
    path = tmp_path / "film.mkv"
    with media.open_writer(path, SIZE, rate=Fraction(10), codec="ffv1") as writer:
        for frame in clip()[0]:
            writer.write(frame.image, frame.pts)
    return path


def run(source, options=None, **keywords):
    return list(loops.run("depth", source, options or {}, **keywords))


# views


def test_depth_of_a_file_comes_out_as_it_went_in(folders):
    source, exact, depths = folders
    for frame, depth in zip(run(source, {"depth": str(exact)}), depths, strict=True):
        assert frame.image.dtype == np.uint16 and np.array_equal(frame.image, depth)
        assert np.array_equal(frame.extra["depth"], depth)
        assert frame.extra["values"].dtype == np.float32
        assert np.abs(frame.extra["values"] * 65535 - depth).max() < 0.01


def test_grey_is_eight_bits_and_invert_turns_it(folders):
    source, exact, depths = folders
    for options in ({}, {"invert": True}):
        frames = run(source, {"depth": str(exact), "view": "grey", **options})
        for frame, depth in zip(frames, depths, strict=True):
            shown = 65535 - depth.astype(int) if options else depth
            assert frame.image.dtype == np.uint8 and np.abs(frame.image * 257.0 - shown).max() <= 129
            assert np.array_equal(frame.extra["depth"], depth)  # near stays bright where it is kept


@pytest.mark.parametrize("view", ["inferno", "turbo"])
def test_colour_maps(folders, view):
    """Their ends as Matplotlib (inferno) and Google (turbo) publish them, and grey 128 of turbo."""
    source, exact, _ = folders
    image = run(source, {"depth": str(exact), "view": view})[0].image
    assert image.dtype == np.uint8 and image.shape == (54, 96, 3)
    ends = depth_loop.depth_picture(np.array([[0, 1]], np.float32), view)[0].tolist()
    truth = {
        "inferno": [[0, 0, 4], [252, 255, 164]],
        "turbo": [[48, 18, 59], [122, 4, 3]],
    }[view]
    assert np.abs(np.array(ends) - truth).max() <= 1


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_normals_follow_the_surface(folders, kind):
    _, exact, depths = folders
    pictures = [f.image.astype(kind) * (257 if kind == np.uint16 else 1) for f in clip(3)[0]]
    frames = run(pictures, {"depth": str(exact), "view": "normals", "fov": 70})
    truth = surface_normals(depths[0].astype(np.float32) / 65535, 70.0)
    top = np.iinfo(kind).max
    assert frames[0].image.dtype == kind
    assert np.abs(frames[0].image / top * 2 - 1 - truth).max() <= 1 / top + 1e-4
    assert np.abs(np.linalg.norm(frames[0].extra["values"], axis=2) - 1).max() < 1e-5
    flat = depth_loop.normals_picture(np.array([[[0, 0, 1]]], np.float32), np.dtype(kind))
    assert flat.tolist() == [[[round(top / 2), round(top / 2), top]]]


def test_the_range_is_clipped(folders):
    source, exact, depths = folders
    frames = run(source, {"depth": str(exact), "near_clip": 0.6, "far_clip": 0.2})
    for frame, depth in zip(frames, depths, strict=True):
        wanted = np.clip((depth / 65535 - 0.2) / 0.4, 0, 1) * 65535
        assert np.abs(frame.image - wanted).max() < 1
        assert np.array_equal(frame.extra["depth"], depth)


def test_size_and_sharpening(folders):
    source, exact, _ = folders
    (small, *_) = run(source, {"depth": str(exact), "size": (48, 27)})
    assert small.image.shape == (27, 48) and small.extra["depth"].shape == (27, 48)
    for path in exact.iterdir():  # a step as large as there is, made soft
        step = np.zeros_like(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
        step[:, step.shape[1] // 2 :] = 65535
        cv2.imwrite(str(path), cv2.GaussianBlur(step, (0, 0), 1.5))
    soft, sharp = (run(source, {"depth": str(exact), "sharpen_depth": on})[0] for on in (False, True))
    assert np.array_equal(soft.extra["depth"], sharp.extra["depth"])
    assert not np.array_equal(soft.image, sharp.image)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (9, 7), (33, 17)])
@pytest.mark.parametrize("view", ["depth", "normals", "turbo"])
def test_tiny_and_odd_sizes(size, view):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8) for _ in range(3)]
    assert [f.image.shape[:2] for f in run(images, {"view": view})] == [size[::-1]] * 3


def test_depth_of_a_file_is_not_estimated_every_nth_frame(folders):
    source, exact, depths = folders
    frames = run(source, {"depth": str(exact), "depth_every": 2})
    assert all(np.array_equal(f.image, d) for f, d in zip(frames, depths, strict=True))


# refusals, events, resume


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"near_clip": 0.2, "far_clip": 0.2}, "near_clip"),
        ({"near_clip": 0.1, "far_clip": 0.5}, "near_clip"),
        ({"view": "turbo", "format": "exr"}, "format"),
        ({"view": "relief"}, "view"),
        ({"depth_model": "crystal-ball"}, "depth_model"),
    ],
)
def test_options_that_make_no_sense(options, field):
    with pytest.raises(OptionError) as refusal:
        run(clip(2)[0], options)
    assert refusal.value.field == field and str(refusal.value).startswith((f"{field}: ", "unknown depth"))


def test_depth_of_another_length_is_refused(folders):
    source, exact, _ = folders
    (exact / "p2.png").unlink()
    with pytest.raises(SourceError, match="2 frames, but the source has 3"):
        run(source, {"depth": str(exact)})


def test_cancel_stops_between_frames():
    token = CancelToken()
    made = loops.run("depth", clip(4)[0], {}, cancel=token)
    next(made)
    token.cancel()
    with pytest.raises(Cancelled):
        list(made)


def test_the_report_tells_source_steadiness_and_range_by_shot():
    events = []
    frames = run(two_shots(), on_event=events.append)
    assert [n for n, f in enumerate(frames) if f.boundary is not None and f.boundary.cut] == [0, 6]
    assert [e.data["done"] for e in events if e.kind == "progress"] == list(range(1, 13))
    report = events[-1].data
    assert events[-1].kind == "report" and "cues" in report["depth"] and "cues" in events[0].text
    assert [(s["first_frame"], s["frames"]) for s in report["shots"]] == [(0, 6), (6, 6)]
    for shot in report["shots"]:
        assert 0 <= shot["far"] < shot["near"] <= 1 and 0 <= shot["change"] < 0.1
    assert all(line.endswith(".") for line in report["lines"]) and "along the motion" in report["lines"][1]


def test_flicker_shows_in_the_report(tmp_path):
    pictures, depths = clip(6)
    changes = []
    for name, gains in (("still", [1] * 6), ("flicker", [1, 0.8] * 3)):
        (tmp_path / name).mkdir()
        for n, (depth, gain) in enumerate(zip(depths, gains, strict=True)):
            cv2.imwrite(str(tmp_path / name / f"{n}.png"), (depth * gain).astype(np.uint16))
        events = []
        run(pictures, {"depth": str(tmp_path / name)}, on_event=events.append)
        changes.append(events[-1].data["shots"][0]["change"])
    mean = float(np.mean(depths)) / 65535
    assert changes[0] < 0.02 and changes[1] == pytest.approx(0.2 * mean, rel=0.35)


@pytest.mark.parametrize("extra", [{}, {"steadiness": "strong"}, {"depth_every": 3}])
def test_resume_at_every_boundary_gives_the_same(monkeypatch, extra):
    monkeypatch.setattr(depths.mark_shots, "__defaults__", (0.3, None, None))
    pictures, options = two_shots(), parse(DepthOptions, extra)
    told = []
    whole = list(depth_loop.frames(Given(pictures), options, on_event=told.append))
    marks = [(n, f.boundary) for n, f in enumerate(whole) if f.boundary is not None]
    assert len(marks) >= 4
    for n, mark in marks[1:]:
        again = []
        start = Boundary(mark.index, mark.cut, dict(mark.state))
        rest = list(depth_loop.frames(Given(pictures), options, on_event=again.append, start=start))
        assert len(rest) == len(whole) - n
        assert all(np.array_equal(a.image, b.image) for a, b in zip(rest, whole[n:], strict=True))
        assert again[-1].data == told[-1].data


# jobs and the command line


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def command(*arguments, loop="depth"):
    return main([loop, *map(str, arguments), "--jobs-dir", "jobs", "--quiet"])


def depths_of(path):
    with media.open_depth(path) as reader:
        return [frame.image for frame in reader]


def stream_of(path):
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return stream.codec_context.name, stream.codec_context.pix_fmt


def test_a_folder_of_sixteen_bits_named_as_the_source(at_home, folders):
    source, exact, depths = folders
    assert command(source, "-o", "out", "--depth", exact) == 0
    assert sorted(os.listdir("out")) == ["p0.png", "p1.png", "p2.png"]
    for n, depth in enumerate(depths):
        assert np.array_equal(cv2.imread(f"out/p{n}.png", cv2.IMREAD_UNCHANGED), depth)
    record = json.loads(next(Path("jobs").glob("*/job.json")).read_text())
    assert record["loop"] == "depth" and "exact" in record["depth"] and record["report"]["lines"]


@pytest.mark.parametrize("form", ["exr", "npy"])
def test_a_folder_of_numbers(at_home, folders, form):
    source, exact, depths = folders
    assert command(source, "-o", "out", "--depth", exact, "--format", form) == 0
    assert sorted(os.listdir("out")) == [f"p{n}.{form}" for n in range(3)]
    for found, depth in zip(depths_of("out"), depths, strict=True):
        assert np.array_equal(found, depth.astype(np.float32) / np.float32(65535))
    assert command(source, "-o", "out", "--depth", exact, "--format", form) == 2
    assert command(source, "-o", "out", "--depth", exact, "--format", form, "--overwrite") == 0
    assert command(source, "-o", "again", "--depth", "out") == 0
    assert np.array_equal(cv2.imread("again/p2.png", cv2.IMREAD_UNCHANGED), depths[2])


@pytest.mark.parametrize(
    ("name", "flags", "codec", "layout", "error"),
    [
        ("d.mkv", [], "ffv1", "gray16le", 0),
        ("d.mp4", [], "hevc", "yuv420p10le", 0.02),
        ("d.mov", ["--quality", "lossless"], "hevc", "yuv420p10le", 0.5 / 1023),
        ("d.mp4", ["--codec", "ffv1"], "ffv1", "gray16le", 0),
        ("d.mp4", ["--view", "grey"], "h264", "yuv420p", 0.03),
        ("d.mkv", ["--view", "grey", "--quality", "lossless"], "h264", "yuv420p", 0.5 / 255),
        ("d.mkv", ["--view", "grey", "--codec", "ffv1"], "ffv1", "gray", 0.5 / 255),
        ("d.webm", ["--codec", "vp9"], "vp9", "yuv420p", 0.04),
    ],
)
def test_a_depth_video(at_home, film, name, flags, codec, layout, error):
    assert command(film, "-o", "true.mkv", "--depth-model", "cues") == 0
    assert command(film, "-o", name, *flags) == 0
    found_codec, found_layout = stream_of(name)
    # decoders call full-range yuv420p yuvj420p
    assert (found_codec, found_layout.replace("yuvj", "yuv")) == (codec, layout)
    truth, found = depths_of("true.mkv"), depths_of(name)
    assert len(found) == 6
    gap = np.array([np.abs(a - b).mean() if error > 0.01 else np.abs(a - b).max()
                    for a, b in zip(truth, found, strict=True)])  # fmt: skip
    assert gap.max() <= error + 1e-6
    with media.open_video(name) as reader:
        assert [f.pts for f in reader] == [Fraction(n, 10) for n in range(6)]


def test_colours_in_a_video(at_home, film):
    assert command(film, "-o", "t.mp4", "--view", "turbo") == 0
    assert stream_of("t.mp4") == ("h264", "yuv420p")
    assert command(film, "-o", "t", "--view", "turbo") == 0
    truth = cv2.imread("t/000002.png")[..., ::-1]
    with media.open_video("t.mp4") as reader:
        shown = next(reader.frames(2)).image
    assert np.abs(shown.astype(int) - truth).mean() < 8


def test_the_same_three_dimensions_in_two_steps_as_in_one(at_home, film):
    """`depth` and then `stereo --depth`, by way of a video, a folder of PNG, EXR and NPY."""
    plain = "--no-infotext"  # the options that pictures hold name the depth file
    assert command(film, "-o", "whole", plain, loop="stereo") == 0
    assert command(film, "-o", "d.mkv") == 0
    for form in ("png", "exr", "npy"):
        assert command(film, "-o", form, "--format", form) == 0
    for given in ("d.mkv", "png", "exr", "npy"):
        out = f"from-{given[:3]}"
        assert command(film, "-o", out, "--depth", given, plain, loop="stereo") == 0
        names = sorted(os.listdir("whole"))
        assert len(names) == 6 and sorted(os.listdir(out)) == names
        for name in names:
            assert Path("whole", name).read_bytes() == Path(out, name).read_bytes()


def test_saved_depth_is_the_depth_that_stereo_saves(at_home, film):
    assert command(film, "-o", "a.mkv", "--save-depth", "kept.mkv", "--view", "grey", "--invert") == 0
    assert command(film, "-o", "b.mkv", "--save-depth", "other.mkv", loop="stereo") == 0
    assert Path("kept.mkv").read_bytes() == Path("other.mkv").read_bytes()


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "exr", "npy", "ply", "glb"])
def test_one_picture(at_home, folders, suffix):
    source, exact, depths = folders
    assert command(source / "p0.png", "-o", f"one.{suffix}", "--depth", exact / "p0.png") == 0
    if suffix == "jpg":
        found = cv2.imread("one.jpg", cv2.IMREAD_UNCHANGED)
        assert found.ndim == 2 and np.abs(found * 257.0 - depths[0]).mean() < 600
    elif suffix in ("ply", "glb"):
        assert Path(f"one.{suffix}").read_bytes()[:4] in (b"ply\n", b"glTF")
        assert command(source / "p0.png", "-o", f"one.{suffix}") == 2  # exists already
    else:
        assert np.array_equal(depths_of(f"one.{suffix}")[0] * 65535, depths[0]) or (
            np.abs(depths_of(f"one.{suffix}")[0] * 65535 - depths[0]).max() < 0.01
        )
    assert not list(Path().glob(".*part*"))


def test_normals_as_numbers(at_home, folders):
    source, exact, depths = folders
    arguments = (source / "p0.png", "--depth", exact / "p0.png", "--view", "normals")
    assert command(*arguments, "-o", "n.npy") == 0 and command(*arguments, "-o", "n.exr") == 0
    normals = np.load("n.npy")
    assert np.array_equal(normals, surface_normals(depths[0].astype(np.float32) / np.float32(65535), 55.0))
    from lib_parallax.media.exr import decode_exr

    assert np.array_equal(decode_exr(Path("n.exr")), normals)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["film.mkv", "-o", "x.ply"], "x.ply"),
        (["film.mkv", "-o", "x.exr"], "x.exr: a .exr file holds one frame and film.mkv has 6"),
        (["film.mkv", "-o", "x.png"], "x.png: a picture holds one frame and film.mkv has 6"),
        (["clip", "-o", "x.glb"], "x.glb"),
        (["film.mkv", "-o", "x.html"], "x.html: .html pages show one picture with its depth"),
        (["film.mkv", "-o", "x.mkv", "--save-depth", "y.gif"], "y.gif: .gif files do not hold depth"),
        (["clip/p0.png", "-o", "x.exr", "--view", "turbo"], "hold depth or normals"),
        (["film.mkv", "-o", "x.mov", "--codec", "prores"], "codec: prores cannot hold depth"),
        (["film.mkv", "-o", "x.mkv", "--near-clip", "0.3", "--far-clip", "0.4"], "near_clip"),
        (["film.mkv", "-o", "x", "--format", "bmp"], "format: 'bmp' is not one of png, exr, npy"),
        (["film.mkv", "-o", "x.mkv", "--save-depth", "y.glb"], "y.glb"),
    ],
)
def test_what_cannot_be_made_is_refused_before_the_work(at_home, folders, film, capsys, arguments, words):
    assert command(*arguments) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert not list(Path().glob("x*")) and not list(Path().glob("jobs/*/work"))


def test_a_picture_becomes_a_page_of_itself_and_its_depth(at_home, folders):
    source, given, _ = folders
    picture, depth = source / "p0.png", sorted(given.iterdir())[0]
    assert command(picture, "-o", "page.html", "--depth", depth, "--no-sharpen-depth") == 0
    text = Path("page.html").read_text(encoding="utf-8")
    assert "<title>p0</title>" in text and "{{" not in text
    found = {}
    for kind, flags in (("jpeg", cv2.IMREAD_COLOR), ("png", cv2.IMREAD_UNCHANGED)):
        data = base64.b64decode(text.split(f"data:image/{kind};base64,")[1].split('"')[0])
        found[kind] = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    assert np.abs(found["jpeg"].astype(int) - cv2.imread(str(picture))).mean() < 4
    assert found["png"].shape == found["jpeg"].shape[:2] and np.ptp(found["png"]) > 50


def test_a_film_of_depth_moves_as_a_gif(at_home, film):
    from PIL import Image, ImageSequence

    assert command(film, "-o", "d.gif") == 0 and command(film, "-o", "d.mkv") == 0
    with Image.open("d.gif") as image:
        frames = [np.asarray(frame.convert("RGB")).astype(float) for frame in ImageSequence.Iterator(image)]
    truth = depths_of("d.mkv")
    assert len(frames) == len(truth) == 6
    for frame, depth in zip(frames, truth, strict=True):
        assert np.abs(frame - 255 * depth[..., None]).mean() < 6


def test_stereo_makes_no_surfaces_and_no_numbers(at_home, folders):
    source, _, _ = folders
    for name in ("x.glb", "x.npy"):
        with pytest.raises(OutputError, match=name):
            jobs.run("stereo", source / "p0.png", {}, name, jobs_dir="jobs")


def test_names_when_none_is_given(at_home, folders, film):
    source, _, _ = folders
    assert command(film) == 0 and command(source) == 0 and command(source / "p0.png") == 0
    assert command(source / "p1.png", "--format", "exr") == 0
    assert Path("film-depth.mkv").is_file() and Path("clip-depth").is_dir()
    assert Path("p0-depth.png").is_file() and Path("p1-depth.exr").is_file()


def test_a_stopped_job_goes_on_to_the_same_bytes(at_home, film, monkeypatch):
    monkeypatch.setattr(depths.mark_shots, "__defaults__", (0.2, None, None))
    first = jobs.run("depth", film, {}, "whole.mkv", jobs_dir="other")
    token = CancelToken()

    def stop(event):
        if event.kind == "progress" and event.data["done"] == 5:
            token.cancel()

    with pytest.raises(Cancelled):
        jobs.run("depth", film, {}, "out.mkv", jobs_dir="jobs", on_event=stop, cancel=token)
    assert not Path("out.mkv").exists()
    again = jobs.run("depth", film, {}, "out.mkv", jobs_dir="jobs")
    assert 0 < again.made < 6 and again.report == first.report
    assert Path("out.mkv").read_bytes() == Path("whole.mkv").read_bytes()
