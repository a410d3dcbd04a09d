"""Scroll: layers that slide over each other, their cost, how evenly they move, and whole runs.

Real pictures take part where PARALLAX_TEST_DATA names the folder of real data.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

from _report import Report, arguments, run_parts

PARTS = ("composite", "motion", "frames", "dresden")  # modules with `run(report)`


def part(name: str, report: Report) -> None:
    import_module(f"_scroll_{name}").run(report)


if __name__ == "__main__":
    run_parts(arguments(__doc__), {name: partial(part, name) for name in PARTS})
