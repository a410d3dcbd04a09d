"""Reliability: jobs killed at random moments, damaged and hostile input, many jobs and long ones.

Ends with a line of JSON that holds every count, and with exit status 1 where anything failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

PARTS = ("kills", "fuzz", "soak")  # modules with `run(args)`, which prints, and gives counts with "failures"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30, help="how many times a job is killed (default 30)")
    parser.add_argument(
        "--fuzz", type=int, default=20_000, help="about how many damaged inputs (default 20000)"
    )
    parser.add_argument("--soak", type=int, default=200, help="jobs in a row (default 200)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the moments at which jobs are killed (default 1)"
    )
    parser.add_argument("--json", type=Path, help="also write the counts to this file")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some of the parts")
    args = parser.parse_args()
    counts = {name: import_module(f"_reliability_{name}").run(args) for name in args.only}
    failures = sum(part["failures"] for part in counts.values())
    if args.json:
        args.json.write_text(json.dumps(counts, indent=2) + "\n")
    print(json.dumps({"failures": failures, **counts}))
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
