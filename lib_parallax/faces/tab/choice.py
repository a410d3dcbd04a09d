"""The pictures of a step that a job asks about, as HTML."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path

from ...jobs.status import Asked
from ..words import Words
from .pieces import picture_address

LONGEST = 360  # pixels of a picture's longer side
OTHERS = "reroll"


def choice(asked: Asked, say: Words) -> str:
    """A button for every picture, the one that a machine would take marked, and one for others."""
    pictures = "".join(
        f'<button type="button" data-choice="{asked.step}:{number}" '
        f'class="{"parallax-best" if number == asked.best and len(asked.pictures) > 1 else ""}">'
        f'<img src="{_address(file.path, file.size)}" alt="{escape(say("Picture"))} {number}"></button>'
        for number, file in enumerate(asked.pictures)
    )
    others = (
        f'<button type="button" data-choice="{asked.step}:{OTHERS}">{escape(say("Paint others"))}</button>'
    )
    return f'<div class="parallax-choice" role="group"><div>{pictures}</div>{others}</div>'


@lru_cache(maxsize=32)
def _address(path: Path, size: int) -> str:
    """A picture as the page holds it; a file of another size is another picture."""
    from ...media import open_video
    from ...media.thumbnail import thumbnail

    with open_video(path) as reader:
        return picture_address(thumbnail(next(iter(reader)).image, LONGEST))
