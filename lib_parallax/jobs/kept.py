"""What a loop that paints keeps in its job's folder: pictures and texts, there after the job as well."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from ..loops.store import Saved
from ..media import open_writer
from ..types import Image
from .durable import sync_file, sync_folder, writing

NAME = "kept"
DRAFT = ".draft-"


class FolderStore(Saved):
    """One of `loops.store.Store`: PNG and text files in a folder."""

    def keep_picture(self, name: str, image: Image) -> None:
        """Raises OutputError when the disk does not take it."""
        with (
            self._durable(self.folder / f"{name}.png") as draft,
            open_writer(draft, (image.shape[1], image.shape[0]), rate=Fraction(1)) as writer,
        ):
            writer.write(image, Fraction(0))

    def keep_text(self, name: str, text: str) -> None:
        """Raises OutputError when the disk does not take it."""
        with self._durable(self.folder / f"{name}.txt") as draft:
            draft.write_text(text, encoding="utf-8")

    @contextlib.contextmanager
    def _durable(self, path: Path) -> Iterator[Path]:
        """Where to write what `path` is to hold: it takes its name when the disk has it, or never."""
        with writing(path):
            if not self.folder.is_dir():
                self.folder.mkdir(parents=True, exist_ok=True)
                sync_folder(self.folder.parent)
            draft = path.with_name(f"{DRAFT}{path.name}")
            try:
                yield draft
                sync_file(draft)
                os.replace(draft, path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
            sync_folder(self.folder)


def clear_drafts(job: Path) -> None:
    """Removes from a job's folder what a killed process was about to keep."""
    for path in (job / NAME).glob(".*"):
        path.unlink(missing_ok=True)
