"""Scroll: layers that slide over each other, their cost, how evenly they move, and whole runs.

Real pictures take part where PARALLAX_TEST_DATA names the folder of real data.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path

PARTS = ("composite", "motion", "frames", "dresden")  # modules with `run(args)`, which prints its tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some of the parts")
    args = parser.parse_args()
    figures = {name: import_module(f"_scroll_{name}").run(args) for name in args.only}
    if args.json:
        args.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
