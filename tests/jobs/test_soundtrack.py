"""Sound of a job's result: the source's own and what is mixed into it, stopped and gone on with."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import clips
import numpy as np
import pytest
import recursive_loop
from tones import RATE, level, tone

from lib_parallax import jobs, loops
from lib_parallax.errors import Cancelled, OptionError, OutputError, SourceError
from lib_parallax.jobs import journal as journal_module
from lib_parallax.media.audio import decode
from lib_parallax.media.mixing import Track

FRAMES = 18


@pytest.fixture(autouse=True)
def loop(monkeypatch):
    monkeypatch.setattr(loops, "load", lambda name: recursive_loop)
    monkeypatch.setattr(recursive_loop, "delay", 0.0)


@pytest.fixture
def film(tmp_path):
    """A clip of 1.8 s with a tone of 440 Hz, another of 880 and subtitles."""
    return clips.write_everything(tmp_path / "clip.mp4", range(0, FRAMES * 9000, 9000))


@pytest.fixture
def run(tmp_path, film):
    def run_job(output, **options):
        folder = options.pop("jobs_dir", tmp_path / "jobs")
        options = {"codec": "h264", "quality": "draft", **options}
        return jobs.run("stereo", film, options, tmp_path / output, jobs_dir=folder)

    return run_job


def stopped(monkeypatch, run, output, segments, **options):
    """The job, stopped after so many segments."""
    close_segment, closed = journal_module.Journal.close_segment, []

    def interrupted(self, *arguments):
        close_segment(self, *arguments)
        closed.append(1)
        if len(closed) == segments:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(journal_module.Journal, "close_segment", interrupted)
        with pytest.raises(Cancelled):
            run(output, **options)


def amplitude(path, pitch, track=0):
    """Of a tone in the middle of a file's track."""
    with av.open(str(path)) as file:
        frames = [f.to_ndarray() for f in file.decode(audio=track)]
    left = np.concatenate(frames, axis=1)[0]
    left = left[len(left) // 2 - 12000 : len(left) // 2 + 12000].astype(np.float64)
    return np.abs(np.fft.rfft(left * np.hanning(len(left))))[pitch // 2] * 4 / len(left)


def languages(path):
    with av.open(str(path)) as file:
        return [stream.metadata.get("language") for stream in file.streams.audio], len(file.streams.subtitles)


def packets(path, track=0):
    with av.open(str(path)) as file:
        return [bytes(packet) for packet in file.demux(file.streams.audio[track])]


def test_nothing_added_leaves_the_sources_sound_untouched(run, film, tmp_path):
    run("out.mp4")
    for track in (0, 1):
        assert packets(tmp_path / "out.mp4", track) == packets(film, track)


def test_ambience_is_mixed_into_the_sources_first_track(run, film, tmp_path):
    rain, wind = tone(tmp_path / "rain.wav", 0.6, 2000), tone(tmp_path / "wind.wav", 5.0, 3000)
    result = run("out.mp4", ambience=f"{rain} @ -6 dB; {wind} @ -20 dB", sound_normalise=False)
    assert not any("silent" in text or "audio" in text for text in result.warnings)
    assert languages(tmp_path / "out.mp4") == (["eng", "fra"], 1)
    own, before = amplitude(tmp_path / "out.mp4", 440), amplitude(film, 440)
    assert own == pytest.approx(before, rel=0.02)
    assert amplitude(tmp_path / "out.mp4", 3000) == pytest.approx(0.04, rel=0.03)
    assert amplitude(tmp_path / "out.mp4", 2000) > 0.1
    assert packets(tmp_path / "out.mp4", 1) == packets(film, 1)


def test_the_source_alone_is_made_quieter(run, film, tmp_path):
    run("out.mp4", sound_volume=-12.0)
    ratio = amplitude(tmp_path / "out.mp4", 440) / amplitude(film, 440)
    assert 20 * np.log10(ratio) == pytest.approx(-12, abs=0.2)
    assert languages(tmp_path / "out.mp4") == (["eng", "fra"], 1)


def test_a_laid_file_and_ambience_replace_the_sources_sound(run, tmp_path):
    voice, rain = tone(tmp_path / "voice.wav", 5.0, 1000), tone(tmp_path / "rain.wav", 5.0, 2000)
    run("out.mp4", sound=str(voice), ambience=str(rain), sound_volume=-6.0, sound_normalise=False)
    assert len(languages(tmp_path / "out.mp4")[0]) == 1
    assert amplitude(tmp_path / "out.mp4", 440) < 1e-3
    assert amplitude(tmp_path / "out.mp4", 1000) == pytest.approx(0.2, rel=0.03)
    assert amplitude(tmp_path / "out.mp4", 2000) == pytest.approx(0.4, rel=0.03)


def test_sound_that_begins_late_stays_in_time(tmp_path):
    film = clips.write_everything(
        tmp_path / "late.mkv", range(0, FRAMES * 9000, 9000), audio="pcm_s16le", audio_start=0.7
    )
    rain = tone(tmp_path / "rain.wav", 5.0, 9000)
    options = {"ambience": f"{rain} @ -60 dB", "sound_normalise": False, "codec": "ffv1"}
    jobs.run("stereo", film, options, tmp_path / "out.mkv", jobs_dir=tmp_path / "jobs")
    before, after = (decode(path, RATE)[0] for path in (film, tmp_path / "out.mkv"))
    begins = [int(np.flatnonzero(np.abs(samples) > 0.02)[0]) for samples in (before, after)]
    assert begins[1] == pytest.approx(begins[0], abs=1200)


def test_music_is_the_same_each_time_and_after_a_stop(run, tmp_path, monkeypatch):
    options = {"music": "pulse", "seed": 11}
    run("whole.mp4", **options)
    whole = (tmp_path / "whole.mp4").read_bytes()
    for segments in (1, 3, 5):
        (tmp_path / "whole.mp4").unlink()
        folder = tmp_path / f"jobs-{segments}"
        stopped(monkeypatch, run, "whole.mp4", segments, jobs_dir=folder, **options)
        result = run("whole.mp4", jobs_dir=folder, **options)
        assert result.made < FRAMES
        assert (tmp_path / "whole.mp4").read_bytes() == whole


def test_another_seed_is_other_music_and_its_volume_counts(run, film, tmp_path):
    first, other, quiet = (
        run(f"{name}.mp4", music="calm", sound_normalise=False, sound_volume=-80.0, **how).outputs[0]
        for name, how in (("a", {}), ("b", {"seed": 1}), ("c", {"music_volume": -12.0}))
    )
    a, b, c = (decode(path, RATE)[:, 4800:76800] for path in (first, other, quiet))
    assert level(a - b) > 0.5 * level(a) > 0.005
    assert 20 * np.log10(level(c) / level(a)) == pytest.approx(-12, abs=0.3)


def test_the_journal_keeps_what_the_music_follows_only_where_there_is_music(run, tmp_path, monkeypatch):
    for music, kept in (("none", 0), ("drift", 8)):
        folder = tmp_path / f"jobs-{music}"
        stopped(monkeypatch, run, "out.mp4", 2, jobs_dir=folder, music=music)
        (record,) = jobs.list_jobs(folder)
        motion = journal_module.open_journal(record.folder / "work").motion
        assert len(motion) == kept
    times = [row[0] for row in motion]
    assert times == [pytest.approx(number / 10) for number in range(8)]
    assert [row[2] is None for row in motion] == [True, False, False, False] * 2


def test_a_loops_own_tracks_are_mixed_in(run, film, tmp_path, monkeypatch):
    river = tone(tmp_path / "river.wav", 5.0, 2500)
    plan = recursive_loop.plan

    def with_tracks(source, options):
        made = plan(source, options)
        return type(made)(**{**vars(made), "tracks": (Track(Path(river), volume=-6.0),)})

    monkeypatch.setattr(recursive_loop, "plan", with_tracks)
    run("out.mp4", sound_normalise=False)
    assert amplitude(tmp_path / "out.mp4", 2500) == pytest.approx(0.2, rel=0.03)
    assert amplitude(tmp_path / "out.mp4", 440) == pytest.approx(amplitude(film, 440), rel=0.02)
    with pytest.raises(OptionError, match="layer_sounds: frames is a folder of pictures"):
        run("frames")


def test_what_cannot_be_is_refused_before_anything_is_made(run, film, tmp_path):
    rain = tone(tmp_path / "rain.wav", 0.5)
    clips.write_clip(tmp_path / "mute.mp4", [0, 3000, 6000])
    for error, said, output, options in (
        (SourceError, r"gone\.wav: there is no such file", "a.mp4", {"ambience": f"{rain}; gone.wav"}),
        (SourceError, r"mute\.mp4: has no sound", "a.mp4", {"ambience": str(tmp_path / "mute.mp4")}),
        (OptionError, "ambience: .* after @ comes", "a.mp4", {"ambience": f"{rain} @ loudly"}),
        (OptionError, "ambience: frames is a folder of pictures", "frames", {"ambience": str(rain)}),
        (OptionError, "music: a.gif is a moving picture", "a.gif", {"music": "calm", "codec": "auto"}),
        (OptionError, "music: 'loud' is not one of", "a.mp4", {"music": "loud"}),
        (OutputError, "input of this job", "clip2.mp4", {"ambience": str(tmp_path / "clip2.mp4")}),
    ):
        if output == "clip2.mp4":
            tone(tmp_path / "clip2.mp4", 0.5, codec="aac")
        with pytest.raises(error, match=said):
            run(output, **options)
    assert not list((tmp_path / "jobs").glob("*/work")) if (tmp_path / "jobs").exists() else True


def test_a_changed_ambience_is_another_job(run, tmp_path, monkeypatch):
    rain = tone(tmp_path / "rain.wav", 0.5)
    stopped(monkeypatch, run, "out.mp4", 2, ambience=str(rain))
    tone(rain, 0.5, pitch=900)
    assert run("out.mp4", ambience=str(rain)).made == FRAMES


def test_the_mix_lasts_as_long_as_the_result(run, tmp_path):
    run("out.mkv", music="calm", codec="ffv1")
    with av.open(str(tmp_path / "out.mkv")) as file:
        video = max(p.pts * p.time_base for p in file.demux(video=0) if p.pts is not None) + Fraction(1, 10)
    assert decode(tmp_path / "out.mkv", RATE).shape[1] == pytest.approx(float(video) * RATE, abs=2100)
