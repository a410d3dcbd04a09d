"""Part of `animate`: real clips restyled end to end, beside frame-by-frame img2img and one-sided propagation.

The model is a tiny one that knows colours and shapes alone, so the pictures are nothing to look at; what
is measured is what becomes of them over time. Neither clip nor model is here without PARALLAX_TEST_DATA.

The **warp error** of two frames is the mean difference, in levels, between the first and the second
brought back to it by the source's flow, over what both show. Blur makes it small: see it beside the
sharpness, the Laplacian's energy of all frames over that of the keys.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from _animate_flow import off
from _animate_propagation import Pictures, Row, energy, one_sided
from _clock import spent
from _report import Report

from lib_parallax import generate
from lib_parallax.flow import load
from lib_parallax.flow.reach import Step
from lib_parallax.generate import Generator
from lib_parallax.loops.animate import frames as animated
from lib_parallax.loops.animate.filling import Filler
from lib_parallax.loops.animate.survey import NAME
from lib_parallax.loops.source import Given
from lib_parallax.loops.store import MemoryStore
from lib_parallax.loops.wording import Wording
from lib_parallax.media import open_video
from lib_parallax.options import AnimateOptions, parse
from lib_parallax.timeline import Prompt
from lib_parallax.warp import occlusion, warp_flow

CLIPS, FRAMES = ("dog", "boxer"), 24
WORDS = "blue ocean"


def run(report: Report) -> None:
    data = os.environ.get("PARALLAX_TEST_DATA")
    rows = [row for name in CLIPS for row in clip_rows(Path(data), name)] if data else []
    report.add(f"The first {FRAMES} frames of real clips, restyled", rows)


def clip_rows(data: Path, name: str) -> list[Row]:
    """The rows of one clip, and whether two runs give the same bytes."""
    with open_video(data / "clips" / f"{name}.mp4") as reader:
        sources = [frame.image for frame in islice(reader.frames(0), FRAMES)]
    options = parse(AnimateOptions, {
        "generator": "diffusers", "checkpoint": str(data / "diffusers-models" / "tiny-sd15"),
        "prompt": WORDS, "denoise": "0.6", "steps": 5, "keyframe_size": (256, 256),
    })  # fmt: skip
    painter = generate.asked_for(options)
    steps = list(steps_between(sources))
    alone, of_alone, *_ = spent(lambda: [restyled([image], options, painter)[0][0] for image in sources])
    (made, keys), of_ours, *_ = spent(lambda: restyled(sources, options, painter))
    again, _ = restyled(sources, options, painter)
    at_keys = {n: made[n] for n in keys}
    sided, of_sided, *_ = spent(lambda: from_one_side(sources, at_keys, options, painter))
    of_keys = of_alone * len(keys) / len(sources)
    same = all(np.array_equal(a, b) for a, b in zip(made, again, strict=True))
    sharp = energy(made, keys)
    rows: list[Row] = []
    for method, frames, cpu_s in (
        ("frame-by-frame img2img", alone, of_alone),
        ("one-sided, direct flow", sided, of_sided + of_keys),
        ("parallax", made, of_ours),
    ):
        errors = [error(a, b, step) for (a, b), step in zip(pairwise(frames), steps, strict=True)]
        rows.append({
            "clip": name, "method": method, "warp error": float(np.mean(errors)), "largest": max(errors),
            "into a key": float(np.mean([errors[n - 1] for n in keys if n])) if len(keys) > 1 else "-",
            "sharpness": energy(frames, range(len(frames))) / sharp, "cpu_s": cpu_s / len(sources),
            "keys": len(keys), "twice the same": ("yes" if same else "NO") if method == "parallax" else "-",
        })  # fmt: skip
    return rows


def restyled(sources: Pictures, options: AnimateOptions, painter: Generator) -> tuple[Pictures, list[int]]:
    """The frames by `animate`, and which of them are keys."""
    store = MemoryStore()
    made = [frame.image for frame in animated(Given(sources), options, generator=painter, store=store)]
    return made, json.loads(store.text(NAME) or "")["anchors"]


def from_one_side(
    sources: Pictures, keys: dict[int, np.ndarray], options: AnimateOptions, painter: Generator
) -> Pictures:
    """Each frame the key before it, bent by the flow from one to the other; the model paints the rest."""
    filler = Filler(parse(AnimateOptions, {**vars(options), "paint_from": 0.0}), painter)
    made: Pictures = []
    for number, image in enumerate(sources):
        if number in keys:
            key = number
            made.append(keys[key])
            continue
        carried = one_sided(image, sources[key], keys[key])
        made.append(
            filler.fill(number, carried.image, carried.painted, image, Wording.of(Prompt(WORDS))).image
        )
    return made


def error(a: np.ndarray, b: np.ndarray, step: Step) -> float:
    """The warp error between a frame and the next."""
    return off(warp_flow(b, step.forth), a, ~occlusion(step.forth, step.back))


def steps_between(sources: Pictures) -> Iterator[Step]:
    estimate = load("dis-fine")
    for a, b in pairwise(sources):
        yield Step(estimate(a, b), estimate(b, a))
