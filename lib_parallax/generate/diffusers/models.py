"""Which model a name means, and what kind it is: read from its files, before any weights are.

A model is a folder as diffusers saves it, a single `.safetensors` file, or a model of the hub. Those
in the folder `diffusers` among Parallax's models go by their bare names.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import OptionError, SourceError, UnavailableError
from ...weights import folders, require_hub, snapshot

FOLDER = "diffusers"  # among the models
FIELD = "checkpoint"
INPAINTING = 9  # channels of a network that was trained to inpaint: latents, mask, and the known picture

_HUB_ID = r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*"
_PIPELINE = re.compile(r"(StableDiffusion(?:XL)?)(?:ControlNet)?(?:Img2Img|Inpaint)?Pipeline")
# Distilled models say so in their names. What comes with a sampler's name is in `few_steps`.
_FEW_STEPS = re.compile(r"(?:^|[^a-z])(lcm|turbo|lightning|hyper)(?:[^a-z]|$)")
# A single file holds weights alone. By the key that tells the generation, and by its channels: whose
# configuration and tokenizer it goes with.
_FIRST_LAYER = "model.diffusion_model.input_blocks.0.0.weight"
_GENERATIONS = {
    "conditioner.embedders.": ("StableDiffusionXL", {
        4: "stabilityai/stable-diffusion-xl-base-1.0",
        9: "diffusers/stable-diffusion-xl-1.0-inpainting-0.1",
    }),
    "cond_stage_model.model.": ("StableDiffusion", {
        4: "stabilityai/stable-diffusion-2-1",
        9: "stabilityai/stable-diffusion-2-inpainting",
    }),
    "cond_stage_model.transformer.": ("StableDiffusion", {
        4: "stable-diffusion-v1-5/stable-diffusion-v1-5",
        9: "stable-diffusion-v1-5/stable-diffusion-inpainting",
    }),
}  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A model on this machine.

    path      its folder, or its single file
    config    the folder with its configuration and tokenizer; for a folder the same
    family    how the names of its pipelines begin
    channels  that its network takes: 4, or INPAINTING
    few       "lcm", "turbo", "lightning" or "hyper" for one that paints in a few steps, else ""
    """

    name: str
    path: Path
    config: Path
    family: str
    channels: int
    few: str

    @property
    def inpaints(self) -> bool:
        """Whether it was trained to inpaint."""
        return self.channels == INPAINTING


def names() -> list[str]:
    """Models that go by their bare names here."""
    found = [path for place in _places() if place.is_dir() for path in sorted(place.iterdir())]
    whole = [
        path for path in found if path.suffix == ".safetensors" or next(path.glob("unet/*.safetensors"), None)
    ]
    return list(dict.fromkeys(path.stem if path.is_file() else path.name for path in whole))


def find(name: str) -> Model:
    """The model of that name.

    Raises OptionError for a name that means nothing here or a model of another kind, UnavailableError
    for one of the hub that is not here, SourceError for files that cannot be read.
    """
    path = _path(name)
    return _of_folder(name, path) if path.is_dir() else _of_file(name, path)


def local_path(name: str) -> Path | None:
    """The file or folder of a name that means one of this machine."""
    given = Path(name).expanduser()
    beside = [place / (name + suffix) for place in _places() for suffix in (".safetensors", "")]
    return next((path.absolute() for path in (given, *beside) if name and path.exists()), None)


def _places() -> list[Path]:
    return [folder / FOLDER for folder in folders()]


def _path(name: str) -> Path:
    found = local_path(name)
    if found is None and re.fullmatch(_HUB_ID, name) and not name.endswith(".safetensors"):
        return require_hub(name)
    if found is None:
        known = ", ".join(names()) or "nothing"
        raise OptionError(
            f"{FIELD}: {name!r} is no folder or file here, nor a model of the hub as in owner/name; "
            f"in {_places()[0]} there is {known}",
            FIELD,
        )
    if found.is_file() and found.suffix != ".safetensors":
        raise OptionError(f"{FIELD}: {name} is no .safetensors file; others may run code when read", FIELD)
    return found


def _of_folder(name: str, path: Path) -> Model:
    kind = str(_read(path / "model_index.json", name).get("_class_name"))
    matched = _PIPELINE.fullmatch(kind)
    if matched is None and kind != "LatentConsistencyModelPipeline":
        raise OptionError(
            f"{FIELD}: {name} is a {kind[:100]}; Stable Diffusion 1, 2 and XL can be used", FIELD
        )
    family = matched[1] if matched else "StableDiffusion"
    unet = _read(path / "unet" / "config.json", name)
    scheduler = path / "scheduler" / "scheduler_config.json"
    lcm = unet.get("time_cond_proj_dim") or (
        scheduler.is_file() and _read(scheduler, name).get("_class_name") == "LCMScheduler"
    )
    channels = _checked(int(unet.get("in_channels", 4)), name)
    return Model(name, path, path, family, channels, "lcm" if lcm else _few(name))


def _of_file(name: str, path: Path) -> Model:
    from safetensors import safe_open

    try:
        with safe_open(path, framework="np") as file:
            keys = set(file.keys())
            channels = file.get_slice(_FIRST_LAYER).get_shape()[1] if _FIRST_LAYER in keys else 0
    except Exception as error:
        raise SourceError(f"{path}: cannot be read as safetensors ({error})") from error
    known = (found for start, found in _GENERATIONS.items() if any(key.startswith(start) for key in keys))
    family, configs = next(known, ("", {}))
    if not channels or not family:
        raise OptionError(f"{FIELD}: {name} is no checkpoint of Stable Diffusion 1, 2 or XL", FIELD)
    config = _config_of(path, configs[_checked(channels, name)])
    return Model(name, path, config, family, channels, _few(path.stem))


def _config_of(path: Path, id: str) -> Path:
    """The folder beside a single file that has its name, else that model of the hub."""
    beside = path.with_suffix("")
    if (beside / "model_index.json").is_file():
        return beside
    try:
        return snapshot(id)
    except UnavailableError as error:
        raise UnavailableError(
            f"{path.name} holds weights alone, and its configuration and tokenizer are to be in a folder "
            f"{beside.name} beside it or those of {id}: {error}"
        ) from error


def _checked(channels: int, name: str) -> int:
    if channels not in (4, INPAINTING):
        raise OptionError(
            f"{FIELD}: {name} takes {channels} channels, so it neither paints nor inpaints", FIELD
        )
    return channels


def _few(name: str) -> str:
    found = _FEW_STEPS.search(name.lower())
    return found[1] if found else ""


def _read(path: Path, name: str) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{name} is no model as diffusers saves it: {path} cannot be read ({error})"
        ) from error
    return dict(read)
