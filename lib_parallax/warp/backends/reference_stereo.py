"""Views from disparity, defined in torch: what every other carrier must reproduce.

A view is made in steps that each give integers or a blend of colours:

    offset   = fixed_offset(disparity, shift)          how far each pixel moves
    steps    = step_mask(offset)                       where surfaces meet
    layers   = unmix(image, offset, sign, steps, full) pixels that straddle a step, split in two
    position, near = splat_rows(offset, sign)          which source place every target sample shows
    shown    = splat_fringe(...)                       split pixels' front parts, over the base
    colour, bare = shade(...)                          sample the source there
    column   = background_rows(near, bare, shortest)   where to mirror background from

`offset` int32 [H, W] is how far left each pixel moves, fixed point, `ONE` to the pixel; times
`sign` it grows towards the viewer. Images are [H, W, 3], uint8 or (for 16 bit, which torch
hardly computes with) int32; `full` is their white.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .fixed import BITS, CELL, LEAD, NOTHING, NOWHERE, ONE, STEP, SUB


def fixed_offset(disparity: Tensor, shift: float) -> Tensor:
    """How far left each pixel moves, int32 fixed point; NaN as far away, infinities at the edge.

    disparity  float32 [H, W] in pixels, near positive; a shift of 1 is from the left eye to the right
    """
    width = disparity.shape[1]
    moved = disparity.float() * torch.tensor(shift, dtype=torch.float32).item()
    finite = moved.isfinite()
    beyond = float("inf") if shift >= 0 else -float("inf")
    known = torch.where(finite, moved, beyond)
    farthest = known.min() if shift >= 0 else known.max()
    farthest = torch.where(farthest.isfinite(), farthest, 0.0)
    return (torch.where(moved.isnan(), farthest, moved).clamp(-width, width) * ONE).round().int()


def step_mask(near: Tensor) -> Tensor:
    """Pixels with a depth step among themselves and their eight neighbours, bool [H, W]."""
    windows = _windows(near.long(), 1)
    return windows.max(0).values - windows.min(0).values > STEP


def _windows(values: Tensor, radius: int) -> Tensor:
    """Every pixel's neighbourhood as [window, H, W]; beyond the edge the edge repeats."""
    height, width = values.shape
    rows = torch.arange(-radius, height + radius, device=values.device).clamp(0, height - 1)
    columns = torch.arange(-radius, width + radius, device=values.device).clamp(0, width - 1)
    padded = values[rows][:, columns]
    size = 2 * radius + 1
    return torch.stack(
        [padded[v : v + height, u : u + width] for v in range(size) for u in range(size)]
    )  # fmt: skip


