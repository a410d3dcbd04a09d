"""Several pictures for a step, of which one is taken; and a zoom with one of its pictures painted anew."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from lib_parallax import generate, jobs
from lib_parallax.errors import Cancelled, OptionError
from lib_parallax.generate import Capabilities
from lib_parallax.jobs import Queue, list_jobs
from lib_parallax.loops.store import MemoryStore
from lib_parallax.loops.zoom import frames as zoom_frames
from lib_parallax.loops.zoom.candidates import misfit
from lib_parallax.loops.zoom.seeds import seed_at, step_seeds
from lib_parallax.media import Nothing
from lib_parallax.options import ZoomOptions, parse
from lib_parallax.types import CancelToken

SMALL = {"prompt": "red", "keyframe_size": "64x64", "count": 3, "fps": 4, "upscaler": "none", "codec": "ffv1"}


def options(**values):
    return parse(ZoomOptions, {**SMALL, **values})


class Blots:
    """Paints a pattern that its seed alone decides."""

    name, note = "blots", "blots, for tests"

    def __init__(self):
        self.seeds = []

    def capabilities(self):
        return Capabilities()

    def _paint(self, request, size):
        self.seeds.append(request.sampling.seed)
        rng = np.random.default_rng(request.sampling.seed)
        return cv2.resize(rng.integers(0, 256, (9, 9, 3), np.uint8), size, interpolation=cv2.INTER_CUBIC)

    def txt2img(self, request, cancel):
        return self._paint(request, request.size)

    def inpaint(self, request, cancel):
        return self._paint(request, request.image.shape[1::-1])


@pytest.fixture
def blots():
    backend = Blots()
    generate.register(backend)
    yield backend
    generate.register(None)


def seed(step, candidate=0, **values):
    return seed_at(options(**values), step, candidate)


def painted(choose=None, store=None, **values):
    store = store if store is not None else MemoryStore()
    list(zoom_frames(Nothing("zoom"), options(**values), store=store, choose=choose))
    return store


def test_the_first_candidate_is_what_is_painted_alone(blots):
    seeds = [seed(2, n) for n in range(16)]
    assert seeds[0] == 2 and len(set(seeds)) == 16
    alone, many = painted(), painted(choose=lambda asked: 0, candidates=3)
    assert all(
        np.array_equal(alone.picture(f"keyframe-000{n}"), many.picture(f"keyframe-000{n}")) for n in range(4)
    )
    assert alone.picture("candidate-0001-00") is None and many.picture("candidate-0001-02") is not None


def test_whoever_is_asked_takes_one_or_has_others_painted(blots):
    asked = []

    def choose(question):
        asked.append((question.step, question.last, question.names))
        return {1: 1, 2: None, 3: 0, 4: 1, 5: 0}[len(asked)]

    store = painted(choose, candidates=2)
    assert [step for step, _, _ in asked] == [0, 1, 1, 2, 3] and {last for _, last, _ in asked} == {3}
    assert asked[2][2] == ("candidate-0001-02", "candidate-0001-03")
    assert [store.text(f"choice-000{n}") for n in range(4)] == ["1", "2", "1", "0"]
    for step, taken in enumerate((1, 2, 1, 0)):
        own, kept = store.picture(f"keyframe-000{step}"), store.picture(f"candidate-000{step}-0{taken}")
        assert np.array_equal(own, kept)
        assert f'"seed": {seed(step, taken)}' in store.text(f"prompt-000{step}")


def test_who_asks(blots):
    never = pytest.fail
    painted(never)  # one picture, and nothing says ask
    painted(lambda asked: 0, pick="ask")
    painted(never, candidates=2, pick="best")
    with pytest.raises(OptionError, match="nobody can be asked") as refused:
        painted(None, pick="ask")
    assert refused.value.field == "pick"


def test_a_stop_while_asked_keeps_what_was_painted_and_chosen(blots):
    whole = painted(lambda asked: 1, candidates=2)
    blots.seeds.clear()

    def stops_at_two(asked):
        if asked.step == 2:
            raise Cancelled("stopped")
        return 1

    store = MemoryStore()
    with pytest.raises(Cancelled):
        painted(stops_at_two, store, candidates=2)
    resumed = painted(lambda asked: 1, store, candidates=2)
    assert len(blots.seeds) == 8  # none of them twice
    assert all(
        np.array_equal(whole.picture(f"keyframe-000{n}"), resumed.picture(f"keyframe-000{n}"))
        for n in range(4)
    )


def test_a_choice_that_was_made_is_not_asked_again(blots):
    store = painted(lambda asked: 1, candidates=2)
    del store._pictures["keyframe-0003"]
    kept = store.picture("candidate-0003-01")
    painted(pytest.fail, store, candidates=2)
    assert np.array_equal(store.picture("keyframe-0003"), kept)


def test_the_best_has_no_seam_and_the_grain_of_what_lies_within():
    rng = np.random.default_rng(1)
    coarse = rng.integers(90, 160, (24, 24), np.uint8)
    whole = np.repeat(cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC)[..., None], 3, 2)
    y, x = np.mgrid[:96, :96] + 0.5
    depth = 24 - np.maximum(np.abs(x - 48), np.abs(y - 48))
    outside = (depth < 0)[..., None]
    brighter = np.where(outside, whole + 50, whole).clip(0, 255).astype(np.uint8)
    smeared = np.where(outside, cv2.GaussianBlur(whole, (0, 0), 9), whole)
    noisy = np.where(outside, rng.integers(0, 256, whole.shape), whole).astype(np.uint8)
    best = misfit(whole, depth, 3)
    assert all(misfit(other, depth, 3) > best + 0.05 for other in (brighter, smeared, noisy))


def test_without_anyone_to_ask_the_best_of_several_is_taken(blots):
    store = painted(candidates=3)
    assert store.text("choice-0000") == "0" and store.picture("candidate-0000-01") is None  # nothing to fit
    assert {store.text(f"choice-000{n}") for n in (1, 2, 3)} <= {"0", "1", "2"}
    assert len(blots.seeds) == 10


@pytest.mark.parametrize("text", ["3", "3:", "a:1", "1:-2", f"1:{2**63}", "1:2;3:4"])
def test_seeds_of_single_steps_that_cannot_be_read(text):
    with pytest.raises(OptionError, match="step_seeds"):
        step_seeds(options(step_seeds=text))


# jobs


def test_the_queue_asks_and_waits(tmp_path, blots):
    queue = Queue(tmp_path / "jobs")
    try:
        id = queue.submit("zoom", None, {**SMALL, "pick": "ask", "candidates": 2}, tmp_path / "z.mkv").id
        for step, choice in ((0, 1), (1, None), (1, 0), (2, 1), (3, 0)):
            status = asks(queue, id)
            assert (status.state, status.asks.step, status.asks.last) == ("running", step, 3)
            assert all(file.path.is_file() for file in status.asks.pictures)
            with pytest.raises(OptionError):
                queue.answer(id, step, 2)
            with pytest.raises(OptionError):
                queue.answer(id, step + 1, 0)
            queue.answer(id, step, choice)
        done = queue.wait(id, 60)
        assert done.state == "done" and done.asks is None
        with pytest.raises(OptionError):
            queue.answer(id, 3, 0)
    finally:
        queue.close()


def test_a_job_that_asks_can_be_cancelled(tmp_path, blots):
    queue = Queue(tmp_path / "jobs")
    try:
        id = queue.submit("zoom", None, {**SMALL, "pick": "ask"}, tmp_path / "z.mkv").id
        asks(queue, id)
        queue.cancel(id)
        assert queue.wait(id, 60).state == "cancelled"
    finally:
        queue.close()


def asks(queue, id):
    """How the job stands as soon as it asks."""
    token = CancelToken()
    while not token.cancelled:
        status = queue.status(id)
        if status.asks is not None:
            return status
        assert status.state in ("queued", "running"), status.error
    raise AssertionError


@pytest.mark.parametrize("endless", [False, True])
def test_one_picture_painted_anew_and_all_around_it(tmp_path, blots, endless):
    chosen = options(endless=endless)
    jobs.run("zoom", None, chosen, tmp_path / "z.mkv", jobs_dir=tmp_path / "jobs")
    (old,) = list_jobs(tmp_path / "jobs")
    before = {file.name: file.read_bytes() for file in (old.folder / "kept").iterdir()}
    blots.seeds.clear()
    record = jobs.repaint(old, 2, seed=99)
    result = jobs.go_on(record)
    assert result.outputs == (tmp_path / "z-2.mkv",) and blots.seeds == [99, 3]
    assert {file.name: file.read_bytes() for file in (old.folder / "kept").iterdir()} == before
    kept = result.folder / "kept"
    what = "open" if endless else "keyframe"
    same = [(kept / f"{what}-000{n}.png").read_bytes() == before[f"{what}-000{n}.png"] for n in range(3)]
    assert same == [True, True, False]
    # the same zoom painted whole has the same bytes
    whole = jobs.run(
        "zoom", None, options(endless=endless, step_seeds="2:99"), tmp_path / "w.mkv", jobs_dir=tmp_path / "j"
    )
    assert whole.outputs[0].read_bytes() == result.outputs[0].read_bytes()


def test_what_cannot_be_painted_anew(tmp_path, blots):
    result = jobs.run("zoom", None, options(), tmp_path / "z.mkv", jobs_dir=tmp_path / "jobs")
    (old,) = list_jobs(tmp_path / "jobs")
    with pytest.raises(OptionError, match="0 to 3"):
        jobs.repaint(old, 4)
    shown = options(prompt=None, keyframes=str(result.folder / "kept"))
    jobs.run("zoom", None, shown, tmp_path / "s.mkv", jobs_dir=tmp_path / "more")
    with pytest.raises(OptionError, match="saved keyframes"):
        jobs.repaint(list_jobs(tmp_path / "more")[0], 1)
