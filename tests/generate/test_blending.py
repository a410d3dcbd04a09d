"""Several prompts in one request: which there are after all, and how their encodings are mixed."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.generate import Sampling, Share, Txt2Img
from lib_parallax.generate.blending import settled, shares_of

SIZE = (64, 64)


def request(*blend: Share, prompt: str = "a", negative: str = "") -> Txt2Img:
    return Txt2Img(prompt, SIZE, negative, blend=blend)


def test_the_own_prompt_has_what_the_others_leave():
    found = shares_of(request(Share("b", 0.25), Share("c", 0.5)))
    assert found == (Share("a", 0.25), Share("b", 0.25), Share("c", 0.5))


@pytest.mark.parametrize(
    ("blend", "words"),
    [
        ((), ("a", "")),
        ((Share("b", 0.0, "x"),), ("a", "")),
        ((Share("b", 1.0, "x"),), ("b", "x")),
        ((Share("b", 1e-9, "x"),), ("a", "")),
        ((Share("b", 1 - 1e-9, "x"),), ("b", "x")),
        ((Share("a", 0.3),), ("a", "")),
        ((Share("b", 0.1), Share("b", 0.9)), ("b", "")),
    ],
)
def test_one_prompt_that_has_everything_is_alone(blend, words):
    found = settled(request(*blend))
    assert (found.prompt, found.negative, found.blend) == (*words, ())


def test_the_same_words_with_another_negative_are_another_prompt():
    found = settled(request(Share("a", 0.5, "cars")))
    assert found.blend == (Share("a", 0.5, "cars"),)


@pytest.fixture(scope="module")
def tiny_xl(data):
    """SDXL with random weights, as small as it gets."""
    torch = pytest.importorskip("torch")
    diffusers = pytest.importorskip("diffusers")
    transformers = pytest.importorskip("transformers")
    folder = data / "diffusers-models" / "tiny-sd15"
    tokenizer = transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer")
    torch.manual_seed(0)
    text = transformers.CLIPTextConfig(
        vocab_size=len(tokenizer) + 1, hidden_size=16, intermediate_size=16, num_hidden_layers=2,
        num_attention_heads=2, projection_dim=16, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    blocks = {"block_out_channels": (8, 16), "layers_per_block": 1, "norm_num_groups": 4}
    unet = diffusers.UNet2DConditionModel(
        sample_size=8, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=4, cross_attention_dim=32,
        addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 16, **blocks,
    )  # fmt: skip
    return diffusers.StableDiffusionXLPipeline(
        vae=diffusers.AutoencoderKL(**{**blocks, "block_out_channels": (8, 8, 8, 8)},
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4),
        text_encoder=transformers.CLIPTextModel(text),
        text_encoder_2=transformers.CLIPTextModelWithProjection(text),
        tokenizer=tokenizer, tokenizer_2=tokenizer, unet=unet, scheduler=diffusers.EulerDiscreteScheduler(),
        add_watermarker=False,
    )  # fmt: skip


def test_both_encoders_of_xl_and_the_pooled_words_are_mixed(tiny_xl):
    import torch

    from lib_parallax.generate.diffusers.words import words_of

    shares = Share("sunset", 0.75, "grey"), Share("blue ocean", 0.25, "text")
    made = words_of(tiny_xl, request(shares[1], prompt="sunset", negative="grey"))
    alone = [
        tiny_xl.encode_prompt(prompt=prompt, negative_prompt=negative, device="cpu")
        for prompt, _, negative in shares
    ]
    assert len(made) == 4
    for number, part in enumerate(made.values()):
        assert not part.requires_grad
        assert torch.allclose(part, 0.75 * alone[0][number] + 0.25 * alone[1][number], atol=1e-6)
        assert not torch.allclose(part, alone[0][number], atol=1e-3)


def test_xl_paints_from_mixed_words(tiny_xl):
    from lib_parallax.generate.diffusers.words import words_of

    def painted(*blend: Share) -> np.ndarray:
        import torch

        words = words_of(tiny_xl, request(*blend, prompt="sunset"))
        more = {"num_inference_steps": 2, "width": 64, "height": 64, "output_type": "np"}
        return tiny_xl(**words, **more, generator=torch.Generator().manual_seed(1)).images[0]

    tiny_xl.set_progress_bar_config(disable=True)
    alone, half = painted(), painted(Share("blue ocean", 0.5))
    assert np.array_equal(alone, painted())
    nearly = painted(Share("blue ocean", 1e-4))
    assert 0 < np.abs(nearly - alone).mean() < 0.1 * np.abs(half - alone).mean()


def test_a_model_without_guidance_takes_mixed_words(data):
    pytest.importorskip("diffusers")
    from lib_parallax import generate

    folder = data / "diffusers-models" / "tiny-sd15"
    painter = generate.load("diffusers", model=str(folder), device="cpu")
    sampling = Sampling(steps=2, cfg=1.0, seed=1)
    asked = Txt2Img("sunset", SIZE, sampling=sampling, blend=(Share("blue ocean", 0.5),))
    assert not np.array_equal(
        painter.txt2img(asked), painter.txt2img(Txt2Img("sunset", SIZE, sampling=sampling))
    )
