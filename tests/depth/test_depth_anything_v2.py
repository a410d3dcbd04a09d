"""Depth-Anything-V2 against the official code's depth, and what happens when things go wrong."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_networks import GOLDEN, STILLS, TINY, film, gap, picture, shapes_of, values, weights

from lib_parallax import depth
from lib_parallax.depth import depth_anything_v2
from lib_parallax.depth.depth_anything_v2 import DepthAnythingV2, network
from lib_parallax.depth.vit import pictures
from lib_parallax.depth.vit.pictures import network_size
from lib_parallax.depth.vit.shapes import SHAPES
from lib_parallax.errors import OptionError, ParallaxError
from lib_parallax.types import Frame
from lib_parallax.weights import runner

STILL = picture((77, 45))


@pytest.fixture(scope="module")
def tiny():
    return weights(lambda: network.Network(TINY))


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN / "depth_anything_v2.npz") as kept:
        return dict(kept)


def make(weights, **more):
    return DepthAnythingV2(TINY, weights, "cpu", **{"input_size": 28, **more})


class TestOfficial:
    @pytest.mark.parametrize("name", STILLS)
    def test_same_weights_same_depth(self, tiny, golden, name):
        size, input_size, metric = STILLS[name]
        found = make(tiny, input_size=input_size, metric=metric).estimate(picture(size))
        assert found.kind == ("metric" if metric else "relative") and found.range is None
        assert gap(1 / found.values if metric else found.values, golden[name]) < 1e-4

    def test_same_parameters(self, golden):
        with torch.device("meta"):
            ours = shapes_of(network.Network(TINY))
        assert ours == {name: tuple(s) for name, s in json.loads(str(golden["parameters"])).items()}

    @pytest.mark.parametrize(
        ("size", "count", "numbers"),
        [("small", 239, 24_785_089), ("base", 239, 97_470_785), ("large", 407, 335_315_649)],
    )
    def test_as_large_as_the_official_checkpoints(self, size, count, numbers):
        with torch.device("meta"):
            shapes = network.Network(SHAPES[size]).state_dict()
        assert (len(shapes), sum(t.numel() for t in shapes.values())) == (count, numbers)

    @pytest.mark.parametrize(
        ("size", "input_size", "seen"),
        [
            ((1920, 1080), 518, (924, 518)),
            ((1080, 1920), 518, (518, 924)),
            ((640, 480), 518, (686, 518)),
            ((518, 518), 518, (518, 518)),
            ((448, 252), 252, (448, 252)),
            ((100, 100), 505, (518, 518)),  # the nearest multiple of 14 would be less than asked for
            ((1, 1), 518, (518, 518)),
        ],
    )
    def test_size_seen(self, size, input_size, seen):
        assert network_size(*size, input_size) == seen

    @given(*[st.integers(1, 20000)] * 2, st.sampled_from([14, 56, 500, 518]))
    def test_a_strip_is_not_seen_at_any_cost(self, width, height, input_size):
        columns, rows = network_size(width, height, input_size)
        assert columns >= 14 and rows >= 14 and columns % 14 == rows % 14 == 0
        assert columns * rows <= 12 * (input_size + 13) ** 2


class TestPictures:
    @pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 70), (97, 33)])
    @pytest.mark.parametrize("kind", [np.uint8, np.uint16])
    def test_any_size_and_depth_of_colour(self, tiny, size, kind):
        image = picture(size)
        scale = 257 if kind is np.uint16 else 1
        found = make(tiny).estimate(image.astype(kind) * kind(scale)).values
        assert found.shape == image.shape[:2] and found.dtype == np.float32 and np.isfinite(found).all()
        np.testing.assert_allclose(found, make(tiny).estimate(image).values, atol=1e-4)

    @pytest.mark.parametrize("image", [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3)), STILL[:0]])
    def test_what_is_no_picture(self, tiny, image):
        with pytest.raises(ParallaxError, match=r"\[H, W, 3\]"):
            make(tiny).estimate(image)

    def test_the_picture_is_left_alone(self, tiny):
        image = STILL.copy()
        make(tiny).estimate(image)
        np.testing.assert_array_equal(image, STILL)


class TestStream:
    def test_each_frame_as_by_itself(self, tiny):
        frames = film(5, marks={0: True, 3: False})
        estimator = make(tiny)
        for found, frame in zip(estimator.stream(frames), frames, strict=True):
            np.testing.assert_array_equal(found.values, estimator.estimate(frame.image).values)
        assert frames[3].boundary.state == {"depth": {}}

    def test_batches_end_at_boundaries_and_other_sizes(self, tiny, monkeypatch):
        batches = []
        forward = network.Network.forward
        monkeypatch.setattr(
            network.Network, "forward", lambda self, x: batches.append(len(x)) or forward(self, x)
        )
        frames = [*film(8, marks={5: True, 7: False}), Frame(STILL, Fraction(9))]
        together = values(make(tiny, batch=3).stream(frames))
        assert batches == [3, 2, 2, 1, 1]
        for a, b in zip(together, values(make(tiny).stream(frames)), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


class TestPrecision:
    @pytest.mark.parametrize(("dtype", "close"), [("bf16", 0.05), (torch.float16, 0.01)])
    def test_half(self, tiny, golden, dtype, close):
        estimator = make(tiny, dtype=dtype)
        assert 0 < gap(estimator.estimate(STILL).values, golden["wide"]) < close

    def test_what_overflows_is_done_again_in_full(self, tiny):
        name = "depth_head.scratch.output_conv1.bias"
        large = {**tiny, name: tiny[name] * 1e7}
        estimator = make(large, dtype="float16")
        wanted = make(large).estimate(STILL).values
        for _ in range(4):
            np.testing.assert_array_equal(estimator.estimate(STILL).values, wanted)
        if "does not work" in estimator.warnings[0]:
            pytest.skip("this torch has no float16 on the CPU")
        assert len(estimator.warnings) == 2 and "float32" in estimator.warnings[0]

    def test_an_operation_that_half_lacks(self, tiny, monkeypatch, golden):
        forward = network.Network.forward

        def lacking(self, pictures):
            if self.pretrained.patch_embed.proj.weight.dtype == torch.float16:
                raise RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'")
            return forward(self, pictures)

        monkeypatch.setattr(network.Network, "forward", lacking)
        estimator = make(tiny, dtype="fp16")
        assert gap(estimator.estimate(STILL).values, golden["wide"]) < 1e-4
        assert "does not work here" in estimator.warnings[0]

    def test_weights_that_give_no_numbers(self, tiny):
        broken = {**tiny, "pretrained.norm.weight": tiny["pretrained.norm.weight"] * float("nan")}
        with pytest.raises(ParallaxError, match=r"no numbers.*damaged"):
            make(broken).estimate(STILL)

    def test_an_autocast_around_us_changes_nothing(self, tiny, golden):
        with torch.autocast("cpu", torch.bfloat16):
            found = make(tiny).estimate(STILL).values
            assert torch.is_autocast_enabled("cpu") if torch.__version__ >= "2.4" else True
        assert gap(found, golden["wide"]) < 1e-4

    def test_a_compiler_that_fails(self, tiny, golden, monkeypatch):
        class Failed(RuntimeError):
            __module__ = "torch._dynamo.exc"

        def no_compiler(function, **options):
            def fail(*arguments):
                raise Failed("no compiler")

            return fail

        monkeypatch.setattr(torch, "compile", no_compiler)
        estimator = make(tiny, compiled=True)
        assert gap(estimator.estimate(STILL).values, golden["wide"]) < 1e-4
        assert "torch.compile" in estimator.warnings[0]

    @pytest.mark.parametrize(("option", "word"), [("dtype", "int8"), ("metric", "sea")])
    def test_unknown_words(self, tiny, option, word):
        with pytest.raises(OptionError, match=word) as caught:
            make(tiny, **{option: word})
        assert caught.value.field == option

    @pytest.mark.parametrize(
        ("asked", "device", "wanted"),
        [
            ("auto", "cuda", torch.float16),
            ("auto", "cpu", torch.float32),
            ("auto", "mps", torch.float32),
            ("fp32", "cuda", torch.float32),
            (None, "cuda", torch.float32),
        ],
    )
    def test_auto_is_half_where_it_pays(self, asked, device, wanted):
        assert runner.chosen_dtype(asked, torch.device(device)) == wanted

    def test_a_device_that_is_not_here(self, tiny):
        with pytest.raises(OptionError, match="device: "):
            DepthAnythingV2(TINY, tiny, "cuda:77")


class TestOnTheDevice:
    """Pictures made smaller by torch, as they are off the CPU."""

    @pytest.mark.parametrize("size", [(28, 28), (42, 56), (112, 84), (14, 140)])
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    def test_the_same_pictures(self, size, dtype):
        full = np.iinfo(dtype).max
        image = (picture((77, 45)).astype(np.float64) * full / 255).astype(dtype)
        there = pictures.shrunk(torch.from_numpy(image.astype(np.int32))[None], size, full)
        assert gap(there[0].numpy(), pictures.prepare(image, size)) < 1e-3

    def test_the_same_depth(self, tiny, monkeypatch):
        wanted = make(tiny, input_size=56).estimate(STILL).values
        shrunk = pictures.shrunk

        def prepared(images, size, device):
            return shrunk(torch.from_numpy(np.stack(images)), size, 255)

        monkeypatch.setattr("lib_parallax.depth.depth_anything_v2.estimator.prepared", prepared)
        assert gap(make(tiny, input_size=56).estimate(STILL).values, wanted) < 1e-3


class TestMemory:
    """A device with room for so many pixels."""

    def limit(self, monkeypatch, pixels, error=RuntimeError):
        forward = network.Network.forward

        def limited(self, pictures):
            if pictures[:, 0].numel() > pixels:
                raise error("CUDA out of memory. Tried to allocate 20.00 MiB")
            return forward(self, pictures)

        monkeypatch.setattr(network.Network, "forward", limited)

    @pytest.mark.parametrize("error", [RuntimeError, torch.cuda.OutOfMemoryError])
    def test_fewer_at_once_then_smaller(self, tiny, monkeypatch, error):
        small = make(tiny, input_size=42).estimate(STILL).values
        self.limit(monkeypatch, 42 * 72, error)
        estimator = make(tiny, input_size=56, batch=3)
        found = values(estimator.stream([Frame(STILL, Fraction(i)) for i in range(3)]))
        for one in found:
            np.testing.assert_array_equal(one, small)
        fewer, smaller = estimator.warnings
        assert "fewer" in fewer and "75%" in smaller

    def test_at_last_the_cpu(self, tiny, monkeypatch):
        """A device with room for nothing, beside a CPU with room for all."""
        forward = network.Network.forward
        estimator = make(tiny, input_size=56, batch=3, dtype="bfloat16")
        estimator._runner.cpu_left = True

        def limited(self, pictures):
            if estimator._runner.cpu_left:
                raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
            return forward(self, pictures)

        monkeypatch.setattr(network.Network, "forward", limited)
        found = values(estimator.stream([Frame(STILL, Fraction(i)) for i in range(4)]))
        half = make(tiny, input_size=28).estimate(STILL).values
        assert len(found) == 4
        for one in found:
            np.testing.assert_array_equal(one, half)
        assert [word for word in ("fewer", "75%", "50%", "CPU") if word in " ".join(estimator.warnings)] == [
            "fewer", "75%", "50%", "CPU",
        ]  # fmt: skip
        assert len(estimator.warnings) == 4

    def test_no_room_at_all(self, tiny, monkeypatch):
        self.limit(monkeypatch, 0)
        with pytest.raises(ParallaxError, match="out of memory on cpu"):
            make(tiny).estimate(STILL)

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (MemoryError(), True),
            (torch.cuda.OutOfMemoryError("no room"), True),
            (RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"), True),
            (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
            (RuntimeError("shape mismatch"), False),
        ],
    )
    def test_how_memory_runs_out(self, error, said):
        assert runner.ran_out_of_memory(error) is said


class TestCheckpoints:
    @pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
    def test_files(self, tiny, golden, tmp_path, suffix):
        from safetensors.torch import save_file

        path = tmp_path / f"weights{suffix}"
        (save_file if suffix == ".safetensors" else torch.save)(tiny, path)
        estimator = make(path)
        assert path.name in estimator.note
        assert gap(estimator.estimate(STILL).values, golden["wide"]) < 1e-4

    def test_half_precision_files(self, tiny):
        half = {name: tensor.half() for name, tensor in tiny.items()}
        full = {name: tensor.float() for name, tensor in half.items()}
        np.testing.assert_array_equal(make(half).estimate(STILL).values, make(full).estimate(STILL).values)

    def test_a_mapping_is_left_alone(self, tiny):
        given = {name: torch.nn.Parameter(tensor.clone()) for name, tensor in tiny.items()}
        make(given, dtype="bf16").estimate(STILL)
        for name, tensor in given.items():
            assert tensor.requires_grad and tensor.dtype == torch.float32
            assert torch.equal(tensor, tiny[name])

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda w: w.pop("pretrained.norm.bias"), "pretrained.norm.bias is missing"),
            (lambda w: w.update({"more.weight": torch.zeros(1)}), "more.weight does not belong"),
            (
                lambda w: w.update({"pretrained.norm.bias": torch.zeros(7)}),
                r"pretrained.norm.bias is \[7\] where \[32\] belongs",
            ),
        ],
    )
    def test_what_does_not_fit(self, tiny, tmp_path, change, said):
        other = dict(tiny)
        change(other)
        path = tmp_path / "other.pth"
        torch.save(other, path)
        with pytest.raises(ParallaxError, match=rf"other\.pth does not hold .*: {said}"):
            make(path).estimate(STILL)

    def test_no_file(self, tmp_path):
        with pytest.raises(ParallaxError, match=r"gone\.pth"):
            make(tmp_path / "gone.pth")
        with pytest.raises(ParallaxError, match="needs its weights"):
            make(None)

    def test_cut_short(self, tiny, tmp_path):
        path = tmp_path / "short.pth"
        torch.save(tiny, path)
        path.write_bytes(path.read_bytes()[:5000])
        with pytest.raises(ParallaxError, match=r"short\.pth"):
            make(path).estimate(STILL)


class TestNames:
    @pytest.mark.parametrize("name", depth_anything_v2.NAMES)
    def test_load(self, name, tmp_path):
        path = tmp_path / "w.pth"
        path.touch()
        estimator = depth_anything_v2.load(name, "cpu", path, 280)
        assert estimator.flickers and estimator.input_size == 280
        assert isinstance(estimator, depth.Estimator) and estimator.name == name
        assert estimator.kind == ("metric" if "metric" in name else "relative")

    def test_there_are_weights_for_each(self):
        from lib_parallax.weights import CATALOGUE

        assert set(depth_anything_v2.NAMES) <= set(CATALOGUE)

    def test_unknown(self):
        with pytest.raises(OptionError, match="small"):
            depth_anything_v2.load("depth-anything-v2-tiny", None, "x")
        with pytest.raises(OptionError, match="small, base, large"):
            DepthAnythingV2("tiny", {})
