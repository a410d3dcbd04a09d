"""What all carriers tell of a view's holes."""

from __future__ import annotations

from typing import Any, NamedTuple


class Uncovered(NamedTuple):
    """The pixels of a view that background is mirrored into, in reading order; arrays of the carrier.

    place   int32 [M], index into the view's pixels
    border  int32 [M], the column that background is mirrored from
    behind  int32 [M], nearness of the surface there
    front   int32 [M], nearness of the nearer of the two pixels that the hole lies between
    bare    float32 [M], the share of the pixel that nothing covers
    own     float32 [M, 3], what covers the rest, premultiplied
    beside  float32 [M, 3], colour at the border
    """

    place: Any
    border: Any
    behind: Any
    front: Any
    bare: Any
    own: Any
    beside: Any
