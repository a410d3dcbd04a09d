"""Marigold through diffusers: the depth that its own pipeline gives, the same each time, and what fails."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from tiny_networks import gap, picture

from lib_parallax import depth
from lib_parallax.depth.marigold import Marigold, estimator
from lib_parallax.errors import SourceError, UnavailableError

diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")
import tiny_marigold  # noqa: E402

STILL = picture((150, 80))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_marigold.folder(tmp_path_factory.mktemp("marigold"))


@pytest.fixture
def own(folder, tmp_path):
    """A copy of the folder, to be spoiled."""
    return shutil.copytree(folder, tmp_path / "own")


def configured(folder, **changes):
    file = folder / "model_index.json"
    config = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


def official(folder, image, seed=0):
    """Depth 0 (near) to 1 (far) `[H, W]` as the pipeline itself makes it."""
    import torch

    pipeline = diffusers.MarigoldDepthPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    noise = torch.Generator("cpu").manual_seed(seed)
    return pipeline(image.astype(np.float32) / 255, generator=noise).prediction[0, :, :, 0]


@pytest.mark.parametrize("size", [(150, 80), (80, 150), (64, 48), (30, 20)])
def test_the_pipeline_s_own_depth_turned_over(folder, size):
    image = picture(size)
    found = Marigold(folder, "cpu").estimate(image)
    assert found.kind == "relative" and found.values.dtype == np.float32
    far = official(folder, image)
    assert gap(found.values, (10 / (1 + 9 * far) - 1) / 9) < 1e-4
    assert np.corrcoef(found.values.ravel(), far.ravel())[0, 1] < -0.5


def test_inverse_depth_has_its_ends_at_0_and_1():
    np.testing.assert_allclose(estimator.inverse_depth(np.float32([0, 1])), [1, 0], atol=1e-7)


def test_disparity_is_left_as_it_is(own):
    image = STILL
    configured(own, prediction_type="disparity")
    found = Marigold(own, "cpu").estimate(image).values
    assert gap(found, official(own, image)) < 1e-4


def test_the_same_seed_gives_the_same_bytes(folder):
    first = Marigold(folder, "cpu").estimate(STILL).values
    estimator = Marigold(folder, "cpu")
    for _ in range(2):
        np.testing.assert_array_equal(estimator.estimate(STILL).values, first)
    assert not np.array_equal(Marigold(folder, "cpu", seed=1).estimate(STILL).values, first)


def test_steps_come_from_the_checkpoint_or_the_caller(folder, own):
    assert Marigold(folder, "cpu").steps == 2
    assert Marigold(folder, "cpu", steps=3).steps == 3
    configured(own, default_denoising_steps=None)
    assert Marigold(own, "cpu").steps == 4


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (3, 70), (97, 33), (1, 500)])
def test_any_size_and_depth_of_colour(folder, size):
    image = picture(size)
    found = Marigold(folder, "cpu")
    deep = found.estimate(image.astype(np.uint16) * 257).values
    assert deep.shape == image.shape[:2] and np.isfinite(deep).all()
    np.testing.assert_allclose(deep, found.estimate(image).values, atol=1e-3)


@pytest.mark.parametrize(
    ("whole", "asked", "scale", "seen"),
    [
        ((1920, 1080), None, 1.0, (768, 432)),
        ((1080, 1920), None, 0.5, (216, 384)),
        ((1920, 1080), 540, 1.0, (960, 540)),
        ((3000, 1), None, 1.0, (768, 8)),
    ],
)
def test_size_seen(whole, asked, scale, seen):
    assert estimator.network_size(whole, 768, asked, scale) == seen


@pytest.mark.parametrize(("dtype", "close"), [("bf16", 0.2), ("fp16", 0.05)])
def test_half(folder, dtype, close):
    whole = Marigold(folder, "cpu").estimate(STILL).values
    assert 0 < gap(Marigold(folder, "cpu", dtype).estimate(STILL).values, whole) < close


def test_what_overflows_is_done_again_in_full(own):
    from safetensors.torch import load_file, save_file

    file = own / "vae" / "diffusion_pytorch_model.safetensors"
    state = load_file(file)
    state["decoder.conv_in.bias"] += 1e6
    save_file(state, file, metadata={"format": "pt"})
    found = Marigold(own, "cpu", "fp16")
    np.testing.assert_array_equal(found.estimate(STILL).values, Marigold(own, "cpu").estimate(STILL).values)
    assert "float32" in found.warnings[0]


def test_by_folder(folder):
    found = depth.load(str(folder), "cpu", input_size=40)
    assert isinstance(found, Marigold) and isinstance(found, depth.Estimator) and found.input_size == 40
    assert found.estimate(STILL).values.shape == STILL.shape[:2]


def test_half_precision_files_alone_are_enough(own, folder):
    for file in [*own.rglob("*.safetensors")]:
        file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    found = Marigold(own, "cpu").estimate(STILL).values
    np.testing.assert_array_equal(found, Marigold(folder, "cpu").estimate(STILL).values)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"_class_name": "StableDiffusionPipeline"}, "is no depth model: .* StableDiffusionPipeline"),
        ({"_class_name": "MarigoldNormalsPipeline"}, "is no depth model"),
        ({"_class_name": "MarigoldPipeline", "use_full_z_range": True}, "is no depth model"),
        ({"unet": ["somewhere", "UNet"]}, "wants a part that neither diffusers nor transformers has"),
    ],
)
def test_what_is_no_marigold(own, changes, sentence):
    configured(own, **changes)
    with pytest.raises(SourceError, match=sentence):
        depth.load(str(own))


def test_the_older_name_of_the_pipeline(own):
    configured(own, _class_name="MarigoldPipeline")
    assert Marigold(own, "cpu").estimate(STILL).values.std() > 0


@pytest.mark.parametrize("part", ["unet", "tokenizer"])
def test_a_part_that_is_missing(own, part):
    shutil.rmtree(own / part)
    with pytest.raises(UnavailableError, match=f"not whole here: .*{part} has no"):
        depth.load(str(own))


def test_a_damaged_file(own):
    file = own / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(SourceError, match="cannot be built from these files") as refusal:
        Marigold(own, "cpu").estimate(STILL)
    assert "\n" not in str(refusal.value)
