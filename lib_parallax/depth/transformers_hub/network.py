"""From the folder of a hub model to a network that gives inverse depth.

The tensors are read by `weights.load_state` and handed over: no pickle and no code of the folder
is ever run, whatever the version of transformers thinks of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from ...errors import SourceError, UnavailableError
from ...weights.runner import ran_out_of_memory
from ..pretrained import imported, one_line, quiet
from ..vit.pictures import NEAREST
from .families import CANONICAL, METRES
from .files import weight_files

if TYPE_CHECKING:
    from torch import Tensor


class Network(nn.Module):
    """Prepared pictures `[N, 3, h, w]` in, inverse depth float32 `[N, h', w']` out.

    missing  parameters that the files do not hold. Some models have such as they never use; these
             are set to no number, so that nothing sound comes out where one is used after all.
    """

    def __init__(self, model: nn.Module, meaning: str, missing: list[str], name: str):
        super().__init__()
        self.model = model
        self.meaning = meaning
        self.missing = missing
        self.name = name
        parameters = dict(model.named_parameters())
        with torch.no_grad():
            for key in missing:
                if key in parameters:
                    parameters[key].fill_(float("nan"))

    def forward(self, pictures: Tensor) -> Tensor:
        dtype = next(self.model.parameters()).dtype
        try:
            found = self.model(pixel_values=pictures.to(dtype))
            depth = found.predicted_depth.float()
        except (AttributeError, TypeError, ValueError) as error:
            raise UnavailableError(f"{self.name} cannot be run as others are ({one_line(error)})") from error
        if self.missing and dtype == torch.float32 and not depth.isfinite().all():
            raise SourceError(
                f"{self.name} lacks {len(self.missing)} of its parameters, {self.missing[0]} among them: its "
                "files are of another model, or this version of transformers is not for it"
            )
        if self.meaning == METRES:
            return 1 / depth.clamp(min=NEAREST)
        if self.meaning == CANONICAL:
            return depth * (2 * torch.tan(torch.deg2rad(found.field_of_view.float()) / 2)).reshape(-1, 1, 1)
        return depth


def build(
    folder: Path,
    config: Mapping[str, Any],
    meaning: str,
    name: str,
    dtype: torch.dtype,
    device: torch.device,
) -> Network:
    """The network in a folder.

    Raises SourceError for files that are damaged or of another model, UnavailableError where
    transformers or a part of the model is missing.
    """
    transformers = imported("transformers", name)
    state = read_state(folder, name)
    # else newer versions build the model in the precision that it was saved in
    plain = {key: value for key, value in config.items() if key not in ("dtype", "torch_dtype")}
    try:
        with quiet(transformers):
            settings = transformers.CONFIG_MAPPING[config["model_type"]].from_dict(plain)
            kind = transformers.MODEL_FOR_DEPTH_ESTIMATION_MAPPING[type(settings)]
            model, found = kind.from_pretrained(
                None, config=settings, state_dict=state, output_loading_info=True
            )
    except Exception as error:
        if ran_out_of_memory(error):
            raise
        # what a configuration or a tensor of the wrong shape raises differs from version to version
        raise SourceError(f"{folder}: {name} cannot be built from these files ({one_line(error)})") from error
    model = model.to(device, dtype).requires_grad_(False).eval()
    return Network(model, meaning, sorted(found["missing_keys"]), name)


def read_state(folder: Path, name: str) -> dict[str, Tensor]:
    """The model's tensors, float32 where they are numbers, from safetensors rather than a pickle."""
    from ...weights import load_state

    state: dict[str, Tensor] = {}
    for path in weight_files(folder, name):
        tensors = load_state(path).items()
        state.update({key: t.float() if t.is_floating_point() else t for key, t in tensors})
    return state
