"""Makes the golden flow anew with the official code.

    python make_raft.py TORCHVISION RAFT

TORCHVISION is an unpacked wheel (0.28.0 made what lies here), RAFT a checkout of
github.com/princeton-vl/RAFT (2888e15). torchvision's `raft.py` and what it needs of `ops/misc.py` are
run as they are, without torchvision being installed; what else they import is stood in for. Its
networks are given the weights of `seeded_raft.seeded` through `load_state_dict(strict=True)` and
`seeded_raft.pictures` as -1..1 in float32 on the CPU. Then princeton-vl's networks are given the same
weights under their own names, again strictly, and must give the same flow. The names and shapes of
both are kept beside it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import types
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
import seeded_raft as seed


def stand_in(name: str, folder: Path | None = None, **contents):
    module = types.ModuleType(name)
    if folder is not None:
        module.__path__ = [str(folder / name.replace(".", "/"))]
    for key, value in contents.items():
        setattr(module, key, value)
    sys.modules[name] = module


def torchvision_networks(folder: Path) -> dict[str, torch.nn.Module]:
    def decorator(*_, **__):
        return lambda function: function

    for name in ("torchvision", "torchvision.ops", "torchvision.models", "torchvision.models.optical_flow"):
        stand_in(name, folder)
    stand_in("torchvision.utils", _log_api_usage_once=lambda _: None, _make_ntuple=None)
    misc = importlib.import_module("torchvision.ops.misc")
    sys.modules["torchvision.ops"].Conv2dNormActivation = misc.Conv2dNormActivation
    stand_in("torchvision.transforms")
    stand_in("torchvision.transforms._presets", OpticalFlow=None)

    class WeightsEnum:
        @staticmethod
        def verify(weights):
            return weights

    stand_in(
        "torchvision.models._api", register_model=decorator, Weights=lambda **_: None, WeightsEnum=WeightsEnum
    )
    stand_in("torchvision.models._utils", handle_legacy_interface=decorator)
    raft = importlib.import_module("torchvision.models.optical_flow.raft")
    return {"raft-small": raft.raft_small(), "raft-large": raft.raft_large()}


def princeton_networks(folder: Path) -> dict[str, torch.nn.Module]:
    stand_in("scipy", interpolate=None)  # for what is not used here
    sys.path.insert(0, str(folder / "core"))
    raft = importlib.import_module("raft")
    return {
        f"raft-{size}": raft.RAFT(argparse.Namespace(small=size == "small", mixed_precision=False))
        for size in ("small", "large")
    }


def tensors(weights: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(value) for name, value in weights.items()}


@torch.no_grad()
def main(torchvision: Path, princeton: Path) -> None:
    pair = [torch.from_numpy(p).permute(2, 0, 1)[None].float() for p in seed.pictures()]
    kept: dict[str, np.ndarray] = {}
    parameters: dict[str, dict] = {}
    others = princeton_networks(princeton)
    for name, network in torchvision_networks(torchvision).items():
        weights = seed.seeded(seed.shapes_of(network))
        network.load_state_dict(tensors(weights), strict=True)
        flow = network.eval()(*(p / 255 * 2 - 1 for p in pair), num_flow_updates=seed.UPDATES)[-1]
        parameters[name] = seed.shapes_of(network)

        other = others[name]
        parameters[f"{name} princeton"] = seed.shapes_of(other)
        theirs = seed.under_their_names(parameters[f"{name} princeton"], weights)
        other.load_state_dict(tensors(theirs), strict=True)
        again = other.eval()(*pair, iters=seed.UPDATES, test_mode=True)[1]
        gap = float((again - flow).abs().max() / (flow.max() - flow.min()))
        print(name, "flow", float(flow.min()), float(flow.max()), "princeton-vl differs by", gap)
        assert gap < 1e-4
        kept[name] = flow[0].permute(1, 2, 0).numpy()[:: seed.STEP, :: seed.STEP]
    np.savez_compressed(seed.GOLDEN, parameters=np.array(json.dumps(parameters)), **kept)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
