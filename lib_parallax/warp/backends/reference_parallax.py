"""The first hit of a camera's rays on the relief of a picture, and what they see there, in torch.

`Rays` (warp/camera.py) says how each ray goes over the picture. Depth float32 [H, W], 0 far to 1
near, is a surface that runs bilinearly between pixel centres; beyond the picture it is mirrored, or
its edge goes on.

    u = first_hit(depth, rays, size)                         how high each ray meets the relief
    colour, holes = look_up(image, depth, u, rays, full)     what is seen there
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..camera import BEHIND, Rays

REFINEMENTS = 3
STRETCH = (
    1.0  # pixels: neighbours that come to lie this much further apart than they were have a wall between
)
BAND = 1 << 20  # rays that are followed together


def first_hit(depth: Tensor, rays: Rays, size: tuple[int, int]) -> Tensor:
    """The largest u <= height with u <= height * depth(X(u)), float32 [h, w].

    Looked for from above at `rays.steps` even steps, then by false position between the last two.
    """
    width, height = size
    rows = max(1, BAND // width)
    return torch.cat([_band(depth, rays, width, y, min(y + rows, height)) for y in range(0, height, rows)])


def _band(depth: Tensor, rays: Rays, width: int, top: int, end: int) -> Tensor:
    ax, bx, ay, by = lines(rays, width, top, end, depth.device)
    step = rays.height / rays.steps

    def above(u: Tensor) -> Tensor:
        return u - rays.height * _bilinear(depth, ax + u * bx, ay + u * by, rays.outside)

    # above the highest place there is nothing to hit
    skipped = int((1 - float(depth.max())) * rays.steps * (1 - 1e-6))
    high = torch.full_like(ax, rays.height - skipped * step)
    high_gap = above(high)
    hit = high_gap <= 0
    low, low_gap = high.clone(), high_gap.clone()
    for k in range(skipped + 1, rays.steps + 1):
        u = torch.full_like(ax, rays.height - k * step if k < rays.steps else 0.0)
        gap = above(u)
        new = ~hit & ((gap <= 0) | (k == rays.steps))
        low, low_gap = torch.where(new, u, low), torch.where(new, gap.clamp(max=0), low_gap)
        going = ~hit & ~new
        high, high_gap = torch.where(going, u, high), torch.where(going, gap, high_gap)
        hit |= new
        if bool(hit.all()):
            break
    for _ in range(REFINEMENTS):
        u = _between(high, high_gap, low, low_gap)
        gap = above(u)
        below = gap <= 0
        low, low_gap = torch.where(below, u, low), torch.where(below, gap, low_gap)
        high, high_gap = torch.where(below, high, u), torch.where(below, high_gap, gap)
    return _between(high, high_gap, low, low_gap)


def _between(high: Tensor, high_gap: Tensor, low: Tensor, low_gap: Tensor) -> Tensor:
    """Where a straight line between the two would meet the surface."""
    span = high_gap - low_gap
    return torch.where(span > 0, low + (high - low) * (-low_gap / span.clamp(min=1e-20)), low)


def look_up(image: Tensor, depth: Tensor, u: Tensor, rays: Rays, full: int) -> tuple[Tensor, Tensor]:
    """The picture where the rays hit, [h, w, 3] as it is, and which of them hit nothing that it shows.

    image  [H, W, 3]; `full` is its white
    A hole is a hit beyond the picture where that is blank (and black), or on the wall at a depth step:
    between two pixels that come to lie more than STRETCH further apart than they were, further than
    half a pixel of the frame from both.
    """
    height, width = u.shape
    ax, bx, ay, by = lines(rays, width, 0, height, depth.device)
    x, y = ax + u * bx, ay + u * by
    (x0, fx, sx), (y0, fy, sy) = (
        _fold(v, n, rays.outside) for v, n in ((x, depth.shape[1]), (y, depth.shape[0]))
    )
    colour = _mixed(image.reshape(-1, image.shape[2]).float(), image.shape[1], image.shape[0], x0, fx, y0, fy)
    near = _corners(depth.reshape(-1, 1), depth.shape[1], depth.shape[0], x0, y0)
    a, b, c, d = (v[..., 0] for v in near)
    along = (b - a + fy * (d - c - b + a)) * bx * sx + (c - a + fx * (d - c - b + a)) * by * sy
    stretch = -rays.height * along
    least, most = (
        torch.minimum(torch.minimum(a, b), torch.minimum(c, d)),
        torch.maximum(torch.maximum(a, b), torch.maximum(c, d)),
    )
    top, bottom = a + fx * (b - a), c + fx * (d - c)
    share = (top + fy * (bottom - top) - least) / (most - least).clamp(min=1e-20)
    span = 1 + stretch
    holes = (stretch > STRETCH) & (share * span > 0.5) & ((1 - share) * span > 0.5)
    if rays.outside == "blank":
        out = (x < -0.5) | (x > depth.shape[1] - 0.5) | (y < -0.5) | (y > depth.shape[0] - 0.5)
        holes |= out
        colour = torch.where(out[..., None], 0.0, colour)
    return colour.round().clamp(0, full).to(image.dtype), holes


def lines(
    rays: Rays, width: int, top: int, end: int, device: torch.device
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x = ax + u bx and y = ay + u by of every ray of rows top to end, in pixels; float32 [rows, width]."""
    column = torch.arange(width, device=device, dtype=torch.float32)[None]
    row = torch.arange(top, end, device=device, dtype=torch.float32)[:, None]
    m = [float(v) for v in rays.turn.reshape(-1)]
    gx, gy = (m[i] * column + m[i + 1] * row + m[i + 2] for i in (0, 3))
    if m[6] or m[7]:
        w = (m[6] * column + m[7] * row + m[8]).clamp(min=BEHIND)
        gx, gy = gx / w, gy / w
    (p, q, r, t), (p2, q2, r2, t2) = rays.across, rays.down
    return p * gx + q, r * gx + t, p2 * gy + q2, r2 * gy + t2


def _bilinear(depth: Tensor, x: Tensor, y: Tensor, outside: str) -> Tensor:
    height, width = depth.shape
    (x0, fx, _), (y0, fy, _) = _fold(x, width, outside), _fold(y, height, outside)
    return _mixed(depth.reshape(-1), width, height, x0, fx, y0, fy)


def _fold(at: Tensor, length: int, outside: str) -> tuple[Tensor, Tensor, Tensor]:
    """The pixel before a place, how far behind it the place is, and which way the picture runs there."""
    way = torch.ones_like(at)
    if outside == "mirror":
        over = torch.floor((at + 0.5) / length)
        back = (over - 2 * torch.floor(over / 2)) > 0.5
        at = at - over * length
        at = torch.where(back, length - 1 - at, at)
        way = torch.where(back, -1.0, 1.0)
    at = at.clamp(0, length - 1)
    first = torch.floor(at).clamp(max=max(length - 2, 0))
    return first.long(), at - first, way


def _corners(values: Tensor, width: int, height: int, x0: Tensor, y0: Tensor) -> tuple[Tensor, ...]:
    right, down = min(1, width - 1), min(1, height - 1) * width
    at = y0 * width + x0
    return values[at], values[at + right], values[at + down], values[at + down + right]


def _mixed(values: Tensor, width: int, height: int, x0: Tensor, fx: Tensor, y0: Tensor, fy: Tensor) -> Tensor:
    a, b, c, d = _corners(values, width, height, x0, y0)
    if values.ndim == 2:
        fx, fy = fx[..., None], fy[..., None]
    top, bottom = a + fx * (b - a), c + fx * (d - c)
    return top + fy * (bottom - top)
