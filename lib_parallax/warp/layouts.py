"""Two views of one moment put together into the picture that a display or player takes.

Images are uint8 or uint16 `[H, W, 3]` RGB; both views have the same shape and type, which
the packed picture keeps. Views may be tensors of a carrier too, where `joins_tensors` says so
of the layout. Sizes are (width, height).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ..errors import OptionError
from ..options import LAYOUTS
from ..types import Image, Size
from .arrays import copied, is_tensor


class StereoKind(NamedTuple):
    """What a packed picture is, in the words that container tags use.

    layout       "sbs", "tb", "row", "column", "checkerboard", "anaglyph", or None where the
                 picture holds one view or no second view at all
    right_first  the right view lies left of, or above, the left one
    half         each view has half its width or height
    projection   "vr180" or None
    """

    layout: str | None
    right_first: bool = False
    half: bool = False
    projection: str | None = None


_KINDS = {
    "full-sbs": StereoKind("sbs"),
    "half-sbs": StereoKind("sbs", half=True),
    "full-sbs-rl": StereoKind("sbs", right_first=True),
    "half-sbs-rl": StereoKind("sbs", right_first=True, half=True),
    "cross-eyed": StereoKind("sbs", right_first=True),
    "full-tb": StereoKind("tb"),
    "half-tb": StereoKind("tb", half=True),
    "full-bt": StereoKind("tb", right_first=True),
    "half-bt": StereoKind("tb", right_first=True, half=True),
    "anaglyph": StereoKind("anaglyph"),
    "row-interleaved": StereoKind("row"),
    "column-interleaved": StereoKind("column"),
    "checkerboard": StereoKind("checkerboard"),
    "separate": StereoKind(None),
    "rgb-depth": StereoKind(None),
    "depth": StereoKind(None),
    "vr180": StereoKind("sbs", projection="vr180"),
}


def stereo_kind(layout: str) -> StereoKind:
    """What `layout` is for a container's tags. Raises OptionError for an unknown layout."""
    try:
        return _KINDS[layout]
    except KeyError:
        raise OptionError(f"layout: {layout!r} is not one of {', '.join(LAYOUTS)}", "layout") from None


def joins_tensors(layout: str) -> bool:
    """Whether `pack` takes tensors for this layout: those that put pixels side by side, whole or halved."""
    kind = stereo_kind(layout)
    return layout == "separate" or (
        kind.projection is None and kind.layout in ("sbs", "tb", "row", "column", "checkerboard")
    )


