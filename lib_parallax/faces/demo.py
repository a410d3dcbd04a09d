"""`parallax demo`: the project's own sample clip, rendered and converted to 3D.

Nothing is downloaded. The clip is rendered once; a second call converts it again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import OutputError, SourceError
from .flags import Misused, Parser
from .terminal import Terminal

CLIP = "street.mp4"
RESULT = "street_LRF_Full_SBS.mp4"
OPTIONS = {"layout": "full-sbs"}


def run(args: list[str]) -> int:
    """Renders and converts the clip and prints where the result lies; 0 when done.

    args  `--folder DIR` (default ./parallax-demo), `--quiet`

    Raises Misused for other arguments and a ParallaxError for what the user can put right.
    """
    chosen = _arguments(args)
    folder = Path(chosen.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from None
    clip = _clip(folder / CLIP, chosen.quiet)
    result = _convert(clip, folder / RESULT, chosen.quiet)
    for line in _where(result):
        print(line)
    return 0


def _arguments(args: list[str]) -> Any:
    parser = Parser(prog="parallax demo", description="Convert the project's own sample clip to 3D.")
    parser.add_argument(
        "--folder", metavar="DIR", default="parallax-demo", help="where clip and result go (%(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="print the result's place only")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    chosen, unknown = parser.parse_known_args(args)
    parser.refuse_unknown(unknown)
    if not chosen.folder:
        raise Misused("parallax demo: --folder needs the name of a folder")
    return chosen


def _clip(path: Path, quiet: bool) -> Path:
    if _plays(path):
        return path
    from ..samples.clip import write_clip

    if not quiet:
        print(f"rendering the sample clip to {path}", flush=True)
    return Path(write_clip(path))


def _plays(path: Path) -> bool:
    from .. import media

    if not path.exists():
        return False
    try:
        with media.open_video(path) as reader:
            return reader.count() > 0
    except SourceError:
        return False


def _convert(clip: Path, output: Path, quiet: bool) -> Path:
    from .. import jobs

    if not quiet:
        print(f"converting {clip} to 3D", flush=True)
    terminal = Terminal(quiet)

    try:
        result = jobs.run("stereo", clip, OPTIONS, output, overwrite=True, on_event=terminal.event)
    finally:
        terminal.close()
    return Path(result.outputs[0])


def _where(path: Path) -> list[str]:
    from .. import media

    with media.open_video(path) as reader:
        width, height = reader.size
        facts = [f"{width}x{height}"]
        if reader.rate:
            facts.append(f"{float(reader.rate):.6g} frames a second")
        if reader.duration:
            facts.append(f"{float(reader.duration):.1f} s")
        facts += [f"{path.stat().st_size / 1e6:.1f} MB", "with sound" if reader.audio else "without sound"]
    return [
        f"The 3D video is {path.absolute()}",
        f"  {', '.join(facts)}; the left eye's view is on the left, the right eye's on the right",
        "Open it with a headset's player (SKYBOX, DeoVR, Bigscreen, the Quest's own), which knows it by its",
        "name, or with any player (VLC, mpv) to look at the two views. For red-cyan glasses:",
        f'  python run.py stereo "{path.parent / CLIP}" -o "{path.parent / "street_anaglyph.mp4"}"'
        " --preset red-cyan",
    ]
