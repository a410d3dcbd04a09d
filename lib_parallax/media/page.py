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
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import OptionError
from ..types import Image, Size
from .colour import grey_levels
from .pictures import encode_picture

LONGEST = 2048  # pixels of the longer side of what is embedded; a larger picture is scaled down
NAME = "Picture with depth"


@dataclass(frozen=True)
class Relief:
    """A picture with its depth, to be looked at from aside.

    image   RGB [H, W, 3], uint8 or uint16
    depth   [H, W] of any size, near is large: float 0..1, or uint8 or uint16 at full scale
    behind  the same again without what stands in front, whole: it is seen where the first is torn. None for
            none; then what lies beside a tear is mirrored into it
    title   of a page, and what a screen reader says of the picture
    """

    image: Image
    depth: np.ndarray
    behind: tuple[Image, np.ndarray] | None = None
    title: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.image.shape[:2]
        return height, width


def encode_page(relief: Relief) -> str:
    """HTML that shows the picture and moves it with pointer, touch, tilt and arrow keys.

    Raises OptionError ("image" or "depth") for arrays of another shape.
    """
    sheets = [(relief.image, relief.depth), *([relief.behind] if relief.behind else [])]
    for image, depth in sheets:
        if image.ndim != 3 or image.shape[2] != 3 or not image.size:
            raise OptionError(f"image: shape {image.shape} is not [H, W, 3]", "image")
        if depth.ndim != 2 or not depth.size:
            raise OptionError(f"depth: shape {depth.shape} is not [H, W]", "depth")
    parts = {
        "title": html.escape(relief.title or NAME),
        "picture": _jpeg(relief.image),
        "depth": _png(relief.depth),
        "behind": _behind(*relief.behind) if relief.behind else "",
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], _template())


def _behind(image: Image, depth: np.ndarray) -> str:
    sheets = {"picture-behind": _jpeg(image), "depth-behind": _png(depth)}
    return "\n  ".join(f'<img id="{name}" alt="" hidden src="{data}">' for name, data in sheets.items())


def _jpeg(image: Image) -> str:
    return _data("image/jpeg", encode_picture(_bounded(image), ".jpg", "balanced"))


def _png(depth: np.ndarray) -> str:
    return _data("image/png", encode_picture(grey_levels(_bounded(depth), 8), ".png", "balanced", gray=True))


def _bounded(pixels: np.ndarray) -> np.ndarray:
    import cv2

    height, width = pixels.shape[:2]
    scale = LONGEST / max(width, height)
    if scale >= 1:
        return pixels
    size: Size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


@lru_cache(maxsize=1)
def _template() -> str:
    return (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
