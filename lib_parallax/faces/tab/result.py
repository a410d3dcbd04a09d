"""A finished job's result: players for videos, a gallery of pictures, every file to be had."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from ...jobs.status import ResultFile, Status
from .. import compat
from ..proxy import Player, Players
from ..words import Words
from .pieces import message, size_of_file

MOST_PLAYERS = 6
MOST_PICTURES = 24
MOST_LISTED = 50
SHOWN = (".png", ".jpg", ".jpeg", ".webp", ".gif")


@dataclass(frozen=True)
class Result:
    """html     players and files; it says by `data-pending` that there is more to come
    pictures    for the gallery
    main        the file that is handed on: the result, or the folder of a result of many pictures
    """

    html: str
    pictures: list[str]
    main: Path | None


def result(status: Status, folder: Path, players: Players, say: Words) -> Result:
    """What a job made. `folder` is the job's, where stand-ins of videos lie."""
    videos = [f for f in status.files if f.type.startswith("video/")][:MOST_PLAYERS]
    found = [(f, players.find(f.path, folder)) for f in videos]
    pictures = [str(f.path) for f in status.files if f.path.suffix.lower() in SHOWN][:MOST_PICTURES]
    pending = any(player.pending for _, player in found)
    shown = "".join(_player(f, player, say) for f, player in found)
    body = f'<div class="parallax-players">{shown}</div>{_files(status.files, say)}'
    html = (
        f'<div class="parallax-result" data-job="{escape(status.id)}" data-pending="{str(pending).lower()}">'
    )
    return Result(f"{html}{body}</div>", pictures, main_file(status))


def main_file(status: Status) -> Path | None:
    """What another loop takes as its source."""
    if not status.files:
        return None
    output = Path(status.output)
    return output if output.is_dir() and status.batch is None else status.files[0].path


def _player(file: ResultFile, player: Player, say: Words) -> str:
    name = escape(file.name)
    if player.path is not None:
        address = escape(compat.file_address(player.path))
        note = message(say("shown by a smaller copy; the file itself is below")) if player.stand_in else ""
        return (
            f'<div><video class="parallax-video" src="{address}" controls loop playsinline preload="auto" '
            f'aria-label="{name}"></video>{note}</div>'
        )
    if player.pending:
        return message(say("A copy that plays in the browser is being made ..."))
    return message(player.error, "warning")


def _files(files: tuple[ResultFile, ...], say: Words) -> str:
    rows = "".join(
        f'<li><a href="{escape(compat.file_address(f.path))}" download="{escape(f.path.name)}">'
        f"{escape(f.name)}</a> <small>{size_of_file(f.size)}</small></li>"
        for f in files[:MOST_LISTED]
    )
    more = len(files) - MOST_LISTED
    rest = f"<li>{more} {escape(say('more'))}</li>" if more > 0 else ""
    return f'<ul class="parallax-files">{rows}{rest}</ul>' if files else ""
