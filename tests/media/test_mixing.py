"""The mix against what was put in: levels, sides, delays, lengths and loudness, by sines and impulses."""

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from tones import RATE, film, level, tone

from lib_parallax.errors import OptionError
from lib_parallax.media import LaidSound, join
from lib_parallax.media.ambience import SEAM, tracks_in
from lib_parallax.media.audio import decode
from lib_parallax.media.laid_sound import MOST_GAIN, TARGET
from lib_parallax.media.looping import repeated
from lib_parallax.media.loudness import loudness
from lib_parallax.media.mixing import CEILING, Track, mixed, panned


def made(samples):
    """A source that plays an array [2, n], in blocks of no round length."""
    return lambda rate, needed: (samples[:, at : at + 3001] for at in range(0, samples.shape[1], 3001))


def sine(pitch, seconds=2.0, amplitude=0.1):
    wave = amplitude * np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave]).astype(np.float32)


def impulse(at, length=RATE, height=0.5):
    samples = np.zeros((2, length), np.float32)
    samples[:, at] = height
    return samples


def whole(tracks, length, **how):
    return np.concatenate(list(mixed(tracks, RATE, length, **how)), axis=1)


def decibels(samples, pitch):
    """The level of a sine in one second of sound, dB of full scale."""
    spectrum = np.abs(np.fft.rfft(samples[:RATE].astype(np.float64))) * 2 / RATE
    return 20 * np.log10(spectrum[round(pitch)])


def by_ffmpeg(samples, folder, rate=RATE):
    """The integrated loudness that FFmpeg's own meter finds."""
    told, unit = folder / "r128.txt", Fraction(1, rate)
    graph = av.filter.Graph()
    steps = [
        graph.add_abuffer(sample_rate=rate, format="fltp", layout="stereo", time_base=unit),
        graph.add("ebur128", "metadata=1"),
        graph.add("ametadata", f"mode=print:key=lavfi.r128.I:file={told}"),
        graph.add("abuffersink"),
    ]
    for a, b in itertools.pairwise(steps):
        a.link_to(b)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, unit
    steps[0].push(frame)
    steps[0].push(None)
    with pytest.raises(av.EOFError):
        while True:
            steps[-1].pull()
    del graph, steps  # which closes the file
    return float(told.read_text().split("=")[-1])


