"""Masks from words: who finds what a picture shows of them, and where to get one who does.

    segmenter = load("auto")
    sky, hill = segmenter.masks(image, ["sky", "green hill"])     # float32 [H, W], 0..1

Two kinds, both built by transformers from models of the hub or from folders: CLIPSeg, one network
that gives masks directly and coarsely, and Grounding DINO with SAM: the first finds boxes, the second
makes masks of them. Nothing is downloaded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import OptionError, UnavailableError
from ..types import Image
from ..weights import HUB_MODELS, HubModel, require_hub
from .kinds import CLIPSEG, DINO, SAM, kind_of, lacking_for

__all__ = ["Segmenter", "lacking", "load", "names"]

# The best first, of those that lie here.
DETECTORS = ("grounding-dino-base", "grounding-dino-tiny")
MASKERS = ("sam-huge", "sam-large", "sam-base")
LIGHT = "clipseg"
BOTH = "+"  # between a detector and a SAM


class Segmenter(Protocol):
    """Who finds things by words.

    name  as `load` knows it
    note  one sentence on where masks come from, for the log, the page and the job file
    """

    name: str
    note: str

    def masks(self, image: Image, prompts: Sequence[str]) -> np.ndarray:
        """One mask a prompt, in their order: float32 `[n, H, W]`, 0..1, with soft borders.

        image    uint8 or uint16 `[H, W, 3]`
        prompts  words for one thing each, English; "tree. bush" stands for either
        What is not found has a mask of 0. Raises OptionError for a prompt without words, SourceError
        for weights that are damaged, ParallaxError where memory runs out.
        """
        ...


def names() -> tuple[str, ...]:
    """Every name of its own that `load` knows, "auto" first."""
    return ("auto", LIGHT, *(f"{one}{BOTH}{two}" for one in DETECTORS for two in MASKERS))


def load(name: str = "auto", device: str | None = None) -> Segmenter:
    """The segmenter of that name.

    name    "auto" takes the best whose models lie here. "clipseg"; "grounding-dino-tiny+sam-base" and
            its larger kin; a detector alone takes the best SAM that lies here. Instead of a short name
            a model of the hub as owner/name, or its folder.
    device  where it computes; left out, the fastest there is

    Raises OptionError for a name that means none, UnavailableError where a model is not here or the
    installed transformers cannot run it, SourceError for a folder without such a model.
    """
    if name == "auto":
        name = _best()
    first, plus, second = name.partition(BOTH)
    if plus and not Path(name).expanduser().is_dir():
        return _grounded(first, second, device)
    folder, kind = _opened(name)
    if kind == CLIPSEG:
        from .clipseg import ClipSeg

        return ClipSeg(folder, name, device)
    if kind == DINO:
        return _grounded(name, _best_of(MASKERS, name), device)
    raise OptionError(
        f"segmenter: {name} makes masks of boxes, and finds nothing by words alone; name a detector with it, "
        f"as in {DETECTORS[-1]}{BOTH}{name}"
    )


def lacking(model: HubModel) -> str:
    """What the installed transformers lacks for a model, to stand after its name; "" for nothing."""
    return lacking_for(str(model.config["model_type"]))


def _grounded(detector: str, masker: str, device: str | None) -> Segmenter:
    from .grounded import Grounded

    found = []
    for name, wanted in ((detector, DINO), (masker, SAM)):
        folder, kind = _opened(name)
        if kind != wanted:
            raise OptionError(f"segmenter: {name} is of the kind {kind}, where one of {wanted} is needed")
        found.append(folder)
    return Grounded(found[0], found[1], f"{detector}{BOTH}{masker}", device)


def _best() -> str:
    """The name of the best segmenter that lies here and can be run."""
    detector, masker = (next(filter(_ready, some), None) for some in (DETECTORS, MASKERS))
    if detector and masker:
        return detector + BOTH + masker
    if _ready(LIGHT):
        return LIGHT
    missing = lacking_for(CLIPSEG)
    raise UnavailableError(
        f"finding things by words {missing}"
        if missing
        else f"nothing here finds things by words; `parallax models get {LIGHT}` brings what does, and "
        f"`parallax models get {DETECTORS[-1]}` with `parallax models get {MASKERS[-1]}` what does it better"
    )


def _best_of(maskers: Sequence[str], detector: str) -> str:
    found = next(filter(_ready, maskers), None)
    if found is None:
        raise UnavailableError(
            f"{detector} finds boxes, and no SAM is here that makes masks of them; "
            f"`parallax models get {maskers[-1]}` brings one"
        )
    return found


def _ready(name: str) -> bool:
    if lacking(HUB_MODELS[name]):
        return False
    try:
        require_hub(name)
    except UnavailableError:
        return False
    return True


def _opened(name: str) -> tuple[Path, str]:
    """The folder of a model, and its kind, which the installed transformers can run."""
    folder = Path(name).expanduser()
    if not name or name in HUB_MODELS or not folder.is_dir():
        if name not in HUB_MODELS and "/" not in name:
            known = ", ".join(names())
            raise OptionError(
                f"segmenter: {name!r} is unknown; known are {known}, a hub model as owner/name, or a folder"
            )
        if name in HUB_MODELS and HUB_MODELS[name].task == "segment" and lacking(HUB_MODELS[name]):
            raise UnavailableError(f"{name} {lacking(HUB_MODELS[name])}")
        folder = require_hub(name)
    kind = kind_of(folder, name)
    if lacking_for(kind):
        raise UnavailableError(f"{name} {lacking_for(kind)}")
    return folder, kind
