"""A tiny Marigold with random weights, saved as a folder the way the hub has it."""

from __future__ import annotations

import json
from pathlib import Path

WORDS = {"<|startoftext|>": 0, "<|endoftext|>": 1, "a": 2, "a</w>": 3}


def folder(path: Path, **settings) -> Path:
    """The pipeline, saved at `path`. `settings` go into its model_index.json."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, MarigoldDepthPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    words = path / "words"
    words.mkdir(parents=True)
    (words / "vocab.json").write_text(json.dumps(WORDS))
    (words / "merges.txt").write_text("#version: 0.2\n")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        parts = {
            "unet": UNet2DConditionModel(
                sample_size=8, in_channels=8, out_channels=4, layers_per_block=1, norm_num_groups=4,
                down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), block_out_channels=(8, 16),
                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=8,
                attention_head_dim=4,
            ),
            "vae": AutoencoderKL(
                down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
                block_out_channels=(4, 4, 8, 8), norm_num_groups=2, latent_channels=4,
            ),
            "text_encoder": CLIPTextModel(
                CLIPTextConfig(
                    vocab_size=4, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                    num_attention_heads=2, max_position_embeddings=8, bos_token_id=0, eos_token_id=1,
                )
            ),
        }  # fmt: skip
    pipeline = MarigoldDepthPipeline(
        **parts,
        scheduler=DDIMScheduler(prediction_type="v_prediction", set_alpha_to_one=False, clip_sample=False),
        tokenizer=CLIPTokenizer(str(words / "vocab.json"), str(words / "merges.txt"), model_max_length=8),
        **{"default_denoising_steps": 2, "default_processing_resolution": 64, **settings},
    )
    pipeline.save_pretrained(path, safe_serialization=True)
    return path
