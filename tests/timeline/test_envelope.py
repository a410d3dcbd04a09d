"""Sound to curves, against sounds whose loudness, pitch and beats are known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.timeline import Schedule, envelope
from lib_parallax.timeline.beats import beat_times, onset_strength, onset_times, tempo
from lib_parallax.timeline.spectrum import step_of

RATE = 22050


def tone(hertz, seconds, rate=RATE):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


def clicks(times, seconds, hertz=1500, strength=None, rate=RATE):
    """Struck tones that die away in 20 ms, over faint noise."""
    sound = np.random.default_rng(0).normal(0, 0.003, round(seconds * rate))
    for index, second in enumerate(times):
        first = round(second * rate)
        struck = np.arange(min(len(sound) - first, rate // 5)) / rate
        sound[first : first + len(struck)] += (1 if strength is None else strength[index]) * (
            np.sin(2 * np.pi * hertz * struck) * np.exp(-struck / 0.02)
        )
    return sound.astype(np.float32)[None]


def test_loudness_follows_a_tone_that_swells():
    swell = np.linspace(0, 0.5, 2 * RATE, dtype=np.float32)
    curve = envelope.loudness(np.stack([tone(440, 2) * swell] * 2), RATE, 25)
    assert curve.shape == (50,) and curve.dtype == np.float32 and curve.max() == 1
    middles = (np.arange(50) + 0.5) / 50
    np.testing.assert_allclose(curve, middles / middles[-1], atol=0.02)


@pytest.mark.parametrize(("hertz", "name"), [(60, "bass"), (1000, "mid"), (9000, "treble")])
def test_a_tone_is_in_its_band_and_no_other(hertz, name):
    curves = envelope.bands(tone(hertz, 2)[None], RATE, 30)
    assert curves[name][3:-3].min() > 0.9
    assert max(curves[other][3:-3].max() for other in curves if other != name) < 0.1


def test_a_band_that_comes_and_goes():
    sound = tone(1000, 4) * 0.2 + tone(60, 4) * (np.arange(4 * RATE) % (2 * RATE) >= RATE)
    curves = envelope.bands(sound.astype(np.float32)[None], RATE, 20)
    assert curves["bass"][4:16].max() < 0.1 and curves["bass"][24:36].min() > 0.9
    assert curves["mid"][4:76].min() > 0.8


@pytest.mark.parametrize("fps", [12, Fraction(30000, 1001), 60])
def test_onsets_are_in_the_frame_that_shows_them(fps):
    times = np.array([0.513, 1.1, 1.3, 2.777])
    found, strength = onset_times(clicks(times, 4)[0], RATE)
    np.testing.assert_allclose(found, times, atol=0.003)
    assert strength.min() > 0.5
    curve = envelope.onsets(clicks(times, 4), RATE, fps)
    rises = np.flatnonzero(np.diff(curve, prepend=0) > 0.1)
    assert np.abs(rises - np.floor(times * float(fps))).max() <= 1


@pytest.mark.parametrize("bpm", [60, 97, 120, 140, 174])
def test_beats_are_where_the_clicks_are(bpm):
    times = np.arange(0.37, 12, 60 / bpm)
    sound = clicks(times, 12)
    assert tempo(onset_strength(sound[0], RATE), RATE / step_of(RATE)) == pytest.approx(bpm, rel=0.005)
    found = beat_times(sound[0], RATE)
    assert len(found) == len(times)
    for fps in (24, 30, 60):
        assert np.abs(np.floor(found * fps + 1e-6) - np.floor(times * fps)).max() <= 1
    curve = envelope.beats(sound, RATE, 30)
    assert np.flatnonzero(curve == 1).tolist() == np.floor(found * 30 + 1e-6).astype(int).tolist()


def test_beats_among_weaker_strokes_between_them():
    """Bass on the beat, faint hats on and between: the beat is the bass's."""
    times = np.arange(0.25, 12, 0.5)
    between = np.arange(0.5, 12, 0.5)
    sound = clicks(times, 12, 80) + clicks(np.sort(np.concatenate([times, between])), 12, 6000) * 0.1
    found = beat_times(sound[0].astype(np.float32), RATE)
    near = np.abs(found[:, None] - times).min(1)
    assert np.mean(near < 1 / 30) > 0.9 and len(found) == pytest.approx(len(times), abs=2)


def test_a_beat_goes_on_where_a_click_is_missing():
    times = np.arange(0.3, 12, 0.5)
    found = beat_times(clicks(np.delete(times, [9, 15]), 12)[0], RATE)
    assert np.abs(found[:, None] - np.delete(times, [9, 15])).min(0).max() < 1 / 60


@pytest.mark.parametrize(
    "sound",
    [np.zeros((2, RATE * 3), np.float32), np.zeros((1, 10), np.float32), np.zeros((1, 0), np.float32)],
)
def test_silence_is_0(sound):
    for name, curve in envelope.curves(sound, RATE, 30, 45).items():
        assert curve.shape == (45,) and not curve.any(), name


@pytest.mark.parametrize("sound", [tone(440, 4)[None], clicks([1.0], 4)], ids=["tone", "one click"])
def test_without_a_beat_there_is_none(sound):
    assert envelope.beats(sound, RATE, 30)[20:100].max() <= 1  # no error
    assert len(beat_times(sound[0], RATE)) <= 1


def test_every_curve_lies_between_0_and_1_and_is_the_same_twice():
    sound = np.random.default_rng(3).normal(0, 0.3, (2, 3 * RATE)).astype(np.float32)
    sound[:, RATE:] *= 0.1
    first, again = (envelope.curves(sound, RATE, Fraction(24000, 1001), 80) for _ in range(2))
    assert set(first) == {
        f"audio.{name}" for name in ("loudness", "bass", "mid", "treble", "onsets", "beats")
    }
    for name, curve in first.items():
        assert curve.dtype == np.float32 and curve.shape == (80,)
        assert curve.min() >= 0 and curve.max() <= 1 and (curve == again[name]).all()
        assert curve[75:].max() < 0.1 or name in ("onsets", "beats")  # after the end
    assert Schedule.parse("0:(1+audio.loudness)", curves=first).values(range(80)).max() == 2


@pytest.mark.parametrize(
    ("sound", "rate", "fps", "frames"),
    [(np.zeros(9, np.float32), RATE, 30, None), (np.zeros((1, 9), np.int16), RATE, 30, None),
     (np.full((1, 9), np.nan, np.float32), RATE, 30, None), (np.zeros((1, 9), np.float32), 0, 30, None),
     (np.zeros((1, 9), np.float32), RATE, 0, None), (np.zeros((1, 9), np.float32), RATE, 30, 0)],
)  # fmt: skip
def test_what_is_no_sound_is_refused(sound, rate, fps, frames):
    with pytest.raises(OptionError):
        envelope.loudness(sound, rate, fps, frames)
