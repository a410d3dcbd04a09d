"""What a file carries besides its frames: audio and subtitle tracks, chapters, their names and languages."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .reader import Chapter, Track

DEFAULT, FORCED = 0x1, 0x40


def disposition(stream: Any) -> int:
    """FFmpeg's disposition bits of a stream (0 where PyAV is too old to tell)."""
    value = getattr(stream, "disposition", 0)
    return int(getattr(value, "value", value))


def audio_tracks(container: Any) -> list[Track]:
    return [
        _track(s, rate=s.codec_context.sample_rate, channels=s.codec_context.layout.nb_channels)
        for s in container.streams.audio
        if s.codec_context is not None
    ]


def subtitle_tracks(container: Any) -> list[Track]:
    return [_track(s) for s in container.streams.subtitles]


def read_chapters(container: Any) -> list[Chapter]:
    """Chapters in order (none where PyAV is too old to tell)."""
    if not hasattr(container, "chapters"):
        return []
    marks = []
    for chapter in container.chapters():
        unit = chapter["time_base"] or Fraction(1, 1000)
        title = chapter["metadata"].get("title", "")
        marks.append(Chapter(chapter["start"] * unit, chapter["end"] * unit, title))
    return marks


def write_chapters(container: Any, chapters: list[Chapter]) -> bool:
    """Gives an output container its chapters, to the millisecond. False where PyAV cannot."""
    if not chapters:
        return True
    if not hasattr(container, "set_chapters"):
        return False
    container.set_chapters(
        [
            {
                "id": number,
                "start": round(c.start * 1000),
                "end": round(c.end * 1000),
                "time_base": Fraction(1, 1000),
                "metadata": {"title": c.title} if c.title else {},
            }
            for number, c in enumerate(chapters)
        ]
    )
    return True


def track_title(metadata: dict[str, str]) -> str | None:
    """Matroska calls it title, MP4 name."""
    return metadata.get("title") or metadata.get("name") or None


def _track(stream: Any, rate: int | None = None, channels: int | None = None) -> Track:
    bits = disposition(stream)
    codec = stream.codec_context.name if stream.codec_context is not None else "unknown"
    return Track(
        index=stream.index,
        codec=codec,
        language=stream.metadata.get("language"),
        title=track_title(stream.metadata),
        default=bool(bits & DEFAULT),
        forced=bool(bits & FORCED),
        rate=rate,
        channels=channels,
        metadata=dict(stream.metadata),
    )
