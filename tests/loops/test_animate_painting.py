"""Painting keys: what a generator is asked for, what is kept, and what is not done twice."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from lib_parallax import generate
from lib_parallax.errors import Cancelled, OptionError, ParallaxError, UnavailableError
from lib_parallax.generate import Capabilities
from lib_parallax.generate.around import Around
from lib_parallax.loops.animate.choosing import keys_of
from lib_parallax.loops.animate.control import control_picture, units_of
from lib_parallax.loops.animate.grid import Grid
from lib_parallax.loops.animate.painting import (
    KeyPainter,
    check_painting,
    kept_words,
    keyframe_size,
    name_of,
    needs_depth,
)
from lib_parallax.loops.animate.tags import with_tags
from lib_parallax.loops.animate.words import words_of
from lib_parallax.loops.store import MemoryStore
from lib_parallax.options import AnimateOptions, parse
from lib_parallax.types import CancelToken

SIZE = (64, 48)
DATA = os.environ.get("PARALLAX_TEST_DATA")
TINY = Path(DATA or "") / "diffusers-models" / "tiny-sd15"


def options(**values):
    return parse(AnimateOptions, {"prompt": "oil painting", **values})


def frame(index, size=SIZE):
    """A source's frame, each of a grey of its own."""
    return np.full((size[1], size[0], 3), (index * 7) % 256, np.uint8)


class Fake:
    """A backend that inverts what it is given, and remembers what it was asked for."""

    name, note = "fake", "inverts, for tests"

    def __init__(self, fail_at=None, wrong=False):
        self.asked, self.fail_at, self.wrong = [], fail_at, wrong

    def capabilities(self):
        return Capabilities(controlnet=True, control_models=None)

    def img2img(self, request, cancel):
        if len(self.asked) == self.fail_at:
            raise RuntimeError("no more paint")
        self.asked.append(request)
        return 255 - request.image[: -1 if self.wrong else None]

    def interrogate(self, request, cancel):
        return f"grey {request.image[0, 0, 0]}, (a_cat:1.20), Tree"


def painter(backend, keys=(0, 5, 9), cuts=(0,), store=None, size=SIZE, **values):
    about = {name: values.pop(name) for name in ("cancel", "carried", "depth") if name in values}
    return KeyPainter(
        options(**values),
        keys_of(keys, cuts),
        size,
        Around(backend),
        MemoryStore() if store is None else store,
        lambda event: None,
        lambda index: frame(index, size),
        frames=20,
        **about,
    )


# sizes


@pytest.mark.parametrize(
    "source, asked, found",
    [
        ((640, 480), {}, (640, 480)),
        ((1920, 1080), {}, (912, 512)),
        ((3840, 2160), {}, (912, 512)),
        ((1080, 1920), {}, (512, 912)),
        ((3840, 2160), {"size": "1280x720"}, (912, 512)),
        ((1920, 1080), {"keyframe_size": "904x512"}, (904, 512)),
        ((1920, 1080), {"keyframe_size": "512x512"}, (512, 288)),
        ((1080, 1920), {"keyframe_size": "768x512"}, (288, 512)),
    ],
)
def test_what_is_painted_has_the_shape_of_the_result(source, asked, found):
    assert keyframe_size(options(**asked), source) == found


def test_keys_are_kept_at_the_size_of_the_result():
    backend = Fake()
    made = painter(backend, size=(1280, 720), keyframe_size="128x72")
    assert made.paint() == 3
    assert backend.asked[1].image.shape == (72, 128, 3)
    kept = made.kept(5)
    assert kept.shape == (720, 1280, 3) and np.array_equal(kept, 255 - frame(5, (1280, 720)))


# what a key is painted from


