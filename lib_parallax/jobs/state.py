"""A loop's temporal state on disk, given back exactly as it was, without pickle.

One `.npz` file: the arrays as they are, and beside them the tree that held them as JSON.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

_TREE = "tree"


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Writes dicts, lists and tuples of arrays, numpy and plain numbers, strings, bools and None.

    The file is durable on return. Raises TypeError, naming the place, for anything else.
    """
    arrays: list[np.ndarray] = []
    tree = json.dumps(_pack(state, arrays, "state"))
    members = {f"a{i}": array for i, array in enumerate(arrays)}
    members[_TREE] = np.frombuffer(tree.encode(), dtype=np.uint8)
    temporary = path.with_name(path.name + ".part")
    with open(temporary, "wb") as file:
        np.savez(file, **members)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def load_state(path: Path) -> dict[str, Any]:
    """What `save_state` wrote."""
    with np.load(path, allow_pickle=False) as members:
        tree = json.loads(members[_TREE].tobytes().decode())
        return _unpack(tree, members)


def _pack(value: Any, arrays: list[np.ndarray], where: str) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise TypeError(f"{where}: an array of objects cannot be kept")
        arrays.append(array)
        return {"array" if isinstance(value, np.ndarray) else "scalar": len(arrays) - 1}
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, (list, tuple)):
        items = [_pack(item, arrays, f"{where}[{i}]") for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if isinstance(value, dict):
        if not all(isinstance(key, (str, int)) and not isinstance(key, bool) for key in value):
            raise TypeError(f"{where}: keys must be strings or whole numbers")
        return {"dict": [[key, _pack(item, arrays, f"{where}[{key!r}]")] for key, item in value.items()]}
    raise TypeError(f"{where}: {type(value).__name__} cannot be kept")


def _unpack(value: Any, members: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(item, members) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, inner),) = value.items()
    if tag == "array":
        return members[f"a{inner}"]
    if tag == "scalar":
        return members[f"a{inner}"][()]
    if tag == "tuple":
        return tuple(_unpack(item, members) for item in inner)
    return {key: _unpack(item, members) for key, item in inner}
