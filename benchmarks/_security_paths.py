"""Ways to write the path of a file that may not be read, into every field that takes one."""
# ruff: noqa: E501 - an attack stands in one line

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from _security_server import MARK, Answer, Room, Server

from lib_parallax.options import LOOP_OPTIONS, describe

SMALL = {"depth_model": "cues", "device": "cpu"}


def spellings(room: Room) -> list[str]:
    """Paths that lead, or would lead for somebody careless, to what may not be read."""
    key = str(room.secret / "key.png")
    port, up = room.canary.port, "../secret/key.png"
    ways = [
        key, str(room.secret), f"{room.films}/{up}", up, f"./{up}", f"clip.mp4/../{up}", "..//secret//key.png",
        "....//....//secret/key.png", up.replace("/", "\\"), quote(up, safe=""), quote(quote(up, safe=""), safe=""),
        up.replace(".", "%2e"), "..%c0%afsecret%c0%afkey.png", "\u2025/secret/key.png",
        "\uff0e\uff0e\uff0fsecret\uff0fkey.png", "..;/secret/key.png", f"{up}.", f"{up} ", f" {key}", f"{key}\n",
        f"{key}\0", f"clip.mp4\0{up}", f"{key}\0.mp4", f"{key}/", f"{key}/.", "a/../" * 500 + up, f"{'/' * 900}{key}",
        "way-out/key.png", f"{room.films}/way-out/key.png", "link.png", "linked", "./way-out/deep/../key.png",
        f"file:{key}", f"file://{key}", f"FILE://localhost{key}", f"concat:{key}|{key}", f"concatf:{key}",
        f"subfile,,start,0,end,99,,:{key}", f"crypto:{key}", f"async:{key}", f"cache:{key}", "pipe:0", "fd:0",
        f"http://127.0.0.1:{port}/a.png", f"https://127.0.0.1:{port}/a.png", f"tcp://127.0.0.1:{port}",
        f"rtsp://127.0.0.1:{port}/a", f"ftp://127.0.0.1:{port}/a.mp4", f"hls+http://127.0.0.1:{port}/a.m3u8",
        "//127.0.0.1/share/a.mp4", "\\\\127.0.0.1\\share\\a.mp4", "/\\127.0.0.1/a.mp4", "\\/127.0.0.1/a.mp4",
        "\\\\?\\C:\\a.mp4", "\\\\.\\PhysicalDrive0", "\\??\\C:\\a.mp4", "//?/C:/a.mp4", " //127.0.0.1/a.mp4",
        "/dev/zero", "/dev/stdin", "/dev/fd/0", "/proc/self/environ", f"/proc/self/root{key}",
        f"/proc/self/cwd/{up}", "/sys/kernel/notes", "CON", "NUL", "COM1.mp4", "aux.png", "clip.mp4::$DATA",
        "~", "~root/.bashrc", "~nobody-of-this-name/x", "$HOME/a.mp4", "${HOME}", "`id`", "$(id)", "*", "{a,b}.mp4",
        "%03d.png", "\ud800.mp4", "x" * 5000, f"{room.folder}/jobs", f"{room.folder}/data", "", "/", ".." , "../..",
        str(room.secret / "words.json"), str(room.secret / "key.txt"), str(room.secret / "film.mp4"),
    ]  # fmt: skip
    return list(dict.fromkeys(ways))


def fields() -> list[tuple[str, str]]:
    """(loop, field) for every field that takes a path, or a name that may be one, each field once."""
    named = {"depth_model", "checkpoint", "inpaint_checkpoint", "control", "prompts"}
    found: dict[str, str] = {}
    for loop, options in LOOP_OPTIONS.items():
        for o in describe(options):
            if o.path or o.name in named:
                found.setdefault(o.name, loop)
    one = [("depth", field) for field in ("source", "output", "preset")] + [("batch", "folder")]
    return [*one, ("batch", "output"), *((loop, name) for name, loop in found.items())]


def attacks(server: Server, whole: bool) -> Iterator[tuple[str, str | None]]:
    """(what was tried, what got through or None). `whole` tries every spelling in every field."""
    every = spellings(server.room)
    tries = [(loop, field, text) for (loop, field), text in itertools.product(fields(), every)]
    if not whole:  # every spelling and every field, not every pair of them
        tries = [(loop, field, text) for n, (loop, field, text) in enumerate(tries)
                 if field == "source" or n % 9 == 0]  # fmt: skip
    for loop, field, text in tries:
        yield (
            f"{loop} {field}={text[:60]!r}",
            _through(server, server.ask("POST", loop, _order(loop, field, text))),
        )
    for text in every:
        for written in dict.fromkeys(
            (quote(text.encode("utf-8", "replace"), safe=""), quote(text.encode("utf-8", "replace")))
        ):
            for path in (
                f"jobs/{written}",
                f"jobs/{written}/files/a",
                f"jobs/a/files/{written}",
                f"presets/{written}",
            ):
                answer = server.ask("GET", path)
                wrong = answer.status < 300 or answer.status >= 500 or MARK in answer.body
                yield f"GET {path[:60]}", f"{answer.status}" if wrong and len(written) < 3000 else None
    yield "the secret and what lies beside it", "something was changed" if server.room.harmed() else None
    yield "a socket of this machine", "somebody connected" if server.room.canary.sung else None


def _order(loop: str, field: str, text: str) -> dict[str, object]:
    if loop == "batch":
        base: dict[str, object] = {"loop": "depth", "folder": "films-that-are-not", **SMALL}
        if field == "output":
            base["folder"] = "."
    else:
        base = {"source": "clip.mp4", "prompt": "a lake", "device": "cpu"}
        if field != "depth_model" and loop != "zoom":
            base["depth_model"] = "cues"
        if loop == "depth":
            base.pop("prompt")
        if loop not in ("zoom", "animate", "scroll", "parallax"):
            base.pop("prompt", None)
    if field == "prompts":
        base["prompts"] = f"0: a lake\n1: {text}"
    else:
        base[field] = f"canny {text} .5" if field == "control" else text
    return base


def _through(server: Server, answer: Answer) -> str | None:
    """What an answer let through; a job that was taken may only read and write where it may."""
    if MARK in answer.body or answer.status >= 500:
        return f"{answer.status} {answer.body[:120]!r}"
    if answer.status != 202:
        return None if 400 <= answer.status < 500 else f"{answer.status}"
    address = answer.json["address"]
    job = server.ask("GET", address).json
    # (the job is not needed)
    server.ask("DELETE", address)
    named = [job["source"], job["output"], *_values(job["options"])]
    outside = [
        path for path in named if path and Path(path).is_absolute() and not server.room.is_inside(path)
    ]
    return f"202 {outside}" if outside else None


def _values(options: dict[str, object]) -> list[str]:
    of = {o.name: o for loop in LOOP_OPTIONS.values() for o in describe(loop) if o.path}
    return [path for name, value in options.items() if name in of for path in of[name].paths(value)]
