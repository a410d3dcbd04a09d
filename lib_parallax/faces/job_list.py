"""`parallax jobs`: what there is, what can go, and a zoom's picture painted anew."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..errors import SourceError
from ..types import CancelToken
from .chooser import chooser
from .flags import Misused
from .stopping import stopping
from .terminal import Terminal

HEADS = ("JOB", "STATE", "BEGUN", "FRAMES", "SOURCE -> RESULT")

if TYPE_CHECKING:
    from ..jobs import JobRecord


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=("list", "clean", "repaint"),
        default="list",
        help="clean removes the folders of finished jobs, never a result; repaint makes a zoom again with "
        "one of its pictures painted anew, and all around it",
    )
    parser.add_argument("job", nargs="?", metavar="ID", help="with repaint: the job, as the list has it")
    parser.add_argument(
        "--all", action="store_true", help="with clean: unfinished jobs too, if none runs them"
    )
    parser.add_argument("--step", type=int, metavar="N", help="with repaint: the picture, 0 is the first")
    parser.add_argument(
        "--seed", type=int, metavar="N", help="with repaint: what it is painted with (default: drawn)"
    )
    parser.add_argument(
        "-o", "--output", metavar="PATH", help="with repaint: the result (default: beside the old one)"
    )
    parser.add_argument("--jobs-dir", metavar="DIR", help="where the jobs are (default: your data folder)")


def run(arguments: argparse.Namespace) -> int:
    from .. import jobs

    if arguments.action == "repaint":
        _repaint(arguments)
    elif arguments.job is not None:
        raise Misused(f"parallax jobs: one argument too many: {arguments.job!r}")
    elif arguments.action == "clean":
        removed = jobs.clean(arguments.jobs_dir, unfinished=arguments.all)
        print(f"{len(removed)} job{'' if len(removed) == 1 else 's'} removed")
    else:
        _list(arguments)
    return 0


def _list(arguments: argparse.Namespace) -> None:
    from .. import jobs

    records = jobs.list_jobs(arguments.jobs_dir)
    if not records:
        print(f"no jobs in {arguments.jobs_dir or jobs.default_jobs_dir()}")
        return
    rows = [HEADS, *(_row(record) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS) - 1)]
    for row in rows:
        print("  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]))


def _row(record: JobRecord) -> tuple[str, ...]:
    of = f"{record.frames}/{record.total if record.total is not None else '?'}"
    begun = str(record.values["times"].get("created", "")).replace("T", " ")[:16]
    return record.id, record.state, begun, of, f"{record.source or record.loop} -> {record.output}"


def _repaint(arguments: argparse.Namespace) -> None:
    from .. import jobs

    if arguments.job is None or arguments.step is None:
        raise Misused("parallax jobs repaint: which job, and which of its pictures? ID --step N")
    record = jobs.repaint(_named(arguments), arguments.step, arguments.seed, arguments.output)
    terminal, token = Terminal(), CancelToken()
    try:
        with stopping(token):
            result = jobs.go_on(record, terminal.event, token, chooser(terminal, token))
    finally:
        terminal.close()
    terminal.finished(result)


def _named(arguments: argparse.Namespace) -> JobRecord:
    from .. import jobs

    found = [record for record in jobs.list_jobs(arguments.jobs_dir) if record.id == arguments.job]
    if not found:
        raise SourceError(f"there is no job {arguments.job!r}; `parallax jobs` lists them")
    return found[0]
