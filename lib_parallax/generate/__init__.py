"""Generators: who paints, and where to get one.

generator = load("auto")
picture = generator.inpaint(Inpaint(image, mask, "a forest at dawn"))    # uint8 [H, W, 3]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import OptionError
from .protocol import Backend, Capabilities, Generator
from .requests import CONTENTS, ControlUnit, Img2Img, Inpaint, Interrogate, Sampling, Txt2Img, Upscale

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "CONTENTS", "Backend", "Capabilities", "ControlUnit", "Generator", "Img2Img", "Inpaint", "Interrogate",
    "Sampling", "Txt2Img", "Upscale", "load", "names", "register",
]  # fmt: skip

# Each is a module with found(model) -> bool and backend(model, device) -> Backend. "auto" takes the
# first that is found.
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


def load(name: str = "auto", *, model: str | None = None, device: str | None = None) -> Generator:
    """The generator of that name.

    name    "auto" takes what a host has registered, else a diffusers model where one is named or
            found, else "classical", which needs no weights
    model   what paints where a request names no checkpoint: a host's checkpoint by name, or a
            diffusers pipeline as folder, file or hub id; left out, what is loaded or found.
            Nothing is downloaded
    device  where a model computes; left out, the fastest there is

    Raises OptionError for a name nobody knows or a model where there are none, UnavailableError for
    packages or weights that are not here.
    """
    from .around import Around

    if _registered is not None and name in ("auto", _registered.name):
        return Around(_registered, checkpoint=model or "")
    if name == "auto":
        family = next(module for module in map(_family, FAMILIES) if module.found(model))
    elif name in FAMILIES:
        family = _family(name)
    else:
        raise OptionError(f"unknown generator {name!r}; known are {', '.join(names())}", "generator")
    return Around(family.backend(model, device))


def _family(name: str) -> ModuleType:
    return import_module(f".{name}", __name__)
