"""What can be said of a picture without knowing what it shows: its colours, and where they are."""

from __future__ import annotations

from ...types import Image

SIDE = 48  # pixels at which the picture is looked at
FEWEST = 0.12  # share of the picture that a colour must have to be named


def describe(image: Image) -> str:
    """A short prompt, such as "a bright picture of azure and green, azure above, green below"."""
    raise NotImplementedError
