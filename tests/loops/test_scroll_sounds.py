"""How the layers of a scroll sound: by their distance and place, against the sums themselves."""

import numpy as np
import pytest
from tones import RATE, level, tone

from lib_parallax.errors import OptionError
from lib_parallax.loops.scroll.sounds import CLEAR, DULLEST, LATEST, layer_tracks
from lib_parallax.media.ambience import tracks_in
from lib_parallax.media.mixing import mixed


def test_twice_as_far_is_six_decibels_quieter_duller_and_later():
    files = tracks_in("a.wav; b.wav @ -3 dB; c.wav", "layer_sounds")
    near, twice, far = layer_tracks(files, (70, 140, 700), 70, (0.0, -0.5, 1.0))
    assert (near.volume, near.lowpass, near.delay) == (0.0, None, 0.0)
    assert twice.volume == pytest.approx(-3 - 6.02, abs=0.01) and twice.lowpass == CLEAR / 2
    assert far.volume == pytest.approx(-20) and far.lowpass == CLEAR / 10
    assert 0 < twice.delay < far.delay == pytest.approx(9 * twice.delay)
    assert [track.pan for track in (near, twice, far)] == [0.0, -0.5, 1.0]
    assert all(track.repeat and track.seam for track in (near, twice, far))


def test_the_unit_of_distances_does_not_matter():
    files = tracks_in("a.wav; b.wav", "layer_sounds")
    assert layer_tracks(files, (1, 3), 1) == layer_tracks(files, (1000, 3000), 1000)


def test_layers_without_a_sound_and_the_files_own_pan():
    files = tracks_in("; river.wav @ pan 0.3\n", "layer_sounds")
    (river,) = layer_tracks(files, (280, 140), 140)
    assert river.source.name == "river.wav" and river.pan == 0.3
    assert layer_tracks([], (1, 2), 1) == ()


def test_the_farthest_and_what_is_nearer_than_the_reference():
    files = tracks_in("a.wav; b.wav", "layer_sounds")
    far, near = layer_tracks(files, (1e6, 0.5), 1)
    assert (far.lowpass, far.delay) == (DULLEST, LATEST)
    assert (near.volume, near.lowpass, near.delay) == (0.0, None, 0.0)


def test_more_sounds_than_layers_are_refused():
    with pytest.raises(OptionError, match="for layer 2, the last is 1"):
        layer_tracks(tracks_in("a.wav; b.wav; c.wav", "layer_sounds"), (1, 2), 1)


def test_it_is_heard_so(tmp_path):
    path = tone(tmp_path / "a.wav", 9.0, channels=1, pitch=500)
    (track,) = layer_tracks([None, *tracks_in(str(path), "layer_sounds")], (70, 280), 70, (0, -1))
    left, right = np.concatenate(list(mixed([track], RATE, 2 * RATE)), axis=1)
    begin = round(track.delay * RATE)
    assert begin > 0 and not left[:begin].any()
    assert level(left[RATE // 2 : RATE]) == pytest.approx(0.4 / 4, rel=0.02)  # sqrt(2) for the side
    assert level(right) < 1e-6
