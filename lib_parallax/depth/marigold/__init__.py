"""Marigold: Repurposing Diffusion-Based Image Generators for Monocular Depth Estimation (CVPR 2024).

https://github.com/prs-eth/Marigold (Apache-2.0), run by diffusers
(https://github.com/huggingface/diffusers, Apache-2.0). Checkpoints have licences of their own.

    Marigold("/models/marigold-depth-v1-1").estimate(image)
"""

from .estimator import Marigold

__all__ = ["Marigold"]
