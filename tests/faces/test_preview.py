"""The preview of one frame is what the loop makes of it, at the measure it will have when rendered."""

import io
import os
from fractions import Fraction

import av
import clips
import cv2
import numpy as np
import pytest
from PIL import Image

from lib_parallax import loops, samples
from lib_parallax.depth.cues import Cues
from lib_parallax.errors import OptionError, SourceError
from lib_parallax.faces import moments
from lib_parallax.faces import preview as module
from lib_parallax.faces.preview import frame_count, preview, shown_size, thumbnail, wiggle
from lib_parallax.options import LAYOUTS

SIZE = (192, 108)
FRAMES = 9


@pytest.fixture(autouse=True)
def forgotten():
    for kept in (moments._reader, moments.frames_at, module._estimate):
        kept.cache_clear()


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    """The street as a file, and its exact depth."""
    folder = tmp_path_factory.mktemp("street")
    view = samples.street(SIZE, supersample=2).view()
    depth = np.rint(view.depth * 65535).astype(np.uint16)
    cv2.imwrite(str(folder / "street.png"), view.image[..., ::-1])
    cv2.imwrite(str(folder / "depth.png"), depth)
    return folder / "street.png", folder / "depth.png", view.image, depth


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """A clip whose frames tell their number by their brightness, with two keyframes."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    clips.write_clip(path, [3003 * n for n in range(FRAMES)], size=(64, 48), g=5)
    return path


@pytest.fixture
def looks(monkeypatch):
    """How many frames the fallback estimator was shown at each preview."""
    counts = []
    stream = Cues.stream

    def counted(self, frames):
        frames = list(frames)
        counts.append(len(frames))
        return stream(self, iter(frames))

    monkeypatch.setattr(Cues, "stream", counted)
    return counts


# what is seen is what is rendered


@pytest.mark.parametrize("fill", ["temporal", "background", "none"])
def test_it_is_what_the_loop_makes_of_the_picture(picture, fill):
    path, depth, image, _ = picture
    options = {"depth": str(depth), "fill": fill, "layout": "half-sbs", "strength": 4}
    (made,) = loops.run("stereo", path, options)
    seen = preview("stereo", path, options)
    assert (seen.index, seen.count, seen.size) == (0, 1, SIZE)
    assert np.array_equal(seen.pictures["result"], made.image)
    assert np.array_equal(seen.pictures["source"], image)
    for name in ("left", "right"):
        assert np.array_equal(seen.pictures[name], made.extra[name])


def test_numbers_that_change_are_those_of_the_frame(video):
    changing = {"depth_model": "cues", "strength": "0:(1), 2:(5)", "convergence": 0.2, "near_limit": 10}
    fixed = {**changing, "strength": 5}
    seen, same = (preview("stereo", video, options, 2) for options in (changing, fixed))
    assert np.array_equal(seen.pictures["result"], same.pictures["result"])
    first = preview("stereo", video, changing, 0)
    assert np.array_equal(
        first.pictures["result"], preview("stereo", video, {**fixed, "strength": 1}, 0).pictures["result"]
    )


def test_an_estimate_handed_over_as_a_file_changes_nothing(picture):
    path = picture[0]
    (made,) = loops.run("stereo", path, {"depth_model": "cues"})
    assert np.array_equal(preview("stereo", path, {"depth_model": "cues"}).pictures["result"], made.image)


def test_the_depth_loop_has_its_own_pictures(picture):
    path, depth, _, truth = picture
    seen = preview("depth", path, {"depth": str(depth), "invert": True})
    assert set(seen.pictures) == {"result", "source", "depth"}
    assert np.abs(seen.pictures["result"][..., 1] - (255 - truth / 257)).max() <= 1
    assert np.array_equal(seen.depth, truth)
    grey = np.rint(truth / 257).astype(np.uint8)
    assert np.array_equal(seen.pictures["depth"], cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO)[..., ::-1])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_can_be_seen(picture, layout):
    path, depth, _, _ = picture
    seen = preview("stereo", path, {"depth": str(depth), "layout": layout})
    assert {"result", "source", "depth", "left", "right", "anaglyph", "holes"} == set(seen.pictures)
    for shown in seen.pictures.values():
        assert shown.dtype == np.uint8 and shown.ndim == 3 and max(shown.shape) <= 1920
    if layout == "anaglyph":
        assert np.array_equal(seen.pictures["result"], seen.pictures["anaglyph"])


# holes


# 2.5 % of 200 pixels: in the right view the near thing lies five to the left, in the left view to the right
@pytest.mark.parametrize(("eye", "columns"), [("right", range(145, 150)), ("left", range(50, 55))])
def test_holes_are_magenta_where_the_near_thing_stood(tmp_path, eye, columns):
    image = np.full((60, 200, 3), 90, np.uint8)
    depth = np.zeros((60, 200), np.uint16)
    depth[:, 50:150] = 65535
    cv2.imwrite(str(tmp_path / "image.png"), image)
    cv2.imwrite(str(tmp_path / "depth.png"), depth)
    options = {"depth": str(tmp_path / "depth.png"), "strength": 2.5, "convergence": 0, "near_limit": 10}
    seen = preview("stereo", tmp_path / "image.png", {**options, "eye": eye}).pictures["holes"]
    holes = (seen == (255, 0, 255)).all(axis=2)
    assert np.nonzero(holes.all(axis=0))[0].tolist() == list(columns)
    assert (seen[~holes] == 30).all()
    both = preview("stereo", tmp_path / "image.png", {**options, "eye": "both"}).pictures["holes"]
    assert both.shape == (60, 400, 3)


# any source, any frame


def test_the_frame_asked_for_is_shown(video):
    assert frame_count(video) == FRAMES
    for index in (FRAMES - 1, 0, 6):
        seen = preview("depth", video, {"depth_model": "cues"}, index)
        assert (seen.index, seen.count) == (index, FRAMES)
        assert abs(seen.pictures["source"].mean() - clips.picture(index, 64, 48).mean()) < 3
        assert abs(thumbnail(video, index).mean() - clips.picture(index, 64, 48).mean()) < 3


def test_a_folder_and_the_depth_of_the_same_number(tmp_path):
    for name, shade in (("pictures", 20), ("depths", 30)):
        (tmp_path / name).mkdir()
        for n in range(4):
            flat = np.full((40, 60), shade * (n + 1), np.uint8)
            cv2.imwrite(str(tmp_path / name / f"{n}.png"), flat)
    seen = preview("depth", tmp_path / "pictures", {"depth": str(tmp_path / "depths"), "view": "grey"}, 2)
    assert (seen.pictures["source"] == 60).all() and (seen.pictures["result"] == 90).all()
    assert seen.count == 4


def test_a_picture_of_16_bits_is_shown_in_8(tmp_path):
    cv2.imwrite(str(tmp_path / "deep.png"), np.full((40, 60, 3), 128 * 257, np.uint16))
    seen = preview("stereo", tmp_path / "deep.png", {"depth_model": "cues"})
    assert (seen.pictures["source"] == 128).all() and seen.pictures["result"].dtype == np.uint8


@pytest.mark.parametrize("index", [-1, FRAMES])
def test_a_frame_that_is_not_there_is_refused(video, index):
    with pytest.raises(OptionError, match="holds 9 frames") as told:
        preview("stereo", video, {}, index)
    assert told.value.field == "index"
    with pytest.raises(OptionError, match="holds 9 frames"):
        thumbnail(video, index)


def test_what_rendering_refuses_is_refused(tmp_path, video, picture):
    with pytest.raises(SourceError, match="no such file"):
        preview("stereo", tmp_path / "nothing.mp4")
    with pytest.raises(OptionError, match="has no preview"):
        preview("juggle", video)
    with pytest.raises(OptionError, match="strength"):
        preview("stereo", video, {"strength": 11})
    with pytest.raises(SourceError, match="holds 1 frame"):
        preview("stereo", video, {"depth": str(picture[1])})
    (tmp_path / "broken.mp4").write_bytes(b"this is no video")
    with pytest.raises(SourceError, match=r"broken\.mp4"):
        frame_count(tmp_path / "broken.mp4")


# sizes


def test_a_large_frame_is_seen_small_with_the_same_measure(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (54, 96, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "image.png"), cv2.resize(noise, (1920, 1080), interpolation=cv2.INTER_CUBIC))
    np.save(tmp_path / "depth.npy", np.ones((1080, 1920), np.float32))
    options = {"depth": str(tmp_path / "depth.npy"), "strength": 2.5, "convergence": 0}
    seen = preview("stereo", tmp_path / "image.png", options)
    assert seen.size == (3840, 1080) and seen.pictures["result"].shape == (540, 1920, 3)
    assert any("960x540" in note and "3840x1080" in note for note in seen.notes)
    # all is as near as can be, and 2.5 % of 960 are 24 pixels
    assert np.array_equal(seen.pictures["right"][:, : 960 - 24], seen.pictures["left"][:, 24:])


@pytest.mark.parametrize(
    ("options", "size", "shape"),
    [
        ({"size": "100x100"}, (200, 100), (178, 100)),  # pixels less high than wide
        ({"size_cap": "100x100"}, (100, 28), (50, 28)),
        ({"size_cap": "100x100", "layout": "half-sbs"}, (100, 56), (100, 56)),
        ({"size_cap": "100x100", "layout": "full-tb"}, (88, 100), (88, 50)),
        ({"size": "1920x1080", "layout": "half-tb"}, (1920, 1080), (960, 540)),
        ({"layout": "vr180", "size_cap": "400x200"}, (400, 200), SIZE),
    ],
)
def test_sizes_mean_what_they_mean_when_rendered(picture, options, size, shape):
    path, depth, _, _ = picture
    seen = preview("stereo", path, {"depth": str(depth), **options})
    assert seen.size == size
    assert seen.pictures["left"].shape[1::-1] == shape


def test_pixels_that_are_not_square_are_shown_square(tmp_path):
    assert shown_size((720, 576), Fraction(64, 45)) == (960, 540)
    assert shown_size((720, 480), Fraction(8, 9)) == (720, 540)
    with av.open(str(tmp_path / "wide.mp4"), "w") as container:
        stream = clips.add_video(container, (64, 48))
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        container.mux(list(clips.video_packets(stream, [0], (64, 48))))
    seen = preview("stereo", tmp_path / "wide.mp4", {"depth_model": "cues"})
    assert seen.pictures["left"].shape == (48, 128, 3) and seen.size == (128, 48)


# nothing twice


def test_depth_is_estimated_once_for_all_other_options(video, looks):
    first = preview("stereo", video, {"depth_model": "cues", "strength": 1}, 2)
    for options in ({"strength": 5}, {"layout": "anaglyph"}, {"eye": "both", "convergence": 0.3}):
        other = preview("stereo", video, {"depth_model": "cues", **options}, 2)
        assert other.notes[:2] == first.notes[:2]
    preview("depth", video, {"depth_model": "cues"}, 2)
    assert looks.count(3) == len(looks) == 1  # the frame and what came before it
    preview("stereo", video, {"depth_model": "cues"}, 3)
    preview("stereo", video, {"depth_model": "cues", "depth_size": 200}, 3)
    assert len(looks) == 3


def test_a_file_that_has_changed_is_looked_at_again(tmp_path, looks):
    path = tmp_path / "one.png"
    for shade in (50, 200):
        cv2.imwrite(str(path), np.full((40, 60, 3), shade, np.uint8))
        os.utime(path, ns=(shade * 10**9, shade * 10**9))
        assert (preview("depth", path, {"depth_model": "cues"}).pictures["source"] == shade).all()
        (tmp_path / "folder").mkdir(exist_ok=True)
        os.replace(path, tmp_path / "folder" / "0.png")
        assert (thumbnail(tmp_path / "folder") == shade).all()
    assert len(looks) == 2


def test_few_frames_before_the_one_asked_for_are_read(video, looks):
    for index in (0, 8):
        preview("depth", video, {"depth_model": "cues"}, index)
    assert looks == [1, 1 + module.RUN_UP]


def test_it_says_what_is_different_when_rendered(video, picture):
    notes = " ".join(preview("stereo", video, {"depth_model": "cues"}, 8).notes)
    assert "cues" in notes and "the 6 before it" in notes and "other frames of the shot" in notes
    still = preview("stereo", picture[0], {"depth_model": "cues"}).notes
    assert len(still) == 1 and "cues" in still[0]
    assert preview("stereo", picture[0], {"depth": str(picture[1])}).notes == ()


# small pictures, moving pictures


def test_a_thumbnail_is_bounded_both_ways(picture):
    assert thumbnail(picture[0], longest=96).shape == (54, 96, 3)
    assert thumbnail(picture[0]).shape == (108, 192, 3)  # never larger than it is


def test_a_wiggle_shows_left_then_right(picture):
    path, depth, _, _ = picture
    pictures = preview("stereo", path, {"depth": str(depth)}).pictures
    moving = Image.open(io.BytesIO(wiggle(pictures["left"], pictures["right"])))
    assert moving.format == "WEBP" and moving.n_frames == 2 and moving.info["loop"] == 0
    for number, name in enumerate(("left", "right")):
        moving.seek(number)
        other = pictures["right" if name == "left" else "left"]
        shown = np.asarray(moving.convert("RGB")).astype(int)
        assert np.abs(shown - pictures[name]).mean() < 0.7 * np.abs(shown - other).mean()
