"""Pieces of HTML that several panels show."""

from __future__ import annotations

import base64
import io
from html import escape

from ...types import Image


def picture_address(image: Image, quality: int = 85) -> str:
    """A picture, uint8 [H, W, 3], as an address that holds it: a JPEG in base64."""
    from PIL import Image as Pictures

    file = io.BytesIO()
    Pictures.fromarray(image).save(file, "JPEG", quality=quality)
    return data_address(file.getvalue(), "image/jpeg")


def data_address(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def download(content: bytes, kind: str, name: str) -> str:
    """A link that hands over a file; javascript follows it at once."""
    link = data_address(content, kind)
    file = escape(name)
    return (
        '<p class="parallax-message">'
        f'<a class="parallax-download" href="{link}" download="{file}">{file}</a></p>'
    )


def message(text: str, kind: str = "note", field: str | None = None) -> str:
    """A sentence to the user; kind is note, good, warning or error.

    field  the option it is about, which the page then marks.
    """
    role = "alert" if kind == "error" else "status"
    of = f' data-field="{escape(field)}"' if field else ""
    return f'<p class="parallax-message parallax-{kind}" role="{role}"{of}>{escape(text)}</p>'


def notes(texts: tuple[str, ...], kind: str = "note") -> str:
    return (
        f'<div class="parallax-notes">{"".join(message(text, kind) for text in texts)}</div>' if texts else ""
    )


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size_of_file(count: int) -> str:
    """Bytes in the unit that leaves a readable number."""
    number, units = float(count), ["B", "kB", "MB", "GB"]
    while number >= 1000 and len(units) > 1:
        number, units = number / 1000, units[1:]
    return f"{number:.0f} {units[0]}" if number >= 10 or units[0] == "B" else f"{number:.1f} {units[0]}"
