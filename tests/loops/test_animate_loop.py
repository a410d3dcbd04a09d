"""The animate loop from source to frames: what it keeps, what it carries, and what it refuses."""

from __future__ import annotations

import itertools
import weakref
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from lib_parallax import loops
from lib_parallax.errors import Cancelled, ParallaxError, SourceError
from lib_parallax.flow.files import write_flo
from lib_parallax.generate import Capabilities
from lib_parallax.generate.around import Around
from lib_parallax.loops.animate import frames as animate_frames
from lib_parallax.loops.animate import spans as spans_module
from lib_parallax.loops.source import Given
from lib_parallax.loops.store import MemoryStore
from lib_parallax.options import AnimateOptions, parse
from lib_parallax.types import CancelToken, Frame

HEIGHT, WIDTH = 64, 96
DX, DY = 2, 1


def surface(seed, side=260, soft=2.0, mean=128):
    noise = np.random.default_rng(seed).normal(size=(side, side, 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), soft)
    return np.clip(mean + 40 * noise / noise.std(), 0, 255).astype(np.uint8)


def panning(seed, count, dx=DX, dy=DY, **look):
    """A camera that moves over a surface by whole pixels."""
    big = surface(seed, **look)
    return [big[20 + dy * t :, 20 + dx * t :][:HEIGHT, :WIDTH].copy() for t in range(count)]


SOURCE = panning(1, 13)
PAINTED = panning(2, 13)