def test_each_key_is_painted_from_its_frame_and_noted():
    backend = Fake()
    made = painter(backend, negative="blurry", denoise="0:(0.2), 10:(0.7)", seed=3, seed_policy="step")
    assert made.paint() == 3
    assert [request.image[0, 0, 0] for request in backend.asked] == [0, 35, 63]
    assert [request.strength for request in backend.asked] == pytest.approx([0.2, 0.45, 0.65])
    assert [request.sampling.seed for request in backend.asked] == [3, 4, 5]
    about = json.loads(made.store.text("prompt-000005"))
    assert about == {"prompt": "oil painting", "negative": "blurry", "seed": 4, "denoise": about["denoise"]}
    assert kept_words(made.store, 5).first.text == "oil painting" and kept_words(made.store, 6) is None


def test_lines_are_for_keys_and_json_is_for_frames():
    by_key = words_of(options(prompt="dawn\nnoon --neg people\nnight"))
    assert [by_key.at(n, index).first.text for n, index in enumerate((0, 40, 41, 90))] == [
        "dawn",
        "noon",
        "night",
        "night",
    ]
    assert by_key.at(1, 40).first.negative == "people"
    by_frame = words_of(options(prompt='{"0": "dawn", "max_f-1": "night"}'), 50)
    assert [by_frame.at(n, index).first.text for n, index in enumerate((0, 40, 48, 49))] == [
        "dawn",
        "dawn",
        "night",
        "night",
    ]


