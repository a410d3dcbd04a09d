"""The kinds of model that masks from words are made with, and how one is built from its folder.

Versions are those of the first release of transformers that has the model. As everywhere the tensors
are read by `weights.load_state` and handed over: no pickle and no code of a folder is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..depth.pretrained import imported, one_line, quiet, shortfall
from ..depth.transformers_hub.files import read_json, weight_files
from ..errors import SourceError
from ..weights.runner import ran_out_of_memory

if TYPE_CHECKING:
    import torch

CLIPSEG, DINO, SAM = "clipseg", "grounding-dino", "sam"


class Kind(NamedTuple):
    """What transformers calls the network, and since when it has it."""

    network: str
    since: str


KINDS = {
    CLIPSEG: Kind("CLIPSegForImageSegmentation", "4.25"),
    SAM: Kind("SamModel", "4.29"),
    DINO: Kind("GroundingDinoForObjectDetection", "4.40"),
}


def lacking_for(kind: str) -> str:
    """What the installed transformers lacks for a kind, to stand after a model's name; "" for nothing."""
    return shortfall("transformers", KINDS[kind].since)


def kind_of(folder: Path, name: str) -> str:
    """The kind of the model in a folder. Raises SourceError for one that is none of them, or not whole."""
    kind = read_json(folder / "config.json").get("model_type")
    if kind not in KINDS:
        raise SourceError(
            f"{name} finds nothing by words: its config.json says {str(kind)[:100]!r}, and not one of "
            f"{', '.join(KINDS)}"
        )
    weight_files(folder, name)
    return str(kind)


def tokenizer(folder: Path, name: str) -> Any:
    """The tokenizer in a folder. Raises SourceError where its files are damaged."""
    transformers = imported("transformers", name)
    try:
        with quiet(transformers):
            return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)  # nosec B615
    except Exception as error:
        # what a damaged file raises differs from version to version
        raise SourceError(f"{folder}: {name} has no tokenizer that works ({one_line(error)})") from error


def network(folder: Path, name: str, dtype: torch.dtype, device: torch.device) -> Any:
    """The network in a folder. Raises SourceError for files that are damaged or of another model."""
    from ..depth.transformers_hub.network import read_state

    transformers = imported("transformers", name)
    state = read_state(folder, name)
    config = read_json(folder / "config.json")
    # else newer versions build the model in the precision that it was saved in
    plain = {key: value for key, value in config.items() if key not in ("dtype", "torch_dtype")}
    try:
        with quiet(transformers):
            settings = transformers.CONFIG_MAPPING[config["model_type"]].from_dict(plain)
            model, found = getattr(transformers, KINDS[config["model_type"]].network).from_pretrained(
                None, config=settings, state_dict=state, output_loading_info=True
            )
    except Exception as error:
        if ran_out_of_memory(error):
            raise
        raise SourceError(f"{folder}: {name} cannot be built from these files ({one_line(error)})") from error
    _spoil(model, set(found["missing_keys"]))
    return model.to(device, dtype).requires_grad_(False).eval()


def _spoil(model: Any, missing: set[str]) -> None:
    """Sets to no number what the files do not hold, so that nothing sound comes out where it is used.

    Some models have parameters that they never use, and some two names for one.
    """
    import torch

    named = dict(model.named_parameters(remove_duplicate=False))
    there = {id(parameter) for name, parameter in named.items() if name not in missing}
    with torch.no_grad():
        for name in missing & named.keys():
            if id(named[name]) not in there:
                named[name].fill_(float("nan"))
