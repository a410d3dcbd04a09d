"""Arrays of numbers out of .npy files that anybody may have made."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import SourceError


def load_array(path: Path) -> np.ndarray:
    """A .npy file's array, whose numbers stay in the file until they are used; no pickle is opened.

    Raises SourceError for what is missing, damaged, cut short, or holds no array of numbers.
    """
    if not path.exists():
        raise SourceError(f"{path}: there is no such file")
    try:
        # mapped, it is never larger than the file, whatever its header claims
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # damage in the header ends in Python's own parser, which has many of them
        raise SourceError(f"{path}: this is not a whole .npy file of numbers") from error
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiub" or not values.size:
        raise SourceError(f"{path}: this is not a .npy file of numbers")
    return values
