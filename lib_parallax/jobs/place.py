"""From the job's folder to the place the user named: in one step, or not at all.

On one file system that step is a rename. Across two, the result is first copied to a hidden
name beside its place, made durable, and renamed there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path

from ..errors import ExistsError, OutputError
from .durable import sync, sync_folder, writing

FRAME_SUFFIXES = (".png", ".exr", ".npy")


def check_place(path: Path, folder: bool, overwrite: bool) -> None:
    """Refuses a place that cannot take the result: before a frame is made, and again at the end.

    With `overwrite` a file replaces a file, and a folder of frames a folder that holds nothing
    but such frames. Raises OutputError.
    """
    if folder and path.is_dir():
        if any(path.iterdir()) and not overwrite:
            raise ExistsError(f"{path}: exists already; --overwrite replaces it")
        foreign = next(
            (p for p in path.iterdir() if p.suffix.lower() not in FRAME_SUFFIXES or not p.is_file()), None
        )
        if foreign is not None:
            raise OutputError(f"{path}: holds {foreign.name}, so it is not replaced; name another folder")
    elif path.is_dir():
        raise OutputError(f"{path}: is a folder; name a file")
    elif os.path.lexists(path) and folder:
        raise OutputError(f"{path}: is a file; name a folder, or a video or picture by its suffix")
    elif os.path.lexists(path) and not overwrite:
        raise ExistsError(f"{path}: exists already; --overwrite replaces it")
    check_writable(pointed_at(path).parent)


def check_writable(folder: Path) -> None:
    """Raises OutputError unless files can be made in `folder`, or in what exists of its path."""
    with writing(folder, any_reason=True):
        existing = _nearest_existing(folder)
    if not existing.is_dir():
        raise OutputError(f"{folder}: cannot be written, {existing} is a file, not a folder")
    with writing(folder, any_reason=True), tempfile.TemporaryFile(dir=existing):
        pass


def _nearest_existing(folder: Path) -> Path:
    while True:
        try:
            folder.lstat()
            return folder
        except (FileNotFoundError, NotADirectoryError):
            if folder == folder.parent:
                raise
            folder = folder.parent


def place(work: Path, target: Path) -> None:
    """Moves a finished file or folder of the job to its place, replacing what is there.

    A symbolic link stays, and what it points to is replaced.
    """
    with writing(target, any_reason=True):
        target = pointed_at(target)
        make_folders(target.parent)
        sync(work)
        try:
            _replace(work, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_and_replace(work, target)
        sync_folder(target.parent)


def pointed_at(path: Path) -> Path:
    """Where a symbolic link leads, there or not; any other path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def make_folders(folder: Path) -> None:
    """Makes a folder and those that lead to it, for good: what is put there is not lost with their names."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        sync_folder(path.parent)


def settle(target: Path) -> None:
    """Puts right what a process left beside a place when it was killed as it put its result there.

    A copy that was not whole is removed. A folder that stood there before is put back, or removed where
    the new one has come.
    """
    with contextlib.suppress(OSError):  # whoever uses the place next is told what is wrong with it
        target = pointed_at(target)
        remove(hidden_beside(target))
        old = _old_beside(target)
        if old.exists() and not os.path.lexists(target):
            os.replace(old, target)
        remove(old)


def _copy_and_replace(work: Path, target: Path) -> None:
    hidden = hidden_beside(target)
    try:
        remove(hidden)
        if work.is_dir():
            hidden.mkdir()
            for file in work.iterdir():
                shutil.copyfile(file, hidden / file.name)
        else:
            shutil.copyfile(work, hidden)
        sync(hidden)
        _replace(hidden, target)
    except BaseException:
        remove(hidden)
        raise
    remove(work)


def hidden_beside(target: Path) -> Path:
    """The name under which a copy for `target` grows: always the same, so that a killed one is found."""
    return target.with_name(f".{target.name}.parallax-part")


def _old_beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.parallax-old")


def _replace(new: Path, target: Path) -> None:
    # a folder cannot be renamed onto one that holds files
    old = _old_beside(target)
    if not new.is_dir() or not target.exists():
        os.replace(new, target)
        remove(old)  # of a run that was killed between its two renames
        return
    remove(old)
    os.replace(target, old)
    try:
        os.replace(new, target)
    except BaseException:
        os.replace(old, target)
        raise
    remove(old)


def remove(path: Path) -> None:
    """Deletes a file or folder, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
