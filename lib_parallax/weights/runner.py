"""A network at work: where it computes, in which precision, and what happens when that fails.

Half precision may overflow: what comes out as no number is computed again in float32. A device
may be too small: the estimator is told to hand over less at once, then smaller pictures, and in the
end the CPU computes.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import OptionError, ParallaxError, unusable_device
from .network import Checkpoint, Renaming, built, check_there

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

SMALLER = (1.0, 0.75, 0.5)  # of the input size, one after the other, when memory runs out
PATIENCE = 3  # results that were no numbers, until float32 is used for good
PRECISIONS = {
    "float32": "float32", "fp32": "float32", "float16": "float16", "fp16": "float16", "half": "float16",
    "bfloat16": "bfloat16", "bf16": "bfloat16",
}  # fmt: skip


class TooLargeError(Exception):
    """The device has no memory left for this job."""


class Runner:
    """Holds a network for an estimator; nothing is read or built before the first job.

    warnings  what went otherwise than asked, one sentence each.
    at_once   pictures to hand over in one go. 1 on the CPU, where more gains nothing, and where
              a picture's result then never depends on its neighbours.
    scale     what the input size is to be multiplied with.
    cpu_left  whether there is the CPU to go to, should the device's memory not do.
    """

    def __init__(
        self,
        make: Callable[[], nn.Module],
        weights: Checkpoint | None,
        name: str,
        device: str | None = None,
        dtype: Any = None,
        compiled: bool = False,
        renamed: Renaming | None = None,
    ):
        self.name = name
        self.device = chosen_device(device)
        self.dtype = chosen_dtype(dtype, self.device)
        self.warnings: list[str] = []
        self.at_once = 1 if self.device.type == "cpu" else 8
        self.scale = 1.0
        self.cpu_left = self.device.type != "cpu"
        self._make = make
        self._weights = check_there(weights, name)
        self._compiled = compiled
        self._renamed = renamed
        self._network: nn.Module | None = None
        self._wide: nn.Module | None = None
        self._faults = 0

    def run(self, job: Callable[[Any], Tensor]) -> Tensor:
        """What `job` makes with the network, on the device, all of it numbers.

        Raises TooLargeError when memory ran out, ParallaxError when even float32 gives no numbers.
        """
        import torch

        result = self._guarded(self._narrow, job)
        if result is None:
            self._stay_wide()
            result = self._guarded(self._in_full, job)
        elif self.dtype != torch.float32 and not sound(result):
            self._faults += 1
            self.warn(f"{self.name}: {self.dtype} gave no numbers for some frames; float32 did them again")
            result = self._guarded(self._in_full, job)
            if self._faults >= PATIENCE:
                self._stay_wide()
        if result is None or not sound(result):
            raise ParallaxError(f"{self.name} gives values that are no numbers; its weights may be damaged")
        return result

    def make_room(self) -> None:
        """Asks for less after TooLargeError: fewer pictures at once, smaller ones, at last the CPU.

        What was given up stays given up, and is told in a warning. Raises ParallaxError when nothing is
        left to give up.
        """
        ran_out = f"{self.name}: memory ran out on {self.device}"
        smaller = [scale for scale in SMALLER if scale < self.scale]
        if self.at_once > 1:
            self.at_once = max(1, self.at_once // 4)
            self.warn(f"{ran_out}; fewer pictures are looked at together from here on")
        elif smaller:
            self.scale = smaller[0]
            self.warn(f"{ran_out}; pictures are looked at {self.scale:.0%} as large from here on")
        elif self.cpu_left:
            self._move_to_cpu()
            self.warn(f"{ran_out} even so; the CPU computes from here on, which takes far longer")
        else:
            raise ParallaxError(
                f"{self.name} runs out of memory on {self.device} even at half its input size; "
                "choose a smaller model or another device"
            )

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def _narrow(self) -> nn.Module:
        import torch

        if self._network is None:
            network = built(self._make, self._weights, self.name, self._renamed)
            network = narrowed(network, self.dtype).to(self.device)
            if self._compiled:
                # The method, not the module: a compiled module has other parameter names.
                backbone: Any = network.pretrained
                backbone.forward = torch.compile(backbone.forward, dynamic=False)
            self._network = network
        return self._network

    def _in_full(self) -> nn.Module:
        if self._wide is None:
            self._wide = built(self._make, self._weights, self.name, self._renamed).to(self.device)
        return self._wide

    def _stay_wide(self) -> None:
        import torch

        self.warn(f"{self.name}: {self.dtype} does not work here; float32 is used from here on")
        self.dtype = torch.float32
        self._network = self._in_full()

    def _move_to_cpu(self) -> None:
        import torch

        was, self.device, self.cpu_left = self.device, torch.device("cpu"), False
        self.dtype, self._compiled = torch.float32, False
        self._network = self._wide = None
        release(was)

    def _guarded(self, network: Callable[[], nn.Module], job: Callable[[Any], Tensor]) -> Tensor | None:
        """The job's result; None where the device lacks an operation in half precision."""
        import torch

        try:
            with torch.inference_mode(), self._as_we_say():
                return job(network())
        except (RuntimeError, MemoryError) as error:
            lacking = any(f"not implemented for '{kind}'" in str(error) for kind in ("Half", "BFloat16"))
            uncompiled = self._compiled and type(error).__module__.startswith("torch._")
            if not (lacking or uncompiled or ran_out_of_memory(error)):
                raise
        # Outside the handler, whose error holds the tensors through its traceback.
        if lacking:
            return None
        if uncompiled:
            self.warn(f"{self.name}: torch.compile does not work here; it is done without")
            self._compiled, self._network = False, None
            return self._guarded(network, job)
        release(self.device)
        raise TooLargeError

    def _as_we_say(self) -> contextlib.AbstractContextManager[Any]:
        """Shuts out an autocast that a host may have left on around us."""
        import torch

        if self.device.type in ("cpu", "cuda"):
            return torch.autocast(self.device.type, enabled=False)
        return contextlib.nullcontext()


