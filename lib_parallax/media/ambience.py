"""Sounds that go on and on under a result, from the text that names them.

rain.ogg @ -12 dB
birds.wav @ -6 dB pan 0.4; brook.flac @ pan -0.5
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..errors import OptionError
from .mixing import Track

SEAM = 2.0  # s over which the end of a sound and its beginning are cross-faded
QUIETEST, LOUDEST = -80.0, 24.0  # dB
MOST = 256  # sounds, each of which is a file that is open all the time
LONGEST = 100  # characters behind the @
_NUMBER = r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)"
_VOLUME = re.compile(rf"{_NUMBER}\s*db", re.IGNORECASE)
_PAN = re.compile(rf"pan\s*{_NUMBER}", re.IGNORECASE)


def tracks_in(text: str, option: str) -> list[Track | None]:
    """A repeated track for each line or part between semicolons; None where it is blank.

    option  whose text it is, for errors

    Raises OptionError for what stands behind " @ " and is neither a volume nor a pan, and for too many.
    """
    found = [_track(part, option) for part in re.split(r"[;\n]", text)]
    count = sum(track is not None for track in found)
    if count > MOST:
        raise OptionError(f"{option}: {count} sounds; {MOST} are the most", option)
    return found


def _track(part: str, option: str) -> Track | None:
    name, _, how = part.strip().partition(" @ ")
    if not name:
        return None
    if len(how) > LONGEST:
        raise OptionError(f"{option}: {part.strip()[:LONGEST]!r}... is too long behind its @", option)
    volume, how = _taken(_VOLUME, how)
    pan, how = _taken(_PAN, how)
    if how.strip(" ,"):
        raise OptionError(f"{option}: {part.strip()!r}: after @ comes -12 dB, pan 0.5 or both", option)
    if not QUIETEST <= volume <= LOUDEST:
        raise OptionError(f"{option}: {volume:g} dB is outside {QUIETEST:g} to {LOUDEST:g} dB", option)
    if not -1 <= pan <= 1:
        raise OptionError(f"{option}: pan {pan:g} is outside -1 (left) to 1 (right)", option)
    path = Path(os.path.abspath(os.path.expanduser(name.strip())))
    return Track(path, repeat=True, seam=SEAM, volume=volume, pan=pan)


def _taken(pattern: re.Pattern[str], text: str) -> tuple[float, str]:
    """The number that the pattern finds, 0 where it finds none, and the text without it."""
    found = pattern.search(text)
    return (float(found[1]), text[: found.start()] + text[found.end() :]) if found else (0.0, text)
