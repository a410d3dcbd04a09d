"""Keyframes enlarged each by itself, or with the one before put in: what is seen where one takes over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from lib_parallax.generate import Upscale
from lib_parallax.loops.store import MemoryStore
from lib_parallax.loops.zoom.course import course_of
from lib_parallax.loops.zoom.keyframes import Keyframes, enlarged
from lib_parallax.options import ZoomOptions, parse
from lib_parallax.types import Image
from lib_parallax.warp import ZoomStack

FRAME, KEYFRAME, STEPS = 256, 128, 3
SCALE = 2 * FRAME / KEYFRAME
OPTIONS = parse(ZoomOptions, {"prompt": "-", "count": STEPS})


class Sharpening:
    """Enlarges by Lanczos and sharpens, as networks do to texture."""

    def __init__(self, amount: float):
        self._amount = amount

    def upscale(self, request: Upscale, cancel: Any = None) -> Image:
        image = cv2.resize(
            request.image, None, fx=request.scale, fy=request.scale, interpolation=cv2.INTER_LANCZOS4
        )
        soft = cv2.GaussianBlur(image, (0, 0), request.scale / 2)
        return cv2.addWeighted(image, 1 + self._amount, soft, -self._amount, 0)


def upscaled_table(
    pictures: Sequence[Image],
    truth: Callable[[float], np.ndarray],
    sharpness: Callable[[np.ndarray], tuple[float, float]],
    frames: int = 24,
) -> list[dict[str, Any]]:
    """Two steps, over the keyframe between them.

    error  of each change from frame to frame, as a share of the true change
    ring   sharpness of the frame's outermost eighth in that of its middle, as shares of the truth's
    jump   the most by which that changes from one frame to the next
    """
    rows = []
    positions = 0.5 + np.arange(2 * frames + 1) / frames
    true = [truth(p) for p in positions]
    for amount in (0.0, 1.0, 2.0):
        upscaler: Any = Sharpening(amount)
        keyframes = Keyframes(len(pictures), pictures.__getitem__)
        course = course_of(OPTIONS, STEPS, (KEYFRAME, KEYFRAME))
        alone = [upscaler.upscale(Upscale(image, SCALE)) for image in pictures]
        within = enlarged(keyframes, SCALE, upscaler, OPTIONS, course, MemoryStore(), None)
        for label, stack in (("each by itself", alone), ("the one before put in", within)):
            zoom = ZoomStack(stack, feather=2 * OPTIONS.overlap / 100)
            made = [zoom.frame(p, (FRAME, FRAME)).astype(np.float32) for p in positions]
            errors = [
                _rms((b - a) - (d - c)) / _rms(d - c)
                for (a, b), (c, d) in zip(pairwise(made), pairwise(true), strict=True)
            ]
            ratios = [np.divide(sharpness(m), sharpness(t)) for m, t in zip(made, true, strict=True)]
            ring = [r / c for r, c in ratios]
            psnr = [20 * np.log10(255 / _rms(m - t)) for m, t in zip(made, true, strict=True)]
            rows.append(
                {
                    "sharpened by": amount,
                    "keyframes": label,
                    "error worst": max(errors),
                    "error mean": float(np.mean(errors)),
                    "PSNR worst": min(psnr),
                    "PSNR mean": float(np.mean(psnr)),
                    "ring least": min(ring),
                    "ring most": max(ring),
                    "jump": float(np.abs(np.diff(ring)).max()),
                }
            )
    return rows


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
