"""Reads weights into tensors, from safetensors or from a torch checkpoint, without running code.

A checkpoint is looked over (checkpoint.py), then read by torch's own loader with
`weights_only`, reached where torch defines it: a webui puts a loader of its own in the place of
`torch.load`, which gives None for archives it does not expect. What was read is kept beside it
as safetensors, `NAME.pth.safetensors`, which later starts read instead.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SourceError
from . import records
from .checkpoint import SAFETENSORS, inspect_checkpoint, kind_of, weights_in

if TYPE_CHECKING:
    import torch


def load_state(path: str | Path, device: Any = "cpu") -> dict[str, torch.Tensor]:
    """The tensors of a file by name, on `device`, in the types they were saved in.

    Raises SourceError, with one sentence that names the file, for one that is missing, cut
    short, no checkpoint, or holds anything but tensors.
    """
    path = Path(path)
    if kind_of(path) == SAFETENSORS:
        state = _read_safetensors(path)
    else:
        state = _read_converted(path) or _convert(path)
    return {name: tensor.to(device) for name, tensor in state.items()}


def converted(path: Path) -> Path:
    """Where a checkpoint's safetensors copy lies."""
    return path.with_name(path.name + ".safetensors")


def _read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path, device="cpu")
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        raise SourceError(
            f"{path}: a safetensors file that is cut short or damaged ({_one_line(error)})"
        ) from error


def _read_converted(path: Path) -> dict[str, torch.Tensor] | None:
    """The copy, where it is whole and of this very file."""
    from safetensors import SafetensorError, safe_open

    copy = converted(path)
    try:
        with safe_open(copy, framework="pt") as file:
            of = file.metadata() or {}
        stat = path.stat()
        if of.get("source_size") != str(stat.st_size):
            return None
        if of.get("source_mtime_ns") != str(stat.st_mtime_ns) and of.get(
            "source_sha256"
        ) != records.sha256_of(path):
            return None
        return _read_safetensors(copy)
    except (SafetensorError, SourceError, OSError):
        return None


def _convert(path: Path) -> dict[str, torch.Tensor]:
    inspect_checkpoint(path)
    state = _read_checkpoint(path)
    stat = path.stat()
    about = {
        "format": "pt",
        "source": path.name,
        "source_size": str(stat.st_size),
        "source_mtime_ns": str(stat.st_mtime_ns),
        "source_sha256": records.sha256_of(path),
    }
    _keep(state, converted(path), about)
    return state


def _read_checkpoint(path: Path) -> dict[str, torch.Tensor]:
    import torch
    from torch.serialization import load

    try:
        top = load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch has no error type of its own for this
        raise SourceError(f"{path}: torch cannot read this checkpoint ({_one_line(error)})") from error
    found = weights_in(top)
    if not isinstance(found, dict) or not all(isinstance(t, torch.Tensor) for t in found.values()):
        raise SourceError(f"{path}: holds something other than tensors")
    state: dict[str, torch.Tensor] = {}
    storages: set[int] = set()
    for name, tensor in found.items():
        tensor = tensor.detach().contiguous()
        storage = tensor.untyped_storage()
        # safetensors takes no two tensors in one storage, and a view would write all of it
        shared = storage.data_ptr() in storages or storage.nbytes() != tensor.numel() * tensor.element_size()
        state[name] = tensor.clone() if shared else tensor
        storages.add(state[name].untyped_storage().data_ptr())
    return state


def _keep(state: dict[str, torch.Tensor], copy: Path, about: dict[str, str]) -> None:
    """Writes the copy; where that cannot be (a read-only folder, a full disk), goes without."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    temporary = copy.with_name(f".{copy.name}.{os.getpid()}.part")
    try:
        save_file(state, temporary, metadata=about)
        with open(temporary, "r+b") as file:
            os.fsync(file.fileno())
        os.replace(temporary, copy)
    except (SafetensorError, OSError):
        pass
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _one_line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200]
