from fractions import Fraction

import av
import clips
import numpy as np
import pytest

from lib_parallax.errors import SourceError
from lib_parallax.media import open_video

VARIABLE = [0, 3003, 6006, 9100, 9101, 27000, 30003, 60000, 63003, 90000, 120000, 120001]


def seconds(ticks):
    return [Fraction(t, 90000) for t in ticks]


def test_timestamps_are_exact_and_variable_rate_stays(tmp_path):
    reader = open_video(clips.write_clip(tmp_path / "a.mp4", VARIABLE))
    assert [f.pts for f in reader] == seconds(VARIABLE)
    assert reader.time_base == Fraction(1, 90000)
    assert reader.count() == len(VARIABLE) == len(reader)


def test_ntsc_rate_stays_ntsc(tmp_path):
    ticks = [n * 1001 for n in range(20)]
    path = clips.write_clip(tmp_path / "a.mp4", ticks, time_base=Fraction(1, 30000))
    reader = open_video(path)
    assert reader.rate == Fraction(30000, 1001)
    assert [f.pts for f in reader] == [Fraction(n * 1001, 30000) for n in range(20)]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_applied(tmp_path, degrees):
    path = clips.write_clip(tmp_path / "a.mp4", VARIABLE)
    stored = [f.image for f in open_video(path)]
    clips.rotate(path, degrees)
    reader = open_video(path)
    assert reader.rotation == degrees
    assert reader.size == ((48, 64) if degrees != 180 else (64, 48))
    for before, after in zip(stored, reader, strict=True):
        assert np.array_equal(after.image, np.rot90(before, -degrees // 90))
        assert after.image.flags.c_contiguous


def test_pixel_aspect_turns_with_the_picture(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = clips.add_video(container, (64, 48))
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        for packet in clips.video_packets(stream, [0, 3003], (64, 48)):
            container.mux(packet)
    assert open_video(path).sample_aspect == Fraction(4, 3)
    clips.rotate(path, 90)
    assert open_video(path).sample_aspect == Fraction(3, 4)


def test_tracks_chapters_and_metadata_are_told(tmp_path):
    for suffix in (".mp4", ".mkv"):
        reader = open_video(clips.write_everything(tmp_path / f"a{suffix}", VARIABLE))
        assert [(t.codec, t.language, t.title) for t in reader.audio] == [
            ("aac", "eng", "Main"),
            ("aac", "fra", "Commentaire"),
        ]
        assert [t.language for t in reader.subtitles] == ["deu"]
        assert [(c.start, c.end, c.title) for c in reader.chapters] == [(0, 1, "One"), (1, 2, "Two")]
        assert reader.metadata["title"] == "A walk"
        assert [f.pts for f in reader][:3] == [f.pts for f in reader][:3]


@pytest.mark.parametrize("size", [(63, 47), (8, 8), (64, 2)])
@pytest.mark.parametrize("count", [1, 3])
def test_odd_and_tiny_sizes(tmp_path, size, count):
    path = clips.write_clip(tmp_path / "a.mkv", VARIABLE[:count], size, codec="ffv1", pixel_format="bgr0")
    reader = open_video(path)
    frames = list(reader)
    assert reader.size == size and len(frames) == count == reader.count()
    for number, frame in enumerate(frames):
        assert np.array_equal(frame.image, clips.picture(number, *size))


def test_ten_bits_come_as_uint16_at_full_scale(tmp_path):
    path = clips.write_clip(tmp_path / "a.mkv", [0, 3003], codec="ffv1", pixel_format="yuv444p10le")
    reader = open_video(path)
    image = next(iter(reader)).image
    assert reader.bit_depth == 10 and image.dtype == np.uint16
    assert np.abs(image / 257 - clips.picture(0, 64, 48)).mean() < 2


def test_a_seek_lands_on_the_same_frames(tmp_path):
    """Many keyframes, B frames across them, variable rate."""
    ticks = np.cumsum(np.random.default_rng(0).integers(1, 9000, 60)).tolist()
    for suffix, options in (
        (".mp4", {"g": 7, "bf": 3, "preset": "veryfast"}),
        (".mkv", {"g": 7, "bf": 3, "preset": "veryfast"}),
        (".ts", {"g": 7, "bf": 3, "preset": "veryfast"}),
        (".mp4", {"g": 9, "bf": 3, "preset": "veryfast", "x264_params": "open-gop=1"}),
        (".mp4", {"g": 9, "preset": "veryfast", "x264_params": "intra-refresh=1"}),
    ):
        path = clips.write_clip(tmp_path / f"a{suffix}", ticks, **options)
        reader = open_video(path)
        frames = list(reader)
        assert len(frames) == 60 == reader.count()
        for start in (1, 6, 7, 8, 13, 14, 30, 57, 59):
            first = next(reader.frames(start))
            assert first.pts == frames[start].pts, (suffix, options, start)
            assert np.array_equal(first.image, frames[start].image), (suffix, options, start)
        assert list(reader.frames(60)) == [] == list(reader.frames(100))


def test_a_recording_with_a_running_clock_starts_near_zero(tmp_path):
    reader = open_video(clips.write_clip(tmp_path / "a.ts", [90000 * 3600 + t for t in VARIABLE[:4]]))
    times = [f.pts for f in reader]
    assert times[0] < 2 and reader.origin > 3000
    assert [t - times[0] for t in times] == seconds(VARIABLE[:4])


def test_vp8_alternate_references_are_no_frames(tmp_path):
    ticks = [n * 3000 for n in range(40)]
    path = clips.write_clip(
        tmp_path / "a.webm",
        ticks,
        codec="libvpx",
        auto_alt_ref=1,
        lag_in_frames=16,
        b=200000,
        deadline="good",
    )
    reader = open_video(path)
    assert reader.count() == 40 == len(list(reader))


def test_reading_holds_few_frames(tmp_path):
    """Frames handed out and let go are freed: nothing in the reader keeps them."""
    import gc
    import weakref

    reader = open_video(clips.write_clip(tmp_path / "a.mp4", [n * 3000 for n in range(30)]))
    alive = []
    for frame in reader:
        alive.append(weakref.ref(frame.image))
        del frame
    gc.collect()
    assert sum(r() is not None for r in alive) == 0


def test_iterators_are_independent(tmp_path):
    reader = open_video(clips.write_clip(tmp_path / "a.mp4", VARIABLE))
    a, b = reader.frames(), reader.frames(3)
    assert [next(a).pts, next(b).pts, next(a).pts, next(b).pts] == [
        Fraction(VARIABLE[n], 90000) for n in (0, 3, 1, 4)
    ]


def not_videos(folder):
    (folder / "text.mp4").write_text("This is a letter, not a film.\n" * 50)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "list.mp4").write_text(f"ffconcat version 1.0\nfile '{folder}/other.mp4'\n")
    (folder / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:1,\nother.ts\n#EXT-X-ENDLIST\n")
    (folder / "text.txt").write_text("words")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with av.open(str(folder / "sound.m4a"), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        stream.codec_context.layout = "stereo"
        for packet in clips.tone_packets(stream, 0.2, 440):
            container.mux(packet)
    clips.write_clip(folder / "headless.mp4", VARIABLE)
    data = (folder / "headless.mp4").read_bytes()
    (folder / "headless.mp4").write_bytes(data[: data.index(b"moov") - 4])
    with av.open(str(folder / "noframes.mkv"), "w") as container:
        clips.add_video(container, (64, 48))
        container.start_encoding()
    (folder / "nothing").mkdir()
    return ["missing.mp4", "sound.m4a", "noframes.mkv", "headless.mp4", "nothing", *(
        p.name for p in folder.iterdir() if p.suffix in (".mp4", ".txt", ".png") and p.name != "headless.mp4"
    )]  # fmt: skip


def test_what_is_no_video_is_refused_in_one_sentence(tmp_path):
    for name in not_videos(tmp_path):
        with pytest.raises(SourceError) as caught:
            open_video(tmp_path / name)
        text = str(caught.value)
        assert name in text and "\n" not in text and len(text) < 300, text


def test_a_film_with_a_cover_picture_shows_the_film(tmp_path):
    """The cover is a video stream too, marked as attached."""
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        if not hasattr(av.stream, "Disposition"):
            pytest.skip("this PyAV cannot mark a cover")
        cover = container.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        stream = clips.add_video(container, (64, 48))
        container.start_encoding()
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        for packet in [*cover.encode(frame), *cover.encode(None)]:
            container.mux(packet)
        for packet in clips.video_packets(stream, VARIABLE, (64, 48)):
            container.mux(packet)
    assert open_video(path).size == (64, 48)
    assert open_video(path).count() == len(VARIABLE)
