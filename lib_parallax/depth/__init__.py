"""Depth: who estimates it, and where to get an estimator.

estimator = load("auto")
depth = estimator.estimate(image)             # Depth, [H, W], near is large
for depth in estimator.stream(frames): ...    # one a frame, steady over time
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ..errors import OptionError, UnavailableError
from ..types import Depth, Frame, Image
from .supplied import Supplied, check_length

__all__ = ["NAMES", "Depth", "Estimator", "Supplied", "check_length", "load", "sharpen_edges"]

NETWORKS = ("depth-anything-v2-small", "video-depth-anything-small")
NAMES = ("auto", "cues", *NETWORKS)


@runtime_checkable
class Estimator(Protocol):
    """Depth from pictures.

    name  as `load` knows it.
    note  one sentence on where the depth comes from, for the log, the page and the job file.
    """

    name: str
    note: str

    def estimate(self, image: Image) -> Depth:
        """Depth at the size of `image`, uint8 or uint16 `[H, W, 3]`, of that picture alone."""
        ...

    def stream(self, frames: Iterable[Frame]) -> Iterator[Depth]:
        """One Depth a frame, in order.

        At a frame whose boundary is a cut everything is forgotten. At any other boundary the
        estimator leaves, before it looks at that frame, what `restore` needs in
        `boundary.state["depth"]`.
        """
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Makes the next `stream` go on as if it had just come to the frame of that state.

        `state` is a boundary's `state["depth"]`, or {} for a fresh start.
        """
        ...


def sharpen_edges(depth: Any, image: Any, budget: float = 0.025) -> Any:
    """Depth with its ramps turned into steps along the picture's edges; see `depth.edges`."""
    from .edges import sharpen_edges as sharpen

    return sharpen(depth, image, budget)


def load(name: str = "auto", device: str | None = None, weights: str | Path | None = None) -> Estimator:
    """The estimator of that name; "auto" takes the best that is here.

    Raises OptionError for a name nobody knows, UnavailableError for a network that is not here.
    """
    from .cues import NOTE, Cues

    if name in ("auto", "cues"):
        if weights is not None:
            raise OptionError(f"depth {name!r} takes no weights, so {weights} cannot be used", "weights")
        return Cues(f"no depth network is here, so {NOTE}") if name == "auto" else Cues()
    if name in NETWORKS:
        raise UnavailableError(
            f"depth network {name!r} is not part of this version; use cues, which needs no weights"
        )
    raise OptionError(f"unknown depth model {name!r}; known are {', '.join(NAMES)}", "depth_model")
