"""Makes the golden depth anew with the official code.

    python make.py DEPTH_ANYTHING_V2 VIDEO_DEPTH_ANYTHING

Both are checkouts of the official repositories (github.com/DepthAnything/Depth-Anything-V2 at
a561b84 and github.com/DepthAnything/Video-Depth-Anything at 4f5ae23 made what lies here); they
need torchvision, einops and easydict. Each network is built by its official class at the size of
`TINY`: the transformer by the official DinoVisionTransformer with those numbers in place of the
table of three, the head by its own arguments. It is given the weights of `tiny_networks.seeded`
through `load_state_dict(strict=True)` and run by its official inference (`infer_image`,
`infer_video_depth` and `infer_video_depth_one` in float32 on the CPU). The names and shapes of its
parameters are kept beside the depth.
"""

from __future__ import annotations

import importlib
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
import tiny_networks as tiny

METRES = {"indoor": 20.0, "outdoor": 80.0}


def official(folder: Path, package: str, module: str, class_name: str, **more):
    for name in [n for n in sys.modules if n.partition(".")[0] == package]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    part = importlib.import_module(f"{package}.{module}")
    dino = importlib.import_module(f"{package}.dinov2")
    sys.path.remove(str(folder))
    shape = tiny.TINY
    part.DINOv2 = lambda model_name: dino.DinoVisionTransformer(
        img_size=518, patch_size=14, embed_dim=shape.embed, depth=shape.depth, num_heads=shape.heads,
        init_values=1.0, block_chunks=0, block_fn=partial(dino.Block, attn_class=dino.MemEffAttention),
    )  # fmt: skip
    channels = list(shape.channels)
    network = getattr(part, class_name)("vits", shape.features, out_channels=channels, **more)
    network.intermediate_layer_idx = {"vits": list(shape.taps)}
    weights = tiny.seeded(tiny.shapes_of(network))
    network.load_state_dict({name: torch.from_numpy(w) for name, w in weights.items()}, strict=True)
    return network.eval()


def stills(folder: Path) -> dict[str, np.ndarray]:
    made = {}
    for name, (size, input_size, metric) in tiny.STILLS.items():
        where = folder / "metric_depth" if metric else folder
        more = {"max_depth": METRES[metric]} if metric else {}
        network = official(where, "depth_anything_v2", "dpt", "DepthAnythingV2", **more)
        made[name] = network.infer_image(tiny.picture(size)[..., ::-1], input_size)
    made["parameters"] = np.array(json.dumps(tiny.shapes_of(network)))
    return made


def films(folder: Path) -> dict[str, np.ndarray]:
    pictures = np.stack([frame.image for frame in tiny.film(tiny.FILM)])
    made = {}
    for name, metric in (("windows", False), ("metric", True)):
        network = official(folder, "video_depth_anything", "video_depth", "VideoDepthAnything", metric=metric)
        depth, _ = network.infer_video_depth(pictures, 24, tiny.FILM_INPUT, "cpu", fp32=True)
        made[name] = depth[:: tiny.KEPT[name]]
    network = official(folder, "video_depth_anything", "video_depth_stream", "VideoDepthAnything")
    depth = np.stack([network.infer_video_depth_one(p, tiny.FILM_INPUT, "cpu", fp32=True) for p in pictures])
    made["streaming"] = depth[:: tiny.KEPT["streaming"]]
    made["parameters"] = np.array(json.dumps(tiny.shapes_of(network)))
    return made


if __name__ == "__main__":
    here = Path(__file__).parent
    sys.path.append(sys.argv[2])  # the video repository's own `utils`
    np.savez_compressed(here / "depth_anything_v2.npz", **stills(Path(sys.argv[1])))
    np.savez_compressed(here / "video_depth_anything.npz", **films(Path(sys.argv[2])))
