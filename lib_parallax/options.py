"""Every option of every loop, declared once.

One frozen dataclass a loop. Each field carries its label, help, range, unit and choices in
its metadata; command-line flags, the page, API models, job files and the tables in docs are
all made from these, so an option is refused in the same words everywhere.

    options = parse(StereoOptions, {"strength": 3, "layout": "half-sbs"})
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .errors import OptionError

T = TypeVar("T")


def option(
    default: Any,
    label: str,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    unit: str = "",
    choices: tuple[str, ...] = (),
    group: str = "",
    path: str = "",
) -> Any:
    """A dataclass field that knows how to present and check itself.

    path   "read" or "write" for an option that names a file or folder: a face that others can
           reach asks where it lies
    """
    metadata = {
        "label": label, "help": help, "minimum": minimum, "maximum": maximum,
        "unit": unit, "choices": choices, "group": group, "path": path,
    }  # fmt: skip
    return field(default=default, metadata=metadata)


CODECS = ("h264", "h265", "h265-10bit", "av1", "av1-10bit", "prores", "ffv1", "vp9")
NVENC_CODECS = ("h264-nvenc", "h265-nvenc", "h265-10bit-nvenc", "av1-nvenc")  # where the machine has them
QUALITIES = ("draft", "balanced", "high", "lossless")
BACKENDS = ("auto", "reference", "cpu")


@dataclass(frozen=True)
class OutputOptions:
    """What every loop's options begin with: how the result is written and computed."""

    size: tuple[int, int] | None = option(
        None, "Size", "width and height of one picture of the result, as WxH; the source's when left out",
        minimum=2, maximum=32768, unit="px", group="Output",
    )  # fmt: skip
    codec: str = option(
        "auto", "Codec", "video codec; auto is h264, or h265-10bit for sources of 10 bit and more",
        choices=("auto", *CODECS, *NVENC_CODECS), group="Output",
    )  # fmt: skip
    quality: str = option(
        "balanced", "Quality", "encoder effort and fidelity", choices=QUALITIES, group="Output"
    )
    seed: int = option(
        0, "Seed", "every random choice of the job is derived from it",
        minimum=0, maximum=2**63 - 1, group="Compute",
    )  # fmt: skip
    backend: str = option(
        "auto", "Backend", "carrier of the warp kernels; auto takes the fastest that the machine has",
        choices=BACKENDS, group="Compute",
    )  # fmt: skip
    device: str = option(
        "auto", "Device", "where tensors live: auto, cpu, cuda, cuda:1, mps, xpu", group="Compute"
    )


STEADINESS = ("auto", "off", "light", "strong")
PRECISIONS = ("auto", "fp32", "fp16", "bf16")
DEPTH_FLOWS = ("dis", "motion-vectors")


@dataclass(frozen=True)
class DepthSourceOptions:
    """Where depth comes from, for the loops that need it."""

    depth: str | None = option(
        None, "Depth file",
        "depth of the source, near is bright: a video, a folder of pictures or one picture, any size, "
        "8 or 16 bit, EXR or NPY; used instead of an estimate",
        group="Depth", path="read",
    )  # fmt: skip
    depth_model: str = option(
        "auto", "Depth model",
        "network that estimates depth; auto takes the best whose weights are here, else cues",
        group="Depth",
    )  # fmt: skip
    depth_weights: str | None = option(
        None, "Depth weights",
        "file of weights for the network that the depth model names, .pth or .safetensors, in place of the "
        "one that `models get` brings",
        group="Depth", path="read",
    )  # fmt: skip
    depth_every: int = option(
        1, "Depth every", "estimate depth on every n-th frame and carry it by optical flow in between",
        minimum=1, maximum=30, unit="frames", group="Depth",
    )  # fmt: skip
    depth_size: int | None = option(
        None, "Depth size",
        "shorter side at which a network looks at the picture; smaller is quicker and coarser",
        minimum=56, maximum=4096, unit="px", group="Depth",
    )  # fmt: skip
    depth_precision: str = option(
        "auto", "Depth precision",
        "numbers that a network computes with; auto is fp16 on CUDA and fp32 elsewhere. Frames that fp16 "
        "cannot hold are done again in fp32",
        choices=PRECISIONS, group="Depth",
    )  # fmt: skip
    depth_compile: bool = option(
        False, "Compile the network",
        "hand the network to torch.compile: a minute or more at the start, quicker from then on",
        group="Depth",
    )  # fmt: skip
    steadiness: str = option(
        "auto", "Steadiness",
        "how much depth is steadied over time; auto is light for networks that look at single pictures, "
        "off for depth that is steady already",
        choices=STEADINESS, group="Depth",
    )  # fmt: skip
    depth_flow: str = option(
        "dis", "Depth flow",
        "what depth is followed by from frame to frame: optical flow estimated from the pictures (dis), or "
        "the motion vectors of the video file, where it has some (H.264, MPEG-4, MPEG-2), which is quicker",
        choices=DEPTH_FLOWS, group="Depth",
    )  # fmt: skip
    save_depth: str | None = option(
        None, "Save depth",
        "also write the depth of this run: to a video file (lossless 16-bit grey, .mkv) or, for any other "
        "path, a folder of 16-bit PNG",
        group="Depth", path="write",
    )  # fmt: skip


