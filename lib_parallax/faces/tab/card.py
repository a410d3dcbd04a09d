"""What a source is, beside a small picture of it."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ...errors import ParallaxError
from ..places import Places
from ..words import Words
from .pieces import clock, message, picture_address


def card_of(places: Places, path: str, say: Words) -> str:
    """The card of a typed path, or the reason why there is none."""
    if not path.strip():
        return ""
    try:
        return card(places.readable(path.strip()), say)
    except ParallaxError as error:
        return message(str(error), "error")


def card(source: Path, say: Words) -> str:
    """A small picture of a source, its name, size, frames and length."""
    from ...media import open_video
    from ..preview import thumbnail

    try:
        with open_video(source) as reader:
            width, height = reader.size
            count, rate, duration = reader.count(), reader.rate, reader.duration
            still = reader.kind == "picture"
        address = picture_address(thumbnail(source))
    except ParallaxError as error:
        return message(str(error), "error")
    facts = [f"{width} x {height}"]
    if not still:
        facts.append(f"{count} {escape(say('frames'))}")
        facts += [f"{float(rate):.5g} {escape(say('frames a second'))}"] if rate else []
        facts += [clock(float(duration))] if duration else []
    lines = "".join(f"<span>{fact}</span>" for fact in facts)
    return (
        f'<div class="parallax-card" data-frames="{count}"><img src="{address}" alt="">'
        f"<div><b>{escape(source.name)}</b><div>{lines}</div></div></div>"
    )


def card_of_files(count: int, say: Words) -> str:
    """How many files were sent."""
    return f'<div class="parallax-card"><span>{count} {escape(say("files"))}</span></div>'
