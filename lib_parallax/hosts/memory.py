"""Video memory shared with the host: its diffusion model steps aside for a depth network and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType
from typing import Any

# Where the forks keep their memory managers; AUTOMATIC1111 has none.
_MANAGERS = ("backend.memory_management", "ldm_patched.modules.model_management")


@contextmanager
def room() -> Iterator[None]:
    """While it lasts, the diffusion model is off the device.

    The forks bring a model back by themselves when it is used next; in AUTOMATIC1111 it is put
    back here.
    """
    manager = _manager()
    if manager is not None:
        manager.unload_all_models()
        yield
        return
    from modules import sd_models

    # asking for shared.sd_model would load one
    model = sd_models.model_data.sd_model
    if model is None:
        yield
        return
    sd_models.send_model_to_cpu(model)
    try:
        yield
    finally:
        sd_models.send_model_to_device(sd_models.model_data.sd_model)


@contextmanager
def brought_back() -> Iterator[None]:
    """While it lasts, a diffusion model that stepped aside is on the device again, to paint."""
    from modules import sd_models

    model = None if _manager() is not None else sd_models.model_data.sd_model
    if model is None or getattr(model, "lowvram", False) or _is_at_work(model):
        yield
        return
    sd_models.send_model_to_device(model)
    try:
        yield
    finally:
        # the picture may have asked for another
        sd_models.send_model_to_cpu(sd_models.model_data.sd_model)


def _is_at_work(model: Any) -> bool:
    from modules import devices

    return bool(model.device.type == devices.device.type)


def tidy() -> None:
    """Gives what is cached on the device back."""
    from modules import devices

    devices.torch_gc()


def _manager() -> ModuleType | None:
    for name in _MANAGERS:
        with suppress(ImportError):
            module = import_module(name)
            if hasattr(module, "unload_all_models"):
                return module
    return None
