"""The sound that lies under a result, as curves that its schedules may follow: audio.bass and the like."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import OptionError
from ..media.audio import decode
from ..options import OutputOptions
from ..timeline.curve_names import Curves
from ..timeline.envelope import curves

RATE = 22050  # samples a second that are listened to


def sound_curves(options: OutputOptions, fps: float | Fraction, frames: int) -> Curves | None:
    """The curves of the options' sound, a number a frame; None where no option asks for them.

    Raises OptionError where one does and there is no sound, and SourceError for sound that cannot be read.
    """
    asking = [f.name for f in fields(options) if "audio." in str(getattr(options, f.name))]
    asking = [name for name in asking if isinstance(getattr(options, name), str) and name not in _PLAIN]
    if not asking:
        return None
    if options.sound is None:
        raise OptionError(
            f"{asking[0]}: audio.* follows the sound, and there is none; give --sound", asking[0]
        )
    path = Path(options.sound).expanduser()
    return _curves(
        path, path.stat().st_mtime_ns, options.sound_start, options.sound_repeat, float(fps), frames
    )


_PLAIN = ("prompt", "prompts", "negative", "sound", "depth", "stylised", "mask")  # words and paths


@lru_cache(maxsize=2)
def _curves(
    path: Path, changed: int, start: float, repeat: bool, fps: float, frames: int
) -> dict[str, np.ndarray]:
    """`changed` is when the file was: a plan and its frames listen once."""
    del changed
    heard = decode(path, RATE, 1)[:, round(start * RATE) :]
    needed = int(np.ceil(frames / fps * RATE))
    if repeat and 0 < heard.shape[1] < needed:
        heard = np.tile(heard, -(-needed // heard.shape[1]))
    return curves(heard[:, :needed], RATE, fps, frames)
