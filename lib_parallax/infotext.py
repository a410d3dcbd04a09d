"""Options as text, and back: what stands as "parameters" in a picture.

Written as the webui writes its own: `Name: value` pairs in one line, values that hold a comma or
a colon in quotes. Only what differs from the defaults is written.

    Parallax: stereo, strength: 3, layout: half-sbs
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .errors import OptionError
from .options import LOOP_OPTIONS, describe, parse

NAME = "Parallax"
_PAIR = re.compile(r'\s*([\w .]+):\s*("(?:\\.|[^"\\])*"|[^,\n]*)(?:,|$)', re.MULTILINE)


def to_text(loop: str, options: Mapping[str, Any]) -> str:
    """One line that `from_text` makes the same options of, but for those that name a place to write to.

    Raises OptionError for what is refused.
    """
    _, chosen = whole(loop, options)
    pairs = [f"{NAME}: {loop}"]
    for o in describe(LOOP_OPTIONS[loop]):
        value = chosen[o.name]
        if o.kind == "size" and value is not None:
            value = "x".join(map(str, value))
        if value != o.default and o.path != "write":
            pairs.append(f"{o.name}: {_quoted('' if value is None else str(value))}")
    return ", ".join(pairs)


def from_text(text: str) -> tuple[str, dict[str, Any]]:
    """(loop, its options, every one of them) from a text that holds such a line.

    Raises OptionError for a text that Parallax did not write, or with options that it refuses.
    """
    line = next((part for part in text.split("\n") if f"{NAME}: " in part), None)
    if line is None:
        raise OptionError("this text holds no options of Parallax")
    pairs = {m[1].strip(): _unquoted(m[2].strip()) for m in _PAIR.finditer(line[line.index(f"{NAME}: ") :])}
    loop = pairs.pop(NAME)
    known = {o.name for o in describe(LOOP_OPTIONS[loop])} if loop in LOOP_OPTIONS else set()
    # what stands in the same line and is not ours is another program's
    return whole(loop, {name: value for name, value in pairs.items() if name in known})


def whole(loop: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The loop and all its options, checked; what is left out has its default. Raises OptionError."""
    if loop not in LOOP_OPTIONS:
        raise OptionError(f"loop: {loop!r} is not one of {', '.join(LOOP_OPTIONS)}", "loop")
    return loop, dict(vars(parse(LOOP_OPTIONS[loop], options)))


def _quoted(value: str) -> str:
    plain = value and value == value.strip() and not re.search(r'[,:"\n]', value)
    return value if plain else json.dumps(value, ensure_ascii=False)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        raise OptionError(f"{value} is not a text in quotes") from None
