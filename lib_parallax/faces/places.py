"""Where a face that others can reach keeps things, and which files it lets them name."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import OptionError, OutputError

LONGEST_NAME = 120


class PathRefused(OptionError):
    """A path outside the folders that may be named."""


@dataclass(frozen=True)
class Places:
    """Folders, all absolute and free of links.

    jobs     one folder a job
    results  where results go that nobody named
    uploads  what was sent to us
    allowed  further folders whose files may be named as sources and results
    """

    jobs: Path
    results: Path
    uploads: Path
    allowed: tuple[Path, ...] = ()

    def readable(self, path: str, field: str = "source") -> Path:
        """The file or folder that `path` names. Raises PathRefused when it lies elsewhere."""
        return self._inside(path, field, (*self.allowed, self.results, self.uploads, *self._kept(path)))

    def writable(self, path: str, field: str = "output") -> Path:
        """Where `path` lets something be written. A bare name lies among the results."""
        return self._inside(path, field, (*self.allowed, self.results), self.results)

    def model(self, name: str, field: str) -> str:
        """The model's name, or where a place is meant, its file or folder. Raises PathRefused.

        A name may hold a slash, as those of hubs do; what is there under it is a place all the same.
        """
        try:
            place = (
                os.path.isabs(name)
                or name.startswith(("~", ".", "\\"))
                or ".." in re.split(r"[/\\]", name)
                or os.path.lexists(name)
            )
        except (OSError, ValueError):
            place = True
        return str(self.readable(name, field)) if place else name

    def _kept(self, path: str) -> tuple[Path, ...]:
        """What a job painted, which its options may name again, for a path inside it."""
        if "\0" in path:
            return ()
        real = Path(os.path.realpath(os.path.expanduser(path)))
        inside = real.relative_to(self.jobs).parts if self.jobs in real.parents else ()
        return (self.jobs / inside[0] / "kept",) if inside[1:2] == ("kept",) else ()

    def _inside(self, path: str, field: str, folders: tuple[Path, ...], start: Path = Path()) -> Path:
        # a network path would make the machine sign in at somebody's server just by looking
        if "\0" in path or path.startswith(("\\\\", "//")):
            raise PathRefused(f"{field}: {path!r} is no path on this machine", field)
        real = Path(os.path.realpath(start / os.path.expanduser(path)))
        if not any(folder == real or folder in real.parents for folder in folders):
            raise PathRefused(
                f"{field}: {path} lies outside the folders that may be used here, "
                f"{', '.join(map(str, folders))}",
                field,
            )
        try:
            odd = real.exists() and not (real.is_file() or real.is_dir())
        except OSError as error:  # too long a name, say
            raise PathRefused(
                f"{field}: {path[:80]}... cannot be looked at, {error.strerror}", field
            ) from None
        if odd:
            raise PathRefused(f"{field}: {path} is neither a file nor a folder", field)
        return real

    def keep_upload(self, name: str, data: BinaryIO) -> Path:
        """Writes what was sent under its own name made safe, in a folder of its own; that path.

        Raises OutputError when the disk does not take it.
        """

        def write(path: Path) -> None:
            with open(path, "wb") as file:
                shutil.copyfileobj(data, file, 1 << 20)

        return self._keep(name, write)

    def keep_file(self, file: Path) -> Path:
        """The same of a file that lies on this machine: a second name for it, where the disk knows such.

        Raises OutputError when the disk does not take it.
        """

        def link(path: Path) -> None:
            try:
                os.link(file, path)
            except OSError:  # it lies on another disk, or on one without links
                shutil.copyfile(file, path)

        return self._keep(file.name, link)

    def _keep(self, name: str, put: Callable[[Path], None]) -> Path:
        stem, suffix = os.path.splitext(os.path.basename(name.replace("\\", "/")))
        safe = re.sub(r"[^\w.() -]+", "_", stem).strip(". ")[:LONGEST_NAME] or "upload"
        suffix = re.sub(r"[^\w.]+", "", suffix)[:12]
        try:
            folder = _new_folder(self.uploads)
            path = folder / f"{safe}{suffix}"
            try:
                put(path)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            raise OutputError(f"{name}: cannot be kept, {error.strerror or error}") from error
        return path


def _new_folder(parent: Path) -> Path:
    number = 1
    while True:
        folder = parent / f"{number:06d}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
            continue
        return folder
