"""How large the transformers and their heads are."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import OptionError

PATCH = 14  # pixels a token is wide and high
GRID = 37  # tokens that the stored position codes are wide and high


@dataclass(frozen=True)
class VitShape:
    """Sizes of a transformer and of the head on it.

    embed, depth, heads  channels of a token, blocks, attention heads of a block.
    taps                 the four blocks, counted from 0, whose tokens the head reads.
    features             channels the head works in.
    channels             channels of the head's four maps, the finest first.
    """

    embed: int
    depth: int
    heads: int
    taps: tuple[int, int, int, int]
    features: int
    channels: tuple[int, int, int, int]


SHAPES = {
    "small": VitShape(384, 12, 6, (2, 5, 8, 11), 64, (48, 96, 192, 384)),
    "base": VitShape(768, 12, 12, (2, 5, 8, 11), 128, (96, 192, 384, 768)),
    "large": VitShape(1024, 24, 16, (4, 11, 17, 23), 256, (256, 512, 1024, 1024)),
}


def shape_of(size: str | VitShape) -> tuple[VitShape, str]:
    """A shape and what to call it. Raises OptionError for a name that is none of SHAPES."""
    if isinstance(size, VitShape):
        return size, f"custom-{size.embed}"
    if size not in SHAPES:
        raise OptionError(f"size: {size!r} is not one of {', '.join(SHAPES)}", "size")
    return SHAPES[size], size
