"""How a job stands, as HTML that javascript reads the state from."""

from __future__ import annotations

import itertools
from html import escape
from pathlib import Path
from typing import Any

from ...jobs.status import Status
from ...types import Image
from ..words import Words
from .choice import choice
from .pieces import clock, message, notes, picture_address

ACTIVE = ("queued", "running")
STATES = {
    "queued": "Waiting",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Stopped",
    "interrupted": "Interrupted",
}
LONGEST = 480  # pixels of the live picture's longer side

_answers = itertools.count()  # so that javascript sees that an answer has come


def unasked() -> str:
    """What the page is built with, before javascript has asked whether there is a job."""
    return '<div class="parallax-progress" data-job="" data-state="unasked"></div>'


def idle() -> str:
    """There is no job to show."""
    return (
        f'<div class="parallax-progress" data-job="" data-state="idle" data-answer="{next(_answers)}"></div>'
    )


def progress(status: Status, say: Words) -> str:
    """A bar, what is being done, frames, pace, time left, and the frame made last."""
    share = _share(status)
    inside = [
        _bar(share, say(STATES[status.state])) if status.state in ACTIVE else "",
        f'<div class="parallax-facts">{_facts(status, say)}</div>',
        _seen(status, say),
        _ending(status, say),
    ]
    batch = "true" if status.batch is not None else "false"
    asks = "true" if status.asks is not None else "false"
    return (
        f'<div class="parallax-progress" data-job="{escape(status.id)}" data-state="{status.state}" '
        f'data-batch="{batch}" data-asks="{asks}" data-answer="{next(_answers)}">{"".join(inside)}</div>'
    )


def _share(status: Status) -> float | None:
    """How much is done, 0..1; None while nobody can tell."""
    done, total = status.progress.get("done") or 0, status.progress.get("total")
    of_file = min(1.0, done / total) if total else None
    if status.batch is None:
        return of_file
    ended = status.batch["done"] + status.batch["skipped"] + len(status.batch["errors"])
    return min(1.0, (ended + (of_file or 0.0)) / max(1, status.batch["items"]))


def _bar(share: float | None, label: str) -> str:
    if share is None:
        return (
            f'<div class="parallax-bar parallax-unknown" role="progressbar" '
            f'aria-label="{escape(label)}"><div></div></div>'
        )
    percent = share * 100
    return (
        f'<div class="parallax-bar" role="progressbar" aria-label="{escape(label)}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent:.0f}"><div style="width:{percent:.1f}%"></div></div>'
    )


def _facts(status: Status, say: Words) -> str:
    facts = [f'<b class="parallax-state parallax-{status.state}">{escape(_stage(status, say))}</b>']
    if status.state == "queued" and status.position:
        facts.append(_fact(str(status.position), say("before it")))
    if status.batch is not None:
        ended = status.batch["done"] + status.batch["skipped"] + len(status.batch["errors"])
        facts.append(_fact(f"{ended} / {status.batch['items']}", say("files")))
    if status.state != "queued":
        facts += _of_frames(status.progress, status.state in ACTIVE, say)
    return "".join(facts)


def _of_frames(figures: dict[str, Any], active: bool, say: Words) -> list[str]:
    done, total = figures.get("done"), figures.get("total")
    facts = []
    if done and total != 1:
        facts.append(_fact(f"{done} / {total}" if total else str(done), say("frames")))
    if not active:
        return facts
    if figures.get("fps"):
        facts.append(_fact(f"{figures['fps']:.3g}", say("frames a second")))
    if figures.get("seconds_left") is not None:
        facts.append(_fact(clock(figures["seconds_left"]), say("to go")))
    return facts


def _stage(status: Status, say: Words) -> str:
    if status.asks is not None:
        return say("Choose a picture")
    stage = str(status.progress.get("stage") or "")
    known = status.state != "running" or not stage or stage in STATES
    return say(STATES[status.state]) if known else say(stage)


def _fact(figure: str, unit: str) -> str:
    return f"<span>{escape(figure)} <small>{escape(unit)}</small></span>"


def _seen(status: Status, say: Words) -> str:
    """The pictures to choose from, or the frame made last."""
    if status.asks is not None:
        return choice(status.asks, say)
    return _thumbnail(status.image, say) if status.image is not None and status.state in ACTIVE else ""


def _thumbnail(image: Image, say: Words) -> str:
    from ...media.thumbnail import thumbnail

    address = picture_address(thumbnail(image, LONGEST), quality=70)
    return f'<img class="parallax-live" src="{address}" alt="{escape(say("the frame made last"))}">'


def _ending(status: Status, say: Words) -> str:
    """What there is to say when a job has ended, or while it cannot be seen."""
    said = []
    if status.state == "failed":
        said.append(message(status.error or say("no reason given"), "error"))
    if status.state in ("cancelled", "interrupted"):
        said.append(message(say("What is done is kept; Resume under Jobs goes on with it.")))
    said.append(notes(status.warnings, "warning"))
    if status.state == "done":
        said.append(notes(status.notes))
    if status.batch is not None and status.state not in ACTIVE:
        said.append(_errors(status.batch["errors"], say))
    return "".join(said)


def _errors(errors: list[dict[str, str]], say: Words) -> str:
    if not errors:
        return ""
    items = "".join(f"<li>{_reason(**each)}</li>" for each in errors)
    return (
        f'<div class="parallax-message parallax-error" role="alert">'
        f"<b>{escape(say('Failed'))}</b> {len(errors)}<ul>{items}</ul></div>"
    )


def _reason(source: str, error: str) -> str:
    """A file's name and what went wrong, without the path that the sentence begins with."""
    return f"<b>{escape(Path(source).name)}</b> {escape(error.removeprefix(f'{source}: '))}"
