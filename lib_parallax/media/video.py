"""Frames of a video file: streamed, upright, with exact timestamps, and exact again after a seek."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import SourceError
from ..types import Frame
from .colour import depth_of, of_frame, rescaled, resized
from .container import main_video, open_input
from .decoding import CannotSeek, Decoder, Hurt, proved, seek
from .hasten import hastened
from .index import FrameIndex, build
from .orientation import UPRIGHT, Orientation, from_display_matrix
from .picture_files import check_pixels
from .reader import Chapter, Pixels, Reader
from .side_data import side_data
from .tracks import audio_tracks, read_chapters, subtitle_tracks
from .vectors import turned, vectors_of

_FRAMES_TO_PROBE = 3
_RUNNING_CLOCKS = ("mpegts", "mpeg", "vob", "rtsp")


class VideoReader(Reader):
    """A file with a video track, read through PyAV. Raises SourceError if not one frame decodes."""

    kind = "video"

    def __init__(self, path: Path, pixels: Pixels) -> None:
        super().__init__(path)
        self._pixels = pixels.video
        self._index: FrameIndex | None = None
        self._paired = True  # one packet is one frame
        self._first: int | None = None
        self._orientation: Orientation = UPRIGHT
        self._stored_size = (0, 0)
        with open_input(path) as container:
            stream = self._stream(container)
            check_pixels(path, (stream.codec_context.width, stream.codec_context.height))
            self._describe(container, stream)
            self._probe(container, stream)

    def _describe(self, container: Any, stream: Any) -> None:
        self.time_base = stream.time_base
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate
        self.rate = Fraction(rate).limit_denominator(100_000) if rate else Fraction(25)
        if stream.duration:
            self.duration = stream.duration * stream.time_base
        elif container.duration:
            self.duration = Fraction(container.duration, 1_000_000)
        if container.start_time and container.format.name in _RUNNING_CLOCKS:
            self.origin = Fraction(container.start_time, 1_000_000) // self.time_base * self.time_base
        self.audio = audio_tracks(container)
        self.subtitles = subtitle_tracks(container)
        self.chapters = [
            Chapter(c.start - self.origin, c.end - self.origin, c.title) for c in read_chapters(container)
        ]
        self.metadata = dict(container.metadata)

    def _probe(self, container: Any, stream: Any) -> None:
        """Learns from the first frames what the container need not say, or say rightly."""
        first = None
        seen, skipped = 0, 0
        for pts, frame in Decoder(container, stream, self, quiet=True):
            if frame is None:
                skipped += first is not None
                continue
            if first is None:
                first = frame
                self._first = pts
            seen += 1
            if seen == _FRAMES_TO_PROBE:
                break
        if first is None:
            raise SourceError(f"{self.path}: not one frame of its video can be decoded")
        self._paired = skipped == 0
        self.colour = of_frame(first, stream.codec_context)
        self.bit_depth = depth_of(first.format)
        self._stored_size = (first.width, first.height)
        matrix = side_data(first, "DISPLAYMATRIX")
        if matrix is not None:
            self._orientation = from_display_matrix(bytes(matrix))
        self.rotation = self._orientation.rotation
        self.size = self._orientation.size(first.width, first.height)
        aspect = stream.sample_aspect_ratio
        if aspect:
            self.sample_aspect = 1 / Fraction(aspect) if self._orientation.transpose else Fraction(aspect)

    def count(self) -> int:
        if not self._paired:
            if self._index is None:
                self._index = FrameIndex(trusted=False)
                with open_input(self.path) as container:
                    decoder = Decoder(container, self._stream(container), self, paired=False)
                    self._index.shown.extend(range(sum(1 for _ in self._timed(decoder))))
            return len(self._index.shown)
        return len(self._indexed().shown)

    def _indexed(self) -> FrameIndex:
        if self._index is None:
            with open_input(self.path) as container:
                self._index = build(container, main_video(container), self._first)
        return self._index

    def frames(self, start: int = 0) -> Iterator[Frame]:
        return self._frames(start, vectors=False)

    def frames_with_vectors(self, start: int = 0) -> Iterator[Frame]:
        return self._frames(start, vectors=True)

    def few(self, start: int, count: int) -> list[Frame]:
        if start >= 0 and self._paired:
            index = self._indexed()
            with suppress(CannotSeek, Hurt):
                if start < len(index.shown):
                    found = islice(hastened(self, index, start), count)
                    return [self._shown(frame, pts) for pts, frame in found]
        return super().few(start, count)

    def _frames(self, start: int, vectors: bool) -> Iterator[Frame]:
        if start < 0:
            raise ValueError("frames are counted from 0")
        number, tolerant = start, False
        while True:
            try:
                for pts, frame in self._decoded(number, tolerant, vectors):
                    yield self._shown(frame, pts)
                    number += 1
                return
            except Hurt as hurt:
                self.damage("damaged at about", hurt.time)
                tolerant = True

    def _decoded(self, start: int, tolerant: bool, vectors: bool) -> Iterator[tuple[Fraction, Any]]:
        """(pts, decoded frame) from the start-th on, by seeking or else from the first."""
        if start and self._paired:
            try:
                yield from self._from_key(start, tolerant, vectors)
                return
            except CannotSeek:
                pass
        with open_input(self.path) as container:
            decoder = Decoder(
                container, self._stream(container), self, tolerant=tolerant, paired=self._paired,
                vectors=vectors,
            )  # fmt: skip
            yield from islice(self._timed(decoder), start, None)

    def packets_are_not_frames(self) -> None:
        """Told by decoding, where the probe's few frames did not show it (interlaced streams in fields)."""
        if self._paired:
            self._paired, self._index = False, None

    def first_pts(self) -> int | None:
        """Of the first frame that decodes, in ticks."""
        return self._first

    def _from_key(self, start: int, tolerant: bool, vectors: bool) -> Iterator[tuple[Fraction, Any]]:
        """From the start-th frame on, by seeking. Raises CannotSeek before the first, unless the way there
        is proved: it begins with a keyframe of the index and gives every frame in the index's order."""
        index = self._indexed()
        if start >= len(index.shown):
            return
        target = index.shown[start]
        key = index.key_before(target)
        if tolerant and key is not None:
            # Damage is concealed from what was decoded before: only a whole run-up gives the same again.
            key = index.key_before(key[0] - 1)
        if not index.trusted or key is None or key[0] <= index.shown[0]:
            raise CannotSeek
        with open_input(self.path) as container:
            stream = self._stream(container)
            seek(container, stream, key[1])
            decoder = Decoder(container, stream, self, tolerant=tolerant, vectors=vectors)
            position: int | None = None
            started, last = False, None
            for pts, frame in decoder:
                if not started:
                    position = proved(index, decoder, position, pts, frame)
                    if position is None:
                        continue
                    if pts > target:
                        raise CannotSeek
                    started = pts == target
                last = frame or last
                if started:
                    yield pts * self.time_base - self.origin, last
            if not started:
                raise CannotSeek

    def _timed(self, decoder: Decoder) -> Iterator[tuple[Fraction, Any]]:
        """(pts, decoded frame) in order from the first; frames that are lost repeat the one before."""
        tick, step = self.time_base, 1 / (self.rate or Fraction(25))
        last: Any = None
        last_pts: Fraction | None = None
        shift = Fraction(0)
        for ticks, frame in decoder:
            if last is None and frame is None:
                continue
            last = frame or last
            if ticks is None:
                pts = Fraction(0) if last_pts is None else last_pts + step
            else:
                pts = ticks * tick - self.origin + shift
            if last_pts is not None and pts <= last_pts:
                self.warn(f"timestamps run backwards at about {float(pts):.1f} s")
                if last_pts - pts > 1:  # the clock was reset: go on from where it was
                    shift += last_pts + step - pts
                    pts = last_pts + step
                else:
                    pts = last_pts + tick
            last_pts = pts
            yield pts, last

    def _stream(self, container: Any) -> Any:
        stream = main_video(container)
        if stream is None:
            raise SourceError(f"{self.path}: there is no video track in it")
        return stream

    def _clock(self, time: Fraction) -> str:
        return f"{max(0.0, float(time - self.origin)):.1f} s"

    def damage(self, what: str, time: Fraction) -> None:
        """Something that decoding met; `time` is the file's own."""
        self.warn(f"{what} {self._clock(time)}")

    def _shown(self, frame: Any, pts: Fraction) -> Frame:
        vectors = vectors_of(frame)  # before it is scaled: a scaled frame has none
        if (frame.width, frame.height) != self._stored_size:
            self.warn(f"the picture's size changes at about {float(pts):.1f} s; it is scaled to the first")
            frame = resized(frame, self._stored_size)
        extra = {} if vectors is None else {"vectors": turned(vectors, self._orientation)}
        image = self._pixels(frame, self.colour)
        if image.dtype.kind == "u":  # a stream may change its bits in the middle as well
            image = rescaled(image, 16 if self.bit_depth > 8 else 8)
        return Frame(self._orientation.apply(image), pts, extra)
