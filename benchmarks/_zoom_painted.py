"""A zoom painted by a diffusers model: the same bytes each time, resumed too, and no drift of colour."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lib_parallax import jobs
from lib_parallax.errors import Cancelled
from lib_parallax.loops.store import MemoryStore
from lib_parallax.loops.zoom import frames
from lib_parallax.loops.zoom.canvas import Inset
from lib_parallax.loops.zoom.course import course_of
from lib_parallax.media import Nothing
from lib_parallax.options import ZoomOptions, parse
from lib_parallax.types import CancelToken, Event

SIDE = 256
INPAINTING = "-inpainting"  # behind the name of the model beside the one that is given


def zoom_options(pipeline: Path, sampling: int, count: int) -> ZoomOptions:
    beside = pipeline.with_name(pipeline.name + INPAINTING)
    return parse(
        ZoomOptions,
        {
            "generator": "diffusers", "checkpoint": str(pipeline), "prompt": "a green hill\na house\na town",
            "inpaint_checkpoint": str(beside) if beside.is_dir() else None, "upscaler": "none",
            "keyframe_size": f"{SIDE}x{SIDE}", "steps": sampling, "count": count, "fps": 4, "codec": "ffv1",
        },
    )  # fmt: skip


def same_bytes(pipeline: Path, sampling: int, count: int = 6, stop_at: int = 4) -> list[dict[str, Any]]:
    """A zoom made twice, and once stopped when it began picture `stop_at` and gone on with."""
    options = zoom_options(pipeline, sampling, count)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)

        def made(name: str, **more: Any) -> bytes:
            place = home / name
            jobs.run("zoom", None, options, place / "zoom.mkv", jobs_dir=place / "jobs", **more)
            return (place / "zoom.mkv").read_bytes()

        token = CancelToken()

        def stop(event: Event) -> None:
            if event.kind == "stage" and f"picture {stop_at} of" in event.text:
                token.cancel()

        whole, again = made("whole"), made("again")
        try:
            made("stopped", cancel=token, on_event=stop)
        except Cancelled:
            painted = len(list((home / "stopped").glob("jobs/*/kept/keyframe-*.png")))
        resumed = made("stopped")
    case = f"{count} steps, {SIDE} px, {sampling} sampler steps"
    return [
        {"zoom": f"{case}, again", "identical": whole == again},
        {"zoom": f"... stopped after {painted} pictures and resumed", "identical": whole == resumed},
    ]


def colour_drift(pipeline: Path, sampling: int, count: int = 20) -> list[dict[str, Any]]:
    """By how many levels the mean colour of each picture's middle differs from the picture before it.

    kept    where that picture lies untouched
    middle  all of its place, with the band where the painting fades into it
    band    that band alone
    """
    options, store = zoom_options(pipeline, sampling, count), MemoryStore()
    size = options.keyframe_size or (SIDE, SIDE)
    list(frames(Nothing("zoom"), options, store=store))
    course = course_of(options, count, size)
    off: dict[str, list[float]] = {"kept": [], "middle": [], "band": []}
    for step in range(count):
        inset = Inset.of(course, step, size)
        inner, outer, mask = (
            store.picture(f"{what}-{step + later:04d}")
            for what, later in (("keyframe", 0), ("keyframe", 1), ("mask", 1))
        )
        assert inner is not None and outer is not None and mask is not None
        place, painted = inset.depth() > 0, mask[..., 0] > 0
        change = outer.astype(np.float64) - inset.canvas(inner)
        for name, where in (("kept", ~painted), ("middle", place), ("band", place & painted)):
            off[name].append(float(np.abs(change[where].mean(0)).max()))
    return [
        {"levels, of any channel": name, "mean": float(np.mean(v)), "most": max(v)} for name, v in off.items()
    ]
