"""Video memory shared with the host: its diffusion model steps aside for a depth network and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from types import ModuleType

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
        sd_models.send_model_to_device(model)


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
