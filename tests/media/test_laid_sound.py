"""Sound as numbers, and sound laid under a result: lengths, levels and pitch against what was put in."""

import av
import clips
import numpy as np
import pytest
from tones import RATE, film, level, tone

from lib_parallax.errors import OptionError, OutputError, SourceError
from lib_parallax.jobs import run
from lib_parallax.media import LaidSound, check_sound, join, open_video
from lib_parallax.media.audio import BLOCK, blocks, decode, probe
from lib_parallax.media.mixing import Track

ZOOM = {
    "prompt": "red", "count": 1, "fps": 4, "keyframe_size": "64x64", "generator": "classical",
    "codec": "h264", "quality": "draft",
}  # fmt: skip


def laid(path, *begins, **heard):
    return LaidSound((Track(path, *begins, **{"fade": 0.5, **heard}),))


class TestDecoded:
    def test_the_samples_are_those_of_the_file(self, tmp_path):
        samples = decode(tone(tmp_path / "a.wav"), RATE)
        wave = 0.4 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
        assert samples.shape == (2, RATE) and samples.dtype == np.float32
        assert np.abs(samples[0] - wave).max() < 1e-4 and not samples[1].any()

    def test_mono_stays_mono_and_is_resampled(self, tmp_path):
        path = tone(tmp_path / "a.wav", channels=1)
        samples = decode(path, 22050)
        assert samples.shape[0] == 1 and abs(samples.shape[1] - 22050) <= 64
        spectrum = np.abs(np.fft.rfft(samples[0]))
        assert abs(spectrum.argmax() * 22050 / samples.shape[1] - 440) < 2
        both = decode(path, 22050, channels=2)
        assert both.shape[0] == 2 and np.allclose(both[0], both[1])

    def test_blocks_are_the_same_in_pieces(self, tmp_path):
        path = tone(tmp_path / "a.wav")
        parts = list(blocks(path, RATE, 2))
        assert max(part.shape[1] for part in parts) <= BLOCK
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), decode(path, RATE))

    def test_a_videos_first_track_begins_where_it_does_there(self, tmp_path):
        path = clips.write_everything(tmp_path / "clip.mp4", [0, 30000, 60000], audio_start=0.5)
        samples = decode(path, RATE)
        assert probe(path).channels == 2
        assert level(samples[:, : int(0.45 * RATE)]) < 1e-3 < 0.1 < level(samples[0, int(0.6 * RATE) : RATE])

    def test_silence_where_there_is_no_sound(self, tmp_path):
        clips.write_clip(tmp_path / "mute.mp4", [0, 3000, 6000])
        with pytest.raises(SourceError, match=r"mute\.mp4: has no sound"):
            decode(tmp_path / "mute.mp4", RATE)

    def test_what_is_no_sound_is_refused(self, tmp_path):
        (tmp_path / "text.wav").write_text("no sound at all " * 200)
        with pytest.raises(SourceError, match=r"text\.wav"):
            decode(tmp_path / "text.wav", RATE)
        with pytest.raises(SourceError, match="there is no such file"):
            decode(tmp_path / "gone.wav", RATE)

    def test_what_can_be_read_of_a_damaged_file_is_taken(self, tmp_path):
        path = tone(tmp_path / "a.mp3", 2.0, codec="libmp3lame")
        data = bytearray(path.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 2000] = b"\x55" * 2000
        path.write_bytes(data[: len(data) * 9 // 10])
        assert level(decode(path, RATE)[0, : RATE // 2]) > 0.2

    def test_too_much_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr("lib_parallax.media.audio.MOST", 2 * RATE)
        with pytest.raises(SourceError, match="too long"):
            decode(tone(tmp_path / "a.wav", 1.5), RATE)


class TestLaid:
    def joined(self, folder, sound, suffix=".mp4", codec="h264", source=None, name="out"):
        out = folder / f"{name}{suffix}"
        warnings = join(film(folder, codec=codec), out, source=source, sound=sound)
        return out, warnings

    @pytest.mark.parametrize(
        ("suffix", "codec", "name"),
        [
            (".mp4", "h264", "aac"),
            (".mov", "prores", "aac"),
            (".mkv", "ffv1", "aac"),
            (".webm", "vp9", "opus"),
        ],
    )
    def test_it_is_as_long_as_the_result_and_fades_out(self, tmp_path, suffix, codec, name):
        sound = laid(tone(tmp_path / "a.wav", 5.0))
        out, warnings = self.joined(tmp_path, sound, suffix, codec)
        assert warnings == []
        with av.open(str(out)) as made:
            assert len(made.streams.audio) == 1
            assert made.streams.audio[0].codec_context.name in (name, f"lib{name}")
        samples = decode(out, RATE)
        assert abs(samples.shape[1] - 2 * RATE) < 1200
        full = level(samples[0, RATE // 2 : RATE])
        assert full == pytest.approx(0.4 / np.sqrt(2), rel=0.05)
        assert level(samples[0, int(1.7 * RATE) : int(1.8 * RATE)]) == pytest.approx(full / 2, rel=0.1)
        assert level(samples[0, int(1.98 * RATE) :]) < 0.1 * full
        assert level(samples[1]) < 0.01

    def test_it_begins_where_it_was_asked_to(self, tmp_path):
        wave = tmp_path / "two.wav"
        low, high = decode(tone(tmp_path / "a.wav"), RATE), decode(tone(tmp_path / "b.wav", pitch=880), RATE)
        with av.open(str(wave), "w") as out:
            stream = out.add_stream("pcm_f32le", rate=RATE)
            stream.layout = "stereo"
            both = np.concatenate([low, high, high], axis=1).T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(both), "flt", "stereo")
            frame.sample_rate = RATE
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        for start, pitch in ((0.0, 440), (1.0, 880)):
            out, _ = self.joined(tmp_path, laid(wave, start), name=f"from{start}")
            first = decode(out, RATE)[0, RATE // 4 : RATE * 3 // 4]
            found = np.abs(np.fft.rfft(first)).argmax() * RATE / len(first)
            assert found == pytest.approx(pitch, abs=4)

    def test_what_ends_early_is_followed_by_silence_and_told(self, tmp_path):
        out, warnings = self.joined(tmp_path, laid(tone(tmp_path / "a.wav", 0.5)))
        assert len(warnings) == 1 and "ends after 0.5 s" in warnings[0] and "silent" in warnings[0]
        samples = decode(out, RATE)
        assert level(samples[0, : RATE // 3]) > 0.2 and level(samples[0, int(0.6 * RATE) :]) < 1e-3
        assert abs(samples.shape[1] - 2 * RATE) < 1200

    def test_it_is_repeated_where_asked(self, tmp_path):
        out, warnings = self.joined(tmp_path, laid(tone(tmp_path / "a.wav", 0.5), repeat=True))
        assert warnings == []
        samples = decode(out, RATE)
        assert min(level(samples[0, at : at + RATE // 4]) for at in range(0, RATE, RATE // 4)) > 0.2

    def test_it_replaces_the_sources_sound_and_leaves_the_rest(self, tmp_path):
        path = clips.write_everything(tmp_path / "clip.mkv", [0, 90000, 180000])
        source = open_video(path)
        out, _ = self.joined(tmp_path, laid(tone(tmp_path / "a.wav", 5.0, 880)), ".mkv", source=source)
        with av.open(str(out)) as made:
            assert len(made.streams.audio) == 1 and len(made.streams.subtitles) > 0
        assert clips.tones_of(out, 0)[2] == pytest.approx(880, abs=4)

    def test_the_same_gives_the_same_bytes(self, tmp_path):
        sound = laid(tone(tmp_path / "a.wav", 5.0), 0.3)
        first, _ = self.joined(tmp_path, sound, name="first")
        second, _ = self.joined(tmp_path, sound, name="second")
        assert first.read_bytes() == second.read_bytes()

    def test_a_start_beyond_the_end_is_refused(self, tmp_path):
        path = tone(tmp_path / "a.wav", 0.5)
        check_sound(laid(path, 0.4))
        with pytest.raises(OptionError, match="sound_start"):
            check_sound(laid(path, 0.5))


class TestInAJob:
    """The sound of a zoom, which has no source of its own."""

    def zoom(self, folder, name, **options):
        jobs = folder / f"jobs-{name}"
        return run("zoom", None, {**ZOOM, **options}, folder / name, jobs_dir=jobs)

    def test_it_is_laid_under(self, tmp_path):
        sound = tone(tmp_path / "a.wav", 0.4)
        done = self.zoom(tmp_path, "a.mp4", sound=str(sound))
        assert any("ends after 0.4 s" in text for text in done.warnings)
        assert level(decode(tmp_path / "a.mp4", RATE)[0, : RATE // 4]) > 0.2
        self.zoom(tmp_path, "b.mp4", sound=str(sound))
        assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()

    def test_what_holds_no_sound_is_refused_before_anything_is_made(self, tmp_path):
        sound = tone(tmp_path / "a.wav", 0.4)
        with pytest.raises(OptionError, match="folder of pictures, which holds no sound"):
            self.zoom(tmp_path, "frames", sound=str(sound))
        with pytest.raises(SourceError, match="no such file"):
            self.zoom(tmp_path, "a.mp4", sound=str(tmp_path / "gone.wav"))
        itself = tone(tmp_path / "b.mp4", 0.4, codec="aac")
        with pytest.raises(OutputError, match="input of this job"):
            self.zoom(tmp_path, "b.mp4", sound=str(itself))