def narrowed(network: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Linear maps and convolutions in `dtype`; norms, scales, codes and the last step stay float32."""
    from torch import nn

    for name, module in network.named_modules():
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)) and "output_conv2" not in name:
            module.to(dtype)
    return network


def sound(depth: Tensor) -> bool:
    return bool(depth.isfinite().all())


def release(device: torch.device) -> None:
    """Gives back what nothing uses any more, torch's cache for the device included."""
    import torch

    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether this is one of the ways in which torch says that memory has run out."""
    import torch

    if isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)):
        return True
    text = str(error).lower()
    said = ("out of memory", "can't allocate memory", "not enough memory", "failed to allocate")
    return any(words in text for words in said)


def chosen_device(name: str | None) -> torch.device:
    """The device of that name; None or "auto" is the fastest that is here."""
    import torch

    if name not in (None, "auto"):
        try:
            torch.empty(1, device=name)
            return torch.device(name)
        except (RuntimeError, AssertionError, TypeError) as error:
            raise unusable_device(str(name), error) from error
    for kind in ("cuda", "xpu"):
        if getattr(torch, kind, None) is not None and getattr(torch, kind).is_available():
            return torch.device(kind)
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def chosen_dtype(name: Any, device: torch.device) -> torch.dtype:
    """A torch.dtype or its name; None is float32, "auto" is float16 on CUDA and float32 elsewhere."""
    import torch

    word = str(name or "float32").removeprefix("torch.")
    if word == "auto":
        word = "float16" if device.type == "cuda" else "float32"
    if word not in PRECISIONS:
        raise OptionError(f"dtype: {name!r} is not one of auto, float32, float16, bfloat16", "dtype")
    return getattr(torch, PRECISIONS[word])
