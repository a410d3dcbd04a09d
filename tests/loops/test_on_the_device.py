"""What of a stereo frame crosses between host and device: bytes up once, bytes down once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lib_parallax import loops, samples
from lib_parallax.types import Frame
from lib_parallax.warp import backends, stereo_pair
from lib_parallax.warp.backends import crossing
from lib_parallax.warp.layouts import joins_tensors

torch = pytest.importorskip("torch")

SIZE = (96, 54)
FRAMES = 4


def pictures(dtype=np.uint8):
    made = []
    for n in range(FRAMES):
        image = samples.street(SIZE, motion="pan", time=0.5 + n / 10, supersample=2).view().image
        wide = image if dtype == np.uint8 else image.astype(np.uint16) * 257
        made.append(Frame(wide, Fraction(n, 10)))
    return made


@pytest.fixture
def crossings(monkeypatch):
    """(way, type, shape) of everything that crosses."""
    seen = []
    up, down = crossing.to_device, crossing.to_host

    def to_device(array, device):
        seen.append(("up", array.dtype, array.shape))
        return up(array, device)

    def to_host(tensor, kind=None):
        array = down(tensor, kind)
        seen.append(("down", array.dtype, array.shape))
        return array

    for module in ("lib_parallax.warp.backends", "lib_parallax.loops.stereo"):
        monkeypatch.setattr(f"{module}.to_host", to_host)
    monkeypatch.setattr(backends, "to_device", to_device)
    return seen


@pytest.mark.parametrize(
    "layout", ["full-sbs", "half-sbs", "full-bt", "half-tb", "row-interleaved", "checkerboard"]
)
@pytest.mark.parametrize("options", [{}, {"eye": "both", "floating_window": True, "near_limit": 2}])
def test_a_frame_and_its_depth_go_up_once_and_the_packed_picture_comes_down(layout, options, crossings):
    told = {"fill": "background", "layout": layout, "depth_model": "cues", **options}
    for frame in loops.run("stereo", pictures(), {**told, "backend": "reference"}):
        assert crossings == [
            ("up", np.uint8, (54, 96, 3)),
            ("up", np.uint16, (54, 96)),
            ("down", np.uint8, frame.image.shape),
        ]
        crossings.clear()
        assert frame.extra["left"].shape == (54, 96, 3)  # asked for, it comes, and once
        assert frame.extra["left"] is frame.extra["left"] and len(crossings) == 1
        crossings.clear()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("layout", "fill"),
    [
        *((layout, "background") for layout in ("half-sbs", "anaglyph", "separate", "rgb-depth", "vr180")),
        ("full-sbs", "none"),
    ],
)
def test_the_same_as_without_a_device(dtype, layout, fill):
    told = {"fill": fill, "layout": layout, "eye": "both", "depth_model": "cues"}
    level = 1 if dtype == np.uint8 else 257
    there = list(loops.run("stereo", pictures(dtype), {**told, "backend": "reference"}))
    here = list(loops.run("stereo", pictures(dtype), {**told, "backend": "cpu"}))
    for a, b in zip(there, here, strict=True):
        assert a.image.dtype == b.image.dtype == dtype and a.image.shape == b.image.shape
        # colours of one level cross a matrix of the glasses' colours, or are sampled again
        most = level if joins_tensors(layout) else 3 * level
        assert np.abs(a.image.astype(int) - b.image).max() <= most
        assert np.array_equal(a.extra["holes"][0], b.extra["holes"][0])
        assert set(a.extra) == set(b.extra) and len(a.extra) == 4


def test_of_a_view_filled_over_time_no_floats_of_the_picture_come_down(crossings):
    told = {"fill": "temporal", "depth_model": "cues", "backend": "reference"}
    list(loops.run("stereo", pictures(), told))
    assert [c for c in crossings if c[0] == "up"] == [
        ("up", np.uint8, (54, 96, 3)), ("up", np.uint16, (54, 96)),
    ] * FRAMES  # fmt: skip
    whole = [c for c in crossings if c[0] == "down" and np.prod(c[2]) >= 54 * 96]
    assert {(str(kind), shape) for _, kind, shape in whole} == {
        ("uint8", (54, 96, 3)), ("int32", (54, 96)), ("bool", (54, 96)),
    }  # fmt: skip
    assert len(whole) == 3 * FRAMES


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.bool_])
def test_there_and_back(dtype):
    rng = np.random.default_rng(0)
    array = rng.integers(0, 65536, (5, 7, 3)).astype(dtype)
    for given in (array, array[::2, ::-1], np.frombuffer(array.tobytes(), dtype)):
        there = crossing.to_device(given, "cpu")
        assert there.dtype == (torch.int32 if dtype == np.uint16 else there.dtype)
        back = crossing.to_host(there, dtype)
        assert back.dtype == dtype and np.array_equal(back, given)


@pytest.mark.parametrize("kind", ["uint8", "int32", "float32", "float64"])
@pytest.mark.parametrize("first", [False, True], ids=["channels last", "channels first"])
def test_tensors_of_whoever_asks_stay_where_they_are(kind, first, crossings):
    image = pictures()[0].image
    disparity = np.tile(np.linspace(-3, 9, 96, dtype=np.float32), (54, 1))
    disparity[10:30, 40:60] = 12
    disparity[5, 5:9] = np.nan, np.inf, -np.inf, 3e38
    given = torch.from_numpy(image.astype(kind))
    if kind != "uint8":
        given = given * 257 if kind == "int32" else given / 255
    given = given.permute(2, 0, 1) if first else given
    for fill in ("background", "none"):
        left, right = stereo_pair(given, torch.from_numpy(disparity), "both", fill, "reference")
        assert not crossings
        wide = given.permute(1, 2, 0) if first else given
        plain = wide.numpy().astype(np.uint16) if kind == "int32" else wide.numpy()
        wanted = stereo_pair(plain, disparity, "both", fill, "reference")
        crossings.clear()
        for a, b in zip((left, right), wanted, strict=True):
            assert a.dtype == given.dtype and a.shape == given.shape
            a = a.permute(1, 2, 0) if first else a
            assert np.abs(a.numpy() - b.astype(np.float64)).max() <= (
                1e-7 if given.is_floating_point() else 0
            )
