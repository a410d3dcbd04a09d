"""Small files of every kind that is read, whole, to be damaged."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import clips
import numpy as np
import tones
from PIL import Image

SIZE = (64, 48)
TICKS = [n * 3000 for n in range(12)]


def videos(folder: Path) -> list[Path]:
    """With and without sound, subtitles, chapters and cues, in each container and some codecs."""
    plain = {"g": 5, "preset": "ultrafast"}
    made = [
        clips.write_clip(folder / f"plain{suffix}", TICKS, **plain)
        for suffix in (".mp4", ".mkv", ".ts", ".avi")
    ]
    made += [
        clips.write_everything(folder / f"full{suffix}", TICKS, seconds=0.4) for suffix in (".mp4", ".mkv")
    ]
    made.append(
        clips.write_clip(folder / "vp9.webm", TICKS, codec="libvpx-vp9", deadline="realtime", cpu_used=8)
    )
    made.append(clips.write_clip(folder / "lossless.mkv", TICKS[:6], codec="ffv1", pixel_format="gray16le"))
    made.append(
        clips.write_clip(folder / "prores.mov", TICKS[:4], codec="prores_ks", pixel_format="yuv422p10le")
    )
    made.append(clips.write_clip(folder / "mpeg4.mp4", range(12), codec="mpeg4", time_base=Fraction(1, 30)))
    front = folder / "front.mp4"
    front.write_bytes(made[0].read_bytes())
    from lib_parallax.media.boxes import finish_mp4

    finish_mp4(front)
    turned = folder / "turned.mov"
    clips.write_clip(turned, TICKS, **plain)
    clips.rotate(turned, 90)
    moving = [Image.fromarray(clips.picture(n, *SIZE)) for n in range(5)]
    for suffix in (".gif", ".webp"):
        moving[0].save(folder / f"moves{suffix}", save_all=True, append_images=moving[1:], duration=40)
    return [*made, front, turned, folder / "moves.gif"]


def pictures(folder: Path) -> list[Path]:
    import cv2

    image = clips.picture(3, *SIZE)
    deep = image.astype(np.uint16) * 257
    for suffix in (".png", ".jpg", ".tif", ".bmp", ".webp"):
        Image.fromarray(image).save(folder / f"shallow{suffix}")
    Image.fromarray(np.dstack([image, image[..., :1]])).save(folder / "glass.png")
    Image.fromarray(image).quantize(16).save(folder / "palette.png")
    for suffix in (".png", ".tif"):
        cv2.imwrite(str(folder / f"deep{suffix}"), deep)
    # in the order of their names, so that a case is the same on every machine
    return sorted(folder.iterdir())


def depths(folder: Path) -> list[Path]:
    import cv2

    from lib_parallax.media.exr import encode_exr

    unit = clips.picture(3, *SIZE).astype(np.float32) / 255
    cv2.imwrite(str(folder / "grey.png"), (unit[..., 0] * 65535).astype(np.uint16))
    cv2.imwrite(str(folder / "floats.tif"), unit[..., 0])
    (folder / "map.exr").write_bytes(encode_exr(unit[..., 0]))
    (folder / "three.exr").write_bytes(encode_exr(unit))
    np.save(folder / "map.npy", unit[..., 0])
    np.save(folder / "three.npy", unit)
    return sorted(folder.iterdir())


def sounds(folder: Path) -> list[Path]:
    kinds = {".wav": "pcm_s16le", ".flac": "flac", ".ogg": "libopus", ".mp3": "libmp3lame", ".m4a": "aac"}
    return [tones.tone(folder / f"tone{suffix}", 0.2, codec=codec) for suffix, codec in kinds.items()]


def flows(folder: Path) -> list[Path]:
    import cv2

    from lib_parallax.flow.files import write_flo

    values = np.random.default_rng(1).normal(size=(12, 16, 2)).astype(np.float32)
    write_flo(folder / "forward_0.flo", values)
    np.save(folder / "forward_1.npy", values)
    kitti = np.dstack([np.full((12, 16), 1), values * 64 + 32768]).astype(np.uint16)
    cv2.imwrite(str(folder / "forward_2.png"), kitti)
    return [folder / name for name in ("forward_0.flo", "forward_1.npy", "forward_2.png")]


def weights(folder: Path) -> list[Path]:
    import torch
    from safetensors.torch import save_file

    state = {"conv.weight": torch.arange(24.0).reshape(2, 3, 4), "conv.bias": torch.zeros(2).half()}
    torch.save(state, folder / "a.pth")
    torch.save({"params_ema": state}, folder / "inside.pth")
    save_file(state, folder / "a.safetensors")
    return [folder / name for name in ("a.pth", "inside.pth", "a.safetensors")]


def segment(folder: Path) -> Path:
    """What a source's sound and subtitles are joined to."""
    from lib_parallax.media import open_writer

    path = folder / "segment.mp4"
    with open_writer(path, (32, 16), rate=Fraction(10), quality="draft") as writer:
        for n in range(4):
            writer.write(clips.picture(n, 32, 16), Fraction(n, 10))
    return path
