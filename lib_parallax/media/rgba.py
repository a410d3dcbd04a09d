"""Pictures with transparency, uint8 RGBA `[H, W, 4]` of straight alpha, to FFmpeg's frames and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from .colour import Colour, depth_of, fill_plane, from_rgb, plane_values, rescaled, to_rgb

# What a result with transparency can be. MP4 has no place for the second picture that VP9 keeps alpha in.
ALPHA_CODECS = ("prores", "vp9", "ffv1")
ALPHA_CONTAINERS = {
    ".mov": {"prores"},
    ".mkv": {"prores", "vp9", "ffv1"},
    ".webm": {"vp9"},
    ".mp4": {"ffv1"},
    ".m4v": {"ffv1"},
}
ALPHA_PICTURES = (".png", ".webp", ".tif", ".tiff")
MIDDLE = 128  # the grey that transparent parts are shown over


def from_rgba(image: np.ndarray, pixel_format: str, colour: Colour) -> Any:
    """A PyAV frame in "bgra" or a planar yuva format of RGBA `[H, W, 4]` uint8."""
    import av

    height, width = image.shape[:2]
    if pixel_format == "bgra":
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(image[..., [2, 1, 0, 3]]), "bgra")
    frame = av.VideoFrame(width, height, pixel_format)
    bits = depth_of(frame.format)
    opaque = from_rgb(image[..., :3], pixel_format.replace("yuva", "yuv", 1), colour)
    for plane, source in zip(frame.planes, opaque.planes, strict=False):
        fill_plane(plane, plane_values(source, source.width, source.height, bits > 8))
    fill_plane(frame.planes[3], rescaled(image[..., 3], bits))
    return frame


def to_rgba(frame: Any, colour: Colour) -> np.ndarray:
    """RGBA `[H, W, 4]` uint8 of any PyAV frame; what has no alpha is opaque."""
    name = frame.format.name
    if name == "bgra":
        return np.ascontiguousarray(frame.to_ndarray()[..., [2, 1, 0, 3]])
    image = rescaled(to_rgb(frame, colour), 8)
    alpha = np.full(image.shape[:2], 255, np.uint8)
    if name.startswith("yuva"):
        bits = depth_of(frame.format)
        values = plane_values(frame.planes[3], frame.width, frame.height, bits > 8).astype(np.uint32)
        top = (1 << bits) - 1
        alpha = ((values * 255 + top // 2) // top).astype(np.uint8)
    return np.dstack([image, alpha])


def over(image: np.ndarray, tone: int = MIDDLE) -> np.ndarray:
    """RGB `[H, W, 3]` uint8 of RGBA over an even grey of 0 to 255; RGB comes back as it is."""
    if image.shape[2] == 3:
        return image
    alpha = image[..., 3:].astype(np.uint32)
    return ((image[..., :3] * alpha + tone * (255 - alpha) + 127) // 255).astype(np.uint8)
