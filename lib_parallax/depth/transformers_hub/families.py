"""The kinds of depth model that transformers has: since when, what they give, how they look at pictures.

Versions are those of the first release that has the model in its depth-estimation mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...errors import SourceError, UnavailableError
from ..pretrained import imported, shortfall
from .look import Look

# What comes out of a network: inverse depth of unknown scale and shift, metres, or (DepthPro)
# inverse depth for a focal length of one picture width, beside the field of view.
INVERSE, METRES, CANONICAL = "inverse", "metres", "canonical"


@dataclass(frozen=True)
class Family:
    """A kind of model: its name, the transformers that brings it, what it gives, how it looks.

    enlarge  how its depth is brought to the picture's size.
    known    whether somebody looked at what this kind gives, or it is taken for the usual.
    """

    title: str
    since: str
    meaning: str
    look: Look
    enlarge: str = "bicubic"
    known: bool = True

    @property
    def kind(self) -> str:
        return "relative" if self.meaning == INVERSE else "metric"


FAMILIES = {
    "dpt": Family("DPT, MiDaS", "4.24", INVERSE, Look()),
    "glpn": Family(
        "GLPN", "4.24", METRES,
        Look(size=None, multiple=32, resample="bilinear", mean=(0.0,) * 3, deviation=(1.0,) * 3),
    ),
    "depth_anything": Family(
        "Depth Anything", "4.38", INVERSE, Look((518, 518), keep_aspect=True, multiple=14)
    ),
    "zoedepth": Family(
        "ZoeDepth", "4.43", METRES,
        Look(
            (384, 512), keep_aspect=True, multiple=32, resample="bilinear", antialias=False,
            align_corners=True, pad=True,
        ),
    ),
    "depth_pro": Family(
        "DepthPro", "4.49", CANONICAL,
        Look((1536, 1536), resample="bilinear", antialias=False, fixed=True),
        enlarge="bilinear",
    ),
}  # fmt: skip
METRIC_DEPTH_ANYTHING = "4.45"
ANY_BACKBONE = "4.36"  # a DPT head on BEiT or DINOv2
BACKBONES = {"swinv2": "4.37"}
OTHER = Family("", "4.24", INVERSE, Look(fixed=True), known=False)

UNFIT = {
    "chmv2": "tells how tall trees are, seen from above",
    "prompt_depth_anything": "refines the depth of a sensor, which a picture alone does not bring",
}


def family_of(config: Mapping[str, Any], name: str) -> Family:
    """The family of a model with this `config.json`.

    Raises SourceError for what is no depth model, UnavailableError where the installed
    transformers cannot run it, naming the version that can.
    """
    kind = config.get("model_type")
    heads = [str(head) for head in config.get("architectures") or ()]
    if kind in UNFIT:
        raise SourceError(f"{name} is not for depth of pictures: it {UNFIT[kind]}")
    if heads and not any(head.endswith("ForDepthEstimation") for head in heads):
        raise SourceError(f"{name} is no depth model: its config.json says {', '.join(heads)[:100]}")
    if not isinstance(kind, str):
        raise SourceError(f"{name} is no depth model: its config.json names no model_type")
    elsewhere = config.get("backbone")
    if elsewhere is not None and config.get("backbone_config") is None:
        raise SourceError(f"{name} takes its backbone from {elsewhere!r}, which would have to be downloaded")
    family = FAMILIES.get(kind, OTHER)
    lacking = shortfall("transformers", since(kind, config))
    if lacking:
        raise UnavailableError(f"{name} {lacking}")
    if not family.known:
        _check_mapping(kind, name)
    return _as_configured(kind, family, config)


def since(kind: str, config: Mapping[str, Any]) -> str:
    """The transformers that brings a model of this kind and configuration."""
    if kind == "dpt" and not config.get("is_hybrid") and config.get("backbone_config"):
        backbone = config["backbone_config"]
        inner = backbone.get("model_type") if isinstance(backbone, Mapping) else None
        return BACKBONES.get(str(inner), ANY_BACKBONE)
    if kind == "depth_anything" and config.get("depth_estimation_type") == "metric":
        return METRIC_DEPTH_ANYTHING
    return FAMILIES.get(kind, OTHER).since


def _as_configured(kind: str, family: Family, config: Mapping[str, Any]) -> Family:
    """The family as this very model has it."""
    if kind == "dpt" and config.get("is_hybrid"):
        return replace(family, look=replace(family.look, fixed=True))
    # DINOv2's heads of its own, trained on metres; no other model has the projection
    if kind == "dpt" and config.get("add_projection"):
        return replace(family, meaning=METRES)
    if kind == "depth_anything" and config.get("depth_estimation_type") == "metric":
        return replace(family, meaning=METRES)
    if kind == "depth_pro" and not config.get("use_fov_model"):
        return replace(family, meaning=INVERSE)
    if not family.known and (config.get("depth_estimation_type") == "metric" or config.get("max_depth")):
        return replace(family, meaning=METRES)
    return family


def _check_mapping(kind: str, name: str) -> None:
    transformers = imported("transformers", name)
    installed = f"the installed transformers {transformers.__version__}"
    if kind not in transformers.CONFIG_MAPPING:
        raise UnavailableError(f"{name} is of the kind {kind!r}, which {installed} does not know")
    if transformers.CONFIG_MAPPING[kind] not in transformers.MODEL_FOR_DEPTH_ESTIMATION_MAPPING:
        raise SourceError(f"{name} is no depth model: {installed} has no depth head for {kind!r}")
