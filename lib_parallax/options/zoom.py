"""The options of zoom."""

from __future__ import annotations

from dataclasses import dataclass

from .declare import option, schedule
from .shared import OutputOptions, PaintOptions

ZOOM_DIRECTIONS = ("out", "in")
ZOOM_CONTENTS = ("perlin", "noise", "stretch", "fill")
SEED_POLICIES = ("step", "fixed", "random")
PICKS = ("auto", "ask", "best")


@dataclass(frozen=True)
class ZoomOptions(PaintOptions, OutputOptions):
    """An endless zoom through pictures that a generator paints around each other."""

    size: tuple[int, int] | None = option(
        None, "Size", "width and height of the result, as WxH; the keyframes' when left out",
        minimum=2, maximum=32768, unit="px", group="Output",
    )  # fmt: skip
    prompt: str | None = option(
        None, "Prompt",
        "what is painted: one text for all steps, a line for each step, or JSON as in a prompts file",
        group="Basic",
    )  # fmt: skip
    prompts: str | None = option(
        None, "Prompts file",
        "prompts by step, with pictures of their own where wanted: a .json file, or a .txt file with a line "
        "for each step",
        group="Basic", path="read",
    )  # fmt: skip
    negative: str | None = option(None, "Negative prompt", "what no step may show", group="Basic")
    count: int = option(
        8, "Count", "steps of the zoom; --keyframes makes it as many as there are pictures for",
        minimum=1, maximum=1000, unit="steps", group="Basic",
    )  # fmt: skip
    factor: float = option(
        2.0, "Factor", "how much wider each step sees", minimum=1.2, maximum=4.0, group="Basic"
    )
    direction: str = option(
        "out", "Direction", "out begins at the first picture; in is the same backwards and ends there",
        choices=ZOOM_DIRECTIONS, group="Basic",
    )  # fmt: skip
    speed: float | str = schedule(
        1.0,
        "Speed",
        "steps a second, such as 1 or 0:(1), 120:(0.25)",
        minimum=0.0,
        maximum=1000.0,
        group="Basic",
    )
    fps: float = option(
        30.0, "Frame rate", "frames of the result in a second",
        minimum=1.0, maximum=240.0, unit="fps", group="Basic",
    )  # fmt: skip
    prefix: str | None = option(None, "Prefix", "put before every prompt", group="Words")
    suffix: str | None = option(None, "Suffix", "put after every prompt", group="Words")
    last_picture: str | None = option(
        None, "Last picture", "a picture that the zoom arrives at: the outermost", group="Words", path="read"
    )  # fmt: skip
    endless: bool = option(
        False, "Perfect loop", "the last step leads back into the first picture, whose middle gives way",
        group="Movement",
    )  # fmt: skip
    ping_pong: bool = option(False, "Ping-pong", "there and back again", group="Movement")
    ease_in: float = option(
        0.0, "Ease in", "time in which the zoom comes up to speed",
        minimum=0.0, maximum=60.0, unit="s", group="Movement",
    )  # fmt: skip
    ease_out: float = option(
        0.0, "Ease out", "time in which the zoom comes to rest",
        minimum=0.0, maximum=60.0, unit="s", group="Movement",
    )  # fmt: skip
    hold_start: float = option(
        0.0, "Hold at the start", "pause before the zoom sets off",
        minimum=0.0, maximum=60.0, unit="s", group="Movement",
    )  # fmt: skip
    hold_end: float = option(
        0.0, "Hold at the end", "pause where the zoom has arrived",
        minimum=0.0, maximum=60.0, unit="s", group="Movement",
    )  # fmt: skip
    centre_x: float | str = schedule(
        0.5, "Centre, across",
        "where in the wider picture the middle of the one before lies, 0 left to 1 right",
        minimum=0.0, maximum=1.0, group="Movement", over="steps",
    )  # fmt: skip
    centre_y: float | str = schedule(
        0.5, "Centre, down", "the same from 0, the top, to 1, the bottom",
        minimum=0.0, maximum=1.0, group="Movement", over="steps",
    )  # fmt: skip
    rotation: float | str = schedule(
        0.0, "Rotation", "how far each picture is turned in the next, clockwise",
        minimum=-3600.0, maximum=3600.0, unit="degrees", group="Movement", over="steps",
    )  # fmt: skip
    keyframes: str | None = option(
        None, "Saved keyframes",
        "folder of pictures painted earlier (a job's `kept` folder), innermost first: they are shown at "
        "another speed or size, and nothing is painted",
        group="Keyframes", path="read",
    )  # fmt: skip
    keyframe_size: tuple[int, int] | None = option(
        None, "Keyframe size",
        "width and height of what the generator paints, as WxH; the picture's when left out, else 512x512",
        minimum=64, maximum=4096, unit="px", group="Keyframes",
    )  # fmt: skip
    upscaler: str = option(
        "auto", "Upscaler",
        "enlarges each keyframe once where the result needs more pixels than it has: as the generator knows "
        "it, auto (its best) or none",
        group="Keyframes",
    )  # fmt: skip
    overlap: float = option(
        8.0, "Overlap", "how far a step's painting reaches over the edge of the picture before it",
        minimum=0.5, maximum=30.0, unit="% of its shorter side", group="Painting",
    )  # fmt: skip
    feather: float = option(
        6.0, "Feather", "over how much of the overlap the painting fades into that picture",
        minimum=0.0, maximum=30.0, unit="% of its shorter side", group="Painting",
    )  # fmt: skip
    content: str = option(
        "perlin", "Start", "what the model starts from in the new border: clouds in the colours of the edge, "
        "noise, the stretched edge, or its colours softly continued",
        choices=ZOOM_CONTENTS, group="Painting",
    )  # fmt: skip
    denoise: float | str = schedule(
        1.0, "Denoising", "how far the model goes from that start", minimum=0.0, maximum=1.0,
        group="Painting", over="steps",
    )  # fmt: skip
    cfg: float | str = schedule(  # type: ignore[assignment]  # of loops that paint once it is a number
        7.0, "CFG", "how closely the words are followed", minimum=0.0, maximum=30.0, group="Painting",
        over="steps",
    )  # fmt: skip
    seed_policy: str = option(
        "step", "Seeds", "the seeds of the steps: each one higher than the last, the same for all, or drawn "
        "from the job's seed",
        choices=SEED_POLICIES, group="Painting",
    )  # fmt: skip
    step_seeds: str | None = option(
        None, "Seeds of single steps", "in the place of their own, as 3:77, 5:9", group="Painting"
    )  # fmt: skip
    candidates: int = option(
        1, "Candidates", "pictures painted for each step, of which one is taken",
        minimum=1, maximum=16, group="Painting",
    )  # fmt: skip
    pick: str = option(
        "auto", "Choice",
        "ask waits at every step until you take a picture or have others painted; best takes the candidate "
        "that fits best; auto asks at a terminal where there are candidates",
        choices=PICKS, group="Painting",
    )  # fmt: skip
    inpaint_checkpoint: str | None = option(
        None, "Inpainting checkpoint",
        "model that paints around the first picture; the checkpoint above when left out",
        group="Painting",
    )  # fmt: skip
