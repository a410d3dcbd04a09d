"""What a loop that paints keeps in its job's folder: pictures and texts, there after the job as well."""

from __future__ import annotations

from fractions import Fraction

from ..loops.store import Saved
from ..media import open_writer
from ..types import Image
from .durable import sync, writing

NAME = "kept"


class FolderStore(Saved):
    """One of `loops.store.Store`: PNG and text files in a folder."""

    def keep_picture(self, name: str, image: Image) -> None:
        """Raises OutputError when the disk does not take it."""
        path = self.folder / f"{name}.png"
        with writing(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            # the writer puts a file in its place only when it is whole
            with open_writer(path, (image.shape[1], image.shape[0]), rate=Fraction(1)) as writer:
                writer.write(image, Fraction(0))
            sync(path)

    def keep_text(self, name: str, text: str) -> None:
        """Raises OutputError when the disk does not take it."""
        path = self.folder / f"{name}.txt"
        with writing(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(path.name + ".part")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(path)
            sync(path)
