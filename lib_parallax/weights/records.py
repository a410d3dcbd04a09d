"""What is remembered of a folder of weights: the hashes that were seen, the licences said yes to.

One small JSON file in the folder. A file's record holds its sha256 with the size and time of
change it had then, so that gigabytes are hashed when they change and not at every start.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

NAME = "parallax-models.json"
BLOCK = 1 << 20


def read(folder: Path) -> dict[str, Any]:
    """The folder's records; empty ones where there are none or the file cannot be understood."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    found = found if isinstance(found, dict) else {}
    return {part: found[part] if isinstance(found.get(part), dict) else {} for part in ("files", "licences")}


def change(folder: Path, part: str, key: str, value: Any) -> bool:
    """Sets one record; False where the folder cannot be written (one shared read-only, say)."""
    records = read(folder)
    records[part][key] = value
    temporary = folder / f"{NAME}.{os.getpid()}.part"
    try:
        temporary.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
        os.replace(temporary, folder / NAME)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        return False
    return True


def remember(path: Path, sha256: str) -> None:
    """Records the hash that the file has now."""
    stat = path.stat()
    value = {"sha256": sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    change(path.parent, "files", path.name, value)


def recorded(path: Path) -> tuple[str | None, bool]:
    """The hash recorded for the file, and whether the file has its size and time of then."""
    value = read(path.parent)["files"].get(path.name)
    if not isinstance(value, dict) or not isinstance(value.get("sha256"), str):
        return None, False
    stat = path.stat()
    return value["sha256"], (stat.st_size, stat.st_mtime_ns) == (value.get("size"), value.get("mtime_ns"))


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
