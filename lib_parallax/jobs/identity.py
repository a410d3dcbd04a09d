"""What makes two commands the same job: loop, source, options, output, versions, and what "auto" stands for.

A job is only resumed when all of these are as they were, so that the result has the bytes an
uninterrupted run would have given it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import SourceError
from .targets import absolute

_SAMPLE = 1 << 20
_PACKAGES = ("torch", "numpy", "scipy", "opencv-python", "pillow", "av", "numba")
# These run models that come as folders, and take part in no other job. A generator names them itself.
_OF_MODELS = ("diffusers", "transformers")
_IN_A_MODEL = ("config.json", "model_index.json")


def fingerprint(path: Path, deep: bool = False) -> dict[str, Any]:
    """Path, size, time and a quick hash of a source: of a file's two ends and middle, of a folder's listing.

    deep  the folders within a folder are listed as well

    Raises SourceError when there is nothing at `path` that can be read.
    """
    try:
        about = path.stat()
        size, quick = (
            _quick_hash_folder(path, deep) if path.is_dir() else _quick_hash_file(path, about.st_size)
        )
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file or folder") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read, {error.strerror}") from error
    return {"path": str(path), "size": size, "mtime_ns": about.st_mtime_ns, "quick_hash": quick}


def _quick_hash_file(path: Path, size: int) -> tuple[int, str]:
    total = hashlib.sha256(str(size).encode())
    with open(path, "rb") as file:
        for start in sorted({0, max(0, size // 2 - _SAMPLE // 2), max(0, size - _SAMPLE)}):
            file.seek(start)
            total.update(file.read(_SAMPLE))
    return size, total.hexdigest()


def _quick_hash_folder(path: Path, deep: bool = False) -> tuple[int, str]:
    total, size = hashlib.sha256(), 0
    for file in sorted(p for p in (path.rglob("*") if deep else path.iterdir()) if p.is_file()):
        about = file.stat()
        size += about.st_size
        listed = f"{file.relative_to(path)}\0{about.st_size}\0{about.st_mtime_ns}\n"
        total.update(listed.encode("utf-8", "surrogateescape"))
    return size, total.hexdigest()


def plain_options(options: Any) -> dict[str, Any]:
    """A loop's options as JSON holds them; `options.parse` takes them back."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(options).items()
    }


def carrier_of(options: Any) -> str:
    """What computes, and where, when "auto" is settled; "" for a loop that leaves no choice."""
    from ..warp.backends import chosen

    return " ".join(chosen(options.backend, options.device)) if hasattr(options, "backend") else ""


def identity(
    loop: str,
    source: dict[str, Any] | None,
    options: dict[str, Any],
    outputs: list[Path],
    resolved: Mapping[str, str],
    inputs: Sequence[Path] = (),
    weights: Sequence[Path] = (),
) -> tuple[str, dict[str, Any] | None]:
    """The job's hash, and the fingerprint of its depth file if it has one.

    `resolved` is what "auto" in the options stands for here and now, `inputs` are the files that are
    read besides the source, `weights` those of networks.
    """
    depth = fingerprint(absolute(options["depth"])) if options.get("depth") else None
    places = [str(path) for path in outputs]
    read = [fingerprint(path, deep=True) for path in inputs]
    parts = [loop, source, depth, read, options, places, dict(resolved), package_versions(weights)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(), depth


def _is_of_a_model(file: Path) -> bool:
    """Whether a file of weights lies in the folder of a model, as the hub has them, or one below."""
    return any((folder / name).is_file() for folder in list(file.parents)[:2] for name in _IN_A_MODEL)


def package_versions(weights: Sequence[Path] = ()) -> dict[str, str]:
    """Versions of Python, of Parallax and of the packages that take part, with these files of weights."""
    from .. import __version__

    versions = {"python": platform.python_version(), "parallax": __version__}
    for name in (*_PACKAGES, *(_OF_MODELS if any(map(_is_of_a_model, weights)) else ())):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