def save(folder, pictures):
    """Pictures by the number of their frame."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in pictures.items():
        cv2.imwrite(str(folder / f"{number:04d}.png"), image[..., ::-1])
    return str(folder)


def exact_flow(folder, count, dx=DX, dy=DY, size=(HEIGHT, WIDTH)):
    folder.mkdir()
    forth = np.broadcast_to(np.array([-dx, -dy], np.float32), (*size, 2))
    for number in range(count - 1):
        write_flo(folder / f"forward_{number:06d}.flo", forth)
        write_flo(folder / f"backward_{number:06d}.flo", -forth)
    return str(folder)


def carried(tmp_path, given, source=SOURCE, painted=PAINTED, **values):
    """The result with the painted pictures of these frames as keys."""
    folder = save(tmp_path / "painted", {number: painted[number] for number in given})
    return list(loops.run("animate", source, {"stylised": folder, **values}))


class Fake:
    """A backend that inverts what it is given, darker with each request, and remembers what it was asked."""

    name, note = "fake", "inverts, for tests"

    def __init__(self, cropped=0):
        self.asked, self.holes, self.cropped = [], [], cropped

    def capabilities(self):
        return Capabilities(controlnet=True, control_models=None)

    def img2img(self, request, cancel):
        self.asked.append(request)
        return (255 - request.image)[: request.image.shape[0] - self.cropped]

    def inpaint(self, request, cancel):
        self.holes.append(request)
        return 255 - request.image

    def interrogate(self, request, cancel):
        return "a_cat, Tree"


def restyled(source=SOURCE, generator=None, events=None, **values):
    tell = None if events is None else events.append
    generator = Around(generator or Fake())
    return list(loops.run("animate", source, {"prompt": "oil", **values}, generator, on_event=tell))


def slow(pictures):
    """Frames so far apart that every key begins a segment."""
    return Given([Frame(image, Fraction(10 * n)) for n, image in enumerate(pictures)])


def assert_resumes(source, values, generator=None, boundaries=None, store=None):
    """From every boundary on the frames are those of the whole run, and so is the report."""
    options = values if isinstance(values, AnimateOptions) else parse(AnimateOptions, values)
    painting = {} if generator is None else {"generator": Around(generator)}
    store, told = store or MemoryStore(), []
    made = list(animate_frames(source, options, store=store, on_event=told.append, **painting))
    starts = [(n, frame.boundary) for n, frame in enumerate(made) if frame.boundary is not None]
    if boundaries is not None:
        assert [n for n, _ in starts] == boundaries
    for number, start in starts:
        again = []
        rest = list(
            animate_frames(source, options, store=store, start=start, on_event=again.append, **painting)
        )
        assert_same(images(rest), images(made[number:]))
        assert [frame.pts for frame in rest] == [frame.pts for frame in made[number:]]
        assert again[-1] == told[-1] and told[-1].kind == "report"


def images(made):
    return [frame.image for frame in made]


def assert_same(a, b):
    assert len(a) == len(b)
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


# carried exactly


@pytest.mark.parametrize("fusion", ["blend", "gradients"])
def test_whole_pixels_of_known_motion_come_exactly(tmp_path, fusion):
    flow = exact_flow(tmp_path / "flow", 13)
    made = carried(tmp_path, (0, 5, 12), flow_files=flow, fusion=fusion)
    assert len(made) == 13
    for number, frame in enumerate(made):
        holes = frame.extra["holes"]
        assert holes.mean() < 0.06
        if fusion == "blend":
            assert np.array_equal(frame.image[~holes], PAINTED[number][~holes])
        else:
            off = np.abs(frame.image.astype(int) - PAINTED[number])[~holes]
            assert off.max() <= 1
    assert sum(frame.extra["holes"].any() for frame in made) > 0


def test_estimated_motion_comes_near(tmp_path):
    made = carried(tmp_path, (0, 12))
    off = [np.abs(f.image.astype(int) - t).mean() for f, t in zip(made, PAINTED, strict=True)]
    assert max(off) < 6


def test_keys_come_back_as_they_are(tmp_path):
    made = carried(tmp_path, (0, 6, 9), sharpen=1.0, size="96x64")
    assert all(np.array_equal(made[key].image, PAINTED[key]) for key in (0, 6, 9))
    assert not any(made[key].extra["holes"].any() for key in (0, 6, 9))
    assert [frame.pts for frame in made] == [Fraction(n, 30) for n in range(13)]


def test_nothing_is_fed_back(tmp_path):
    """A frame depends on the keys around it, so another key far away changes nothing here."""
    first = images(carried(tmp_path / "a", (0, 5, 12)))
    other = [*PAINTED[:12], 255 - PAINTED[12]]
    second = images(carried(tmp_path / "b", (0, 5, 12), painted=other))
    assert_same(first[:6], second[:6])
    assert not np.array_equal(first[9], second[9])


def test_twice_gives_the_same(tmp_path):
    assert_same(images(carried(tmp_path, (0, 8))), images(carried(tmp_path, (0, 8))))
    assert_same(images(restyled(unseen=1)), images(restyled(unseen=1)))


# shots


LOOKS = ({"soft": 2, "mean": 60}, {"soft": 6, "mean": 190}, {"soft": 1, "mean": 150}, {"soft": 12})


def two_shots():
    """Seven frames of one place, six of another; painted blue and red."""
    source = [*panning(1, 7, **LOOKS[0]), *panning(5, 6, **LOOKS[1])]
    painted = [np.full_like(source[0], (0, 0, 255))] * 7 + [np.full_like(source[0], (255, 0, 0))] * 6
    return source, painted


def test_no_key_is_carried_across_a_cut(tmp_path):
    source, painted = two_shots()
    made = carried(tmp_path, (3, 10), source, painted)
    assert [n for n, frame in enumerate(made) if frame.boundary is not None] == [0, 7]
    for frame, truth in zip(made, painted, strict=True):
        assert np.abs(frame.image.astype(int) - truth).max() <= 2


def test_a_shot_without_a_key_stays_and_says_so(tmp_path):
    source, painted = two_shots()
    folder = save(tmp_path / "painted", {0: painted[0]})
    events = []
    options = {"stylised": folder, "keys": "0"}
    made = images(loops.run("animate", source, options, on_event=events.append))
    assert_same(made[7:], source[7:])
    assert [e.text for e in events if e.kind == "warning"] == ["no key is near frames 7 to 12: they stay"]


def test_a_cut_at_every_second_frame():
    source = [image for seed, look in enumerate(LOOKS) for image in panning(seed, 2, **look)]
    made = restyled(source)
    assert [n for n, frame in enumerate(made) if frame.boundary is not None] == [0, 2, 4, 6]
    for number, (frame, image) in enumerate(zip(made, source, strict=True)):
        off = np.abs(frame.image.astype(int) + image - 255)
        assert off.max() == 0 if number % 2 == 0 else off.mean() < 8


def test_one_frame(tmp_path):
    assert_same(images(restyled(SOURCE[:1])), [255 - SOURCE[0]])
    assert_same(images(carried(tmp_path, (0,), SOURCE[:1])), PAINTED[:1])


def test_black(tmp_path):
    black = [np.zeros_like(SOURCE[0])] * 6
    assert_same(images(restyled(black)), [np.full_like(SOURCE[0], 255)] * 6)
    made = carried(tmp_path, (0, 5), black, [PAINTED[0]] * 6)
    assert_same(images(made), [PAINTED[0]] * 6)


def test_frames_before_the_first_key_are_carried_from_it(tmp_path):
    flow = exact_flow(tmp_path / "flow", 13)
    made = carried(tmp_path, (6,), flow_files=flow)
    for number, frame in enumerate(made):
        holes = frame.extra["holes"]
        assert (number != 6) == holes.any()
        assert np.array_equal(frame.image[~holes], PAINTED[number][~holes])


@pytest.mark.parametrize("keys", [(0,), (0, 12)])
def test_long_after_a_key_frames_become_keys(tmp_path, monkeypatch, keys):
    monkeypatch.setattr(spans_module, "LONGEST", 4)
    flow = exact_flow(tmp_path / "flow", 13, 0, 0)
    source = [SOURCE[0]] * 13
    made = carried(tmp_path, keys, source, [PAINTED[0]] * 13, flow_files=flow)
    assert_same(images(made), [PAINTED[0]] * 13)


def test_a_job_goes_on_at_a_frame_that_became_a_key(tmp_path, monkeypatch):
    monkeypatch.setattr(spans_module, "LONGEST", 4)
    folder = save(tmp_path / "painted", {0: PAINTED[0]})
    assert_resumes(slow(SOURCE), {"stylised": folder}, boundaries=[0, 4, 8, 12])


# painted


def test_keys_are_painted_once_and_what_they_do_not_show_is_closed():
    backend, events = Fake(), []
    made = restyled(generator=backend, events=events, keys="every:6", paint_from=100)
    assert len(backend.asked) == 3 and not backend.holes
    for number in (0, 6, 12):
        assert np.array_equal(backend.asked[number // 6].image, SOURCE[number])
    off = [np.abs(f.image.astype(int) + s - 255).mean() for f, s in zip(made, SOURCE, strict=True)]
    assert max(off) < 6
    (report,) = [e.data for e in events if e.kind == "report"]
    assert report["keys"] == 3 and report["painted"] == 0


def test_holes_go_through_the_generator_and_nothing_else_does():
    backend, events = Fake(), []
    made = restyled(generator=backend, events=events, keys="0", paint_from=0.5, seed=7)
    assert backend.holes and {hole.sampling.seed for hole in backend.holes} == {7}
    assert {hole.strength for hole in backend.holes} == {0.4}
    whole = restyled(keys="0", paint_from=100)
    for frame, closed in zip(made, whole, strict=True):
        outside = ~frame.extra["holes"]
        assert np.array_equal(frame.image[outside], closed.image[outside])
    (report,) = [e.data for e in events if e.kind == "report"]
    assert report["painted"] > 0


def test_every_frame_painted_fills_what_the_carried_ones_do_not_show():
    backend = Fake()
    made = restyled(generator=backend, keys="all", longest_gap=6, shortest_gap=6, unseen=0)
    assert len(backend.asked) == 13
    off = [np.abs(f.image.astype(int) + s - 255).max() for f, s in zip(made, SOURCE, strict=True)]
    assert off[0] == off[6] == 0 and max(off) < 40


def test_a_sequence_that_flickers_is_steadied(tmp_path):
    """Img2img of a still source, each frame of another brightness and tint."""
    rng = np.random.default_rng(0)
    source = [SOURCE[0]] * 25
    look = PAINTED[0].astype(np.float32)
    flickering = [np.clip(look + rng.normal(0, 12, 3), 0, 255).astype(np.uint8) for _ in source]
    made = images(carried(tmp_path, range(25), source, flickering, keys="all", longest_gap=12))

    def flicker(pictures):
        return np.mean([np.abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(pictures)])

    assert flicker(made) < flicker(flickering) / 5


def test_a_sequence_may_lack_frames(tmp_path):
    made = images(carried(tmp_path, (0, 1, 2, 5, 6, 12), keys="all"))
    assert all(np.array_equal(made[n], PAINTED[n]) for n in (0, 1, 2, 5, 6, 12))


def test_keys_refer_to_the_one_before():
    backend = Fake()
    restyled(generator=backend, keys="0,3,6", reference=1)
    seen = backend.asked[1].image.astype(int)
    # the second key is painted from the first, an inverted picture, where that shows anything
    assert np.abs(seen[20:-20, 20:-20] + SOURCE[3][20:-20, 20:-20] - 255).mean() < 8


def test_several_keys_in_one_picture():
    backend = Fake()
    made = restyled(generator=backend, keys="0,4,8,12", grid=4)
    (asked,) = backend.asked
    assert asked.image.shape == (2 * HEIGHT, 2 * WIDTH, 3)
    assert all(np.array_equal(made[key].image, 255 - SOURCE[key]) for key in (0, 4, 8, 12))


def test_tags_and_controls_go_to_the_generator():
    backend = Fake()
    restyled(
        generator=backend, keys="0,6", tags=True, tags_deny="tree", control="canny edges 0.8; depth deep",
        depth_model="cues",
    )  # fmt: skip
    assert [request.prompt for request in backend.asked] == ["oil, a_cat"] * 2
    canny, depth = backend.asked[1].control
    assert (canny.model, canny.weight, depth.model) == ("edges", 0.8, "deep")
    assert np.ptp(canny.image) == 255 and canny.image.shape == depth.image.shape == SOURCE[0].shape


def test_colours_of_keys_stay_those_of_the_first():
    class Drifting(Fake):
        def img2img(self, request, cancel):
            painted = super().img2img(request, cancel)
            return (painted * (1 - 0.1 * (len(self.asked) - 1))).astype(np.uint8)

    keys = {"keys": "0,4,8,12"}
    kept, left = (restyled(generator=Drifting(), colour_match=how, **keys) for how in ("key", "none"))
    still = images(restyled(**keys))
    drift = [[abs(f.image.mean() - s.mean()) for f, s in zip(m, still, strict=True)] for m in (kept, left)]
    assert drift[1][12] > 30 and drift[0][12] < 5


# rates


@pytest.mark.parametrize("fps, count", [(15, 7), (30, 13), (60, 26), (25, 11), (23.976, 10)])
def test_another_frame_rate(tmp_path, fps, count):
    flow = exact_flow(tmp_path / "flow", 13)
    made = carried(tmp_path, (0, 6, 12), flow_files=flow, fps=fps)
    whole = images(carried(tmp_path, (0, 6, 12), flow_files=flow))
    rate = Fraction(24000, 1001) if fps == 23.976 else Fraction(fps)
    assert abs(len(made) - count) <= 1
    assert [frame.pts for frame in made] == [n / rate for n in range(len(made))]
    for frame in made:
        at = frame.pts * 30
        if at.denominator == 1 and at < 13:
            assert np.array_equal(frame.image, whole[int(at)])
    inner = np.s_[16:-16, 16:-16]
    if fps == 60:  # half a step of (2, 1): a whole pixel across, half of one down
        big = surface(2).astype(np.float32)
        rows = [big[20 + y : 20 + y + HEIGHT, 21 : 21 + WIDTH] for y in (0, 1)]
        assert np.abs(made[1].image - (rows[0] + rows[1]) / 2)[inner].mean() < 6


@pytest.mark.parametrize("fps", [0.05, 0.1, 0.2, 0.16])
def test_another_frame_rate_goes_on_where_it_stopped(tmp_path, monkeypatch, fps):
    """The source has a frame in 10 s here, so that each key may begin a segment."""
    folder = save(tmp_path / "painted", {key: PAINTED[key] for key in (0, 4, 8)})
    source = slow(SOURCE)
    source.rate = Fraction(1, 10)
    options = replace(parse(AnimateOptions, {"stylised": folder}), fps=fps)
    assert_resumes(source, options, boundaries=None)


def test_a_doubled_rate_moves_nothing_across_a_cut(tmp_path):
    source, painted = two_shots()
    made = images(carried(tmp_path, (3, 10), source, painted, fps=60))
    colours = {tuple(image[30, 40] > 128) for image in made}
    assert colours == {(False, False, True), (True, False, False)}
    assert all(min(image[..., 0].mean(), image[..., 2].mean()) < 2 for image in made)


def test_a_doubled_rate_beside_the_source(tmp_path):
    flow = exact_flow(tmp_path / "flow", 13)
    made = carried(tmp_path, (0, 12), flow_files=flow, fps=60, compare=True)
    alone = carried(tmp_path, (0, 12), flow_files=flow, fps=60)
    for a, b in zip(made, alone, strict=True):
        assert a.image.shape == (HEIGHT, 2 * WIDTH, 3)
        assert np.array_equal(a.image[:, WIDTH:], b.image)


# a part of the picture


def test_outside_the_mask_the_source_stays(tmp_path):
    mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask[16:48, 24:72] = 255
    inside = mask[..., 0] > 0
    for number in range(13):
        save(tmp_path / "mask", {number: mask})
    for side, changed in (("inside", inside), ("outside", ~inside)):
        made = images(carried(tmp_path, (0, 12), mask=str(tmp_path / "mask"), mask_side=side))
        whole = images(carried(tmp_path, (0, 12)))
        for image, all_of_it, source in zip(made, whole, SOURCE, strict=True):
            assert np.array_equal(image[~changed], source[~changed])
            assert np.array_equal(image[changed], all_of_it[changed])


def test_a_moving_mask_goes_on_where_it_stopped(tmp_path):
    bars = {}
    for number in range(13):
        bars[number] = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        bars[number][:, 5 * number : 5 * number + 20] = 255
    painted = save(tmp_path / "painted", {key: PAINTED[key] for key in (0, 6, 12)})
    values = {"stylised": painted, "mask": save(tmp_path / "bars", bars)}
    assert_resumes(slow(SOURCE), values, boundaries=[0, 6, 12])


def test_only_a_range_of_depth(tmp_path):
    depth = np.repeat(np.linspace(0, 255, WIDTH).astype(np.uint8)[None], HEIGHT, 0)
    folder = save(tmp_path / "depth", dict.fromkeys(range(13), cv2.merge([depth] * 3)))
    part = {"depth": folder, "mask_near": 0.75, "mask_far": 0.25}
    made = images(carried(tmp_path, (0, 12), **part))
    whole = images(carried(tmp_path, (0, 12)))
    for image, all_of_it, source in zip(made, whole, SOURCE, strict=True):
        assert np.array_equal(image[:, : WIDTH // 5], source[:, : WIDTH // 5])
        assert np.array_equal(image[:, -WIDTH // 5 :], source[:, -WIDTH // 5 :])
        assert np.array_equal(image[:, 36:60], all_of_it[:, 36:60])


def test_beside_the_source(tmp_path):
    made = images(carried(tmp_path, (0, 12), compare=True))
    whole = images(carried(tmp_path, (0, 12)))
    for image, alone, source in zip(made, whole, SOURCE, strict=True):
        assert np.array_equal(image, np.hstack([source, alone]))
    backend = Fake()
    made = images(restyled(generator=backend, keys="0,12", compare=True))
    assert len(backend.asked) == 2 + 13
    for image, source in zip(made, SOURCE, strict=True):
        assert np.array_equal(image[:, : 2 * WIDTH], np.hstack([source, 255 - source]))


# stopped


def test_stopped_while_keys_are_painted():
    store, token, backend = MemoryStore(), CancelToken(), Fake()
    options = parse(AnimateOptions, {"prompt": "oil", "keys": "0,4,8,12"})

    def stop(event):
        if event.kind == "stage" and "key 3" in event.text:
            token.cancel()

    source = Given(SOURCE)
    with pytest.raises(Cancelled):
        list(
            animate_frames(
                source, options, generator=Around(backend), store=store, cancel=token, on_event=stop
            )
        )
    assert len(backend.asked) == 2
    rest = list(animate_frames(source, options, generator=Around(backend), store=store))
    assert len(backend.asked) == 4
    assert_same(images(rest), images(restyled(keys="0,4,8,12")))


def test_stopped_while_keys_are_carried():
    assert_resumes(slow(SOURCE), {"prompt": "oil", "keys": "0,4,8", "paint_from": 0.5}, Fake(), [0, 4, 8])


# refusals


@pytest.mark.parametrize(
    "wrong, field, words",
    [
        ({"keys": "0,13"}, "keys", "no frame 13; the clip has 13 frames, 0 to 12"),
        ({"keys": "some"}, "keys", "coverage, edges, mse"),
        ({"prompt": None}, "prompt", "what are the frames to become"),
        ({"denoise": "2"}, "denoise", "outside 0.0 to 1.0"),
        ({"mask": "nowhere.png"}, None, "nowhere.png"),
        ({"mask_far": 1.0}, "mask_near", "not above"),
        ({"stylised": "nowhere"}, None, "nowhere"),
        ({"control": "magic wand"}, "control", "not one of canny"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_painted(wrong, field, words):
    backend = Fake()
    with pytest.raises(ParallaxError, match=words) as refused:
        restyled(generator=backend, **wrong)
    assert not backend.asked
    assert field is None or refused.value.field == field


def test_a_model_that_returns_another_size_is_named():
    with pytest.raises(ParallaxError, match=r"key 1 of \d+ \(frame 0\).*asked for 96x64 and gave"):
        restyled(generator=Fake(cropped=8))


def test_flow_of_another_size_is_named(tmp_path):
    flow = exact_flow(tmp_path / "flow", 13, size=(HEIGHT // 2, WIDTH))
    with pytest.raises(SourceError, match=r"forward_000000\.flo: it is 96x32, but the frames are 96x64"):
        carried(tmp_path, (0, 12), flow_files=flow)


def test_flow_that_is_missing_is_named(tmp_path):
    flow = exact_flow(tmp_path / "flow", 12)
    with pytest.raises(SourceError, match="no forward flow between frames 11 and 12"):
        carried(tmp_path, (0, 12), flow_files=flow)


def test_no_more_frames_are_held_than_lie_between_two_keys(tmp_path, monkeypatch):
    """Of a long clip with a key in every four frames."""
    held = {"now": 0, "most": 0}

    def freed():
        held["now"] -= 1

    class Long(Given):
        def frames(self, start=0):
            for frame in super().frames(start):
                image = frame.image.copy()
                weakref.finalize(image, freed)
                held["now"] += 1
                held["most"] = max(held["most"], held["now"])
                yield replace(frame, image=image)
                del image

    source = Long(panning(1, 60, 1, 1))
    made = loops.run("animate", source, {"prompt": "oil", "keys": "every:4"}, Around(Fake()))
    assert sum(1 for _ in made) == 60
    assert held["most"] < 30


def test_frames_that_are_given_one_by_one():
    for fps in (None, 60):
        whole = images(restyled(keys="0,12", fps=fps))
        assert_same(images(restyled(iter(SOURCE), keys="0,12", fps=fps)), whole)
