"""Part of `depth`: what the networks cost, with random weights of the right shape."""

from __future__ import annotations

from collections.abc import Callable

import torch
from _clock import spent

from lib_parallax.depth.video_depth_anything.windows import LENGTH, STEP
from lib_parallax.depth.vit.pictures import INPUT_SIZE, network_size
from lib_parallax.depth.vit.shapes import SHAPES

SIZES = (252, 392, INPUT_SIZE)
WINDOW = 4  # frames that the motion modules are measured on: the cost of a frame hardly depends on how many

Row = dict[str, object]


def networks_table(models: list[str], sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """CPU-seconds of the network alone for a 16:9 frame, one run each."""
    rows: list[Row] = []
    for model in models:
        still, video = _still(model), _video(model)
        for size in sizes:
            width, height = network_size(1920, 1080, size)
            pictures = torch.rand(1, 3, height, width)
            rows.append({
                "size": model, "network sees": f"{width}x{height}",
                "Depth-Anything-V2 cpu_s": still(pictures),
                "Video-Depth-Anything cpu_s": video(pictures),
            })  # fmt: skip
    return rows


def estimate_cost(size: int, model: str = "small") -> float:
    """CPU-seconds that Depth-Anything-V2 takes for a 16:9 frame at that input size."""
    width, height = network_size(1920, 1080, size)
    return _still(model)(torch.rand(1, 3, height, width))


def _still(model: str) -> Callable[[torch.Tensor], float]:
    from lib_parallax.depth.depth_anything_v2.network import Network

    network = Network(SHAPES[model], None).eval()
    _seconds(lambda: network(torch.rand(1, 3, 28, 28)))
    return lambda pictures: _seconds(lambda: network(pictures))


def _video(model: str) -> Callable[[torch.Tensor], float]:
    """A frame is looked at once; the head looks through LENGTH frames for each STEP new ones."""
    from lib_parallax.depth.video_depth_anything.network import Network

    network = Network(SHAPES[model]).eval()

    def cost(pictures: torch.Tensor) -> float:
        looks = []
        seen = _seconds(lambda: looks.extend(network.look(pictures)))
        window = _seconds(lambda: network.depth(looks * WINDOW, range(WINDOW), 1))
        return seen + window / WINDOW * LENGTH / STEP

    cost(torch.rand(1, 3, 28, 28))
    return cost


def _seconds(work: Callable[[], object]) -> float:
    torch.set_num_threads(1)  # several wait for each other, and waiting counts as work
    with torch.inference_mode():
        return spent(work).cpu_s
