"""What a first preview waits for is prepared by a process of its own, once, and nobody minds if it fails."""

import os
import subprocess
import sys
import threading

import pytest

from lib_parallax.faces import extension, warm


@pytest.fixture
def begun(monkeypatch):
    """Warming allowed, as if nobody had begun yet; the commands that would have been run."""
    commands = []
    monkeypatch.delenv("PARALLAX_WARM", raising=False)
    monkeypatch.setattr(warm, "_begun", threading.Lock())

    class Process:
        status = 0

        def __init__(self, command, **keywords):
            commands.append(command)

        def wait(self):
            return self.status

    monkeypatch.setattr(warm.subprocess, "Popen", Process)
    return commands, Process


def joined():
    for thread in threading.enumerate():
        if thread.name == "parallax-warm":
            thread.join(60)


def test_it_happens_once_in_a_process(begun, monkeypatch):
    commands, _ = begun
    made = []
    monkeypatch.setattr(warm, "preview_of_nothing", lambda: made.append(1))
    warm.start()
    warm.start()
    joined()
    assert len(commands) == len(made) == 1
    assert commands[0][1:] == ["-m", "lib_parallax.faces.warm"]


def test_where_the_process_fails_nothing_is_compiled_here(begun, monkeypatch):
    _, process = begun
    process.status = 1
    monkeypatch.setattr(warm, "preview_of_nothing", lambda: pytest.fail("compiled in the server"))
    warm.start()
    joined()


def test_what_goes_wrong_is_no_error(begun, monkeypatch, capfd):
    def fails(*arguments, **keywords):
        raise OSError("no more processes")

    monkeypatch.setattr(warm.subprocess, "Popen", fails)
    warm.start()
    joined()
    assert capfd.readouterr().err == ""


def test_it_can_be_turned_off(begun, monkeypatch):
    commands, _ = begun
    monkeypatch.setenv("PARALLAX_WARM", "0")
    warm.start()
    joined()
    assert commands == []


def test_the_process_ends_with_the_one_that_began_it():
    command = [sys.executable, "-m", "lib_parallax.faces.warm"]
    process = subprocess.Popen(command, cwd=warm.ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    _, told = process.communicate(timeout=60)  # closes its end of the pipe, as a process does that ends
    assert process.returncode == warm.ALONE, told


def test_a_webui_that_builds_its_page_anew_begins_it_once(begun, monkeypatch):
    commands, _ = begun
    monkeypatch.setattr(warm, "preview_of_nothing", lambda: None)
    monkeypatch.setattr(extension.hosts, "detect", lambda: None)
    for _reload in range(3):
        extension.routes(None, None)
    joined()
    assert len(commands) == 1


def test_the_process_leaves_nothing_for_a_video_to_compile(tmp_path):
    """Kernels are compiled for the kinds of arrays that they are given: those of the warming must be ours."""
    import numba
    import numpy as np
    from clips import write_clip

    from lib_parallax.media import open_video

    picture = np.zeros((48, 64, 3), np.uint8)
    from lib_parallax.media.pictures import encode_picture

    (tmp_path / "a.png").write_bytes(encode_picture(picture, ".png", "draft"))
    write_clip(tmp_path / "b.mp4", [0, 3003], size=(64, 48))
    kinds = {numba.typeof(next(open_video(tmp_path / name).frames()).image) for name in ("a.png", "b.mp4")}
    assert len(kinds) == 1
    assert os.environ["PARALLAX_WARM"] == "0"  # or every server of the suite would compile
