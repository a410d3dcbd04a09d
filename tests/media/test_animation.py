"""GIF and moving WebP: their frames, their times, what is transparent, what is said beforehand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from lib_parallax.errors import OutputError
from lib_parallax.media import animate, open_writer
from lib_parallax.media.animation import check_animation, concerns, timed
from lib_parallax.media.inscription import text_of

SIZE, FRAMES = (64, 48), 8
CENTISECOND, MILLISECOND = Fraction(1, 100), Fraction(1, 1000)


def picture(index: int, alpha: bool = False) -> np.ndarray:
    """Few enough colours for a palette, and a white thing that goes over them."""
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    image = np.stack([x // 8 * 32, y // 8 * 40, np.full_like(x, 90), np.full_like(x, 255)], axis=2)
    image[10:20, 4 * index : 4 * index + 8, :3] = (255, 255, 255)
    image[:, 48:, 3] = 0
    return image.astype(np.uint8)[..., : 4 if alpha else 3]


def made(folder: Path, suffix: str, rate=Fraction(30), alpha=False, parts=2, **more) -> Path:
    """Frames by way of `parts` segments."""
    segments = []
    for number in range(parts):
        segments.append(folder / f"{number}.mp4")
        with open_writer(segments[-1], SIZE, rate=rate, codec="ffv1", alpha=alpha) as writer:
            for index in range(number * FRAMES // parts, (number + 1) * FRAMES // parts):
                writer.write(picture(index, alpha), index / rate)
    result = folder / f"result{parts}{suffix}"
    animate(segments, result, **more)
    return result


def read(path: Path) -> tuple[list[np.ndarray], list[int], int]:
    """Frames [H, W, 4], milliseconds of each, and how often it is played (0: for ever)."""
    with Image.open(path) as image:
        frames, spans = [], []
        for frame in ImageSequence.Iterator(image):
            frames.append(np.asarray(frame.convert("RGBA")))
            spans.append(frame.info["duration"])
        return frames, spans, image.info["loop"]


@pytest.mark.parametrize(
    ("suffix", "spans", "most"),
    [(".gif", [30, 40, 30, 30, 40, 30, 30, 40], 5), (".webp", [33, 34, 33, 33, 34, 33, 33, 34], 3)],
)
def test_frames_times_and_for_ever(tmp_path, suffix, spans, most):
    frames, found, plays = read(made(tmp_path, suffix))
    assert plays == 0 and found == spans  # rounding never adds up
    for index, frame in enumerate(frames):
        assert np.abs(frame[..., :3].astype(int) - picture(index)).mean() < most
        assert (frame[..., 3] == 255).all()


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_bytes_do_not_depend_on_where_segments_end(tmp_path, suffix):
    assert made(tmp_path, suffix, parts=1).read_bytes() == made(tmp_path, suffix, parts=4).read_bytes()


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_what_is_transparent_stays_so(tmp_path, suffix):
    frames, _, _ = read(made(tmp_path, suffix, alpha=True))
    for frame in frames:
        assert (frame[:, 50:, 3] == 0).all() and (frame[:, :46, 3] == 255).all()


def test_a_webp_keeps_words_and_exact_pixels(tmp_path):
    path = made(tmp_path, ".webp", quality="lossless", text="a move, Größe 3")
    assert text_of(path) == "a move, Größe 3"
    for index, frame in enumerate(read(path)[0]):
        assert np.array_equal(frame[..., :3], picture(index))


def times(rate, count, unit, least):
    still = np.zeros((2, 2, 4), np.uint8)
    return [(b, e) for _, b, e in timed(((still, n / rate) for n in range(count)), unit, least)]


def test_what_browsers_would_slow_down_is_left_out():
    sixty = times(Fraction(60), 60, CENTISECOND, 2)
    assert all(end - start >= 2 for start, end in sixty) and 30 < len(sixty) < 50
    assert sixty[-1][1] == 100  # a second is a second
    assert len(times(Fraction(50), 50, CENTISECOND, 2)) == 50
    assert len(times(Fraction(60), 60, MILLISECOND, 11)) == 60


def test_times_begin_at_nought_and_one_frame_has_one():
    late = ((np.zeros((2, 2, 4), np.uint8), Fraction(7) + n * Fraction(1, 3)) for n in range(3))
    assert [(b, e) for _, b, e in timed(late, CENTISECOND, 2)] == [(0, 33), (33, 67), (67, 100)]
    assert times(Fraction(25), 1, CENTISECOND, 2) == [(0, 10)]


def test_what_is_large_is_said(tmp_path):
    path = tmp_path / "a.gif"
    assert concerns(path, (640, 360), 300, Fraction(25), Fraction(1)) == []
    (large,) = concerns(path, (1920, 1080), 300, Fraction(25), Fraction(1))
    assert "a.gif: 300 frames of 1920x1080 make a very large GIF" in large
    assert "2000 frames, 1280 wide" in concerns(path, (640, 360), 2001, Fraction(25), Fraction(1))[0]
    assert "at most 50 frames a second of a GIF" in concerns(path, (64, 36), 9, Fraction(60), Fraction(1))[0]
    assert "are square" in concerns(path, (64, 36), 9, Fraction(25), Fraction(4, 3))[0]


def test_sizes_beyond_the_format_are_refused(tmp_path):
    check_animation(tmp_path / "a.gif", (16384, 100))
    with pytest.raises(OutputError, match=r"\.webp files hold at most 16383 pixels a side"):
        check_animation(tmp_path / "a.webp", (16384, 100))


def test_a_place_that_cannot_be_written_is_said_and_nothing_left(tmp_path):
    (tmp_path / "file").write_text("")
    path = made(tmp_path, ".gif", parts=1)
    with pytest.raises(OutputError):
        animate([tmp_path / "0.mp4"], tmp_path / "file" / "a.gif")
    assert path.exists() and not list(tmp_path.glob(".*part*"))
