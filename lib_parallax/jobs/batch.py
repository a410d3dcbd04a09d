"""A batch: one loop over every picture and video below a folder, each a job of its own.

What has its result already is skipped, what fails does not stop the rest, and the end tells
of every error.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, ExistsError, OptionError, ParallaxError, SourceError
from ..media.encoders import OTHER_VIDEO_SUFFIXES, VIDEO_SUFFIXES
from ..media.reader import PICTURE_SUFFIXES
from ..media.sequence import natural_key
from ..options import LOOP_OPTIONS, parse
from ..types import CancelToken, Event, OnEvent
from .job import JobResult, run
from .together import Together

if TYPE_CHECKING:
    from .spread import Crew

SUFFIXES = frozenset((*PICTURE_SUFFIXES, *VIDEO_SUFFIXES, *OTHER_VIDEO_SUFFIXES))


@dataclass(frozen=True)
class Batch:
    """What to do with a folder.

    folder  of the sources, absolute
    output  the folder of the results, absolute, laid out as the sources are
    """

    loop: str
    folder: Path
    options: dict[str, Any]
    output: Path
    recursive: bool = True
    overwrite: bool = False


@dataclass
class BatchResult:
    """What became of each source: its results, or the sentence that says why there are none.

    stopped  whether the batch was told to end before its last source
    """

    done: dict[Path, tuple[Path, ...]] = field(default_factory=dict)
    skipped: list[Path] = field(default_factory=list)
    errors: dict[Path, str] = field(default_factory=dict)
    stopped: bool = False


class Stops:
    """How work can be stopped: at once (`cancel`), after the file at hand, or just that file.

    host_stops  asked as well, between frames: whether the program around us wants to stop
    """

    def __init__(self, host_stops: Callable[[], bool] = lambda: False) -> None:
        self.after_this = False
        self.host_stops = host_stops
        self._cancelled = False
        self._file = _Token(self)
        self._begun = False

    @property
    def cancelled(self) -> bool:
        self._cancelled = self._cancelled or self.host_stops()
        return self._cancelled

    def cancel(self) -> None:
        """The file at hand stays unfinished; the same batch goes on with it."""
        self._cancelled = True

    def skip(self) -> None:
        """Leaves the file at hand, of several the one begun last, for the next one."""
        self._file.cancel()

    def next_file(self) -> CancelToken:
        """The token of the file that is now at hand."""
        if self._begun:  # a skip that came before the first file is meant for that one
            self._file = _Token(self)
        self._begun = True
        return self._file


class _Token(CancelToken):
    def __init__(self, stops: Stops) -> None:
        super().__init__()
        self._stops = stops

    @property
    def cancelled(self) -> bool:
        return self._cancelled or self._stops.cancelled


def check(batch: Batch) -> list[Path]:
    """The batch's sources. Raises a ParallaxError for a batch that cannot begin."""
    if batch.loop not in LOOP_OPTIONS:
        raise OptionError(f"{batch.loop!r} is not a loop; known are {', '.join(LOOP_OPTIONS)}", "loop")
    options: Any = parse(LOOP_OPTIONS[batch.loop], batch.options)
    if getattr(options, "save_depth", None) is not None:
        raise OptionError("save_depth: names one result, and a batch makes many", "save_depth")
    if batch.output == batch.folder:
        raise OptionError(
            f"{batch.output}: results beside their sources would be sources the next time", "output"
        )
    return find_sources(batch.folder, batch.recursive, leave_out=batch.output)


