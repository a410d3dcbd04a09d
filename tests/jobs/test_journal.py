import numpy as np
import pytest

from lib_parallax.jobs.durable import seal
from lib_parallax.jobs.journal import NAME, open_journal
from lib_parallax.types import Boundary


def add(journal, frames, after):
    number = len(journal.segments)
    path = journal.folder / "main" / f"{number:05d}.nut"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes([number]) * 100)
    file = {"path": path.relative_to(journal.folder).as_posix(), "sha256": seal(path)}
    journal.close_segment(frames, {"main": file}, after, [f"w{number}"])


@pytest.fixture
def three(tmp_path):
    """Three closed segments: the first ends inside a shot, the second at a cut, the third inside a shot."""
    journal = open_journal(tmp_path)
    add(journal, 4, Boundary(4, False, {"a": np.arange(3)}))
    add(journal, 3, Boundary(7, True))
    add(journal, 4, Boundary(11, False, {"a": np.arange(5)}))
    return journal


def test_nothing_is_nothing(tmp_path):
    journal = open_journal(tmp_path)
    assert journal.segments == [] and journal.start() is None and journal.frames == 0


def test_lines_come_back(three):
    again = open_journal(three.folder)
    assert again.segments == three.segments
    assert again.frames == 11 and again.warnings == ["w2"]
    start = again.start()
    assert (start.index, start.cut) == (11, False)
    assert start.state["a"].tolist() == [0, 1, 2, 3, 4]
    assert [path.name for path in again.files("main")] == ["00000.nut", "00001.nut", "00002.nut"]


@pytest.mark.parametrize("keep", [1, 10, 40])
def test_a_line_cut_short_never_happened(three, keep):
    path = three.folder / NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:keep])
    again = open_journal(three.folder)
    assert len(again.segments) == 2 and again.start().index == 7
    assert not (three.folder / "main" / "00002.nut").exists()
    add(again, 4, Boundary(11, True))
    assert len(open_journal(three.folder).segments) == 3


def test_a_segment_that_changed_is_dropped_with_all_after_it(three):
    (three.folder / "main" / "00002.nut").write_bytes(b"rotten")
    again = open_journal(three.folder)
    assert len(again.segments) == 2
    assert again.start() == Boundary(7, True, {})


def test_a_lost_state_goes_back_to_a_boundary_that_needs_none(three):
    for state in three.folder.glob("state-*.npz"):
        state.unlink()
    assert open_journal(three.folder).start().index == 7


def test_all_lost_starts_anew(three):
    (three.folder / "main" / "00000.nut").unlink()
    again = open_journal(three.folder)
    assert again.start() is None
    assert [path.name for path in three.folder.rglob("*") if path.is_file()] == [NAME]


def test_the_open_segment_and_stray_files_are_removed(three):
    (three.folder / "main" / "00003.nut").write_bytes(b"half")
    (three.folder / "main" / ".00003.nut.part").write_bytes(b"half")
    (three.folder / "state-00009.npz").write_bytes(b"early")
    kept = {path.name for path in three.folder.rglob("*") if path.is_file()}
    open_journal(three.folder)
    left = {path.name for path in three.folder.rglob("*") if path.is_file()}
    assert kept - left == {"00003.nut", ".00003.nut.part", "state-00009.npz"} or left < kept
    assert {"00000.nut", "00001.nut", "00002.nut", NAME} <= left
    assert not {"00003.nut", ".00003.nut.part", "state-00009.npz"} & left


def test_few_states_are_kept(tmp_path):
    journal = open_journal(tmp_path)
    for number in range(6):
        add(journal, 1, Boundary(number + 1, False, {"n": number}))
    assert len(list(tmp_path.glob("state-*.npz"))) == 2
    assert open_journal(tmp_path).start().state == {"n": 5}


def test_a_last_segment_without_the_end_is_made_again(three):
    add(three, 2, None)
    assert len(open_journal(three.folder).segments) == 3


def test_the_end_and_placing_are_remembered(three):
    add(three, 2, None)
    three.close({"report": {"x": 1}})
    again = open_journal(three.folder)
    assert again.end == {"report": {"x": 1}} and len(again.segments) == 4 and not again.placing
    again.start_placing()
    assert open_journal(three.folder).placing
    (three.folder / "main" / "00000.nut").unlink()
    lost = open_journal(three.folder)
    assert lost.end is None and lost.start() is None and lost.placing is False
