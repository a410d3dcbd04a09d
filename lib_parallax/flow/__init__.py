"""Optical flow: who estimates it, and where to get one.

estimate = load("dis")
flow_ab = estimate(a, b)        # [H, W, 2], lives on a and points into b
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from ..errors import OptionError, UnavailableError

PRESETS = {"dis": "medium", "dis-fast": "fast", "dis-ultrafast": "ultrafast"}
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


def load(name: str = "dis") -> FlowEstimator:
    """The estimator of that name: dis, dis-fast or dis-ultrafast, from careful to quick.

    One estimator may be called from several threads at once. Raises OptionError for a name
    nobody knows and UnavailableError for one that this version does not carry.
    """
    if name in PRESETS:
        from .dis import DIS

        return DIS(name, PRESETS[name])
    if name in NETWORKS:
        raise UnavailableError(f"flow {name!r} is not part of this version; dis is the careful choice here")
    raise OptionError(
        f"unknown flow estimator {name!r}; known are {', '.join((*PRESETS, *NETWORKS))}", "flow"
    )


def same_shot(a: Any, b: Any) -> bool:
    """Whether two neighbouring frames belong to one shot, judged by motion; see `flow.shots`."""
    from .shots import same_shot as judge

    return judge(a, b)
