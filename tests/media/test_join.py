from fractions import Fraction

import av
import clips
import numpy as np
import pytest

from lib_parallax.errors import OutputError
from lib_parallax.media import StereoTag, join, open_video, open_writer, segment_suffix, subtitles

VARIABLE = [0, 3003, 6006, 9100, 12012, 15015, 27000, 30003, 60000, 63003, 90000, 120000]
WORDS = [(Fraction(1, 5), "Hallo"), (Fraction(6, 5), "Zweite Zeile\nmit Umbruch")]
CUTS = ((0, 5), (5, 6), (6, 12))


def segments_of(reader, folder, codec="h264", quality="draft", cuts=CUTS):
    frames, paths = list(reader), []
    for number, (start, stop) in enumerate(cuts):
        path = folder / f"segment{number}{segment_suffix(codec)}"
        with open_writer(
            path, reader.size, rate=reader.rate, time_base=reader.time_base, codec=codec, quality=quality,
            colour=reader.colour, sample_aspect=reader.sample_aspect,
        ) as writer:  # fmt: skip
            for frame in frames[start:stop]:
                writer.write(frame.image, frame.pts)
        paths.append(path)
    return frames, paths


@pytest.fixture(scope="module")
def phone_clip(tmp_path_factory):
    """Variable rate, turned by 90 degrees, two audio tracks, subtitles, chapters."""
    path = clips.write_everything(tmp_path_factory.mktemp("clip") / "phone.mp4", VARIABLE, (96, 64))
    clips.rotate(path, 90)
    return path


@pytest.mark.parametrize(
    ("suffix", "codec", "sound", "words"),
    [
        (".mp4", "h264", "aac", "mov_text"),
        (".mov", "prores", "aac", "mov_text"),
        (".mkv", "h265-10bit", "aac", "srt"),
        (".webm", "vp9", "opus", "webvtt"),
    ],
)
def test_everything_is_carried_across(tmp_path, phone_clip, suffix, codec, sound, words):
    source = open_video(phone_clip)
    assert source.size == (64, 96)
    frames, paths = segments_of(source, tmp_path, codec)
    out = tmp_path / f"out{suffix}"
    assert join(paths, out, source=source) == []

    result = open_video(out)
    read = list(result)
    assert len(read) == result.count() == len(frames)
    assert result.size == (64, 96) and result.rotation == 0
    assert result.bit_depth == {"prores": 10, "h265-10bit": 10}.get(codec, 8)
    tolerance = 0 if suffix in (".mp4", ".mov") else Fraction(1, 2000)  # Matroska counts milliseconds
    assert max(abs(a.pts - b.pts) for a, b in zip(read, frames, strict=True)) <= tolerance
    scale = 257 if read[0].image.dtype == np.uint16 else 1
    for a, b in zip(read, frames, strict=True):
        assert np.abs(a.image / scale - b.image).mean() < 8

    assert [(t.codec, t.language, t.title) for t in result.audio] == [
        (sound, "eng", "Main"),
        (sound, "fra", "Commentaire"),
    ]
    for number, pitch in enumerate((440, 880)):
        _, start, heard = clips.tones_of(out, number)
        assert abs(start) < 0.03 and abs(heard - pitch) < 3
    assert [t.codec for t in result.subtitles] == [words]
    assert result.subtitles[0].language in ("deu", "ger")
    assert [(c.start, c.end, c.title) for c in result.chapters] == [(0, 1, "One"), (1, 2, "Two")]
    assert result.metadata["title"] == "A walk"
    assert said(out) == WORDS


def said(path):
    """(start, text) of the subtitles of a file."""
    found = []
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.subtitles[0]):
            data = bytes(packet)
            if container.streams.subtitles[0].codec_context.name == "mov_text":
                data = data[2:]
            if data:
                found.append((packet.pts * packet.time_base, data.decode()))
    return found


def test_matroska_subtitles_become_timed_text(tmp_path):
    source = open_video(clips.write_everything(tmp_path / "a.mkv", VARIABLE))
    _, paths = segments_of(source, tmp_path)
    assert join(paths, tmp_path / "out.mp4", source=source) == []
    assert said(tmp_path / "out.mp4") == WORDS


