"""Several prompts in one request: what each weighs, and when there is only one after all."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from .requests import Img2Img, Inpaint, Share, Txt2Img

P = TypeVar("P", Txt2Img, Img2Img, Inpaint)
ROUNDING = 1e-6  # a weight that misses 0 by no more is taken for it


def shares_of(request: Txt2Img | Img2Img | Inpaint) -> tuple[Share, ...]:
    """Every prompt of a request, its own first. Their weights are above 0 and add up to 1, none is there
    twice; without a blend there is one."""
    left = 1 - sum(share.weight for share in request.blend)
    weights: dict[tuple[str, str], float] = {}
    for prompt, weight, negative in (Share(request.prompt, left, request.negative), *request.blend):
        if weight > ROUNDING:
            weights[prompt, negative] = weights.get((prompt, negative), 0.0) + weight
    if len(weights) == 1:
        weights = dict.fromkeys(weights, 1.0)
    return tuple(Share(prompt, weight, negative) for (prompt, negative), weight in weights.items())


def settled(request: P) -> P:
    """The request as backends get it: a blend of which one prompt has everything is that prompt alone."""
    first, *others = shares_of(request)
    return replace(request, prompt=first.prompt, negative=first.negative, blend=tuple(others))
