"""Words in a pipeline's call: as they are, or of several prompts the encoded ones, mixed.

They are mixed linearly, token by token: attention reads the encodings linearly, the encoders' last
normalisation leaves them alike in length, and of more than two prompts a line has but one meaning.
"""

from __future__ import annotations

from typing import Any

from ..blending import shares_of
from ..requests import Img2Img, Inpaint, Txt2Img

# What `encode_prompt` gives: of SD 1 and 2 the first two, of XL all.
_ENCODED = (
    "prompt_embeds", "negative_prompt_embeds", "pooled_prompt_embeds", "negative_pooled_prompt_embeds",
)  # fmt: skip


def words_of(pipeline: Any, request: Txt2Img | Img2Img | Inpaint) -> dict[str, Any]:
    """The words of a request as arguments of a pipeline. Those of a blend were encoded on its device."""
    import torch

    shares = shares_of(request)
    if len(shares) == 1:
        return {"prompt": shares[0].prompt, "negative_prompt": shares[0].negative}
    mixed: list[Any] = []
    with torch.no_grad():
        for share in shares:
            encoded = pipeline.encode_prompt(
                prompt=share.prompt,
                negative_prompt=share.negative,
                device=pipeline._execution_device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=True,
            )
            weighed = [share.weight * part for part in encoded]
            mixed = [before + part for before, part in zip(mixed, weighed, strict=True)] if mixed else weighed
    return dict(zip(_ENCODED, mixed, strict=False))
