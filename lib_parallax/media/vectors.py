"""The motion vectors of a decoded frame, taken out of FFmpeg's side data (AVMotionVector).

H.264, MPEG-4 and MPEG-1/2 hand theirs out; HEVC, AV1, VP9 and what is coded picture by picture do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..types import MotionVectors
from .orientation import Orientation
from .side_data import side_data


def vectors_of(frame: Any) -> MotionVectors | None:
    """The vectors of a PyAV frame as it lies in the file; None where it has none, as a key frame."""
    found = side_data(frame, "MOTION_VECTORS")
    if found is None:
        return None
    raw = found.to_ndarray()
    size = np.array([frame.width, frame.height], np.float32)
    middle = np.stack([raw["dst_x"], raw["dst_y"]], 1).astype(np.float32)
    half = np.stack([raw["w"], raw["h"]], 1).astype(np.float32) / 2
    motion = np.stack([raw["motion_x"], raw["motion_y"]], 1) / np.maximum(raw["motion_scale"], 1)[:, None]
    place = np.concatenate([(middle - half) / size, (middle + half) / size], 1)
    return MotionVectors(place, (motion / size).astype(np.float32), raw["source"] < 0)


def turned(vectors: MotionVectors, orientation: Orientation) -> MotionVectors:
    """The vectors of the upright picture."""
    place, motion = vectors.place, vectors.motion
    if orientation.transpose:
        place, motion = place[:, [1, 0, 3, 2]], motion[:, ::-1]
    for axis, mirror in enumerate((orientation.mirror_x, orientation.mirror_y)):
        if mirror:
            low, high = axis, axis + 2
            place, motion = place.copy(), motion.copy()
            place[:, [low, high]] = 1 - place[:, [high, low]]
            motion[:, axis] *= -1
    return MotionVectors(np.ascontiguousarray(place), np.ascontiguousarray(motion), vectors.past)
