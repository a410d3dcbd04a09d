"""Animation: flow, occlusion, propagation between keys, joins, holes, and clips end to end.

Flow and pictures are measured on rendered layers whose motion is exact, and on Middlebury's pairs
where PARALLAX_TEST_DATA names the folder of real data.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

from _report import Report, arguments, run_parts

PARTS = ("flow", "propagation", "clips")  # modules with `run(report)`


def part(name: str, report: Report) -> None:
    import_module(f"_animate_{name}").run(report)


if __name__ == "__main__":
    run_parts(arguments(__doc__), {name: partial(part, name) for name in PARTS})