def test_joining_is_invisible(tmp_path, phone_clip):
    """The frames of the result are the frames of its segments, to the last bit."""
    _, paths = segments_of(open_video(phone_clip), tmp_path, quality="lossless")
    join(paths, tmp_path / "out.mp4", source=None)
    parts = [f for p in paths for f in open_video(p)]
    whole = list(open_video(tmp_path / "out.mp4"))
    assert [f.pts for f in parts] == [f.pts for f in whole]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(parts, whole, strict=True))


@pytest.mark.parametrize("codec", ["h264", "h265", "av1", "prores", "ffv1", "vp9"])
def test_every_codec_joins_and_gives_the_same_bytes(tmp_path, phone_clip, codec):
    suffix = ".mov" if codec == "prores" else ".mp4"
    tag = StereoTag("sbs", half=True)
    results = []
    for turn in ("a", "b"):
        folder = tmp_path / turn
        folder.mkdir()
        source = open_video(phone_clip)
        frames, paths = segments_of(source, folder, codec)
        join(paths, folder / f"out{suffix}", source=source, stereo=tag, sample_aspect=Fraction(2))
        results.append((folder / f"out{suffix}").read_bytes())
        assert [f.pts for f in open_video(folder / f"out{suffix}")] == [f.pts for f in frames]
    assert results[0] == results[1]


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_matroska_gives_the_same_bytes(tmp_path, phone_clip, suffix):
    source = open_video(phone_clip)
    _, paths = segments_of(source, tmp_path, "vp9")
    for name in ("a", "b"):
        join(paths, tmp_path / f"{name}{suffix}", source=source, stereo=StereoTag("tb"))
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_sound_that_starts_late_still_does(tmp_path):
    source = open_video(clips.write_everything(tmp_path / "a.mp4", VARIABLE, audio_start=0.5, seconds=1.0))
    before = clips.tones_of(source.path, 0)[1]
    _, paths = segments_of(source, tmp_path)
    for suffix in (".mp4", ".mkv"):
        join(paths, tmp_path / f"out{suffix}", source=source)
        assert abs(clips.tones_of(tmp_path / f"out{suffix}", 0)[1] - before) < 0.002
        assert before > 0.4


@pytest.mark.parametrize("codec", ["pcm_s16le", "vorbis"])
def test_sound_that_mp4_does_not_take_becomes_aac(tmp_path, codec):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        video = clips.add_video(container, (64, 48))
        name = {"vorbis": "libvorbis"}.get(codec, codec)
        if name not in av.codecs_available:
            pytest.skip(f"this PyAV has no {name}")
        sound = container.add_stream(name, rate=44100)
        sound.codec_context.layout = "stereo"
        container.start_encoding()
        packets = list(clips.video_packets(video, VARIABLE, (64, 48)))
        resampler = av.AudioResampler(sound.codec_context.format, "stereo", 44100, sound.frame_size or None)
        for at in range(0, 44100, 1000):
            wave = (0.4 * np.sin(2 * np.pi * 500 * np.arange(at, at + 1000) / 44100)).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(np.tile(wave, (2, 1)), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = 44100, at, Fraction(1, 44100)
            for made in resampler.resample(frame):
                packets += sound.encode(made)
        for made in resampler.resample(None):
            packets += sound.encode(made)
        packets += sound.encode(None)
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            container.mux(packet)
    source = open_video(path)
    _, paths = segments_of(source, tmp_path)
    for name in ("out.mp4", "again.mp4"):
        assert join(paths, tmp_path / name, source=source) == []
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "again.mp4").read_bytes()
    assert [t.codec for t in open_video(tmp_path / "out.mp4").audio] == ["aac"]
    _, start, pitch = clips.tones_of(tmp_path / "out.mp4", 0)
    assert abs(start) < 0.03 and abs(pitch - 500) < 3
    join(paths, tmp_path / "out.mkv", source=source)
    assert open_video(tmp_path / "out.mkv").audio[0].codec == codec.replace("vorbis", "vorbis")