def test_prompts_out_of_a_file(tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("dawn\nnight\n")
    found = words_of(options(prompt=None, prompts=str(file)))
    assert found.by_key and found.at(1, 7).first.text == "night"
    with pytest.raises(OptionError, match="one of them is enough"):
        words_of(options(prompts=str(file)))


def test_words_that_are_missing_or_are_pictures():
    with pytest.raises(OptionError, match="--stylised"):
        words_of(options(prompt="  "))
    assert words_of(options(prompt=None, tags=True, negative="bad")).at(0, 0).first.negative == "bad"
    with pytest.raises(OptionError, match=r"own\.png is a picture"):
        words_of(options(prompt='[{"step": 0, "prompt": "a", "picture": "own.png"}]'))


def test_prompts_fade_into_each_other_over_the_frames():
    backend = Fake()
    rows = [{"step": 0, "prompt": "dawn"}, {"step": 9, "prompt": "night", "negative": "sun", "fade": 8}]
    made = painter(backend, prompt=json.dumps(rows))
    made.paint()
    assert [(r.prompt, r.blend) for r in backend.asked] == [
        ("dawn", ()), ("dawn", (("night", 0.5, "sun"),)), ("night", ()),
    ]  # fmt: skip
    about = json.loads(made.store.text("prompt-000005"))
    assert about["blend"] == [{"prompt": "night", "weight": 0.5, "negative": "sun"}]
    assert kept_words(made.store, 5) == words_of(options(prompt=json.dumps(rows))).at(1, 5)
    assert "blend" not in json.loads(made.store.text("prompt-000009"))


def test_tags_follow_every_prompt_of_a_fade():
    backend = Fake()
    rows = [{"step": 0, "prompt": "dawn"}, {"step": 10, "prompt": "night", "fade": 10}]
    painter(backend, keys=(5,), prompt=json.dumps(rows), tags=True, tags_allow="tree").paint()
    assert (backend.asked[0].prompt, backend.asked[0].blend[0].prompt) == ("dawn, Tree", "night, Tree")


def test_numbers_change_over_the_frames():
    backend = Fake()
    control = "tile t '0:(1), 10:(0)' 0 0.5; canny c 0.7; softedge s 0:(2),10:(1)"
    made = painter(
        backend,
        cfg="0:(5), 10:(10)",
        steps="10+t",
        reference="where(t>5, 0.5, 0)",
        control=control,
        carried=lambda before, index: (np.full((48, 64, 3), 200, np.uint8), np.ones((48, 64), bool)),
    )
    made.paint()
    assert [r.sampling.cfg for r in backend.asked] == pytest.approx([5, 7.5, 9.5])
    assert [r.sampling.steps for r in backend.asked] == [10, 15, 19]
    weights = [[unit.weight for unit in r.control] for r in backend.asked]
    assert np.allclose(weights, [[1, 0.7, 2], [0.5, 0.7, 1.5], [0.1, 0.7, 1.1]])
    assert (backend.asked[1].control[0].start, backend.asked[1].control[0].end) == (0, 0.5)
    starts = [r.image[20, 30, 0] for r in backend.asked]
    assert starts[:2] == [0, 35] and starts[2] == pytest.approx((63 + 200) / 2, abs=1)


@pytest.mark.parametrize(
    "values, said",
    [
        ({"cfg": "t*10"}, "cfg: 50 at frame 5 is outside 0 to 30"),
        ({"steps": "10-5*t"}, "steps: -15 at frame 5 is outside 1 to 1000"),
        ({"reference": "t/5"}, "reference: 1.8 at frame 9 is outside 0 to 1"),
        ({"control": "tile t 0:(1),5:(3)"}, "control: the weight of t is 3 at frame 5"),
        ({"control": "tile t '0:(1'"}, r"control: the \( is never closed"),
    ],
)
def test_numbers_out_of_range_are_refused_before_anything_is_painted(values, said):
    backend = Fake()
    with pytest.raises(OptionError, match=said):
        painter(backend, **values).paint()
    assert not backend.asked


def test_numbers_of_any_frame_are_checked_beforehand():
    with pytest.raises(OptionError, match=r"hole_denoise: 1\.05 at frame 21 is outside 0 to 1"):
        check_painting(options(hole_denoise="t/20"), Around(Fake()), 30)


def test_a_denoising_out_of_range_is_refused_before_anything_is_painted():
    backend = Fake()
    with pytest.raises(OptionError, match=r"denoise: 1\.8 at frame 9") as refused:
        painter(backend, denoise="t/5").paint()
    assert refused.value.field == "denoise" and not backend.asked


def test_passes_go_on_from_each_other_with_other_seeds():
    backend = Fake()
    made = painter(backend, keys=(5,), passes=3, seed=11)
    made.paint()
    assert [request.image[0, 0, 0] for request in backend.asked] == [35, 220, 35]
    assert [request.sampling.seed for request in backend.asked] == [11, 12, 13]
    assert made.kept(5)[0, 0, 0] == 220


# tags


def test_tags_follow_the_words_of_their_key():
    backend = Fake()
    made = painter(backend, tags=True, tags_deny="TREE")
    made.paint()
    assert backend.asked[1].prompt == "oil painting, grey 35, (a_cat:1.20)"
    assert kept_words(made.store, 9).first.text == "oil painting, grey 63, (a_cat:1.20)"


def test_tags_that_are_allowed_denied_or_there_already():
    def tags(prompt="a cat", **values):
        return with_tags(prompt, "a_cat, 1girl, (blue sky:1.3), tree \\(oak\\), 1girl, ", options(**values))

    assert tags() == "a cat, 1girl, (blue sky:1.3), tree \\(oak\\)"
    assert tags(tags_allow="blue_sky, dog") == "a cat, (blue sky:1.3)"
    assert tags(tags_deny="1girl,Tree (oak)") == "a cat, (blue sky:1.3)"
    assert tags(tags_allow="1girl", tags_deny="1girl") == "a cat"
    assert with_tags("", "dog", options()) == "dog"


# reference to the key before


def test_the_key_before_is_mixed_in_where_it_shows_anything():
    asked = []

    def carried(before, index):
        asked.append((before, index))
        seen = np.zeros(SIZE[::-1], bool)
        seen[:, :32] = True
        return np.full((SIZE[1], SIZE[0], 3), 200, np.uint8), seen

    backend = Fake()
    painter(backend, keys=(0, 5, 9, 12), cuts=(0, 9), reference=0.5, carried=carried).paint()
    assert asked == [(0, 5), (9, 12)]  # never across the cut
    assert backend.asked[0].image.max() == 0
    image = backend.asked[1].image
    assert (image[:, :24] == round((200 + 35) / 2)).all() and (image[:, 32:] == 35).all()


def test_a_missing_key_is_painted_again_and_those_that_refer_to_it():
    def carried(before, index):
        return frame(before), np.ones(SIZE[::-1], bool)

    for reference, again in ((0.0, [5]), (0.3, [5, 9])):
        backend = Fake()
        made = painter(backend, keys=(0, 5, 9, 12), cuts=(0, 12), reference=reference, carried=carried)
        made.paint()
        del made.store._pictures[name_of(5)], backend.asked[:]
        assert made.paint() == len(again) == len(backend.asked)


# what steers


def test_what_steers_is_drawn_from_the_frame():
    backend = Fake()
    near = np.linspace(0, 1, 16, dtype=np.float32)[None].repeat(12, 0)
    control = "canny one 0.8\ndepth two 1 0 0.5; tile three; none four"
    painter(backend, keys=(5,), control=control, depth=lambda index: near).paint()
    canny, depth, tile, plain = backend.asked[0].control
    assert (canny.model, canny.weight, canny.start, canny.end, canny.module) == ("one", 0.8, 0, 1, "none")
    assert (depth.model, depth.end) == ("two", 0.5)
    assert canny.image.max() == 0  # nothing to see in an even grey
    assert depth.image.shape == (48, 64, 3) and depth.image[0, 0, 0] < 5 and depth.image[0, -1, 0] > 250
    assert np.array_equal(tile.image, frame(5)) and np.array_equal(plain.image, frame(5))


@pytest.mark.parametrize("kind", ["canny", "softedge", "lineart"])
def test_lines_are_white_on_black_and_where_the_edges_are(kind):
    image = np.full((128, 128, 3), 220, np.uint8)
    cv2.rectangle(image, (32, 32), (96, 96), (20, 20, 20), 3)
    drawn = control_picture(kind, image)
    assert drawn.shape == image.shape and drawn.dtype == np.uint8
    assert drawn[30:36, 40:90].max() > 200
    assert drawn[56:72, 56:72].max() < 20 and drawn[:16, :16].max() < 20
    assert control_picture(kind, frame(3)).max() == 0


def test_units_that_cannot_be_read():
    assert units_of(None) == units_of(" ;\n") == ()
    (unit,) = units_of("Canny control_v11p_sd15_canny [d14c016b] 0.5")
    assert (unit.kind, unit.model, unit.weight) == ("canny", "control_v11p_sd15_canny [d14c016b]", 0.5)
    assert units_of('tile "my model 2"')[0].model == "my model 2"
    for text, why in [
        ("sketch model", "'sketch', which is not one of canny"),
        ("canny", "names no model"),
        ("canny model 1 0.2", "start without an end"),
        ("canny model 3", "weight 3"),
        ("canny model nan inf", None),
        ("canny model 1 0.8 0.2", "no part of 0 to 1"),
        ('canny "model', "never closed"),
    ]:
        if why is None:
            assert units_of(text)[0].model == "model nan inf"
            continue
        with pytest.raises(OptionError, match=why) as refused:
            units_of(text)
        assert refused.value.field == "control"
    assert needs_depth(options(control="depth m")) and not needs_depth(options(control="canny m"))


def test_what_a_generator_cannot_do_is_refused_early():
    classical = generate.load("classical")
    check_painting(options(tags=True), classical)
    with pytest.raises(UnavailableError, match="no ControlNet"):
        check_painting(options(control="canny m"), classical)
    with pytest.raises(OptionError, match="sampler"):
        check_painting(options(sampler="euler"), classical)
    with pytest.raises(OptionError, match="denoise"):
        check_painting(options(denoise="2"), classical)
    mute = Fake()
    mute.capabilities = lambda: Capabilities(interrogate=False)
    with pytest.raises(UnavailableError, match="interrogate"):
        check_painting(options(tags=True), Around(mute))


# several at a time


@pytest.mark.parametrize("count", range(1, 10))
def test_a_grid_is_cut_apart_as_it_was_put_together(count):
    grid = Grid.of(count, (6, 4))
    pictures = [frame(index + 1, (6, 4)) for index in range(count)]
    whole = grid.together(pictures)
    assert whole.shape == (grid.whole[1], grid.whole[0], 3)
    assert all(np.array_equal(a, b) for a, b in zip(grid.apart(whole, count), pictures, strict=True))
    assert grid.columns * grid.rows - count < 2


def test_keys_of_one_prompt_are_painted_side_by_side():
    backend = Fake()
    made = painter(backend, keys=range(7), grid=4, prompt='{"0": "day", "6": "night"}', control="tile m")
    assert made.paint() == 7
    assert [request.prompt for request in backend.asked] == ["day", "day", "night"]
    assert all(request.image.shape == (96, 128, 3) for request in backend.asked)
    assert np.array_equal(backend.asked[0].control[0].image, backend.asked[0].image)
    for index in range(7):
        assert np.array_equal(made.kept(index), 255 - frame(index))


# what is kept, and what goes wrong


def test_a_resumed_run_paints_nothing_twice_and_gives_the_same():
    whole = painter(Fake())
    whole.paint()
    store, token = MemoryStore(), CancelToken()
    with pytest.raises(
        ParallaxError, match=r"^key 3 of 3 \(frame 9\): .*no more paint; the 2 before it are kept"
    ):
        painter(Fake(fail_at=2), store=store).paint()
    assert store.picture("key-000005") is not None and store.picture("key-000009") is None
    backend = Fake()
    assert painter(backend, store=store, cancel=token).paint() == 1 and len(backend.asked) == 1
    assert all(
        np.array_equal(store._pictures[name], whole.store._pictures[name]) for name in whole.store._pictures
    )
    assert painter(backend, store=store).paint() == 0


def test_the_first_key_has_none_before_it():
    with pytest.raises(ParallaxError, match=r"^key 1 of 3 \(frame 0\): .*no more paint$"):
        painter(Fake(fail_at=0)).paint()


def test_a_cancelled_run_stops_before_the_next_key():
    token, store = CancelToken(), MemoryStore()
    made = painter(Fake(), store=store, cancel=token)
    made = replace(made, tell=lambda event: token.cancel() if "key 2" in event.text else None)
    with pytest.raises(Cancelled):
        made.paint()
    assert store.picture(name_of(0)) is not None and store.picture(name_of(5)) is None


def test_a_model_that_returns_another_size_is_named():
    with pytest.raises(ParallaxError, match=r"key 1 of 3 \(frame 0\): .* was asked for 64x48"):
        painter(Fake(wrong=True)).paint()


def test_a_kept_picture_of_another_size_is_painted_again():
    store = MemoryStore()
    store.keep_picture(name_of(0), frame(0, (10, 10)))
    assert painter(Fake(), store=store).paint() == 3


def test_without_a_model_keys_are_painted_too():
    made = replace(painter(Fake(), prompt="red"), generator=generate.load("classical"))
    assert made.paint() == 3 and made.kept(9).shape == (48, 64, 3)


@pytest.mark.skipif(not TINY.is_dir(), reason="needs PARALLAX_TEST_DATA")
def test_with_a_model_the_same_seed_gives_the_same_keys():
    pytest.importorskip("diffusers")
    generator = generate.load("diffusers", model=str(TINY), device="cpu")
    stores = []
    for _ in range(2):
        made = replace(painter(Fake(), keys=(0, 5), steps=4, grid=2, passes=2), generator=generator)
        made.paint()
        stores.append(made.store)
    first, second = (store._pictures for store in stores)
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert np.ptp(first["key-000005"]) > 0 and not np.array_equal(first["key-000000"], first["key-000005"])
