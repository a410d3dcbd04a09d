"""Options as text, and back: what a picture's "parameters" say, and what `job.json` holds.

Written as the webui writes its own: `Name: value` pairs in one line, values that hold a comma or
a colon in quotes. Only what differs from the defaults is written.

    Parallax: stereo, strength: 3, layout: half-sbs
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import OptionError, SourceError
from ..options import LOOP_OPTIONS, describe, parse

NAME = "Parallax"
_PAIR = re.compile(r'\s*([\w .]+):\s*("(?:\\.|[^"\\])*"|[^,\n]*)(?:,|$)', re.MULTILINE)
_LONGEST = 4_000_000  # bytes of a job.json or preset that are read


def to_text(loop: str, options: Mapping[str, Any]) -> str:
    """One line that `from_text` makes the same options of. Raises OptionError for what is refused."""
    _, chosen = whole(loop, options)
    pairs = [f"{NAME}: {loop}"]
    for o in describe(LOOP_OPTIONS[loop]):
        value = chosen[o.name]
        if o.kind == "size" and value is not None:
            value = "x".join(map(str, value))
        if value != o.default:
            pairs.append(f"{o.name}: {_quoted('' if value is None else str(value))}")
    return ", ".join(pairs)


def from_text(text: str) -> tuple[str, dict[str, Any]]:
    """(loop, its options, every one of them) from a text that holds such a line.

    Raises OptionError for a text that Parallax did not write, or with options that it refuses.
    """
    line = next((part for part in text.splitlines() if f"{NAME}: " in part), None)
    if line is None:
        raise OptionError("this text holds no options of Parallax")
    pairs = {m[1].strip(): _unquoted(m[2].strip()) for m in _PAIR.finditer(line[line.index(f"{NAME}: ") :])}
    loop = pairs.pop(NAME)
    known = {o.name for o in describe(LOOP_OPTIONS[loop])} if loop in LOOP_OPTIONS else set()
    # what stands in the same line and is not ours is another program's
    return whole(loop, {name: value for name, value in pairs.items() if name in known})


def from_file(path: Path) -> tuple[str, dict[str, Any]]:
    """(loop, options) from a picture with such a text, a `job.json` or a preset that names its loop.

    Raises SourceError for a file that is none of these and OptionError for options that are refused.
    """
    if path.suffix.lower() == ".json":
        return _from_json(path)
    from PIL import Image

    try:
        with Image.open(path) as picture:
            text = picture.info.get("parameters", "")
    except OSError as error:
        raise SourceError(f"{path.name}: is neither a picture nor a .json file ({error})") from None
    if f"{NAME}: " not in str(text):
        raise SourceError(f"{path.name}: holds no options of Parallax")
    return from_text(str(text))


def whole(loop: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The loop and all its options, checked; what is left out has its default. Raises OptionError."""
    if loop not in LOOP_OPTIONS:
        raise OptionError(f"loop: {loop!r} is not one of {', '.join(LOOP_OPTIONS)}", "loop")
    return loop, dict(vars(parse(LOOP_OPTIONS[loop], options)))


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
    return whole(str(loop), options)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if not value or re.search(r'[,:"\n]', value) else value


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        raise OptionError(f"{value} is not a text in quotes") from None
