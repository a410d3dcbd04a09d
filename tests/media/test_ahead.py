import contextlib
import gc
import threading
import weakref

import pytest

from lib_parallax.media import ahead


def test_items_come_in_order():
    assert list(ahead(range(100), 3)) == list(range(100))
    assert list(ahead(iter([]), 1)) == []
    assert list(ahead([1, 2], 0)) == [1, 2]


def test_it_runs_no_further_ahead_than_asked():
    made = []
    produced = threading.Semaphore(0)

    def source():
        for number in range(10):
            made.append(number)
            produced.release()
            yield number

    items = ahead(source(), 2)
    assert made == []
    assert next(items) == 0
    for _ in range(4):  # 0 taken, two queued, one in hand
        assert produced.acquire(timeout=10)
    assert not produced.acquire(timeout=0.2)
    assert made == [0, 1, 2, 3]
    assert list(items) == list(range(1, 10))


def test_an_exception_comes_in_its_place():
    def source():
        yield 1
        yield 2
        raise KeyError("lost")

    items = ahead(source(), 5)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyError, match="lost"):
        next(items)
    with pytest.raises(StopIteration):
        next(items)


@pytest.mark.parametrize("taken", [1, 3])
def test_stopping_early_closes_the_source_in_its_own_thread(taken):
    closed = []

    def source():
        try:
            while True:
                yield threading.get_ident()
        finally:
            closed.append(threading.get_ident())

    before = threading.active_count()
    items = ahead(source(), 2)
    makers = {next(items) for _ in range(taken)}
    items.close()
    assert threading.active_count() == before
    assert closed == list(makers)
    assert closed != [threading.get_ident()]


def test_nothing_starts_unasked():
    before = threading.active_count()
    items = ahead(iter([1]), 1)
    assert threading.active_count() == before
    del items
    assert threading.active_count() == before


@pytest.fixture
def without_collector():
    gc.disable()
    yield
    gc.enable()


def workers():
    return [thread for thread in threading.enumerate() if thread.name == "ahead"]


def test_an_error_leaves_no_thread_and_no_item_behind(without_collector):
    class Item:
        pass

    kept = []

    def source():
        item = Item()
        kept.append(weakref.ref(item))
        yield item
        raise KeyError("lost")

    def consume():
        for _ in ahead(ahead(source(), 2), 2):
            pass

    with contextlib.suppress(KeyError):
        consume()
    assert workers() == []
    assert [ref() for ref in kept] == [None]


def test_closing_leaves_no_thread_and_no_item_behind(without_collector):
    class Item:
        pass

    kept = []

    def source():
        while True:
            item = Item()
            kept.append(weakref.ref(item))
            yield item

    items = ahead(ahead(source(), 2), 2)
    next(items)
    items.close()
    assert workers() == []
    assert [ref() for ref in kept if ref() is not None] == []
