"""A picture in sheets, one behind another, seen by a camera: no walls are stretched at depth steps.

The front sheet is the picture itself, cut where its depth steps. What comes to light there is shown
by the sheets behind it, painted beforehand where a planned move needs it (`uncovered`). This is the
layered depth image of Shade, Gortler, He and Szeliski, 1998.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage

from ..errors import OptionError
from .camera import Camera, Rays, Size, rays
from .parallax import FLAT, bounded, checked, parts, render, view_size
from .stereo import View

STEP = 0.03  # of depth between neighbours; above it one thing ends and another begins
OVERLAP = 2  # pixels by which a sheet behind reaches under what is seen beside it
MARGIN = 2  # pixels around what a move needs
AROUND = 24  # pixels of what is before it that a painter must not look at
FARTHEST = 0.25  # of the picture's longer side, as far as anything behind is continued


class Sheet(NamedTuple):
    """One layer of a picture, in the picture's own frame.

    image  [H, W, 3] uint8 or uint16
    depth  float32 [H, W], 0 far to 1 near
    there  bool [H, W], where the sheet has anything
    """

    image: np.ndarray
    depth: np.ndarray
    there: np.ndarray


class Behind(NamedTuple):
    """What a move needs to know of what lies behind a picture, in the picture's own frame.

    mask   bool [H, W], what it uncovers
    hidden bool [H, W], the same and what of the things before it lies around: no painter may take its
           colours from there, so this is what to paint
    there  bool [H, W], the same with a rim of the picture itself, of which a sheet is made
    depth  float32 [H, W], of that sheet: the far side's, continued
    """

    mask: np.ndarray
    hidden: np.ndarray
    there: np.ndarray
    depth: np.ndarray


class Traced(NamedTuple):
    """Which sheet every pixel of a view shows (uint8, NOBODY for none) and how high it stands out there."""

    who: np.ndarray
    u: np.ndarray
    rays: Rays


def render_layers(
    sheets: Sequence[Sheet], camera: Camera, size: Size | None = None, supersampling: int = 1
) -> View:
    """The picture and what was painted behind it, seen by `camera`. The first sheet is the picture.

    Where no sheet has anything the first one's walls are shown, stretched, as holes.
    Raises OptionError for sheets of different sizes.
    """
    made = render_layers_deep(sheets, camera, size, supersampling)
    return View(made[0], made[1])


def render_layers_deep(
    sheets: Sequence[Sheet], camera: Camera, size: Size | None = None, supersampling: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Image, holes and depth 0..1 of the view."""
    from .backends import carrier, cpu_layers

    camera = replace(camera, height=max(camera.height, FLAT))
    ready = [_checked(sheet, sheets[0]) for sheet in sheets]
    front = ready[0]
    size = view_size(size, front.image)
    source = (front.image.shape[1], front.image.shape[0])
    views = []
    for part in parts(supersampling):
        traced = trace(ready, camera, size, source, part)
        stretched = render(front.image, front.depth, camera, size, carrier("cpu"))
        colour, holes = stretched.colour.copy(), traced.who == cpu_layers.NOBODY
        for number, sheet in enumerate(ready):
            cpu_layers.paint_sheet(*sheet, STEP, traced.rays, number, traced.u, traced.who, colour)
        u = np.where(holes, stretched.u, traced.u)
        if camera.outside == "blank":
            out = _beyond(traced.rays, u, source)
            holes |= out
            colour[out] = 0
        views.append((colour, holes, u / np.float32(camera.height)))
    if len(views) == 1:
        return views[0]
    colour, holes, depth = (np.mean([v[i] for v in views], 0) for i in range(3))
    return np.rint(colour).astype(front.image.dtype), holes >= 0.5, depth.astype(np.float32)


def trace(
    sheets: Sequence[Sheet], camera: Camera, size: Size, source: Size, part: tuple[float, float] = (0.5, 0.5)
) -> Traced:
    """What every pixel of a view shows of sheets that have been checked."""
    from .backends import cpu_layers

    way = rays(camera, size, source, part)
    z = np.full((size[1], size[0]), -1, np.float32)
    who = np.full(z.shape, cpu_layers.NOBODY, np.uint8)
    for number, sheet in enumerate(sheets):
        cpu_layers.draw_sheet(sheet.depth, sheet.there, STEP, way, number, z, who)
    return Traced(who, cpu_layers.heights(z, way), way)


