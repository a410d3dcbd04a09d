import subprocess
import sys

from lib_parallax.jobs.lock import FileLock, holder

HOLD = """
import sys, time
from pathlib import Path
from lib_parallax.jobs.lock import FileLock
lock = FileLock(Path(sys.argv[1]))
assert lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_one_holder_at_a_time(tmp_path):
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()
    assert not (tmp_path / "lock").exists()


def test_release_twice_and_unheld_is_nothing(tmp_path):
    lock = FileLock(tmp_path / "lock")
    lock.release()
    assert lock.acquire()
    lock.release()
    lock.release()


def test_a_killed_holder_leaves_it_free(tmp_path):
    path = tmp_path / "lock"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline().strip() == b"held"
        assert not FileLock(path).acquire()
        assert holder(path) == process.pid
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert holder(path) is None
    assert FileLock(path).acquire()


def test_nobody_holds_what_is_not_there(tmp_path):
    assert holder(tmp_path / "lock") is None
