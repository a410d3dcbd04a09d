"""What can go wrong, in words a user can act on.

Every refusal Parallax makes on purpose is a ParallaxError: one sentence that names the
file or option and the cause. The faces print the sentence and end with status 2; anything
else that is raised is a fault of ours and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ParallaxError(Exception):
    """A refusal with a reason the user can act on. `field` is the option that it is about, or None."""

    field: str | None = None


class OptionError(ParallaxError):
    """An option that is unknown, malformed or out of range. `field` is its name, or None."""

    def __init__(self, message: str, field: str | None = None):
        super().__init__(message)
        self.field = field


class SourceError(ParallaxError):
    """A source that is missing, is not what it should be, or holds no frames."""

    field = "source"


class DepthFileError(SourceError):
    """The same of a file or folder given as the depth."""

    field = "depth"


class OutputError(ParallaxError):
    """A result that cannot be written: the folder, the disk, or a file already there."""

    field = "output"


class ExistsError(OutputError):
    """A result that is there already."""


class UnavailableError(ParallaxError):
    """Something this machine lacks: a package, an encoder, a model's weights."""


class Cancelled(ParallaxError):
    """The job was asked to stop."""


def meant(word: str, known: Iterable[str]) -> str:
    """What to end a refusal with: the known word that was probably meant, or nothing."""
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def unusable_device(device: str, error: BaseException) -> OptionError:
    """The refusal of a device that torch has just refused with `error`."""
    reason = (str(error).splitlines() or ["torch refuses it"])[0]
    if device.startswith("cuda") and any(sign in reason for sign in _NO_CUDA):
        sentence = (
            "there is no CUDA here: it takes an NVIDIA GPU, its driver, and a torch that is built for CUDA; "
            "leave the device at auto, or say cpu"
        )
        return OptionError(f"device: {sentence}", "device")
    return OptionError(f"device: {device!r} cannot be used here: {reason}", "device")


_NO_CUDA = ("not compiled with CUDA", "no NVIDIA driver", "No CUDA GPUs", "driver version is insufficient")
