"""From a file of weights to a network that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ParallaxError

if TYPE_CHECKING:
    from torch import Tensor, nn

# A file, or what is in one: tensors (or arrays) by parameter name.
Checkpoint = str | Path | Mapping[str, Any]
Renaming = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def built(
    make: Callable[[], nn.Module], weights: Checkpoint, name: str, renamed: Renaming | None = None
) -> nn.Module:
    """The network that `make` builds, holding `weights` as float32 on the CPU, ready to infer.

    renamed  turns the tensors by name into those that the network has, where files come in several forms

    Raises ParallaxError, naming the file and the first parameter that does not fit.
    """
    import torch

    # Built without storage: what a host has patched into torch's constructors cannot matter, and
    # nothing is drawn at random only to be overwritten.
    with torch.device("meta"):
        network = make()
    state = _read(weights, name)
    if renamed is not None:
        state = renamed(state)
    _check(network.state_dict(), state, f"{_called(weights)} does not hold the weights of {name}")
    wanted = {key: torch.as_tensor(value).detach().to("cpu", torch.float32) for key, value in state.items()}
    network.load_state_dict(wanted, assign=True)
    return network.requires_grad_(False).eval()


def check_there(weights: Any, name: str) -> Any:
    """The weights; raises ParallaxError where none are named, or a file that is not there."""
    if weights is None:
        raise ParallaxError(f"{name} needs its weights: a .pth or .safetensors file")
    if not isinstance(weights, Mapping) and not Path(weights).is_file():
        raise ParallaxError(f"{name}: there is no file of weights at {weights}")
    return weights


def from_file(weights: Checkpoint | None) -> str:
    """The file's name in brackets, to be put behind a network's."""
    return f" ({Path(weights).name})" if isinstance(weights, (str, Path)) else ""


def _read(weights: Checkpoint, name: str) -> Mapping[str, Any]:
    if isinstance(weights, Mapping):
        return weights
    from .load import load_state

    return load_state(check_there(weights, name))


def _check(wanted: Mapping[str, Tensor], given: Mapping[str, Any], refusal: str) -> None:
    for key, tensor in wanted.items():
        if key not in given:
            raise ParallaxError(f"{refusal}: {key} is missing")
        shape = getattr(given[key], "shape", None)
        if shape is None or tuple(shape) != tuple(tensor.shape):
            found = "no tensor" if shape is None else str(list(shape))
            raise ParallaxError(f"{refusal}: {key} is {found} where {list(tensor.shape)} belongs")
    for key in given:
        if key not in wanted:
            raise ParallaxError(f"{refusal}: {key} does not belong in it")


def _called(weights: Checkpoint) -> str:
    return "the given mapping" if isinstance(weights, Mapping) else str(weights)
