"""Flow out of a file's motion vectors: held against exact flow, and against DIS on the same pictures."""

from __future__ import annotations

from fractions import Fraction

import av
import clips
import cv2
import numpy as np
import pytest

from lib_parallax import flow, media, samples
from lib_parallax.flow.dis import to_grey
from lib_parallax.flow.follow import Follower
from lib_parallax.flow.motion_vectors import flow_from_vectors, inverse_flow, unlike
from lib_parallax.media.orientation import EXIF
from lib_parallax.media.vectors import turned
from lib_parallax.types import MotionVectors

SIZE = (480, 270)
BEGIN = 0.6


def texture(height=96, width=128, seed=0):
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.uniform(0, 255, (height, width)).astype(np.float32), (0, 0), 1.5)
    return cv2.normalize(noise, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def blocks(motion, past=True, size=(128, 96), side=16):
    """A grid of blocks that all have `motion` in pixels."""
    width, height = size
    x, y = np.meshgrid(np.arange(0, width, side), np.arange(0, height, side))
    corners = np.stack([x, y, x + side, y + side], -1).reshape(-1, 4).astype(np.float32)
    place = corners / np.array([width, height] * 2, np.float32)
    motions = np.tile(np.array(motion, np.float32) / np.array([width, height], np.float32), (len(place), 1))
    return MotionVectors(place, motions.astype(np.float32), np.full(len(place), past))


def joined(*parts):
    return MotionVectors(*(np.concatenate(arrays) for arrays in zip(*map(fields, parts), strict=True)))


def fields(vectors):
    return vectors.place, vectors.motion, vectors.past


def without(vectors, gone):
    return MotionVectors(*(array[~gone] for array in fields(vectors)))


@pytest.fixture
def pair():
    """(later, earlier): what is at x in the later picture lies at x + (3, -2) in the earlier."""
    wide = texture(160, 200)
    return np.ascontiguousarray(wide[30:126, 33:161]), np.ascontiguousarray(wide[32:128, 30:158])


INSIDE = np.s_[8:-8, 8:-8]


@pytest.mark.parametrize("distance", [1, 2, 3, 4])
@pytest.mark.parametrize("past", [True, False])
def test_a_reference_further_away_counts_for_its_share(pair, distance, past):
    """No file tells how far away a reference is: the pictures do."""
    sign = 1 if past else -1
    vectors = blocks((3 * distance * sign, -2 * distance * sign), past)
    found = flow_from_vectors(*pair, vectors)
    assert found.shape == (96, 128, 2) and found.dtype == np.float32
    np.testing.assert_allclose(found[INSIDE], np.broadcast_to((3, -2), found[INSIDE].shape), atol=1e-4)


def test_of_two_references_the_better_one_is_believed(pair):
    wrong = blocks((11, 5))
    found = flow_from_vectors(*pair, joined(wrong, blocks((-3, 2), past=False)))
    np.testing.assert_allclose(np.median(found, (0, 1)), (3, -2), atol=1e-4)


def test_blocks_without_vectors_take_their_neighbours(pair):
    vectors = blocks((3, -2))
    x, y = (vectors.place[:, :2] * (128, 96)).T
    intra = (x >= 32) & (x < 96) & (y >= 32) & (y < 80)
    found = flow_from_vectors(*pair, without(vectors, intra))
    np.testing.assert_allclose(found[INSIDE], np.broadcast_to((3, -2), found[INSIDE].shape), atol=1e-4)


def test_vectors_that_show_nothing_alike_are_not_believed():
    """An encoder may point anywhere when bits are cheap; what stands still is seen to stand still."""
    picture = texture()
    rng = np.random.default_rng(1)
    vectors = blocks((0, 0))
    vectors = MotionVectors(
        vectors.place, rng.uniform(-0.1, 0.1, vectors.motion.shape).astype(np.float32), vectors.past
    )
    assert not flow_from_vectors(picture, picture, vectors).any()


def test_no_vectors_at_all_are_no_motion(pair):
    assert not flow_from_vectors(*pair, without(blocks((0, 0)), np.full(48, True))).any()


@pytest.mark.parametrize("size", [(1, 1), (3, 70), (33, 17), (126, 90)])
def test_any_size(size):
    picture = texture(size[1], size[0])
    found = flow_from_vectors(picture, picture, blocks((2, 1)))
    assert found.shape == (size[1], size[0], 2) and np.isfinite(found).all()


def test_a_smaller_picture_has_a_smaller_flow(pair):
    small = [cv2.resize(picture, (64, 48), interpolation=cv2.INTER_AREA) for picture in pair]
    found = flow_from_vectors(*small, blocks((3, -2)))
    np.testing.assert_allclose(np.median(found, (0, 1)), (1.5, -1), atol=1e-4)


def test_the_inverse_leads_back(pair):
    later, earlier = pair
    forth = inverse_flow(np.full((96, 128, 2), (3, -2), np.float32), later, earlier)
    np.testing.assert_array_equal(forth, np.broadcast_to(np.float32((-3, 2)), forth.shape))


def test_the_inverse_where_something_moves_before_a_wall():
    wall = texture()
    earlier, later = wall.copy(), wall.copy()
    thing = texture(40, 30, seed=3)
    earlier[30:70, 40:70], later[30:70, 50:80] = thing, thing
    flow = np.zeros((96, 128, 2), np.float32)
    flow[30:70, 50:80] = (-10, 0)
    forth = inverse_flow(flow, later, earlier)
    # a pixel of the wall that was covered may look like the thing by chance
    assert (forth[30:70, 40:70] == (10, 0)).all(-1).mean() > 0.95
    outside = np.ones((96, 128), bool)
    outside[30:70, 40:80] = False  # where the thing covers the wall it may have either motion
    assert not forth[outside].any()


def test_what_was_covered_or_outside_is_unlike():
    wall = texture()
    earlier = wall.copy()
    earlier[30:70, 40:70] = texture(40, 30, seed=3)
    lost = unlike(wall, earlier, np.zeros((96, 128, 2), np.float32))
    assert lost[34:66, 44:66].mean() > 0.9
    assert not lost[:26].any() and not lost[:, 76:].any()
    shifted = unlike(wall, wall, np.full((96, 128, 2), (5, 0), np.float32))
    assert shifted[:, -4:].all()
    grain = np.clip(wall + np.random.default_rng(0).normal(0, 12, wall.shape), 0, 255).astype(np.uint8)
    assert unlike(grain, wall, np.zeros((96, 128, 2), np.float32)).mean() < 0.01


@pytest.mark.parametrize("how", EXIF.values(), ids=str)
def test_a_turned_frame_has_turned_vectors(how):
    vectors = joined(without(blocks((3, -2)), np.arange(48) >= 20), blocks((-6, 4), past=False))
    wide = texture(160, 200)
    pictures = wide[30:126, 33:161], wide[32:128, 30:158]
    upright = [np.ascontiguousarray(how.apply(picture)) for picture in pictures]
    found = flow_from_vectors(*upright, turned(vectors, how))
    dx, dy = 3, -2
    if how.transpose:
        dx, dy = dy, dx
    wanted = (-dx if how.mirror_x else dx, -dy if how.mirror_y else dy)
    np.testing.assert_allclose(np.median(found, (0, 1)), wanted, atol=1e-4)


def encoded(path, motion, count=7, codec="libx264", **options):
    """A clip of the street, and nothing but motion in it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = SIZE[0], SIZE[1] // 2 * 2, "yuv420p"
        stream.options = {name.replace("_", "-"): str(value) for name, value in options.items()}
        for i in range(count):
            image = street(motion, i).view().image
            frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, 25)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


def street(motion, i):
    return samples.street(SIZE, motion=motion, time=BEGIN + i / 25, supersample=2)


ENCODERS = {  # and how far behind DIS they may fall; plain MPEG-4 has vectors of half pixels
    "B-frames": ({"crf": 20, "bf": 3, "b_adapt": 0}, 1.25),
    "P-frames": ({"crf": 20, "bf": 0}, 1.25),
    "MPEG-4": ({"codec": "mpeg4", "b": 4_000_000}, 1.5),
}


@pytest.mark.parametrize("motion", ["pan", "object"])
@pytest.mark.parametrize("encoder", ENCODERS)
def test_flow_of_an_encoded_clip_is_as_near_the_truth_as_dis(encoder, motion, tmp_path):
    options, share = ENCODERS[encoder]
    path = encoded(tmp_path / "clip.mp4", motion, **options)
    frames = list(media.open_video(path).frames_with_vectors())
    assert "vectors" not in frames[0].extra and all("vectors" in f.extra for f in frames[1:])
    estimate = flow.load("dis")
    errors = {"vectors": [], "dis": [], "none": []}
    for i in range(1, len(frames)):
        later, earlier = to_grey(frames[i].image), to_grey(frames[i - 1].image)
        truth = street(motion, i).flow(BEGIN + (i - 1) / 25)
        found = {
            "vectors": flow_from_vectors(later, earlier, frames[i].extra["vectors"]),
            "dis": estimate(later, earlier),
            "none": np.zeros_like(truth),
        }
        for name, value in found.items():
            errors[name].append(np.linalg.norm(value - truth, axis=-1).mean())
    vectors, dis, none = (np.mean(errors[name]) for name in ("vectors", "dis", "none"))
    assert vectors < none / 2 and vectors < share * dis


def test_only_who_asks_gets_vectors(tmp_path):
    path = encoded(tmp_path / "clip.mp4", "pan", count=3)
    assert not any(frame.extra for frame in media.open_video(path))


@pytest.mark.parametrize("codec", ["ffv1", "libvpx-vp9"])
def test_a_codec_without_vectors(codec, tmp_path):
    path = encoded(tmp_path / "clip.mkv", "pan", count=3, codec=codec)
    frames = list(media.open_video(path).frames_with_vectors())
    assert len(frames) == 3 and not any(frame.extra for frame in frames)


def test_pictures_have_no_vectors(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), texture())
    assert not any(frame.extra for frame in media.open_video(tmp_path).frames_with_vectors())


@pytest.mark.parametrize("start", [1, 5, 9, 11])
def test_after_a_seek_the_vectors_are_the_same(start, tmp_path):
    path = encoded(tmp_path / "clip.mp4", "pan", count=12, g=4, bf=2, b_adapt=0)
    reader = media.open_video(path)
    whole = list(reader.frames_with_vectors())[start:]
    rest = list(media.open_video(path).frames_with_vectors(start))
    assert len(whole) == len(rest) == 12 - start
    for a, b in zip(whole, rest, strict=True):
        assert a.pts == b.pts and a.extra.keys() == b.extra.keys()
        if a.extra:
            for x, y in zip(fields(a.extra["vectors"]), fields(b.extra["vectors"]), strict=True):
                np.testing.assert_array_equal(x, y)


def test_a_phones_upright_clip(tmp_path):
    path = encoded(tmp_path / "clip.mp4", "pan", count=4)
    clips.rotate(path, 90)
    frames = list(media.open_video(path).frames_with_vectors())
    assert frames[0].image.shape[:2] == (SIZE[0], SIZE[1])
    errors, none = [], []
    for i in range(1, 4):
        truth = street("pan", i).flow(BEGIN + (i - 1) / 25)
        truth = np.stack([-truth[..., 1], truth[..., 0]], -1).transpose(1, 0, 2)[:, ::-1]
        greys = [to_grey(frame.image) for frame in (frames[i], frames[i - 1])]
        found = flow_from_vectors(*greys, frames[i].extra["vectors"])
        errors.append(np.linalg.norm(found - truth, axis=-1).mean())
        none.append(np.linalg.norm(truth, axis=-1).mean())
    assert np.mean(errors) < np.mean(none) / 2


def test_following_by_vectors_and_by_dis_is_alike(pair):
    follower = Follower()
    ways = follower.both(*pair, blocks((3, -2)))
    others = follower.both(*pair)
    for way, other, wanted in zip(ways, others, ((3, -2), (-3, 2)), strict=True):
        for one in (way, other):
            np.testing.assert_allclose(np.median(one.flow, (0, 1)), wanted, atol=0.3)
            assert one.lost.dtype == bool and one.lost[INSIDE].mean() < 0.02
    np.testing.assert_array_equal(follower.back(*pair, blocks((3, -2))).flow, ways[0].flow)
