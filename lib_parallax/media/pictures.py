"""One picture from a file and to a file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from ..errors import SourceError
from ..types import Size
from .arrays import load_array
from .colour import grey_levels, rescaled
from .exr import decode_exr
from .inscription import exif_comment, in_png
from .orientation import EXIF
from .picture_files import check_pixels, claimed_size, holds_its_chunks, open_picture
from .reader import NUMBER_SUFFIXES
from .see_through import has_alpha, over_mean

_DEEP_SUFFIXES = (".png", ".tif", ".tiff")
_ORIENTATION_TAG = 0x0112
JPEG_QUALITY = {"draft": 80, "balanced": 92, "high": 97, "lossless": 100}


def load_rgb(path: Path) -> np.ndarray:
    """RGB `[H, W, 3]`, uint8 or uint16 at full scale, upright by its EXIF; transparent parts `over_mean`.

    Raises SourceError for what is missing, damaged or no picture.
    """
    image = _load(path)
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    return np.ascontiguousarray(over_mean(image) if image.shape[2] == 4 else image[..., :3])


def load_grey(path: Path) -> np.ndarray:
    """float32 `[H, W]` in 0..1 of a grey picture, or the mean of an RGB one: 8 or 16 bit, or of floats."""
    image = load_numbers(path) if path.suffix.lower() in NUMBER_SUFFIXES else _load(path, whole_range=True)
    if image.ndim == 3 and image.dtype.kind == "f":
        image = image[..., :3].mean(axis=2)
    if image.dtype.kind == "f":
        return np.clip(np.nan_to_num(image), 0, 1).astype(np.float32)
    top = np.float32(np.iinfo(image.dtype).max)
    if image.ndim == 2:
        return image.astype(np.float32) / top
    channels = image[..., :3]
    return (channels.astype(np.float32).sum(axis=2) / (channels.shape[2] * top)).astype(np.float32)


def picture_size(path: Path) -> Size:
    """(width, height) of a picture, upright, from its header. Raises SourceError."""
    if path.suffix.lower() in NUMBER_SUFFIXES:
        height, width = load_numbers(path).shape[:2]
        return width, height
    try:
        with open_picture(path) as picture:
            orientation = EXIF.get(picture.getexif().get(_ORIENTATION_TAG, 1), EXIF[1])
            return orientation.size(*picture.size)
    except SourceError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error


def picture_bits(path: Path) -> int:
    """8 or 16, as the loaded array will have."""
    return 16 if path.suffix.lower() in NUMBER_SUFFIXES or _is_deep(path) else 8


def load_numbers(path: Path) -> np.ndarray:
    """`[H, W]` or `[H, W, C]` of an .exr or .npy file. Raises SourceError."""
    if path.suffix.lower() == ".exr":
        return decode_exr(path)
    image = load_array(path)
    plain = image.dtype.kind == "f" or image.dtype in (np.uint8, np.uint16)
    if not plain or image.ndim not in (2, 3):
        raise SourceError(f"{path}: depth is an array [H, W] of floating point, uint8 or uint16")
    check_pixels(path, (image.shape[1], image.shape[0]))
    return np.array(image)


def unit_levels(image: np.ndarray) -> np.ndarray:
    """Integers over their full scale as float32 0..1; floats as they are, in float32."""
    if image.dtype.kind == "f":
        return np.ascontiguousarray(image, dtype=np.float32)
    return image.astype(np.float32) / np.float32(np.iinfo(image.dtype).max)


def encode_picture(
    image: np.ndarray, suffix: str, quality: str, *, gray: bool = False, text: str = ""
) -> bytes:
    """A picture file's bytes: PNG (8 or 16 bit, as the array), TIFF the same, JPEG, WebP or BMP (8 bit).

    text   is kept in PNG, JPEG and WebP, where the webui keeps its own
    """
    data = _encode(image, suffix, quality, gray, text)
    return in_png(data, text) if text and suffix == ".png" else data


def _encode(image: np.ndarray, suffix: str, quality: str, gray: bool, text: str) -> bytes:
    import cv2

    if gray:
        deep = suffix in _DEEP_SUFFIXES and image.dtype != np.uint8
        levels = grey_levels(image, 16 if deep else 8)
    else:
        deep = suffix in _DEEP_SUFFIXES and image.dtype == np.uint16
        levels = rescaled(image, 16 if deep else 8)
    if deep:
        bgr = levels if gray else levels[..., [2, 1, 0, 3][: levels.shape[2]]]
        options = [cv2.IMWRITE_PNG_COMPRESSION, 3] if suffix == ".png" else []
        done, data = cv2.imencode(suffix, np.ascontiguousarray(bgr), options)
        if not done:
            raise ValueError(f"OpenCV could not encode {suffix}")
        return data.tobytes()
    return _encode_shallow(levels, suffix, quality, exif_comment(text) if text else b"")


def _encode_shallow(levels: np.ndarray, suffix: str, quality: str, exif: bytes) -> bytes:
    from PIL import Image

    settings: dict[str, dict[str, object]] = {
        ".png": {"format": "PNG", "compress_level": 3},
        ".jpg": {"format": "JPEG", "quality": JPEG_QUALITY[quality], "subsampling": 0},
        ".webp": {"format": "WEBP", "quality": JPEG_QUALITY[quality], "lossless": quality == "lossless"},
        ".tif": {"format": "TIFF", "compression": "tiff_lzw"},
        ".bmp": {"format": "BMP"},
    }
    suffix = {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix, suffix)
    if exif and suffix in (".jpg", ".webp"):
        settings[suffix]["exif"] = exif
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(levels)).save(buffer, **settings[suffix])  # type: ignore[arg-type]
    return buffer.getvalue()


def _load(path: Path, whole_range: bool = False) -> np.ndarray:
    try:
        if _is_deep(path, whole_range):
            return _load_deep(path)
        with open_picture(path) as picture:
            orientation = EXIF.get(picture.getexif().get(_ORIENTATION_TAG, 1), EXIF[1])
            grey = picture.mode in ("L", "1", "LA") and whole_range
            # a copy: one that is read-only would have every kernel compiled for it anew
            colours = "RGBA" if has_alpha(picture) else "RGB"
            return orientation.apply(np.array(picture.convert("L" if grey else colours)))
    except SourceError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error


def _load_deep(path: Path) -> np.ndarray:
    """By OpenCV, because Pillow reads 16-bit colour as 8 bit."""
    import cv2

    claimed, image = claimed_size(path), None
    if claimed is not None:
        check_pixels(path, claimed)
        data = np.fromfile(path, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if holds_its_chunks(data.data) else None
    if image is None:
        raise SourceError(f"{path}: the picture is damaged or of a kind that cannot be read")
    if image.ndim == 3:
        image = image[..., [2, 1, 0, *range(3, image.shape[2])]] if image.shape[2] >= 3 else image[..., 0]
    return np.ascontiguousarray(image)


def _is_deep(path: Path, floats: bool = False) -> bool:
    """Whether a picture has 16-bit components (or, for depth, floating-point ones)."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".png":
            with open(path, "rb") as file:
                header = file.read(26)
            return len(header) == 26 and header[24] == 16
        if suffix in (".tif", ".tiff"):
            with open_picture(path) as picture:
                tags = getattr(picture, "tag_v2", {})
                bits = tags.get(258, (8,))
                bits = max(bits) if isinstance(bits, tuple) else bits
                return bits == 16 or (floats and bits == 32)
    except Exception:
        return suffix != ".png"  # colour of 16 bit is unknown to Pillow; OpenCV may know it, or says no
    return False


def _unreadable(path: Path, error: Exception) -> SourceError:
    if not path.exists():
        return SourceError(f"{path}: there is no such file")
    if isinstance(error, PermissionError):
        return SourceError(f"{path}: cannot be read (permission denied)")
    return SourceError(f"{path}: not a picture, or a damaged one")
