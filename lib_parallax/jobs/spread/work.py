"""A worker's work: one task at a time, with the loop and the encoders that a job of one machine uses."""

from __future__ import annotations

import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ... import media
from ...errors import Cancelled, ParallaxError
from ...loops.depths import marked
from ...loops.kept import Kept
from ...types import Boundary, CancelToken, Event, Frame, Image
from ..kept import NAME as KEPT
from ..kept import FolderStore
from ..record import APART, plain
from ..rendering import Bench, Closed, closed_segments
from ..state import save_state
from .inputs import Inputs, Missing
from .site import Site, sees
from .tasks import (
    Brief,
    Ended,
    Failed,
    Found,
    Lacks,
    Made,
    Message,
    Piece,
    Said,
    Sealed,
    Stretch,
    Survey,
    Task,
)

PIECE = 8 << 20  # bytes of a file that are sent at once
SECONDS_BETWEEN = 0.5  # of progress
PREVIEW = 480  # px, the width of its picture
KEEPS = 900.0  # seconds that a network stays loaded after its last use


class Work:
    """Does tasks in a thread, and tells what comes of them."""

    def __init__(self, tell: Callable[[Message], None]):
        self._tell = tell
        self._inputs = Inputs()
        self._kept = Kept(KEEPS)
        self._site: Site | None = None
        self._cancel = CancelToken()

    def begin(self, task: Task) -> None:
        """Starts a task; the one before has ended."""
        self._cancel = cancel = CancelToken()
        threading.Thread(target=self._run, args=(task, cancel), daemon=True, name="task").start()

    def cancel(self) -> None:
        """Ends the task after the frame at hand."""
        self._cancel.cancel()

    def take(self, input_key: str, path: str, data: bytes, mtime_ns: int | None) -> None:
        """A part of an input that is brought, see `inputs`."""
        self._inputs.take(input_key, path, data, mtime_ns)

    def close(self) -> None:
        """Removes what was brought."""
        if self._site is not None:
            self._site.close()
        self._inputs.close()

    def _run(self, task: Task, cancel: CancelToken) -> None:
        end: Message = Ended()
        try:
            site = self._at(task.brief)
            if isinstance(task.work, Survey):
                self._survey(site, task.work, cancel)
            else:
                self._render(site, task.work, cancel)
        except Missing as missing:
            end = Lacks(missing.inputs)
        except Cancelled:
            pass
        except ParallaxError as error:
            end = Failed(error)
        except Exception as error:
            end = Failed(RuntimeError(f"{type(error).__name__}: {error}"), traceback.format_exc())
        with suppress(OSError):  # nobody listens any more
            self._tell(end)

    def _at(self, brief: Brief) -> Site:
        if self._site is None or self._site.brief != brief:
            if self._site is not None:
                self._site.close()
                self._site = None
            self._site = Site(brief, self._inputs)
        return self._site

    def _survey(self, site: Site, survey: Survey, cancel: CancelToken) -> None:
        found: list[int] = []
        told = time.monotonic()
        for frame in media.ahead(marked(site.source, site.options, survey.start), 2):
            if cancel.cancelled:
                raise Cancelled("stopped")
            if frame.boundary is not None and frame.boundary.cut:
                found.append(frame.boundary.index)
            if found and time.monotonic() - told > SECONDS_BETWEEN:
                self._tell(Found(tuple(found)))
                found, told = [], time.monotonic()
        self._tell(Found(tuple(found)))

    def _render(self, site: Site, stretch: Stretch, cancel: CancelToken) -> None:
        brief = site.brief
        there = sees(brief)
        folder = Path(brief.folder) / APART / stretch.name if there else self._inputs.folder / stretch.name
        folder.mkdir(parents=True)
        told = _Telling(self._tell)
        limits: dict[str, Any] = {} if stretch.end is None else {"end": stretch.end}
        if site.plan.painter:
            limits["store"] = FolderStore(site.folder_for_paintings(there) / KEPT)
        frames = site.loop.frames(
            site.source, site.options, on_event=told.hear, cancel=cancel, start=stretch.start, **limits
        )
        bench = Bench(folder, brief.targets, site.encoders, brief.watched)
        try:
            for closed in closed_segments(
                self._with_kept(frames), bench, 0, stretch.number, cancel, told.frame
            ):
                self._seal(site, stretch, folder, told, closed, there)
        finally:
            if not there:
                shutil.rmtree(folder, ignore_errors=True)

    def _with_kept(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        # in the thread that asks for the frames: what is lent is lent to a thread
        with self._kept.lent():
            yield from frames

    def _seal(
        self, site: Site, stretch: Stretch, folder: Path, told: _Telling, closed: Closed, there: bool
    ) -> None:
        after = closed.after
        at_end = after is None
        if after is None and stretch.end is not None:
            after = Boundary(stretch.end, True)
        state = {**after.state} if after is not None else {}
        if at_end and site.tally is not None:
            state[site.tally.name] = told.tally
        name = None
        if state:
            name = f"state-{told.segments:05d}.npz"
            save_state(folder / name, state)
        if not there:
            files = [folder / file["path"] for file in closed.files.values()]
            for path in [*files, *([folder / name] if name else [])]:
                self._ship(folder, path)
        told.frames_made()
        self._tell(
            Sealed(
                closed.frames,
                closed.files,
                None if after is None else (after.index, after.cut),
                name,
                tuple(closed.motion),
                told.new_warnings(),
                told.new_hurt(site.source),
                told.report if at_end else None,
                not there,
            )
        )
        told.segments += 1

    def _ship(self, folder: Path, path: Path) -> None:
        """Sends a file, or a folder's files, and removes what is sent."""
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            name = file.relative_to(folder).as_posix()
            with open(file, "rb") as stream:
                while (block := stream.read(PIECE)) or stream.tell() == 0:
                    self._tell(Piece(name, block))
                    if not block:
                        break
            file.unlink()


class _Telling:
    """What a loop tells during one stretch, and how far it is."""

    def __init__(self, tell: Callable[[Message], None]):
        self._tell = tell
        self._warnings: list[str] = []
        self._warned = self._hurt = 0
        self._frames = 0
        self._told = 0.0
        self.report: dict[str, Any] = {}
        self.tally: dict[str, Any] = {}
        self.segments = 0

    def hear(self, event: Event) -> None:
        if event.kind in ("note", "stage"):
            self._tell(Said(event.kind, event.text))
        elif event.kind == "warning":
            self._warnings.append(event.text)
        elif event.kind == "report":
            self.report = plain(event.data)
        elif event.kind == "tally":
            self.tally = dict(event.data)

    def frame(self, frame: Frame) -> None:
        self._frames += 1
        if time.monotonic() - self._told > SECONDS_BETWEEN:
            self.frames_made(_small(frame.image))

    def frames_made(self, image: Image | None = None) -> None:
        if self._frames:
            self._tell(Made(self._frames, image))
        self._frames, self._told = 0, time.monotonic()

    def new_warnings(self) -> tuple[str, ...]:
        told = tuple(self._warnings[self._warned :])  # the loop's thread may add one meanwhile
        self._warned += len(told)
        return told

    def new_hurt(self, source: media.Reader) -> tuple[str, ...]:
        told = tuple(text.removeprefix(f"{source.path}: ") for text in source.warnings[self._hurt :])
        self._hurt += len(told)
        return told


def _small(image: Image) -> Image:
    """Every n-th pixel: enough to look at."""
    step = max(1, image.shape[1] // PREVIEW)
    return image[::step, ::step].copy()
