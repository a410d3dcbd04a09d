"""Folders of pictures in natural order, and single pictures, as sources of frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import SourceError
from ..types import Frame
from .pictures import picture_bits, picture_size
from .reader import Pixels, Reader
from .see_through import SAID, is_see_through


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sort key under which frame2 comes before frame10."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name.lower())
    ]


class FolderReader(Reader):
    """The pictures of a folder, one frame each at a constant rate. Raises SourceError."""

    kind = "folder"

    def __init__(self, path: Path, pixels: Pixels, rate: Fraction) -> None:
        super().__init__(path)
        self._load = pixels.picture
        try:
            found = [p for p in path.iterdir() if p.suffix.lower() in pixels.suffixes and p.is_file()]
        except OSError as error:
            raise SourceError(f"{path}: cannot be read ({error.strerror})") from error
        self._files = sorted(
            (p for p in found if not p.name.startswith(".")), key=lambda p: (natural_key(p.name), p.name)
        )
        if not self._files:
            raise SourceError(f"{path}: there are no pictures in this folder")
        self.names = [p.stem for p in self._files]
        self.rate = Fraction(rate)
        self.time_base = 1 / self.rate
        self.duration = len(self._files) / self.rate
        self._first = self._first_readable()
        self.size = picture_size(self._first)
        self.bit_depth = picture_bits(self._first)
        self._check_sizes()
        if is_see_through(self._first):
            self.warn(f"{self._first.name} {SAID}")

    def _first_readable(self) -> Path:
        for path in self._files:
            try:
                self._load(path)
                return path
            except SourceError:
                continue
        raise SourceError(f"{self.path}: not one picture of this folder can be read")

    def _check_sizes(self) -> None:
        for path in self._files:
            try:
                size = picture_size(path)
            except SourceError:
                continue
            if size != self.size:
                raise SourceError(
                    f"{path}: it is {size[0]}x{size[1]} where {self._first.name} is "
                    f"{self.size[0]}x{self.size[1]}; the pictures of a folder must be of one size"
                )

    def count(self) -> int:
        return len(self._files)

    def frames(self, start: int = 0) -> Iterator[Frame]:
        if start < 0:
            raise ValueError("frames are counted from 0")
        for number in range(start, len(self._files)):
            yield Frame(self._image(number), number / self.rate if self.rate else Fraction(0))

    def _image(self, number: int) -> np.ndarray:
        """The picture, or where it is damaged the nearest readable one before it (else the first)."""
        path = self._files[number]
        try:
            return self._fitting(self._load(path))
        except SourceError:
            self.warn(f"{path.name} cannot be read; the picture before it is shown")
        for earlier in reversed(self._files[:number]):
            try:
                return self._fitting(self._load(earlier))
            except SourceError:
                continue
        return self._fitting(self._load(self._first))

    def _fitting(self, image: np.ndarray) -> np.ndarray:
        """One type for the whole folder, the first picture's."""
        if image.dtype == np.uint8 and self.bit_depth > 8:
            return image.astype(np.uint16) * 257
        if image.dtype == np.uint16 and self.bit_depth == 8:
            return (image // 257).astype(np.uint8)
        return image


class PictureReader(Reader):
    """One picture as a source of one frame at time 0. Raises SourceError."""

    kind = "picture"

    def __init__(self, path: Path, pixels: Pixels) -> None:
        super().__init__(path)
        self._load = pixels.picture
        height, width = self._load(path).shape[:2]
        self.size = (width, height)
        self.bit_depth = picture_bits(path)
        self.time_base = Fraction(1, 1000)
        if is_see_through(path):
            self.warn(SAID)

    def count(self) -> int:
        return 1

    def frames(self, start: int = 0) -> Iterator[Frame]:
        if start < 0:
            raise ValueError("frames are counted from 0")
        if start == 0:
            yield Frame(self._load(self.path), Fraction(0))
