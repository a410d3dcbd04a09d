"""Stereo, zoom and animate killed with SIGKILL at random moments: gone on with, to the same bytes.

`bench reliability` does the same thirty times and more.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import _reliability_kills as kills

from lib_parallax.faces.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a thing of POSIX")


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    return kills.kinds(tmp_path_factory.mktemp("sources"))


@pytest.mark.parametrize(("loop", "moments"), [("stereo", [0.55, 0.4]), ("zoom", [0.3]), ("animate", [0.5])])
def test_killed_and_gone_on_with(loop, moments, kinds, tmp_path):
    kind = kinds[loop]
    whole = kills.uninterrupted(kind, tmp_path / "whole", main)
    for attempt in range(6):  # on a machine that has just become quicker a job may be done too soon
        case = kills.killed(kind, whole, tmp_path / f"{attempt}", [m / 2**attempt for m in moments], main)
        assert case.faults == []
        if case.kills:
            break
    assert case.kills >= 1 and case.steps_again <= 1
