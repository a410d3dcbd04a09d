"""The parallax loop: moves through stills and videos, what it shows, and what it refuses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lib_parallax import jobs, loops
from lib_parallax.errors import OptionError, ParallaxError
from lib_parallax.media import open_video, open_writer

WIDTH, HEIGHT = 96, 64


def scene():
    """A near square before a striped far wall, and its depth."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    wall = np.stack([0 * x, 120 + 60 * np.cos(y / 4), 120 + 100 * np.sin(x / 3)], -1).astype(np.uint8)
    near = (abs(x - 48) < 14) & (abs(y - 32) < 14)
    depth = np.where(near, 1.0, 0.2).astype(np.float32)
    return np.where(near[..., None], np.uint8([220, 30, 30]), wall), depth


@pytest.fixture
def still(tmp_path):
    """The scene as files: picture and depth."""
    from PIL import Image

    picture, depth = scene()
    Image.fromarray(picture).save(tmp_path / "scene.png")
    np.save(tmp_path / "depth.npy", depth)
    return tmp_path / "scene.png", {"depth": str(tmp_path / "depth.npy"), "duration": 0.5, "fps": 12}


def run(source, values, **more):
    return list(loops.run("parallax", str(source), values, **more))


def test_standing_still_shows_the_picture(still):
    source, values = still
    made = run(source, {**values, "move": "still", "isometric": "1", "behind": "stretch"})
    assert len(made) == 6
    assert all(np.abs(f.image.astype(int) - scene()[0]).mean() < 0.6 for f in made)


def test_near_things_move_before_far_ones(still):
    source, values = still
    made = run(source, {**values, "move": "horizontal", "height": "0.4", "phase": 0.25, "behind": "stretch"})
    red = [
        (f.image[..., 0].astype(int) - f.image[..., 1] > 120).nonzero()[1].mean() for f in (made[0], made[3])
    ]
    assert abs(red[0] - red[1]) > 4
    assert [f.pts for f in made] == [n / 12 for n in range(6)] or all(
        f.pts * 12 == n for n, f in enumerate(made)
    )


def test_what_is_uncovered_is_painted_not_stretched(still):
    """Beside the square the wall goes on: nothing of the square's red is drawn out over it."""
    source, values = still
    values |= {"move": "horizontal", "height": "0.5", "phase": 0.25}

    def smeared(behind):
        image = run(source, {**values, "behind": behind})[0].image
        return int(((image[..., 0] > 20) & (image[..., 0] < 200)).sum())

    assert smeared("stretch") > 50 and smeared("classical") < smeared("stretch") / 4


def test_or_left_black(still):
    source, values = still
    frame = run(source, {**values, "move": "horizontal", "height": "0.5", "phase": 0.25, "behind": "blank"})[
        0
    ]
    assert frame.extra["holes"].any() and not frame.image[frame.extra["holes"]].any()


def test_twice_the_same_bytes_and_resumed_too(still, tmp_path):
    source, values = still
    values |= {"duration": 1.0, "move": "circle", "grain": "0.3", "particles": "snow"}
    made = []
    for name in ("a", "b"):
        output = tmp_path / f"{name}.mkv"
        jobs.run("parallax", source, {**values, "codec": "ffv1"}, output, jobs_dir=tmp_path / name)
        made.append(output.read_bytes())
    assert made[0] == made[1]


def test_a_loop_closes(still):
    source, values = still
    made = [f.image.astype(int) for f in run(source, {**values, "duration": 2.0, "move": "orbital"})]
    steps = [np.abs(a - b).mean() for a, b in pairwise(made)]
    assert np.abs(made[-1] - made[0]).mean() <= max(steps) * 1.05


def test_both_eyes(still):
    source, values = still
    frame = run(source, {**values, "move": "still", "layout": "full-sbs", "strength": 6})[0]
    assert frame.image.shape == (HEIGHT, 2 * WIDTH, 3)
    left, right = frame.image[:, :WIDTH], frame.image[:, WIDTH:]
    centres = [(e[..., 0] > 150).nonzero()[1].mean() for e in (left, right)]
    wall = 1 - 0.2  # of the depth range between square and wall
    assert centres[0] - centres[1] == pytest.approx(6 / 100 * WIDTH * wall, abs=6 / 100 * WIDTH)
    assert centres[0] > centres[1]


