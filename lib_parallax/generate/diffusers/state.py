"""Which state of a model's files paints: two with the same name and other contents are told apart."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

from ...errors import SourceError
from .models import Model

SAMPLE = 1 << 18  # bytes of each end of a file that are looked at
_READ = (".safetensors", ".json", ".txt", ".model", ".bin")


def state_of(model: Model) -> str:
    """Eight digits that change with a model's files: of each its name, size, and two ends.

    Raises SourceError for files that cannot be read.
    """
    total = hashlib.sha256()
    try:
        for place in dict.fromkeys((model.path, model.config)):
            for file in [place] if place.is_file() else _files(place):
                total.update(f"{file.relative_to(place)}\0{file.stat().st_size}\0".encode())
                total.update(_ends(file))
    except OSError as error:
        raise SourceError(f"{model.path}: cannot be read ({error.strerror or error})") from error
    return total.hexdigest()[:8]


def packages() -> str:
    """The packages that run a model, with their versions."""
    return " and ".join(f"{name} {metadata.version(name)}" for name in ("diffusers", "transformers"))


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix in _READ and file.is_file())


def _ends(file: Path) -> bytes:
    with open(file, "rb") as opened:
        first = opened.read(SAMPLE)
        opened.seek(max(0, file.stat().st_size - SAMPLE))
        return first + opened.read(SAMPLE)
