"""What all carriers tell of a view."""

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


class Seen(NamedTuple):
    """A view; arrays of the carrier.

    picture    [H, W, 3], what an image is on the carrier
    near       int32 [H, W], nearness of what each pixel shows at its middle, fixed point; else NOWHERE
    holes      bool [H, W], pixels of which nothing covers half or more
    uncovered  what was mirrored in, where that was asked for
    """

    picture: Any
    near: Any
    holes: Any
    uncovered: Uncovered | None
