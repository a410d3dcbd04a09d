"""Part of `scroll`: a real painting in its author's five bands, painted on by a small model, and by what a
large one really painted there.

Runs where PARALLAX_TEST_DATA has `scroll/dresden.jpg` and its kin; the first table also needs
`diffusers-models/tiny-sd15-inpainting`.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from _report import Report
from _scroll_runs import Run, displacement, ran

from lib_parallax.generate import Capabilities, Inpaint
from lib_parallax.generate.around import Around
from lib_parallax.generate.seam import lay_in
from lib_parallax.loops.scroll.scene import lay
from lib_parallax.loops.scroll.world import Seen, World
from lib_parallax.types import CancelToken

HEIGHTS = (280, 265, 150, 120)  # the last band takes the rest
DISTANCES = (280, 610, 500, 130, 70)
STEPS, STEP_SECONDS, SMOOTHNESS = 8, 5, 16
GAPS = (50, 18, 29, 145, 170)  # by how many pixels each band of the recorded step has moved
RIM = 16  # pixels at the right of the photographed painting that are its edge and not its picture
REACH = 32  # pixels to both sides of a join that it is held against
SOFT = 6  # rows at the ends of a band's land that another may show in


def run(report: Report) -> None:
    data = Path(os.environ.get("PARALLAX_TEST_DATA", ""))
    folder, model = data / "scroll", data / "diffusers-models" / "tiny-sd15-inpainting"
    if not (folder / "dresden.jpg").is_file():
        report.note("left out: PARALLAX_TEST_DATA has no scroll/dresden.jpg")
        return
    if model.is_dir():
        title = f"dresden.jpg, {STEPS} steps of {STEP_SECONDS} s painted by a small model"
        report.add(title, painted_table(picture(folder / "dresden.jpg"), model))
    else:
        report.note("left out: PARALLAX_TEST_DATA has no diffusers-models/tiny-sd15-inpainting")
    for rim in (0, RIM):
        title = f"A step that a large model painted, {rim} px of the picture's edge cut off before"
        report.add(title, recorded_table(folder, rim))


def picture(path: Path) -> np.ndarray:
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


def painted_table(image: np.ndarray, model: Path) -> list[dict[str, Any]]:
    """Travel of every layer, by its formula and as frames show it, and whether land stays as it is.

    travel    of the seconds between the first frame and the last: speed x time
    measured  found between those two frames
    kept      pixels of all steps that were known and came out another
    """
    made = ran(
        image,
        {
            "generator": "diffusers", "checkpoint": str(model), "keyframe_size": "256x152", "steps": 8,
            "heights": ",".join(map(str, HEIGHTS)), "distances": ",".join(map(str, DISTANCES)),
            "fps": 1, "duration": STEPS * STEP_SECONDS, "smoothness": SMOOTHNESS,
            "step_seconds": STEP_SECONDS, "prompt": "a river by moonlight",
        },
    )  # fmt: skip
    seconds = len(made.frames) - 1
    reference = image.shape[1] / (SMOOTHNESS * STEP_SECONDS)
    measured, changed = travelled(made, reference), changes(made)
    rows = []
    for layer, distance in enumerate(DISTANCES):
        way = reference * min(DISTANCES) / distance * seconds
        rows.append(
            {
                "layer": layer,
                "distance": distance,
                "travel": way,
                "measured": float(measured[layer]),
                "off by 1/1000 px": float(1000 * abs(measured[layer] - way)),
                "kept": changed[layer],
            }
        )
    print(
        f"\n{made.seconds:.1f} CPU-s in all, {len(made.frames)} frames of {image.shape[1]}x{image.shape[0]}"
    )
    return rows


def travelled(made: Run, reference: float) -> list[float]:
    """By how many pixels each band of the frames has moved from the first to the last."""
    seconds, found = len(made.frames) - 1, []
    for distance, rows in zip(DISTANCES, inner_rows(made.world), strict=True):
        way = reference * min(DISTANCES) / distance * seconds
        found.append(-displacement(made.frames[0][rows], made.frames[-1][rows], (-way, 0))[0])
    return found


def inner_rows(world: World) -> list[slice]:
    """The rows of each band that nothing of another shows in."""
    return [slice(top + SOFT, bottom - SOFT) for top, bottom in world.own]


def changes(made: Run) -> list[int]:
    """How many pixels of each band are another once a step is painted, of those that were known before it.

    Held against the strips as the steps before left them, and against the picture before, shifted.
    """
    world, steps = made.world, list(made.record.steps())
    for strip in world.strips:
        strip.pieces.clear()
    lay(world, made.record, steps[0])
    found = np.zeros(len(world.strips), int)
    pictures = made.pictures()
    before, places = next(pictures), world.places(0)
    for number, after in enumerate(pictures, 1):
        seen = world.seen(number * STEP_SECONDS, (number - 1) * STEP_SECONDS)
        off = (after != seen.image).any(axis=2) & ~seen.missing
        for layer, rows in enumerate(inner_rows(world)):
            (first, last), shift = world.own[layer], seen.at[layer][0] - places[layer][0]
            found[layer] += off[first:last].sum()
            found[layer] += (after[rows, :-shift] != before[rows, shift:]).any(axis=2).sum()
        lay(world, made.record, steps[number])
        before, places = after, seen.at
    return [int(n) for n in found]


def recorded_table(folder: Path, rim: int) -> list[dict[str, Any]]:
    """The author's own step made again: the same picture, bands, travel and painting.

    composite  pixels that are another than in what the author had painted on
    missing    pixels that are missing in one of the two only
    strip      pixels of the strip that are neither the base's nor the painting's, at their place
    seam       mean change of brightness across the join, in the median of those beside it: with the painting
               laid in as it is; matched by gain and bias; and with what differs faded out, as the loop does
    """
    given = cv2.imread(str(folder / "dresden-step1-input.png"), cv2.IMREAD_UNCHANGED)
    base, painting = (picture(folder / f"dresden-{name}.png") for name in ("object-removed", "step1-output"))
    height, width = base.shape[0], base.shape[1] - rim
    given, base, painting = (np.ascontiguousarray(p[:, :width]) for p in (given, base, painting))
    for gap, (first, last) in zip(GAPS, band_rows(height), strict=True):
        given[first:last, width - gap :, 3] = 0
    made = ran(
        base,
        {
            "heights": ",".join(map(str, HEIGHTS)), "keyframe_size": f"{width}x{height}", "soft": 0,
            "distances": ",".join(f"{10000 / gap:.17g}" for gap in GAPS), "fps": 1,
            "duration": STEP_SECONDS, "step_seconds": STEP_SECONDS, "smoothness": width / max(GAPS),
        },
        Around(Painted(painting)),
    )  # fmt: skip
    world = made.world
    _, after = made.pictures()
    seen = _before(made)
    wanted, gap = np.ascontiguousarray(given[..., 2::-1]), given[..., 3] == 0
    composite = (seen.image != wanted).any(axis=2) & ~gap
    unlike = seen.missing != gap
    raw = np.where(gap[..., None], painting, wanted)
    matched = lay_in(wanted, painting, gap.astype(np.float32))
    rows = []
    for layer, (first, last) in enumerate(band_rows(height)):
        band = slice(first, last)
        strip = world.strips[layer].window(0, first, (width + GAPS[layer], last - first))
        whole = np.hstack([base[band], after[band, width - GAPS[layer] :]])
        join = width - GAPS[layer]
        rows.append(
            {
                "layer": layer,
                "moved by": world.places(STEP_SECONDS)[layer][0],
                "composite": int(composite[band].sum()),
                "missing": int(unlike[band].sum()),
                "strip": int((strip[..., :3] != whole).any(axis=2).sum() + (strip[..., 3] != 255).sum()),
                "seam as painted": visibility(raw[band], join),
                "matched": visibility(matched[band], join),
                "faded too": visibility(after[band], join),
            }
        )
    return rows


def band_rows(height: int) -> list[tuple[int, int]]:
    edges = [0, *np.cumsum(HEIGHTS).tolist(), height]
    return list(pairwise(edges))


def _before(made: Run) -> Seen:
    """What there was to paint on, of the strips as they were before the step."""
    world = made.world
    later = [(strip, strip.pieces[1:]) for strip in world.strips]
    for strip, _ in later:
        del strip.pieces[1:]
    seen = world.seen(STEP_SECONDS, 0)
    for strip, pieces in later:
        strip.pieces.extend(pieces)
    return seen


def visibility(image: np.ndarray, join: int) -> float:
    """Mean change of brightness from the column before `join` to it, in the median of those around it."""
    grey = image.astype(np.float64).mean(axis=2)
    change = np.abs(np.diff(grey, axis=1)).mean(axis=0)
    around = change[max(0, join - 1 - REACH) : join + REACH]
    return float(change[join - 1] / np.median(around))


class Painted:
    """A backend that has painted already."""

    name = "recorded"
    note = "what was painted there before"

    def __init__(self, painting: np.ndarray) -> None:
        self._painting = painting

    def capabilities(self) -> Capabilities:
        return Capabilities(txt2img=True, inpaint=True)

    def inpaint(self, request: Inpaint, cancel: CancelToken) -> np.ndarray:
        del request, cancel
        return self._painting

    def __getattr__(self, task: str) -> Any:
        raise AttributeError(f"{task}: nothing was painted but one step")