def test_holes_as_alpha_and_as_green(still):
    source, values = still
    values |= {"move": "horizontal", "height": "0.5", "phase": 0.25}
    clear = run(source, {**values, "alpha": "holes"})[0]
    assert clear.image.shape[2] == 4
    assert (clear.image[..., 3] == 0).any() and np.array_equal(clear.image[..., 3] == 0, clear.extra["holes"])
    green = run(source, {**values, "alpha": "green"})[0].image
    assert (green[clear.extra["holes"]] == (0, 255, 0)).all()


def test_what_a_move_is_made_of(still, tmp_path):
    source, values = still
    values |= {"move": "horizontal", "height": "0.5"}
    front, behind = run(source, {**values, "show": "layers"})
    assert front.image[..., 3].min() == 255 and 0 < (behind.image[..., 3] > 0).mean() < 0.5
    (mask,) = run(source, {**values, "show": "mask"})
    assert set(np.unique(mask.image)) == {0, 255}
    for name in ("page.html", "model.glb"):
        jobs.run(
            "parallax", source, {**values, "show": "model"}, tmp_path / name, jobs_dir=tmp_path / name[:4]
        )
        assert (tmp_path / name).stat().st_size > 1000


def test_through_a_video(tmp_path):
    picture, depth = scene()
    path = tmp_path / "clip.mkv"
    with open_writer(path, (WIDTH, HEIGHT), rate=12, codec="ffv1") as writer:
        for n in range(5):
            writer.write(np.roll(picture, n, 1), n * writer_step())
    np.save(tmp_path / "depth.npy", depth)
    with open_video(path) as reader:
        times = [f.pts for f in reader]
    made = run(path, {"depth_model": "cues", "move": "circle"})
    assert [f.pts for f in made] == times


def writer_step():
    from fractions import Fraction

    return Fraction(1, 12)


def test_from_words_alone():
    made = list(
        loops.run(
            "parallax",
            None,
            {"prompt": "hills", "generator": "classical", "size": "64x48", "duration": 0.25, "fps": 8},
        )
    )
    assert len(made) == 2 and made[0].image.shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"move": "sideways"}, "move"),
        ({"zoom": "1/abs(t-3)"}, "frame 3"),
        ({"fog": "2"}, "fog"),
        ({"alpha": "holes", "layout": "full-sbs"}, "alpha"),
    ],
)
def test_refusals(still, values, words):
    source, plain = still
    with pytest.raises(OptionError, match=words):
        run(source, {**plain, **values})


def test_neither_picture_nor_words():
    with pytest.raises(ParallaxError, match="prompt"):
        list(loops.run("parallax", None, {"generator": "classical"}))


def test_depth_of_another_size_is_fitted(still, tmp_path):
    source, values = still
    np.save(tmp_path / "small.npy", scene()[1][::2, ::2])
    made = run(source, {**values, "depth": str(tmp_path / "small.npy")})
    assert made[0].image.shape == (HEIGHT, WIDTH, 3)


def test_the_camera_follows_the_sound(still, tmp_path):
    import wave

    source, values = still
    beats = np.zeros(22050, np.int16)
    beats[11025:] = (20000 * np.sin(np.arange(11025) / 22050 * 2 * np.pi * 100)).astype(np.int16)
    with wave.open(str(tmp_path / "beat.wav"), "wb") as file:
        file.setparams((1, 2, 22050, 0, "NONE", ""))
        file.writeframes(beats.tobytes())
    values |= {"move": "still", "duration": 1.0, "offset_x": "0.8*audio.bass", "height": "0.5"}
    made = run(source, {**values, "sound": str(tmp_path / "beat.wav")})
    quiet, loud = made[1].image, made[10].image
    assert np.array_equal(quiet, made[3].image) and not np.array_equal(quiet, loud)
    with pytest.raises(OptionError, match="give --sound"):
        run(source, values)
