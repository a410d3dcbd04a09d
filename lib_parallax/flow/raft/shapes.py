"""The two sizes of the network."""

from __future__ import annotations

from dataclasses import dataclass

STRIDE = 8  # pixels on a side of what the network calls a point
LEVELS = 4  # of likeness: points of b, and averages over 2 x 2, 4 x 4 and 8 x 8 of them
LEAST = STRIDE * 2**LEVELS  # pixels on a side, so that the coarsest level has two points there


@dataclass(frozen=True)
class RaftShape:
    """Channels and such.

    bottleneck    blocks of three convolutions, the middle one narrow, in place of two
    stages        channels of the encoders: of the first convolution and of the three pairs of blocks
    features      channels by which points are compared
    hidden        channels of what is remembered from update to update
    context       channels of what the first picture says by itself
    context_norm  of the encoder of context: "batch" or None
    radius        points around the one flowed to that are looked at, in each direction
    likeness      channels of the convolutions over likeness
    flow          channels of the two convolutions over flow
    motion        channels that both together become
    kernels       of the recurrent units, one after the other
    head          channels before the flow's change
    mask          whether the network says how flow is enlarged; else bilinearly
    """

    bottleneck: bool
    stages: tuple[int, int, int, int]
    features: int
    hidden: int
    context: int
    context_norm: str | None
    radius: int
    likeness: tuple[int, ...]
    flow: tuple[int, int]
    motion: int
    kernels: tuple[tuple[int, int], ...]
    head: int
    mask: bool


SHAPES = {
    "small": RaftShape(
        bottleneck=True, stages=(32, 32, 64, 96), features=128, hidden=96, context=64, context_norm=None,
        radius=3, likeness=(96,), flow=(64, 32), motion=82, kernels=((3, 3),), head=128, mask=False,
    ),
    "large": RaftShape(
        bottleneck=False, stages=(64, 64, 96, 128), features=256, hidden=128, context=128,
        context_norm="batch", radius=4, likeness=(256, 192), flow=(128, 64), motion=128,
        kernels=((1, 5), (5, 1)), head=256, mask=True,
    ),
}  # fmt: skip
