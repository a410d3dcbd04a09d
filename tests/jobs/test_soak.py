"""Ten jobs in a row hold no more memory, files or threads than two did; `bench reliability` does hundreds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import _reliability_soak as soak


@pytest.mark.skipif(sys.platform == "win32", reason="files stay open there as long as scanners look at them")
def test_ten_jobs_in_a_row(tmp_path):
    growth = soak.many(10, tmp_path)
    assert list(growth.faults(soak.ROOM_OF_AN_HOUR)) == []
