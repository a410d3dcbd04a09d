"""The options of parallax."""

from __future__ import annotations

from dataclasses import dataclass

from .declare import option, schedule
from .shared import DepthSourceOptions, OutputOptions, PaintOptions
from .stereo import ANAGLYPH_COLOURS, ANAGLYPH_METHODS, LAYOUTS
from .zoom import SEED_POLICIES

MOVES = (
    "orbital", "circle", "horizontal", "vertical", "zoom", "dolly", "swing", "push-in", "pull-out",
    "handheld", "still",
)  # fmt: skip
EASINGS = ("linear", "sine", "quad", "cubic", "expo", "bounce", "elastic", "back")
OUTSIDES = ("mirror", "edge", "blank")
BEHIND = ("paint", "classical", "stretch", "blank")
VIEWS = ("mono", *LAYOUTS)
SHOWS = ("move", "layers", "mask", "model")
ALPHAS = ("none", "holes", "green")
FEEDBACKS = ("off", "scroll", "orbit", "forward", "backward", "path")
PARTICLES = ("none", "dust", "snow", "rain", "embers")


@dataclass(frozen=True)
class ParallaxOptions(PaintOptions, DepthSourceOptions, OutputOptions):
    """A camera move through a picture; what it uncovers is painted."""

    move: str = option("orbital", "Move", "how the camera moves", choices=MOVES, group="Basic")
    duration: float = option(
        4.0, "Duration", "length of the result", minimum=0.04, maximum=3600.0, unit="s", group="Basic"
    )
    fps: float = option(
        30.0, "Frame rate", "frames of the result in a second",
        minimum=1.0, maximum=240.0, unit="fps", group="Basic",
    )  # fmt: skip
    intensity: float = option(
        1.0, "Intensity", "how far the move goes", minimum=0.0, maximum=4.0, group="Basic"
    )
    loops: float = option(
        1.0,
        "Loops",
        "times that the move is made within the duration",
        minimum=0.01,
        maximum=100.0,
        group="Move",
    )
    phase: float = option(
        0.0, "Phase", "where in the move the result begins", minimum=0.0, maximum=1.0, group="Move"
    )
    easing: str = option(
        "sine", "Easing", "how moves with a beginning and an end gather and lose speed", choices=EASINGS,
        group="Move",
    )  # fmt: skip
    reverse: bool = option(False, "Reverse", "make the move backwards", group="Move")
    seamless: bool = option(
        True, "Seamless loop", "moves with a beginning and an end go back, so that the last frame meets the "
        "first",
        group="Move",
    )  # fmt: skip
    amount_x: float = option(
        1.0, "Amount, across", "how far the move goes sideways", minimum=-4.0, maximum=4.0, group="Move"
    )
    amount_y: float = option(
        1.0, "Amount, down", "how far the move goes up and down", minimum=-4.0, maximum=4.0, group="Move"
    )
    amount_z: float = option(
        1.0,
        "Amount, inward",
        "how far the move goes into the picture",
        minimum=-4.0,
        maximum=4.0,
        group="Move",
    )
    height: str = schedule("0.2", "Height", "how far depth reaches out, 0 flat to 2", "Camera")
    steady: str = schedule("0.05", "Steady", "depth that stays where it is as the camera moves", "Camera")
    focus: str = schedule("0", "Focus", "depth that keeps its size as the camera dollies", "Camera")
    zoom: str = schedule("1", "Zoom", "how much of the picture is seen; below 1 is closer", "Camera")
    isometric: str = schedule("0.3", "Isometric", "0 perspective to 1, rays that are parallel", "Camera")
    dolly: str = schedule("0", "Dolly", "how far back the camera stands, 0 to 20", "Camera")
    offset_x: str = schedule("0", "Offset, across", "the camera's place, in half heights", "Camera")
    offset_y: str = schedule("0", "Offset, down", "the same downwards", "Camera")
    origin_x: str = schedule("0", "Origin, across", "the point that rays come from", "Camera")
    origin_y: str = schedule("0", "Origin, down", "the same downwards", "Camera")
    center_x: str = schedule("0", "Centre, across", "the point that is looked at", "Camera")
    center_y: str = schedule("0", "Centre, down", "the same downwards", "Camera")
    roll: str = schedule("0", "Roll", "degrees clockwise", "Camera", "degrees")
    pan: str = schedule("0", "Pan", "degrees to the right", "Camera", "degrees")
    tilt: str = schedule("0", "Tilt", "degrees upwards", "Camera", "degrees")
    fov: float = option(
        55.0, "Field of view", "vertical angle of the camera that pans and tilts",
        minimum=5.0, maximum=150.0, unit="degrees", group="Camera",
    )  # fmt: skip
    outside: str = option(
        "mirror", "Outside", "what is beyond the picture's edges", choices=OUTSIDES, group="Camera"
    )
    supersampling: int = option(
        1, "Supersampling", "rays to a pixel, across and down", minimum=1, maximum=4, group="Output"
    )
    behind: str = option(
        "classical", "Behind things",
        "what the move uncovers: painted by the generator, continued from its border, stretched as a shader "
        "does, or left blank",
        choices=BEHIND, group="Basic",
    )  # fmt: skip
    prompt: str | None = option(
        None, "Prompt", "what is painted behind things; and without a picture, the picture", group="Basic"
    )
    negative: str | None = option(None, "Negative prompt", "what is not to be painted", group="Basic")
    denoise: float = option(
        1.0, "Denoising", "how far the model goes behind things", minimum=0.0, maximum=1.0, group="Painting"
    )
    inpaint_checkpoint: str | None = option(
        None, "Inpainting checkpoint", "model that paints behind things; the checkpoint above when left out",
        group="Painting",
    )  # fmt: skip
    feedback: str = option(
        "off", "Feedback",
        "an endless camera: step by step the picture that it sees is painted on and moved again; scroll past "
        "the background, orbit round a depth, fly forward or backward, or go the path of the move and the "
        "camera's schedules",
        choices=FEEDBACKS, group="Feedback",
    )  # fmt: skip
    count: int | None = option(
        None, "Count", "steps of an endless camera; as many as the duration holds when left out",
        minimum=1, maximum=10000, unit="steps", group="Feedback",
    )  # fmt: skip
    step_seconds: float = option(
        1.0, "Time of a step", "how long an endless camera takes from one painted picture to the next",
        minimum=0.01, maximum=60.0, unit="s", group="Feedback",
    )  # fmt: skip
    feedback_direction: float = option(
        180.0, "Direction",
        "where an endless camera's near things go in scroll and orbit: 0 right, 90 up, 180 left, 270 down",
        minimum=-360.0, maximum=360.0, unit="degrees", group="Feedback",
    )  # fmt: skip
    feedback_around: str = option(
        "nearest", "Orbit around", "what an orbit goes round: nearest, or a depth from 0, far, to 1, near",
        group="Feedback",
    )  # fmt: skip
    refine: str = schedule(
        "0", "Refine", "how far the model goes over each step's whole picture, 0 not at all to 1", "Feedback"
    )
    refine_steps: int = option(
        1, "Refinements", "times that the model goes over a step's picture, at most",
        minimum=1, maximum=50, group="Feedback",
    )  # fmt: skip
    refine_until: float = option(
        0.0, "Refined enough",
        "mean squared difference to the refinement before, in levels of 0 to 255, below which no other one "
        "follows; 0 for all of them",
        minimum=0.0, maximum=65025.0, group="Feedback",
    )  # fmt: skip
    seed_policy: str = option(
        "step", "Seeds", "the seeds of the steps: each one higher than the last, the same for all, or drawn "
        "from the job's seed",
        choices=SEED_POLICIES, group="Feedback",
    )  # fmt: skip
    show: str = option(
        "move", "Show",
        "the move; or what it is made of: layers (the picture and what is behind it, with alpha), mask (what "
        "the move uncovers, white), model (for .html, a page that moves with the mouse, .glb and .ply)",
        choices=SHOWS, group="Output",
    )  # fmt: skip
    layout: str = option(
        "mono", "Layout", "one view, or both eyes through the same camera", choices=VIEWS, group="Output"
    )
    strength: float = option(
        2.5, "Stereo strength", "whole disparity range between the two eyes, from nearest to farthest",
        minimum=0.0, maximum=10.0, unit="% of width", group="Output",
    )  # fmt: skip
    anaglyph_colours: str = option(
        "red-cyan", "Anaglyph glasses", "colours of the glasses, left then right",
        choices=ANAGLYPH_COLOURS, group="Output",
    )  # fmt: skip
    anaglyph_method: str = option(
        "dubois", "Anaglyph method", "how colours are shared between the two eyes",
        choices=ANAGLYPH_METHODS, group="Output",
    )  # fmt: skip
    alpha: str = option(
        "none", "Alpha", "what the move uncovers as transparency (ProRes 4444, VP9, PNG) or as green",
        choices=ALPHAS, group="Output",
    )  # fmt: skip
    blur_far: str = schedule("0", "Blur, far", "depth of field behind the focus, 0 to 1", "Effects")
    blur_near: str = schedule("0", "Blur, near", "depth of field before the focus, 0 to 1", "Effects")
    sharp_at: str = schedule("0.5", "Sharp at", "depth that is in focus, 0 far to 1 near", "Effects")
    sharp_point: str | None = option(
        None, "Sharp point", "a point that is in focus instead, as shares of width and height: 0.5,0.4",
        group="Effects",
    )  # fmt: skip
    vignette: str = schedule("0", "Vignette", "how dark the corners are, 0 to 1", "Effects")
    chromatic: str = schedule("0", "Chromatic aberration", "colour fringes at the edges, 0 to 1", "Effects")
    lens: str = schedule("0", "Lens distortion", "barrel above 0, pincushion below", "Effects")
    saturation: str = schedule("1", "Saturation", "1 as it is, 0 grey", "Effects")
    contrast: str = schedule("1", "Contrast", "1 as it is", "Effects")
    brightness: str = schedule("1", "Brightness", "1 as it is", "Effects")
    gamma: str = schedule("1", "Gamma", "1 as it is", "Effects")
    sepia: str = schedule("0", "Sepia", "0 to 1", "Effects")
    grain: str = schedule("0", "Film grain", "0 to 1", "Effects")
    fog: str = schedule("0", "Fog", "how thick the air is, 0 to 1", "Effects")
    fog_colour: str = option("#c8d0d8", "Fog colour", "as #rrggbb", group="Effects")
    shafts: str = schedule("0", "Light shafts", "rays from the brightest far light, 0 to 1", "Effects")
    particles: str = option(
        "none", "Particles", "things in the air, at depths of their own", choices=PARTICLES, group="Effects"
    )
    particle_amount: str = schedule("0.5", "Amount of particles", "0 to 1", "Effects")
