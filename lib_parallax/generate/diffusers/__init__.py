"""Stable Diffusion 1, 2 and XL through diffusers: https://github.com/huggingface/diffusers (Apache-2.0).

A model is a folder, a single file or a model of the hub (`models`); one for inpainting is used as
such, any other inpaints as well. The safety checker is not loaded. Models have licences of their own.
"""

from __future__ import annotations

from importlib.util import find_spec

from ...depth.pretrained import shortfall
from ...errors import UnavailableError
from ..protocol import Backend
from ..sparing import Sparing
from .models import FOLDER, names

NAME = "diffusers"
RUNS_MODELS = True
SINCE = "0.28"


def found(model: str | None) -> bool:
    """Whether a model is named, or one lies among Parallax's and can be run."""
    return bool(model) or (find_spec("diffusers") is not None and bool(names()))


def backend(model: str | None, sparing: Sparing) -> Backend:
    """The backend of that model; left out, the first that lies among Parallax's.

    Raises UnavailableError where diffusers or a model is not here, OptionError for a name that
    means none.
    """
    lacks = shortfall("diffusers", SINCE) or shortfall("transformers", "4.30")
    if lacks:
        raise UnavailableError(f"the generator {NAME!r} {lacks}; `pip install diffusers transformers`")
    chosen = model or next(iter(names()), None)
    if chosen is None:
        raise UnavailableError(
            f"the generator {NAME!r} has no model: name a folder, a file or a model of the hub as "
            f"checkpoint, or put one into {FOLDER} in the folder of models"
        )
    from .painter import Diffusers

    return Diffusers(chosen, sparing)
