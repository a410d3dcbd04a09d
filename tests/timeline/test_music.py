"""Music from motion: what it follows, that it is the same each time, and that nothing in it clicks."""

from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.timeline.music import STYLES, compose
from lib_parallax.timeline.pace import Pace, Watcher, pace_of
from lib_parallax.timeline.synth import Note, play

RATE, SECONDS = 16000, 24.0


def curve(light, pace):
    """Both from their first to their last value over the whole."""
    count = int(SECONDS / 0.25) + 2
    return Pace(np.linspace(*light, count), np.linspace(*pace, count))


def even(light, pace):
    return curve((light, light), (pace, pace))


def bells(notes):
    return np.array([n.start for n in notes if n.pitch > 100 and n.decay < 9])


def sound(notes, seconds=SECONDS, rate=RATE):
    return np.concatenate(list(play(notes, rate, round(seconds * rate))), axis=1)


@pytest.mark.parametrize("style", STYLES)
class TestComposed:
    def test_the_same_seed_is_the_same_music_and_another_is_not(self, style):
        pace = even(0.5, 0.5)
        first, again, other = (compose(style, seed, pace, SECONDS) for seed in (7, 7, 2**63 - 1))
        assert first == again != other
        np.testing.assert_array_equal(sound(first[:60], 2.0), sound(again[:60], 2.0))

    def test_notes_are_more_and_beats_quicker_where_it_is_faster(self, style):
        still, middle, fast = (compose(style, 3, even(0.5, pace), SECONDS) for pace in (0.0, 0.5, 0.95))
        assert len(bells(still)) < len(bells(middle)) < len(bells(fast))
        rising = bells(compose(style, 3, curve((0.5, 0.5), (0.0, 1.0)), SECONDS))
        assert (rising > SECONDS / 2).sum() > 1.3 * (rising < SECONDS / 2).sum()

    def test_what_is_bright_lies_higher_and_has_more_overtones(self, style):
        dark, bright = (compose(style, 3, even(light, 0.7), SECONDS) for light in (0.05, 0.95))
        pitches = [np.mean([np.log2(n.pitch) for n in notes if n.pitch > 100]) for notes in (dark, bright)]
        assert pitches[0] < pitches[1]
        assert dark[0].partials[1] < 0.3 < bright[0].partials[1]

    def test_it_is_audible_and_does_not_clip(self, style):
        for light, pace in ((0.05, 0.0), (0.95, 0.95)):
            samples = sound(compose(style, 5, even(light, pace), SECONDS))
            assert samples.shape == (2, round(SECONDS * RATE)) and samples.dtype == np.float32
            assert np.abs(samples).max() < 0.99
            assert np.sqrt(np.mean(samples**2)) > 0.02

    def test_nothing_clicks(self, style):
        """Above all partials there is next to nothing, at any moment: a step would be heard there."""
        rate = 48000
        samples = sound(compose(style, 5, even(0.3, 0.9), 6.0), 6.0, rate).mean(0)
        windows = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::256] * np.hanning(1024)
        high = np.abs(np.fft.rfft(windows, axis=1))[:, 1024 * 15000 // rate :]
        assert high.max() < 1e-4 * np.abs(np.fft.rfft(windows, axis=1)).max()


class TestPlayed:
    def test_blocks_join_without_a_trace(self):
        note = Note(0.1, 2.0, 440.0, 0.5, pan=-1.0)
        left, right = sound([note], 3.0)
        at = np.arange(round(0.2 * RATE), round(2.0 * RATE)) / RATE
        np.testing.assert_allclose(
            left[round(0.2 * RATE) : round(2.0 * RATE)], 0.5 * np.sin(2 * np.pi * 440 * (at - 0.1)), atol=1e-6
        )
        assert np.abs(right).max() < 1e-7
        assert not left[: round(0.1 * RATE)].any() and not left[round(2.2 * RATE) :].any()

    def test_partials_beyond_the_rate_are_left_out(self):
        assert not sound([Note(0.0, 1.0, 5000.0, 0.5, partials=(0.0, 1.0))], 1.0).any()

    def test_partials_are_sines_of_their_multiples(self):
        left, _ = sound([Note(0.0, 3.0, 200.0, 1.0, pan=-1.0, partials=(0.5, 0.25, 0.125))], 2.0)
        heard = np.abs(np.fft.rfft(left[RATE // 2 : RATE // 2 + RATE].astype(np.float64))) * 2 / RATE
        assert [heard[pitch] for pitch in (200, 400, 600, 800)] == pytest.approx(
            [0.5, 0.25, 0.125, 0], abs=1e-6
        )


class TestPace:
    def watched(self, pictures, fps):
        watcher = Watcher()
        for number, picture in enumerate(pictures):
            watcher.look(picture, Fraction(number, fps))
        return watcher.rows

    def test_rows_are_of_the_pictures(self):
        grey = np.full((40, 60, 3), 51, np.uint8)
        rows = self.watched([grey, grey, grey * 2], 10)
        assert rows[0] == (0.0, pytest.approx(0.2, abs=1e-4), None)
        assert rows[1] == (0.1, pytest.approx(0.2, abs=1e-4), 0.0)
        assert rows[2] == (0.2, pytest.approx(0.4, abs=1e-4), pytest.approx(0.2, abs=1e-4))

    def test_depth_and_transparency_and_sixteen_bits_count_alike(self):
        for picture in (
            np.full((30, 30), 0.5, np.float32),
            np.full((30, 30, 4), 32768, np.uint16),
            np.full((200, 300), 128, np.uint8),
        ):
            assert self.watched([picture], 1)[0][1] == pytest.approx(0.5, abs=0.01)

    def test_a_still_has_no_pace_and_more_frames_a_second_do_not_change_it(self):
        def moving(fps):
            wave = np.sin(
                np.arange(60)[None, :, None] / 6 - np.arange(2 * fps)[:, None, None, None] * 6 / fps
            )
            return np.broadcast_to(127 + 100 * wave, (2 * fps, 40, 60, 3)).astype(np.uint8)

        still = pace_of(self.watched([moving(20)[0]] * 40, 20), 2.0)
        assert not still.pace.any()
        slow, fast = (pace_of(self.watched(moving(fps), fps), 2.0) for fps in (24, 60))
        assert slow.pace.min() > 0.5
        np.testing.assert_allclose(slow.pace, fast.pace, atol=0.03)

    def test_segments_stand_by_themselves(self):
        """What is not told at a segment's first frame is no stop of the motion."""
        rng = np.random.default_rng(0)
        pictures = [rng.integers(0, 255, (30, 30, 3), np.uint8) for _ in range(40)]
        whole = self.watched(pictures, 20)
        parted = [(t, light, None if n % 10 == 0 else change) for n, (t, light, change) in enumerate(whole)]
        np.testing.assert_allclose(pace_of(parted, 2.0).pace, pace_of(whole, 2.0).pace, atol=0.01)

    def test_nothing_seen_and_one_frame(self):
        assert not pace_of([], 3.0).pace.any()
        one = pace_of([(0.0, 0.7, None)], 3.0)
        assert one.at(1.0) == (pytest.approx(0.7), 0.0) and one.at(99.0)[1] == 0.0
