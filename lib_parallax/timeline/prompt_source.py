"""What a prompt timeline is given as, brought to one of two: a mapping or a list of rows."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import OptionError
from .expression import shown

MOST_CHARACTERS = 1_000_000

_FILES = (".json", ".txt")
# Prompts begin with brackets too: "[red|blue] cow", "[[blurry]] sky", "{masterpiece}", "{2$$a|b|c}".
_JSON = re.compile(r"""\s*(?:\{\s*(?:["'}]|\d+\s*:(?!:))|\[\s*(?:["'{\]]|\[\s*(?:"|\d+\s*[,.])))""")


def load(source: Any, name: str) -> tuple[Mapping[str, Any] | Sequence[Any], Path]:
    """The mapping or the rows, and the folder that relative paths in it start from.

    Raises OptionError for a file that cannot be read and for text that is not the JSON it begins as.
    """
    if isinstance(source, os.PathLike):
        return _read(Path(source), name), Path(source).parent
    if isinstance(source, str):
        source = _of_text(source, name)
    if not isinstance(source, (Mapping, Sequence)) or isinstance(source, (bytes, bytearray)):
        raise OptionError(f"{name}: {shown(source)} is neither text nor a mapping nor a list of rows", name)
    return source, Path()


def _read(path: Path, name: str) -> Any:
    kind = path.suffix.lower()
    if kind not in _FILES:
        raise OptionError(f"{name}: {path} is not a {' or '.join(_FILES)} file", name)
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(MOST_CHARACTERS + 1)
    except OSError as error:
        raise OptionError(f"{name}: {path} cannot be read: {error.strerror or error}", name) from None
    except UnicodeDecodeError as error:
        raise OptionError(f"{name}: {path} is not UTF-8 text (byte {error.start})", name) from None
    _check_length(text, str(path), name)
    return _of_json(text, str(path), name) if kind == ".json" else _of_lines(text)


def _of_text(text: str, name: str) -> Any:
    _check_length(text, "the text", name)
    text = text.removeprefix("\ufeff")
    if "\n" not in text and text.strip().lower().endswith(_FILES):
        raise OptionError(
            f"{name}: {shown(text.strip())} looks like a file: give it as a path, not as text", name
        )
    return _of_json(text, "the text", name) if _JSON.match(text) else _of_lines(text)


def _of_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _of_json(text: str, what: str, name: str) -> Any:
    def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            double = next(key for key in keys if keys.count(key) > 1)
            raise OptionError(f"{name}: {what} has the key {shown(double)} twice", name)
        return found

    try:
        content = json.loads(text, object_pairs_hook=without_doubles)
    except json.JSONDecodeError as error:
        raise OptionError(
            f"{name}: {what} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}", name
        ) from None
    except (ValueError, RecursionError):
        raise OptionError(
            f"{name}: {what} is JSON with too long a number or too deep a nesting", name
        ) from None
    if not isinstance(content, (dict, list)):
        raise OptionError(f"{name}: {what} must hold a mapping or a list of rows", name)
    return content


def _check_length(text: str, what: str, name: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise OptionError(f"{name}: {what} is longer than {MOST_CHARACTERS} characters", name)
