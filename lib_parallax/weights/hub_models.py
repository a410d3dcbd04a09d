"""Models of the Hugging Face hub that have a short name here; any other goes by its `owner/name`.

Licences and sizes are those that the models' pages state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .catalogue import spell_size

APACHE, MIT = "Apache-2.0", "MIT"
# Licences that forbid commercial use, as pages spell them: one of these words is in them.
NON_COMMERCIAL = ("-nc", "non-commercial", "noncommercial", "apple-amlr", "research-only")


@dataclass(frozen=True)
class HubModel:
    """A model of the hub: a folder of files at `owner/name`.

    package  that runs it, "transformers" or "diffusers".
    task     what it is for: "depth", or "segment" (masks from words).
    size     in bytes, about.
    config   what in its config.json tells which version of the package has it.
    """

    name: str
    id: str
    title: str
    licence: str
    commercial: bool = True
    package: str = "transformers"
    size: int | None = None
    note: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    task: str = "depth"

    @property
    def size_text(self) -> str:
        return "unknown size" if self.size is None else f"about {spell_size(self.size)}"

    @property
    def address(self) -> str:
        return f"https://huggingface.co/{self.id}"


_DPT, _HYBRID = {"model_type": "dpt"}, {"model_type": "dpt", "is_hybrid": True}
_BEIT = {"model_type": "dpt", "backbone_config": {"model_type": "beit"}}
_DEPTH_ANYTHING = {"model_type": "depth_anything"}
_DINO, _SAM = {"model_type": "grounding-dino"}, {"model_type": "sam"}

HUB_MODELS: dict[str, HubModel] = {
    model.name: model
    for model in (
        HubModel(
            "dpt-large", "Intel/dpt-large", "MiDaS 3.0, DPT large",
            APACHE, size=1_370_000_000, config=_DPT,
        ),
        HubModel(
            "dpt-hybrid", "Intel/dpt-hybrid-midas", "MiDaS 3.0, DPT hybrid",
            APACHE, size=490_000_000, config=_HYBRID,
        ),
        HubModel(
            "dpt-beit-large", "Intel/dpt-beit-large-512", "MiDaS 3.1, DPT on BEiT large",
            MIT, size=1_380_000_000, config=_BEIT,
        ),
        HubModel(
            "depth-anything-v1-small", "LiheYoung/depth-anything-small-hf", "Depth Anything, small",
            APACHE, size=99_000_000, config=_DEPTH_ANYTHING,
        ),
        HubModel(
            "depth-anything-v1-large", "LiheYoung/depth-anything-large-hf", "Depth Anything, large",
            APACHE, size=1_340_000_000, config=_DEPTH_ANYTHING,
        ),
        HubModel(
            "glpn-nyu", "vinvino02/glpn-nyu", "GLPN, metres indoors",
            APACHE, size=245_000_000, config={"model_type": "glpn"},
        ),
        HubModel(
            "zoedepth", "Intel/zoedepth-nyu-kitti", "ZoeDepth, metres",
            MIT, size=1_380_000_000, config={"model_type": "zoedepth"},
        ),
        HubModel(
            "depth-pro", "apple/DepthPro-hf", "DepthPro, metres and sharp edges",
            "apple-amlr", False, size=1_900_000_000, config={"model_type": "depth_pro"},
            note="for research only",
        ),
        HubModel(
            "marigold", "prs-eth/marigold-depth-v1-1", "Marigold 1.1, for stills",
            "see its page", package="diffusers",
        ),
        HubModel(
            "marigold-lcm", "prs-eth/marigold-depth-lcm-v1-0", "Marigold in one step, for stills",
            "see its page", package="diffusers",
        ),
        HubModel(
            "clipseg", "CIDAS/clipseg-rd64-refined", "CLIPSeg, refined",
            "see its page", size=603_000_000, config={"model_type": "clipseg"}, task="segment",
            note="its code is under MIT, which by its authors' word does not hold for the weights",
        ),
        HubModel(
            "grounding-dino-tiny", "IDEA-Research/grounding-dino-tiny", "Grounding DINO, tiny",
            APACHE, size=689_000_000, config=_DINO, task="segment",
            note="finds boxes; SAM makes masks of them",
        ),
        HubModel(
            "grounding-dino-base", "IDEA-Research/grounding-dino-base", "Grounding DINO, base",
            APACHE, size=933_000_000, config=_DINO, task="segment",
            note="finds boxes; SAM makes masks of them",
        ),
        HubModel(
            "sam-base", "facebook/sam-vit-base", "SAM, base",
            APACHE, size=375_000_000, config=_SAM, task="segment",
        ),
        HubModel(
            "sam-large", "facebook/sam-vit-large", "SAM, large",
            APACHE, size=1_250_000_000, config=_SAM, task="segment",
        ),
        HubModel(
            "sam-huge", "facebook/sam-vit-huge", "SAM, huge",
            APACHE, size=2_560_000_000, config=_SAM, task="segment",
        ),
    )
}  # fmt: skip


def hub_model(name: str) -> HubModel | None:
    """The model of that short name or `owner/name`; None where it has no short name."""
    if name in HUB_MODELS:
        return HUB_MODELS[name]
    return next((model for model in HUB_MODELS.values() if model.id == name), None)


def stated_licence(readme: str) -> str | None:
    """The licence in the head of a model's page (README.md), or None.

    The head is YAML between two lines of dashes; `license` is a word there, with a name or a link
    beside it where the word is "other".
    """
    lines = readme.splitlines()
    if not lines or lines[0].strip() != "---":
        return None
    head: dict[str, str] = {}
    for line in lines[1:]:
        if line.strip() == "---":
            break
        key, colon, value = line.partition(":")
        if colon and key in ("license", "license_name"):
            head[key] = value.strip().strip("\"'")
    word = head.get("license", "")
    return (head.get("license_name") or word if word in ("", "other") else word) or None


def is_commercial(licence: str) -> bool:
    """Whether nothing in a licence's name says that commercial use is forbidden."""
    return not any(word in licence.lower() for word in NON_COMMERCIAL)
