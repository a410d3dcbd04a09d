import os
import tempfile
from pathlib import Path

import pytest

from lib_parallax.errors import OutputError
from lib_parallax.jobs.place import check_place, check_writable, hidden_beside, place


def make_folder(path: Path, **files: str) -> Path:
    path.mkdir(parents=True)
    for name, text in files.items():
        (path / f"{name}.png").write_text(text)
    return path


def test_a_file_takes_its_place_and_the_folders_to_it_are_made(tmp_path):
    (tmp_path / "work").write_text("new")
    place(tmp_path / "work", tmp_path / "a" / "b" / "out.mp4")
    assert (tmp_path / "a" / "b" / "out.mp4").read_text() == "new"
    assert not (tmp_path / "work").exists()


def test_a_folder_replaces_a_folder_whole(tmp_path):
    make_folder(tmp_path / "out", a="old", b="old")
    place(make_folder(tmp_path / "work", b="new"), tmp_path / "out")
    assert {p.name: p.read_text() for p in (tmp_path / "out").iterdir()} == {"b.png": "new"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_run_left_beside_the_result_is_cleared(tmp_path):
    make_folder(tmp_path / ".out.parallax-old", a="old")
    place(make_folder(tmp_path / "work", b="new"), tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_copy_that_fails_leaves_the_old_result_and_nothing_else(tmp_path, monkeypatch):
    import errno

    from lib_parallax.jobs import place as module

    def no_rename(source, target):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    def full(source, target):
        Path(target).write_text("hal")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "replace", no_rename)
    monkeypatch.setattr(module.shutil, "copyfile", full)
    (tmp_path / "work").write_text("new")
    (tmp_path / "out.mp4").write_text("old")
    with pytest.raises(OutputError, match=r"out\.mp4: cannot be written, the disk is full"):
        place(tmp_path / "work", tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_text() == "old"
    assert not hidden_beside(tmp_path / "out.mp4").exists()
    assert (tmp_path / "work").read_text() == "new"


@pytest.mark.parametrize(
    ("kind", "folder", "overwrite", "words"),
    [
        ("file", False, False, "exists already"),
        ("file", False, True, None),
        ("file", True, True, "is a file"),
        ("frames", False, True, "is a folder"),
        ("frames", True, False, "exists already"),
        ("frames", True, True, None),
        ("nested", True, True, "holds inner.png"),
        ("nothing", True, False, None),
        ("nothing", False, False, None),
    ],
)
def test_places(tmp_path, kind, folder, overwrite, words):
    path = tmp_path / "x"
    if kind == "file":
        path.write_text("")
    elif kind == "frames":
        make_folder(path, a="1")
    elif kind == "nested":
        make_folder(path / "inner.png")
    if words is None:
        check_place(path, folder, overwrite)
    else:
        with pytest.raises(OutputError, match=words):
            check_place(path, folder, overwrite)


def test_checking_leaves_no_trace(tmp_path):
    check_writable(tmp_path / "not" / "yet")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def ordinary_user():
    """Root may write everywhere: become nobody for a while."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions are another thing there")
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)
    yield
    os.seteuid(me)


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_an_unwritable_folder_is_refused(tmp_path, ordinary_user, mode):
    with tempfile.TemporaryDirectory() as name:  # pytest's own folder is closed to others
        closed = Path(name) / "closed"
        closed.mkdir(mode=mode)
        try:
            for folder in (closed, closed / "not" / "yet"):
                with pytest.raises(OutputError, match="no permission to write there"):
                    check_writable(folder)
        finally:
            closed.chmod(0o700)


def test_what_a_symbolic_link_points_to_is_replaced(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "real.mp4").write_text("old")
    link = tmp_path / "out.mp4"
    try:
        link.symlink_to(tmp_path / "disk" / "real.mp4")
    except OSError:
        pytest.skip("links are not allowed here")
    (tmp_path / "work").write_text("new")
    check_place(link, False, True)
    place(tmp_path / "work", link)
    assert link.is_symlink() and (tmp_path / "disk" / "real.mp4").read_text() == "new"
