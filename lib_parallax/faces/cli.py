"""The command line: `parallax LOOP SOURCE -o OUT`, and a few commands about the machine and its jobs.

Exit status: 0 finished; 2 refused, with one sentence that names the file or option and the
cause; 130 stopped by Ctrl-C; 1 a fault of Parallax's own.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from .. import __version__
from ..errors import Cancelled, ParallaxError, meant
from ..options import LOOP_OPTIONS, OPTIONAL_SOURCE
from ..types import CancelToken
from . import cluster, job_list, models, page, serve
from .chooser import chooser
from .flags import Misused, Parser, add_flags, given
from .stopping import stopping
from .terminal import Terminal, in_callers_words

FINISHED, FAULT, REFUSED, STOPPED = 0, 1, 2, 130
EXAMPLE = {
    "stereo": "parallax stereo film.mp4 -o film-3d.mp4 --layout half-sbs --strength 2",
    "depth": "parallax depth film.mp4 -o film-depth.mkv",
    "parallax": "parallax parallax photo.jpg -o move.mp4 --move orbital",
    "animate": 'parallax animate clip.mp4 -o painted.mp4 --prompt "watercolour, loose brush"',
    "zoom": 'parallax zoom -o zoom.mp4 --prompt "a lighthouse on a cliff, oil painting"',
}


def build_parser() -> Parser:
    """The whole command line, its loops made from their options."""
    parser = Parser(
        prog="parallax",
        description="Depth and motion for pictures and video.",
        epilog="In a checkout `python run.py COMMAND` does what is written here as `parallax COMMAND`; "
        "`parallax COMMAND --help` lists a command's options.",
    )
    parser.add_argument("--version", action="version", version=f"parallax {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for loop, options in LOOP_OPTIONS.items():
        _add_loop(commands, loop, options)

    commands.add_parser("batch", help="run a loop on every picture and video of a folder", add_help=False)
    commands.add_parser("demo", help="convert the project's own sample clip")
    commands.add_parser("doctor", help="what this machine has, what it lacks, and how to get it")
    bench = commands.add_parser(
        "bench", help="list the benchmarks, or run one", description="List the benchmarks, or run one."
    )
    bench.add_argument(
        "name", nargs="?", metavar="NAME", help="the benchmark to run; left out, they are listed"
    )
    bench.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="handed to the benchmark")
    listing = commands.add_parser(
        "jobs", help="list the jobs, clean them up", description="The jobs, and what can be done with them."
    )
    job_list.add_arguments(listing)
    presets = commands.add_parser("presets", help="list the presets, the page's own too")
    presets.add_argument("--jobs-dir", metavar="DIR", help="where the jobs are (default: your data folder)")
    commands.add_parser(
        "models", help="list the networks' weights, or bring some here", description="The networks' weights."
    )
    models.add_arguments(commands.choices["models"])
    commands.add_parser(
        "serve", help="answer requests over HTTP", description="Answer requests over HTTP, without a webui."
    )
    serve.add_arguments(commands.choices["serve"])
    commands.add_parser("ui", help="the page, in a browser", description="The page, in a browser.")
    page.add_arguments(commands.choices["ui"])
    for command in commands.choices.values():
        _add_debug(command)
    return parser


def _add_loop(commands: Any, loop: str, options: type) -> None:
    about = (options.__doc__ or "").strip().partition("\n")[0]
    example = f"for example: {EXAMPLE[loop]}" if loop in EXAMPLE else ""
    parser = commands.add_parser(
        loop,
        usage=f"parallax {loop} {'[SOURCE]' if loop in OPTIONAL_SOURCE else 'SOURCE'} [-o PATH] [options]",
        help=about,
        description=about,
        epilog=example,
    )
    if loop in OPTIONAL_SOURCE:
        about_source = "a picture, or a video whose first frame is taken, to begin with; may be left out"
        parser.add_argument("source", metavar="SOURCE", nargs="?", help=about_source)
    else:
        parser.add_argument("source", metavar="SOURCE", help="a video, a folder of pictures or a picture")
    job = parser.add_argument_group("Job")
    job.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="the result: a video, a picture, a GIF or a page by its suffix, else a folder of PNG frames "
        "(default: named after the source, in the current folder)",
    )
    job.add_argument(
        "--preset",
        metavar="NAME",
        help="a named set of options (`parallax presets` lists them) or a JSON file; flags beside it win",
    )
    job.add_argument("--overwrite", action="store_true", help="replace an existing result")
    job.add_argument(
        "--no-resume", action="store_true", help="start anew instead of resuming an unfinished job"
    )
    job.add_argument(
        "--jobs-dir", metavar="DIR", help="where jobs keep their work (default: your data folder)"
    )
    job.add_argument("--quiet", action="store_true", help="say nothing unless something is wrong")
    cluster.add_arguments(job)
    add_flags(parser, options)


def _add_debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def main(argv: list[str] | None = None) -> int:
    """Runs a command line (default: this process's); its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a console that lacks a letter shows a question mark instead of ending the job
            stream.reconfigure(errors="replace")
    # the AV1 encoder greets on stderr; 1 leaves its errors
    os.environ.setdefault("SVT_LOG", "1")
    debug = "--debug" in arguments
    terminal = Terminal()
    try:
        return _dispatch(arguments, terminal)
    except (KeyboardInterrupt, Cancelled) as error:
        terminal.close()
        _complain(str(error) or "stopped", error if debug else None)
        return STOPPED
    except (Misused, ParallaxError) as error:
        terminal.close()
        _complain(str(error), error if debug else None)
        return REFUSED
    except BrokenPipeError:
        # whoever read our output has gone; nothing is left to say it to
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAULT
    except Exception as error:
        terminal.close()
        log = (
            f"{os.path.join(terminal.folder, 'log.txt')} tells more"
            if terminal.folder
            else "--debug tells more"
        )
        _complain(
            f"{type(error).__name__}: {_one_line(error)}; this is a fault of Parallax, {log}",
            error if debug else None,
        )
        return FAULT


def _complain(sentence: str, error: BaseException | None) -> None:
    if error is not None:
        traceback.print_exception(type(error), error, error.__traceback__)
    print(in_callers_words(" ".join(sentence.split())), file=sys.stderr, flush=True)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or "no words given"


def _known(command: str, commands: list[str]) -> None:
    if command not in commands:
        hint = meant(command, commands) or "; `--help` lists them"
        raise Misused(f"there is no command {command!r}{hint}")


def _dispatch(argv: list[str], terminal: Terminal) -> int:
    if argv[:1] == ["demo"]:
        return _demo(argv[1:])
    if argv[:1] == ["batch"]:
        return _batch(argv[1:], terminal)
    parser = build_parser()
    if argv and not argv[0].startswith("-"):
        _known(argv[0], [*_COMMANDS, *LOOP_OPTIONS, "batch", "demo"])
    arguments, unknown = parser.parse_known_args(argv)
    if arguments.command is None:
        parser.refuse_unknown(unknown)
        parser.print_help()
        return FINISHED
    subparsers = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    subparsers.choices[arguments.command].refuse_unknown(unknown)
    if arguments.command in LOOP_OPTIONS:
        return _run_loop(arguments, terminal)
    return _COMMANDS[arguments.command](arguments)


def _run_loop(arguments: argparse.Namespace, terminal: Terminal) -> int:
    options_class = LOOP_OPTIONS[arguments.command]
    values = given(arguments, options_class)
    if arguments.preset is not None:
        from .. import presets
        from ..jobs import presets_folder

        own = presets_folder(arguments.jobs_dir)
        values = {**presets.load(arguments.preset, arguments.command, own), **values}
    from ..options import parse

    options: Any = parse(options_class, values)
    from .. import jobs

    terminal.quiet = arguments.quiet
    token = CancelToken()
    with cluster.crew_of(arguments) as crew, stopping(token):
        result = jobs.run(
            arguments.command,
            arguments.source,
            options,
            arguments.output,
            jobs_dir=arguments.jobs_dir,
            overwrite=arguments.overwrite,
            resume=not arguments.no_resume,
            on_event=terminal.event,
            cancel=token,
            choose=chooser(terminal, token),
            crew=crew,
        )
    terminal.finished(result)
    return FINISHED


def _batch(argv: list[str], terminal: Terminal) -> int:
    from ..jobs import Stops
    from . import batch

    order, arguments = batch.parse(argv)
    terminal.quiet = arguments.quiet
    stops = Stops()
    with cluster.crew_of(arguments) as crew, stopping(stops):
        result = batch.run(order, arguments.jobs_dir, terminal, stops, crew)
    for text in result.errors.values():
        _complain(text, None)
    return REFUSED if result.errors else FINISHED


def _demo(argv: list[str]) -> int:
    from . import demo

    return demo.run(argv)


def _doctor(arguments: argparse.Namespace) -> int:
    from . import doctor

    return doctor.run(sys.stdout)


def _bench(arguments: argparse.Namespace) -> int:
    from . import bench

    if arguments.name is None:
        bench.list_benchmarks()
        return FINISHED
    return bench.run(arguments.name, arguments.rest)


def _presets(arguments: argparse.Namespace) -> int:
    from .. import presets
    from ..jobs import presets_folder

    for name in presets.names():
        print(f"{name:12}  {presets.describe(name)}")
    for loop in LOOP_OPTIONS:
        for name, path in presets.saved(loop, presets_folder(arguments.jobs_dir)).items():
            print(f"{name:12}  your own, for {loop}: {path}")
    return FINISHED


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "doctor": _doctor,
    "bench": _bench,
    "jobs": job_list.run,
    "presets": _presets,
    "models": models.run,
    "serve": serve.run,
    "ui": page.run,
}
