"""What the page and the routes share: the queue, the places, and the host if there is one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OptionError, SourceError
from ..jobs import Alone, Batch, JobRecord, Queue, Status, Turn, list_jobs, presets_folder, user_data_folder
from ..jobs.batch import find_sources
from ..jobs.record import load_record
from ..loops.kept import Kept
from ..options import LOOP_OPTIONS, describe, parse
from . import uploads
from .limits import Busy, Limits
from .places import Places
from .weighing import check_sizes, check_source

if TYPE_CHECKING:
    from ..jobs.spread import Crew
    from ..loops.animate.survey import Survey
    from .preview import Preview

MODELS = ("depth_model", "checkpoint", "inpaint_checkpoint")  # options that may name one by its place
UNITS = "control"  # an option with the names of models among its words


class Desk:
    """Takes orders from people who may only name some of this machine's files."""

    def __init__(
        self, places: Places, host: Any = None, limits: Limits | None = None, crew: Crew | None = None
    ):
        self.places = places
        self.host = host
        self.limits = limits or Limits()
        self.presets = presets_folder(places.jobs)
        self.queue = Queue(places.jobs, self._turn, crew)
        self._admitting = threading.Lock()
        self._previewing = threading.Lock()
        self._kept = Kept()

    def submit(
        self,
        loop: str,
        source: str | None,
        options: Mapping[str, Any],
        output: str | None = None,
        overwrite: bool = False,
    ) -> Status:
        """Queues a job. Without `output` the result gets a free name among the results.

        Raises a ParallaxError for whatever the caller can put right, Busy where too many jobs wait.
        """
        given = self.places.readable(source) if source is not None else None
        if given is not None:
            check_source(given, self.limits)
        chosen = self.checked(loop, options)
        target = self.places.writable(output) if output else None
        with self._admitted():
            self._tend_uploads([str(given), chosen])
            return self.queue.submit(
                loop, given, chosen, target, folder=self.places.results, overwrite=overwrite
            )

    def batch(
        self,
        loop: str,
        folder: str,
        options: Mapping[str, Any],
        output: str | None = None,
        recursive: bool = True,
        overwrite: bool = False,
    ) -> Status:
        """Queues a loop over every picture and video of a folder. Results keep its layout in `output`.

        Raises as `submit`, for the first of the folder's files that is larger than is taken.
        """
        sources = self.places.readable(folder, "folder", deep=True)
        results = self.places.writable(output or f"{sources.name}-{loop}")
        chosen = self.checked(loop, options)
        for file in find_sources(sources, recursive, leave_out=results):
            check_source(file, self.limits)
        with self._admitted():
            self._tend_uploads([str(sources), chosen])
            return self.queue.submit_batch(Batch(loop, sources, chosen, results, recursive, overwrite))

    def resume(self, id: str) -> Status:
        """Queues a job again. Raises what `submit` does: a job of the command line may lie elsewhere."""
        record = self._record(id)
        if record.source is not None:
            self.places.readable(record.source)
        for path in record.values.get("outputs") or [record.output]:
            self.places.writable(str(path))
        self.checked(record.loop, record.values.get("options", {}))
        with self._admitted():
            return self.queue.resume(id)

    def repaint(self, id: str, step: int, seed: int | None = None, output: str | None = None) -> Status:
        """Queues a job like this one, but for one of the pictures that it painted. Raises as `resume`."""
        record = self._record(id)
        if record.source is not None:
            self.places.readable(record.source)
        target = self.places.writable(output or record.output)
        self.checked(record.loop, record.values.get("options", {}))
        with self._admitted():
            return self.queue.repaint(id, step, seed, target if output else None)

    def _record(self, id: str) -> JobRecord:
        """Raises SourceError for a job that is not there."""
        self.queue.status(id)
        record = load_record(self.places.jobs / id)
        if record is None:
            raise SourceError(f"there is no job {id!r}")
        return record

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        """While one more job is queued, and no other: two would find the same name free for their results.

        Raises Busy where as many wait as may.
        """
        with self._admitting:
            if self.queue.waiting >= self.limits.max_queue:
                raise Busy(f"{self.limits.max_queue} jobs wait already; ask again when some are done")
            yield

    def preview(self, loop: str, source: Path | None, options: Mapping[str, Any], index: int) -> Preview:
        """One frame as the loop renders it; see `preview.preview`. `options` are as `checked` leaves them."""
        from .preview import preview

        if source is not None:
            check_source(source, self.limits)
        # a host's own pictures need the memory of its device more than the next preview does
        keeps = self.host is None or options.get("device") == "cpu"
        # what paints takes the host's turn itself
        quiet = nullcontext() if self.host is None or loop == "zoom" else self.host.quiet()
        # one after the other: each takes what memory and cores there are
        with self._previewing, quiet, self._kept.lent() if keeps else nullcontext():
            return preview(loop, source, options, index)

    def keys(self, loop: str, source: Path, options: Mapping[str, Any]) -> Survey:
        """Where the shots of a source begin, and which of its frames would be painted.

        Numbers among the options are not heeded: it is these that are asked for.
        Raises a ParallaxError for what cannot be read, and for a loop that has no keys.
        """
        from ..loops.animate.survey import suggested
        from ..media import open_video

        if not hasattr(LOOP_OPTIONS.get(loop), "keys"):
            raise OptionError(f"{loop}: has no keys")
        check_source(source, self.limits)
        chosen: Any = parse(LOOP_OPTIONS[loop], self.checked(loop, options))
        with self._previewing, open_video(source) as reader:
            return suggested(reader, chosen)

    @contextmanager
    def _turn(self, record: JobRecord) -> Iterator[Turn]:
        """A job's turn, with what previews kept out of its way."""
        self._kept.let_go()
        if self.host is None:
            yield Alone()
            return
        with self.host.turn(record) as taken:
            yield taken

    def delete(self, id: str) -> None:
        """Removes a job, stopping it first, and what was uploaded for it alone; its results stay.

        Raises a ParallaxError for a job that is not there or does not stop.
        """
        gone = [record for record in list_jobs(self.places.jobs) if record.id == id]
        self.queue.delete(id)
        where = self.places.uploads
        uploads.forget(uploads.named_by(where, gone) - uploads.named_by(where, list_jobs(self.places.jobs)))

    def _tend_uploads(self, used: list[Any]) -> None:
        """Keeps the uploads that are named here for another day, and removes those that are past theirs."""
        uploads.use(uploads.named_in(self.places.uploads, used))
        uploads.sweep(self.places.uploads, list_jobs(self.places.jobs))

    def checked(self, loop: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options with those that name files made absolute, and what the host decides filled in.

        Raises PathRefused for a file elsewhere.
        """
        chosen = dict(options)
        decided = self.host.defaults if self.host is not None else {}
        known = {o.name for o in describe(LOOP_OPTIONS[loop])} if loop in LOOP_OPTIONS else set()
        for name, value in decided.items():
            if name in known and chosen.get(name) in (None, "", "auto"):
                chosen[name] = value
        chosen.update(self.host.insists if self.host is not None else {})
        for name in MODELS:
            if isinstance(model := chosen.get(name), str) and model:
                chosen[name] = self.places.model(model, name)
        if isinstance(units := chosen.get(UNITS), str):
            for word in re.split(r"[\s\"']+", units):
                if re.search(r"[^\d.]", word):  # a weight may begin with a dot
                    self.places.model(word, UNITS)
        for o in describe(LOOP_OPTIONS[loop]) if loop in LOOP_OPTIONS else ():
            if o.path and chosen.get(o.name):
                place = self.places.writable if o.path == "write" else self._beside
                chosen[o.name] = o.with_paths(chosen[o.name], _within(place, o.name))
        check_sizes(loop, chosen, self.limits)
        for picture in self._pictures_in_prompts(loop, chosen):
            self.places.readable(str(picture), "prompts")
        return chosen

    def _beside(self, path: str, field: str) -> Path:
        """A file or folder that is read beside the source."""
        found = self.places.readable(path, field, deep=True)
        with _about(field):
            check_source(found, self.limits)
        return found

    def _pictures_in_prompts(self, loop: str, options: Mapping[str, Any]) -> tuple[Path, ...]:
        """The files that prompts name."""
        if loop != "zoom":
            return ()
        from ..loops.zoom.words import files_of

        return files_of(parse(LOOP_OPTIONS[loop], options))

    def close(self) -> None:
        """Stops the job at hand; it and what waits are gone on with the next time."""
        self.queue.close()
        self._kept.let_go()


@contextmanager
def _about(field: str) -> Iterator[None]:
    """What is refused of a file inside is about that option."""
    try:
        yield
    except SourceError as error:
        raise OptionError(str(error), field) from None


def _within(place: Callable[[str, str], Path], name: str) -> Callable[[str], str]:
    """What makes the paths of an option absolute; raises PathRefused for those elsewhere."""
    return lambda path: str(place(path, name))


def open_desk(
    host: Any = None,
    *,
    jobs_dir: Path | str | None = None,
    results: Path | str | None = None,
    allowed: Iterable[Path | str] = (),
    limits: Limits | None = None,
    crew: Crew | None = None,
) -> Desk:
    """A desk with its folders made: in the host's output folder, else in the user's data folder.

    crew  does the jobs' work; None leaves it to this process
    """
    home = Path(host.output_dir) if host is not None else user_data_folder()
    jobs = Path(jobs_dir) if jobs_dir is not None else home / "jobs"
    made = Path(results) if results is not None else home / "results"
    folders = [*allowed, *(host.allowed_paths if host is not None else ())]
    places = Places(
        jobs.resolve(),
        made.resolve(),
        # apart from those of other jobs folders, whose jobs this desk does not know
        ((home if jobs_dir is None else jobs) / "uploads").resolve(),
        tuple(Path(f).resolve() for f in folders),
    )
    places.results.mkdir(parents=True, exist_ok=True)
    places.uploads.mkdir(parents=True, exist_ok=True)
    return Desk(places, host, limits, crew)
