"""Work that a test has done in a process of its own."""

from __future__ import annotations

import numpy as np


def held(mebibytes: int) -> dict[str, int]:
    """Holds that much for a moment."""
    np.ones(mebibytes << 20, np.uint8)
    return {"asked": mebibytes}
