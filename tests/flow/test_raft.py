"""RAFT against the official code's flow, at any size and in bounded memory, and what goes wrong.

The weights are random (see seeded_raft), so that the flow means nothing: that things move the way
they do, and how exactly, only trained weights can show. What is shown is that the same weights give
the same flow as the official code's, whose flow golden/make_raft.py wrote down.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from seeded_raft import GOLDEN, SIZE, STEP, pictures, seeded, shapes_of, under_their_names

from lib_parallax import flow
from lib_parallax.errors import OptionError, ParallaxError, SourceError, UnavailableError
from lib_parallax.flow.raft import Raft, likeness
from lib_parallax.flow.raft.network import Network
from lib_parallax.flow.raft.pictures import padding, seen_size
from lib_parallax.flow.raft.shapes import SHAPES
from lib_parallax.weights import CATALOGUE

FEW = 2  # updates, where what is looked at does not hang on them


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as kept:
        return {**kept, "parameters": json.loads(str(kept["parameters"]))}


@pytest.fixture(scope="module")
def weights():
    """By size: tensors by name."""
    made = {}
    for size, shape in SHAPES.items():
        with torch.device("meta"):
            shapes = shapes_of(Network(shape))
        made[size] = {name: torch.from_numpy(value) for name, value in seeded(shapes).items()}
    return made


@pytest.fixture
def small(weights):
    return Raft("small", weights["small"], "cpu", updates=FEW)


def gap(found: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference, in parts of the range."""
    return float(np.abs(found - wanted).max() / np.ptp(wanted))


class TestOfficial:
    @pytest.mark.parametrize("size", SHAPES)
    def test_same_weights_same_flow(self, weights, golden, size):
        found = Raft(size, weights[size], "cpu")(*pictures())
        wanted = golden[f"raft-{size}"]
        assert found.shape == (*SIZE[::-1], 2) and found.dtype == np.float32
        assert gap(found[::STEP, ::STEP], wanted) < 1e-5
        assert wanted.std() > 1, "the flow is not all alike"

    @pytest.mark.parametrize("size", SHAPES)
    def test_same_parameters(self, golden, size):
        with torch.device("meta"):
            ours = Network(SHAPES[size])
        wanted = golden["parameters"][f"raft-{size}"]
        assert shapes_of(ours) == {name: tuple(shape) for name, shape in wanted.items()}
        entry = CATALOGUE[f"raft-{size}"]
        assert sum(p.numel() for p in ours.parameters()) == entry.parameters
        # what is left is the archive's own: some 400 bytes a tensor
        numbers = sum(t.numel() for t in ours.state_dict().values())
        assert 0 < entry.size - 4 * numbers < 600 * len(wanted)

    @pytest.mark.parametrize(("size", "before"), [("small", ""), ("small", "module."), ("large", "module.")])
    def test_a_file_of_princeton_vl(self, weights, golden, tmp_path, size, before):
        names = golden["parameters"][f"raft-{size} princeton"]
        theirs = under_their_names(names, weights[size])
        torch.save({before + name: tensor for name, tensor in theirs.items()}, tmp_path / "raft.pth")
        found = Raft(size, tmp_path / "raft.pth", "cpu")(*pictures())
        assert gap(found[::STEP, ::STEP], golden[f"raft-{size}"]) < 1e-5

    def test_how_many_updates(self, weights, small):
        more = Raft("small", weights["small"], "cpu", updates=FEW + 1)
        assert gap(more(*pictures()), small(*pictures())) > 0.01


