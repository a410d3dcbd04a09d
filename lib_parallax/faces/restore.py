"""Options out of files that people bring back: a result, a `job.json`, a preset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import SourceError
from ..infotext import NAME, from_text, whole
from ..media.inscription import text_of
from ..options import LOOP_OPTIONS, OutputOptions, describe

_LONGEST = 4_000_000  # bytes of a job.json or preset that are read


def from_file(path: Path) -> tuple[str, dict[str, Any]]:
    """(loop, options) from a picture with such a text, a `job.json` or a preset that names its loop.

    Raises SourceError for a file that is none of these and OptionError for options that are refused.
    """
    if path.suffix.lower() == ".json":
        return _from_json(path)
    try:
        text = text_of(path)
    except Exception as error:  # Pillow raises several kinds for what is damaged, or meant to do damage
        raise SourceError(f"{path.name}: is neither a picture nor a .json file ({error})") from None
    if f"{NAME}: " not in text:
        raise SourceError(f"{path.name}: holds no options of Parallax")
    return from_text(text)


def _from_json(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        if path.stat().st_size > _LONGEST:
            raise ValueError("it is too long")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        loop, options = content["loop"], content["options"]
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path.name}: cannot be read as JSON: {error}") from None
    except (KeyError, TypeError):
        raise SourceError(f"{path.name}: does not hold a loop and its options") from None
    if not isinstance(options, dict):
        raise SourceError(f"{path.name}: its options are not a mapping of names to values")
    # where somebody else wrote to is nothing to take over
    places = {o.name for o in describe(LOOP_OPTIONS.get(loop, OutputOptions)) if o.path == "write"}
    return whole(str(loop), {name: value for name, value in options.items() if name not in places})