def test_a_running_clock_is_taken_off_everything(tmp_path):
    path = tmp_path / "a.ts"
    late = 90000 * 1000
    with av.open(str(path), "w") as container:
        video = clips.add_video(container, (64, 48))
        sound = container.add_stream("aac", rate=48000)
        sound.codec_context.layout = "stereo"
        container.start_encoding()
        packets = list(clips.video_packets(video, [late + t for t in VARIABLE], (64, 48)))
        packets += clips.tone_packets(sound, 1.0, 440, start=1000.0)
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            container.mux(packet)
    source = open_video(path)
    frames, paths = segments_of(source, tmp_path)
    join(paths, tmp_path / "out.mp4", source=source)
    result = open_video(tmp_path / "out.mp4")
    assert [f.pts for f in result] == [f.pts for f in frames]
    picture_start, sound_start = frames[0].pts, clips.tones_of(tmp_path / "out.mp4", 0)[1]
    with av.open(str(path)) as container:
        gap = [s.start_time * s.time_base for s in (container.streams.video[0], container.streams.audio[0])]
    assert picture_start < 2
    assert abs((sound_start - picture_start) - float(gap[1] - gap[0])) < 0.002


def test_a_missing_subtitle_kind_is_told(tmp_path, phone_clip, monkeypatch):
    from lib_parallax.media import subtitles

    monkeypatch.setattr(subtitles, "way", lambda codec, suffix: None)
    source = open_video(phone_clip)
    _, paths = segments_of(source, tmp_path)
    (warning,) = join(paths, tmp_path / "out.mp4", source=source)
    assert "phone.mp4" in warning and "mov_text" in warning
    assert open_video(tmp_path / "out.mp4").subtitles == []


def test_what_cannot_be_joined_is_refused(tmp_path, phone_clip):
    _, paths = segments_of(open_video(phone_clip), tmp_path)
    with pytest.raises(ValueError, match="follow each other"):
        join(paths[::-1], tmp_path / "out.mp4", source=None)
    with pytest.raises(OutputError, match="no frames"):
        join([], tmp_path / "out.mp4", source=None)
    with pytest.raises(OutputError, match=r"out\.gif"):
        join(paths, tmp_path / "out.gif", source=None)
    assert not [p for p in tmp_path.iterdir() if p not in paths]


def with_sound(path, layout, channels):
    """A clip with a track of 0.2 s of uncompressed sound."""
    with av.open(str(path), "w") as container:
        video, sound = clips.add_video(container, (64, 48)), container.add_stream("pcm_s16le", rate=48000)
        sound.codec_context.layout = layout
        container.start_encoding()
        packets = list(clips.video_packets(video, range(0, 18018, 3003), (64, 48)))
        for at in range(0, 9600, 960):
            frame = av.AudioFrame.from_ndarray(np.full((1, 960 * channels), 99, np.int16), "s16", layout)
            frame.sample_rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
            packets += sound.encode(frame)
        for packet in sorted(packets, key=lambda p: p.dts * p.time_base):
            container.mux(packet)
    return path


@pytest.mark.parametrize(
    ("layout", "channels", "suffix", "kept", "words"),
    [
        ("2.1", 3, ".webm", 2, "mixed down to stereo"),
        ("2.1", 3, ".mp4", 3, None),
        ("22.2", 24, ".mp4", 8, "mixed down to 7.1"),
        ("hexadecagonal", 16, ".webm", 8, "mixed down to 7.1"),
        ("9 channels", 9, ".mp4", None, "is left out"),
    ],
)
def test_sound_that_the_encoder_refuses_does_not_fail_the_whole(
    tmp_path, layout, channels, suffix, kept, words
):
    source = open_video(with_sound(tmp_path / "a.mkv", layout, channels))
    _, paths = segments_of(source, tmp_path, "vp9" if suffix == ".webm" else "h264", cuts=((0, 6),))
    warnings = join(paths, tmp_path / f"out{suffix}", source=source)
    assert len(warnings) == (words is not None)
    assert all("audio track 1" in text and words in text for text in warnings)
    with av.open(str(tmp_path / f"out{suffix}")) as result:
        found = [track.codec_context.layout.nb_channels for track in result.streams.audio]
        assert found == ([] if kept is None else [kept])
        if kept:
            assert sum(frame.samples for frame in result.decode(audio=0)) >= 9600


def test_timed_text_is_cut_at_a_letter():
    payload = subtitles.convert("é".encode() * 40000, "subrip", "mov_text")
    assert len(payload) == 2 + 65534 and payload[:2] == (65534).to_bytes(2, "big")
    assert payload[2:].decode("utf-8") == "é" * 32767
