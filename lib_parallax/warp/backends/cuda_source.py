"""What the CUDA carrier is compiled of: `kernels.cu`, and the constants that it shares with the others."""

from __future__ import annotations

from pathlib import Path

from ..area import EDGE, FEWEST_TAPS
from ..area import REACH as AREA_REACH
from ..camera import BEHIND, OUTSIDES
from ..laid import TAPS as PANE_TAPS
from . import fixed
from .reference_parallax import REFINEMENTS, STRETCH

FILE = Path(__file__).with_name("kernels.cu")
PIXELS = ("unsigned char", "int", "float")  # what the file is compiled for, each apart
TILE = 8  # pixels of a frame across a tile of rays that begin together
CELL_SIDE = 8  # pixels of the picture across a cell of the finest bounds of its depth
LEVELS = 5  # of bounds, each of cells twice as wide


def macros(pixel: str) -> dict[str, str]:
    """What the compiler must define for pictures of this type."""
    whole = {
        **{name: getattr(fixed, name) for name in ("BITS", "ONE", "SUB", "STEP", "CELL", "LEAD", "CERTAIN")},
        "NOTHING": fixed.NOTHING,
        "REFINEMENTS": REFINEMENTS,
        "MIRROR": OUTSIDES.index("mirror"),
        "BLANK": OUTSIDES.index("blank"),
        "TILE": TILE,
        "CELL_SIDE": CELL_SIDE,
        "LEVELS": LEVELS,
        "FEWEST_TAPS": FEWEST_TAPS,
        "REACH": AREA_REACH,
        "PANE_TAPS": PANE_TAPS,
    }
    real = {"STRETCH": STRETCH, "BEHIND": BEHIND, "EDGE": EDGE}
    return {
        "PIXEL": pixel,
        **{name: f"({value})" for name, value in whole.items()},
        **{name: f"({float(value)!r}f)" for name, value in real.items()},
    }
