"""Finished segments become results, still in the job's folder, and then take their places.

The segments stay until every result is in place, so that a stop anywhere here is made good by
doing all of it again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from .durable import named, writing
from .journal import Journal
from .place import check_place, place, remove
from .targets import Target

Join = Callable[[Target, list[Path], Path], list[str]]


def assemble(journal: Journal, targets: Sequence[Target], join: Join) -> tuple[dict[str, Path], list[str]]:
    """Every target's result in the job's folder, by name, and what joining warned of."""
    results, warnings = {}, []
    folder = journal.folder / "result"
    with writing(folder):
        remove(folder)
        for target in targets:
            segments = journal.files(target.name)
            result = folder / target.name / target.path.name
            result.parent.mkdir(parents=True)
            if target.kind in ("video", "animation"):
                with named(target.path, result, *segments):
                    warnings += join(target, segments, result)
            elif target.kind == "folder":
                result.mkdir()
                for segment in segments:
                    for picture in sorted(segment.iterdir()):
                        _link(picture, result / picture.name)
            else:
                _link(segments[0], result)
            results[target.name] = result
    return results, warnings


def put_in_place(
    journal: Journal, targets: Sequence[Target], results: dict[str, Path], overwrite: bool
) -> None:
    """Moves the results to their places, the main one last: when it is there, all is.

    Raises OutputError when a place was taken meanwhile.
    """
    for target in targets:
        check_place(target.path, target.kind == "folder", overwrite or journal.placing)
    with writing(journal.folder):
        journal.start_placing()
    for target in reversed(targets):
        place(results[target.name], target.path)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
