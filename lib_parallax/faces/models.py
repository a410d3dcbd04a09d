"""`models`: the weights that Parallax knows, which of them are here, and how they come here."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import ParallaxError
from .flags import Misused

if TYPE_CHECKING:
    from ..weights import Found, HubModel

ACTIONS = ("list", "get", "add", "path")
SECONDS_BETWEEN_LINES = 5.0
STATES = {
    "absent": "no",
    "checked": "yes, sha256 checked",
    "recorded": "yes, sha256 recorded when it came",
    "unchecked": "yes, sha256 checked at first use",
    "wrong": "damaged or another file",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=ACTIONS,
        default="list",
        help="list what there is, or all about NAME; get NAME downloads it (a hub's owner/name too); "
        "add NAME FILE takes in a file that you have; path says where weights are kept",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="a model as the list names it")
    parser.add_argument("file", nargs="?", metavar="FILE", help="with add: its weights")
    parser.add_argument(
        "--yes", action="store_true", help="agree to a licence that allows non-commercial use only"
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command; 0, or a ParallaxError or Misused."""
    given = sum(value is not None for value in (arguments.name, arguments.file))
    wanted = {"list": (0, 1), "path": (0,), "get": (1,), "add": (2,)}[arguments.action]
    if given not in wanted:
        form = {"list": " [NAME]", "path": "", "get": " NAME", "add": " NAME FILE"}[arguments.action]
        raise Misused(f"parallax models: the form is `parallax models {arguments.action}{form}`")
    from .. import weights

    if arguments.action == "path":
        print(weights.folder())
    elif arguments.action == "get":
        get(arguments.name, arguments.yes)
    elif arguments.action == "add":
        name, file = weights.entry(arguments.name).name, arguments.file
        _consenting(arguments.yes, lambda yes: print(weights.add_file(name, file, yes)))
    elif arguments.name is not None:
        model = weights.hub_model(arguments.name)
        print(hub_details(model) if model else details(_found(arguments.name)))
    else:
        print(table(weights.listing()))
        print(f"\nkept in {weights.folder()}; `parallax models get NAME` brings one here")
        print("\n" + hub_table(list(weights.HUB_MODELS.values())))
        print("\nkept in the hub's own cache; any other depth model of the hub goes by its owner/name")
    return 0


def _found(name: str) -> Found:
    from .. import weights

    wanted = weights.entry(name).name
    return next(one for one in weights.listing() if one.weights.name == wanted)


def table(found: list[Found]) -> str:
    """The list, a line a model: name, size, licence, sha256, whether it is here, its file or address."""
    rows = [("model", "size", "licence", "sha256", "here", "file or address")]
    for one in found:
        weights = one.weights
        licence = weights.licence + ("" if weights.commercial else " *")
        sha256 = weights.sha256[:12] if weights.sha256 else "not known"
        where = str(one.path or weights.address)
        rows.append((weights.name, weights.size_text, licence, sha256, STATES[one.state], where))
    lines = aligned(rows)
    if any(not one.weights.commercial for one in found):
        lines += ["", "* for non-commercial use only; a yes is asked for, once"]
    return "\n".join(lines)


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines, every column but the last as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{c:{w}}" for c, w in zip(row, [*widths[:-1], 0], strict=True)) for row in rows]


def hub_table(models: list[HubModel]) -> str:
    """The models of the hub, a line each: name, size, licence, whether it is here, what it lacks, its id."""
    rows = [("hub model", "size", "licence", "here", "runs", "id")]
    for model in models:
        licence = model.licence + ("" if model.commercial else " *")
        rows.append((model.name, model.size_text, licence, _here(model), _runs(model), model.id))
    return "\n".join(aligned(rows))


def hub_details(model: HubModel) -> str:
    """All about one model of the hub, a line each."""
    lines = {
        "model": f"{model.name} ({model.title})",
        "size": model.size_text,
        "licence": model.licence + ("" if model.commercial else ", for non-commercial use only"),
        "note": model.note,
        "address": model.address,
        "runs": _runs(model),
        "here": _here(model),
    }
    return "\n".join(f"{label:12}{text}" for label, text in lines.items() if text)


def _here(model: HubModel) -> str:
    from ..weights import snapshot

    try:
        snapshot(model.id)
    except ParallaxError:
        return "no"
    return "yes"


def _runs(model: HubModel) -> str:
    from .. import segment
    from ..depth import hub

    lacking = (segment if model.task == "segment" else hub).lacking(model)
    return f"unavailable, {lacking}" if lacking else "yes"


def details(one: Found) -> str:
    """All about one model, a line each."""
    weights = one.weights
    lines = {
        "model": f"{weights.name} ({weights.title})",
        "parameters": f"{weights.parameters / 1e6:.1f} million",
        "size": f"{weights.size_text} ({weights.size} bytes)",
        "licence": weights.licence + ("" if weights.commercial else ", for non-commercial use only"),
        "note": weights.note,
        "address": weights.address,
        "sha256": weights.sha256
        or "not known; that of the first download is recorded and holds from then on",
        "here": STATES[one.state],
        "file": "" if one.path is None else str(one.path),
    }
    return "\n".join(f"{label:12}{text}" for label, text in lines.items() if text)


def get(name: str, yes: bool) -> None:
    """Downloads a model of the catalogue, or one of the hub, and prints where it lies."""
    from .. import weights

    model = weights.hub_model(name)
    if model is not None or (name not in weights.CATALOGUE and "/" in name):
        id = name if model is None else model.id
        print(f"its licence: https://huggingface.co/{id}", file=sys.stderr)
        _consenting(yes, lambda agreed: print(weights.get_hub(name, agreed)))
        return

    def fetch(agreed: bool) -> None:
        bar = Bar(name)
        try:
            path = weights.get(name, agreed, bar)
        finally:
            bar.close()
        print(path)

    _consenting(yes, fetch)


def _consenting(yes: bool, act: Callable[[bool], None]) -> None:
    """Acts; where the licence wants a yes and somebody sits at a terminal, asks for it."""
    from ..weights import LicenceNeeded

    try:
        act(yes)
    except LicenceNeeded as needed:
        if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        entry = needed.weights
        note = f"; {entry.note}" if entry.note else ""
        question = f"{entry.name} is for non-commercial use only ({entry.licence}{note}). Use it so? [y/N] "
        print(question, end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise
        act(True)


class Bar:
    """A download's progress on stderr: a bar on a terminal, else a line now and then."""

    def __init__(self, name: str, stream: TextIO | None = None):
        self._name = name
        self._stream = stream or sys.stderr
        self._bar: Any = None
        self._said = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        if self._stream.isatty():
            self._draw(done, total)
        elif time.monotonic() - self._said >= SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            share = f" of {total / 1e6:.0f}" if total else ""
            print(f"{self._name}: {done / 1e6:.0f}{share} MB", file=self._stream, flush=True)

    def _draw(self, done: int, total: int | None) -> None:
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=total, desc=self._name, unit="B", unit_scale=True, file=self._stream, dynamic_ncols=True
            )
            # what an earlier try left counts as done, not as fast
            self._bar.initial = self._bar.n = done
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
