"""Texts and JSON that people write and programs make: taken, or refused in one sentence."""

from __future__ import annotations

import functools
import json
from itertools import islice

import amount
import pytest
import soup
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_parallax import infotext, presets
from lib_parallax.errors import ParallaxError
from lib_parallax.faces.api import fields, multipart
from lib_parallax.faces.api.answers import Refusal
from lib_parallax.loops.scroll import recorded
from lib_parallax.loops.store import MemoryStore
from lib_parallax.media import ambience, sei, subtitles
from lib_parallax.options import LOOP_OPTIONS, describe, parse
from lib_parallax.timeline.curve import Curve
from lib_parallax.timeline.deforum import read_deforum
from lib_parallax.timeline.parseq import read_parseq
from lib_parallax.timeline.prompts import Prompts
from lib_parallax.timeline.schedule import Schedule

LONGEST = 1000  # characters of a refusal beside what it quotes


def settled(act, *arguments, **keywords):
    """What `act` gives, or None where it refuses in one sentence; anything else that it raises is a fault."""
    try:
        return act(*arguments, **keywords)
    except (ParallaxError, Refusal) as refusal:
        said = str(refusal)
        assert said.strip() and len(said) < LONGEST + 10 * len(str(arguments)), said
        return None


def cases(number, *drawn):
    """A test of so many cases in the suite, each of what is `drawn`."""

    def decorated(test):
        @functools.wraps(test)
        def counted(*arguments, **keywords):
            amount.count("texts")
            test(*arguments, **keywords)

        return settings(max_examples=amount.share(number))(given(*drawn)(counted))

    return decorated


@cases(120, soup.texts)
def test_schedules(text):
    schedule = settled(Schedule.parse, text, frames=60, curves={"audio.bass": [0.1] * 60})
    if schedule is not None:
        for frame in (0, 7.5, 59, 1e6):
            value = settled(schedule.at, frame)
            assert value is None or abs(value) < 1e300
    curve = settled(Curve.parse, text, frames=60)
    if curve is not None:
        assert settled(Curve.from_json, curve.to_json()) is not None


@cases(60, soup.values(["keys", "frame", "value", "way", "place"]))
def test_curves(value):
    curve = settled(Curve.from_json, value)
    if curve is not None:
        settled(Schedule.parse, curve.text, frames=60)


PROMPTS = [
    "a cat\na dog\n",
    {"0": "a cat --neg blurry", "30": "a dog", "max_f-1": "a bird"},
    {
        "prompts": [{"step": 0, "prompt": "a cat", "negative": "x"}, {"at": "2.5s", "prompt": "b"}],
        "prefix": "oil",
        "fade": 2,
    },
    [[0, "a cat"], ["10", "a dog", "blurry"]],
]


@cases(120, soup.mutated(PROMPTS), st.sampled_from((".json", ".txt")))
def test_prompts_of_a_file(tmp_path_factory, data, suffix):
    path = tmp_path_factory.getbasetemp() / f"prompts{suffix}"
    path.write_bytes(data)
    prompts = settled(Prompts.parse, path, frames=60, to_step=lambda seconds: 10 * seconds)
    if prompts is not None:
        for step in (0, 3.5, 59):
            assert abs(sum(weight for _, weight in prompts.blend_at(step)) - 1) < 1e-9


@cases(60, soup.values(["prompts", "step", "prompt", "negative", "fade", "picture", "0", "prefix"]))
def test_prompts_of_values(value):
    settled(Prompts.parse, value, frames=60)


DEFORUM = {
    "W": 512, "H": 512, "max_frames": 60, "fps": 15, "animation_mode": "3D", "angle": "0:(0)",
    "zoom": "0:(1.02)",
    "translation_x": "0:(10*sin(t/9))", "translation_z": "0: (2), 30: (-2)",
    "rotation_3d_y": "0:(0.5)", "seed": 7,
    "strength_schedule": "0:(0.65)", "diffusion_cadence": "2", "prompts": {"0": "a cat",
    "30": "a dog --neg x"},
    "fov_schedule": "0: (70)", "cfg_scale_schedule": "0:(7)", "steps_schedule": "0:(25)",
}  # fmt: skip
PARSEQ = {
    "options": {"output_fps": 20, "cadence": 1, "bpm": 120},
    "rendered_frames": [
        {"frame": n, "deforum_prompt": f"a cat {n} --neg x", "translation_z": n / 3, "zoom": 1.01,
        "angle": 0.1 * n,
         "seed": n, "strength": 0.6, "scale": 7, "prompt_weight_1": 1, "subseed_strength": 0}
        for n in range(6)
    ],
}  # fmt: skip


