import json

import numpy as np
import pytest

from lib_parallax.loops.comfort import Comfort, breaks_window


def frame(far, near, width=200, height=100):
    """Background at `far`, a block at `near` in the middle, a tenth of the picture."""
    disparity = np.full((height, width), far, np.float32)
    disparity[30:70, 70:120] = near
    return disparity


def test_disparity_range_per_shot_and_over_all():
    comfort = Comfort()
    for i in range(3):
        comfort.add(frame(-1.0, 0.5), 0.02, cut=i == 0)
    for i in range(2):
        comfort.add(frame(-0.25, 2.0), 0.04, cut=i == 0)
    report = comfort.report()
    assert [(s["nearest"], s["farthest"], s["range"]) for s in report["shots"]] == [
        (0.5, -1.0, 1.5),
        (2.0, -0.25, 2.25),
    ]
    assert [(s["number"], s["first_frame"], s["frames"]) for s in report["shots"]] == [(1, 0, 3), (2, 3, 2)]
    assert (report["nearest"], report["farthest"], report["widest_range"]) == (2.0, -1.0, 2.25)
    assert report["frames"] == 5
    assert report["fill_share"] == pytest.approx(0.028)
    assert report["worst_fill_share"] == pytest.approx(0.04)


def test_a_few_wild_pixels_do_not_count():
    disparity = frame(-1.0, 1.0)
    disparity[0, :20] = 50
    disparity[1, :20] = -50
    disparity[2, :20] = np.nan
    comfort = Comfort()
    comfort.add(disparity, 0, cut=True)
    assert comfort.report()["nearest"] == 1.0
    assert comfort.report()["farthest"] == -1.0


def test_the_percentiles_are_those_of_the_shot():
    rng = np.random.default_rng(0)
    frames = rng.normal(0, 1, (5, 60, 80)).astype(np.float32)
    comfort = Comfort()
    for i, f in enumerate(frames):
        comfort.add(f, 0, cut=i == 0)
    shot = comfort.report()["shots"][0]
    assert shot["farthest"] == pytest.approx(np.percentile(frames, 0.5), abs=0.03)
    assert shot["nearest"] == pytest.approx(np.percentile(frames, 99.5), abs=0.03)


def test_window_violations():
    inside, left, right, behind = (frame(-1.0, 1.0) for _ in range(4))
    left[20:60, :30] = 1.0
    right[20:60, -3:] = 1.0
    behind[20:60, :30] = -0.5
    assert not breaks_window(inside) and not breaks_window(behind)
    assert breaks_window(left) and breaks_window(right)
    speck = frame(-1.0, 1.0)
    speck[:3, 0] = 1.0
    assert not breaks_window(speck)
    comfort = Comfort()
    for i, disparity in enumerate((inside, left, right, behind)):
        comfort.add(disparity, 0, cut=i == 0)
    assert comfort.report()["window_violations"] == 0.5
    assert any("50.0 %" in line and "--floating-window" in line for line in comfort.report()["lines"])
    masked = Comfort(floating_window=True)
    masked.add(left, 0, cut=True)
    assert not any("--floating-window" in line for line in masked.report()["lines"])


@pytest.mark.parametrize(
    ("far", "near", "said"),
    [
        (-1.0, 1.0, "comfortable"),
        (-2.0, 2.0, "lower --strength"),
        (0.0, 2.8, "lower --near-limit"),
        (-3.5, -1.0, "lower --far-limit"),
        (0.0, 0.1, "hardly any depth"),
    ],
)
def test_advice_follows_the_limits(far, near, said):
    comfort = Comfort()
    comfort.add(frame(far, near), 0.01, cut=True)
    lines = comfort.report()["lines"]
    assert said in lines[-1]
    assert 3 <= len(lines) <= 6
    for line in lines:
        assert line[0].isalnum() and line.endswith(".") and "\n" not in line


def test_the_worst_case_still_is_few_lines():
    comfort = Comfort()
    for i in range(20):
        disparity = frame(-6.0, 6.0)
        disparity[:, 0] = 6.0
        comfort.add(disparity, 0.3, cut=i % 2 == 0)
    assert len(comfort.report()["lines"]) == 6


def test_no_frames():
    report = Comfort().report()
    assert report["frames"] == 0 and report["shots"] == [] and len(report["lines"]) == 1
    json.dumps(report)


@pytest.mark.parametrize("stop", range(8))
def test_a_restored_report_is_the_same(stop):
    rng = np.random.default_rng(1)
    frames = [(rng.normal(0, 1, (20, 30)).astype(np.float32), rng.random(), i in (0, 3, 5)) for i in range(7)]
    whole, before, after = Comfort(), Comfort(), Comfort()
    for f in frames:
        whole.add(*f)
    for f in frames[:stop]:
        before.add(*f)
    state = before.state()
    before.add(*frames[0])
    after.restore(state)
    for f in frames[stop:]:
        after.add(*f)
    assert after.report() == whole.report()
    assert json.loads(json.dumps(after.report())) == after.report()


def test_a_shot_s_memory_does_not_grow():
    comfort = Comfort()
    for i in range(50):
        comfort.add(frame(-1, 1, 20, 10), 0, cut=i == 0)
    state = comfort.state()
    assert state["finished"] == []
    assert state["histogram"].nbytes < 64_000