def splat_rows(offset: Tensor, sign: int) -> tuple[Tensor, Tensor]:
    """Which source place every target sample shows: nearest wins, the leftmost of equals.

    Neighbours within `STEP` of each other span a piece of surface between them; at a step each
    pixel reaches half a pixel out and no further, so nothing is stretched across it.
    Returns position int32 [H, W*SUB], fixed point, `NOTHING` where nothing lands, and near
    int32 [H, W*SUB].
    """
    height, width = offset.shape
    off = offset.long()
    x = torch.arange(width, device=offset.device)
    best = torch.full((height, width * SUB), -1, dtype=torch.int64, device=offset.device)

    def put(left: Tensor, right: Tensor, live: Tensor, longest: int, place: object) -> None:
        first = ((left + LEAD + CELL - 1) // CELL).clamp(min=0)
        end = ((right + LEAD + CELL - 1) // CELL).clamp(max=width * SUB)
        for k in range(longest):
            q = first + k
            position, near = place(q * CELL - LEAD)  # type: ignore[operator]
            key = ((near - NOWHERE) << 31) | ((1 << 31) - 1 - (position - NOTHING))
            key = torch.where(live & (q < end), key, -1)
            best.scatter_reduce_(1, q.clamp(0, width * SUB - 1), key, "amax")

    rise = off[:, 1:] - off[:, :-1]
    left = x[:-1] * ONE - off[:, :-1]
    joined = rise.abs() <= STEP
    span = torch.where(joined, ONE - rise, ONE).clamp(min=1)

    def on_surface(target: Tensor) -> tuple[Tensor, Tensor]:
        along = (target - left).clamp(min=0) * ONE // span
        return x[:-1] * ONE + along, off[:, :-1] * sign + ((rise * sign * along) >> BITS)

    if width > 1:
        put(left, left + ONE - rise, joined, 2 * SUB + 1, on_surface)

    centre = x * ONE - off

    def on_pixel(target: Tensor) -> tuple[Tensor, Tensor]:
        return x * ONE + target - centre, off * sign

    torn = torch.ones((height, 1), dtype=torch.bool, device=offset.device)
    put(centre, centre + ONE // 2, torch.cat([~joined, torn], 1), SUB // 2 + 1, on_pixel)
    put(centre - ONE // 2, centre, torch.cat([torn, ~joined], 1), SUB // 2 + 1, on_pixel)

    landed = best >= 0
    position = torch.where(landed, (1 << 31) - 1 - (best & ((1 << 31) - 1)) + NOTHING, NOTHING)
    near = torch.where(landed, (best >> 31) + NOWHERE, NOWHERE)
    return position.int(), near.int()


def unmix(
    image: Tensor, offset: Tensor, sign: int, steps: Tensor, full: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Split pixels that straddle a depth step into what is in front and what is behind.

    A camera blends both sides of an edge into one pixel; moved as one it carries a rim of the
    old background along. Where a pixel's colour lies between those of the two sides, its
    share `alpha` is read off, it joins the far surface with the far colour, and the near
    colour becomes a fringe laid over whatever the new view shows behind it.
    Returns base image, base offset, fringe image, fringe offset, alpha uint8 (0 = no fringe).
    """
    base, base_offset = image.clone(), offset.clone()
    fringe, fringe_offset = torch.zeros_like(image), torch.zeros_like(offset)
    alpha_map = torch.zeros(offset.shape, dtype=torch.uint8, device=offset.device)
    ys, xs = torch.nonzero(steps, as_tuple=True)
    result = (base, base_offset, fringe, fringe_offset, alpha_map)
    if len(ys) == 0:
        return result
    tolerance = full // 16
    near, inside, colours, window_offset, square = _around(image, offset, sign, steps, ys, xs, 3)
    ring = square <= 2
    close = near.where(ring & inside, near[:, 24:25])
    middle = (close.max(1).values + close.min(1).values) // 2
    in_front = inside & (near > middle[:, None])
    at_back = inside & ~in_front
    rim = _gather(steps, ys, xs, 3)
    weight = 720 // (square + 1)

    def mean(of: Tensor) -> tuple[Tensor, Tensor]:
        w = weight * of
        total = w.sum(1)
        return (w[..., None] * colours).sum(1) // total.clamp(min=1)[:, None], total > 0

    def nearest_offset(of: Tensor) -> Tensor:
        # the first of equals in reading order, as a serial scan finds it
        order = torch.where(of, square * 49 + torch.arange(49, device=of.device), 1 << 30)
        return window_offset.gather(1, order.argmin(1, keepdim=True))[:, 0]

    back_inside, has_back_inside = mean(at_back & ~rim)
    back_rim, has_back_rim = mean(at_back & rim)
    behind = torch.where(has_back_inside[:, None], back_inside, back_rim)
    front_inside, has_front_inside = mean(in_front & ~rim)
    dx = torch.arange(49, device=image.device)
    core = ((dx % 7 - 3).abs() <= 2) & ((dx // 7 - 3).abs() <= 2)
    # nothing but rim: too thin to have an inside; its purest pixel is the one least like the back
    unlike = ((colours - behind[:, None]) ** 2).sum(-1)
    candidates = in_front & core
    purest = torch.where(candidates, unlike, -1).argmax(1)
    front_rim = colours[torch.arange(len(ys), device=image.device), purest]
    front = torch.where(has_front_inside[:, None], front_inside, front_rim)

    own = colours[:, 24]
    along = ((own - behind) * (front - behind)).sum(1)
    across = ((front - behind) ** 2).sum(1)
    noise = 3 * tolerance * tolerance
    alpha = ((along * 255 + across // 2) // across.clamp(min=1)).clamp(0, 255)
    miss = ((255 * (own - behind) - alpha[:, None] * (front - behind)) ** 2).sum(1)
    mine_near = near[:, 24] > middle
    split = (
        (has_back_inside | has_back_rim)
        & (has_front_inside | candidates.any(1))
        & in_front.any(1)
        & (across >= noise)
        & (miss <= 65025 * (across // 16 + noise))
        & ~(mine_near & (alpha > 245))
        & ~(~mine_near & (alpha < 10))
    )
    a = alpha[:, None]
    thin = (alpha < 128)[:, None]
    # the clean colour lies between what is seen and what the side shows elsewhere
    clean_back = _between(_floor_div(255 * own - a * front, (255 - a).clamp(min=1)), own, behind)
    clean_front = _between(_floor_div(255 * own - (255 - a) * behind, a.clamp(min=1)), own, front)
    y, x = ys[split], xs[split]
    base[y, x] = torch.where(thin, clean_back, behind)[split].to(image.dtype)
    fringe[y, x] = torch.where(thin, front, clean_front)[split].to(image.dtype)
    base_offset[y, x] = nearest_offset(at_back)[split].int()
    fringe_offset[y, x] = nearest_offset(in_front)[split].int()
    alpha_map[y, x] = alpha[split].to(torch.uint8)
    return result


def _between(value: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.minimum(torch.maximum(value, torch.minimum(a, b)), torch.maximum(a, b))


def _floor_div(a: Tensor, b: Tensor) -> Tensor:
    return torch.div(a, b, rounding_mode="floor")


def _gather(values: Tensor, ys: Tensor, xs: Tensor, radius: int) -> Tensor:
    """The (2 radius + 1)² neighbourhood of each listed pixel, [M, window(, C)]; edges repeat."""
    height, width = values.shape[:2]
    d = torch.arange(-radius, radius + 1, device=ys.device)
    dy, dx = d.repeat_interleave(len(d)), d.repeat(len(d))
    return values[(ys[:, None] + dy).clamp(0, height - 1), (xs[:, None] + dx).clamp(0, width - 1)]


def _around(
    image: Tensor, offset: Tensor, sign: int, steps: Tensor, ys: Tensor, xs: Tensor, radius: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    height, width = offset.shape
    d = torch.arange(-radius, radius + 1, device=ys.device)
    dy, dx = d.repeat_interleave(len(d)), d.repeat(len(d))
    v, u = ys[:, None] + dy, xs[:, None] + dx
    inside = (v >= 0) & (v < height) & (u >= 0) & (u < width)
    window_offset = _gather(offset, ys, xs, radius).long()
    colours = _gather(image, ys, xs, radius).long()
    return window_offset * sign, inside, colours, window_offset, dy * dy + dx * dx


def splat_fringe(fringe_offset: Tensor, alpha: Tensor, near: Tensor, sign: int) -> Tensor:
    """The source column whose fringe every target sample shows before the base, or -1; int32."""
    width = alpha.shape[1]
    shown = near.long() - NOWHERE << 31 | (1 << 31) - 1  # the base wins a tie
    ys, xs = torch.nonzero(alpha, as_tuple=True)
    off = fringe_offset[ys, xs].long()
    left = xs * ONE - off - ONE // 2
    first = ((left + LEAD + CELL - 1) // CELL).clamp(min=0)
    end = ((left + ONE + LEAD + CELL - 1) // CELL).clamp(max=width * SUB)
    key = (off * sign - NOWHERE << 31) | ((1 << 31) - 2 - xs)
    flat = shown.view(-1)
    for k in range(SUB + 1):
        q = first + k
        index = ys * width * SUB + q.clamp(0, width * SUB - 1)
        flat.scatter_reduce_(0, index, torch.where(q < end, key, -1), "amax")
    column = (1 << 31) - 2 - (shown & ((1 << 31) - 1))
    return column.int()


def shade(
    base: Tensor, base_offset: Tensor, fringe: Tensor, alpha: Tensor, position: Tensor, shown: Tensor
) -> tuple[Tensor, Tensor]:
    """The target's colours, float32 [H, W, 3], and the share of each pixel left bare, [H, W].

    A pixel that shows one surface is sampled once at its centre with Catmull-Rom along the
    row; where surfaces meet, its `SUB` samples are taken apart and averaged. Bare samples add
    nothing, so the colour of a partly bare pixel is premultiplied.
    """
    height, width, _ = base.shape
    pos = position.view(height, width, SUB).long()
    over = shown.view(height, width, SUB).long()
    low, high = pos[..., 0], pos[..., -1]
    plain = (low > NOTHING) & (high >= low) & (high - low < 2 * ONE)
    plain &= ((over < 0) & (pos >= low[..., None]) & (pos <= high[..., None])).all(-1)
    centre = _cubic(base, base_offset, (low + high) // 2)
    colour = torch.zeros((height, width, 3), device=base.device)
    bare = torch.zeros((height, width), device=base.device)
    for k in range(SUB):
        at, f = pos[..., k], over[..., k]
        share = alpha.gather(1, f.clamp(min=0)).float() / 255
        front = torch.where(f >= 0, share, 0.0)
        bare += torch.where(at == NOTHING, (1 - front) / SUB, 0.0)
        value = (1 - front)[..., None] * _cubic(base, base_offset, at)
        value = torch.where((at > NOTHING)[..., None], value, 0.0)
        index = f.clamp(min=0)[..., None].expand(-1, -1, 3)
        value = value + front[..., None] * fringe.gather(1, index).float()
        colour += value / SUB
    return torch.where(plain[..., None], centre, colour), torch.where(plain, 0.0, bare)


def _cubic(image: Tensor, offset: Tensor, at: Tensor) -> Tensor:
    """Catmull-Rom along rows at fixed-point columns `at` [H, W], never across a depth step."""
    last = image.shape[1] - 1
    at = at.clamp(0, last * ONE)
    x = at >> BITS
    t = ((at & (ONE - 1)).float() / ONE)[..., None]

    def apart(a: Tensor, b: Tensor) -> Tensor:
        return (offset.gather(1, a).long() - offset.gather(1, b).long()).abs() > STEP

    def colour(columns: Tensor) -> Tensor:
        return image.gather(1, columns[..., None].expand(-1, -1, 3)).float()

    x1 = (x + 1).clamp(max=last)
    x0 = (x - 1).clamp(min=0)
    x0 = torch.where(apart(x0, x), x, x0)
    x2 = (x1 + 1).clamp(max=last)
    x2 = torch.where(apart(x2, x1), x1, x2)
    a, b, d, e = colour(x0), colour(x), colour(x1), colour(x2)
    smooth = b + 0.5 * t * (d - a + t * (2 * a - 5 * b + 4 * d - e + t * (3 * (b - d) + e - a)))
    torn = apart(x1, x)[..., None]
    return torch.where(torn, torch.where(t < 0.5, b, d), smooth)


def background_rows(near: Tensor, bare: Tensor, shortest: int) -> Tensor:
    """For every bare pixel the column of its row that background is mirrored from, else -1.

    near      int32 [H, W], the surface each covered pixel shows
    bare      bool [H, W]
    shortest  surfaces narrower than this many pixels are passed over as thin things

    A hole lies between two surfaces; the one farther away is continued into it, mirrored at
    its border and back and forth within its extent.
    """
    height, width = bare.shape
    device = bare.device
    x = torch.arange(width, device=device).expand(height, width)
    near = near.long()
    goes_on = torch.zeros((height, width), dtype=torch.bool, device=device)
    goes_on[:, 1:] = ~bare[:, 1:] & ~bare[:, :-1] & ((near[:, 1:] - near[:, :-1]).abs() <= STEP)
    first = torch.where(goes_on, 0, x).cummax(1).values
    stops = torch.ones_like(goes_on)
    stops[:, :-1] = ~goes_on[:, 1:]
    last = _next(torch.where(stops, x, width))
    wide = ~bare & (last - first + 1 >= shortest)
    before = torch.where(wide, x, -1).cummax(1).values
    behind = _next(torch.where(wide, x, width))
    start = torch.where(~bare, x, -1).cummax(1).values + 1
    end = _next(torch.where(~bare, x, width))  # first covered column after the hole

    def depth_at(column: Tensor) -> Tensor:
        return near.gather(1, column.clamp(0, width - 1))

    left, right = start - 1, torch.where(end < width, end, -1)
    farther = before.gather(1, start.clamp(max=width - 1))
    left = torch.where(
        (left >= 0) & (farther >= 0) & (depth_at(farther) <= depth_at(left) + STEP), farther, left
    )
    farther = behind.gather(1, (end - 1).clamp(min=0))
    good = (right >= 0) & (farther < width) & (depth_at(farther) <= depth_at(right) + STEP)
    right = torch.where(good, farther, right)
    from_left = (right < 0) | ((left >= 0) & (depth_at(left) <= depth_at(right)))

    def swing(distance: Tensor, length: Tensor) -> Tensor:
        i = distance % (2 * length)
        return torch.where(i < length, i, 2 * length - 1 - i)

    left_length = left - first.gather(1, left.clamp(min=0)) + 1
    right_length = last.gather(1, right.clamp(min=0)) - right + 1
    column = torch.where(
        from_left,
        left - swing(x - start, left_length.clamp(min=1)),
        right + swing(end - 1 - x, right_length.clamp(min=1)),
    )
    return torch.where(bare & ((left >= 0) | (right >= 0)), column, -1).int()


def _next(columns: Tensor) -> Tensor:
    """The smallest value at or after each column."""
    return columns.flip(1).cummin(1).values.flip(1)


__all__ = ["background_rows", "fixed_offset", "shade", "splat_fringe", "splat_rows", "step_mask", "unmix"]
