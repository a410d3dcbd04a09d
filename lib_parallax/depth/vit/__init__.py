"""What the networks on a DINOv2 vision transformer share: backbone, DPT head, pictures in and out.

Written for Parallax from the published architecture; parameter names are those of the official
checkpoints, so that these load unchanged.

DINOv2   Apache-2.0, https://github.com/facebookresearch/dinov2
DPT      MIT, https://github.com/isl-org/DPT
both in the form that Depth-Anything-V2 gives them: Apache-2.0,
https://github.com/DepthAnything/Depth-Anything-V2
"""
