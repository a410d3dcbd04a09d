"""Tiny models of transformers' depth families, saved as folders the way the hub has them."""

from __future__ import annotations

import json
from pathlib import Path

from tiny_networks import seeded

FOUR = ["stage1", "stage2", "stage3", "stage4"]
SEEN = {  # preprocessor_config.json, as the hub has it but for the size
    "dpt": {"size": 64, "resample": 3, "image_mean": [0.5] * 3, "image_std": [0.5] * 3},
    "dpt-metres": {"do_resize": False, "do_pad": True, "size_divisor": 14},
    "depth_anything": {
        "size": {"height": 42, "width": 42},
        "keep_aspect_ratio": True,
        "ensure_multiple_of": 14,
        "resample": 3,
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
    },
    "glpn": {"do_rescale": True, "do_resize": True, "resample": 2, "size_divisor": 32},
    "zoedepth": {
        "size": {"height": 64, "width": 96},
        "keep_aspect_ratio": True,
        "ensure_multiple_of": 32,
        "resample": 2,
        "do_pad": True,
    },
    "depth_pro": {"size": {"height": 32, "width": 32}, "resample": 2, "antialias": False},
}
SEEN["dpt-hybrid"] = SEEN["dpt"]
SEEN["depth_anything-metres"] = SEEN["depth_anything"]
KINDS = tuple(SEEN)


def config(kind: str):
    """The configuration of a tiny model. Raises AttributeError where transformers lacks the kind."""
    import transformers as t

    small = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2}
    if kind in ("dpt", "dpt-hybrid"):
        bit = {
            "depths": [1, 1, 1], "hidden_sizes": [8, 8, 32], "embedding_size": 8, "num_groups": 2,
            "global_padding": "same", "layer_type": "bottleneck", "embedding_dynamic_padding": True,
            "out_features": ["stage1", "stage2", "stage3"],
        }  # fmt: skip
        hybrid = {
            "is_hybrid": True, "backbone_config": bit, "backbone_featmap_shape": [1, 32, 4, 4],
            "neck_ignore_stages": [0, 1], "readout_type": "project",
        }  # fmt: skip
        return t.DPTConfig(
            **small, intermediate_size=32, image_size=64, patch_size=16, backbone_out_indices=[0, 1, 2, 3],
            neck_hidden_sizes=[8, 8, 16, 16], fusion_hidden_size=8,
            **(hybrid if kind == "dpt-hybrid" else {"is_hybrid": False}),
        )  # fmt: skip
    if kind == "glpn":
        return t.GLPNConfig(
            depths=[1] * 4, hidden_sizes=[4, 8, 8, 8], num_attention_heads=[1, 1, 2, 2],
            decoder_hidden_size=8, max_depth=10,
        )  # fmt: skip
    if kind == "zoedepth":
        beit = t.BeitConfig(
            **small, image_size=32, patch_size=16, intermediate_size=32, out_features=FOUR,
            reshape_hidden_states=False, use_relative_position_bias=True,
        )  # fmt: skip
        return t.ZoeDepthConfig(
            backbone_config=beit, backbone_hidden_size=16, neck_hidden_sizes=[8] * 4, fusion_hidden_size=8,
            bottleneck_features=8, num_relative_features=8, num_attractors=[4, 2, 2, 1], bin_embedding_dim=8,
            num_patch_transformer_layers=1, patch_transformer_hidden_size=8,
            patch_transformer_intermediate_size=8, patch_transformer_num_attention_heads=2,
        )  # fmt: skip
    if kind == "depth_pro":
        vit = {
            "model_type": "dinov2", "image_size": 16, "patch_size": 4, "hidden_size": 16, "mlp_ratio": 1,
            "num_hidden_layers": 2, "num_attention_heads": 2,
        }  # fmt: skip
        return t.DepthProConfig(
            patch_size=16, fusion_hidden_size=8, intermediate_hook_ids=[1, 0],
            intermediate_feature_dims=[4, 4], scaled_images_ratios=[0.5, 1.0],
            scaled_images_overlap_ratios=[0.0, 0.2], scaled_images_feature_dims=[4, 4],
            use_batch_norm_in_fusion_residual=False, image_model_config=vit, patch_model_config=vit,
            fov_model_config=vit, use_fov_model=True, num_fov_head_layers=1,
        )  # fmt: skip
    dino = t.Dinov2Config(
        **small,
        image_size=28,
        patch_size=14,
        out_features=FOUR,
        apply_layernorm=True,
        reshape_hidden_states=False,
    )
    if kind == "dpt-metres":
        return t.DPTConfig(
            backbone_config=dino, neck_hidden_sizes=[8, 8, 16, 16], fusion_hidden_size=256,
            add_projection=True, use_bias_in_fusion_residual=False, is_hybrid=False, image_size=28,
            patch_size=14,
        )  # fmt: skip
    metres = {"depth_estimation_type": "metric", "max_depth": 20} if kind.endswith("metres") else {}
    return t.DepthAnythingConfig(
        backbone_config=dino, reassemble_hidden_size=16, patch_size=14, neck_hidden_sizes=[4, 4, 8, 8],
        fusion_hidden_size=8, head_hidden_size=4, **metres,
    )  # fmt: skip


def model(kind: str):
    """A tiny model with weights that anybody can make again; see tiny_networks.seeded."""
    import torch
    import transformers

    settings = config(kind)
    made = transformers.MODEL_FOR_DEPTH_ESTIMATION_MAPPING[type(settings)](settings)
    parameters = dict(made.named_parameters())
    with torch.no_grad():
        for name, value in seeded({name: p.shape for name, p in parameters.items()}).items():
            parameters[name].copy_(torch.from_numpy(value))
        # a ramp at the end shall not give 0 everywhere
        for name in (
            "head.head.4.bias",
            "head.conv3.bias",
            "head.layers.4.bias",
            "fov_model.head.layers.2.bias",
        ):
            if name in parameters and kind != "depth_anything-metres":
                parameters[name].fill_(40.0 if name.startswith("fov") else 2.0)
    return made.eval()


def folder(path: Path, kind: str) -> Path:
    """A tiny model saved at `path`."""
    model(kind).save_pretrained(path, safe_serialization=True)
    described(path, kind)
    return path


def described(path: Path, kind: str) -> None:
    (path / "preprocessor_config.json").write_text(json.dumps(SEEN[kind]))
