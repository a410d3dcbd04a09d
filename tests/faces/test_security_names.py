"""Promises 31 and 32 of docs/security.md: what others write, as names and in pages."""

from __future__ import annotations

import html.parser
import io
import os
import unicodedata

import numpy as np
import pytest

pytest.importorskip("fastapi")

from lib_parallax import media, presets
from lib_parallax.errors import OptionError
from lib_parallax.faces.api import files
from lib_parallax.faces.tab import pieces, progress
from lib_parallax.faces.tab.jobs_panel import details, rows
from lib_parallax.faces.words import Words
from lib_parallax.jobs.status import Status
from lib_parallax.media.page import encode_page
from lib_parallax.names import is_device, safe_name, why_no_name

from security_room import Room, desk_of, opened_here, through  # isort: skip
import _security_injections as injections  # isort: skip


def test_names(tmp_path):
    for text in (*injections.TEXTS, *injections.NAMES):
        for given in (text, f"{text}.png", f"a/{text}", f"{text}/"):
            name = safe_name(given)
            assert name and os.path.basename(name) == name and name not in (".", "..")
            assert (
                len(name.encode()) <= 200
                and not name.startswith((".", "-"))
                and not name.endswith((".", " "))
            )
            assert not is_device(name) and why_no_name(name) is None
            assert all(unicodedata.category(letter)[0] not in "CZ" or letter == " " for letter in name)
            assert safe_name(name) == name
    for name, kept in [
        ("film.mp4", "film.mp4"),
        ("CON.png", "_CON.png"),
        ("com\u00b9.a.png", "_com1.a.png"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("-rf.mp4", "rf.mp4"),
        ("a.", "a"),
        ("\uff0f\uff0fetc\uff0fx", "x"),
        ("a\r\nb.png", "a_b.png"),
        ("e\u0301.png", "é.png"),
        ("ä" * 300 + ".mp4", "ä" * 90 + ".mp4"),
    ]:
        assert safe_name(name) == kept
    room = Room(tmp_path)
    desk = desk_of(room)
    for name in ("CON.mp4", "nul", "a\u202eb.png", "a\nb.png", "-rf.mp4", "a.", "a::$DATA", "x" * 300):
        with pytest.raises(OptionError):
            desk.places.writable(name)
        with pytest.raises(OptionError):
            desk.places.writable(f"new/{name}/a.mp4")
        with pytest.raises(OptionError):
            presets.save(name, "stereo", {}, tmp_path / "presets")
    assert desk.places.writable("Film: ein schöner (1).mp4").parent == desk.places.results
    path = desk.places.keep_upload("x" * 999 + "." + "y" * 999, io.BytesIO(b"data"))
    assert path.read_bytes() == b"data"
    desk.close()
    room.canary.close()


class Tags(html.parser.HTMLParser):
    """The tags of a page and the names of their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))


def told(text):
    asked = {"done": 0, "skipped": 0, "items": 1, "errors": [{"source": text, "error": text}]}
    return Status(
        id=text,
        loop="depth",
        state="failed",
        source=text,
        output=text,
        options={"prompt": text},
        progress={"stage": text},
        warnings=(text,),
        notes=(text,),
        error=text,
        batch=asked,
        times={"created": text},
    )


def pages(text):
    say, status = Words(), told(text)
    yield pieces.message(text, "error", text)
    yield pieces.notes((text,))
    yield pieces.download(b"x", "text/plain", text)
    yield progress.progress(status, say)
    yield rows([status], say, text)
    yield details(status, say)


def test_text_stays_text(tmp_path, monkeypatch):
    plain = [Tags(page).found for page in pages("words")]
    for text in injections.TEXTS:
        if text.isprintable() or "<" in text:
            assert [Tags(page).found for page in pages(text)] == plain, text
    relief = {
        title: encode_page(media.Relief(np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6)), title=title))
        for title in ("words", "</title><script>alert(1)</script>", "{{picture}}")
    }
    assert len({str(Tags(page).found) for page in relief.values()}) == 1
    for kind, kept in [
        ("text/html", True),
        ("image/svg+xml", True),
        ("application/octet-stream", True),
        ("video/mp4", False),
        ("image/png", False),
        ("audio/wav", False),
    ]:
        assert ("sandbox" in str(files.contained(kind))) == kept
    assert "allow-same-origin" not in files.POLICY and "connect-src" not in files.POLICY
    monkeypatch.setattr(injections, "TEXTS", injections.TEXTS[::6])
    monkeypatch.setattr(injections, "FIELDS", ("layout", "preset"))
    with opened_here(tmp_path, monkeypatch) as server:
        assert through(injections.attacks(server, whole=False)) == []
