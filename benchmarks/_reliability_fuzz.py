"""The tests' fuzzing, with as many cases as are asked for."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "tests" / "fuzz"


def run(args: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        counts = Path(name) / "counts.json"
        environment = {**os.environ, "PARALLAX_FUZZ": str(args.fuzz), "PARALLAX_FUZZ_COUNTS": str(counts)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(FOLDER)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        told: dict[str, int] = json.loads(counts.read_text()) if counts.exists() else {}
    # a test of damaged files goes on behind a fault and says how many there were
    said = [int(n) for n in re.findall(r"AssertionError: (\d+) faults", done.stdout)]
    failed = len(re.findall(r"^(?:FAILED|ERROR) ", done.stdout, re.MULTILINE))
    failures = max(failed - len(said) + sum(said), int(done.returncode != 0))
    if failures:
        print(done.stdout, done.stderr)
    cases = sum(told.values())
    parts = ", ".join(f"{count} {what}" for what, count in told.items())
    print(f"fuzz: {cases} cases ({parts}), {failures} failures", flush=True)
    return {"cases": cases, **told, "failures": failures}