class TestPictures:
    @pytest.mark.parametrize("size", [(1, 1), (20, 20), (3, 200), (133, 141), (131, 7)])
    def test_any_size(self, small, size):
        found = small(*pictures(size))
        assert found.shape == (size[1], size[0], 2) and found.dtype == np.float32
        assert np.isfinite(found).all()

    def test_padding_repeats_the_edge(self, small):
        """Flow of a small picture is that of the one that its edges make larger."""
        pair = pictures((101, 90))
        left, right, above, below = padding(101, 90)
        grown = [np.pad(p, ((above, below), (left, right), (0, 0)), mode="edge") for p in pair]
        inside = small(*grown)[above : above + 90, left : left + 101]
        np.testing.assert_array_equal(small(*pair), inside)

    def test_a_large_picture_is_looked_at_smaller(self, weights):
        """Each pixel four times is the picture itself, whose flow is twice as long."""
        pair = pictures((136, 128))
        doubled = [p.repeat(2, 0).repeat(2, 1) for p in pair]
        small = Raft("small", weights["small"], "cpu", updates=FEW, input_size=128)
        found, wanted = small(*doubled), 2 * small(*pair)
        assert found.shape == (256, 272, 2)
        assert gap(found.reshape(128, 2, 136, 2, 2).mean((1, 3))[1:-1, 1:-1], wanted[1:-1, 1:-1]) < 0.02

    def test_the_same_twice_and_the_pictures_left_alone(self, small):
        pair = pictures()
        copies = [p.copy() for p in pair]
        first = small(*pair)
        small(*pictures((40, 30)))
        np.testing.assert_array_equal(first, small(*pair))
        for picture, copy in zip(pair, copies, strict=True):
            np.testing.assert_array_equal(picture, copy)

    def test_deep_float_and_grey_pictures(self, small):
        pair = pictures((70, 50))
        plain = small(*pair)
        np.testing.assert_allclose(small(*(p.astype(np.uint16) * 257 for p in pair)), plain, atol=1e-3)
        np.testing.assert_allclose(small(*(p / np.float32(255) for p in pair)), plain, atol=1e-3)
        grey = [p[..., 1] for p in pair]
        threefold = [np.repeat(g[..., None], 3, 2) for g in grey]
        np.testing.assert_array_equal(small(*grey), small(*threefold))

    def test_torch_in_torch_out(self, small):
        pair = pictures((70, 50))
        found = small(*map(torch.from_numpy, pair))
        assert isinstance(found, torch.Tensor) and found.dtype == torch.float32 and not found.requires_grad
        np.testing.assert_array_equal(found.numpy(), small(*pair))

    def test_pictures_that_do_not_fit(self, small):
        with pytest.raises(ParallaxError, match="20x10 and 10x20"):
            small(np.zeros((10, 20, 3), np.uint8), np.zeros((20, 10, 3), np.uint8))
        with pytest.raises(ParallaxError, match="shape"):
            small(np.zeros((10, 20, 4), np.uint8), np.zeros((10, 20, 4), np.uint8))
        with pytest.raises(ParallaxError, match="int64"):
            small(np.zeros((10, 20), np.int64), np.zeros((10, 20), np.int64))


class TestMemory:
    @pytest.mark.parametrize(
        ("size", "seen"),
        [
            ((768, 512), (768, 512)),
            ((1920, 1080), (924, 520)),
            ((1080, 1920), (520, 924)),
            ((520, 5200), (285, 2848)),
            ((1, 1), (1, 1)),
        ],
    )
    def test_size_seen(self, size, seen):
        assert seen_size(*size) == seen

    @given(*[st.integers(1, 30000)] * 2, st.integers(1, 1100))
    def test_what_is_seen_is_bounded(self, width, height, input_size):
        seen = seen_size(width, height, input_size)
        assert 1 <= seen[0] <= width and 1 <= seen[1] <= height and min(seen) <= input_size
        left, right, above, below = padding(*seen)
        padded = (seen[0] + left + right, seen[1] + above + below)
        assert not padded[0] % 8 and not padded[1] % 8 and min(padded) >= 128
        assert padded[0] * padded[1] <= 3.3 * max(input_size, 128) ** 2

    def test_likeness_in_parts(self, small, monkeypatch):
        whole = small(*pictures())
        made = []
        pairs = likeness.Likeness._pairs
        monkeypatch.setattr(
            likeness.Likeness, "_pairs", lambda self, these: made.append(pairs(self, these)) or made[-1]
        )
        # 340 points of 340 + 80 + 20 + 4 numbers each
        monkeypatch.setattr(likeness, "ROOM", 100 * 4 * 450)
        np.testing.assert_allclose(small(*pictures()), whole, atol=1e-3)
        assert max(sum(maps.nbytes for maps in part) for part in made) <= likeness.ROOM
        assert len(made) == FEW * 4

    def test_smaller_where_memory_runs_out(self, weights, monkeypatch):
        sizes = []
        forward = Network.forward

        def limited(self, a, b, updates):
            sizes.append(a.shape[-1])
            if a.shape[-1] > 150:
                raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 MiB")
            return forward(self, a, b, updates)

        monkeypatch.setattr(Network, "forward", limited)
        small = Raft("small", weights["small"], "cpu", updates=FEW, input_size=176)
        assert small(*pictures((184, 180))).shape == (180, 184, 2)
        assert sizes == [184, 136] and "75%" in small.warnings[0]

    def test_calls_from_several_threads(self, small):
        pairs = [pictures((60 + 7 * i, 90 + 5 * i)) for i in range(3)]
        alone = [small(*pair) for pair in pairs]
        with ThreadPoolExecutor(3) as pool:
            together = list(pool.map(lambda pair: small(*pair), pairs * 2))
        for i, found in enumerate(together):
            np.testing.assert_array_equal(found, alone[i % 3])