EYES = ("right", "left", "both")
LAYOUTS = (
    "full-sbs", "half-sbs", "full-sbs-rl", "half-sbs-rl", "cross-eyed",
    "full-tb", "half-tb", "full-bt", "half-bt",
    "anaglyph", "row-interleaved", "column-interleaved", "checkerboard",
    "separate", "rgb-depth", "depth", "vr180",
)  # fmt: skip
ANAGLYPH_COLOURS = ("red-cyan", "green-magenta", "amber-blue")
ANAGLYPH_METHODS = ("dubois", "colour", "half-colour", "grey", "optimised")
FILLS = ("background", "temporal", "none")


@dataclass(frozen=True)
class StereoOptions(DepthSourceOptions, OutputOptions):
    """Turn a picture or video into 3D."""

    layout: str = option(
        "full-sbs", "Layout",
        "how the two views are put together; -rl and bt put the right view first",
        choices=LAYOUTS, group="Basic",
    )  # fmt: skip
    eye: str = option(
        "right", "Synthesised eye",
        "which view is synthesised; the other eye sees the source untouched, so leave your dominant eye the "
        "source; both moves each eye by half",
        choices=EYES, group="Basic",
    )  # fmt: skip
    strength: float = option(
        2.5, "Strength", "whole disparity range between the two eyes, from nearest to farthest",
        minimum=0.0, maximum=10.0, unit="% of width", group="Basic",
    )  # fmt: skip
    convergence: float | None = option(
        None, "Convergence",
        "depth that lies on the screen, 0 far to 1 near; left out, it follows each shot's salient depth",
        minimum=0.0, maximum=1.0, group="Depth budget",
    )  # fmt: skip
    near_limit: float = option(
        2.5, "Near limit", "most that anything may stand out in front of the screen",
        minimum=0.0, maximum=10.0, unit="% of width", group="Depth budget",
    )  # fmt: skip
    far_limit: float = option(
        2.5, "Far limit", "most that anything may lie behind the screen",
        minimum=0.0, maximum=10.0, unit="% of width", group="Depth budget",
    )  # fmt: skip
    fill: str = option(
        "temporal", "Fill",
        "what is put where the new view uncovers background: its mirrored border; or what other frames of "
        "the shot show there (and the border where they show nothing), or none (black)",
        choices=FILLS, group="Uncovered areas",
    )  # fmt: skip
    sharpen_depth: bool = option(
        True, "Sharpen depth", "turn soft depth edges into steps along the picture's own edges",
        group="Depth",
    )  # fmt: skip
    keep_thin: bool = option(
        True, "Keep thin things",
        "when sharpening, give wires, railings and the like back the depth that blur took from them",
        group="Depth",
    )  # fmt: skip
    edge_bias: int = option(
        0, "Foreground bias",
        "when sharpening, how far near things grow over what is behind them; negative, shrink",
        minimum=-16, maximum=16, unit="px", group="Depth",
    )  # fmt: skip
    floating_window: bool = option(
        False, "Floating window",
        "mask the screen edges that cut near objects, so that the edge itself stands in front",
        group="Uncovered areas",
    )  # fmt: skip
    anaglyph_colours: str = option(
        "red-cyan", "Anaglyph glasses", "colours of the glasses, left then right",
        choices=ANAGLYPH_COLOURS, group="Anaglyph",
    )  # fmt: skip
    anaglyph_method: str = option(
        "dubois", "Anaglyph method", "how colours are shared between the two eyes",
        choices=ANAGLYPH_METHODS, group="Anaglyph",
    )  # fmt: skip
    fov: float = option(
        90.0, "Field of view", "horizontal angle the picture fills in the vr180 layout",
        minimum=20.0, maximum=170.0, unit="degrees", group="VR180",
    )  # fmt: skip
    size_cap: tuple[int, int] | None = option(
        None, "Size cap", "largest width and height of the finished frame, as WxH; larger is scaled down",
        minimum=16, maximum=32768, unit="px", group="Output",
    )  # fmt: skip
    name_tags: bool = option(
        True, "Name tags",
        "when -o names a folder of a batch or is left out, add the file-name tag that players read, such as "
        "_LRF_Full_SBS",
        group="Output",
    )  # fmt: skip


