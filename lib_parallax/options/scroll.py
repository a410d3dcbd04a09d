"""The options of scroll."""

from __future__ import annotations

from dataclasses import dataclass

from .declare import option
from .shared import DepthSourceOptions, OutputOptions, PaintOptions
from .zoom import SEED_POLICIES

SPEEDS = ("true", "painterly")
SCROLL_CONTENTS = ("fill", "stretch", "perlin", "noise", "original")
OVERLAYS = ("none", "rain", "snow", "moonlight", "ripple")
SHARE = "% of the shorter side"


@dataclass(frozen=True)
class ScrollOptions(PaintOptions, DepthSourceOptions, OutputOptions):
    """An endless side-scroll: a picture's layers slide at their own speeds, and new land is painted."""

    prompt: str | None = option(
        None, "Prompt",
        "what is painted at the edge: one text for all steps, a line for each step, or JSON with prompts by "
        "step",
        group="Basic",
    )  # fmt: skip
    prompts: str | None = option(
        None, "Prompts file", "prompts by step: a .json file, or a .txt file with a line for each step",
        group="Basic", path="read",
    )  # fmt: skip
    prefix: str | None = option(None, "Prefix", "put before every prompt", group="Words")
    suffix: str | None = option(None, "Suffix", "put after every prompt", group="Words")
    negative: str | None = option(None, "Negative prompt", "what no step may show", group="Basic")
    tags: bool = option(
        False, "Tags", "add what the generator sees in the picture to each step's prompt", group="Words"
    )
    direction: float = option(
        180.0, "Direction",
        "where the picture moves: 0 right, 90 up, 180 left, 270 down; any angle, -90 is 270",
        minimum=-3600.0, maximum=3600.0, unit="degrees", group="Basic",
    )  # fmt: skip
    layers: str | None = option(
        None, "Layers",
        "a number of bands from top to bottom; depth, or depth:4, for layers of equal area by depth, "
        "kmeans:4 for layers where depths gather; or a picture or folder of masks, the farthest first: white "
        "is the layer, the later one is in front, and what none covers lies behind them all. Left out, as "
        "many bands as there are heights or distances, else 3",
        group="Basic", path="read", plain=r"(?i)\s*(\d+|(depth|kmeans)(\s*:\s*\d+)?)\s*",
    )  # fmt: skip
    layer_prompts: str | None = option(
        None, "Layers by words",
        "what each layer shows, separated by semicolons, the farthest first: sky; mountains; trees. Found by "
        "a network; what none of them shows goes with the farthest",
        group="Layers",
    )  # fmt: skip
    heights: str | None = option(
        None, "Heights",
        "of the bands from top to bottom, in pixels of the source: 280,265,150; the last one takes the rest",
        group="Basic",
    )  # fmt: skip
    distances: str | None = option(
        None, "Distances",
        "how far away each layer is, in the order of the layers, in any unit: 280, 610, 500, 130, 70 or "
        "2 km; 300 m; 40 m. Left out, from depth where layers are found by it, else each is 1.6 times as far "
        "as the next, the last one nearest",
        group="Basic",
    )  # fmt: skip
    duration: float = option(
        20.0, "Duration", "length of the result", minimum=0.04, maximum=36000.0, unit="s", group="Basic"
    )
    fps: float = option(
        30.0, "Frame rate", "frames of the result in a second",
        minimum=1.0, maximum=240.0, unit="fps", group="Basic",
    )  # fmt: skip
    count: int | None = option(
        None, "Count",
        "steps in which land is painted; left out, as many as the duration needs. More paint land for a "
        "longer result, fewer are longer steps",
        minimum=1, maximum=10000, unit="steps", group="Basic",
    )  # fmt: skip
    smoothness: float = option(
        16.0, "Smoothness", "steps that the nearest layer takes to cross the picture; more is slower",
        minimum=1.0, maximum=1000.0, unit="steps", group="Movement",
    )  # fmt: skip
    step_seconds: float = option(
        5.0, "Seconds a step", "how long one step's land lasts", minimum=0.04, maximum=600.0, unit="s",
        group="Movement",
    )  # fmt: skip
    speeds: str = option(
        "true", "Speeds",
        "true: speed falls with distance as it does in the world; painterly: from 1 for the nearest over .86 "
        "and .35 to .06 for the farthest",
        choices=SPEEDS, group="Movement",
    )  # fmt: skip
    gains: str | None = option(
        None, "Gains", "a factor of each layer's speed, in the order of the layers: 1, 1, 0.5",
        group="Movement",
    )  # fmt: skip
    endless: bool = option(
        False, "Perfect loop",
        "every layer's strip is closed, and goes round a whole number of times; speeds give way by what that "
        "takes, and layers that would not get half around stand still",
        group="Movement",
    )  # fmt: skip
    ping_pong: bool = option(False, "Ping-pong", "go there and back", group="Movement")
    soft: float = option(
        4.0, "Soft edges", "over how many pixels a layer's edge fades",
        minimum=0.0, maximum=128.0, unit="px", group="Layers",
    )  # fmt: skip
    order: str | None = option(
        None, "Order",
        "of the layers from back to front, by their numbers from 0: 1,2,0; left out, the farthest is behind",
        group="Layers",
    )  # fmt: skip
    behind: str = option(
        "classical", "Behind layers",
        "who fills what lies behind a near layer that is cut out: the generator, or its border continued",
        choices=("paint", "classical"), group="Layers",
    )  # fmt: skip
    objects: str | None = option(
        None, "Objects",
        "picture or folder of masks of things that are cut out, painted away, and laid back to move with the "
        "layer they stand in; parts far apart are things of their own",
        group="Objects", path="read",
    )  # fmt: skip
    object_prompts: str | None = option(
        None, "Objects by words", "such things found by a network instead, separated by semicolons: a boat; "
        "a man",
        group="Objects",
    )  # fmt: skip
    object_factor: float = option(
        1.0, "Object speed", "of things, as a factor of their layer's; 0 stands still",
        minimum=0.0, maximum=4.0, group="Objects",
    )  # fmt: skip
    object_repeat: bool = option(
        False, "Objects return", "a thing that has left comes in again from the other side", group="Objects"
    )
    keyframe_size: tuple[int, int] | None = option(
        None, "Painting size",
        "width and height of what the generator paints, as WxH; the picture's, reduced to 1024 on its longer "
        "side, when left out",
        minimum=64, maximum=4096, unit="px", group="Painting",
    )  # fmt: skip
    rim: int = option(
        0, "Rim",
        "pixels of the picture's edge, where land is added, that are painted anew with it: a scan's border, "
        "a signature, a frame",
        minimum=0, maximum=256, unit="px", group="Painting",
    )  # fmt: skip
    overlap: float = option(
        0.7, "Overlap", "how far a step's painting reaches into what is known, for its colours to be matched "
        "there; what is known stays as it is",
        minimum=0.0, maximum=30.0, unit=SHARE, group="Painting",
    )  # fmt: skip
    round_corners: float = option(
        0.0, "Round corners", "how far the corners of what is painted are rounded off",
        minimum=0.0, maximum=30.0, unit=SHARE, group="Painting",
    )  # fmt: skip
    taper: float = option(
        0.0, "Taper", "how far the overlap narrows towards the ends of the edge",
        minimum=0.0, maximum=1.0, group="Painting",
    )  # fmt: skip
    blur_mask: float = option(
        0.0, "Blur the mask", "radius by which the edge of what is painted is blurred",
        minimum=0.0, maximum=30.0, unit=SHARE, group="Painting",
    )  # fmt: skip
    falloff: float = option(
        1.0, "Falloff", "how the blurred edge fades: 1 evenly, more keeps closer to the new land",
        minimum=0.1, maximum=10.0, group="Painting",
    )  # fmt: skip
    feather: float = option(
        4.0, "Feather", "how far into the new land what differs at the join fades out",
        minimum=0.0, maximum=30.0, unit=SHARE, group="Painting",
    )  # fmt: skip
    content: str = option(
        "stretch", "Start", "what the model starts from in the new land", choices=SCROLL_CONTENTS,
        group="Painting",
    )  # fmt: skip
    denoise: float = option(
        1.0, "Denoising", "how far the model goes from that start", minimum=0.0, maximum=1.0, group="Painting"
    )
    control: str | None = option(
        None, "Depth ControlNet", "model of a depth ControlNet, by which layers keep their depth",
        group="Painting",
    )  # fmt: skip
    inpaint_checkpoint: str | None = option(
        None, "Inpainting checkpoint", "model that paints new land; the checkpoint above when left out",
        group="Painting",
    )  # fmt: skip
    seed_policy: str = option(
        "step", "Seeds", "the seeds of the steps: each one higher than the last, the same for all, or drawn "
        "from the job's seed",
        choices=SEED_POLICIES, group="Painting",
    )  # fmt: skip
    strips: str | None = option(
        None, "Saved strips",
        "folder of strips painted earlier (a job's `kept` folder): they are shown at another speed or in "
        "another order, and only land that they lack is painted",
        group="Painting", path="read",
    )  # fmt: skip
    overlay: str = option(
        "none", "Overlay", "over the whole picture: rain, snow, a ray of moonlight, or a slow ripple",
        choices=OVERLAYS, group="Effects",
    )  # fmt: skip
    overlay_amount: float = option(
        0.5, "Amount of overlay", "0 to 1", minimum=0.0, maximum=1.0, group="Effects"
    )
    saturation: float = option(1.0, "Saturation", "1 as it is", minimum=0.0, maximum=4.0, group="Effects")
    contrast: float = option(1.0, "Contrast", "1 as it is", minimum=0.0, maximum=4.0, group="Effects")
    brightness: float = option(1.0, "Brightness", "1 as it is", minimum=0.0, maximum=4.0, group="Effects")
    gamma: float = option(1.0, "Gamma", "1 as it is", minimum=0.1, maximum=10.0, group="Effects")
    frame_blend: int = option(
        1, "Frame blending", "moments that are mixed into each frame, as a slow shutter does; 1 is none",
        minimum=1, maximum=16, group="Effects",
    )  # fmt: skip
    layer_sounds: str | None = option(
        None, "Layer sounds",
        "sound files, a line or a semicolon between them, in the order of the layers; loud as they are near, "
        "and dull as they are far",
        group="Sound", path="files",
    )  # fmt: skip
    show: str = option(
        "scroll", "Show",
        "the scroll; or what it is made of, as pictures with alpha: its layers as they are at the start, or "
        "their strips with all land that was painted",
        choices=("scroll", "layers", "strips"), group="Output",
    )  # fmt: skip
