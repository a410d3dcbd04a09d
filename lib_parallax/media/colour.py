"""Between a file's YUV and RGB, by the matrix and range that the file declares.

swscale only resamples chroma here; the matrix is applied by one affine transform whose numbers come from
ITU-T H.273, because swscale's own RGB paths differ between versions by up to a dozen levels (full range)
and are off by several 10-bit steps (limited range, deep formats).
Codes of matrix, primaries, transfer and range are those of H.273 and of FFmpeg.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..types import Size
from .side_data import side_data

RGB, BT709, UNSPECIFIED, BT601, BT2020 = 0, 1, 2, 6, 9
LIMITED, FULL = 1, 2
PQ, HLG = 16, 18

_LUMA_WEIGHTS = {  # matrix: (red, blue)
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}


@dataclass(frozen=True)
class Colour:
    """What a file says of its colours.

    mastering, light   HDR10's mastering display and (MaxCLL, MaxFALL), as x265 writes them, or None.
    """

    matrix: int = BT709
    primaries: int = BT709
    transfer: int = BT709
    range: int = LIMITED
    mastering: str | None = None
    light: str | None = None

    @property
    def hdr(self) -> str | None:
        """ "hdr10", "hlg" or None."""
        return {PQ: "hdr10", HLG: "hlg"}.get(self.transfer)

    def for_yuv(self) -> Colour:
        """The same for storing as YUV: what was RGB becomes BT.709, limited as players expect."""
        if self.matrix == RGB:
            return replace(self, matrix=BT709, range=LIMITED)
        return self if self.matrix in _LUMA_WEIGHTS else replace(self, matrix=BT709)


def of_frame(frame: Any, context: Any = None) -> Colour:
    """Colour of a decoded frame; what it leaves open is guessed as players do (BT.709 from 720 lines up).

    `context` is its decoder's, which older PyAV asks for primaries and transfer.
    """
    matrix = int(frame.colorspace)
    if frame.format.is_rgb:
        matrix = RGB
    elif matrix not in _LUMA_WEIGHTS:
        matrix = BT709 if frame.height >= 720 else BT601
    value_range = int(frame.color_range)
    if value_range not in (LIMITED, FULL):
        whole = frame.format.is_rgb or _is_grey(frame.format) or frame.format.name.startswith("yuvj")
        value_range = FULL if whole else LIMITED
    mastering, light = _hdr_metadata(frame)
    return Colour(
        matrix=matrix,
        primaries=_said("color_primaries", frame, context),
        transfer=_said("color_trc", frame, context),
        range=value_range,
        mastering=mastering,
        light=light,
    )


def _said(name: str, frame: Any, context: Any) -> int:
    value = getattr(frame, name, None)
    return int(getattr(context, name, UNSPECIFIED) if value is None else value)


def depth_of(pixel_format: Any) -> int:
    """Bits of a component of a PyAV VideoFormat."""
    if pixel_format.has_palette:
        return 8
    return max((c.bits for c in pixel_format.components), default=8)


def to_rgb(frame: Any, colour: Colour) -> np.ndarray:
    """RGB `[H, W, 3]` of a PyAV frame: uint8, or uint16 at full scale for more than 8 bit."""
    import cv2

    deep = depth_of(frame.format) > 8
    if frame.format.is_rgb or frame.format.has_palette or _is_odd(frame.format):
        return _rgb_frame(frame, deep)
    if _is_grey(frame.format):
        grey = _grey_levels(frame, colour.range, 65535 if deep else 255)
        return np.repeat(grey[..., None], 3, axis=2)
    bits = depth_of(frame.format)
    planes = _planes(_resampled(frame, _yuv444(frame.format, bits)), deep)
    matrix = _to_rgb_matrix(colour, bits, 65535 if deep else 255)
    return cv2.transform(cv2.merge(planes), matrix)


def to_grey(frame: Any, colour: Colour) -> np.ndarray:
    """Luma (of RGB: the mean) of a PyAV frame as float32 `[H, W]` in 0..1, by its range."""
    if frame.format.is_rgb or frame.format.has_palette or _is_odd(frame.format):
        image = _rgb_frame(frame, depth_of(frame.format) > 8)
        return (image.astype(np.float32).sum(axis=2) / (3 * np.iinfo(image.dtype).max)).astype(np.float32)
    bits = depth_of(frame.format)
    name = frame.format.name
    if name.startswith("gray") or (frame.format.is_planar and name.startswith(("yuv", "nv"))):
        source = frame
    else:
        source = _resampled(frame, _yuv444(frame.format, bits))
    return _unit_luma(plane_values(source.planes[0], frame.width, frame.height, bits > 8), bits, colour.range)


def from_rgb(image: np.ndarray, pixel_format: str, colour: Colour) -> Any:
    """A PyAV frame in `pixel_format` of an RGB picture (uint8, or uint16 at full scale)."""
    import av
    import cv2

    height, width = image.shape[:2]
    target = av.VideoFormat(pixel_format, width, height)
    bits = depth_of(target)
    full = np.iinfo(image.dtype).max
    if target.is_rgb:
        return _frame_of_rgb(image, pixel_format, bits)
    deep = bits > 8
    if deep and image.dtype == np.uint8:
        image, full = image.astype(np.uint16) * 257, 65535
    matrix = _from_rgb_matrix(colour, bits, full)
    yuv = cv2.transform(np.ascontiguousarray(image), matrix)
    if deep:
        np.minimum(yuv, (1 << bits) - 1, out=yuv)
    elif yuv.dtype != np.uint8:
        yuv = np.minimum(yuv, 255).astype(np.uint8)
    frame = av.VideoFrame(width, height, _yuv444(target, bits))
    for plane, values in zip(frame.planes, cv2.split(yuv), strict=True):
        fill_plane(plane, values)
    return _resampled(frame, pixel_format)


def from_grey(image: np.ndarray, pixel_format: str) -> Any:
    """A PyAV frame in a grey or planar YUV format, of full range and without colour.

    `image` is `[H, W]` float32 in 0..1, uint16 or uint8 at full scale.
    """
    import av

    frame = av.VideoFrame(image.shape[1], image.shape[0], pixel_format)
    bits = depth_of(frame.format)
    fill_plane(frame.planes[0], grey_levels(image, bits))
    for plane in frame.planes[1:]:
        middle = np.full((plane.height, plane.width), 1 << (bits - 1), np.uint16 if bits > 8 else np.uint8)
        fill_plane(plane, middle)
    return frame


def grey_levels(image: np.ndarray, bits: int) -> np.ndarray:
    """Grey `[H, W]` of float32 0..1, uint8 or uint16 as full-scale integers of so many bits."""
    if image.ndim != 2:
        raise ValueError(f"a grey picture is [H, W], not {image.shape}")
    top = (1 << bits) - 1
    if image.dtype.kind == "f":
        image = np.clip(np.nan_to_num(image), 0, 1) * np.float32(top)
        return np.rint(image).astype(np.uint16 if bits > 8 else np.uint8)
    return rescaled(image, bits)


def rescaled(image: np.ndarray, bits: int) -> np.ndarray:
    """Full-scale uint8 or uint16 as full-scale integers of `bits`, rounded."""
    if image.dtype == np.uint8:
        if bits == 8:
            return image
        if bits == 16:
            return image.astype(np.uint16) * 257
    elif bits == 16:
        return image
    top, full = (1 << bits) - 1, int(np.iinfo(image.dtype).max)
    scaled = (image.astype(np.uint32) * top + full // 2) // full
    return scaled.astype(np.uint16 if bits > 8 else np.uint8)


def _coding(colour: Colour, bits: int) -> tuple[float, float, float, float]:
    """Offset and span of luma, then of chroma, in integer levels."""
    top, step = (1 << bits) - 1, 1 << (bits - 8)
    if colour.range == FULL:
        return 0, top, 128 * step, top
    return 16 * step, 219 * step, 128 * step, 224 * step


def _yuv_from_rgb(colour: Colour) -> np.ndarray:
    red, blue = _LUMA_WEIGHTS[colour.for_yuv().matrix]
    luma = np.array([red, 1 - red - blue, blue])
    blueness = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    redness = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    return np.stack([luma, blueness, redness])


def _from_rgb_matrix(colour: Colour, bits: int, full: int) -> np.ndarray:
    luma_offset, luma_span, chroma_offset, chroma_span = _coding(colour, bits)
    spans = np.array([luma_span, chroma_span, chroma_span])[:, None]
    offsets = np.array([luma_offset, chroma_offset, chroma_offset])[:, None]
    return np.hstack([_yuv_from_rgb(colour) * spans / full, offsets])


def _to_rgb_matrix(colour: Colour, bits: int, full: int) -> np.ndarray:
    forward = _from_rgb_matrix(colour, bits, full)
    inverse = np.linalg.inv(forward[:, :3])
    return np.hstack([inverse, -inverse @ forward[:, 3:]])


def _unit_luma(luma: np.ndarray, bits: int, value_range: int) -> np.ndarray:
    offset, span = (0, (1 << bits) - 1) if value_range == FULL else (16 << (bits - 8), 219 << (bits - 8))
    return np.clip((luma.astype(np.float32) - offset) / np.float32(span), 0, 1)


def _grey_levels(frame: Any, value_range: int, top: int) -> np.ndarray:
    bits = depth_of(frame.format)
    luma = plane_values(frame.planes[0], frame.width, frame.height, bits > 8)
    if value_range == FULL and (1 << bits) - 1 == top:
        return luma.copy()
    return np.rint(_unit_luma(luma, bits, value_range) * top).astype(np.uint16 if top > 255 else np.uint8)


def _rgb_frame(frame: Any, deep: bool) -> np.ndarray:
    name = frame.format.name
    if name == "rgb24":
        return frame.to_ndarray()
    if name.startswith("gbrp") and name.endswith(("p", "le")) and "f" not in name:
        bits = depth_of(frame.format)
        green, blue, red = (plane_values(p, frame.width, frame.height, deep) for p in frame.planes)
        image = np.stack([red, green, blue], axis=2)
        if not deep or bits == 16:
            return image
        top = (1 << bits) - 1
        return ((image.astype(np.uint32) * 65535 + top // 2) // top).astype(np.uint16)
    return _resampled(frame, "rgb48le" if deep else "rgb24").to_ndarray()


def _frame_of_rgb(image: np.ndarray, pixel_format: str, bits: int) -> Any:
    import av

    levels = rescaled(image, bits)
    if pixel_format.startswith("gbrp"):
        frame = av.VideoFrame(image.shape[1], image.shape[0], pixel_format)
        for plane, channel in zip(frame.planes, (1, 2, 0), strict=True):
            fill_plane(plane, levels[..., channel])
        return frame
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(levels), "rgb48le" if bits > 8 else "rgb24")
    return _resampled(frame, pixel_format)


def _is_grey(pixel_format: Any) -> bool:
    return pixel_format.name.startswith(("gray", "ya", "mono"))


def _is_odd(pixel_format: Any) -> bool:
    """Formats whose first plane is not plain luma in native order: left to swscale as a whole."""
    name = pixel_format.name
    return name.endswith("be") or name.startswith(("mono", "ya", "xyz", "bayer")) or "f32" in name


def _yuv444(pixel_format: Any, bits: int) -> str:
    if pixel_format.name.startswith("yuvj"):
        return "yuvj444p"
    return "yuv444p" if bits == 8 else f"yuv444p{bits}le"


def _resampled(frame: Any, pixel_format: str) -> Any:
    """The frame in another layout of the same colours (swscale, bilinear, no change of range)."""
    if frame.format.name == pixel_format:
        return frame
    options: dict[str, Any] = {"interpolation": "BILINEAR", "src_color_range": 1, "dst_color_range": 1}
    if frame.format.is_rgb or frame.format.has_palette:
        options = {}
    options["format"] = pixel_format
    try:
        return _reformatted(frame, {**options, "threads": 1})
    except TypeError:  # PyAV before 16 knows no threads
        return _reformatted(frame, options)


def resized(frame: Any, size: Size) -> Any:
    """The frame in another size, of the same colours."""
    return _reformatted(frame, {"width": size[0], "height": size[1], "interpolation": "BICUBIC"})


def _reformatted(frame: Any, options: dict[str, Any]) -> Any:
    try:
        return frame.reformat(**options)
    except OSError:
        # swscale refuses colours that no standard has, though it does not look at them here
        frame.colorspace = UNSPECIFIED
        for name in ("color_primaries", "color_trc"):
            if hasattr(frame, name):
                setattr(frame, name, UNSPECIFIED)
        return frame.reformat(**options)


def plane_values(plane: Any, width: int, height: int, deep: bool) -> np.ndarray:
    """A view of a frame's plane as `[H, W]`, uint16 where `deep`."""
    kind = np.dtype("<u2" if deep else "u1")
    rows = np.frombuffer(plane, kind)[: height * (plane.line_size // kind.itemsize)]
    return rows.reshape(height, -1)[:, :width]


def _planes(frame: Any, deep: bool) -> list[np.ndarray]:
    return [np.ascontiguousarray(plane_values(p, frame.width, frame.height, deep)) for p in frame.planes]


def fill_plane(plane: Any, values: np.ndarray) -> None:
    """Puts `[H, W]` into a frame's plane."""
    rows = np.frombuffer(plane, values.dtype)[: values.shape[0] * (plane.line_size // values.itemsize)]
    rows.reshape(values.shape[0], -1)[:, : values.shape[1]] = values


def _hdr_metadata(frame: Any) -> tuple[str | None, str | None]:
    mastering = _bytes(frame, "MASTERING_DISPLAY_METADATA")
    light = _bytes(frame, "CONTENT_LIGHT_LEVEL")
    return _mastering_text(mastering), _light_text(light)


def _bytes(frame: Any, kind: str) -> bytes | None:
    data = side_data(frame, kind)
    return bytes(data) if data is not None else None


def _mastering_text(data: bytes | None) -> str | None:
    """x265's form of AVMasteringDisplayMetadata: ten rationals, then whether each half is there."""
    if data is None or len(data) < 88:
        return None
    numbers = struct.unpack("=22i", data[:88])
    if not (numbers[20] and numbers[21]):
        return None
    values = [n / d if d else 0.0 for n, d in zip(numbers[0:20:2], numbers[1:20:2], strict=True)]
    red, green, blue, white = (
        ",".join(str(round(v * 50000)) for v in values[i : i + 2]) for i in (0, 2, 4, 6)
    )
    low, high = (round(v * 10000) for v in values[8:10])
    return f"G({green})B({blue})R({red})WP({white})L({high},{low})"


def _light_text(data: bytes | None) -> str | None:
    if data is None or len(data) < 8:
        return None
    return "{},{}".format(*struct.unpack("=2I", data[:8]))
