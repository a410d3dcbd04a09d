"""A still whose depth changes: one picture, and a depth for every frame of the move.

The depth maps are spread over the result, the first at its first frame and the last at its last; between
two of them depth runs straight from one to the other. Nothing is painted behind things: what is behind
them changes with the depth, so walls are stretched, as through a video.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np

from ...depth.supplied import resized
from ...errors import DepthFileError
from ...media import Reader, open_depth
from ...options import ParallaxOptions
from ...types import Depth, Size
from .pictures import Scene, sharp

STRETCHED = "the depth changes over the frames, so what the move uncovers is stretched, not painted"


def depth_changes(source: Reader, options: ParallaxOptions) -> bool:
    """Whether there is one picture, and several depths for it. Raises DepthFileError."""
    if options.depth is None or source.kind not in ("picture", "none"):
        return False
    with closing(open_depth(Path(options.depth).expanduser())) as reader:
        return reader.count() > 1


def scenes_over(scene: Scene, path: str, frames: int, first: int = 0) -> Iterator[Scene]:
    """The scene at every frame from `first` on, with the depth of `path` spread over `frames` of them."""
    picture = scene.picture
    for depth in depths_over(path, (picture.shape[1], picture.shape[0]), frames, first):
        yield Scene(picture, sharp(Depth(depth, "relative", (0.0, 1.0)), picture))


def depths_over(path: str, size: Size, frames: int, first: int = 0) -> Iterator[np.ndarray]:
    """Depth for every frame from `first` on, float32 [H, W] in 0..1, at (width, height).

    Raises DepthFileError for a file that cannot be read to its end.
    """
    with closing(open_depth(Path(path).expanduser())) as reader:
        last = reader.count() - 1
        at = min(first * last // max(1, frames - 1), last - 1)
        maps = (resized(found.image, size) for found in reader.frames(at))
        earlier, later = _next(maps, path), _next(maps, path)
        for frame in range(first, frames):
            place = Fraction(frame * last, max(1, frames - 1))
            while at < min(int(place), last - 1):
                earlier, later, at = later, _next(maps, path), at + 1
            yield earlier + (later - earlier) * np.float32(place - at)


def _next(maps: Iterator[np.ndarray], path: str) -> np.ndarray:
    found = next(maps, None)
    if found is None:
        raise DepthFileError(f"{path} ends before the last of its depths")
    return found
