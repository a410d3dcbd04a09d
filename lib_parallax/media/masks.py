"""Masks out of picture files: white is what is meant, or in a file with transparent parts what is opaque."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import OptionError
from .orientation import EXIF
from .picture_files import open_picture
from .pictures import load_grey
from .reader import NUMBER_SUFFIXES, PICTURE_SUFFIXES
from .see_through import is_see_through
from .sequence import natural_key

_ORIENTATION_TAG = 0x0112
MOST = 256  # of a folder: it is rather one of something else


class NamedMask(NamedTuple):
    """float32 [h, w] 0..1, and the file's name without its suffix."""

    name: str
    mask: np.ndarray


def load_masks(place: str | Path, field: str) -> list[NamedMask]:
    """The masks of a file, or of a folder's files in natural order. Raises OptionError for `field`."""
    try:
        return [NamedMask(file.stem, load_mask(file)) for file in _files(Path(place).expanduser(), field)]
    except OptionError:
        raise
    except Exception as error:
        raise OptionError(f"{field}: {error}", field) from error


def _files(path: Path, field: str) -> list[Path]:
    if not path.is_dir():
        return [path]
    kinds = (*PICTURE_SUFFIXES, *NUMBER_SUFFIXES)
    files = [p for p in path.iterdir() if p.suffix.lower() in kinds and not p.name.startswith(".")]
    if not files:
        raise OptionError(f"{field}: there are no pictures in {path}", field)
    if len(files) > MOST:
        raise OptionError(f"{field}: {path} holds {len(files)} pictures; {MOST} masks are the most", field)
    return sorted(files, key=lambda p: (natural_key(p.name), p.name))


def load_mask(path: Path) -> np.ndarray:
    """float32 [h, w] 0..1 of a picture's alpha where some of it is transparent, else of its brightness."""
    if not is_see_through(path):
        return load_grey(path)
    with open_picture(path) as picture:
        orientation = EXIF.get(picture.getexif().get(_ORIENTATION_TAG, 1), EXIF[1])
        alpha = np.asarray(picture.convert("RGBA"))[..., 3]
    return orientation.apply(alpha).astype(np.float32) / np.float32(255)
