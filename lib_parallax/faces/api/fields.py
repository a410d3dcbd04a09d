"""What a request holds besides its loop's options, declared as options are.

So the checks, the sentences of a refusal and the schema of these are made by the same hands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ... import presets
from ...errors import OptionError, meant
from ...options import LOOP_OPTIONS, describe, option, parse

T = TypeVar("T")

PICTURES = ("result", "source", "depth", "left", "right", "anaglyph", "holes", "mask", "layers")
REROLL = "reroll"
_PRESET = "a set of option values by its name, built in or saved by the page; options given beside it win"


@dataclass(frozen=True)
class JobFields:
    """Beside the options of a job."""

    output: str | None = option(
        None, "Output",
        "path of the result, its kind by its suffix (a folder of frames without one); a bare name lies among "
        "the results; left out, the result is named after the source, never as a file that is there",
        path="write",
    )  # fmt: skip
    overwrite: bool = option(False, "Overwrite", "replace an existing result")
    preset: str | None = option(None, "Preset", _PRESET)


@dataclass(frozen=True)
class BatchFields:
    """Beside the options of a batch."""

    loop: str = option("stereo", "Loop", "what to do with each file", choices=tuple(LOOP_OPTIONS))
    folder: str | None = option(None, "Folder", "of the sources", path="read")
    output: str | None = option(
        None, "Output",
        "folder of the results, laid out as the sources are; left out, a folder among the results",
        path="write",
    )  # fmt: skip
    recursive: bool = option(True, "Recursive", "folders inside the folder too")
    overwrite: bool = option(False, "Overwrite", "make results anew that are there")
    preset: str | None = option(None, "Preset", _PRESET)


@dataclass(frozen=True)
class PreviewFields:
    """Beside the options of a preview."""

    index: int = option(0, "Frame", "which frame of the source, from 0", minimum=0, maximum=10**9)
    picture: str = option(
        "result", "Picture", "which picture to answer with; JSON answers hold all of them", choices=PICTURES
    )
    preset: str | None = option(None, "Preset", _PRESET)


@dataclass(frozen=True)
class KeysFields:
    """Beside the options of a loop whose keys are asked for."""

    preset: str | None = option(None, "Preset", _PRESET)


@dataclass(frozen=True)
class ChoiceFields:
    """An answer to a job that asks."""

    step: int = option(0, "Step", "the step that is asked about", minimum=0, maximum=10**6)
    choice: str = option(REROLL, "Choice", "number of the picture that is taken, or reroll for others")


@dataclass(frozen=True)
class RepaintFields:
    """What is painted anew."""

    step: int = option(0, "Step", "the picture, 0 is the first", minimum=0, maximum=10**6)
    seed: int | None = option(
        None, "Seed", "what it is painted with; left out, one is drawn", minimum=0, maximum=2**63 - 1
    )
    output: str | None = option(
        None, "Output", "path of the result; left out, it lies beside the old one", path="write"
    )


@dataclass(frozen=True)
class CurveFields:
    """A schedule, beside its keys where these are given."""

    text: str | None = option(None, "Text", "the schedule: 0:(1), 30:(1.2*sin(t/10))")
    frames: int = option(120, "Frames", "how many there are; max_f is the last", minimum=1, maximum=10**6)
    fps: float = option(30.0, "Frame rate", "frames a second", minimum=0.01, maximum=1000.0)
    seed: int = option(0, "Seed", "s in expressions", minimum=0, maximum=2**63 - 1)


def divided(fields: type[T], values: Mapping[str, Any]) -> tuple[T, dict[str, Any]]:
    """The request's own fields, checked, and what is left: the loop's options. Raises OptionError."""
    own = {f.name for f in dataclasses.fields(fields)}  # type: ignore[arg-type]
    mine = {name: value for name, value in values.items() if name in own}
    return parse(fields, mine), {name: value for name, value in values.items() if name not in own}


def with_preset(loop: str, preset: str | None, options: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The options over those of a preset, built in or kept in `folder`. Raises OptionError for others.

    A path is not taken: the errors would tell what is in files of this machine.
    """
    if preset is None:
        return dict(options)
    known = presets.names(loop, folder)
    if preset not in known:
        hint = meant(preset, known)
        raise OptionError(f"preset: {preset!r} is not one of {', '.join(known)}{hint}", "preset")
    return {**presets.load(preset, loop, folder), **options}


def file_names(loop: str) -> list[str]:
    """The names of a request that may be files: the source, and the options that name one to read."""
    return ["source", *(o.name for o in describe(LOOP_OPTIONS[loop]) if o.path == "read")]