class TestPrecision:
    @pytest.mark.parametrize(("dtype", "close"), [("bf16", 0.05), (torch.float16, 0.01)])
    def test_half(self, weights, small, dtype, close):
        half = Raft("small", weights["small"], "cpu", dtype, updates=FEW)
        pair = pictures((40, 40))
        found = gap(half(*pair), small(*pair))
        assert found < close and (found > 0 or "does not work here" in half.warnings[0])

    def test_what_overflows_is_done_again_in_full(self, weights):
        large = dict(weights["small"])
        large["update_block.flow_head.conv1.weight"] = 1e6 * large["update_block.flow_head.conv1.weight"]
        half, full = (Raft("small", large, "cpu", dtype, updates=1) for dtype in ("fp16", "fp32"))
        pair = pictures((40, 40))
        np.testing.assert_array_equal(half(*pair), full(*pair))
        assert "float32" in half.warnings[0]

    def test_weights_that_give_no_numbers(self, weights):
        name = "feature_encoder.conv.bias"
        broken = {**weights["small"], name: weights["small"][name] * float("nan")}
        with pytest.raises(ParallaxError, match=r"no numbers.*damaged"):
            Raft("small", broken, "cpu", updates=1)(*pictures((40, 40)))


class TestFiles:
    @pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
    def test_files(self, weights, small, tmp_path, suffix):
        from safetensors.torch import save_file

        path = tmp_path / f"weights{suffix}"
        (save_file if suffix == ".safetensors" else torch.save)(weights["small"], path)
        found, pair = flow.load("raft-small", "cpu", path), pictures((40, 40))
        found.updates = FEW
        np.testing.assert_array_equal(found(*pair), small(*pair))

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda w: w.pop("feature_encoder.conv.bias"), "feature_encoder.conv.bias is missing"),
            (lambda w: w.update({"more.weight": torch.zeros(1)}), "more.weight does not belong"),
        ],
    )
    def test_what_does_not_fit(self, weights, tmp_path, change, said):
        other = dict(weights["small"])
        change(other)
        torch.save(other, tmp_path / "other.pth")
        with pytest.raises(ParallaxError, match=rf"other\.pth does not hold .* raft-small: {said}") as caught:
            Raft("small", tmp_path / "other.pth", "cpu")(*pictures((40, 40)))
        assert "\n" not in str(caught.value)

    def test_the_other_size(self, weights):
        with pytest.raises(ParallaxError, match="does not hold the weights of raft-large"):
            Raft("large", weights["small"], "cpu")(*pictures((40, 40)))

    def test_no_weights_at_all(self, tmp_path):
        (tmp_path / "page.pth").write_text("<!doctype html><p>not found")
        with pytest.raises(SourceError, match=r"page\.pth: a web page"):
            Raft("small", tmp_path / "page.pth", "cpu")(*pictures((40, 40)))
        with pytest.raises(ParallaxError, match=r"gone\.pth"):
            flow.load("raft-large", "cpu", tmp_path / "gone.pth")


class TestNames:
    @pytest.mark.parametrize("name", flow.NETWORKS)
    def test_load(self, name, tmp_path):
        (tmp_path / "w.pth").touch()
        estimate = flow.load(name, "cpu", tmp_path / "w.pth")
        assert isinstance(estimate, flow.FlowEstimator) and estimate.name == name
        assert CATALOGUE[name].kind == "optical flow"

    @pytest.mark.parametrize("name", flow.NETWORKS)
    def test_weights_that_are_not_here(self, name, tmp_path, monkeypatch):
        monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path))
        with pytest.raises(UnavailableError, match=rf"`parallax models get {name}` brings them"):
            flow.load(name)

    def test_unknown(self, weights):
        with pytest.raises(OptionError, match="small, large"):
            Raft("tiny", weights["small"])
        with pytest.raises(OptionError, match="int8"):
            flow.load("raft-small", weights="w.pth", precision="int8")
