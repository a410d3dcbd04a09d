"""Texts that mean something to whoever is careless with them: HTML, headers, formats, programs, names."""
# ruff: noqa: E501 - an attack stands in one line

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from _security_server import Answer, Server

from lib_parallax.options import LOOP_OPTIONS, describe

TEXTS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "javascript:alert(1)",
    "</title><script>alert(1)</script>", "a\r\nX-Injected: yes", "a\r\n\r\n<html>", "a\nSet-Cookie: a=b", "\r\n",
    "{0.__class__.__mro__}", "{self.__init__.__globals__}", "%s%s%s%n", "%(a)s", "${7*7}", "{{7*7}}", "#{7*7}",
    "__import__('os').system('touch {canary}')", "eval(open('{canary}','w'))", "().__class__.__bases__[0]",
    "$(touch {canary})", "`touch {canary}`", "; touch {canary}", "| touch {canary}", "&& touch {canary}",
    "'; DROP TABLE jobs; --", "!!python/object/apply:os.system ['touch {canary}']", "\x1b]0;title\x07\x1b[2J",
    "\u202egnp.exe", "\u0000", "\ufeff", "\ud800", "a" * 3000, "ä" * 200, "-rf", "--output=x", ".", "..", "...", "CON",
    "nul.png", "COM1", "COM\u00b9.png", "LPT9.mp4", "aux.", "a.", "a ", ".htaccess", "~", "*", "a/b", "a\\b", "C:a", "a:b",
    "a::$DATA", "\uff0e\uff0e\uff0fa", "\u2024\u2024/a", "index.html", "a.php", "a.png.html", "*.png", "%2e%2e%2fa",
)  # fmt: skip
FIELDS = ("layout", "codec", "preset", "device", "backend", "depth_model", "strength", "seed", "size")
NAMES = ("__class__", "__init__", "__proto__", "constructor", "self", "cls", "options ", "a\r\nb", "", "source[]", "__dict__",
         "parse", "loop\0", "é", "x" * 5000, "$where", "options.source", "output\u200b")  # fmt: skip


def attacks(server: Server, whole: bool) -> Iterator[tuple[str, str | None]]:
    """(what was sent, what got through or None). `whole` sends every text in every field."""
    canary = server.room.folder / "data" / "touched"
    still = (server.room.films / "still.png").read_bytes()
    packed = base64.b64encode(still).decode()
    for number, text in enumerate(each.replace("{canary}", str(canary)) for each in TEXTS):
        quoted = text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        both = (text, f"{text}.png")
        for sent in both if whole else both[number % 2 :: 2]:
            order = {"source": {"name": sent, "data": packed}, "depth_model": "cues", "device": "cpu"}
            yield f"a file called {sent[:40]!r}", _kept(server, server.ask("POST", "depth", order))
        if whole or number % 2:
            answer = server.form("depth", {"depth_model": "cues"}, {"source": (f"{quoted}.png", still)})
            yield f"a form's file called {text[:40]!r}", _kept(server, answer)
        order = {"source": "still.png", "depth_model": "cues", "device": "cpu", "output": f"{text}.png"}
        yield f"a result called {text[:40]!r}", _kept(server, server.ask("POST", "depth", order))
        for field in FIELDS if whole else FIELDS[number % 5 :: 5]:
            order = {"source": "still.png", "depth_model": "cues", field: text}
            yield f"{field}={text[:40]!r}", _plain(server, server.ask("POST", "stereo", order), 400, 403)
        curve = server.ask("POST", "timeline/curve", {"text": f"0:({text})"})
        yield f"a schedule {text[:40]!r}", _plain(server, curve, 200, 400)
        answer = server.ask("POST", "zoom/preview", {"prompt": text, "prefix": text, "generator": text})
        yield f"words {text[:40]!r}", _plain(server, answer, 400, 403)
        for path in (f"jobs/{_quoted(text)}", f"jobs/a/files/{_quoted(text)}", _quoted(text)):
            yield f"GET {path[:40]}", _plain(server, server.ask("GET", path), 400, 404, 405)
    for name in NAMES:
        body = {"source": "still.png", name: "x"}
        yield f"an option called {name[:40]!r}", _plain(server, server.ask("POST", "stereo", body), 400)
        body = {"source": "still.png", "options": {name: {"a": 1}}}
        yield (
            f"an option within called {name[:40]!r}",
            _plain(server, server.ask("POST", "stereo", body), 400),
        )
    values: tuple[object, ...] = (
        [],
        {},
        [[]],
        {"a": 1},
        {"name": "a", "data": 1},
        {"name": 1, "data": ""},
        True,
        -1,
        1e308,
        None,
    )
    for value in values:
        for o in describe(LOOP_OPTIONS["stereo"])[:12]:
            answer = server.ask("POST", "stereo", {"source": "not-there.mp4", o.name: value})
            yield f"{o.name}={value!r}", _plain(server, answer, 400, 403)
        yield f"source={value!r}", _plain(server, server.ask("POST", "stereo", {"source": value}), 400, 403)
    for kind in (
        "application/x-python-pickle",
        "text/xml",
        "application/yaml",
        "application/x-www-form-urlencoded",
        "text/html",
    ):
        answer = server.ask("POST", "stereo", b"!!python/object:os.system", {"Content-Type": kind})
        yield f"a body of {kind}", _plain(server, answer, 415)
    yield "a file that a program would have made", "it is there" if canary.exists() else None


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text.encode("utf-8", "replace"), safe="")


def _plain(server: Server, answer: Answer, *wanted: int) -> str | None:
    """Nothing got through where the status is one of these, and the answer is JSON that no browser takes for
    anything else."""
    headers = answer.headers
    if answer.status not in wanted:
        return f"status {answer.status} {answer.body[:100]!r}"
    if (
        headers.get("content-type") != "application/json"
        or headers.get("x-content-type-options") != "nosniff"
    ):
        return "an answer that a browser may take for a page"
    if "x-injected" in headers or "set-cookie" in headers:
        return "a header of somebody else's"
    json.loads(answer.body)
    return None


def _kept(server: Server, answer: Answer) -> str | None:
    """Nothing got through where a name is refused, or made one that every system takes for a name."""
    if answer.status != 202:
        return _plain(server, answer, 400, 403, 409)
    address = answer.json["address"]
    shown = server.ask("GET", address)
    wrong = _plain(server, shown, 200)
    job = shown.json
    for _ in range(2):  # it is stopped, then forgotten
        server.ask("DELETE", address)
    for path in (job["source"], job["output"]):
        parts = Path(path).relative_to(server.room.folder).parts
        odd = [part for part in parts if not _is_plain(part)]
        if odd or not server.room.is_inside(path):
            return f"{path!r} was made a name"
    return wrong


def _is_plain(name: str) -> bool:
    devices = {
        "CON",
        "PRN",
        "AUX",
        "NUL",
        *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"),
    }
    seen = all(unicodedata.category(letter)[0] != "C" for letter in name)
    told = unicodedata.normalize("NFKC", name).split(".")[0].strip().upper()
    return (seen and told not in devices and len(name.encode()) < 256 and name[-1] not in ". " and name[0] != "-"
            and "::" not in name)  # fmt: skip
