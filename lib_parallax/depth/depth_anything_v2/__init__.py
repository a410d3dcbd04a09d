"""Depth-Anything-V2: depth of single pictures, relative or in metres.

Source   https://github.com/DepthAnything/Depth-Anything-V2 ("Depth Anything V2", Yang et al., 2024)
Licence  the official code and the Small weights are Apache-2.0; the Base and Large weights are
         CC-BY-NC-4.0: not for commercial use.

The modules here are Parallax's own, written from the architecture; they take the official
checkpoints unchanged (`depth_anything_v2_vit{s,b,l}.pth` and
`depth_anything_v2_metric_{hypersim,vkitti}_vit{s,b,l}.pth`) and give the official results.
"""

from .estimator import NAMES, DepthAnythingV2, checkpoint_of, load

__all__ = ["NAMES", "DepthAnythingV2", "checkpoint_of", "load"]
