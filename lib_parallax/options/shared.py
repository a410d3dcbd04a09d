"""What several loops' options begin with: the output, where depth comes from, who paints."""

from __future__ import annotations

from dataclasses import dataclass

from .declare import option

CODECS = ("h264", "h265", "h265-10bit", "av1", "av1-10bit", "prores", "ffv1", "vp9")
NVENC_CODECS = ("h264-nvenc", "h265-nvenc", "h265-10bit-nvenc", "av1-nvenc")  # where the machine has them
QUALITIES = ("draft", "balanced", "high", "lossless")
BACKENDS = ("auto", "reference", "cpu", "cuda")
MUSIC = ("none", "calm", "pulse", "drift")


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
    bitrate: float | None = option(
        None, "Bit rate", "of a video, on average, in place of what the quality takes; ProRes and lossless "
        "codecs heed none",
        minimum=0.05, maximum=1000.0, unit="Mbit/s", group="Output",
    )  # fmt: skip
    keyframe_seconds: float = option(
        4.0, "Key-frame interval", "longest time between two pictures of a video that players can jump to",
        minimum=0.02, maximum=60.0, unit="s", group="Output",
    )  # fmt: skip
    infotext: bool = option(
        True, "Options in pictures",
        "keep the options in every picture that is made, as the webui does; the page takes them back from it",
        group="Output",
    )  # fmt: skip
    sound: str | None = option(
        None, "Sound",
        "sound or video file whose first audio track is laid under the result, in place of the source's",
        group="Sound", path="read",
    )  # fmt: skip
    sound_start: float = option(
        0.0, "Sound from", "where in that file the sound begins",
        minimum=0.0, maximum=86400.0, unit="s", group="Sound",
    )  # fmt: skip
    sound_repeat: bool = option(
        False, "Repeat sound", "begin it again where it ends before the result; silence follows else",
        group="Sound",
    )  # fmt: skip
    sound_fade: float = option(
        0.5, "Sound fade", "time over which sound that goes on is faded out at the end of the result",
        minimum=0.0, maximum=60.0, unit="s", group="Sound",
    )  # fmt: skip
    sound_volume: float = option(
        0.0, "Sound volume", "how much louder that sound is, or the source's own where none is laid; less is "
        "quieter",
        minimum=-80.0, maximum=24.0, unit="dB", group="Sound",
    )  # fmt: skip
    ambience: str | None = option(
        None, "Ambience",
        "sound files that go on without end under the result, mixed with its sound; a line or a semicolon "
        "between them, each with a volume and a side if wanted: rain.ogg @ -12 dB; birds.wav @ -6 dB pan 0.4",
        group="Sound", path="files",
    )  # fmt: skip
    music: str = option(
        "none", "Music",
        "music that is made for the result, from its seed, and follows how fast and how bright it is: quiet "
        "chords and bells, a beat, or slow tones that wander",
        choices=MUSIC, group="Sound",
    )  # fmt: skip
    music_volume: float = option(
        0.0, "Music volume", "how much louder the music is; less is quieter",
        minimum=-80.0, maximum=24.0, unit="dB", group="Sound",
    )  # fmt: skip
    sound_normalise: bool = option(
        True, "Even loudness",
        "bring sounds that are mixed to -16 LUFS together (EBU R128); one sound alone stays as it is",
        group="Sound",
    )  # fmt: skip
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
OFFLOADS = ("auto", "none", "model", "sequential")
DEPTH_FLOWS = ("dis", "motion-vectors")


@dataclass(frozen=True)
class DepthSourceOptions:
    """Where depth comes from, for the loops that need it."""

    depth: str | None = option(
        None, "Depth file",
        "depth of the source, near is bright: a video, a folder of pictures or one picture, any size, "
        "8 or 16 bit, EXR or NPY; used instead of an estimate. In parallax several for one picture are its "
        "depth over the result",
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
    paint_precision: str = option(
        "auto", "Painting precision",
        "numbers that a diffusers model computes with; auto is fp16 on CUDA and fp32 elsewhere",
        choices=PRECISIONS, group="Painting",
    )  # fmt: skip
    paint_offload: str = option(
        "auto", "Painting offload",
        "what of a diffusers model waits in main memory: none of it, all but the model at work (model) or "
        "all but the layer at work (sequential: least memory, slowest); auto spares as little as will do",
        choices=OFFLOADS, group="Painting",
    )  # fmt: skip
    paint_slicing: bool = option(
        False, "Attention slicing",
        "a diffusers model works attention in slices and large pictures in tiles: less memory, slower",
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
