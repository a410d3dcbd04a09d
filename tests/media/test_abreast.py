"""Frames worked on side by side: in order, bounded, faults in their place, nothing left behind."""

from __future__ import annotations

import threading
import time

import pytest

from lib_parallax.media import abreast, in_flight, room, workers_here


def threads():
    return [t for t in threading.enumerate() if t.name.startswith("abreast")]


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_in_order_whatever_takes_longest(frames):
    def work(n):
        time.sleep(0.004 * (n % 3 == 0))
        return n * n

    assert list(abreast(work, range(12), frames)) == [n * n for n in range(12)]
    assert threads() == []


def test_side_by_side_and_no_more_than_asked():
    together = threading.Barrier(3)
    asked = []

    def items():
        for n in range(9):
            asked.append(n)
            yield n

    def work(n):
        together.wait(5)  # breaks unless three are at work
        return n

    made = abreast(work, items(), 3, workers=3)
    assert next(made) == 0 and len(asked) == 3
    assert next(made) == 1 and len(asked) == 4
    together.abort()
    made.close()
    assert threads() == []


@pytest.mark.parametrize("where", ["work", "items"])
def test_a_fault_comes_in_its_place(where):
    closed = []

    def items():
        try:
            yield from range(5)
            if where == "items":
                raise KeyError("lost")
            yield from range(5, 9)
        finally:
            closed.append(True)

    def work(n):
        if where == "work" and n == 5:
            raise KeyError("lost")
        return n

    made, found = abreast(work, items(), 3), []
    with pytest.raises(KeyError, match="lost"):
        found.extend(made)
        for n in made:
            found.append(n)
    assert threads() == [] and closed == [True]


def test_items_are_asked_for_by_the_consumer():
    seen = set()

    def items():
        for n in range(4):
            seen.add(threading.get_ident())
            yield n

    assert list(abreast(lambda n: n, items(), 2)) == [0, 1, 2, 3]
    assert seen == {threading.get_ident()}


def test_at_least_one_core():
    assert 1 <= workers_here() <= 8


@pytest.fixture
def free(monkeypatch):
    """A machine with so much memory left."""

    def leave(size):
        monkeypatch.setattr(room, "free_memory", lambda: size)

    return leave


def test_frames_in_flight_are_bounded_by_memory(free):
    free(8 << 30)  # an eighth is 1 GB
    assert in_flight(100 << 20, 99) == 10
    assert in_flight(100 << 20, 99, stages=3) == 3
    assert in_flight(100 << 20, 4) == 4
    assert in_flight(1 << 40, 4) == 1
    free(1 << 50)  # never more than 1.5 GB
    assert in_flight(100 << 20, 99) == 15
    free(0)
    assert in_flight(1, 9) == 1
    free(None)
    assert in_flight(512 << 20, 9) == 3


def test_the_memory_of_this_machine(tmp_path, monkeypatch):
    assert 1 << 20 < (room._of_system() or 1 << 21) < 1 << 50
    monkeypatch.setattr(room, "_GROUP", tmp_path)
    assert room._of_group() is None
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("5\n")
    assert room._of_group() is None
    (tmp_path / "memory.max").write_text("12\n")
    assert room._of_group() == room.free_memory() == 7
