"""The files of a hub model: the small ones read as data, those that hold its weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...errors import SourceError, UnavailableError

LARGEST = 16 << 20
WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # the better one first


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises SourceError where there is none."""
    try:
        if path.stat().st_size > LARGEST:
            raise SourceError(f"{path}: is far too large for what it should be")
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceError(f"{path.parent}: has no {path.name}, so it is no model of the hub") from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise SourceError(f"{path}: holds no object")
    return found


def weight_files(folder: Path, name: str) -> list[Path]:
    """The files that hold a model's tensors. Raises UnavailableError where one is missing."""
    for file in WEIGHTS:
        if (folder / file).is_file():
            return [folder / file]
        index = folder / f"{file}.index.json"
        if index.is_file():
            parts = sorted(set(map(str, read_json(index).get("weight_map", {}).values())))
            if not parts or any(Path(part).name != part for part in parts):
                raise SourceError(f"{index}: does not say where the weights lie")
            absent = [part for part in parts if not (folder / part).is_file()]
            if absent:
                raise UnavailableError(f"{name} is not whole here: {folder / absent[0]} is missing")
            return [folder / part for part in parts]
    raise UnavailableError(f"{name}: {folder} has neither {' nor '.join(WEIGHTS)}")
