"""Depth: who estimates it, and where to get an estimator.

estimator = load("auto")
depth = estimator.estimate(image)             # Depth, [H, W], near is large
for depth in estimator.stream(frames): ...    # one a frame, steady over time
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ..errors import OptionError
from ..types import Depth, Frame, Image
from .supplied import Supplied, check_length

__all__ = ["Depth", "Estimator", "Supplied", "check_length", "load", "names", "sharpen_edges", "weights_of"]

FAMILIES = ("depth_anything_v2", "video_depth_anything")
BEST_FOR_STILLS = ("depth-anything-v2-small",)
BEST_FOR_VIDEO = ("video-depth-anything-small", "depth-anything-v2-small")


@runtime_checkable
class Estimator(Protocol):
    """Depth from pictures.

    name  as `load` knows it.
    note  one sentence on where the depth comes from, for the log, the page and the job file.
    flickers  each picture is looked at by itself, so depth varies from frame to frame.
    warnings  what went otherwise than asked, one sentence each, filled while it works.
    """

    name: str
    note: str
    flickers: bool

    @property
    def warnings(self) -> list[str]: ...

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


def sharpen_edges(
    depth: Any, image: Any, budget: float = 0.025, span: float | None = None, thin: bool = True, bias: int = 0
) -> Any:
    """Depth with its ramps turned into steps along the picture's edges; see `depth.edges`."""
    from .edges import sharpen_edges as sharpen

    return sharpen(depth, image, budget, span, thin, bias)


def names() -> tuple[str, ...]:
    """Every name of its own that `load` knows, "auto" first; it takes hub ids and folders as well."""
    from .hub import NAMES

    return ("auto", "cues", *(name for family in FAMILIES for name in _family(family).NAMES), *NAMES)


def load(
    name: str = "auto",
    device: str | None = None,
    weights: str | Path | None = None,
    *,
    still: bool = False,
    input_size: int | None = None,
    precision: str = "auto",
    compiled: bool = False,
) -> Estimator:
    """The estimator of that name.

    name        "auto" takes the best whose weights lie on this machine, for video or, with
                `still`, for single pictures, and else "cues". Beside the `names` any depth model
                of the hub as owner/name, or a folder that holds one. Nothing is downloaded.
    device      where a network computes; left out, the fastest there is
    weights     a checkpoint file, or for a hub model its folder, in place of what `models get` brings
    input_size  the shorter side at which a network looks at pictures; left out, its own
    precision   of a network: "fp32", "fp16", "bf16", or "auto": fp16 on CUDA and fp32 elsewhere
    compiled    hand the network to torch.compile; those of the hub are run as they are

    Raises OptionError for a name nobody knows, UnavailableError for weights that are not here,
    SourceError for a file that is not that network's.
    """
    from .. import weights as stored
    from . import hub

    if name in ("auto", "cues"):
        if weights is not None:
            raise OptionError(
                f"depth model {name!r} takes no weights, so {weights} cannot be used; name the network that "
                "it is for",
                "depth_weights",
            )
        candidates = (BEST_FOR_STILLS if still else BEST_FOR_VIDEO) if name == "auto" else ()
        for candidate in candidates:
            if stored.find(candidate) is not None:
                return load(candidate, device, input_size=input_size, precision=precision, compiled=compiled)
        return _cues(candidates)
    for family in FAMILIES:
        module = _family(family)
        if name in module.NAMES:
            path = stored.require(module.checkpoint_of(name)) if weights is None else weights
            return module.load(name, device, path, input_size, precision, compiled)
    if hub.is_hub_name(name):
        return hub.load(name, device, weights, input_size, precision)
    known = ", ".join(names())
    raise OptionError(
        f"unknown depth model {name!r}; known are {known}, a hub model as owner/name, or its folder",
        "depth_model",
    )


def checkpoint_of(name: str) -> str | None:
    """The name of the weights that a network of Parallax's own takes; None for any other estimator."""
    for family in FAMILIES:
        module = _family(family)
        if name in module.NAMES:
            return module.checkpoint_of(name)
    return None


def weights_of(name: str) -> Path | None:
    """The file that `load` reads for the network of that name; None for what is no network."""
    from .. import weights as stored

    checkpoint = checkpoint_of(name)
    if checkpoint is not None:
        return stored.find(checkpoint)
    from . import hub

    return hub.weights_of(name) if hub.is_hub_name(name) else None


def _cues(wanted: tuple[str, ...]) -> Estimator:
    from .cues import NOTE, Cues

    if not wanted:
        return Cues()
    return Cues(f"no depth network is here, so {NOTE}; `parallax models get {wanted[0]}` brings one")


def _family(name: str) -> Any:
    return import_module(f".{name}", __name__)