def packed_size(size: Size, layout: str, *, fov: float = 90.0, cap: Size | None = None) -> Size:
    """The (width, height) that `pack` gives for views of `size`.

    A half layout of an odd width or height rounds each half up. `fov` and `cap` matter to
    vr180 alone, whose size follows from the angle and is bounded by `cap`.
    """
    width, height = size
    kind = stereo_kind(layout)
    if kind.projection == "vr180":
        from .equirect import vr180_side

        side = vr180_side(width, fov, cap)
        return 2 * side, side
    if layout == "rgb-depth":
        return 2 * width, height
    if kind.layout == "sbs":
        return 2 * ((width + 1) // 2 if kind.half else width), height
    if kind.layout == "tb":
        return width, 2 * ((height + 1) // 2 if kind.half else height)
    return width, height


def sample_aspect_factor(layout: str) -> Fraction:
    """What a source's sample aspect ratio is multiplied by, so that each view of the packed
    picture keeps its shape: 2 for half side-by-side, 1/2 for half top-bottom, else 1."""
    kind = stereo_kind(layout)
    if not kind.half:
        return Fraction(1)
    return Fraction(2) if kind.layout == "sbs" else Fraction(1, 2)


def packed_sample_aspect(layout: str, sample_aspect: Fraction) -> Fraction:
    """The packed picture's sample aspect ratio for a source of `sample_aspect`; vr180 has
    square pixels always, its projection has taken the source's into account."""
    if stereo_kind(layout).projection == "vr180":
        return Fraction(1)
    return sample_aspect * sample_aspect_factor(layout)


def pack(
    left: Any,
    right: Any,
    layout: str,
    *,
    depth: np.ndarray | None = None,
    anaglyph_colours: str = "red-cyan",
    anaglyph_method: str = "dubois",
    fov: float = 90.0,
    behind: float = 2.5,
    sample_aspect: Fraction | float = 1,
    cap: Size | None = None,
) -> Any:
    """One picture from the two views, of `packed_size`, in the views' type.

    depth          for "rgb-depth" and "depth": `[H, W]`, near is bright, float 0..1, uint8 or
                   uint16; shown as grey, beside the left view or alone
    fov            horizontal angle that the views fill in vr180, in degrees
    behind         the most that anything in the views lies behind the screen, in % of width; in
                   vr180 that much is put at infinity
    sample_aspect  of the views; vr180 needs it to know the vertical angle
    cap            bounds vr180, see `packed_size`

    "separate" gives the left view back as it is. Raises OptionError for an unknown layout,
    glasses, method or angle, ValueError for views or depth that do not fit each other.
    """
    kind = stereo_kind(layout)
    if left.shape != right.shape or left.dtype != right.dtype:
        raise ValueError(f"views differ: {left.shape} {left.dtype} and {right.shape} {right.dtype}")
    first, second = (right, left) if kind.right_first else (left, right)
    if layout == "separate":
        return left
    if layout == "depth":
        return grey_depth(depth, left)
    if layout == "rgb-depth":
        return _with_depth(left, depth)
    if kind.projection == "vr180":
        from .equirect import vr180

        return vr180(left, right, fov=fov, behind=behind, sample_aspect=sample_aspect, cap=cap)
    if kind.layout == "anaglyph":
        from .anaglyph import anaglyph

        return anaglyph(left, right, anaglyph_colours, anaglyph_method)
    if kind.layout == "sbs":
        return _beside(first, second, kind.half)
    if kind.layout == "tb":
        return _above(first, second, kind.half)
    return _interleave(first, second, str(kind.layout))


def grey_depth(depth: np.ndarray | None, like: Image) -> Image:
    """`depth` as a grey picture of the shape and type of `like`."""
    grey = np.empty_like(like)
    _paint_depth(depth, grey)
    return grey


def _with_depth(image: Image, depth: np.ndarray | None) -> Image:
    height, width, channels = image.shape
    packed = np.empty((height, 2 * width, channels), image.dtype)
    packed[:, :width] = image
    _paint_depth(depth, packed[:, width:])
    return packed


def _paint_depth(depth: np.ndarray | None, out: Image) -> None:
    if depth is None:
        raise ValueError("this layout needs the depth of the frame")
    if depth.shape[:2] != out.shape[:2]:
        raise ValueError(f"depth is {depth.shape[:2]}, the picture {out.shape[:2]}")
    grey = _retype(depth if depth.ndim == 2 else depth[..., 0], out.dtype)
    for c in range(out.shape[2]):
        out[..., c] = grey


def _retype(grey: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if grey.dtype == dtype:
        return grey
    if grey.dtype == np.uint8:
        return grey.astype(np.uint16) * np.uint16(257)
    if grey.dtype == np.uint16:
        return ((grey.astype(np.uint32) + 128) // 257).astype(np.uint8)
    full = np.float32(np.iinfo(dtype).max)
    scaled = np.clip(np.nan_to_num(grey), 0, 1).astype(np.float32)
    scaled *= full
    return np.rint(scaled, out=scaled).astype(dtype)


# What follows asks of arrays only what numpy and torch have alike.


def _beside(first: Any, second: Any, half: bool) -> Any:
    height, width, _ = first.shape
    each = (width + 1) // 2 if half else width
    packed = _empty(first, height, 2 * each)
    if half:
        _halve_width(first, packed[:, :each])
        _halve_width(second, packed[:, each:])
    else:
        packed[:, :each] = first
        packed[:, each:] = second
    return packed


def _above(first: Any, second: Any, half: bool) -> Any:
    height, width, _ = first.shape
    each = (height + 1) // 2 if half else height
    packed = _empty(first, 2 * each, width)
    if half:
        _halve_height(first, packed[:each])
        _halve_height(second, packed[each:])
    else:
        packed[:each] = first
        packed[each:] = second
    return packed


def _empty(like: Any, height: int, width: int) -> Any:
    shape = (height, width, like.shape[2])
    return like.new_empty(shape) if is_tensor(like) else np.empty(shape, like.dtype)


def _halve_width(image: Any, out: Any) -> None:
    pairs = image.shape[1] // 2
    # One channel at a time: numpy's inner loop then runs along the row, not over three values.
    for c in range(image.shape[2]):
        out[:, :pairs, c] = _mean_up(image[:, 0 : 2 * pairs : 2, c], image[:, 1 : 2 * pairs : 2, c])
    if image.shape[1] % 2:
        out[:, -1] = image[:, -1]


def _halve_height(image: Any, out: Any) -> None:
    pairs = image.shape[0] // 2
    out[:pairs] = _mean_up(image[0 : 2 * pairs : 2], image[1 : 2 * pairs : 2])
    if image.shape[0] % 2:
        out[-1] = image[-1]


def _mean_up(a: Any, b: Any) -> Any:
    """(a + b + 1) // 2 without a wider type."""
    difference = a ^ b
    difference >>= 1
    mean = a | b
    mean -= difference
    return mean


def _interleave(left: Any, right: Any, kind: str) -> Any:
    # Each eye's pixel is the view's own at that place, unfiltered: the display shows it there,
    # and a low-pass would soften what the glasses let the viewer see as sharp.
    packed = copied(left)
    if kind == "row":
        packed[1::2] = right[1::2]
    elif kind == "column":
        packed[:, 1::2] = right[:, 1::2]
    else:
        packed[0::2, 1::2] = right[0::2, 1::2]
        packed[1::2, 0::2] = right[1::2, 0::2]
    return packed
