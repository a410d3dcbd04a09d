"""Generators: who paints, and where to get one.

generator = load("auto")
picture = generator.inpaint(Inpaint(image, mask, "a forest at dawn"))    # uint8 [H, W, 3]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import OptionError
from .protocol import Backend, Capabilities, Generator
from .requests import (
    CONTENTS,
    ControlUnit,
    Img2Img,
    Inpaint,
    Interrogate,
    Sampling,
    Share,
    Txt2Img,
    Upscale,
)
from .sparing import Sparing

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "CONTENTS", "Backend", "Capabilities", "ControlUnit", "Generator", "Img2Img", "Inpaint", "Interrogate",
    "Sampling", "Share", "Sparing", "Txt2Img", "Upscale", "asked_for", "load", "names", "register",
]  # fmt: skip

# Each is a module with found(model) -> bool, backend(model, sparing) -> Backend and RUNS_MODELS, whether
# sparing means anything to it. "auto" takes the first that is found.
FAMILIES = ("diffusers", "classical")

_registered: Backend | None = None


def register(backend: Backend | None) -> None:
    """Makes a host's backend the one that "auto" takes, under its own name as well; None forgets it."""
    global _registered
    _registered = backend


def names() -> tuple[str, ...]:
    """Every name that `load` knows, "auto" first."""
    host = () if _registered is None else (_registered.name,)
    return ("auto", *host, *FAMILIES)


def load(
    name: str = "auto",
    *,
    model: str | None = None,
    device: str | None = None,
    precision: str = "auto",
    offload: str = "auto",
    slicing: bool = False,
) -> Generator:
    """The generator of that name.

    name    "auto" takes what a host has registered, else a diffusers model where one is named or
            found, else "classical", which needs no weights
    model   what paints where a request names no checkpoint: a host's checkpoint by name, or a
            diffusers pipeline as folder, file or hub id; left out, what is loaded or found.
            Nothing is downloaded
    device, precision, offload, slicing
            how a model computes that is run here, as in `Sparing`; of no meaning to a host's, whose own
            settings decide, nor to "classical", and the generator's note says so

    Raises OptionError for a name nobody knows or a model where there are none, UnavailableError for
    packages or weights that are not here.
    """
    from .around import Around

    sparing = Sparing(device, precision, offload, slicing)
    if _registered is not None and name in ("auto", _registered.name):
        return Around(_registered, checkpoint=model or "", remark=_meaningless(sparing, _registered.name))
    if name == "auto":
        family = next(module for module in map(_family, FAMILIES) if module.found(model))
    elif name in FAMILIES:
        family = _family(name)
    else:
        raise OptionError(f"unknown generator {name!r}; known are {', '.join(names())}", "generator")
    backend = family.backend(model, sparing)
    return Around(backend, remark="" if family.RUNS_MODELS else _meaningless(sparing, backend.name))


def asked_for(options: Any) -> Generator:
    """The generator that a loop's options ask for: `PaintOptions` beside `OutputOptions`."""
    return load(
        options.generator,
        model=options.checkpoint,
        device=None if options.device == "auto" else options.device,
        precision=options.paint_precision,
        offload=options.paint_offload,
        slicing=options.paint_slicing,
    )


def _meaningless(sparing: Sparing, name: str) -> str:
    asked = sparing.asked()
    return f"{' and '.join(asked)} mean nothing to the generator {name!r}" if asked else ""


def _family(name: str) -> ModuleType:
    return import_module(f".{name}", __name__)
