"""Networks that transformers or diffusers build: whether those are here, and how their models are run."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from ..errors import UnavailableError
from ..weights.runner import Runner

if TYPE_CHECKING:
    import torch


def shortfall(package: str, since: str) -> str:
    """What `package` lacks where version `since` is needed, to stand after a model's name; "" for nothing."""
    try:
        installed = metadata.version(package)
    except metadata.PackageNotFoundError:
        return f"needs {package} {since} or newer, which is not installed"
    if _numbers(installed) >= _numbers(since):
        return ""
    return f"needs {package} {since} or newer, and {installed} is installed"


def imported(package: str, name: str) -> Any:
    """The package's module; UnavailableError, for the model `name`, where it cannot be imported."""
    try:
        return import_module(package)
    except Exception as error:
        # a package of another torch or numpy fails in ways of its own
        raise UnavailableError(
            f"{name} needs {package}, which does not work here ({one_line(error)})"
        ) from error


@contextlib.contextmanager
def quiet(package: Any) -> Iterator[None]:
    """Keeps transformers or diffusers from drawing bars and from logging less than errors meanwhile."""
    logging = package.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


class PretrainedRunner(Runner):
    """A Runner for a model that comes with its weights: `build` makes it in a precision, on a device."""

    def __init__(
        self,
        build: Callable[[torch.dtype, torch.device], Any],
        name: str,
        device: str | None = None,
        dtype: Any = None,
    ):
        super().__init__(_no_module, {}, name, device, dtype)
        self._build = build

    def _narrow(self) -> Any:
        import torch

        if self._network is None:
            whole = self.dtype == torch.float32
            self._network = self._in_full() if whole else self._build(self.dtype, self.device)
        return self._network

    def _in_full(self) -> Any:
        import torch

        if self._wide is None:
            self._wide = self._build(torch.float32, self.device)
        return self._wide


def _no_module() -> Any:
    raise AssertionError("a pretrained model is built with its weights")


def one_line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:3])
