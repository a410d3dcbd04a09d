"""What the page and the routes share: the queue, the places, and the host if there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..jobs import Batch, Queue, Status, user_data_folder
from ..options import LOOP_OPTIONS, describe, parse
from .places import Places

MODELS = ("depth_model", "checkpoint", "inpaint_checkpoint")  # options that may name one by its place


class Desk:
    """Takes orders from people who may only name some of this machine's files."""

    def __init__(self, places: Places, host: Any = None):
        self.places = places
        self.host = host
        self.queue = Queue(places.jobs, host.turn if host is not None else None)

    def submit(
        self,
        loop: str,
        source: str | None,
        options: Mapping[str, Any],
        output: str | None = None,
        overwrite: bool = False,
    ) -> Status:
        """Queues a job. Without `output` the result gets a free name among the results.

        Raises a ParallaxError for whatever the caller can put right.
        """
        return self.queue.submit(
            loop,
            self.places.readable(source) if source is not None else None,
            self.checked(loop, options),
            self.places.writable(output) if output else None,
            folder=self.places.results,
            overwrite=overwrite,
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
        """Queues a loop over every picture and video of a folder. Results keep its layout in `output`."""
        sources = self.places.readable(folder, "folder")
        results = self.places.writable(output or f"{sources.name}-{loop}")
        chosen = self.checked(loop, options)
        return self.queue.submit_batch(Batch(loop, sources, chosen, results, recursive, overwrite))

    def checked(self, loop: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options with those that name files made absolute, and what the host decides filled in.

        Raises PathRefused for a file elsewhere.
        """
        chosen = dict(options)
        decided = self.host.defaults if self.host is not None else {}
        for name, value in decided.items():
            if chosen.get(name) in (None, "", "auto"):
                chosen[name] = value
        for name in MODELS:
            model = chosen.get(name)
            if isinstance(model, str) and (Path(model).is_absolute() or model.startswith(("~", "."))):
                chosen[name] = str(self.places.readable(model, name))  # a file or folder, not a name
        for o in describe(LOOP_OPTIONS[loop]) if loop in LOOP_OPTIONS else ():
            if o.path and isinstance(chosen.get(o.name), str) and chosen[o.name]:
                place = self.places.readable if o.path == "read" else self.places.writable
                chosen[o.name] = str(place(chosen[o.name], o.name))
        for picture in self._pictures_in_prompts(loop, chosen):
            self.places.readable(str(picture), "prompts")
        return chosen

    def _pictures_in_prompts(self, loop: str, options: Mapping[str, Any]) -> tuple[Path, ...]:
        """The files that prompts name."""
        if loop != "zoom":
            return ()
        from ..loops.zoom.words import files_of

        return files_of(parse(LOOP_OPTIONS[loop], options))

    def close(self) -> None:
        """Stops the job at hand; it and what waits are gone on with the next time."""
        self.queue.close()


def open_desk(
    host: Any = None,
    *,
    jobs_dir: Path | str | None = None,
    results: Path | str | None = None,
    allowed: Iterable[Path | str] = (),
) -> Desk:
    """A desk with its folders made: in the host's output folder, else in the user's data folder."""
    home = Path(host.output_dir) if host is not None else user_data_folder()
    jobs = Path(jobs_dir) if jobs_dir is not None else home / "jobs"
    made = Path(results) if results is not None else home / "results"
    folders = [*allowed, *(host.allowed_paths if host is not None else ())]
    places = Places(
        jobs.resolve(),
        made.resolve(),
        (home / "uploads").resolve(),
        tuple(Path(f).resolve() for f in folders),
    )
    places.results.mkdir(parents=True, exist_ok=True)
    places.uploads.mkdir(parents=True, exist_ok=True)
    return Desk(places, host)
