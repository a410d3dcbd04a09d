"""Depth estimators from models of the hub: by short name, by `owner/name`, or by folder."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import OptionError, SourceError, UnavailableError
from ..weights import HUB_MODELS, HubModel, hub_model, require_hub
from .pretrained import shortfall
from .singly import Singly

NAMES = tuple(name for name, model in HUB_MODELS.items() if model.task == "depth")


def is_hub_name(name: str) -> bool:
    """Whether this is a short name, an `owner/name`, or a folder."""
    return name in NAMES or bool(re.fullmatch(r"[\w.-]+/[\w.-]+", name)) or _folder(name) is not None


def load(
    name: str,
    device: str | None = None,
    folder: str | Path | None = None,
    input_size: int | None = None,
    precision: str = "auto",
) -> Singly:
    """The estimator of a hub model. `folder` stands in for the model's own where somebody has it elsewhere.

    Raises OptionError for a folder that is none, UnavailableError for a model that is not here or
    that the installed transformers and diffusers cannot run, SourceError for one that is no depth model.
    """
    model = hub_model(name)
    if model is not None and lacking(model):
        raise UnavailableError(f"{name} {lacking(model)}")
    path = _folder(name) if folder is None else Path(folder).expanduser()
    if path is None:
        path = require_hub(name)
    elif folder is None:
        name = str(path)
    elif not path.is_dir():
        raise OptionError(f"{name} is a folder of files, and {path} is none", "depth_weights")
    return opened(path, name, device, input_size, precision)


def opened(
    path: Path,
    name: str,
    device: str | None = None,
    input_size: int | None = None,
    precision: str = "auto",
) -> Singly:
    """The estimator of the depth model in a folder."""
    if (path / "model_index.json").is_file():
        from .marigold import Marigold

        return Marigold(path, device, precision, name=name, input_size=input_size)
    if (path / "config.json").is_file():
        from .transformers_hub import TransformersDepth

        return TransformersDepth(path, device, precision, name=name, input_size=input_size)
    raise SourceError(f"{path}: has neither config.json nor model_index.json, so it is no model of the hub")


def lacking(model: HubModel) -> str:
    """What the installed packages lack for a model, to stand after its name; "" for nothing."""
    if model.package == "diffusers":
        from .marigold.estimator import lacking as of_marigold

        return of_marigold()
    from .transformers_hub.families import since

    return shortfall("transformers", since(str(model.config["model_type"]), model.config))


def weights_of(name: str) -> Path | None:
    """The file that tells one state of a hub model from another: the largest of its weights."""
    try:
        folder = _folder(name) or require_hub(name)
    except (OptionError, UnavailableError):
        return None
    files = [*folder.rglob("*.safetensors"), *folder.glob("*.bin")]
    return max(files, key=lambda file: file.stat().st_size, default=None)


def _folder(name: str) -> Path | None:
    """The folder of that name where somebody means one: a short name comes first."""
    path = Path(name).expanduser()
    return path.resolve() if name and name not in NAMES and path.is_dir() else None
