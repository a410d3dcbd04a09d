"""Keyframes on the way out and in: all schedules of a loop as JSON, and what other programs' files become."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..options import LOOP_OPTIONS, check, describe, parse
from ..timeline import Curve, Prompts
from ..timeline.deforum import read_deforum
from ..timeline.expression import shown
from ..timeline.imported import Imported, load_json
from ..timeline.parseq import read_parseq
from .curves import scheduled

LONGEST = 64 << 20  # bytes of a file that are read
WORDS = ("prompt", "negative", "prefix", "suffix")
WHAT = "keyframes"


def exported(loop: str, values: Mapping[str, Any], curve_of: Callable[[str, str], Curve]) -> str:
    """The text of a file with every schedule of a loop that is not left out, and its prompts.

    values    of the options, as fields give them
    curve_of  reads a schedule: an option's name and its text

    {"loop": "zoom", "schedules": {"speed": {"keys": [...]}}, "words": {"prompt": "..."}}
    Raises OptionError for a schedule that cannot be read.
    """
    schedules = {
        name: curve_of(name, str(values.get(name, o.default))).to_json()
        for name, o in scheduled(loop).items()
        if values.get(name, o.default) is not None
    }
    words = {name: values[name] for name in WORDS if values.get(name)}
    content = {"loop": loop, "schedules": schedules, "words": words}
    return json.dumps(content, indent=4, ensure_ascii=False, allow_nan=False) + "\n"


def read_file(path: Path, loop: str, size: tuple[int, int] | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Option values of a loop, and warnings, from a file of `exported`, of Deforum or of Parseq.

    size  (width, height) of the result, which pixels of Parseq's are counted in; 512 when left out

    Raises OptionError for a file that is none of these, naming what cannot be read.
    """
    try:
        if path.stat().st_size > LONGEST:
            raise OptionError(f"{path.name}: is longer than the {LONGEST >> 20} MB that are read")
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise OptionError(f"{path.name}: cannot be read, {error.strerror or error}") from None
    content = load_json(text, path.name)
    if "schedules" in content:
        return _own(content, loop)
    if "rendered_frames" in content or "keyframes" in content:
        return _brought(read_parseq(content, loop, size or (512, 512)), loop)
    return _brought(read_deforum(content, loop), loop)


def _own(content: Mapping[str, Any], loop: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    schedules, words = content["schedules"], content.get("words", {})
    if not isinstance(schedules, Mapping) or not isinstance(words, Mapping):
        raise OptionError(f"{WHAT}: schedules and words must be mappings of options")
    there, known = scheduled(loop), {o.name: o for o in describe(LOOP_OPTIONS[loop])}
    values: dict[str, Any] = {
        name: Curve.from_json(keys, name).text for name, keys in schedules.items() if name in there
    }
    spoken = {name: text for name, text in words.items() if name in WORDS and name in known}
    values |= {name: check(known[name], text) for name, text in spoken.items()}
    left = [name for name in (*schedules, *words) if name not in values]
    about = f"{loop} has no {', '.join(map(shown, left))}; that is left out"
    return values, (about,) if left else ()


def _brought(imported: Imported, loop: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What another program's file became, as values of fields. Raises OptionError for values out of range."""
    values, warnings = dict(imported.options), list(imported.warnings)
    parse(LOOP_OPTIONS[loop], values)
    if imported.prompts:
        prompts = Prompts.parse(imported.prompts)
        if "prompts" in {o.name for o in describe(LOOP_OPTIONS[loop])}:
            values["prompt"] = json.dumps(imported.prompts, ensure_ascii=False)
        else:
            first = prompts.at(0)
            values |= {"prompt": first.text, "negative": first.negative}
            if len(prompts.rows) > 1:
                warnings.append("prompts change over time in this file; the first one is taken")
    return values, tuple(warnings)
