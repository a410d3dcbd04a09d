"""A step's picture and depth as another camera sees them, as sharp after forty steps as after one.

Every step samples the last one's pixels anew. Bilinear sampling would blur away in a dozen steps what stays
in the picture, so within surfaces it is Lanczos, held within the colours around so that nothing rings.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ....types import Image, Mask, Size
from ....warp import warp_flow
from ....warp.camera import Camera, rays
from ....warp.parallax_layers import STEP, Sheet, render_layers_deep
from .steps import Step
from .way import Way

SAMPLES = 2  # across and down a pixel at the borders of things
REACH = 3  # pixels that Lanczos looks at on either side


class Carried(NamedTuple):
    """What another camera sees of a step.

    image   uint8 [h, w, 3]
    depth   float32 [h, w], as it is from there; in holes, that of a wall between near and far
    holes   bool [h, w], what the picture does not show
    beyond  of these what lies beyond its edges
    across  whether things pass each other sideways there rather than up and down
    """

    image: Image
    depth: np.ndarray
    holes: Mask
    beyond: Mask
    across: Mask


def carried(
    step: Step, way: Way, height: float, fov: float, size: Size | None = None, supersampling: int = 1
) -> Carried:
    """The view of (width, height), by default the picture's, over a relief of that height."""
    source = (step.picture.shape[1], step.picture.shape[0])
    size = size or source
    camera = way.camera(height, fov)
    sheet = Sheet(step.picture, step.depth, np.ones(step.depth.shape, bool))
    image, holes, depth = render_layers_deep((sheet,), camera, size, supersampling)
    flow, across = led(camera, depth * np.float32(height), size, source)
    x, y = (flow[..., i] + grid for i, grid in enumerate(np.meshgrid(*map(np.arange, size))))
    beyond = (x < -0.5) | (y < -0.5) | (x > source[0] - 0.5) | (y > source[1] - 0.5)
    if supersampling == 1:
        image = np.where((level(step.depth, flow) & ~holes)[..., None], sharp(step.picture, flow), image)
    return Carried(image, way.depth(depth, height), holes, holes & beyond, across)


def onward(step: Step, way: Way, height: float, fov: float) -> Carried:
    """The same for the next step: the picture's borders of things are as smooth as those of a photograph."""
    seen = carried(step, way, height, fov)
    fine = carried(step, way, height, fov, None, SAMPLES).image
    edges = unlevel(seen.depth) & ~seen.holes
    return seen._replace(image=np.where(edges[..., None], fine, seen.image))


def led(camera: Camera, u: np.ndarray, size: Size, source: Size) -> tuple[np.ndarray, Mask]:
    """The flow from each pixel of a view to where it hits the picture at heights `u`, float32 [h, w, 2], and
    whether its rays pass over the picture sideways rather than up and down."""
    way = rays(camera, size, source)
    columns, rows = np.meshgrid(*map(np.arange, size))
    gx, gy, w = np.tensordot(way.turn, np.stack([columns, rows, np.ones_like(rows)]), 1)
    found, passed = [], []
    for g, (p, q, r, t), own in ((gx / w, way.across, columns), (gy / w, way.down, rows)):
        found.append(p * g + q + u * (r * g + t) - own)
        passed.append(np.abs(r * g + t))
    return np.stack(found, -1).astype(np.float32), passed[0] >= passed[1]


def level(depth: np.ndarray, flow: np.ndarray) -> Mask:
    """Where all that Lanczos looks at is of one surface; bool [h, w]."""
    near = cv2.dilate(unlevel(depth).astype(np.uint8), np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8))
    return np.asarray(warp_flow(near.astype(np.float32), flow, "nearest") == 0)


def unlevel(depth: np.ndarray) -> Mask:
    """Pixels beside which one thing ends and another begins; bool [h, w]."""
    three = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.dilate(depth, three) - cv2.erode(depth, three) > STEP)


def sharp(picture: Image, flow: np.ndarray) -> Image:
    """The picture along a flow, no darker or brighter than what is around."""
    three = np.ones((3, 3), np.uint8)
    low, high = (warp_flow(side(picture, three), flow, "nearest") for side in (cv2.erode, cv2.dilate))
    return np.asarray(np.clip(warp_flow(picture, flow, "lanczos"), low, high))
