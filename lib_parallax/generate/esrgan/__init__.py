"""Real-ESRGAN: pictures enlarged by a network that also takes noise and compression out of them.

Source   https://github.com/xinntao/Real-ESRGAN ("Real-ESRGAN: Training Real-World Blind
         Super-Resolution with Pure Synthetic Data", Wang et al., 2021)
Licence  BSD-3-Clause, code and weights.

The modules here are Parallax's own, written from the architecture; they take the official
checkpoints unchanged and give the official results.
"""

from .upscaler import NETWORKS, Upscaler

__all__ = ["NETWORKS", "Upscaler"]
