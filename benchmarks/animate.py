"""Animation: flow, occlusion, propagation between keys, joins, holes, and clips end to end.

Flow and pictures are measured on rendered layers whose motion is exact, and on Middlebury's pairs
where PARALLAX_TEST_DATA names the folder of real data.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent
PARTS = ("flow", "propagation", "clips")


def parts() -> dict[str, str]:
    """The parts that are there, and their modules: each has `run(args) -> dict`, and prints its tables."""
    named = {name: f"_animate_{name}" for name in PARTS}
    return {name: module for name, module in named.items() if (FOLDER / f"{module}.py").is_file()}


def main() -> None:
    there = parts()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--only", nargs="+", choices=there, default=list(there), help="some of the parts")
    args = parser.parse_args()
    figures = {name: import_module(there[name]).run(args) for name in args.only}
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
