"""From a clip to its 3D file: CPU-seconds a frame all in, the share of every stage, and the memory's peak.

Stages are told apart by runs that stop after each: decoding alone, the depth loop, the stereo loop without
and with depth's edges sharpened, and the whole job with its encoder; a share is the difference from the run
before. So threads that decoders and encoders start are counted where they belong. Every run is in a process
of its own, on the same first frames of the clip, after a run on a few that is not counted.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from _child import alone
from _clock import gpu, spent
from _report import Report, Row, arguments
from _targets import Outcome, verdict

OPTIONS = {"layout": "full-sbs", "codec": "h264"}
CUES = {"depth_model": "cues"}
NETWORK = {"depth_model": "depth-anything-v2-small", "depth_size": 252, "depth_every": 4}
ON_GPU = {"depth_model": "depth-anything-v2-small", "device": "cuda", "depth_precision": "fp16"}
MOST_CUES, MOST_NETWORK, LEAST_FPS_GPU = 0.20, 0.35, 200.0
STAGES = ("decode", "depth", "views", "edges", "encode")
WARM = 3  # frames


def stage(name: str, clip: str, options: Mapping[str, Any]) -> dict[str, float]:
    """What the first stages up to `name` cost for all frames of a clip."""
    with tempfile.TemporaryDirectory() as folder:
        few = beginning(Path(clip), WARM, Path(folder) / "few.mp4")
        _upto(name, few, options, Path(folder) / "few")
        run = spent(lambda: _upto(name, Path(clip), options, Path(folder) / "all"), children=True)
    return {"cpu_s": run.cpu_s, "wall_s": run.wall_s, "frames": run.result}


def _upto(name: str, clip: Path, options: Mapping[str, Any], folder: Path) -> int:
    """Does the work, and counts its frames."""
    from lib_parallax import jobs, loops, media

    if name == "decode":
        with media.open_video(clip) as reader:
            return _count(reader)
    if name == "depth":
        own = {key: value for key, value in options.items() if key.startswith("depth") or key == "device"}
        return _count(loops.run("depth", clip, own))
    if name in ("views", "edges"):
        return _count(loops.run("stereo", clip, {**options, "sharpen_depth": name == "edges"}))
    return jobs.run("stereo", clip, options, folder / "out.mp4", jobs_dir=folder / "jobs").frames


def _count(frames: Iterable[object]) -> int:
    return sum(1 for _ in frames)


def beginning(clip: Path, frames: int, out: Path) -> Path:
    """A file of the first frames of a clip, as they are encoded there."""
    import av

    with av.open(str(clip)) as source, av.open(str(out), "w") as target:
        stream = source.streams.video[0]
        copied = target.add_stream_from_template(stream)
        for packet in islice((p for p in source.demux(stream) if p.dts is not None), frames):
            packet.stream = copied
            target.mux(packet)
    return out


def random_weights(folder: Path) -> Path:
    """Weights of Depth-Anything-V2-Small at random: what the network costs does not depend on the numbers."""
    import torch
    from safetensors.torch import save_file

    from lib_parallax.depth.depth_anything_v2.network import Network
    from lib_parallax.depth.vit.shapes import SHAPES

    torch.manual_seed(0)
    file = folder / "depth-anything-v2-small.safetensors"
    save_file(
        {name: value.contiguous() for name, value in Network(SHAPES["small"]).state_dict().items()}, file
    )
    return file


def clip_row(depth: str, clip: Path, options: Mapping[str, Any], target: float) -> Row:
    """A clip's figures with one way to depth."""
    runs = {name: alone("end_to_end:stage", name=name, clip=clip, options=options) for name in STAGES}
    upto = {name: run["cpu_s"] / run["frames"] for name, run in runs.items()}
    whole, before = runs["encode"], [0.0, *upto.values()]
    shares = {name: upto[name] - earlier for name, earlier in zip(STAGES, before, strict=False)}
    return {
        "depth": depth,
        "frames": int(whole["frames"]),
        "all in cpu_s": upto["encode"],
        "target": f"<= {target:g}",
        "verdict": verdict(upto["encode"], target),
        **{f"{name} cpu_s": value for name, value in shares.items()},
        "frames a second": whole["frames"] / whole["wall_s"],
        "peak MiB": whole["peak_bytes"] / 2**20 if whole["peak_bytes"] else None,
    }


def on_gpu(clip: Path, options: Mapping[str, Any]) -> Outcome:
    """Frames a second of the stereo loop with its network at 518 px in half precision, before encoding."""
    work = "clip to 3D before encoding, ViT-S at 518 px, fp16, GPU"
    if not gpu():
        return Outcome(work, "frames a second", LEAST_FPS_GPU, None, at_least=True)
    run = alone("end_to_end:stage", name="edges", clip=clip, options=options)
    return Outcome(work, "frames a second", LEAST_FPS_GPU, run["frames"] / run["wall_s"], at_least=True)


def clip_of(given: Path | None, folder: Path) -> Path:
    """The clip that was named, or the real one of the test data, or a rendered one."""
    from lib_parallax.samples.clip import write_clip

    real = Path(os.environ.get("PARALLAX_TEST_DATA", "")) / "clips" / "tokyo-walk.mp4"
    if given is not None or real.is_file():
        return given or real
    return write_clip(folder / "street.mp4", (1280, 720), 6, Fraction(15))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument(
        "clip", nargs="?", type=Path, help="a video; left out, tokyo-walk.mp4 or a rendered one"
    )
    parser.add_argument("--frames", type=int, default=36, help="of its beginning")
    with Report(parser) as report, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source = clip_of(report.arguments.clip, folder)
        clip = beginning(source, report.arguments.frames, folder / source.name.replace(source.stem, "clip"))
        weights = {"depth_weights": str(random_weights(folder))}
        rows = [
            clip_row("cues", clip, {**OPTIONS, **CUES}, MOST_CUES),
            clip_row("ViT-S, 252 px, every 4th", clip, {**OPTIONS, **NETWORK, **weights}, MOST_NETWORK),
        ]
        report.add(f"{source.name} to full SBS in H.264, CPU-seconds a frame", rows)
        report.add("On a GPU", [on_gpu(clip, {**OPTIONS, **ON_GPU, **weights}).row()])


if __name__ == "__main__":
    main()
