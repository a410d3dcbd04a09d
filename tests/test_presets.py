import json

import pytest

from lib_parallax import presets
from lib_parallax.errors import OptionError
from lib_parallax.options import StereoOptions, parse

DEVICES = ["quest", "bigscreen", "skybox", "deovr", "youtube", "vision-pro", "3d-tv", "cardboard", "red-cyan"]


def write(folder, content):
    path = folder / "mine.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_every_device_is_there():
    assert presets.names() == DEVICES
    assert presets.names("stereo") == DEVICES
    assert presets.names("zoom") == []


@pytest.mark.parametrize("name", DEVICES)
def test_built_in_presets_are_valid_and_complete(name):
    values = presets.load(name)
    assert {"layout", "codec", "quality", "size_cap", "name_tags"} <= set(values)
    options = parse(StereoOptions, values)
    for key, value in values.items():
        assert getattr(options, key) == value
    assert presets.describe(name)


def test_names_are_forgiving_and_values_a_copy():
    first = presets.load(" Vision_Pro ")
    assert first == presets.load("vision-pro")
    first["layout"] = "depth"
    assert presets.load("vision-pro")["layout"] == "full-sbs"


def test_an_unknown_name_lists_the_known():
    for call in (presets.load, presets.describe):
        with pytest.raises(OptionError, match=r"'rift' is not known.*quest.*red-cyan") as refusal:
            call("rift")
        assert refusal.value.field == "preset"


def test_a_built_in_preset_serves_its_own_loop_only():
    with pytest.raises(OptionError, match="'stereo', not 'zoom'") as refusal:
        presets.load("quest", "zoom")
    assert refusal.value.field == "preset"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_file_gives_its_values(tmp_path, wrapped):
    values = {"layout": "half-tb", "strength": 3, "size_cap": [1280, 720], "convergence": None}
    content = {"loop": "stereo", "description": "mine", "options": values} if wrapped else values
    path = write(tmp_path, content)
    expected = {**values, "size_cap": (1280, 720)}
    assert presets.load(path) == presets.load(str(path)) == expected
    assert parse(StereoOptions, presets.load(path)).strength == 3.0


def test_a_file_needs_no_suffix_and_may_begin_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "mine"
    path.write_text('\ufeff{"layout": "depth"}', encoding="utf-8")
    assert presets.load(path) == {"layout": "depth"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1, 2]", "must hold a mapping"),
        ('"quest"', "must hold a mapping"),
        ({"layuot": "full-sbs"}, "unknown option 'layuot'"),
        ({"layout": "sideways"}, "layout: 'sideways' is not one of"),
        ('{"strength": NaN}', "strength: nan is outside"),
        ({"strength": 11}, "strength: 11.0 is outside"),
        ({"loop": "zoom", "options": {}}, "is for the loop 'zoom'"),
        ({"loop": "stereo", "options": {}, "extra": 1}, "'extra' does not belong"),
        ({"loop": "stereo", "options": [1]}, "unknown option 'loop'"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(tmp_path, content, said):
    path = write(tmp_path, content)
    with pytest.raises(OptionError) as refusal:
        presets.load(path)
    assert said in str(refusal.value) and str(path) in str(refusal.value)
    assert refusal.value.field == "preset"
    assert "\n" not in str(refusal.value)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    for path in (tmp_path / "none.json", tmp_path / "folder.json", tmp_path / "bytes.json"):
        if path.name == "folder.json":
            path.mkdir()
        if path.name == "bytes.json":
            path.write_bytes(b"\xff\xfe\xff")
        with pytest.raises(OptionError, match=path.name) as refusal:
            presets.load(path)
        assert refusal.value.field == "preset"
