"""A network is kept from one preview to the next, and let go for a job or after a while."""

import time
from fractions import Fraction

import numpy as np
import pytest

from lib_parallax import depth
from lib_parallax.loops.depths import estimator_for
from lib_parallax.loops.kept import Kept
from lib_parallax.loops.source import Given
from lib_parallax.options import DepthOptions, parse
from lib_parallax.types import Frame


class Network:
    """Stands for a network: counts what is read, remembers a stream."""

    flickers = True
    note = "made up"
    warnings = ()

    def __init__(self, name):
        self.name = name
        self.restored = []

    def restore(self, state):
        self.restored.append(state)


@pytest.fixture
def source():
    return Given([Frame(np.zeros((8, 8, 3), np.uint8), Fraction(0))], "picture")


@pytest.fixture(autouse=True)
def networks(monkeypatch):
    monkeypatch.setattr(depth, "load", lambda name, *rest, **how: Network(name))


def one(source, **options):
    return estimator_for(parse(DepthOptions, options), source)


def test_a_job_gets_its_own(source):
    assert one(source, depth_model="a/b") is not one(source, depth_model="a/b")


def test_the_same_model_is_taken_again_and_begins_afresh(source):
    kept = Kept()
    with kept.lent():
        first = one(source, depth_model="a/b")
    with kept.lent():
        assert one(source, depth_model="a/b") is first
    assert first.restored == [{}, {}]


@pytest.mark.parametrize("change", [{"depth_model": "a/c"}, {"depth_size": 280}, {"device": "meta"}])
def test_another_one_takes_its_place(source, change):
    kept = Kept()
    with kept.lent():
        first = one(source, depth_model="a/b")
        other = one(source, **{"depth_model": "a/b", **change})
        assert other is not first
        assert one(source, depth_model="a/b") is not first  # there is room for one


def test_it_is_let_go_for_a_job(source):
    kept = Kept()
    with kept.lent():
        first = one(source, depth_model="a/b")
    kept.let_go()
    with kept.lent():
        assert one(source, depth_model="a/b") is not first


def test_one_at_work_is_let_go_when_that_is_done(source):
    kept = Kept()
    with kept.lent():
        first = one(source, depth_model="a/b")
        kept.let_go()
        assert one(source, depth_model="a/b") is first
    with kept.lent():
        assert one(source, depth_model="a/b") is not first


def test_it_goes_by_itself_after_a_while(source):
    kept = Kept(seconds=0.01)
    with kept.lent():
        one(source, depth_model="a/b")
    for _ in range(1000):
        if kept._estimator is None:
            return
        time.sleep(0.01)
    pytest.fail("it is still there")
