"""What an interrogator sees in a key, added to its words."""

from __future__ import annotations

import re

from ...options import AnimateOptions

_WEIGHTED = re.compile(r"\((.+):[\d.]+\)")


def with_tags(prompt: str, seen: str, options: AnimateOptions) -> str:
    """The prompt and, after it, those of the tags seen that are allowed, not denied and not in it."""
    allowed, denied = _names(options.tags_allow), _names(options.tags_deny)
    had = set(_names(prompt))
    tags = []
    for tag in (part.strip() for part in seen.split(",")):
        name = _name(tag)
        if not name or name in had or name in denied or (allowed and name not in allowed):
            continue
        had.add(name)
        tags.append(tag)
    return ", ".join(part for part in (prompt.strip().rstrip(","), *tags) if part)


def _names(text: str | None) -> set[str]:
    return {name for part in (text or "").split(",") if (name := _name(part))}


def _name(tag: str) -> str:
    """A tag as it is compared: without weight, escapes and case, underscores being spaces."""
    tag = tag.strip()
    weighted = _WEIGHTED.fullmatch(tag)
    plain = (weighted[1] if weighted else tag).replace("\\", "").replace("_", " ")
    return " ".join(plain.lower().split())
