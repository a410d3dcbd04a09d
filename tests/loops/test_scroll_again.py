"""Scrolls that come back: perfect loops, ways back, jobs and strips gone on with."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from scroll_painters import SIZE, Painter, drawing_of, options, picture, scene_in, scrolled

from lib_parallax import generate, jobs
from lib_parallax.errors import Cancelled, OptionError, ParallaxError
from lib_parallax.generate.around import Around
from lib_parallax.jobs.kept import FolderStore
from lib_parallax.loops.scroll.recorded import Record
from lib_parallax.loops.store import MemoryStore
from lib_parallax.types import CancelToken

ANGLES = (0, 37, 90, 180, 270)


@pytest.fixture
def saved(tmp_path):
    """The picture as a file, and a painter that jobs use."""
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), picture()[..., ::-1])
    painter = Painter()
    generate.register(painter)
    yield path, painter
    generate.register(None)


def apart(one, other):
    return float(np.abs(one.astype(int) - other).mean())


# perfect loops


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("duration", [6, 20])
def test_a_loop_closes_exactly(angle, duration):
    smooth = cv2.GaussianBlur(picture(), (0, 0), 4)
    values = {"direction": angle, "duration": duration, "endless": True, "soft": 4}
    images, store = scrolled(smooth, Painter(colour=128), **values)
    drawing, shape = drawing_of(store, smooth, **values)
    assert np.array_equal(drawing.moment(shape.seconds), images[0])
    neighbours = [apart(a, b) for a, b in pairwise(images)]
    assert 0 < apart(images[-1], images[0]) <= 1.1 * max(neighbours)
    assert drawing.world.motion.laps[2] >= 1


def test_a_ring_is_closed_by_painting_between_its_ends():
    """The step that closes the nearest ring sees what is known on both sides of what it paints."""
    painter = Painter()
    values = {"endless": True, "duration": 10, "distances": "1.4, 1.2, 1"}
    _, store = scrolled(painter=painter, **values)
    world = scene_in(store, **values)[0].world
    for layer, strip in enumerate(world.strips):
        assert strip.period == world.motion.periods[layer] is not None
        first, last = world.own[layer]
        assert strip.known(0, first, (abs(strip.period[0]), last - first)).all()
    closing = painter.asked[-1].mask[36]
    missing = np.flatnonzero(closing == 1)
    assert missing.size and closing[: missing[0] - 1].max() == 0 and closing[missing[-1] + 1 :].max() == 0
    assert missing[0] > 30 and len(closing) - missing[-1] > 6, "its start is seen beyond the gap"


def test_layers_that_get_nowhere_stand_still_and_it_is_told():
    told = []
    values = {"endless": True, "duration": 6, "distances": "1000, 2, 1"}
    images, _ = scrolled(on_event=told.append, **values)
    assert any("layer 0: 0 pixels a second instead of" in e.text for e in told if e.kind == "warning")
    assert all(np.array_equal(image[:13], images[0][:13]) for image in images)


@pytest.mark.parametrize("angle", [37, 90, 180])
def test_ping_pong_goes_there_and_back(angle):
    painter = Painter()
    images, _ = scrolled(painter=painter, ping_pong=True, duration=6, direction=angle)
    assert len(images) == 24
    for number in range(1, 12):
        assert np.array_equal(images[number], images[-number])
    there, _ = scrolled(duration=3, direction=angle)
    assert all(np.array_equal(a, b) for a, b in zip(images, there, strict=False))


# gone on with


@pytest.mark.parametrize("more", [{}, {"layers": "depth:2", "distances": None, "behind": "paint"}])
def test_a_job_that_failed_in_a_step_goes_on_to_the_same_bytes(tmp_path, saved, more):
    path, painter = saved
    if more:
        ramp = np.tile(np.linspace(0, 255, SIZE[1]).astype(np.uint8)[:, None], (1, SIZE[0]))
        cv2.imwrite(str(tmp_path / "depth.png"), ramp)
        more = {**more, "depth": str(tmp_path / "depth.png")}

    def job(name):
        folder = tmp_path / name
        return jobs.run(
            "scroll", path, options(codec="ffv1", **more), folder / "s.mkv", jobs_dir=folder / "jobs"
        )

    whole = job("whole").outputs[0].read_bytes()
    count = len(painter.asked)
    painter.asked.clear()
    painter.fail_at = count - 1
    with pytest.raises(ParallaxError, match=r"step 3 of 3: .*no more paint; the 3 before it are kept"):
        job("broken")
    assert len(list((tmp_path / "broken").glob("**/kept/step-000*.txt"))) == 3
    assert job("broken").outputs[0].read_bytes() == whole


def test_a_store_goes_on_where_it_was_cancelled():
    whole, _ = scrolled()
    store, token = MemoryStore(), CancelToken()

    class Once(Painter):
        def inpaint(self, request, cancel):
            if len(self.asked) == 1:
                token.cancel()
            return super().inpaint(request, cancel)

    from lib_parallax.loops.scroll import frames
    from lib_parallax.loops.source import Given

    with pytest.raises(Cancelled):
        list(frames(Given([picture()]), options(), generator=Around(Once()), store=store, cancel=token))
    kept = len(list(Record(store).steps()))
    assert 1 <= kept < 4
    painter = Painter()
    again, _ = scrolled(painter=painter, store=store)
    assert len(painter.asked) == 4 - kept
    assert all(np.array_equal(a, b) for a, b in zip(again, whole, strict=True))


def kept_of(tmp_path, saved, name="first", **values):
    path, _ = saved
    folder = tmp_path / name
    result = jobs.run(
        "scroll", path, options(codec="ffv1", **values), folder / "s.mkv", jobs_dir=folder / "jobs"
    )
    return result.folder / "kept"


@pytest.mark.parametrize("angle", [37, 180])
def test_strips_are_shown_slower_without_painting(tmp_path, saved, angle):
    folder = kept_of(tmp_path, saved, direction=angle)
    painter = Painter()
    slower, _ = scrolled(painter=painter, strips=str(folder), smoothness=10, direction=angle)
    assert not painter.asked
    faster, _ = scrolled(direction=angle)
    assert np.array_equal(slower[0], faster[0])
    if angle == 180:
        assert np.array_equal(slower[8], faster[4])  # the same place, at half the speed


def test_strips_are_gone_on_with_for_longer(tmp_path, saved):
    folder = kept_of(tmp_path, saved)
    painter = Painter()
    longer, _ = scrolled(painter=painter, strips=str(folder), duration=5)
    whole, _ = scrolled(duration=5)
    assert len(painter.asked) == 2 and len(longer) == 20
    assert all(np.array_equal(a, b) for a, b in zip(longer, whole, strict=True))
    assert all(Path(name).exists() for name in folder.glob("step-*.png"))


def test_strips_of_another_scroll_are_refused(tmp_path, saved):
    folder = kept_of(tmp_path, saved)
    for values, said in (
        ({"direction": 90}, "direction: 90, but these strips were painted for 180"),
        ({"distances": "2, 1"}, "layers: these strips are of 3 layers by bands"),
        ({"endless": True}, "endless: these strips were painted without a join"),
    ):
        with pytest.raises(OptionError, match=said):
            scrolled(strips=str(folder), **values)
    for wrong in (tmp_path, tmp_path / "none"):
        with pytest.raises(OptionError, match="holds no scroll"):
            scrolled(strips=str(wrong))
    (folder / "scroll.txt").write_text("{")
    with pytest.raises(OptionError, match="damaged"):
        scrolled(strips=str(folder))


def test_a_loops_strips_keep_their_rings_at_another_speed(tmp_path, saved):
    folder = kept_of(tmp_path, saved, endless=True, duration=10)
    painter = Painter()
    values = {"strips": str(folder), "endless": True, "duration": 5}
    images, store = scrolled(painter=painter, **values)
    drawing, shape = drawing_of(store, **values)
    assert not painter.asked and np.array_equal(drawing.moment(shape.seconds), images[0])


# what it is made of


def test_layers_are_shown_as_pictures_with_alpha():
    images, _ = scrolled(show="layers")
    assert [image.shape for image in images] == [(40, 60, 4)] * 3
    together = np.zeros((40, 60, 3), np.uint8)
    for image in images:
        assert set(np.unique(image[..., 3])) <= {0, 255}
        together = np.where(image[..., 3:] == 255, image[..., :3], together)
    assert np.array_equal(together, picture())


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("endless", [False, True])
def test_strips_are_shown_with_all_of_their_land(angle, endless):
    values = {"direction": angle, "endless": endless}
    images, store = scrolled(show="strips", **values)
    strips = scene_in(store, **values)[0].world.strips
    assert len(images) == 3 and len({image.shape for image in images}) == 1
    for image, strip in zip(images, strips, strict=True):
        land = sum(piece.size[0] * piece.size[1] for piece in strip.pieces)
        shown = (image[..., 3] > 0).sum()
        assert shown >= land if endless else shown == land


@pytest.mark.parametrize("angle", [0, 90, 143, 180])
def test_strips_from_a_folder_are_shown_whole_however_short_the_result(tmp_path, saved, angle):
    folder = kept_of(tmp_path, saved, direction=angle)
    values = {"direction": angle, "duration": 0.5, "strips": str(folder)}
    images, store = scrolled(show="strips", **values)
    for image, strip in zip(images, scene_in(store, **values)[0].world.strips, strict=True):
        assert (image[..., 3] > 0).sum() == sum(piece.size[0] * piece.size[1] for piece in strip.pieces)


def test_strips_know_their_bands_and_distances_and_no_others_are_laid_over_them(tmp_path):
    store = FolderStore(tmp_path / "kept")
    made, _ = scrolled(store=store, layers="3", heights="10,18")
    again, _ = scrolled(store=MemoryStore(), strips=str(store.folder), distances=None)
    assert all(np.array_equal(a, b) for a, b in zip(made, again, strict=True))
    same, _ = scrolled(store=MemoryStore(), strips=str(store.folder), heights="10,18")
    assert np.array_equal(made[-1], same[-1])
    with pytest.raises(OptionError, match="bands of other heights"):
        scrolled(store=MemoryStore(), strips=str(store.folder), heights="14,14")


def test_what_a_loop_does_to_a_speed_is_told_with_the_duration_that_keeps_it():
    told = []
    scrolled(endless=True, duration=4, on_event=lambda event: told.append(event.text or ""))
    (words,) = {text for text in told if "layer 2:" in text}
    needed = int(words.split("--duration ")[1].split()[0])
    kept = []
    scrolled(endless=True, duration=needed + 1, on_event=lambda event: kept.append(event.text or ""))
    assert not any("layer 2:" in text for text in kept)
