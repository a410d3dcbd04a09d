"""Frames as pictures: a folder of them, or a single one."""

from __future__ import annotations

import io
import os
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OutputError
from ..types import Size
from .exr import encode_exr
from .geometry import encode_glb, encode_ply
from .page import encode_page
from .pictures import encode_picture, unit_levels
from .publish import publish, refusals, remove, temporary
from .writer import Writer

_SUFFIXES = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}


class FolderWriter(Writer):
    """A folder of pictures; it appears when all are written."""

    def __init__(
        self, path: Path, size: Size, *, kind: str, quality: str, gray: bool, text: str,
        names: list[str] | None, temp_folder: Path | None,
    ) -> None:  # fmt: skip
        self.path = path
        self._size, self._gray, self._quality, self._text = size, gray, quality, text
        self._suffix = _SUFFIXES[kind]
        self._names = names
        self._count = 0
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path}: it is a file where a folder is to be written")
        self._part = temporary(path, temp_folder)
        with refusals(path):
            self._part.mkdir()

    def write(self, image: np.ndarray, pts: Fraction) -> None:
        _check_size(image, self._size)
        named = self._names is not None and self._count < len(self._names)
        stem = self._names[self._count] if named and self._names else f"{self._count:06d}"
        data = encode_picture(image, self._suffix, self._quality, gray=self._gray, text=self._text)
        with refusals(self.path):
            (self._part / f"{stem}{self._suffix}").write_bytes(data)
        self._count += 1

    def close(self) -> None:
        if not self._part.exists():
            return
        try:
            if not self._count:
                raise OutputError(f"{self.path}: there were no frames to write")
            if not self.path.exists() and self._part.parent.stat().st_dev == self.path.parent.stat().st_dev:
                publish(self._part, self.path)
                return
            with refusals(self.path):
                self.path.mkdir(parents=True, exist_ok=True)
            for file in sorted(self._part.iterdir()):
                publish(file, self.path / file.name)
            self.abort()
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        shutil.rmtree(self._part, ignore_errors=True)


class StillWriter(Writer):
    """One picture. A second frame is refused."""

    def __init__(
        self, path: Path, size: Size, *, quality: str, gray: bool, text: str, temp_folder: Path | None
    ) -> None:
        self.path = path
        self._size, self._gray, self._quality, self._text = size, gray, quality, text
        self._part = temporary(path, temp_folder)
        self._written = False

    def write(self, image: np.ndarray, pts: Fraction) -> None:
        if self._written:
            raise OutputError(
                f"{self.path}: a picture holds one frame; name a folder or a video for more than one"
            )
        _check_size(image, self._size)
        data = encode_still(image, self.path.suffix.lower(), self._quality, gray=self._gray, text=self._text)
        self._written = True
        try:
            with refusals(self.path), open(self._part, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            self.abort()
            raise

    def close(self) -> None:
        if not self._written:
            raise OutputError(f"{self.path}: there were no frames to write")
        if self._part.exists():
            publish(self._part, self.path)

    def abort(self) -> None:
        remove(self._part)


def encode_still(image: Any, suffix: str, quality: str, *, gray: bool = False, text: str = "") -> bytes:
    """A file's bytes: a picture, float32 (.exr, .npy), a Surface (.ply, .glb) or a Relief (.html)."""
    if suffix == ".html":
        return encode_page(image).encode()
    if suffix == ".ply":
        return encode_ply(image)
    if suffix == ".glb":
        return encode_glb(image)
    if suffix == ".exr":
        return encode_exr(unit_levels(image))
    if suffix == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, unit_levels(image), allow_pickle=False)
        return buffer.getvalue()
    return encode_picture(image, suffix, quality, gray=gray, text=text)


def _check_size(image: Any, size: Size) -> None:
    height, width = image.shape[:2]
    if (width, height) != size:
        raise ValueError(f"a frame of {width}x{height} for a result of {size[0]}x{size[1]}")
