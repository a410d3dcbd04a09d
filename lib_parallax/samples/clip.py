"""The street as a short clip with sound: the camera walks, a near thing crosses, wires hang before it all."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..types import Size
from .street import Street

SOUND_RATE = 48000
STEPS_A_SECOND = 2


def write_clip(
    path: str | Path,
    size: Size = (960, 540),
    seconds: float = 6,
    rate: Fraction = Fraction(25),
) -> Path:
    """Renders the clip to `path`, an MP4 of H.264 and stereo AAC, and returns the path.

    size     (width, height), made even; the scene is drawn for 16:9
    seconds  shown; the scene is made for six
    rate     frames a second
    Raises OutputError where the place cannot be written. The file appears when it is whole.
    """
    from ..media import open_writer
    from ..media.publish import publish, refusals, remove, temporary

    path = Path(path)
    size = (size[0] // 2 * 2, size[1] // 2 * 2)
    count = max(1, round(seconds * rate))
    silent, whole = temporary(path), temporary(path)
    try:
        with open_writer(silent, size, rate=rate, codec="h264", quality="balanced") as writer:
            for index, image in enumerate(pictures(size, count, rate)):
                writer.write(image, index / rate)
        with refusals(path):
            _add_sound(silent, whole, sound(count / rate))
        publish(whole, path)
    finally:
        remove(silent)
        remove(whole)
    return path


def pictures(size: Size, count: int, rate: Fraction) -> Iterator[np.ndarray]:
    """The frames, uint8 [H, W, 3], in order; a few are rendered at a time."""
    from .clip_kernels import picture

    def render(index: int) -> np.ndarray:
        street = Street(size, motion="walk", time=float(index / rate))
        return picture(*size, *street.place)

    workers = os.cpu_count() or 1
    waiting: deque[Future[np.ndarray]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for index in range(count):
            waiting.append(pool.submit(render, index))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def sound(seconds: Fraction) -> np.ndarray:
    """Steps, wind, a passing hum and a chord; float32 [2, samples] in -1..1, left first."""
    time = np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
    random = np.random.default_rng(1)
    wind = _soft(random.standard_normal(len(time)), 90) * (1 + 0.5 * np.sin(0.9 * time))
    chord = sum(np.sin(2 * np.pi * tone * time) for tone in (220.0, 277.18, 329.63)) / 3
    # the hum goes with the thing that crosses from right to left, loudest half way
    side = np.clip(time / 6, 0, 1)
    near = np.exp(-((time - 2.8) ** 2))
    hum = np.sign(np.sin(2 * np.pi * 70 * time * (1 - 0.004 * time)))
    hum = _soft(hum, 60) * near
    phase = time * STEPS_A_SECOND % 1
    foot = np.where((time * STEPS_A_SECOND).astype(int) % 2 == 0, 0.35, 0.65)
    step = _soft(random.standard_normal(len(time)), 12) * np.exp(-40 * phase)
    left = 0.5 * wind + 0.05 * chord + 0.5 * hum * side + step * (1 - foot)
    right = 0.5 * wind + 0.05 * chord + 0.5 * hum * (1 - side) + step * foot
    fade = np.clip(np.minimum(time, time[-1] - time) / 0.25, 0, 1)
    mix = np.stack([left, right]) * fade
    return (0.6 * mix / max(1e-6, np.abs(mix).max())).astype(np.float32)


def _soft(signal: np.ndarray, length: int) -> np.ndarray:
    """The running mean over `length` samples, which takes the high tones off."""
    return np.convolve(signal, np.full(length, 1 / length), "same")


def _add_sound(silent: Path, whole: Path, samples: np.ndarray) -> None:
    """The picture of `silent`, copied, and `samples` as AAC."""
    import av

    with (
        av.open(str(silent)) as source,
        av.open(str(whole), "w", container_options={"fflags": "+bitexact", "movflags": "+faststart"}) as out,
    ):
        picture = out.add_stream_from_template(source.streams.video[0])
        track = out.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        track.codec_context.bit_rate = 128_000
        track.codec_context.flags |= 1 << 23  # bit-exact: no version of the encoder in its bytes
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE, Fraction(1, SOUND_RATE), 0
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = picture
                out.mux(packet)
        out.mux(track.encode(frame))
        out.mux(track.encode(None))
