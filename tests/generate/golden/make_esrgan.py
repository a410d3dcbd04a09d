"""Makes the golden upscales anew with the official definitions of the networks.

    python make_esrgan.py BASICSR

A checkout of github.com/XPixelGroup/BasicSR; 8d56e3a made what lies here. Its `rrdbnet_arch.py`,
`srvgg_arch.py`, `arch_util.py` and `registry.py` are run as they are; torchvision and the compiled
operations that they import, and these networks do not use, are stood in for. Each network is given
the weights of `tiny_esrgan.seeded` through `load_state_dict(strict=True)` and `tiny_esrgan.picture`
as 0..1 in float32 on the CPU. The names and shapes of its parameters are kept beside the result.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
import types
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
import tiny_esrgan as tiny


def official(folder: Path) -> tuple[type, type]:
    for name in ("basicsr", "basicsr.archs", "basicsr.utils", "basicsr.ops", "basicsr.ops.dcn"):
        stand_in = types.ModuleType(name)
        stand_in.__path__ = [str(folder / name.replace(".", "/"))]
        sys.modules[name] = stand_in
    sys.modules["basicsr.ops.dcn"].ModulatedDeformConvPack = torch.nn.Module
    sys.modules["basicsr.ops.dcn"].modulated_deform_conv = None
    sys.modules["basicsr.utils"].get_root_logger = logging.getLogger
    sys.modules["torchvision"] = types.ModuleType("torchvision")
    rrdb = importlib.import_module("basicsr.archs.rrdbnet_arch")
    compact = importlib.import_module("basicsr.archs.srvgg_arch")
    return rrdb.RRDBNet, compact.SRVGGNetCompact


@torch.no_grad()
def made_by(network: torch.nn.Module) -> np.ndarray:
    weights = tiny.seeded(tiny.shapes_of(network))
    network.load_state_dict({name: torch.from_numpy(w) for name, w in weights.items()}, strict=True)
    pixels = torch.from_numpy(tiny.picture(tiny.SIZE)).permute(2, 0, 1)[None].float() / 255
    return network.eval()(pixels)[0].permute(1, 2, 0).numpy()


if __name__ == "__main__":
    RRDBNet, SRVGGNetCompact = official(Path(sys.argv[1]))
    kept, parameters = {}, {}
    for name, arguments in {**tiny.RRDB, **tiny.COMPACT}.items():
        kind = RRDBNet if name in tiny.RRDB else SRVGGNetCompact
        network = kind(num_in_ch=3, num_out_ch=3, **arguments)
        parameters[name] = tiny.shapes_of(network)
        kept[name] = made_by(network)
        print(name, kept[name].shape, kept[name].min(), kept[name].max(), kept[name].std())
    np.savez_compressed(tiny.GOLDEN, parameters=np.array(json.dumps(parameters)), **kept)
