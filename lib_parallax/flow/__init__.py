"""Optical flow: who estimates it, and where to get one.

estimate = load("dis")
flow_ab = estimate(a, b)        # [H, W, 2], lives on a and points into b
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ..errors import OptionError

PRESETS = {"dis": "medium", "dis-fast": "fast", "dis-ultrafast": "ultrafast", "dis-fine": "fine"}
NETWORKS = ("raft-small", "raft-large")


@runtime_checkable
class FlowEstimator(Protocol):
    """Two pictures of one size in, the flow from the first into the second out."""

    name: str

    def __call__(self, a: Any, b: Any) -> Any:
        """Flow float32 `[H, W, 2]` in pixels: the point at x in a lies at x + flow(x) in b.

        a, b: `[H, W, 3]` RGB or `[H, W]` grey; uint8, uint16 over its full scale, or float in
        0..1; numpy or torch, and the flow comes back as what went in.
        """
        ...


def load(
    name: str = "dis",
    device: str | None = None,
    weights: str | Path | None = None,
    *,
    precision: str = "auto",
) -> FlowEstimator:
    """The estimator of that name.

    name       dis-fine, dis, dis-fast or dis-ultrafast, from careful to quick, or a network: raft-small,
               raft-large
    device     where a network computes; left out, the fastest there is. dis is for the CPU.
    weights    a checkpoint file of the network, in place of what `models get` brings
    precision  of a network: "fp32", "fp16", "bf16", or "auto": fp16 on CUDA and fp32 elsewhere

    One estimator may be called from several threads at once. Raises OptionError for a name
    nobody knows, UnavailableError for weights that are not here, SourceError for a file that is not
    what it should be.
    """
    if name in PRESETS:
        if weights is not None:
            raise OptionError(f"flow {name!r} takes no weights, so {weights} cannot be used", "flow")
        from .dis import DIS

        return DIS(name, PRESETS[name])
    if name in NETWORKS:
        from .. import weights as stored
        from .raft import Raft

        path = stored.require(name) if weights is None else weights
        return Raft(name.removeprefix("raft-"), path, device, precision)
    raise OptionError(
        f"unknown flow estimator {name!r}; known are {', '.join((*PRESETS, *NETWORKS))}", "flow"
    )


def same_shot(a: Any, b: Any) -> bool:
    """Whether two neighbouring frames belong to one shot, judged by motion; see `flow.shots`."""
    from .shots import same_shot as judge

    return judge(a, b)
