"""What a job is asked to do: source and options checked, results planned, before anything is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OptionError
from ..infotext import to_text
from ..options import LOOP_OPTIONS, describe, parse
from ..weights import provenance
from .identity import carrier_of, fingerprint, identity, package_versions, plain_options
from .soundtrack import check_sound
from .targets import (
    Target,
    absolute,
    check_containers,
    check_frame_count,
    check_inputs_safe,
    default_output,
    kind_of,
    plan_targets,
)

if TYPE_CHECKING:
    from ..loops.plan import Plan
    from ..media import Reader


@dataclass(frozen=True)
class Order:
    """A job that can be done, with its source open.

    asked    the result's path as it was asked for; a target may add to it
    key      what makes two orders the same job
    text     what is kept in pictures; "" where the options want none
    warnings, notes  what is to be said of the results before they are made
    record   what `job.json` begins with
    """

    loop: Any
    source: Reader
    options: Any
    plan: Plan
    asked: Path
    targets: list[Target]
    total: int | None
    key: str
    text: str
    warnings: list[str]
    notes: list[str]
    record: dict[str, Any]


@contextmanager
def ordered(
    loop_name: str,
    source_path: Path | str | None,
    options: Any,
    output: Path | str | None,
    folder: Path | None = None,
    stem: str | None = None,
    taken: Callable[[Path], bool] | None = None,
) -> Iterator[Order]:
    """Checks all that can be refused before the first frame, and keeps the source open.

    source_path  None for a loop that needs none
    output  None names the result after the source, or after `stem`, in `folder` (default: the
            current one), with a number while the name is `taken`.

    Raises a ParallaxError for whatever the user can put right.
    """
    from .. import loops, media

    if loop_name not in LOOP_OPTIONS:
        raise OptionError(f"{loop_name!r} is not a loop; known are {', '.join(LOOP_OPTIONS)}")
    chosen: Any = parse(LOOP_OPTIONS[loop_name], options)
    loops.check_source(loop_name, source_path)
    source_file = absolute(source_path) if source_path is not None else None
    about = fingerprint(source_file) if source_file is not None else None
    with media.open_video(source_file) if source_file is not None else media.Nothing(loop_name) as source:
        loop: Any = loops.load(loop_name)
        plan = loop.plan(source, chosen)
        named = default_output(source, plan, loop_name, chosen, folder, stem) if output is None else output
        total = source.count() if plan.frames is None else plan.frames
        many = total > 1
        asked, targets = _apart(plan, absolute(named), many, taken if output is None else None)
        options_read = (o for o in describe(type(chosen)) if o.path in ("read", "files"))
        read = (path for o in options_read for path in o.paths(getattr(chosen, o.name)))
        inputs = [absolute(path) for path in (*read, *plan.inputs)]
        check_inputs_safe(targets, inputs if source_file is None else [source_file, *inputs])
        check_sound(chosen, plan, source, targets[0])
        bit_depth = plan.bit_depth or source.bit_depth
        check_containers(targets, chosen.codec, plan.size, bit_depth, chosen.quality)
        check_frame_count(targets, total, source.path)
        plain_values = plain_options(chosen)
        places = [target.path for target in targets]
        weights = list(plan.weights.values())
        key, depth = identity(loop_name, about, plain_values, places, resolved(chosen, plan), inputs, weights)
        record = {
            "identity": key,
            "loop": loop_name,
            "state": "running",
            "source": about,
            "depth_source": depth,
            "weights": [provenance(name, file) for name, file in plan.weights.items()],
            "fallback": plan.fallback,
            "asked_output": str(asked),
            "output": str(targets[0].path),
            "outputs": [str(target.path) for target in targets],
            "options": plain_values,
            "seed": plain_values.get("seed"),
            "versions": package_versions(weights),
            "warnings": [],
            "notes": [],
            "frames": 0,
            "total": total,
        }
        text = to_text(loop_name, plain_values) if chosen.infotext else ""
        warnings, notes = _remarks(targets[0], source, plan, total)
        yield Order(loop, source, chosen, plan, asked, targets, total, key, text, warnings, notes, record)


def resolved(options: Any, plan: Plan) -> dict[str, str]:
    """What "auto" in the options stands for, here and now."""
    return {"depth": plan.depth, "carrier": carrier_of(options), "painter": plan.painter}


def _remarks(target: Target, source: Reader, plan: Plan, total: int) -> tuple[list[str], list[str]]:
    """Warnings and notes on a result that is a GIF or a moving WebP."""
    from ..media.animation import concerns

    if target.kind != "animation":
        return [], []
    rate = plan.rate or source.rate
    notes = [f"{target.path.name}: holds no sound; the source's is left out"] if source.audio else []
    return concerns(target.path, plan.size, total, rate, plan.sample_aspect), notes


def _apart(
    plan: Plan, asked: Path, many: bool, taken: Callable[[Path], bool] | None
) -> tuple[Path, list[Target]]:
    """The path and its targets, numbered from 2 on until none of them is taken."""
    number, path = 1, asked
    while True:
        targets = plan_targets(plan, path, many)
        if taken is None or not any(taken(target.path) for target in targets):
            return path, targets
        number += 1
        path = numbered(asked, number)


def numbered(path: Path, number: int) -> Path:
    """The same path with `-number` behind its name, before a suffix that says what it is."""
    if kind_of(path) == "folder":
        return path.with_name(f"{path.name}-{number}")
    return path.with_name(f"{path.stem}-{number}{path.suffix}")
