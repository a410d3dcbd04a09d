"""The one way from numpy on the host to tensors on a device, and back.

On CUDA both ways lead over pinned memory, so that a copy runs beside whatever the device computes.
16-bit pictures cross as they are: torch hardly computes with them, so on the device they are int32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


def to_device(array: np.ndarray, device: str) -> Tensor:
    """The array as a tensor on a device; uint16 becomes int32. It may share the array's memory."""
    import torch

    wide = array.dtype == np.uint16
    plain = np.ascontiguousarray(array)
    if wide:
        plain = plain.view(np.int16)
    if device.startswith("cuda"):
        staged = torch.empty(plain.shape, dtype=_torch_type(plain), pin_memory=True)
        staged.numpy()[...] = plain
        there = staged.to(device, non_blocking=True)
    else:
        # torch warns of memory that must not be written, such as Pillow's
        there = torch.from_numpy(plain if plain.flags.writeable else plain.copy()).to(device)
    return there.int() & 0xFFFF if wide else there


def to_host(tensor: Tensor, kind: Any = None) -> np.ndarray:
    """The tensor as numpy; an int32 one of 16-bit numbers as uint16, where `kind` says so."""
    import torch

    narrow = kind == np.uint16 and tensor.dtype == torch.int32
    if narrow:
        tensor = torch.where(tensor > 0x7FFF, tensor - 0x10000, tensor).to(torch.int16)
    if tensor.device.type == "cuda":
        staged = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        staged.copy_(tensor, non_blocking=True)
        torch.cuda.current_stream(tensor.device).synchronize()
        there = staged.numpy()
    else:
        there = tensor.cpu().numpy()
    return there.view(np.uint16) if narrow else there


def _torch_type(array: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(np.empty(0, array.dtype)).dtype