class TestMixed:
    def test_every_track_has_its_level(self):
        volumes = {440: 0.0, 1000: -12.0, 3000: 3.5, 7000: -30.0}
        tracks = [Track(made(sine(pitch)), volume=volume) for pitch, volume in volumes.items()]
        mix = whole(tracks, 2 * RATE)
        for (pitch, volume), side in itertools.product(volumes.items(), mix):
            assert decibels(side, pitch) == pytest.approx(-20 + volume, abs=0.1)

    @pytest.mark.parametrize("length", [1, 4095, 4096, 70001])
    def test_it_is_as_long_as_asked_to_the_sample(self, length):
        tracks = [Track(made(sine(440, 1.0))), Track(made(sine(550, 0.2)), delay=0.3)]
        for limited in (False, True):
            assert whole(tracks, length, limited=limited).shape == (2, length)

    def test_a_track_begins_at_its_sample(self):
        places = [(0.0, -1), (0.1, 0), (0.123456, 1)]
        tracks = [Track(made(impulse(5)), delay=delay, pan=pan) for delay, pan in places]
        left, right = whole(tracks, RATE)
        assert np.flatnonzero(np.abs(left) > 1e-6).tolist() == [5, 4805]
        assert np.flatnonzero(np.abs(right) > 1e-6).tolist() == [4805, 5 + round(0.123456 * RATE)]

    def test_twice_the_same(self, tmp_path):
        tracks = [
            Track(tone(tmp_path / "a.wav", 0.7), repeat=True, seam=0.2, lowpass=900, pan=0.3),
            Track(made(sine(700)), volume=20, fade=0.5),
        ]
        first = whole(tracks, RATE, limited=True, gain=3.0)
        np.testing.assert_array_equal(first, whole(tracks, RATE, limited=True, gain=3.0))

    def test_pans_keep_the_power_of_one_channel(self):
        for pan in np.linspace(-1, 1, 9):
            assert (panned(pan, 1) ** 2).sum() == pytest.approx(2)
            assert (panned(pan, 2) ** 2).sum() == pytest.approx(2)
        np.testing.assert_allclose(panned(0, 1), [[1], [1]])
        np.testing.assert_allclose(panned(0, 2), np.eye(2))
        np.testing.assert_allclose(panned(-1, 2), [[1, 1], [0, 0]], atol=1e-12)

    def test_a_mono_file_goes_where_it_is_panned(self, tmp_path):
        path = tone(tmp_path / "a.wav", channels=1)
        for pan in (-1.0, -0.4, 0.0, 0.7):
            mix = whole([Track(path, pan=pan)], RATE)
            expected = panned(pan, 1)[:, 0] * 0.4 / np.sqrt(2)
            assert [level(side) for side in mix] == pytest.approx(expected, abs=1e-3)

    def test_the_low_pass_damps_by_twelve_decibels_an_octave(self):
        for pitch, damped in ((250, 0.0), (1000, -3.0), (4000, -24.2)):
            mix = whole([Track(made(sine(pitch)), lowpass=1000.0)], 2 * RATE)
            assert decibels(mix[0, RATE // 2 :], pitch) == pytest.approx(-20 + damped, abs=0.3)

    def test_it_fades_out_at_the_end_of_the_result(self):
        mix = whole([Track(made(sine(1000)), fade=0.5)], 2 * RATE)[0]
        assert level(mix[: round(1.5 * RATE)]) == pytest.approx(0.1 / np.sqrt(2), rel=1e-3)
        half = mix[round(1.745 * RATE) : round(1.755 * RATE)]
        assert level(half) == pytest.approx(0.05 / np.sqrt(2), rel=0.02)
        assert abs(mix[-1]) < 1e-4

    def test_the_limit_holds_and_leaves_what_is_below_it(self):
        loud = [Track(made(sine(440, amplitude=0.9))), Track(made(sine(441, amplitude=0.9)))]
        assert np.abs(whole(loud, 2 * RATE, limited=True)).max() <= 10 ** (CEILING / 20) + 1e-6
        assert np.abs(whole(loud, 2 * RATE)).max() > 1.7
        quiet = sine(440, amplitude=0.5)
        np.testing.assert_array_equal(whole([Track(made(quiet))], RATE, limited=True), quiet[:, :RATE])

    def test_what_ends_early_is_told(self, tmp_path):
        told = []
        tracks = [
            Track(tone(tmp_path / "a.wav", 0.5), delay=0.25),
            Track(tone(tmp_path / "b.wav", 0.5), repeat=True),
        ]
        whole(tracks, 2 * RATE, on_end=lambda track, seconds: told.append((track, seconds)))
        assert told == [(tracks[0], pytest.approx(0.75, abs=1e-3))]

    def test_many_tracks_and_none(self):
        mix = whole([Track(made(sine(100 * n + 300, amplitude=0.01))) for n in range(50)], RATE)
        assert decibels(mix[0], 300) == pytest.approx(decibels(mix[0], 5200), abs=0.1)
        with pytest.raises(ValueError, match="there must be tracks"):
            whole([], RATE)


class TestRepeated:
    def rounds(self, samples, seam, length, block=997):
        parts = repeated(
            lambda: (samples[:, at : at + block] for at in range(0, samples.shape[1], block)), seam
        )
        found = np.empty((samples.shape[0], 0), np.float32)
        while found.shape[1] < length:
            found = np.concatenate([found, next(parts)], axis=1)
        return found[:, :length]

    def test_no_seam_is_end_to_end(self):
        samples = np.arange(5000, dtype=np.float32)[None]
        np.testing.assert_array_equal(self.rounds(samples, 0, 12000)[0], np.arange(12000) % 5000)

    @pytest.mark.parametrize(("length", "seam"), [(48000, 4800), (48000, 24000), (10000, 9000), (500, 4800)])
    def test_rounds_overlap_by_the_seam(self, length, seam):
        rng = np.random.default_rng(3)
        samples = rng.normal(size=(2, length)).astype(np.float32)
        seam_there = min(seam, length // 2)
        found = self.rounds(samples, seam, 4 * length)
        period = length - seam_there
        np.testing.assert_array_equal(found[:, :period], samples[:, :period])
        plain = slice(period + seam_there, 2 * period)
        np.testing.assert_array_equal(found[:, plain], samples[:, seam_there:period])
        for at in range(period, 3 * period, period):
            part = found[:, at : at + seam_there]
            assert level(part) == pytest.approx(1.0, rel=0.15), "equal power"

    def test_there_is_no_click(self):
        """The steepest step of a looped sine that does not fit is no steeper than it has anyway."""
        samples = sine(441.7, 1.0)
        steepest = np.abs(np.diff(samples[0])).max()
        looped = self.rounds(samples, RATE // 5, 3 * RATE)[0]
        assert np.abs(np.diff(looped)).max() < 1.45 * steepest
        assert np.abs(np.diff(self.rounds(samples, 0, 3 * RATE)[0])).max() > 1.5 * steepest

    def test_nothing_ends_at_once(self):
        assert list(repeated(lambda: iter(()), 100)) == []


class TestLoudness:
    @pytest.mark.parametrize("rate", [22050, 44100, 48000, 96000])
    def test_it_is_what_ffmpegs_meter_finds(self, tmp_path, rate):
        rng = np.random.default_rng(1)
        time = np.arange(5 * rate) / rate
        samples = rng.normal(size=(2, len(time))) * 0.05 * (1 + np.sin(2 * time)) * (time > 1)
        samples += 0.1 * np.sin(2 * np.pi * 80 * time)
        samples = samples.astype(np.float32)
        found = loudness(np.array_split(samples, 17, axis=1), rate)
        assert found == pytest.approx(by_ffmpeg(samples, tmp_path, rate), abs=0.1)

    def test_a_sine_of_the_standard(self):
        assert loudness([sine(997, 3.0, 1.0)], RATE) == pytest.approx(0.0, abs=0.05)

    def test_silence_and_a_moment_have_none(self):
        assert loudness([np.zeros((2, RATE), np.float32)], RATE) is None
        assert loudness([sine(997, 0.3)], RATE) is None


class TestLaid:
    @pytest.mark.parametrize("volume", [-12.0, 0.0, 12.0])
    def test_a_mix_is_as_loud_as_it_should_be(self, tmp_path, volume):
        noise = np.random.default_rng(2).normal(size=(2, 3 * RATE)) * 0.05
        noise = gaussian_filter1d(noise, 10, axis=1).astype(np.float32)  # an AAC file has no highest octave
        tracks = (Track(made(noise), volume=volume), Track(made(sine(300, 3.0)), volume=volume - 6))
        out = tmp_path / "out.mkv"
        join(film(tmp_path, 30, codec="ffv1"), out, source=None, sound=LaidSound(tracks))
        samples = decode(out, RATE)
        assert abs(samples.shape[1] - 3 * RATE) < 2100
        assert by_ffmpeg(samples, tmp_path) == pytest.approx(TARGET, abs=0.5)

    def test_what_is_hardly_there_is_not_made_loud(self, tmp_path):
        tracks = (Track(made(sine(440)), volume=-40), Track(made(sine(3000)), volume=-40))
        out = tmp_path / "out.mkv"
        join(film(tmp_path, codec="ffv1"), out, source=None, sound=LaidSound(tracks))
        assert decibels(decode(out, RATE)[0, RATE // 2 :], 440) == pytest.approx(-60 + MOST_GAIN, abs=0.5)

    def test_a_mix_keeps_its_level_where_that_is_wanted(self, tmp_path):
        tracks = (Track(made(sine(440))), Track(made(sine(3000)), volume=-10))
        out = tmp_path / "out.mkv"
        join(film(tmp_path, codec="ffv1"), out, source=None, sound=LaidSound(tracks, normalise=False))
        left = decode(out, RATE)[0, RATE // 2 :]
        assert decibels(left, 440) == pytest.approx(-20, abs=0.2)
        assert decibels(left, 3000) == pytest.approx(-30, abs=0.2)

    def test_one_track_is_left_as_it_is(self, tmp_path):
        out = tmp_path / "out.mkv"
        join(film(tmp_path, codec="ffv1"), out, source=None, sound=LaidSound((Track(made(sine(440))),)))
        assert decibels(decode(out, RATE)[0, RATE // 2 :], 440) == pytest.approx(-20, abs=0.2)


class TestAmbience:
    def test_files_volumes_and_sides(self, tmp_path):
        there = tmp_path / "a @b.wav"
        text = f"{there}; rain.ogg @ -12 dB\n\nbirds.wav @ pan 0.4 -6.5dB;brook.wav@ @ PAN -1"
        first, rain, blank, birds, brook = tracks_in(text, "ambience")
        assert first == Track(there, repeat=True, seam=SEAM) and blank is None
        assert (rain.source, rain.volume, rain.pan) == (Path.cwd() / "rain.ogg", -12.0, 0.0)
        assert (birds.volume, birds.pan) == (-6.5, 0.4)
        assert (brook.source.name, brook.volume, brook.pan) == ("brook.wav@", 0.0, -1.0)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a.wav @ loud", "after @ comes -12 dB"),
            ("a.wav @ 90 dB", "outside -80 to 24 dB"),
            ("a.wav @ pan 2", r"outside -1 \(left\) to 1"),
            ("a.wav @ -3 dB pan left", "after @ comes"),
        ],
    )
    def test_what_cannot_be_understood_is_refused(self, text, said):
        with pytest.raises(OptionError, match=said):
            tracks_in(text, "ambience")
