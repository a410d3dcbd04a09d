"""Files of plain tones, silent films to lay them under, and how loud samples are, for tests of sound."""

from fractions import Fraction

import av
import clips
import numpy as np

from lib_parallax.media import open_writer, segment_suffix

RATE, FRAME = 48000, 1024


def tone(path, seconds=1.0, pitch=440.0, channels=2, rate=RATE, codec="pcm_s16le", start=0):
    """A sine of amplitude 0.4; a second channel is silent."""
    wave = 0.4 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)
    samples = np.stack([wave, 0 * wave])[:channels].astype(np.float32)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = "mono" if channels == 1 else "stereo"
        resampler = av.AudioResampler(stream.format.name, stream.layout, rate)
        for at in range(0, samples.shape[1], FRAME):
            block = np.ascontiguousarray(samples[:, at : at + FRAME])
            frame = av.AudioFrame.from_ndarray(block, "fltp", stream.layout.name)
            frame.sample_rate, frame.pts, frame.time_base = rate, start + at, Fraction(1, rate)
            for changed in resampler.resample(frame):
                out.mux(stream.encode(changed))
        out.mux(stream.encode(None))
    return path


def level(samples):
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if samples.size else 0.0


def film(folder, frames=20, suffix=".mp4", codec="h264", rate=10):
    """Segments of a silent film of `frames` at `rate` a second."""
    path = folder / f"film{segment_suffix(codec)}"
    with open_writer(path, (32, 16), rate=Fraction(rate), codec=codec, quality="draft") as writer:
        for number in range(frames):
            writer.write(clips.picture(number, 32, 16), Fraction(number, rate))
    return [path]
