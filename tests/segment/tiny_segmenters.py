"""Tiny models of the kinds that segmenters are made of, saved as folders the way the hub has them."""

from __future__ import annotations

import json
from pathlib import Path

WORDS = ["a", "red", "disc", "on", "blue", "hill", "sky", "green"]
CLS, SEP, STOP, QUESTION = 101, 102, 1012, 1029  # Grounding DINO has these numbers built in
SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


def clipseg(path: Path) -> Path:
    """With a tokenizer of letters; what it looks at is 64 pixels square."""
    import torch
    import transformers as t

    text = {**SMALL, "vocab_size": 64, "max_position_embeddings": 77, "bos_token_id": 62, "eos_token_id": 63}
    vision = {**SMALL, "num_hidden_layers": 3, "image_size": 64, "patch_size": 16}
    config = t.CLIPSegConfig(
        text_config={**text, "pad_token_id": 63},
        vision_config=vision,
        projection_dim=16,
        extract_layers=[0, 1],
        conditional_layer=0,
        reduce_dim=8,
        decoder_num_attention_heads=2,
        decoder_intermediate_size=16,
    )
    _saved(t.CLIPSegForImageSegmentation, config, path, torch)
    letters = [chr(97 + i) for i in range(26)]
    vocabulary = [*letters, *(letter + "</w>" for letter in letters)]
    vocabulary += [f"<unused{i}>" for i in range(62 - len(vocabulary))]
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    (path / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(vocabulary)}))
    (path / "merges.txt").write_text("#version: 0.2\n")
    (path / "tokenizer_config.json").write_text('{"tokenizer_class": "CLIPTokenizer"}')
    seen = {"size": {"height": 64, "width": 64}, "resample": 2}
    seen |= {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
    (path / "preprocessor_config.json").write_text(json.dumps(seen))
    return path


def detector(path: Path) -> Path:
    import torch
    import transformers as t

    backbone = t.SwinConfig(
        image_size=64,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=2,
        out_features=["stage2", "stage3", "stage4"],
    )
    text = t.BertConfig(**SMALL, vocab_size=1100, max_position_embeddings=256)
    config = t.GroundingDinoConfig(
        backbone_config=backbone,
        text_config=text,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_queries=20,
        max_text_len=32,
    )
    _saved(t.GroundingDinoForObjectDetection, config, path, torch)
    vocabulary = [f"[unused{i}]" for i in range(1100)]
    vocabulary[0], vocabulary[100], vocabulary[CLS], vocabulary[SEP] = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
    vocabulary[103], vocabulary[STOP], vocabulary[QUESTION] = "[MASK]", ".", "?"
    vocabulary[200 : 200 + len(WORDS)] = WORDS
    (path / "vocab.txt").write_text("\n".join(vocabulary))
    (path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    return path


def masker(path: Path) -> Path:
    import torch
    import transformers as t

    vision = t.SamVisionConfig(
        **{key: SMALL[key] for key in ("hidden_size", "num_attention_heads")},
        num_hidden_layers=2,
        output_channels=16,
        image_size=128,
        patch_size=16,
        window_size=4,
        global_attn_indexes=[1],
        mlp_dim=16,
        num_pos_feats=8,
    )
    prompts = t.SamPromptEncoderConfig(hidden_size=16, image_size=128, patch_size=16, mask_input_channels=8)
    decoder = t.SamMaskDecoderConfig(
        hidden_size=16,
        mlp_dim=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        iou_head_depth=2,
        iou_head_hidden_dim=16,
    )
    config = t.SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)
    return _saved(t.SamModel, config, path, torch)


def _saved(network, config, path: Path, torch) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = network(config)
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.3)
            elif name.endswith("weight"):
                torch.nn.init.ones_(parameter)
    model.save_pretrained(path)
    return path
