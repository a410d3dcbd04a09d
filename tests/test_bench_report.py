"""What the benchmarks share: costs, ratios to bounds of the same run, tables, a line of JSON at the end."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lib_parallax.faces import bench

FOLDER = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(FOLDER))

import _bounds  # noqa: E402
import _clock  # noqa: E402
import _report  # noqa: E402
from _child import alone  # noqa: E402
from _psnr import psnr  # noqa: E402
from _targets import Outcome  # noqa: E402

BOUNDS = _bounds.Bounds(0.01, 0.02, 1e10, None, "5.0.0")


@pytest.fixture
def reported(monkeypatch, capsys, tmp_path):
    """Runs a benchmark in parts with these arguments; what it printed, and the file that it appended to."""
    monkeypatch.setattr(_report, "bounds", lambda: BOUNDS)
    monkeypatch.setattr(sys, "argv", ["some_thing.py", "--json", str(tmp_path / "all.jsonl")])

    def run(parts, *more):
        monkeypatch.setattr(sys, "argv", [*sys.argv[:3], *more])
        _report.run_parts(_report.arguments("Does a thing."), parts)
        return capsys.readouterr().out, tmp_path / "all.jsonl"

    return run


def test_the_last_line_is_json_with_all_that_was_printed(reported):
    rows = [{"method": "ours", "cpu_s": 0.05, "PSNR": np.float64(40.123)}]
    printed, file = reported({"speed": _report.table("Speed", lambda: rows)})
    record = json.loads(printed.splitlines()[-1])
    assert record["benchmark"] == "some-thing"
    assert record["tables"]["Speed"] == [{"method": "ours", "cpu_s": 0.05, "remaps": 5.0, "PSNR": 40.123}]
    assert record["bounds"] == {**BOUNDS._asdict()}
    assert record["machine"]["cpu"] and record["machine"]["cores"] >= 1
    assert record["versions"]["numpy"] == np.__version__ and record["versions"]["parallax"]
    assert {"cpu_s", "wall_s", "peak_bytes"} <= set(record)
    assert "| ours | 0.0500 | 5.00 | 40.12 |" in printed
    assert json.loads(file.read_text()) == record


def test_further_runs_are_appended_and_parts_chosen(reported):
    parts = {"a": _report.table("A", lambda: [{"x": 1}]), "b": _report.table("B", lambda: [])}
    reported(parts, "--only", "a")
    printed, file = reported(parts, "--only", "b")
    first, second = map(json.loads, file.read_text().splitlines())
    assert list(first["tables"]) == ["A"] and second["tables"] == {}
    assert "B: not measured" in printed and second["notes"]


def test_cpu_seconds_are_told_in_remaps_unless_the_row_has_its_own_ratio():
    assert _report.with_ratios({"decode cpu_s": 0.02, "n": 3}, BOUNDS) == {
        "decode cpu_s": 0.02, "decode remaps": 2.0, "n": 3,
    }  # fmt: skip
    own = {"cpu_s": 0.04, "warpAffines": 2.0}
    assert _report.with_ratios(own, BOUNDS) == own
    assert _report.with_ratios({"cpu_s": None}, BOUNDS) == {"cpu_s": None, "remaps": None}


@pytest.mark.parametrize(
    ("measured", "at_least", "verdict"),
    [(5.0, False, "met"), (5.1, False, "MISSED"), (5.0, True, "met"), (4.9, True, "MISSED"),
     (None, True, "not measured")],
)  # fmt: skip
def test_a_target_is_met_missed_or_not_measured(measured, at_least, verdict):
    assert Outcome("w", "remaps", 5.0, measured, at_least=at_least).row()["verdict"] == verdict


def test_costs_are_medians_by_turns():
    order = []
    costs = _clock.by_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, runs=3)
    assert order == ["a", "b"] * 4  # the first of each is not counted
    assert costs["a"].runs == 3 and costs["a"].low <= costs["a"].cpu_s <= costs["a"].high
    of = [_clock.Spent(None, cpu, 1.0, gpu) for cpu, gpu in ((3.0, 5.0), (1.0, None), (2.0, 7.0))]
    assert _clock.median(of)[:3] == (2.0, 1.0, 6.0)


def test_cpu_seconds_count_work_and_not_waiting():
    busy = _clock.spent(lambda: sum(range(2_000_000)))
    assert busy.result == 1999999000000 and busy.cpu_s > 0


def test_a_child_gives_its_figures_and_its_own_peak():
    found = alone("_child_of_tests:held", {"PYTHONPATH": str(FOLDER.parent / "tests")}, mebibytes=300)
    assert found["asked"] == 300
    assert found["peak_bytes"] is None or found["peak_bytes"] > 300 * 2**20
    with pytest.raises(subprocess.CalledProcessError):
        alone("_child_of_tests:nothing_such")


def test_psnr_of_a_known_error():
    true = np.full((4, 4, 3), 100, np.uint8)
    made = true.copy()
    made[:2] += 10
    assert psnr(made, true, np.arange(4)[:, None] < np.array([[2] * 4])) == pytest.approx(20 * np.log10(25.5))
    assert np.isnan(psnr(made, true, np.zeros((4, 4), bool)))


def test_every_benchmark_says_in_a_line_what_it_is_and_takes_the_shared_arguments():
    found = bench.benchmarks()
    assert {"speed", "end-to-end", "growth", "zoom", "depth"} <= set(found)
    for name, path in found.items():
        assert bench.summary(path).endswith((".", ":")), f"{name} begins without a sentence"
        assert takes_json(path), f"{name} makes no line of JSON"


def takes_json(path: Path) -> bool:
    """Whether a benchmark reports as all do, or declares `--json` by itself."""
    tree = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    shared = any(isinstance(node, ast.ImportFrom) and node.module == "_report" for node in tree)
    return shared or any(isinstance(node, ast.Constant) and node.value == "--json" for node in tree)


@pytest.mark.parametrize("name", ["corpus", "scroll", "end-to-end", "growth"])
def test_help_is_there_without_measuring(name):
    done = subprocess.run(
        [sys.executable, str(bench.benchmarks()[name]), "--help"], capture_output=True, text=True,
        env={"PYTHONPATH": str(FOLDER.parent), "PATH": ""}, check=True,
    )  # fmt: skip
    assert "--json FILE" in done.stdout and "bounds" not in done.stdout
