"""The options of animate."""

from __future__ import annotations

from dataclasses import dataclass

from .declare import option, schedule
from .shared import DepthSourceOptions, OutputOptions, PaintOptions
from .zoom import SEED_POLICIES

ANIMATE_FLOWS = (
    "dis", "dis-fine", "dis-fast", "dis-ultrafast", "raft-small", "raft-large", "motion-vectors",
)  # fmt: skip
FUSIONS = ("blend", "gradients")
COLOUR_MATCHES = ("key", "none")
MASK_SIDES = ("inside", "outside")


@dataclass(frozen=True)
class AnimateOptions(PaintOptions, DepthSourceOptions, OutputOptions):
    """Restyle a video without flicker: some frames are painted, the rest is carried by optical flow."""

    prompt: str | None = option(
        None, "Prompt",
        "what the frames become: one text for all, a line for each key, or JSON with prompts by frame",
        group="Basic",
    )  # fmt: skip
    prompts: str | None = option(
        None, "Prompts file", "prompts by frame: a .json file, or a .txt file with a line for each key",
        group="Basic", path="read",
    )  # fmt: skip
    negative: str | None = option(None, "Negative prompt", "what no frame may show", group="Basic")
    denoise: float | str = schedule(
        0.5, "Denoising", "how far the model goes from the source, such as 0:(0.6), 100:(0.3)",
        minimum=0.0, maximum=1.0, group="Basic",
    )  # fmt: skip
    steps: int | str = schedule(  # type: ignore[assignment]  # of loops that paint once it is a number
        20, "Steps", "steps of the sampler", minimum=1, maximum=1000, group="Painting"
    )
    cfg: float | str = schedule(  # type: ignore[assignment]
        7.0, "CFG", "how closely the words are followed", minimum=0.0, maximum=30.0, group="Painting"
    )
    keys: str = option(
        "coverage", "Keys",
        "which frames are painted: coverage (as few as show everything), edges or mse (where the picture has "
        "changed most), every:12, all, or their numbers: 0,10,20. The first frame is 0; a shot's first is "
        "always one, unless they are numbered",
        group="Basic",
    )  # fmt: skip
    stylised: str | None = option(
        None, "Painted keys",
        "pictures painted elsewhere, in place of a generator: a folder whose file names hold the frame's "
        "number, or a video",
        group="Basic", path="read",
    )  # fmt: skip
    fps: float | None = option(
        None, "Frame rate",
        "frames of the result in a second; fewer than the source has leaves some out, more are made between; "
        "the source's when left out",
        minimum=1.0, maximum=240.0, unit="fps", group="Basic",
    )  # fmt: skip
    unseen: float = option(
        3.0, "Unseen", "for keys by coverage: the share of a frame that no key may show",
        minimum=0.0, maximum=50.0, unit="% of pixels", group="Keys",
    )  # fmt: skip
    shortest_gap: int = option(
        3, "Shortest gap", "fewest frames from one key to the next",
        minimum=1, maximum=1000, unit="frames", group="Keys",
    )  # fmt: skip
    longest_gap: int = option(
        24, "Longest gap", "most frames from one key to the next",
        minimum=1, maximum=240, unit="frames", group="Keys",
    )  # fmt: skip
    reference: float | str = schedule(
        0.0, "Reference", "how much of the key before, carried to this frame, each key is painted from",
        minimum=0.0, maximum=1.0, group="Keys",
    )  # fmt: skip
    grid: int = option(
        1, "Keys at a time",
        "keys painted side by side in one picture, so that they agree; it grows with them",
        minimum=1, maximum=9, group="Keys",
    )  # fmt: skip
    passes: int = option(
        1, "Passes", "times that each key goes through the model", minimum=1, maximum=8, group="Keys"
    )
    tags: bool = option(
        False, "Tags", "add what the generator's interrogator sees in a key to its prompt", group="Keys"
    )
    tags_allow: str | None = option(
        None, "Allowed tags", "only these are added, separated by commas", group="Keys"
    )
    tags_deny: str | None = option(
        None, "Denied tags", "these are never added, separated by commas", group="Keys"
    )
    keyframe_size: tuple[int, int] | None = option(
        None, "Key size",
        "width and height of what the generator paints, or a box of another shape to fit that into, as WxH; "
        "when left out the result's, reduced until the shorter side is 512 at most",
        minimum=64, maximum=4096, unit="px", group="Painting",
    )  # fmt: skip
    seed_policy: str = option(
        "fixed", "Seeds",
        "the seeds of the keys: each one higher than the last, the same for all, or drawn from the job's "
        "seed",
        choices=SEED_POLICIES, group="Painting",
    )  # fmt: skip
    inpaint_checkpoint: str | None = option(
        None, "Inpainting checkpoint",
        "model that paints what no key shows; the checkpoint above when left out",
        group="Painting",
    )  # fmt: skip
    control: str | None = option(
        None, "ControlNets",
        "what steers each key, a line or a semicolon between them: KIND MODEL [WEIGHT [START END]], KIND "
        "being canny, lineart, softedge, depth, tile or none: canny control_v11p_sd15_canny 0.8. The weight "
        "may change over the frames, in quotes: '0:(1), 60:(0.3)'",
        group="Painting",
    )  # fmt: skip
    flow: str = option(
        "dis-fine", "Flow", "who estimates how things move; motion-vectors takes the file's own",
        choices=ANIMATE_FLOWS, group="Between keys",
    )  # fmt: skip
    flow_files: str | None = option(
        None, "Flow files",
        "folder of flow made elsewhere (.flo, .npy or 16-bit .png as KITTI has it), used in place of an "
        "estimate",
        group="Between keys", path="read",
    )  # fmt: skip
    flow_size: int = option(
        512, "Flow size", "shorter side at which motion is looked for",
        minimum=64, maximum=4096, unit="px", group="Between keys",
    )  # fmt: skip
    fusion: str = option(
        "blend", "Fusion", "how two keys become one frame: their colours blended, or their gradients",
        choices=FUSIONS, group="Between keys",
    )  # fmt: skip
    neighbours: int = option(
        1, "Keys on each side", "how many keys before and after a frame are looked at for what it shows",
        minimum=1, maximum=4, group="Between keys",
    )  # fmt: skip
    colour_match: str = option(
        "key", "Colour", "match every key's colours to the shot's first, so that they do not drift, or leave "
        "them",
        choices=COLOUR_MATCHES, group="Between keys",
    )  # fmt: skip
    sharpen: float = option(
        0.0, "Sharpen", "sharpen the frames between keys", minimum=0.0, maximum=2.0, group="Between keys"
    )
    paint_from: float = option(
        0.1, "Paint from",
        "size from which an area that no key shows is painted by the generator; smaller ones are closed from "
        "their border",
        minimum=0.0, maximum=100.0, unit="% of pixels", group="Between keys",
    )  # fmt: skip
    hole_denoise: float | str = schedule(
        0.4, "Denoising of holes", "how far the model goes where no key shows anything",
        minimum=0.0, maximum=1.0, group="Between keys",
    )  # fmt: skip
    mask: str | None = option(
        None, "Mask",
        "video, folder or picture: where it is white the frames are restyled, elsewhere they stay the "
        "source's",
        group="Mask", path="read",
    )  # fmt: skip
    mask_side: str = option(
        "inside", "Masked side", "restyle inside or outside the mask", choices=MASK_SIDES, group="Mask"
    )
    mask_near: float = option(
        1.0, "Nearest depth", "restyle only what lies no nearer, 0 far to 1 near",
        minimum=0.0, maximum=1.0, group="Mask",
    )  # fmt: skip
    mask_far: float = option(
        0.0, "Farthest depth", "restyle only what lies no farther, 0 far to 1 near",
        minimum=0.0, maximum=1.0, group="Mask",
    )  # fmt: skip
    compare: bool = option(
        False, "Comparison",
        "show source, frame-by-frame img2img and the result side by side; img2img then paints every frame",
        group="Output",
    )  # fmt: skip
