"""Makes every picture of README and docs from the project's own sample scene: `python docs/make_pictures.py`.

The scene's second view and depth are exact, so what a picture shows can be checked against the truth.
"""

from __future__ import annotations

import sys
import tempfile
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib_parallax import loops, samples
from lib_parallax.types import Frame
from lib_parallax.warp import synthesize_view

PICTURES = Path(__file__).resolve().parent / "pictures"
SIZE = (960, 540)
RATE = Fraction(25)
START = 2.0  # seconds into the clip
FRAMES = 24
SHOWN = 6  # of them; what comes after lets the temporal fill look ahead
CROP = (400, 130, 540, 320)  # left, top, right, bottom: beside the figure, whose right the new view uncovers


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    street = samples.street(SIZE, motion="walk", supersample=2)
    moments = [street.at(START + float(i / RATE)) for i in range(FRAMES)]
    views = [moment.view() for moment in moments]
    truth = moments[SHOWN].view(1.0)
    with tempfile.TemporaryDirectory() as folder:
        for i, view in enumerate(views):
            steps = np.rint(view.depth * 65535).astype(np.uint16)
            Image.fromarray(steps).save(Path(folder) / f"{i:04d}.png")
        exact = {"depth": folder, "sharpen_depth": False, "convergence": 0.0, "strength": 2.5}
        filled = {fill: shown(views, {**exact, "fill": fill}) for fill in ("none", "background", "temporal")}
        anaglyph = shown(views, {"depth": folder, "layout": "anaglyph"})
    cues = shown(views, {})

    source = views[SHOWN].image
    save(beside(source, filled["temporal"].extra["right"]), "stereo.jpg", width=1200)
    save(anaglyph.image, "anaglyph.jpg", width=800)
    save(beside(grey(views[SHOWN].depth), grey(cues.extra["depth"] / 65535)), "depth.png", width=1000)
    crops = [crop(filled[fill].extra["right"]) for fill in filled] + [crop(truth.image)]
    save(beside(*crops), "fill.jpg", width=900)
    wiggle(source, moments[SHOWN].disparity(views[SHOWN].depth))
    scroll(views[SHOWN])


def shown(views: list[samples.View], options: dict[str, Any]) -> Frame:
    """The frame of the pictures, made by the stereo loop with all the others around it."""
    frames = [Frame(view.image, i / RATE) for i, view in enumerate(views)]
    return next(islice(loops.run("stereo", frames, options), SHOWN, None))


def wiggle(source: np.ndarray, disparity: np.ndarray) -> None:
    """From eye to eye and back, turning about the middle depth."""
    centred = disparity - np.float32(0.5 * disparity.max())
    turns = [synthesize_view(source, centred, shift).image for shift in (-0.5, 0.0, 0.5)]
    small = [Image.fromarray(t).resize((420, 236), Image.Resampling.LANCZOS) for t in turns]
    palette = small[1].quantize(112, Image.Quantize.MAXCOVERAGE, kmeans=3)
    first, second, third = (picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in small)
    first.save(
        PICTURES / "wiggle.gif", save_all=True, append_images=[second, third, second], duration=140, loop=0
    )


def scroll(view: samples.View) -> None:
    """A still in four layers by depth: three moments of the scroll, and the layers as they begin."""
    with tempfile.TemporaryDirectory() as folder:
        depth = Path(folder) / "depth.png"
        Image.fromarray(np.rint(view.depth * 65535).astype(np.uint16)).save(depth)
        asked = {
            "layers": "kmeans:4", "depth": str(depth), "generator": "classical", "fps": 1, "duration": 9,
            "smoothness": 3,
        }  # fmt: skip
        moments = [frame.image for frame in loops.run("scroll", view.image, asked)]
        layers = [over_checks(f.image) for f in loops.run("scroll", view.image, {**asked, "show": "layers"})]
    save(beside(*moments[::4]), "scroll-frames.jpg", width=1200)
    save(np.vstack([beside(*layers[:2]), beside(*layers[2:])]), "scroll-layers.jpg", width=900)


def over_checks(sheet: np.ndarray) -> np.ndarray:
    """A picture with alpha over grey squares."""
    y, x = np.indices(sheet.shape[:2]) // 20
    alpha = sheet[..., 3:] / 255
    mixed = sheet[..., :3] * alpha + np.where((x + y) % 2, 100, 140)[..., None] * (1 - alpha)
    return np.rint(mixed).astype(np.uint8)


def grey(depth: np.ndarray) -> np.ndarray:
    return np.repeat(np.rint(depth * 255).astype(np.uint8)[..., None], 3, 2)


def crop(image: np.ndarray) -> np.ndarray:
    left, top, right, bottom = CROP
    return image[top:bottom, left:right]


def beside(*images: np.ndarray) -> np.ndarray:
    """Pictures in a row with a white line between them."""
    line = np.full((images[0].shape[0], 6, 3), 255, np.uint8)
    parts = [part for image in images for part in (line, image)]
    return np.hstack(parts[1:])


def save(image: np.ndarray, name: str, width: int | None = None) -> None:
    picture = Image.fromarray(np.ascontiguousarray(image))
    if width is not None:
        size = (width, round(picture.height * width / picture.width))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture.save(PICTURES / name, quality=82, optimize=True)


if __name__ == "__main__":
    main()
