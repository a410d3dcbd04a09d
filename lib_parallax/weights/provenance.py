"""What a job's record says of the weights that it used."""

from __future__ import annotations

from pathlib import Path

from . import records
from .cache import find
from .catalogue import CATALOGUE
from .hub_models import hub_model, stated_licence

UNKNOWN = "not known: the file was given by its path"
PAGE = "README.md"


def provenance(name: str, path: Path) -> dict[str, str]:
    """`name`, `licence`, `sha256`, `source` (an address, or the path of a file that somebody gave), `file`.

    path  the file of weights; of a hub model, which has several, the one that stands for all
    """
    seen, unchanged = records.recorded(path)
    sha256 = seen if seen is not None and unchanged else records.sha256_of(path)
    licence, source = _origin(name, path, sha256)
    return {"name": name, "licence": licence, "sha256": sha256, "source": source, "file": str(path)}


def _origin(name: str, path: Path, sha256: str) -> tuple[str, str]:
    """Licence and source."""
    if name in CATALOGUE:
        weights = CATALOGUE[name]
        known = sha256 == weights.sha256 or path == find(name)
        return (weights.licence, weights.address) if known else (UNKNOWN, str(path))
    model = hub_model(name)
    if model is not None:
        return model.licence, model.address
    pages = (folder / PAGE for folder in path.parents[:2])
    page = next((page for page in pages if page.is_file()), None)
    stated = stated_licence(page.read_text(encoding="utf-8", errors="replace")) if page else None
    source = str(path.parent) if Path(name).is_dir() else f"https://huggingface.co/{name}"
    return stated or "not stated", source
