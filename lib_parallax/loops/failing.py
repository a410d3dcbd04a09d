"""A failure in words that say where the loop was, and what is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import Cancelled, OptionError, ParallaxError, UnavailableError


@contextmanager
def failing(where: str, kept: int) -> Iterator[None]:
    """Names `where` in what the generator raises, and that `kept` pictures before it are there.

    What is wrong at every picture, an option or a missing package, is raised as it is.
    """
    try:
        yield
    except (Cancelled, OptionError, UnavailableError):
        raise
    except ParallaxError as error:
        rest = f"; the {kept} before it are kept, and the same command goes on from there"
        raise ParallaxError(f"{where}: {error}{rest if kept else ''}") from error
