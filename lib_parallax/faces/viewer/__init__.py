"""A picture that moves by its depth in the browser, as one HTML page that needs nothing else.

Depth travels as an 8-bit PNG. At the page's strongest setting nearest and farthest come 8 % of the
width apart, so one level of 255 moves the picture by 0.6 pixels at 1920 wide and by less than a
quarter at the strength it opens with: no step is seen. 16 bits split over two channels could not
be interpolated by the graphics card, and pixels that are not interpolated are seen as steps.
"""

from __future__ import annotations

import base64
import html
import re
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...errors import OptionError
from ...types import Image, Size

LONGEST = 2048  # pixels of the longer side of what is embedded; a larger picture is scaled down
NAME = "Picture with depth"


def page(image: Image, depth: np.ndarray, title: str = "") -> str:
    """HTML that shows the picture and moves it with pointer, touch, tilt and arrow keys.

    image  [H, W, 3], uint8 or uint16
    depth  [H, W] of any size, near is large: float 0..1, or uint8 or uint16 at full scale
    title  of the page, and what a screen reader says of the picture

    Raises OptionError ("image" or "depth") for arrays of another shape.
    """
    from ...media.pictures import encode_picture

    if image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise OptionError(f"image: shape {image.shape} is not [H, W, 3]", "image")
    if depth.ndim != 2 or not depth.size:
        raise OptionError(f"depth: shape {depth.shape} is not [H, W]", "depth")
    parts = {
        "title": html.escape(title or NAME),
        "picture": _data("image/jpeg", encode_picture(_bounded(image), ".jpg", "balanced")),
        "depth": _data("image/png", encode_picture(_levels(_bounded(depth)), ".png", "balanced", gray=True)),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], _template())


def embed(image: Image, depth: np.ndarray, title: str = "") -> str:
    """The page as an <iframe> to be put into another page, which may itself run no scripts of ours.

    Arguments and errors as of `page`.
    """
    height, width = image.shape[:2]
    return (
        f'<iframe title="{html.escape(title or NAME)}" srcdoc="{html.escape(page(image, depth, title))}" '
        'sandbox="allow-scripts" allow="fullscreen; accelerometer; gyroscope" '
        f'style="display:block; width:100%; max-height:80vh; aspect-ratio:{width}/{height}; border:0">'
        "</iframe>"
    )


def _bounded(pixels: np.ndarray) -> np.ndarray:
    import cv2

    height, width = pixels.shape[:2]
    scale = LONGEST / max(width, height)
    if scale >= 1:
        return pixels
    size: Size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _levels(depth: np.ndarray) -> np.ndarray:
    from ...media.colour import grey_levels

    return grey_levels(depth, 8)


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


@lru_cache(maxsize=1)
def _template() -> str:
    return (Path(__file__).parent / "viewer.html").read_text(encoding="utf-8")