def uncovered(depth: Any, cameras: Iterable[Camera], size: Size | None = None) -> Behind:
    """What a move of these cameras brings to light behind a picture of this depth.

    depth  [H, W], 0 far to 1 near
    size   of the views, by default the picture's
    """
    relief = bounded(np.ascontiguousarray(depth, np.float32))
    if relief.ndim != 2 or not relief.size:
        raise OptionError(f"depth: shape {relief.shape} is not [H, W] with pixels in it", "depth")
    height, width = relief.shape
    source, size = (width, height), size or (width, height)
    cameras = list(cameras)
    reach = max((rays(c, size, source).speed * c.height for c in cameras), default=0.0)
    reach = min(math.ceil(reach) + MARGIN + AROUND, FARTHEST * max(width, height))
    continued, candidate, rim = far_side(relief, reach)
    blank = np.zeros((height, width, 3), np.uint8)
    whole = np.ones((height, width), bool)
    sheets = [Sheet(blank, relief, whole), Sheet(blank, continued, candidate | rim)]
    needed = np.zeros((height, width), bool)
    for camera in cameras:
        traced = trace(sheets, camera, size, source)
        x, y = _places(traced, traced.who == 1)
        inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
        needed[np.rint(y[inside]).astype(int), np.rint(x[inside]).astype(int)] = True
    mask = _grown(needed & candidate, MARGIN) & candidate
    hidden = candidate & _grown(mask, AROUND)
    return Behind(mask, hidden, mask | (rim & _grown(mask, OVERLAP)), continued)


def far_side(depth: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The depth behind things, continued from their far sides as far as `reach` pixels.

    Returns the depth float32 [H, W] (where there is nothing behind, the picture's own), where something
    lies behind, and the rim of the far sides themselves.
    """
    beside = ndimage.minimum_filter(depth, 3, mode="nearest")
    ahead = ndimage.maximum_filter(depth, 3, mode="nearest")
    edge = ahead - depth > STEP
    edge &= depth - beside <= STEP  # the middle of a slope is no far side
    if not edge.any():
        nothing = np.zeros(depth.shape, bool)
        return depth.copy(), nothing, nothing
    distance, (rows, columns) = ndimage.distance_transform_edt(~edge, return_indices=True)
    behind = depth[rows, columns]
    candidate = (behind < depth - STEP) & (distance <= reach)
    # what is continued from different pixels of a rim is made even; nothing but its own kind goes into it
    weight = ndimage.gaussian_filter((candidate | edge).astype(np.float32), 4)
    smooth = ndimage.gaussian_filter(np.where(candidate | edge, behind, 0), 4) / np.maximum(weight, 1e-6)
    behind = np.where(np.abs(smooth - behind) < STEP, smooth, behind)
    continued = np.where(candidate, np.minimum(behind, depth), depth).astype(np.float32)
    rim = _grown(edge, OVERLAP) & ~candidate
    return continued, candidate, rim


def _places(traced: Traced, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where in the picture the chosen pixels of a view hit, in its pixels."""
    row, column = np.nonzero(who)
    gx, gy, w = traced.rays.turn @ np.stack([column, row, np.ones(len(row))])
    u = traced.u[row, column]
    (p, q, r, t), (p2, q2, r2, t2) = traced.rays.across, traced.rays.down
    return p * gx / w + q + u * (r * gx / w + t), p2 * gy / w + q2 + u * (r2 * gy / w + t2)


def _beyond(way: Rays, u: np.ndarray, source: Size) -> np.ndarray:
    """Pixels of a view whose rays hit beyond the picture."""
    everyone = np.ones(u.shape, bool)
    x, y = _places(Traced(everyone, u, way), everyone)
    out = (x < -0.5) | (y < -0.5) | (x > source[0] - 0.5) | (y > source[1] - 0.5)
    return out.reshape(u.shape)


def _grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    return np.asarray(ndimage.binary_dilation(mask, np.ones((3, 3), bool), pixels))


def _checked(sheet: Sheet, front: Sheet) -> Sheet:
    image, depth, _ = checked(sheet.image, sheet.depth)
    there = np.ascontiguousarray(sheet.there, bool)
    if image.shape != np.shape(front.image) or there.shape != depth.shape:
        raise OptionError(
            f"layers: one is {image.shape[1]}x{image.shape[0]}, the picture "
            f"{np.shape(front.image)[1]}x{np.shape(front.image)[0]}",
            "layers",
        )
    return Sheet(image, depth, there)
