"""`parallax batch DIR`: one loop over every picture and video of a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..jobs import Batch, BatchResult, Stops, run_batch
from ..jobs.targets import absolute
from ..options import LOOP_OPTIONS
from . import cluster
from .flags import Parser, add_flags, given
from .terminal import Terminal

if TYPE_CHECKING:
    from ..jobs.spread import Crew


def parser(loop: str = "stereo") -> Parser:
    """The command's flags, with those of the loop that it runs."""
    made = Parser(
        prog="parallax batch",
        usage="parallax batch DIR [-o DIR] [--loop NAME] [options of the loop]",
        description="Run a loop on every picture and video of a folder, in natural order. What has its "
        "result already is skipped, an error does not stop the rest, and the end lists the errors.",
    )
    made.add_argument("folder", metavar="DIR", help="the folder of the sources")
    job = made.add_argument_group("Batch")
    job.add_argument(
        "--loop",
        choices=tuple(LOOP_OPTIONS),
        default="stereo",
        help=f"what to do with each: {', '.join(LOOP_OPTIONS)} (default stereo)",
    )
    job.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        help="the folder of the results, laid out as the sources are (default: DIR-LOOP, here)",
    )
    job.add_argument(
        "--recursive",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="folders inside the folder too (default on)",
    )
    job.add_argument("--preset", metavar="NAME", help="a named set of options, or a JSON file")
    job.add_argument("--overwrite", action="store_true", help="make results anew that are there")
    job.add_argument(
        "--jobs-dir", metavar="DIR", help="where jobs keep their work (default: your data folder)"
    )
    job.add_argument("--quiet", action="store_true", help="say nothing unless something is wrong")
    cluster.add_arguments(job)
    add_flags(made, LOOP_OPTIONS[loop])
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return made


def parse(argv: list[str]) -> tuple[Batch, argparse.Namespace]:
    """The batch that the arguments ask for. Raises Misused or a ParallaxError."""
    known = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    known.add_argument("--loop", default="stereo")
    loop = known.parse_known_args(argv)[0].loop
    command = parser(loop if loop in LOOP_OPTIONS else "stereo")
    arguments, unknown = command.parse_known_args(argv)
    command.refuse_unknown(unknown)
    options: dict[str, Any] = given(arguments, LOOP_OPTIONS[arguments.loop])
    if arguments.preset is not None:
        from .. import presets
        from ..jobs import presets_folder

        own = presets_folder(arguments.jobs_dir)
        options = {**presets.load(arguments.preset, arguments.loop, own), **options}
    if not arguments.folder.strip():
        command.error("a folder is needed")
    folder = absolute(arguments.folder)
    output = absolute(arguments.output or f"{folder.name}-{arguments.loop}")
    batch = Batch(arguments.loop, folder, options, output, arguments.recursive, arguments.overwrite)
    return batch, arguments


def run(
    batch: Batch, jobs_dir: Path | str | None, terminal: Terminal, stops: Stops, crew: Crew | None = None
) -> BatchResult:
    """Runs the batch, drawn on the terminal; what came of it is printed at the end."""
    result = run_batch(batch, jobs_dir=jobs_dir, on_event=terminal.event, stops=stops, crew=crew)
    terminal.close()
    if not terminal.quiet:
        for paths in result.done.values():
            print(*paths, sep="\n")
        skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
        failed = f", {len(result.errors)} failed" if result.errors else ""
        print(f"{len(result.done)} done{skipped}{failed}; results in {batch.output}")
    return result
