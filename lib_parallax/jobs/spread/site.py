"""Where a worker does the tasks of one job: its source, options and encoders, as this machine has them."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from ... import loops, media
from ...errors import UnavailableError
from ...loops.plan import Plan
from ...loops.tally import tally_of
from ...options import LOOP_OPTIONS, describe, parse
from ..encoders import MediaEncoders
from ..identity import package_versions
from ..order import resolved
from ..record import APART
from .inputs import Inputs, here
from .tasks import Brief

TOKEN = "token"


class Site:
    """Raises Missing for inputs that must be brought, UnavailableError where results would differ."""

    def __init__(self, brief: Brief, inputs: Inputs):
        places = inputs.places(brief.inputs, brief.shared)
        for wanted in brief.beside:
            if not here(wanted):
                raise UnavailableError(
                    f"{wanted.path}: the worker on {platform.node()} does not see this file, and "
                    f"{brief.loop} reads it where it lies; put it where all machines see it under one path"
                )
        self.brief = brief
        self.loop: Any = loops.load(brief.loop)
        self.options = _options(brief, places)
        self.source = media.open_video(places[brief.source]) if brief.source else media.Nothing(brief.loop)
        self.plan = self.loop.plan(self.source, self.options)
        _check_alike(brief, alike(self.options, self.plan))
        self.encoders = MediaEncoders(self.source, self.options, self.plan, brief.text)
        self.tally = tally_of(self.loop, self.options)

    def folder_for_paintings(self, sees_job: bool) -> Path:
        """The job's folder. Raises UnavailableError where this machine does not see it."""
        if not sees_job:
            raise UnavailableError(
                f"{self.brief.folder}: the worker on {platform.node()} does not see the job's folder, "
                f"which {self.brief.loop} needs for what it paints; give a --jobs-dir that all machines see"
            )
        return Path(self.brief.folder)

    def close(self) -> None:
        self.source.close()


def alike(options: Any, plan: Plan) -> dict[str, str]:
    """What must be the same wherever a job's frames are made, for them to have the same bytes."""
    return {**resolved(options, plan), **package_versions(list(plan.weights.values()))}


def sees(brief: Brief) -> bool:
    """Whether this machine sees the job's folder: the very one, not another of the same name."""
    try:
        return (
            brief.shared and (Path(brief.folder) / APART / TOKEN).read_text(encoding="utf-8") == brief.token
        )
    except OSError:
        return False


def _options(brief: Brief, places: dict[str, Path]) -> Any:
    """The job's options with the paths of inputs as they are here."""
    options_class = LOOP_OPTIONS[brief.loop]
    values = dict(brief.options)
    for o in describe(options_class):
        if o.path in ("read", "files"):
            values[o.name] = o.with_paths(values.get(o.name), lambda path: str(places.get(path, path)))
    return parse(options_class, values)


def _check_alike(brief: Brief, mine: dict[str, str]) -> None:
    for name in sorted(brief.alike.keys() | mine.keys()):
        wanted, found = brief.alike.get(name, "none"), mine.get(name, "none")
        if wanted != found:
            raise UnavailableError(
                f"the worker on {platform.node()} has {name} {found}, and the job was begun with {wanted}: "
                "its frames would differ; workers need the same versions, networks and kind of device"
            )
