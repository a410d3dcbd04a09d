"""Tiny clips made with PyAV alone, so that the readers and writers under test have no part in them."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

ASS_HEADER = (
    b"[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\nFormat: Name, Fontname, Fontsize\r\n"
    b"Style: Default,Arial,16\r\n\r\n[Events]\r\nFormat: Layer, Start, End, Style, Text\r\n"
)


def picture(number, width, height):
    """A smooth RGB picture that says its number by its brightness."""
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], axis=-1)
    return np.clip(40 + 12 * (number % 13) + 30 * waves, 0, 255).astype(np.uint8)


def add_video(
    container, size, codec="libx264", pixel_format="yuv420p", time_base=Fraction(1, 90000), **options
):
    stream = container.add_stream(codec, rate=Fraction(30000, 1001))
    if codec == "libx264":  # with it the same frames can come out different each time
        options = {**options, "x264_params": "mbtree=0:" + options.get("x264_params", "")}
    stream.codec_context.options = {k.replace("_", "-"): str(v) for k, v in options.items()}
    stream.width, stream.height = size
    stream.pix_fmt = pixel_format
    stream.codec_context.time_base = stream.time_base = time_base
    return stream


def video_packets(stream, ticks, size, time_base=Fraction(1, 90000)):
    for number, tick in enumerate(ticks):
        frame = av.VideoFrame.from_ndarray(picture(number, *size), "rgb24")
        frame = frame.reformat(format=stream.pix_fmt)
        frame.pts, frame.time_base = tick, time_base
        yield from stream.encode(frame)
    yield from stream.encode(None)


def tone_packets(stream, seconds, pitch, start=0.0, rate=48000):
    """A sine; its first sample lies at `start` seconds."""
    offset = round(start * rate)
    count = round(seconds * rate)
    wave = (0.4 * np.sin(2 * np.pi * pitch * np.arange(count) / rate)).astype(np.float32)
    for at in range(0, count, 1024):
        block = wave[at : at + 1024]
        frame = av.AudioFrame.from_ndarray(np.tile(block, (2, 1)), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, offset + at, Fraction(1, rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def write_clip(path, ticks, size=(64, 48), **options):
    """One video track."""
    with av.open(str(path), "w") as container:
        stream = add_video(container, size, **options)
        for packet in video_packets(stream, ticks, size, options.get("time_base", Fraction(1, 90000))):
            container.mux(packet)
    return Path(path)


def write_everything(path, ticks, size=(64, 48), audio="aac", audio_start=0.0, seconds=2.0):
    """Video, sound (eng 440 Hz, fra 880 Hz), subtitles (deu), chapters, a title."""
    rate = 48000
    with av.open(str(path), "w") as container:
        video = add_video(container, size)
        tones = []
        for language, title in (("eng", "Main"), ("fra", "Commentaire")):
            tone = container.add_stream(audio, rate=rate)
            tone.codec_context.layout = "stereo"
            tone.metadata["language"], tone.metadata["title"] = language, title
            tones.append(tone)
        matroska = Path(path).suffix == ".mkv"
        words = container.add_stream("srt" if matroska else "mov_text")
        words.codec_context.subtitle_header = ASS_HEADER
        words.codec_context.time_base = Fraction(1, 1000)
        words.time_base = Fraction(1, 1000)
        words.metadata["language"] = "deu"
        container.metadata["title"] = "A walk"
        container.set_chapters(
            [
                {
                    "id": 0,
                    "start": 0,
                    "end": 1000,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": "One"},
                },
                {
                    "id": 1,
                    "start": 1000,
                    "end": 2000,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": "Two"},
                },
            ]
        )
        container.start_encoding()
        packets = list(video_packets(video, ticks, size))
        for tone, pitch in zip(tones, (440, 880), strict=True):
            packets += list(tone_packets(tone, seconds, pitch, audio_start))
        for start, text in ((200, "Hallo"), (1200, "Zweite Zeile\nmit Umbruch")):
            data = text.encode()
            packet = av.Packet(data if matroska else struct.pack(">H", len(data)) + data)
            packet.pts = packet.dts = start
            packet.duration, packet.time_base, packet.stream = 500, Fraction(1, 1000), words
            packets.append(packet)
        packets.sort(key=lambda p: p.dts * p.time_base)
        for packet in packets:
            container.mux(packet)
    return Path(path)


def rotate(path, degrees):
    """Writes a clockwise display rotation into the video's track header, as phones do."""
    a, b, c, d = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    matrix = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    data = bytearray(Path(path).read_bytes())
    at = data.index(b"tkhd")
    data[at + 44 : at + 80] = matrix
    Path(path).write_bytes(data)


def tones_of(path, stream):
    """(language, start in seconds, strongest pitch) of an audio track, decoded."""
    with av.open(str(path)) as container:
        track = container.streams.audio[stream]
        frames = list(container.decode(track))
        start = float(frames[0].pts * frames[0].time_base)
        samples = np.concatenate([f.to_ndarray().reshape(-1, f.samples)[0] for f in frames])
        spectrum = np.abs(np.fft.rfft(samples.astype(np.float64)))
        pitch = spectrum.argmax() * track.rate / len(samples)
        return track.metadata.get("language"), start, pitch
