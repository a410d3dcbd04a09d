"""An encoder changes nothing about how the machine shares its cores."""

import contextlib
import os
import sys
import threading
from fractions import Fraction

import numpy as np
import pytest

from lib_parallax.media import encoders, open_writer
from lib_parallax.media.priority import THREADS, priority_kept

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing else there changes it")


def classes():
    """Of all threads of this process; those of other tests end when they like."""
    found = set()
    for number in os.listdir(THREADS):
        with contextlib.suppress(ProcessLookupError):
            found.add(os.sched_getscheduler(int(number)))
    return found


@pytest.fixture(autouse=True)
def ordinary():
    assert classes() == {os.SCHED_OTHER}


def test_a_thread_and_those_it_began_come_back():
    end = threading.Event()
    with priority_kept():
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        began = threading.Thread(target=end.wait)
        began.start()
        assert {os.sched_getscheduler(n) for n in (0, began.native_id)} == {os.SCHED_BATCH}
    assert classes() == {os.SCHED_OTHER}
    end.set()
    began.join()


def test_an_error_on_the_way_leaves_nothing_behind():
    with pytest.raises(ValueError), priority_kept():
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        raise ValueError
    assert classes() == {os.SCHED_OTHER}


def test_an_encoder_that_makes_itself_first_is_held_back(tmp_path):
    """SVT-AV1 does so where the process is root's; elsewhere this can tell nothing."""
    assert encoders._try_encoder("av1") is None
    assert classes() == {os.SCHED_OTHER}
    with open_writer(tmp_path / "a.mp4", (64, 64), codec="av1", quality="draft", rate=Fraction(25)) as writer:
        assert classes() == {os.SCHED_OTHER}
        writer.write(np.zeros((64, 64, 3), np.uint8), Fraction(0))
        assert classes() == {os.SCHED_OTHER}