def find_sources(folder: Path, recursive: bool = True, leave_out: Path | None = None) -> list[Path]:
    """Every picture and video in a folder in natural order, but for hidden ones and those below `leave_out`.

    Raises SourceError when there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: there is no such folder")
    walk = os.walk(folder) if recursive else [next(os.walk(folder))]
    found = []
    for place, inner, names in walk:
        inner[:] = [
            name
            for name in sorted(inner, key=natural_key)
            if not name.startswith(".") and Path(place, name) != leave_out
        ]
        files = [n for n in names if not n.startswith(".") and Path(n).suffix.lower() in SUFFIXES]
        found += [Path(place, name) for name in sorted(files, key=lambda n: (natural_key(n), n))]
    if not found:
        below = "or below it" if recursive else "itself"
        raise SourceError(f"{folder}: there are no pictures or videos in this folder {below}")
    return found


def run_batch(
    batch: Batch,
    *,
    jobs_dir: Path | str | None = None,
    on_event: OnEvent | None = None,
    stops: Stops | None = None,
    on_result: Callable[[BatchResult], None] | None = None,
    crew: Crew | None = None,
) -> BatchResult:
    """Runs the loop on every source of the batch, one after the other, or spread over a crew's workers.

    on_event   is told "file" (data: source, number from 1, total) before each source, "failed"
               (text, data: source) after one that failed, and all that each job tells.
    on_result  is told how the batch stands after each source.
    crew       has one file more at hand than it has workers, so that short files keep all of them busy.

    Raises Cancelled when it is stopped at once, and a ParallaxError when it cannot begin.
    """
    stops = stops or Stops()
    sources = check(batch)
    result = BatchResult()
    together = Together(on_event or (lambda event: None))
    turn = threading.Lock()

    def attempt(number: int, source: Path, stem: str | None) -> None:
        with turn:
            if stops.cancelled and number > 1:
                raise Cancelled("stopped")
            if stops.after_this and number > 1:
                result.stopped = True
                return
            cancel = stops.next_file()
        tell = together.of(number)
        tell(Event("file", data={"source": str(source), "number": number, "total": len(sources)}))
        outputs: tuple[Path, ...] | None = None
        error: str | None = None
        try:
            outputs = _run_one(batch, source, stem, jobs_dir, tell, cancel, crew).outputs
        except ExistsError:
            pass
        except Cancelled:
            if stops.cancelled:
                raise
        except ParallaxError as refusal:
            error = str(refusal)
        except Exception as fault:  # a fault of ours in one file must not cost the night's others
            error = f"{type(fault).__name__}: {fault}"
        if error is not None:
            tell(Event("failed", error, {"source": str(source)}))
        with turn:
            if outputs is not None:
                result.done[source] = outputs
            elif error is not None:
                result.errors[source] = error
            else:
                result.skipped.append(source)
            if on_result is not None:
                on_result(result)

    numbers = range(1, len(sources) + 1)
    with ThreadPoolExecutor(crew.size + 1) if crew is not None else contextlib.nullcontext() as pool:
        attempts = (map if pool is None else pool.map)(attempt, numbers, sources, _stems(sources))
        for _ in attempts:
            pass
    return result


def _run_one(
    batch: Batch,
    source: Path,
    stem: str | None,
    jobs_dir: Path | str | None,
    on_event: OnEvent | None,
    cancel: CancelToken,
    crew: Crew | None,
) -> JobResult:
    return run(
        batch.loop,
        source,
        {**batch.options, **_depth_of(batch, source)},
        None,
        folder=batch.output / source.parent.relative_to(batch.folder),
        stem=stem,
        jobs_dir=jobs_dir,
        overwrite=batch.overwrite,
        on_event=on_event,
        cancel=cancel,
        crew=crew,
    )


def _depth_of(batch: Batch, source: Path) -> dict[str, str]:
    """Of a depth folder that is laid out as the sources are, what has the source's stem."""
    given = batch.options.get("depth")
    if not given or not Path(given).is_dir():
        return {}
    folder = Path(given) / source.parent.relative_to(batch.folder)
    found = sorted(path for path in folder.glob("*") if path.stem == source.stem) if folder.is_dir() else []
    if not found:
        raise SourceError(f"{source}: there is no depth of the same name in {folder}")
    return {"depth": str(found[0])}


def _stems(sources: Iterable[Path]) -> list[str | None]:
    """What each result is named after where the source's own stem would serve several: its whole name."""
    sources = list(sources)
    counts = Counter((source.parent, source.stem.lower()) for source in sources)
    return [source.name if counts[source.parent, source.stem.lower()] > 1 else None for source in sources]
