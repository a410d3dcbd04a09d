"""princeton-vl's names of parameters, which are told from torchvision's and turned into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# One after the other; the first comes from training on several devices.
RULES = (
    (r"^module\.", ""),
    (r"^fnet\.", "feature_encoder."),
    (r"^cnet\.", "context_encoder."),
    (r"^(\w+_encoder)\.conv1\.", r"\1.convnormrelu.0."),
    (r"^(\w+_encoder)\.norm1\.", r"\1.convnormrelu.1."),
    (r"^(\w+_encoder)\.conv2\.", r"\1.conv."),
    (r"(layer\d\.\d)\.conv(\d)\.", r"\1.convnormrelu\2.0."),
    (r"(layer\d\.\d)\.norm([12])\.", r"\1.convnormrelu\2.1."),
    (r"^update_block\.encoder\.conv\.", "update_block.motion_encoder.conv.0."),
    (r"^update_block\.encoder\.convc(\d)\.", r"update_block.motion_encoder.convcorr\1.0."),
    (r"^update_block\.encoder\.convf(\d)\.", r"update_block.motion_encoder.convflow\1.0."),
    (r"^update_block\.gru\.(conv[zrq])(\d)\.", r"update_block.recurrent_block.convgru\2.\1."),
    (r"^update_block\.gru\.(conv[zrq])\.", r"update_block.recurrent_block.convgru1.\1."),
    (r"^update_block\.mask\.0\.", "mask_predictor.convrelu.0."),
    (r"^update_block\.mask\.2\.", "mask_predictor.conv."),
)
# The norm of a block's shortcut, which is there a second time as downsample.1.
REPEATED = re.compile(r"layer\d\.\d\.norm3\.")


def torchvision_names(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same tensors under torchvision's names; those of any other origin are left alone."""
    if not any(name.removeprefix("module.").startswith("fnet.") for name in state):
        return state
    return {renamed(name): tensor for name, tensor in state.items() if not REPEATED.search(name)}


def renamed(name: str) -> str:
    """torchvision's name of a parameter, given princeton-vl's."""
    for pattern, replacement in RULES:
        name = re.sub(pattern, replacement, name)
    return name
