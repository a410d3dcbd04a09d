"""Sounds that are very short, and texts that are very long."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.media.ambience import LONGEST, MOST, tracks_in
from lib_parallax.media.looping import LEAST, SHORT, repeated


def rounds(sound, seam, needed):
    """So many samples of a sound played again and again, and how often it was asked for."""
    asked, found, length = [], [], 0

    def once():
        asked.append(1)
        for at in range(0, sound.shape[1], 1000):
            yield sound[:, at : at + 1000]

    for part in repeated(once, seam):
        found.append(part)
        length += part.shape[1]
        if length >= needed:
            break
    return np.concatenate(found, axis=1)[:, :needed] if found else None, len(asked)


@pytest.mark.parametrize("length", [1, 2, 480, LEAST, SHORT])
def test_a_short_sound_is_read_once(length):
    sound = np.random.default_rng(length).standard_normal((2, length)).astype(np.float32)
    played, asked = rounds(sound, 0, 3 * SHORT)
    assert asked == 1
    assert np.array_equal(played, np.tile(sound, -(-3 * SHORT // length))[:, : 3 * SHORT])


def test_a_long_one_is_read_each_time():
    sound = np.arange(2 * (SHORT + 1), dtype=np.float32).reshape(2, -1)
    played, asked = rounds(sound, 0, 3 * SHORT)
    assert asked > 2
    assert np.array_equal(played, np.tile(sound, 3)[:, : 3 * SHORT])


def test_a_short_one_keeps_its_seam():
    sound = np.ones((1, 10_000), np.float32)
    played, _ = rounds(sound, 2_000, 40_000)
    assert (played[0, :8_000] == 1).all() and played.max() == pytest.approx(2**0.5, abs=1e-3)
    assert (played[0, 8_000:10_000] > 1).all() and (played[0, 10_000:16_000] == 1).all()


def test_nothing_is_played_of_nothing():
    assert rounds(np.empty((2, 0), np.float32), 100, 10)[0] is None


def test_texts_and_lists_have_an_end():
    with pytest.raises(OptionError, match="too long behind its @"):
        tracks_in("rain.wav @ " + "1" * (LONGEST + 1), "ambience")
    with pytest.raises(OptionError, match=f"{MOST + 1} sounds; {MOST} are the most"):
        tracks_in("\n".join(["rain.wav"] * (MOST + 1)), "ambience")
    assert len(tracks_in(";" * 1000, "layer_sounds")) == 1001


def test_a_home_that_nobody_has():
    (track,) = tracks_in("~nobody-of-this-name/rain.wav", "ambience")
    assert track.source.is_absolute()
