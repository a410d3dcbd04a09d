"""Work spread over workers: bytes and report are those of one machine, whatever becomes of the workers."""

from __future__ import annotations

import json

import pytest
import spread_clips as clips
from spread_hands import Hand, Plan

from lib_parallax import jobs
from lib_parallax.errors import Cancelled, OptionError, SourceError, UnavailableError
from lib_parallax.jobs.spread import open_crew, work
from lib_parallax.jobs.spread.crew import Crew, Died
from lib_parallax.jobs.spread.inputs import KEPT, Inputs, Missing, input_of, key_of, pieces_of
from lib_parallax.jobs.spread.shots import Divider
from lib_parallax.jobs.spread.tasks import Stretch, Survey
from lib_parallax.types import CancelToken

STEREO = {"floating_window": True, "fill": "temporal"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    clips.write_depth(folder / "depth.mkv")
    return clips.write(folder / "clip.mp4")


@pytest.fixture(scope="module")
def depth(clip):
    return str(clip.with_name("depth.mkv"))


@pytest.fixture(scope="module")
def plain(clip, depth, tmp_path_factory):
    """The same jobs done by one process: result and bytes of each."""
    folder = tmp_path_factory.mktemp("plain")
    made = {}
    for name, (loop, options) in orders(depth).items():
        saved = {"save_depth": str(folder / "of_it.mkv")} if "saved" in name else {}
        result = jobs.run(loop, clip, {**options, **saved}, folder / f"{name}.mkv", jobs_dir=folder / "jobs")
        made[name] = result, [path.read_bytes() for path in result.outputs]
    return made


def orders(depth):
    return {
        "cues": ("stereo", {"depth_model": "cues", "depth_every": 3, "music": "calm", **STEREO}),
        "saved": ("stereo", {"depth": depth, **STEREO, "fill": "background"}),
        "depth": ("depth", {"depth": depth, "steadiness": "strong"}),
    }


@pytest.fixture
def spread(clip, depth, tmp_path):
    def run_job(name, crew, **keywords):
        loop, options = orders(depth)[name]
        saved = {"save_depth": str(tmp_path / "of_it.mkv")} if "saved" in name else {}
        out = tmp_path / f"{name}.mkv"
        return jobs.run(
            loop, clip, {**options, **saved}, out, jobs_dir=tmp_path / "jobs", crew=crew, **keywords
        )

    return run_job


def same(result, plain):
    one, contents = plain
    assert [path.read_bytes() for path in result.outputs] == contents
    assert (result.report, result.warnings, result.frames) == (one.report, one.warnings, one.frames)
    told, truth = (json.loads((r.folder / "job.json").read_text()) for r in (result, one))
    for key in ("warnings", "notes", "report", "frames", "total", "depth", "state", "versions"):
        assert told[key] == truth[key], key
    assert sorted(path.name for path in result.folder.iterdir()) == ["job.json", "log.txt"]


def ends_of(plan):
    return [(s.start.index if s.start is not None else 0, s.end) for s in plan.stretches]


def log_of(result):
    return (result.folder / "log.txt").read_text()


@pytest.mark.parametrize("name", ["cues", "saved", "depth"])
def test_the_bytes_and_the_report_of_one_machine(name, spread, plain):
    plan = Plan()
    with plan.crew(3) as crew:
        result = spread(name, crew)
    same(result, plain[name])
    assert result.made == clips.FRAMES
    assert sorted(ends_of(plan)) == list(clips.SPANS)


def test_a_dead_worker_s_shot_is_done_again_from_its_last_segment(spread, plain):
    # with one worker there is one stretch, which has sealed the first shot and 10 s of the second
    plan = Plan(dies=[(Stretch, 2)])
    with plan.crew(1) as crew:
        result = spread("cues", crew)
    same(result, plain["cues"])
    assert result.made == clips.FRAMES
    assert "a worker here fell over; its work is done again from frame 61" in log_of(result)
    assert ends_of(plan) == [(0, None), (61, None)]


def test_a_dead_surveyor_s_work_goes_on_from_the_last_cut(spread, plain):
    plan = Plan(dies=[(Survey, 0)])
    with plan.crew() as crew:
        result = spread("saved", crew)
    same(result, plain["saved"])
    assert plan.surveys == 2


def test_where_worker_after_worker_dies_the_job_ends_and_one_machine_goes_on(spread, plain):
    plan = Plan(dies=[(Stretch, 0)] * 12)
    with plan.crew() as crew, pytest.raises(UnavailableError, match="fell over"):
        spread("saved", crew)
    same(spread("saved", None), plain["saved"])


def test_a_clip_that_no_worker_survives_costs_the_next_job_nothing(spread, plain):
    plan = Plan(dies=[(Stretch, 0)] * 3)
    with plan.crew(1) as crew:
        with pytest.raises(UnavailableError, match="fell over"):
            spread("saved", crew)
        result = spread("depth", crew)
    same(result, plain["depth"])


def test_workers_that_could_not_be_started_are_tried_again_for_the_next_job(spread, plain):
    plan, failed = Plan(), []

    def hire():
        if len(failed) < 3:
            failed.append(True)
            raise Died("there is no memory left")
        return Hand(plan)

    with Crew([hire]) as crew:
        with pytest.raises(UnavailableError, match="no memory left"):
            spread("depth", crew)
        result = spread("depth", crew)
    same(result, plain["depth"])


def test_a_task_of_more_inputs_than_are_kept_begins(tmp_path):
    files = []
    for number in range(KEPT + 2):
        files.append(tmp_path / f"{number}.png")
        files[-1].write_bytes(bytes([number]) * 100)
    wanted = tuple(map(input_of, files))
    inputs = Inputs()
    with pytest.raises(Missing) as missing:
        inputs.places(wanted, shared=False)
    for each in missing.value.inputs:
        for name, data, at in pieces_of(each):
            inputs.take(key_of(each), name, data, at)
    places = inputs.places(wanted, shared=False)
    assert [places[str(file)].read_bytes() for file in files] == [file.read_bytes() for file in files]
    inputs.places(wanted[-1:], shared=False)
    assert len(list(inputs.folder.iterdir())) == KEPT
    inputs.close()


def test_cancel_reaches_the_workers_and_the_job_goes_on_later(spread, plain):
    token = CancelToken()

    def stop(event):
        if event.kind == "progress" and event.data["done"] >= 30:
            token.cancel()

    with Plan().crew() as crew:
        with pytest.raises(Cancelled):
            spread("saved", crew, on_event=stop, cancel=token)
        result = spread("saved", crew)
    same(result, plain["saved"])


def test_what_waits_for_its_turn_outlives_the_session(spread, plain):
    class Killed(BaseException):
        pass

    plan = Plan(holds={0})

    def die(event):
        if event.kind == "progress" and event.data["done"] == clips.FRAMES - 11:
            raise Killed

    with plan.crew() as crew, pytest.raises(Killed):
        spread("saved", crew, on_event=die)
    again = Plan()
    with again.crew() as crew:
        result = spread("saved", crew)
    same(result, plain["saved"])
    # the last of the others had made its frames, and may have died before it sealed them
    assert ends_of(again) in ([(0, 11)], [(0, 11), (80, None)])
    assert result.made in (11, 11 + 10)


def test_inputs_and_segments_are_shipped_where_paths_are_not_seen(spread, plain, clip, depth, monkeypatch):
    monkeypatch.setattr(work, "PIECE", 4096)
    plan = Plan(sees=False, dies=[(Stretch, 1)])
    with plan.crew() as crew:
        result = spread("saved", crew)
    same(result, plain["saved"])
    assert set(plan.brought) == {str(clip), depth}


def test_a_worker_unlike_the_rest_is_refused(spread, monkeypatch):
    monkeypatch.setattr("lib_parallax.jobs.spread.coordinating.alike", lambda *_: {"av": "1.0"})
    with Plan().crew() as crew, pytest.raises(UnavailableError, match=r"has av .* begun with 1.0"):
        spread("depth", crew)


def test_what_a_loop_refuses_on_a_worker_is_refused_here(spread, monkeypatch):
    def refuse(*_):
        raise SourceError("this worker has no eyes")

    monkeypatch.setattr(work, "marked", refuse)
    with Plan().crew() as crew, pytest.raises(SourceError, match="no eyes"):
        spread("depth", crew)


def test_a_batch_keeps_all_workers_busy_with_short_clips(tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    for number in range(3):
        clips.write(folder / f"{number}.mp4", (5 + number,))
    (folder / "not.mp4").write_text("a film")
    told = []

    def batch(name, crew):
        order = jobs.Batch("depth", folder, {"depth_model": "cues"}, tmp_path / name)
        on_event = told.append if crew else None
        return jobs.run_batch(order, jobs_dir=tmp_path / f"jobs-{name}", crew=crew, on_event=on_event)

    plan = Plan()
    with plan.crew() as crew:
        result = batch("spread", crew)
    one = batch("plain", None)
    assert len(result.done) == 3 and list(result.errors) == [folder / "not.mp4"]
    assert result.errors == one.errors
    for source, (path,) in result.done.items():
        assert path.read_bytes() == one.done[source][0].read_bytes()
    assert plan.surveys == 0  # clips of one window are not worth a look
    done = [event.data["done"] for event in told if event.kind == "progress"]
    assert done == sorted(done) and done[-1] == 5 + 6 + 7


def test_a_queue_s_jobs_are_done_by_its_crew(clip, depth, plain, tmp_path):
    loop, options = orders(depth)["depth"]
    plan = Plan()
    with plan.crew() as crew:
        queue = jobs.Queue(tmp_path / "jobs", crew=crew)
        try:
            id = queue.submit(loop, clip, options, tmp_path / "depth.mkv").id
            assert queue.wait(id, timeout=120).state == "done"
        finally:
            queue.close()
    assert sorted(ends_of(plan)) == list(clips.SPANS)
    assert (tmp_path / "depth.mkv").read_bytes() == plain["depth"][1][0]


def test_work_is_divided_once_a_window_wherever_one_begins_to_look():
    cuts = [3, 5, 12, 18, 31, 39, 40]
    divided = [cut for cut, yes in ((c, d.divides(c)) for d in [Divider(10, 0)] for c in cuts) if yes]
    assert divided == [12, 31, 40]
    late = Divider(10, 13)
    assert [cut for cut in cuts if late.divides(cut)] == [31, 40]


@pytest.mark.parametrize(("cluster", "workers"), [("mars", None), ("ray:/x", None), ("local", 0)])
def test_what_is_no_cluster_is_refused(cluster, workers):
    with pytest.raises(OptionError):
        open_crew(cluster, workers)
