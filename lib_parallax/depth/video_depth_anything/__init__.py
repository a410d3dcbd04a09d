"""Video-Depth-Anything: depth of video, steady over time, relative or in metres.

Source   https://github.com/DepthAnything/Video-Depth-Anything ("Video Depth Anything: Consistent
         Depth Estimation for Super-Long Videos", Chen et al., 2025)
Licence  the official code and the Small weights are Apache-2.0; the Base and Large weights are
         CC-BY-NC-4.0: not for commercial use. The motion modules go back to AnimateDiff
         (Apache-2.0, https://github.com/guoyww/AnimateDiff).

The modules here are Parallax's own, written from the architecture; they take the official
checkpoints unchanged (`video_depth_anything_vit{s,b,l}.pth` and
`metric_video_depth_anything_vit{s,b,l}.pth`) and give the official results, in windows of 32
frames (`VideoDepthAnything`) and frame by frame (`StreamingVideoDepthAnything`).
"""

from .estimator import VideoDepthAnything
from .names import NAMES, checkpoint_of, load
from .streaming import StreamingVideoDepthAnything

__all__ = ["NAMES", "StreamingVideoDepthAnything", "VideoDepthAnything", "checkpoint_of", "load"]