@cases(120, soup.mutated([DEFORUM]))
def test_deforum(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "deforum.txt"
    path.write_bytes(data)
    for loop in ("parallax", "animate"):
        imported = settled(read_deforum, path, loop)
        if imported is not None:
            json.dumps(imported.to_json())
            settled(parse, LOOP_OPTIONS[loop], imported.options)


@cases(120, soup.mutated([PARSEQ]))
def test_parseq(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "parseq.json"
    path.write_bytes(data)
    imported = settled(read_parseq, path, "animate")
    if imported is not None:
        json.dumps(imported.to_json())


@cases(
    60,
    soup.mutated(
        [{"loop": "stereo", "options": {"layout": "half-sbs", "size_cap": [640, 480], "strength": 2}}]
    ),
)
def test_presets(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "preset.json"
    path.write_bytes(data)
    settled(presets.load, path, "stereo")


@pytest.mark.parametrize("loop", LOOP_OPTIONS)
def test_options(loop):
    known = describe(LOOP_OPTIONS[loop])

    @cases(
        40,
        st.dictionaries(
            st.one_of(st.sampled_from([o.name for o in known]), soup.texts), soup.leaves, max_size=4
        ),
    )
    def tried(values):
        options = settled(parse, LOOP_OPTIONS[loop], values)
        if options is not None:
            assert parse(LOOP_OPTIONS[loop], options) == options
            text = settled(infotext.to_text, loop, vars(options))
            assert text is None or settled(infotext.from_text, text) is not None

    tried()


@cases(
    60,
    soup.mutated(
        ['a cat\nSteps: 20, Parallax: stereo, strength: 3, layout: half-sbs, size: 640x480, prompt: "a, b"']
    ),
)
def test_infotext(data):
    settled(infotext.from_text, data.decode("utf-8", "surrogateescape"))


@cases(40, soup.texts)
def test_sounds(text):
    settled(ambience.tracks_in, text, "ambience")


@cases(60, st.binary(max_size=60), st.sampled_from(("mov_text", "ass", "ssa", "subrip", "webvtt", "text")))
def test_subtitles(data, codec):
    for target in ("mov_text", "subrip", "webvtt"):
        settled(subtitles.convert, data, codec, target)
    sei.patch(bytearray(data + b"\0\0\1\x06\x2d" + data))


ABOUT = {
    "size": [64, 48], "layers": 2, "direction": 90, "kind": "bands", "distances": [1.0, 3.0],
    "borders": [0, 20, 48],
    "spans": [None, [0, 100]], "periods": [None, [64, 0]],
}  # fmt: skip
PIECES = [{"layer": 0, "x": 0, "y": 0, "width": 64, "height": 48, "name": "layer-0-step-0000-0"}]
STEP = {"pieces": PIECES, "prompt": "a cat", "seed": 3}


@cases(80, soup.mutated([ABOUT]), soup.mutated([STEP]))
def test_strips(tmp_path_factory, about, step):
    folder = tmp_path_factory.getbasetemp() / "strips"
    folder.mkdir(exist_ok=True)
    (folder / "scroll.txt").write_bytes(about)
    (folder / "step-0000.txt").write_bytes(step)
    settled(recorded.saved_size, folder)
    settled(recorded.saved_land, folder)
    store = MemoryStore()
    settled(recorded.reopened, folder, store)
    record = recorded.Record(store)
    steps = settled(lambda: list(islice(record.steps(), 5))) if settled(record.about) else None
    for told in steps or ():
        settled(record.pieces, told)


FORM = (
    '--b\r\nContent-Disposition: form-data; name="source"; filename="a.mp4"\r\n'
    "Content-Type: video/mp4\r\n\r\nbytes\r\n"
    '--b\r\nContent-Disposition: form-data; name="options"\r\n\r\n{"strength": 3}\r\n--b--\r\n'
)


@cases(
    80, soup.mutated([FORM]), st.sampled_from(("b", "", "x" * 300, '"b', "b; charset=x")), st.integers(1, 80)
)
def test_forms(data, boundary, piece):
    chunks = (data[at : at + piece] for at in range(0, len(data), piece))

    def read():
        return [
            (part.name, part.filename, part.text())
            for part in multipart.parts(chunks, f"multipart/form-data; boundary={boundary}")
        ]

    settled(read)


BODIES = {
    "job": (fields.JobFields, ["source", "output", "preset", "overwrite"]),
    "batch": (fields.BatchFields, ["folder", "output", "recursive", "loop", "options"]),
    "curve": (fields.CurveFields, ["text", "frames", "fps", "seed"]),
    "repaint": (fields.RepaintFields, ["step", "seed", "output"]),
}


@pytest.mark.parametrize("body", BODIES)
def test_bodies(body):
    cls, names = BODIES[body]

    @cases(30, st.dictionaries(st.one_of(st.sampled_from(names), soup.texts), soup.values(names), max_size=4))
    def tried(values):
        divided = settled(fields.divided, cls, values)
        if divided is not None and body == "job":
            settled(parse, LOOP_OPTIONS["stereo"], divided[1])

    tried()
