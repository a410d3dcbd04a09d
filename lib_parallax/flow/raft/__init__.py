"""RAFT: optical flow by looking up, again and again, how alike all points of two pictures are.

Paper    "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow", Teed and Deng, 2020
Source   https://github.com/princeton-vl/RAFT, and torchvision's in https://github.com/pytorch/vision
Licence  BSD-3-Clause, both; the weights that the catalogue names are torchvision's.

The modules here are Parallax's own, written from the paper; torchvision is not needed. They take
torchvision's checkpoints unchanged, and princeton-vl's, and give what the official code gives.
"""

from .estimator import Raft

__all__ = ["Raft"]
