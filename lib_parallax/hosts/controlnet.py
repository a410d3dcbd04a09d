"""ControlNet of the webui: https://github.com/Mikubill/sd-webui-controlnet (API v3), or the forks' own."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..errors import UnavailableError

if TYPE_CHECKING:
    from ..generate.requests import ControlUnit

# The forks bring theirs along.
_PLACES = ("lib_controlnet.external_code", "extensions.sd-webui-controlnet.scripts.external_code")

_STATE = "lib_controlnet.global_state"


def external_code() -> ModuleType | None:
    """What the extension offers to others, or None where there is none."""
    for name in _PLACES:
        try:
            return import_module(name)
        except Exception:  # an extension fails in ways of its own
            continue
    return None


def models() -> tuple[str, ...] | None:
    """Names of its networks; None where they cannot be listed.

    A name that it does not know it would tell in the host's log alone, and not steer.
    """
    code = external_code()
    try:
        # the forks keep the list elsewhere
        listed = getattr(code, "get_models", None) or import_module(_STATE).get_all_controlnet_names
        return tuple(name for name in listed() if name != "None")
    except Exception:  # an extension fails in ways of its own
        return None


def steer(p: Any, units: Sequence[ControlUnit]) -> None:
    """Lets ControlNet alone of the host's scripts work on `p`, with these units.

    Raises UnavailableError where it is not there.
    """
    from modules import scripts

    code = external_code()
    runner = scripts.scripts_img2img if hasattr(p, "init_images") else scripts.scripts_txt2img
    script = next((s for s in runner.alwayson_scripts if s.title().lower() == "controlnet"), None)
    if code is None or script is None:
        raise UnavailableError("the webui has no ControlNet; its extension sd-webui-controlnet brings it")
    # Copies: the runner and its scripts belong to the host's own pages.
    script, runner = copy.copy(script), copy.copy(runner)
    script.args_from, script.args_to = 0, len(units)
    runner.scripts, runner.alwayson_scripts, runner.selectable_scripts = [script], [script], []
    runner.callback_map = {}
    # Else the host would let other scripts set seed, steps and scheduler.
    p.is_api = True
    p.scripts = runner
    p.script_args = tuple(_unit(code, unit) for unit in units)


def _unit(code: ModuleType, unit: ControlUnit) -> Any:
    import numpy as np

    made = code.ControlNetUnit(
        enabled=True,
        image=unit.image,
        model=unit.model,
        weight=unit.weight,
        guidance_start=unit.start,
        guidance_end=unit.end,
    )
    if unit.module != "none":
        made.module = unit.module
    if hasattr(made, "image_fg"):
        # Forge asks it when the picture is black.
        made.image_fg = np.zeros((*unit.image.shape[:2], 4), np.uint8)
    return made
