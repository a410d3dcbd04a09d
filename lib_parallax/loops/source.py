"""Anything that frames can come from, as a Reader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from ..errors import SourceError
from ..media import Nothing, Reader, open_video
from ..types import Frame, Image, Size

RATE = Fraction(30)


def opened(source: Any) -> AbstractContextManager[Reader]:
    """A Reader of a path, a picture, an iterable or nothing; a Reader comes back as it is, and stays open."""
    if source is None:
        return Nothing("nothing")
    if isinstance(source, (str, os.PathLike)):
        return open_video(Path(source))
    if isinstance(source, Reader):
        return nullcontext(source)
    if isinstance(source, np.ndarray) and source.ndim < 4:
        return Given([source], "picture")
    if isinstance(source, Iterable):
        return Given(source)
    raise SourceError(f"a {type(source).__name__} is no source of frames")


class Given(Reader):
    """Frames or pictures handed over in memory; pictures are 1/30 s apart.

    sized  whether it is known how many they are, so that `count` can tell and `frames` can be asked again
    """

    def __init__(self, items: Iterable[Any], kind: str = "video") -> None:
        super().__init__(Path("frames"))
        self.kind = kind
        self.sized = _is_list(items)
        self._total = len(items) if _is_list(items) else None
        self.rate = RATE
        first, self._items = _peek(items)
        image = first.image if isinstance(first, Frame) else first
        if (
            not isinstance(image, np.ndarray)
            or image.ndim != 3
            or image.shape[2] != 3
            or not image.size
            or image.dtype not in (np.uint8, np.uint16)
        ):
            raise SourceError("a source must give Frames or uint8 or uint16 pictures [H, W, 3]")
        self.size = (image.shape[1], image.shape[0])
        self.bit_depth = 8 * image.dtype.itemsize

    def count(self) -> int:
        if self._total is None:
            raise SourceError("how many frames an iterable gives is not known before its end")
        return self._total

    def frames(self, start: int = 0) -> Iterator[Frame]:
        for index, item in enumerate(islice(self._items, start, None), start):
            yield item if isinstance(item, Frame) else Frame(item, index / RATE)


def resized(frame: Frame, size: Size) -> Frame:
    """The frame at (width, height)."""
    image = scaled(frame.image, size)
    return frame if image is frame.image else replace(frame, image=image)


def scaled(image: Image, size: Size) -> Image:
    """The picture at (width, height)."""
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    import cv2

    shrinks = size[0] * size[1] < width * height
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def in_8_bits(image: Image) -> Image:
    """The same picture as uint8."""
    if image.dtype != np.uint16:
        return image
    return ((image.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)


def aspect_at(source: Reader, size: Size | None) -> Fraction:
    """Width over height of a pixel once the frames are of `size`: another shape keeps the scene's."""
    if size is None:
        return source.sample_aspect
    return source.sample_aspect * Fraction(source.size[0] * size[1], source.size[1] * size[0])


def repeatable(source: Reader) -> Reader:
    """A Reader whose frames can be asked for more than once; what comes but once is held in memory."""
    if isinstance(source, Given) and not source.sized:
        return Given(list(source.frames()), source.kind)
    return source


def _is_list(items: Iterable[Any]) -> TypeGuard[Sequence[Any]]:
    """Whether items can be counted and gone through again: a list, a tuple, an array [N, H, W, 3]."""
    return hasattr(items, "__len__") and hasattr(items, "__getitem__")


def _peek(items: Iterable[Any]) -> tuple[Any, Iterable[Any]]:
    """The first of them, and all of them; a sequence stays one."""
    if _is_list(items) and len(items):
        return items[0], items
    stream = iter(items)
    for first in stream:
        return first, chain([first], stream)
    raise SourceError("the source holds no frames")
