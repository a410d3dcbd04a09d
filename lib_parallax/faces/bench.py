"""`bench NAME`: lists the benchmarks of a checkout, and runs one in a process of its own.

A process of its own, so that what one measures (memory, compiled kernels, threads) owes
nothing to what ran before it.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from ..errors import OptionError, UnavailableError, meant

CHECKOUT = Path(__file__).resolve().parents[2]


def benchmarks(checkout: Path = CHECKOUT) -> dict[str, Path]:
    """The benchmarks by name: `benchmarks/*.py`, dashes for underscores, none that starts with one.

    Raises UnavailableError where the package was installed without its checkout.
    """
    folder = checkout / "benchmarks"
    if not folder.is_dir():
        raise UnavailableError(
            f"{folder}: benchmarks come with a checkout of the repository, which this is not"
        )
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    return {path.stem.replace("_", "-"): path for path in files}


def summary(path: Path) -> str:
    """The first line of a benchmark's docstring."""
    try:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    except (OSError, SyntaxError, ValueError):
        return ""
    return text.partition("\n")[0]


def list_benchmarks(checkout: Path = CHECKOUT) -> None:
    found = benchmarks(checkout)
    width = max((len(name) for name in found), default=0)
    for name, path in found.items():
        print(f"{name:{width}}  {summary(path)}".rstrip())


def run(name: str, arguments: list[str], checkout: Path = CHECKOUT) -> int:
    """Runs a benchmark with further arguments; its exit status. Raises OptionError for an unknown name."""
    found = benchmarks(checkout)
    path = found.get(name.replace("_", "-"))
    if path is None:
        hint = meant(name, found) or f"; there are {', '.join(found) or 'none'}"
        raise OptionError(f"there is no benchmark {name!r}{hint}")
    paths = [str(checkout), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run([sys.executable, str(path), *arguments], env=environment, check=False).returncode
