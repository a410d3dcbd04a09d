"""What every benchmark prints: the machine, its worth at the moment, tables, and one line of JSON at the end.

    parser = arguments(__doc__)
    with Report(parser) as report:
        report.add("Speed", rows)

A column of CPU-seconds ("cpu_s", or a name that ends so) gets one beside it in bilinear `cv2.remap`s of a
1080p picture, measured in the same run, unless the rows hold a ratio of their own.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from _bounds import Bounds, bounds
from _clock import cpu_seconds, peak_memory
from _machine import machine, versions

Row = Mapping[str, Any]
Rows = Sequence[Row]
RATIOS = ("remaps", "warpAffines")


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A parser with what all benchmarks take."""
    parser = argparse.ArgumentParser(
        prog=f"bench {_name()}", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="append the line of JSON to this file, too")
    return parser


class Report:
    """One run of a benchmark. `arguments` is what the parser read; `bounds` what the machine is worth."""

    def __init__(self, parser: argparse.ArgumentParser, given: Sequence[str] | None = None) -> None:
        import cv2

        self.arguments = parser.parse_args(given)
        cv2.setNumThreads(1)  # what is measured is the work, not how many may share it
        self.bounds: Bounds = bounds()
        self._record: dict[str, Any] = {
            "benchmark": _name(),
            "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "machine": machine(),
            "versions": versions(),
            "bounds": self.bounds._asdict(),
            "tables": {},
        }
        self._started = cpu_seconds(children=True), time.perf_counter()

    def __enter__(self) -> Report:
        for part in ("machine", "versions"):
            told = self._record[part].items()
            print(f"{part}: {', '.join(f'{name} {_said(value)}' for name, value in told)}")
        print(f"bounds: {self.bounds}", flush=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._close()

    def add(self, title: str, rows: Rows) -> None:
        """Prints a Markdown table and keeps its rows for the line of JSON; no rows are not measured."""
        if not rows:
            self.note(f"{title}: not measured, for its data are not here (PARALLAX_TEST_DATA)")
            return
        rows = [with_ratios(row, self.bounds) for row in rows]
        self._record["tables"][title] = rows
        print(f"\n{title}\n\n| {' | '.join(rows[0])} |\n|{' --- |' * len(rows[0])}")
        for row in rows:
            print(f"| {' | '.join(cell(name, value) for name, value in row.items())} |", flush=True)

    def note(self, text: str) -> None:
        """A line of its own, such as why a table is missing."""
        self._record.setdefault("notes", []).append(text)
        print(f"\n{text}", flush=True)

    def _close(self) -> None:
        cpu, wall = self._started
        self._record["cpu_s"] = cpu_seconds(children=True) - cpu
        self._record["wall_s"] = time.perf_counter() - wall
        self._record["peak_bytes"] = peak_memory()
        line = json.dumps(self._record, default=_plain)
        print(f"\n{line}")
        if self.arguments.json is not None:
            with self.arguments.json.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def run_parts(
    parser: argparse.ArgumentParser,
    parts: Mapping[str, Callable[[Report], None]],
    unasked: Sequence[str] = (),
) -> None:
    """A benchmark in parts: `--only` runs some; all run but for those that must be asked for (`unasked`)."""
    usual = [name for name in parts if name not in unasked]
    parser.add_argument("--only", nargs="+", choices=list(parts), default=usual, help="some of the parts")
    with Report(parser) as report:
        for name in report.arguments.only:
            parts[name](report)


def table(title: str, rows: Callable[[], Rows]) -> Callable[[Report], None]:
    """A part that is one table."""
    return lambda report: report.add(title, rows())


def with_ratios(row: Row, of: Bounds) -> dict[str, Any]:
    """The row, with a column in remaps beside each of CPU-seconds."""
    made: dict[str, Any] = {}
    own = any(name in row for name in RATIOS)
    for name, value in row.items():
        made[name] = value
        if name.endswith("cpu_s") and not own:
            made[name[: -len("cpu_s")] + "remaps"] = value / of.remap if isinstance(value, float) else value
    return made


def cell(name: str, value: Any) -> str:
    """A figure as a table shows it; "-" for what was not measured."""
    if value is None:
        return "-"
    if not isinstance(value, (float, np.floating)):
        return str(value)
    return f"{value:.4f}" if name.endswith("cpu_s") else f"{value:.3f}" if name == "ratio" else f"{value:.2f}"


def _name() -> str:
    return Path(sys.argv[0]).stem.replace("_", "-")


def _said(value: Any) -> str:
    return "none" if value is None else str(value)


def _plain(value: Any) -> Any:
    """numpy's numbers as JSON has them."""
    return value.item() if isinstance(value, np.generic) else str(value)
