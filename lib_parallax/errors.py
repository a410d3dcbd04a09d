"""What can go wrong, in words a user can act on.

Every refusal Parallax makes on purpose is a ParallaxError: one sentence that names the
file or option and the cause. The faces print the sentence and end with status 2; anything
else that is raised is a fault of ours and keeps its traceback.
"""

from __future__ import annotations


class ParallaxError(Exception):
    """A refusal with a reason the user can act on."""


class OptionError(ParallaxError):
    """An option that is unknown, malformed or out of range. `field` is its name, or None."""

    def __init__(self, message: str, field: str | None = None):
        super().__init__(message)
        self.field = field


class SourceError(ParallaxError):
    """A source that is missing, is not what it should be, or holds no frames."""


class OutputError(ParallaxError):
    """A result that cannot be written: the folder, the disk, or a file already there."""


class ExistsError(OutputError):
    """A result that is there already."""


class UnavailableError(ParallaxError):
    """Something this machine lacks: a package, an encoder, a model's weights."""


class Cancelled(ParallaxError):
    """The job was asked to stop."""
