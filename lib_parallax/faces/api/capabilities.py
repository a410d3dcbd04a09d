"""What this machine and this version can do, as plain values."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import __version__, presets
from ...errors import OptionError
from ...options import LOOP_OPTIONS, describe

if TYPE_CHECKING:
    from ..desk import Desk


def capabilities(desk: Desk) -> dict[str, Any]:
    """Version, host, loops with their options, and what there is to compute and encode with."""
    from ...media import encoders
    from ...warp import backends

    codecs = encoders.available()
    host = desk.host
    return {
        "version": __version__,
        "host": None if host is None else {"name": host.name, "version": host.version},
        "loops": {loop: _loop(options) for loop, options in LOOP_OPTIONS.items()},
        "devices": devices(),
        "backends": backends.available(),
        "codecs": [
            {"name": name, "available": reason is None, "reason": reason} for name, reason in codecs.items()
        ],
        "depth_models": depth_models(),
        "folders": [str(folder) for folder in (*desk.places.allowed, desk.places.results)],
    }


def _loop(options: type) -> dict[str, Any]:
    return {"about": about(options), "options": [asdict(o) for o in describe(options)]}


def about(options: type) -> str:
    """What a loop does, in a few words."""
    return (options.__doc__ or "").strip().partition("\n")[0].rstrip(".")


def devices() -> list[str]:
    """What `device` may name on this machine."""
    import torch

    found = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        found.append("mps")
    xpu = getattr(torch, "xpu", None)
    return [*found, "xpu"] if xpu is not None and xpu.is_available() else found


def depth_models() -> list[dict[str, Any]]:
    """Every name of `depth_model`, and whether it can be used as it stands here."""
    from ... import depth

    return [
        {"name": name, "available": name in ("auto", "cues") or depth.weights_of(name) is not None}
        for name in depth.names()
    ]


def models() -> list[dict[str, Any]]:
    """The networks' weights that there are, and which of them are here."""
    from ... import weights

    return [
        {
            "name": one.weights.name,
            "title": one.weights.title,
            "kind": one.weights.kind,
            "parameters": one.weights.parameters,
            "size": one.weights.size,
            "licence": one.weights.licence,
            "commercial": one.weights.commercial,
            "note": one.weights.note,
            "address": one.weights.address,
            "here": one.path is not None and one.state != "wrong",
            "state": one.state,
        }
        for one in weights.listing()
    ]


def preset_list(folder: Path) -> list[dict[str, Any]]:
    """The presets with the values that they set: built in, then the user's own in `folder`."""
    listed = []
    for loop in LOOP_OPTIONS:
        built_in = presets.names(loop)
        for name in presets.names(loop, folder):
            with suppress(OptionError):  # a file that somebody has spoilt
                about = presets.describe(name) if name in built_in else ""
                options = presets.load(name, loop, folder)
                listed.append({"name": name, "loop": loop, "description": about, "options": options})
    return listed
