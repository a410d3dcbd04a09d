"""Segments into one picture that moves by itself: a GIF, or a WebP.

A job keeps its frames without loss until all are there; a GIF's palette is of all of them. They are read
one after the other, never held together.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import OutputError
from ..types import Size
from . import gif, webp
from .pictures import load_rgb
from .publish import publish, refusals, remove, temporary
from .reader import Pixels, open_source
from .rgba import to_rgba

ANIMATION_SUFFIXES = (".gif", ".webp")
SEGMENTS = "ffv1"  # the codec of what `animate` reads
MANY, WIDE = 2000, 1280  # frames and pixels beyond which a video is the better result
_SWEEP = 16  # frames
_KINDS = {".gif": gif, ".webp": webp}


def check_animation(path: Path, size: Size) -> None:
    """Raises OutputError for frames that a GIF or WebP cannot hold."""
    most = _KINDS[path.suffix.lower()].MOST
    if max(size) > most:
        raise OutputError(
            f"{path}: {path.suffix.lower()} files hold at most {most} pixels a side, and these frames are "
            f"{size[0]}x{size[1]}"
        )


def concerns(path: Path, size: Size, frames: int, rate: Fraction | None, aspect: Fraction) -> list[str]:
    """What speaks against this result, in sentences; the job is done all the same."""
    found = []
    if frames > MANY or size[0] > WIDE:
        found.append(
            f"{path.name}: {frames} frames of {size[0]}x{size[1]} make a very large {_name(path)}; a video "
            f"holds them in a fraction of that (advised are at most {MANY} frames, {WIDE} wide)"
        )
    kind = _KINDS[path.suffix.lower()]
    fastest = 1 / (kind.UNIT * kind.LEAST)
    if rate is not None and rate > fastest:
        found.append(
            f"{path.name}: browsers show at most {float(fastest):.3g} frames a second of a {_name(path)}; "
            f"of {float(rate):.3g} some are left out"
        )
    if aspect != 1:
        found.append(
            f"{path.name}: pixels of a {_name(path)} are square, and these are {float(aspect):.3g} times as "
            "wide as high; a size brings them into shape"
        )
    return found


def animate(
    segments: list[Path], output: Path, *, quality: str = "balanced", text: str = "",
    temp_folder: Path | None = None,
) -> None:  # fmt: skip
    """Writes the frames of FFV1 segments, in order of time, to a .gif or .webp that is played for ever.

    text  kept in a WebP. The same inputs give the same bytes. Raises OutputError, leaving nothing, when the
    file cannot be written.
    """
    suffix = output.suffix.lower()
    kind = _KINDS[suffix]
    with open_source(segments[0], Pixels(to_rgba, load_rgb)) as first:
        size = first.size
    part = temporary(output, temp_folder)
    try:
        with refusals(output):
            if suffix == ".gif":
                gif.write_gif(part, size, lambda: timed(_frames(segments), kind.UNIT, kind.LEAST))
            else:
                frames = timed(_frames(segments), kind.UNIT, kind.LEAST)
                webp.write_webp(part, size, frames, quality, text)
        publish(part, output)
    except BaseException:
        remove(part)
        raise


def timed(
    frames: Iterator[tuple[np.ndarray, Fraction]], unit: Fraction, least: int
) -> Iterator[tuple[np.ndarray, int, int]]:
    """Each picture with the whole units at which it begins and ends, from 0 on.

    Times are rounded, not spans, so that rounding never adds up. What would be shown for less than `least`
    is left out. The last is shown as long as those before it were on the average.
    """
    held: np.ndarray | None = None
    begun, count = 0, 0
    origin = latest = Fraction(0)
    for image, pts in frames:
        if count == 0:
            origin = pts
        count, latest = count + 1, pts - origin
        start = round(latest / unit)
        if held is not None and start - begun < least:
            continue
        if held is not None:
            yield held, begun, start
        held, begun = image, start
    if held is not None:
        step = latest / (count - 1) if count > 1 else Fraction(1, 10)
        yield held, begun, max(round((latest + step) / unit), begun + least)


def _frames(segments: list[Path]) -> Iterator[tuple[np.ndarray, Fraction]]:
    """RGBA `[H, W, 4]` uint8 and seconds."""
    for path in segments:
        with open_source(path, Pixels(to_rgba, load_rgb)) as reader:
            for number, frame in enumerate(reader):
                # PyAV's frames hold each other, and the collector counts them, not their size
                if number % _SWEEP == 0:
                    gc.collect(1)
                yield frame.image, frame.pts


def _name(path: Path) -> str:
    return {".gif": "GIF", ".webp": "WebP"}[path.suffix.lower()]
