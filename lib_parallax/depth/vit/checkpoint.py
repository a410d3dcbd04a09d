"""From a file of weights to a network that holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import ParallaxError

if TYPE_CHECKING:
    from torch import Tensor, nn

# A file, or what is in one: tensors (or arrays) by parameter name.
Weights = str | Path | Mapping[str, Any]


def built(make: Callable[[], nn.Module], weights: Weights, name: str) -> nn.Module:
    """The network that `make` builds, holding `weights` as float32 on the CPU, ready to infer.

    Raises ParallaxError, naming the file and the first parameter that does not fit.
    """
    import torch

    # Built without storage: what a host has patched into torch's constructors cannot matter, and
    # nothing is drawn at random only to be overwritten.
    with torch.device("meta"):
        network = make()
    state = _read(weights)
    _check(network.state_dict(), state, f"{_called(weights)} does not hold the weights of {name}")
    wanted = {key: torch.as_tensor(value).to("cpu", torch.float32) for key, value in state.items()}
    network.load_state_dict(wanted, assign=True)
    return network.requires_grad_(False).eval()


def check_there(weights: Weights) -> None:
    """Raises ParallaxError where `weights` names a file that is not there."""
    if not isinstance(weights, Mapping) and not Path(weights).is_file():
        raise ParallaxError(f"there is no file of weights at {weights}")


def _read(weights: Weights) -> Mapping[str, Any]:
    if isinstance(weights, Mapping):
        return weights
    check_there(weights)
    path = Path(weights)
    try:
        return _load(path)
    except ParallaxError:
        raise
    except Exception as error:
        # Readers of damaged files raise whatever the damage leads them to.
        cause = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise ParallaxError(f"{path} cannot be read as weights, it may be cut short: {cause[0]}") from error


def _load(path: Path) -> Mapping[str, Any]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    import torch

    return torch.load(path, map_location="cpu", weights_only=True)


def _check(wanted: Mapping[str, Tensor], given: Mapping[str, Any], refusal: str) -> None:
    if not isinstance(given, Mapping):
        raise ParallaxError(f"{refusal}: it is a {type(given).__name__}, not tensors by name")
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


def _called(weights: Weights) -> str:
    return "the given mapping" if isinstance(weights, Mapping) else str(weights)