DEPTH_VIEWS = ("depth", "grey", "inferno", "turbo", "normals")
DEPTH_FORMATS = ("png", "exr", "npy")


@dataclass(frozen=True)
class DepthOptions(DepthSourceOptions, OutputOptions):
    """Estimate depth of a picture or video."""

    codec: str = option(
        "auto", "Codec",
        "video codec; for depth auto is ffv1 (16 bit, lossless) in .mkv and h265-10bit in .mp4 and .mov, for "
        "8-bit pictures h264",
        choices=("auto", *CODECS, *NVENC_CODECS), group="Output",
    )  # fmt: skip
    view: str = option(
        "depth", "View",
        "depth as 16-bit numbers, as an 8-bit grey picture, in colours, or the surface's normals",
        choices=DEPTH_VIEWS, group="Basic",
    )  # fmt: skip
    format: str = option(
        "png", "Frame format", "files of a folder result; EXR and NPY keep depth as floating point",
        choices=DEPTH_FORMATS, group="Basic",
    )  # fmt: skip
    invert: bool = option(False, "Invert", "far is bright instead of near", group="Basic")
    near_clip: float = option(
        1.0, "Near clip", "depth from here on is nearest, 0 far to 1 near",
        minimum=0.0, maximum=1.0, group="Range",
    )  # fmt: skip
    far_clip: float = option(
        0.0, "Far clip", "depth up to here is farthest, 0 far to 1 near",
        minimum=0.0, maximum=1.0, group="Range",
    )  # fmt: skip
    sharpen_depth: bool = option(
        False, "Sharpen depth", "turn soft depth edges into steps along the picture's own edges",
        group="Depth",
    )  # fmt: skip
    keep_thin: bool = option(
        True, "Keep thin things",
        "when sharpening, give wires, railings and the like back the depth that blur took from them",
        group="Depth",
    )  # fmt: skip
    edge_bias: int = option(
        0, "Foreground bias",
        "when sharpening, how far near things grow over what is behind them; negative, shrink",
        minimum=-16, maximum=16, unit="px", group="Depth",
    )  # fmt: skip
    fov: float = option(
        55.0, "Field of view", "horizontal angle of the camera, for point clouds, meshes and normals",
        minimum=5.0, maximum=150.0, unit="degrees", group="3D",
    )  # fmt: skip


@dataclass(frozen=True)
class PaintOptions:
    """Who paints and how, for the loops that paint."""

    generator: str = option(
        "auto", "Generator",
        "what paints; auto is the webui's loaded model inside one, else a diffusers model that is named or "
        "found, else classical, which needs no weights",
        group="Painting",
    )  # fmt: skip
    checkpoint: str | None = option(
        None, "Checkpoint", "model that paints, as the generator knows it; what is loaded when left out",
        group="Painting",
    )  # fmt: skip
    steps: int = option(20, "Steps", "steps of the sampler", minimum=1, maximum=1000, group="Painting")
    cfg: float = option(
        7.0, "CFG", "how closely the words are followed", minimum=0.0, maximum=30.0, group="Painting"
    )
    sampler: str | None = option(
        None, "Sampler", "sampler, as the generator knows it; its own when left out", group="Painting"
    )
    scheduler: str | None = option(
        None, "Scheduler", "schedule of the noise, as the generator knows it; its own when left out",
        group="Painting",
    )  # fmt: skip


