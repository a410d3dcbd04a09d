"""Sources that are cut short or hurt in the middle are read as far as they go, and say so."""

import itertools
from fractions import Fraction

import clips
import numpy as np
import pytest

from lib_parallax.media import open_video

TICKS = [n * 3000 for n in range(60)]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Noisy enough that there is something to hurt; the index in front, as in downloads."""
    folder = tmp_path_factory.mktemp("film")
    files = {}
    for suffix in (".mp4", ".mkv", ".ts"):
        path = clips.write_clip(
            folder / f"a{suffix}", TICKS, (96, 64), g=10, preset="veryfast", crf=8, x264_params="slices=1"
        )
        files[suffix] = path.read_bytes()
    from lib_parallax.media.boxes import finish_mp4

    finish_mp4(folder / "a.mp4")
    files[".mp4"] = (folder / "a.mp4").read_bytes()
    return files


def hurt(data, at=0.5, size=600):
    start = int(len(data) * at)
    noise = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8).tobytes()
    return data[:start] + noise + data[start + size :]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_cut_short(tmp_path, film, suffix):
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(film[suffix][: int(len(film[suffix]) * 0.6)])
    reader = open_video(path)
    frames = list(reader)
    assert 15 < len(frames) < 60
    times = [f.pts for f in frames]
    assert all(a < b for a, b in itertools.pairwise(times))
    if suffix != ".ts":  # a stream without an index does not say how long it should be
        assert any("cut" in w and "cut short" in w for w in reader.warnings), reader.warnings


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_hurt_in_the_middle(tmp_path, film, suffix):
    path = tmp_path / f"hurt{suffix}"
    path.write_bytes(hurt(film[suffix]))
    whole = tmp_path / f"whole{suffix}"
    whole.write_bytes(film[suffix])
    reader = open_video(path)
    frames, good = list(reader), list(open_video(whole))
    assert any("hurt" in w and "damaged at about" in w for w in reader.warnings), reader.warnings
    assert len(reader.warnings) <= 21
    if suffix == ".mp4":
        assert [f.pts for f in frames] == [f.pts for f in good]
        assert reader.count() == len(good)
    same = {f.pts: f.image for f in good}
    assert all(f.image.shape == (64, 96, 3) for f in frames)
    untouched = [np.array_equal(f.image, same[f.pts]) for f in frames if f.pts in same]
    assert sum(untouched) > 40
    assert untouched[:20] == [True] * 20


def test_reading_on_after_damage_is_the_tail_of_reading_from_the_start(tmp_path, film):
    path = tmp_path / "hurt.mp4"
    path.write_bytes(hurt(film[".mp4"]))
    reader = open_video(path)
    frames = list(reader)
    for start in (5, 22, 28, 31, 35, 45, 59):
        tail = list(reader.frames(start))
        assert [f.pts for f in tail] == [f.pts for f in frames[start:]]
        assert all(np.array_equal(a.image, b.image) for a, b in zip(tail, frames[start:], strict=True)), start


def test_time_that_runs_backwards_is_straightened(tmp_path):
    a = clips.write_clip(tmp_path / "a.ts", TICKS[:10], g=5)
    b = clips.write_clip(tmp_path / "b.ts", TICKS[:10], g=5)
    both = tmp_path / "both.ts"
    both.write_bytes(a.read_bytes() + b.read_bytes())
    reader = open_video(both)
    times = [f.pts for f in reader]
    assert len(times) == 20 == reader.count()
    assert all(x < y for x, y in itertools.pairwise(times))
    assert [f.pts for f in reader.frames(15)] == times[15:]
    assert times[-1] - times[0] >= Fraction(9, 30)
