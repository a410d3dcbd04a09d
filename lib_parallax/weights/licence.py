"""Non-commercial weights need a yes, once; it is remembered beside the weights."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ..errors import OutputError, UnavailableError
from . import records
from .catalogue import Weights
from .hub_models import HubModel


class LicenceNeeded(UnavailableError):
    """A licence that somebody must say yes to first. `weights` is the catalogue's entry."""

    def __init__(self, weights: Weights | HubModel):
        super().__init__(
            f"{weights.name} is for non-commercial use only ({weights.licence}); if that is your use, say so "
            f"once with `parallax models get {weights.name} --yes`"
        )
        self.weights = weights


def accepted(weights: Weights | HubModel, folders: list[Path]) -> bool:
    """Whether these weights need no yes, or have been given one."""
    return weights.commercial or any(
        records.read(folder)["licences"].get(weights.name) == weights.licence for folder in folders
    )


def accept(weights: Weights | HubModel, folder: Path) -> None:
    """Remembers the yes in that folder of weights. Raises OutputError where it cannot be written."""
    if weights.commercial:
        return
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not records.change(folder, "licences", weights.name, weights.licence):
        raise OutputError(f"{folder}: cannot be written, so the yes to a licence cannot be kept there")


def settle(weights: Weights | HubModel, yes: bool, folders: list[Path]) -> None:
    """Remembers a yes; without one, raises LicenceNeeded where it is missing."""
    if yes:
        accept(weights, folders[0])
    elif not accepted(weights, folders):
        raise LicenceNeeded(weights)
