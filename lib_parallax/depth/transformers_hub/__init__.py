"""Depth models of the Hugging Face hub, run by the installed transformers (Apache-2.0).

https://github.com/huggingface/transformers. Which of them it has depends on its version; each
model has a licence of its own, on its page.

    TransformersDepth("/models/dpt-large").estimate(image)
"""

from .estimator import TransformersDepth

__all__ = ["TransformersDepth"]
