"""Deforum settings and Parseq manifests: their movement against the warps that they stand for."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

from lib_parallax.errors import OptionError
from lib_parallax.options import AnimateOptions, ParallaxOptions
from lib_parallax.options.declare import parse
from lib_parallax.timeline import Prompts, Schedule
from lib_parallax.timeline.deforum import read_deforum
from lib_parallax.timeline.parseq import read_parseq
from lib_parallax.warp.camera import Camera

SETTINGS = {
    "W": 640,
    "H": 384,
    "seed": 7,
    "steps": 25,
    "sampler": "Euler a",
    "animation_mode": "2D",
    "max_frames": 60,
    "fps": 15,
    "angle": "0: (0), 30: (2)",
    "zoom": "0: (1.0025+0.002*sin(1.25*3.14*t/30))",
    "translation_x": "0: (0), 20:(5), 40:(0)",
    "translation_y": "0: (-1)",
    "transform_center_x": "0: (0.3)",
    "transform_center_y": "0:(0.5)",
    "strength_schedule": "0: (0.65), 40:(0.5)",
    "cfg_scale_schedule": "0: (7)",
    "diffusion_cadence": 2,
    "prompts": {"0": "a lake --neg people", "max_f/2": "a forest"},
    "positive_prompts": "oil on canvas",
    "negative_prompts": "text",
}


def at(options, name, frame):
    return Schedule.parse(options[name]).at(frame)


def test_a_flat_camera_sees_what_the_piled_up_warps_show():
    options = read_deforum(SETTINGS).options
    total = np.eye(3)
    tracks = {
        key: Schedule.parse(SETTINGS[key], 60) for key in ("angle", "zoom", "translation_x", "translation_y")
    }
    for frame in range(60):
        if frame:
            now = {key: track.at(frame) for key, track in tracks.items()}
            turn = np.vstack(
                [cv2.getRotationMatrix2D((640 * 0.3, 384 * 0.5), now["angle"], now["zoom"]), [0, 0, 1]]
            )
            total = turn @ [[1, 0, now["translation_x"]], [0, 1, now["translation_y"]], [0, 0, 1]] @ total
        zoom, roll = at(options, "zoom", frame), math.radians(at(options, "roll", frame))
        center = np.array([at(options, "center_x", frame), at(options, "center_y", frame)])
        turned = zoom * np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]])
        for seen in ((0, 0), (640, 0), (100, 300)):
            expected = np.linalg.inv(total) @ [*seen, 1]
            point = turned @ ((np.array(seen) - [320, 192]) / 192) + center
            np.testing.assert_allclose(point * 192 + [320, 192], expected[:2], atol=0.3)
    assert options["height"] == "0"


def test_a_deep_camera_has_the_same_parallax_between_near_and_far():
    tracks = {
        "translation_x": "0:(0.4)",
        "translation_y": "0:(-0.3)",
        "animation_mode": "3D",
        "fov_schedule": "0:(70)",
    }
    options = read_deforum({**tracks, "max_frames": 31, "W": 800, "H": 400}).options
    focal = 1 / math.tan(math.radians(35))
    offset, center = ([at(options, f"{kind}_{axis}", 30) for axis in "xy"] for kind in ("offset", "center"))
    height, steady = at(options, "height", 0), at(options, "steady", 0)
    for depth, z in ((0.0, 2.0), (1.0, 1.0)):
        u = height * depth
        ours = [offset[i] * (1 - (1 - u) / (1 - steady * height)) + center[i] * (1 - u) for i in (0, 1)]
        theirs = [
            30 * 0.4 * focal / 200 / z * 2,
            30 * 0.3 * focal / 200 / z,
        ]  # x in half widths there, two half heights here
        assert ours == pytest.approx(theirs, abs=1e-3)


def test_forward_goes_in_and_turns_add_up():
    settings = {
        "animation_mode": "3D",
        "translation_z": "0:(1.75)",
        "rotation_3d_x": "0:(0.1)",
        "rotation_3d_z": "0:(-0.2)",
        "max_frames": 101,
    }
    options = read_deforum(settings).options
    assert at(options, "zoom", 0) == 1 and at(options, "zoom", 100) == pytest.approx(0.574, abs=0.01)
    assert at(options, "tilt", 100) == pytest.approx(10) and at(options, "roll", 50) == pytest.approx(-10)
    assert (options["pan"], options["offset_x"]) == ("0", "0")


@pytest.mark.parametrize(("loop", "kind"), [("parallax", ParallaxOptions), ("animate", AnimateOptions)])
@pytest.mark.parametrize("mode", ["2D", "3D"])
def test_the_options_are_options_of_the_loop(loop, kind, mode):
    options = read_deforum({**SETTINGS, "animation_mode": mode}, loop).options
    read = parse(kind, options)
    assert (read.size, read.seed, read.fps, read.steps, read.cfg, read.sampler) == (
        (640, 384),
        7,
        15,
        25,
        7,
        "Euler a",
    )
    if loop == "animate":
        schedule = Schedule.parse(read.denoise)
        assert [schedule.at(frame) for frame in (0, 40, 59)] == pytest.approx([0.35, 0.5, 0.5])
    else:
        assert (read.move, read.duration) == ("still", 4)
        Camera(zoom=Schedule.parse(read.zoom).at(30), height=Schedule.parse(read.height).at(0))


def test_deforums_prompts():
    prompts = Prompts.parse(read_deforum(SETTINGS).prompts, frames=60)
    assert (prompts.at(0).text, prompts.at(0).negative) == ("a lake oil on canvas", "people, text")
    assert (prompts.at(28).text[:6], prompts.at(29).text) == ("a lake", "a forest oil on canvas")


def test_what_is_left_behind_is_said():
    warnings = read_deforum(
        {
            **SETTINGS,
            "seed_behavior": "ladder",
            "use_init": True,
            "cn_1_enabled": True,
            "contrast_schedule": "0:(1), 9:(1.1)",
            "parseq_manifest": "https://there",
            "perspective_flip_phi": "0:(3)",
            "cfg_scale_schedule": "0:(7), 9:(8)",
            "prompts": {"0": "a `0:(1)` b"},
        }
    ).warnings
    for key in (
        "seed_behavior",
        "use_init",
        "cn_1_enabled",
        "contrast_schedule",
        "parseq_manifest",
        "cfg_scale",
        "backticks",
    ):
        assert any(key in warning for warning in warnings), key
    assert not any("perspective" in warning for warning in warnings)  # it is switched off


def test_from_a_file_and_from_text(tmp_path):
    path = tmp_path / "settings.txt"
    path.write_text("\ufeff" + json.dumps(SETTINGS), encoding="utf-8")
    assert read_deforum(path) == read_deforum(json.dumps(SETTINGS)) == read_deforum(SETTINGS)
    assert read_deforum(path).to_json()["prompts"]["suffix"] == "oil on canvas"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ('{"W": 512,\n "H": }', "not JSON: Expecting value at line 2, column 7"),
        ("[1]", "must hold a mapping, not list"),
        ("{}", "none of its keys"),
        ({**SETTINGS, "zoom": "0:(1.0+)"}, "zoom: the expression cannot be read, at character"),
        ({**SETTINGS, "angle": "0:(1/(t-9))"}, "angle: .* at frame 9"),
        ({**SETTINGS, "zoom": "0:(1), 5:(0)"}, "zoom is 0 at frame 5"),
        ({**SETTINGS, "max_frames": "many"}, "max_frames is 'many'"),
        ({**SETTINGS, "animation_mode": "4D"}, "animation_mode is '4D'"),
        ({**SETTINGS, "prompts": ["a"]}, "prompts must be"),
        ({**SETTINGS, "fps": 0}, "fps is 0"),
        (3, "neither text nor a path"),
        ("[" * 100_000, "nesting"),
        ({**SETTINGS, "translation_x": "0:(1e200)"}, "out of all bounds"),
    ],
)
def test_what_is_no_settings_file(source, says):
    with pytest.raises(OptionError, match=says):
        read_deforum(source)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(OptionError, match=r"Deforum settings .*none.txt cannot be read"):
        read_deforum(tmp_path / "none.txt")
    (tmp_path / "odd.txt").write_bytes(b"{\xff}")
    with pytest.raises(OptionError, match="byte 1"):
        read_deforum(tmp_path / "odd.txt")
    with pytest.raises(OptionError, match="loop"):
        read_deforum(SETTINGS, "stereo")


# Parseq


def manifest(frames=41, **columns):
    """A manifest as Parseq renders it: values, their differences, and two prompts that cross over."""
    rows = []
    for frame in range(frames):
        row = {
            "frame": frame,
            "angle": 2.0 * frame,
            "angle_delta": 2.0 if frame else 0.0,
            "zoom": 1.0,
            "zoom_delta": 1.0,
            "strength": 0.6,
            "strength_delta": 0.0,
            "strength_pc": 100,
            "prompt_weight_1": 1,
        }
        share = min(max((frame - 10) / 20, 0), 1)
        parts = [(text, weight) for text, weight in (("a cat", 1 - share), ("a duck", share)) if weight > 0]
        tail = (lambda weight: f": {weight}") if len(parts) > 1 else (lambda weight: "")
        row["deforum_prompt"] = (
            " AND ".join(text + tail(w) for text, w in parts)
            + " --neg "
            + " AND ".join(f"bad {text[2:]}{tail(w)}" for text, w in parts)
        )
        rows.append({**row, **{name: column[frame] for name, column in columns.items()}})
    return {"options": {"output_fps": 20, "bpm": 120, "cadence": 4}, "rendered_frames": rows}


def test_a_manifest_turns_the_camera():
    imported = read_parseq(manifest())
    read = parse(ParallaxOptions, imported.options)
    assert (read.fps, read.duration) == (20, 2.05)
    assert Schedule.parse(read.roll).at(40) == pytest.approx(80) and read.zoom == "1"
    assert (read.feedback, read.step_seconds) == ("path", 0.2) and not imported.warnings


def test_prompts_that_cross_over_fade():
    prompts = Prompts.parse(read_parseq(manifest()).prompts)
    assert (
        prompts.at(29).text == "a cat"
        and prompts.at(30).text == "a duck"
        and prompts.at(0).negative == "bad cat"
    )
    for frame in range(41):
        share = min(max((frame - 10) / 20, 0), 1)
        weights = {prompt.text: weight for prompt, weight in prompts.blend_at(frame)}
        assert weights.get("a duck", 0) == pytest.approx(share, abs=0.06)


def test_3d_columns_make_a_3d_camera_and_others_are_named():
    columns = {"translation_z_delta": [1.0] * 41, "translation_z": list(range(41)), "noise": [0.1] * 41}
    imported = read_parseq(manifest(**columns))
    assert Schedule.parse(imported.options["zoom"]).at(40) < 1
    assert any("noise" in warning for warning in imported.warnings)
    assert set(read_parseq(manifest(), "animate").options) >= {"denoise", "fps"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.pop("rendered_frames"), "no rendered_frames"),
        (lambda m: m["rendered_frames"].pop(7), "frame 7 is missing"),
        (lambda m: m["rendered_frames"].append({"frame": 7}), "frame 7 is there twice"),
        (lambda m: m["rendered_frames"][3].pop("angle_delta"), "angle_delta is None at frame 3"),
        (lambda m: m["rendered_frames"][3].update(zoom_delta=math.nan), "zoom_delta is nan at frame 3"),
        (lambda m: m["rendered_frames"].append(4), "row 42"),
        (lambda m: m["rendered_frames"][5].update(deforum_prompt=1), "at frame 5, not text"),
        (lambda m: m.update(options=3), "options must be"),
        (lambda m: (m.pop("rendered_frames"), m.update(keyframes=[])), "render"),
    ],
)
def test_what_is_no_manifest(change, says):
    broken = manifest()
    change(broken)
    with pytest.raises(OptionError, match=says):
        read_parseq(broken)
