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
from ..names import LONGEST_NAME, safe_name, why_no_name, why_no_path

SYSTEM = tuple(map(Path, ("/dev", "/proc", "/sys")))  # no files for anybody, whatever is allowed
MOST_ENTRIES = 200_000  # of a folder that are looked through for links


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

    def readable(self, path: str, field: str = "source", deep: bool = False) -> Path:
        """The file or folder that `path` names, free of links. Raises PathRefused when it lies elsewhere,
        or when a file in that folder does; with `deep` in a folder inside it as well.
        """
        folders = (*self.allowed, self.results, self.uploads, *self._kept(path))
        real = self._inside(path, field, folders)
        if real.is_dir():
            _check_links(real, field, folders, deep)
        return real

    def writable(self, path: str, field: str = "output") -> Path:
        """Where `path` lets something be written. A bare name lies among the results."""
        real = self._inside(path, field, (*self.allowed, self.results), self.results)
        for made in (real, *real.parents):
            if os.path.lexists(made):
                break
            if (wrong := why_no_name(made.name)) is not None:
                raise PathRefused(f"{field}: the name {made.name[:80]!r} {wrong}; choose another", field)
        return real

    def gives(self, path: Path) -> bool:
        """Whether a file may be given to others."""
        real = _real(path)
        return any(folder in real.parents for folder in (*self.allowed, self.results, self.jobs))

    def model(self, name: str, field: str) -> str:
        """The model's name, or where a place is meant, its file or folder. Raises PathRefused.

        A name may hold a slash, as those of hubs do; what is there under it is a place all the same.
        """
        if any(len(part.encode("utf-8", "replace")) > LONGEST_NAME for part in re.split(r"[/\\]", name)):
            raise PathRefused(f"{field}: {name[:80]!r}... is longer than a name can be", field)
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
        if why_no_path(path, os.name == "nt") is not None:
            return ()
        real = _real(os.path.expanduser(path))
        inside = real.relative_to(self.jobs).parts if self.jobs in real.parents else ()
        return (self.jobs / inside[0] / "kept",) if inside[1:2] == ("kept",) else ()

    def _inside(self, path: str, field: str, folders: tuple[Path, ...], start: Path = Path()) -> Path:
        if (wrong := why_no_path(path, os.name == "nt")) is not None:
            raise PathRefused(f"{field}: {path[:200]!r} {wrong}, and no path on this machine", field)
        try:
            real = _real(start / os.path.expanduser(path))
        except ValueError:  # letters that no name can hold
            raise PathRefused(f"{field}: {path[:200]!r} is no path on this machine", field) from None
        if not _lies_in(real, folders):
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
        try:
            folder = _new_folder(self.uploads)
            path = folder / safe_name(name)
            try:
                put(path)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            raise OutputError(f"{name}: cannot be kept, {error.strerror or error}") from error
        return path


def _real(path: Path | str) -> Path:
    return Path(os.path.realpath(path))


def _lies_in(real: Path, folders: tuple[Path, ...]) -> bool:
    if any(folder == real or folder in real.parents for folder in SYSTEM):
        return False
    return any(folder == real or folder in real.parents for folder in folders)


def _check_links(folder: Path, field: str, folders: tuple[Path, ...], deep: bool) -> None:
    """Raises PathRefused for a folder whose files are links to elsewhere. Folders that are links are not
    gone into by those who read."""
    count = 0
    for place, inner, names in os.walk(folder):
        count += len(names)
        if count > MOST_ENTRIES:
            raise PathRefused(f"{field}: {folder} holds more than {MOST_ENTRIES} files", field)
        for name in names:
            path = Path(place, name)
            if path.is_symlink() and not _lies_in(_real(path), folders):
                raise PathRefused(
                    f"{field}: {path} is a link that leads outside the folders used here", field
                )
        if not deep:
            inner.clear()


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
