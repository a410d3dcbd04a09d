"""Where a loop that paints keeps its pictures between steps, so that none is painted twice."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ..errors import SourceError
from ..media import open_video
from ..types import Image


class Store(Protocol):
    """Pictures uint8 [H, W, 3] and short texts by name, such as "keyframe-0003"."""

    def picture(self, name: str) -> Image | None:
        """The picture kept under that name, or None."""

    def keep_picture(self, name: str, image: Image) -> None:
        """Keeps a picture, in the place of one of that name; it is durable on return."""

    def text(self, name: str) -> str | None:
        """The text kept under that name, or None."""

    def keep_text(self, name: str, text: str) -> None:
        """Keeps a text, in the place of one of that name; it is durable on return."""


class MemoryStore:
    """Keeps for as long as it lives: what a loop has that runs outside of a job."""

    def __init__(self) -> None:
        self._pictures: dict[str, Image] = {}
        self._texts: dict[str, str] = {}

    def picture(self, name: str) -> Image | None:
        return self._pictures.get(name)

    def keep_picture(self, name: str, image: Image) -> None:
        self._pictures[name] = image

    def text(self, name: str) -> str | None:
        return self._texts.get(name)

    def keep_text(self, name: str, text: str) -> None:
        self._texts[name] = text


class Saved:
    """What an earlier run kept in a folder, as PNG and text files. A damaged picture counts as absent."""

    def __init__(self, folder: Path):
        self.folder = folder

    def picture(self, name: str) -> Image | None:
        try:
            with open_video(self.folder / f"{name}.png") as reader:
                return next(iter(reader)).image
        except SourceError:
            return None

    def text(self, name: str) -> str | None:
        try:
            return (self.folder / f"{name}.txt").read_text(encoding="utf-8")
        except (OSError, ValueError):  # it is not UTF-8, or its folder cannot be named
            return None