ZOOM_DIRECTIONS = ("out", "in")
ZOOM_CONTENTS = ("perlin", "noise", "stretch", "fill")
SEED_POLICIES = ("step", "fixed", "random")


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
    speed: str = option(
        "1", "Speed", "steps a second; it may change over the frames: 0:(1), 120:(0.25)", group="Basic"
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
    centre_x: str = option(
        "0.5", "Centre, across",
        "where in the wider picture the middle of the one before lies, 0 left to 1 right; it may change over "
        "the steps",
        group="Movement",
    )  # fmt: skip
    centre_y: str = option(
        "0.5", "Centre, down", "the same from 0, the top, to 1, the bottom", group="Movement"
    )
    rotation: str = option(
        "0", "Rotation", "degrees by which each picture is turned in the next, clockwise; it may change "
        "over the steps",
        group="Movement",
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
    denoise: float = option(
        1.0, "Denoising", "how far the model goes from that start", minimum=0.0, maximum=1.0, group="Painting"
    )
    seed_policy: str = option(
        "step", "Seeds", "the seeds of the steps: each one higher than the last, the same for all, or drawn "
        "from the job's seed",
        choices=SEED_POLICIES, group="Painting",
    )  # fmt: skip
    inpaint_checkpoint: str | None = option(
        None, "Inpainting checkpoint",
        "model that paints around the first picture; the checkpoint above when left out",
        group="Painting",
    )  # fmt: skip


LOOP_OPTIONS: dict[str, type] = {"stereo": StereoOptions, "depth": DepthOptions, "zoom": ZoomOptions}
OPTIONAL_SOURCE = ("zoom",)  # loops that can do without a source


@dataclass(frozen=True)
class OptionField:
    """One option as a face sees it: `kind` is int, float, bool, str or size."""

    name: str
    kind: str
    default: Any
    optional: bool
    label: str
    help: str
    minimum: float | None
    maximum: float | None
    unit: str
    choices: tuple[str, ...]
    group: str
    path: str

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def describe(cls: type) -> tuple[OptionField, ...]:
    """The options of a loop in order, for a face to draw."""
    hints = typing.get_type_hints(cls)
    described = []
    for f in dataclasses.fields(cls):
        hint = hints[f.name]
        inner = [h for h in typing.get_args(hint) if h is not type(None)]
        optional = isinstance(hint, types.UnionType) and len(inner) < len(typing.get_args(hint))
        plain = inner[0] if optional else hint
        kind = "size" if typing.get_origin(plain) is tuple else plain.__name__
        described.append(OptionField(f.name, kind, f.default, optional, **f.metadata))
    return tuple(described)


def parse(cls: type[T], values: T | Mapping[str, Any] | None) -> T:
    """Options from a mapping of names to values or to their text, each one checked.

    Raises OptionError, naming the field, for an unknown name, a value of the wrong kind or
    one out of range. An instance of `cls` is checked as well and comes back equal.
    """
    if values is None:
        values = {}
    if isinstance(values, cls):
        values = {f.name: getattr(values, f.name) for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    if not isinstance(values, Mapping):
        raise OptionError(f"options must be {cls.__name__} or a mapping of names to values")
    known = {o.name: o for o in describe(cls)}
    for name in values:
        if name not in known:
            raise OptionError(f"unknown option {name!r}; known are {', '.join(known)}", str(name))
    return cls(**{name: check(known[name], value) for name, value in values.items()})


def check(o: OptionField, value: Any) -> Any:
    """The value in its option's own type, or OptionError."""
    words_for_none = ("",) if o.kind == "str" else ("", "auto", "none")
    if value is None or (o.optional and isinstance(value, str) and value.lower() in words_for_none):
        if o.optional:
            return None
        raise OptionError(f"{o.name}: a value is needed", o.name)
    value = _CONVERT[o.kind](o, value)
    if o.choices and value not in o.choices:
        raise OptionError(f"{o.name}: {value!r} is not one of {', '.join(o.choices)}", o.name)
    for number in value if isinstance(value, tuple) else (value,):
        _check_range(o, number)
    return value


def _check_range(o: OptionField, number: Any) -> None:
    low, high = o.minimum, o.maximum
    if (low is not None and not number >= low) or (high is not None and not number <= high):
        unit = f" {o.unit}" if o.unit else ""
        raise OptionError(f"{o.name}: {number} is outside {low} to {high}{unit}", o.name)


def _number(convert: type) -> Any:
    def to_number(o: OptionField, value: Any) -> Any:
        try:
            if isinstance(value, (bool, bytes)):
                raise ValueError
            number = convert(value)
            if convert is int and not isinstance(value, str) and number != value:
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            kind = "a whole number" if convert is int else "a number"
            raise OptionError(f"{o.name}: {value!r} is not {kind}", o.name) from None
        return number

    return to_number


def _bool(o: OptionField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "yes", "on", "1"):
        return True
    if isinstance(value, str) and value.lower() in ("false", "no", "off", "0"):
        return False
    raise OptionError(f"{o.name}: {value!r} is not yes or no", o.name)


def _str(o: OptionField, value: Any) -> str:
    if not isinstance(value, str):
        raise OptionError(f"{o.name}: {value!r} is not text", o.name)
    return value


def _size(o: OptionField, value: Any) -> tuple[int, int]:
    parts = value.lower().split("x") if isinstance(value, str) else value
    try:
        width, height = (int(p) for p in parts)
        if not isinstance(value, str) and (width, height) != tuple(parts):
            raise ValueError
    except (TypeError, ValueError):
        raise OptionError(f"{o.name}: {value!r} is not a size such as 1920x1080", o.name) from None
    return width, height


_CONVERT: dict[str, Any] = {
    "int": _number(int), "float": _number(float), "bool": _bool, "str": _str, "size": _size,
}  # fmt: skip
