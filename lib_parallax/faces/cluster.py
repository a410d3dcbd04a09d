"""`--cluster` and `--workers`: by whom the work of a command is done."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from .flags import Misused

if TYPE_CHECKING:
    from ..jobs.spread import Crew


def add_arguments(parser: Any) -> None:
    """The flags, to a parser or a group of one."""
    parser.add_argument(
        "--cluster",
        metavar="WHERE",
        help="spread the work: local (a worker for each GPU here, or for each two cores), ray://HOST:PORT, "
        "or auto (a Ray cluster if there is one, else local); left out, it is done in this process",
    )
    parser.add_argument(
        "--workers", metavar="N", help="with --cluster: how many workers (default: as many as there is room)"
    )


def crew_of(arguments: argparse.Namespace) -> AbstractContextManager[Crew | None]:
    """The workers that the flags ask for, ended with the context; None for this process alone.

    Raises Misused or a ParallaxError.
    """
    workers = arguments.workers
    if workers is not None and not (workers.isascii() and workers.isdecimal() and int(workers) > 0):
        raise Misused(f"parallax: --workers {workers} is not a number of workers")
    if arguments.cluster is None:
        if workers is not None:
            raise Misused("parallax: --workers needs --cluster")
        return nullcontext()
    from ..jobs.spread import open_crew

    return open_crew(arguments.cluster, None if workers is None else int(workers))
