"""Audio tracks carried into a result: copied where its container takes the codec, else encoded to AAC."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_OPUS_RATE = 48000
_MP4 = {"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"}
_COPIED: dict[str, set[str]] = {
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": {"aac", "mp3", "ac3", "eac3", "alac"},
    ".webm": {"opus", "vorbis"},
}


def codec_of(stream: Any) -> str:
    """The codec's own name, whichever library decodes it ("mp3", not "mp3float")."""
    codec = stream.codec_context.codec
    return getattr(codec, "canonical_name", None) or codec.name.removeprefix("lib").removesuffix("float")


def is_copied(codec: str, suffix: str) -> bool:
    if suffix == ".mkv":
        return True
    return codec in _COPIED[suffix] or (suffix == ".mov" and codec.startswith("pcm_"))


_USUAL = {
    1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1", 12: "7.1.4",
    16: "hexadecagonal", 24: "22.2",
}  # fmt: skip
_SMALLER = (8, 7, 6, 5, 4, 2, 1)


def _named(layout: Any) -> str:
    """A layout's name; the usual one for files that say only how many channels there are."""
    if "channel" in layout.name:
        return _USUAL.get(layout.nb_channels, f"{layout.nb_channels}c")
    return layout.name


def fitting_layout(source: Any, suffix: str) -> str | None:
    """The layout in which a track can be encoded: its own, else the nearest with fewer channels.

    Every one is tried out. None where the track cannot be encoded at all.
    """
    context = source.codec_context
    smaller = [_USUAL[count] for count in _SMALLER if count <= context.layout.nb_channels]
    return next(
        (name for name in (_named(context.layout), *smaller) if _is_taken(context, suffix, name)), None
    )


def is_own(source: Any, layout: str) -> bool:
    """Whether `layout` is the track's own, so that nothing is mixed down."""
    return layout == _named(source.codec_context.layout)


def _is_taken(context: Any, suffix: str, layout: str) -> bool:
    import av

    name, rate = encoder_for(context.sample_rate, suffix)
    try:
        encoder: Any = av.CodecContext.create(name, "w")
        encoder.sample_rate, encoder.layout = rate, layout
        encoder.format = encoder.codec.audio_formats[0]
        encoder.open()
        source: Any = av.AudioFrame(context.format.name, _named(context.layout), 1024)
        for plane in source.planes:
            plane.update(bytes(plane.buffer_size))
        source.sample_rate, source.pts, source.time_base = context.sample_rate, 0, Fraction(1, rate)
        graph = graph_to(source, source.time_base, (rate, encoder.format.name, layout), 256)
        graph.push(source)
        graph.push(None)
        graph.pull()
    except (av.FFmpegError, ValueError):
        return False
    return True


def encoder_for(rate: int, suffix: str) -> tuple[str, int]:
    """The encoder for a container, and the sample rate it is given for sound of `rate`."""
    if suffix == ".webm":
        return "libopus", _OPUS_RATE
    return "aac", next((r for r in _AAC_RATES if r <= rate), 8000)


def add_track(container: Any, name: str, rate: int, layout: str) -> Any:
    """A new audio stream of `container`, encoded by `name`."""
    stream = container.add_stream(name, rate=rate)
    encoder = stream.codec_context
    encoder.layout = layout
    encoder.bit_rate = 96_000 * max(1, encoder.layout.nb_channels)
    encoder.time_base = stream.time_base = Fraction(1, rate)
    encoder.flags |= 1 << 23  # AV_CODEC_FLAG_BITEXACT: no version of the encoder in its bytes
    return stream


def graph_to(first: Any, time_base: Fraction, wanted: tuple[int, str, str], samples: int) -> Any:
    """From frames like `first` to the `wanted` rate, format and layout.

    Gaps become silence, so that what follows them stays in time; frames get the encoder's length.
    """
    import av

    rate, form, layout = wanted
    graph = av.filter.Graph()
    steps = [
        graph.add_abuffer(
            sample_rate=first.sample_rate,
            format=first.format.name,
            layout=_named(first.layout),
            time_base=time_base,
        ),
        graph.add("aresample", f"{rate}:async=1"),
        graph.add("aformat", f"sample_fmts={form}:sample_rates={rate}:channel_layouts={layout}"),
        graph.add("asetnsamples", f"n={samples}:p=0"),
        graph.add("abuffersink"),
    ]
    for a, b in itertools.pairwise(steps):
        a.link_to(b)
    graph.configure()
    return graph


class SoundEncoder:
    """Packets of one source track, in AAC (Opus for WebM), on the source's clock.

    `layout` is what `fitting_layout` found.
    """

    def __init__(self, container: Any, source: Any, suffix: str, origin: Fraction, layout: str) -> None:
        name, rate = encoder_for(source.codec_context.sample_rate, suffix)
        self.stream = add_track(container, name, rate, layout)
        self._source, self._origin, self._rate, self._layout = source, origin, rate, layout
        self._format = self.stream.codec_context.format.name
        self._graph: Any = None

    def packets(self, packet: Any) -> Iterator[Any]:
        """Encoded packets for one source packet; None ends the track. Damaged packets give nothing."""
        import av

        try:
            frames = self._source.codec_context.decode(packet)
        except av.FFmpegError:
            frames = []
        for frame in frames:
            if self._graph is None:
                wanted = (self._rate, self._format, self._layout)
                samples = self.stream.codec_context.frame_size or 1024
                self._graph = graph_to(frame, self._source.time_base, wanted, samples)
            self._graph.push(frame)
            yield from self._drained()
        if packet is None:
            if self._graph is not None:
                self._graph.push(None)
                yield from self._drained()
            yield from self._encoded(None)

    def _drained(self) -> Iterator[Any]:
        import av

        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            if frame.pts is not None:
                unit = frame.time_base or Fraction(1, self._rate)
                frame.pts = round((frame.pts * unit - self._origin) * self._rate)
                frame.time_base = Fraction(1, self._rate)
            yield from self._encoded(frame)

    def _encoded(self, frame: Any) -> Iterator[Any]:
        for packet in self.stream.encode(frame):
            packet.stream = self.stream
            yield packet
