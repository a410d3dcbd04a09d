"""Part of `animate`: what is between two keys, beside one-sided propagation.

The one-sided scheme is that of sd_animation_optical_flow: each frame is the key before it, bent by the
flow estimated from the frame to that key directly; where the way there and back does not close, a
model paints.

A **step** is the mean difference, in levels, between a frame and the next one brought back to it by
exact flow, over the pixels that both show: what flickers, without what moves. No sequence of frames
from one key to a different one can have a median step below the difference of the keys over the
frames between them; that is the floor.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from _animate_scenes import Layer, Motion, Scene, layers, zooming
from _animate_styles import painted, source
from _bounds import remap
from _clock import by_turns, cpu_seconds
from _psnr import psnr
from _report import Report

from lib_parallax.flow import load
from lib_parallax.flow.reach import Step
from lib_parallax.loops.animate.between import Blend, Further, carry
from lib_parallax.warp import occlusion, warp_flow

TEXTURES = ("cloth", "paper", "gravel")
FLOWS = ("dis", "dis-fine")
FAR, GAP = 16, 10
SPEED = 2.0  # of the layers: up to 8 px a frame
LONG, LONG_SIZE = 1000, (192, 128)

Row = dict[str, Any]
Pictures = list[np.ndarray]


def run(report: Report) -> None:
    report.add(f"One key carried over {FAR} frames and 73 px, PSNR dB", propagation_table())
    joined = [joins_of(texture) for texture in ("cloth", "paper")]
    report.add(f"Two different keys {GAP} frames apart", [row for rows, _ in joined for row in rows])
    unseen = [row for _, rows in joined for row in rows]
    report.add(f"Not shown by a key, % of the pixels, gap {GAP}", unseen)
    report.add("Further keys: the camera goes there and back", further_table())
    report.add(f"A clip of {LONG} frames", long_table())


def propagation_table() -> list[Row]:
    """PSNR over what the key shows, at the last frame and as the mean of all; then means of two textures."""
    rows: list[Row] = []
    for texture in TEXTURES:
        scene = zooming(texture)
        sources = [source(scene, t) for t in range(FAR + 1)]
        key = painted(scene, 0)
        made = {
            "one-sided, direct flow": [one_sided(sources[t], sources[0], key)[0] for t in range(1, FAR + 1)]
        }
        for flow in FLOWS:
            carried = carry(sources, steps_between(sources, flow), key, None)
            made[f"parallax, {flow}"] = [c.image for c in carried][1:]
        made["exact flow"] = [warp_flow(key, scene.flow(t, 0)) for t in range(1, FAR + 1)]
        for name, frames in made.items():
            scores = [
                psnr(frame, painted(scene, t), ~scene.hidden(t, 0))
                for t, frame in enumerate(frames, 1)
                if t % 4 == 0
            ]
            rows.append(
                {"texture": texture, "method": name, "mean": float(np.mean(scores)), "last": scores[-1]}
            )
    single = list(rows)
    for pair in itertools.combinations(TEXTURES, 2):
        for name in made:
            of_it = [row for row in single if row["method"] == name and row["texture"] in pair]
            means: Row = {part: float(np.mean([row[part] for row in of_it])) for part in ("mean", "last")}
            rows.append({"texture": " and ".join(pair), "method": name, **means})
    return rows


def joins_of(texture: str) -> tuple[list[Row], list[Row]]:
    """How evenly the frames between three keys go over into each other, and what no key shows."""
    scene = layers(texture, SPEED)
    keys = {t: painted(scene, t, take) for take, t in enumerate((0, GAP, 2 * GAP))}
    sources = [source(scene, t) for t in range(2 * GAP + 1)]
    between = [t for t in range(2 * GAP) if t % GAP]
    sided = {t: one_sided(sources[t], sources[t - t % GAP], keys[t - t % GAP]) for t in between}
    sequences = {"one-sided": ([keys[t] if t in keys else sided[t][0] for t in range(2 * GAP + 1)], 0.0)}
    unseen = np.stack([scene.hidden(t, t - t % GAP) & scene.hidden(t, t - t % GAP + GAP) for t in between])
    areas: list[Row] = [
        {"texture": texture, "method": "one-sided", "painted": share([sided[t][1] for t in between]),
         "truly unseen": share([scene.hidden(t, t - t % GAP) for t in between])},
    ]  # fmt: skip
    for flow, fusion in (("dis", "blend"), ("dis-fine", "blend"), ("dis-fine", "gradients")):
        name = f"parallax, {flow}" + (", gradients" if fusion == "gradients" else "")
        how, frames, holes = Blend(fusion), [], {}
        before = cpu_seconds()
        steps = steps_between(sources, flow)
        for k in (0, GAP):
            part = carry(sources[k : k + GAP + 1], steps[k : k + GAP], keys[k], keys[k + GAP], how)
            for t, made in enumerate(part, k):
                frames.append(made.image)
                holes[t] = made.holes
        sequences[name] = [*frames, keys[2 * GAP]], (cpu_seconds() - before) / (2 * GAP)
        if fusion == "blend":
            found = np.stack([holes[t] for t in between])
            areas.append({
                "texture": texture, "method": name, "painted": share(found), "truly unseen": share(unseen),
                "unseen that is found": 100 * float(found[unseen].mean()),
            })  # fmt: skip
    jumps = steps_of(scene, sequences["one-sided"][0])
    floor = float(np.mean([jumps[k - 1] for k in (GAP, 2 * GAP)])) / GAP
    sharp = energy(sequences["one-sided"][0], between)
    unit = by_turns({"remap": remap(sources[0])})["remap"].cpu_s
    rows: list[Row] = []
    for name, (frames, cpu_s) in sequences.items():
        jumps = steps_of(scene, frames)
        median = float(np.median(jumps))
        rows.append({
            "texture": texture, "method": name, "median step": median, "of the floor": median / floor,
            "largest / median": max(jumps) / median,
            "into a key / median": max(jumps[k - 1] for k in (GAP, 2 * GAP)) / median,
            "Laplacian energy": energy(frames, between) / sharp,
            "cpu_s": cpu_s or None, "remaps": cpu_s / unit or None,
        })  # fmt: skip
    return rows, areas


def further_table(texture: str = "paper") -> list[Row]:
    """Frames between two keys at the far end of a pan, with the key at its near end and without it."""
    scene = Scene((Layer(Motion(glide=9.0), 0),), texture)
    places = [*range(9), 7, 6, 5, 5, 6, 7, 8]  # out to 72 px, most of the way back, and out again
    sources = [source(scene, t) for t in places]
    steps = steps_between(sources)
    keys = {n: painted(scene, places[n]) for n in (0, 8, 15)}
    rows: list[Row] = []
    for name, further in (
        ("the two around", ()),
        ("and one before", (Further(keys[0], steps[:8], past=True),)),
    ):
        made = list(carry(sources[8:], steps[8:], keys[8], keys[15], further=further))[1:]
        scores = [psnr(m.image, painted(scene, places[t]), ~m.holes) for t, m in enumerate(made, 9)]
        rows.append(
            {"keys": name, "unseen %": share([m.holes for m in made]), "PSNR": float(np.mean(scores))}
        )
    return rows


def long_table() -> list[Row]:
    """Colour and sharpness along a long clip, each beside the plain mixture of its two paintings."""
    scene = Scene((Layer(Motion(glide=1.3 + 0.4j, turn=0.0005), 0),), "cloth", LONG_SIZE)
    rows: list[Row] = []
    last = source(scene, 0)
    for first in range(0, LONG, GAP):
        takes = [(first // GAP + n) % 4 for n in range(2)]
        keys = [painted(scene, first + n * GAP, take) for n, take in enumerate(takes)]
        sources = [last, *(source(scene, t) for t in range(first + 1, first + GAP + 1))]
        last = sources[-1]
        made = [c.image for c in carry(sources, steps_between(sources), *keys)]
        middle = [painted(scene, first + GAP // 2, take).mean((0, 1)) for take in takes]
        off = made[GAP // 2].mean((0, 1)) - np.mean(middle, 0)
        rows.append({
            "frames": f"{first} to {first + GAP}",
            **{f"{name} off": float(v) for name, v in zip(("red", "green", "blue"), off, strict=True)},
            "Laplacian energy, of the keys'": energy(made, range(1, GAP)) / energy(keys, range(2)),
        })  # fmt: skip
    worst = {name: max((row[name] for row in rows), key=abs) for name in rows[0] if name.endswith("off")}
    least = min(row["Laplacian energy, of the keys'"] for row in rows)
    shown = [rows[0], rows[1], rows[len(rows) // 2], rows[-1]]
    return [*shown, {"frames": "worst", **worst, "Laplacian energy, of the keys'": least}]


def steps_between(sources: Pictures, flow: str = "dis") -> list[Step]:
    estimate = load(flow)
    return [Step(estimate(a, b), estimate(b, a)) for a, b in itertools.pairwise(sources)]


class Sided(NamedTuple):
    image: np.ndarray
    painted: np.ndarray


def one_sided(frame: np.ndarray, at_key: np.ndarray, key: np.ndarray) -> Sided:
    """The key bent by the direct flow, and what would be painted; with this project's own sampling."""
    estimate = load("dis")
    there, back = estimate(frame, at_key), estimate(at_key, frame)
    return Sided(warp_flow(key, there), occlusion(there, back))


def steps_of(scene: Scene, frames: Pictures) -> list[float]:
    """The step from each frame to the next."""
    found = []
    for t, (a, b) in enumerate(itertools.pairwise(frames)):
        shown = cv2.dilate(scene.hidden(t, t + 1).astype(np.uint8), np.ones((3, 3))) == 0
        moved = warp_flow(b, scene.flow(t, t + 1)).astype(np.float32)
        found.append(float(np.abs(moved - a)[shown].mean()))
    return found


def energy(frames: Pictures, which: Sequence[int]) -> float:
    """The mean square of the brightness's Laplacian."""
    return float(np.mean([(cv2.Laplacian(frames[t].mean(2), cv2.CV_64F) ** 2).mean() for t in which]))


def share(masks: Any) -> float:
    return 100 * float(np.mean([mask.mean() for mask in masks]))
