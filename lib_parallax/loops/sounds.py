"""The sound that lies under a result, as curves that its schedules may follow: audio.bass and the like."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import OptionError
from ..media.audio import decode
from ..options import OutputOptions, describe
from ..timeline.curve_names import Curves
from ..timeline.envelope import curves

RATE = 22050  # samples a second that are listened to


def sound_curves(options: OutputOptions, fps: float | Fraction, frames: int) -> Curves | None:
    """The curves of the options' sound, a number a frame; None where no option asks for them.

    Raises OptionError where one does and there is no sound, and SourceError for sound that cannot be read.
    """
    given = {o.name: getattr(options, o.name) for o in describe(type(options)) if not o.path}
    asking = [
        name
        for name, value in given.items()
        if isinstance(value, str) and "audio." in value and name not in _WORDS
    ]
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


_WORDS = ("prompt", "negative", "prefix", "suffix", "layer_prompts", "object_prompts")


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
