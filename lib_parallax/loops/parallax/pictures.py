"""The picture that the camera moves through: given, or painted from words; and its depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from ...depth import Estimator, sharpen_edges
from ...errors import OptionError, SourceError
from ...generate import Generator, Txt2Img
from ...media import Reader
from ...options import ParallaxOptions
from ...types import Boundary, CancelToken, Depth, Event, Frame, Image, OnEvent, Size
from ..depths import with_depth
from ..seeds import sampling
from ..source import in_8_bits, scaled
from ..store import Store

USUAL = (512, 512)
PAINTED = "picture"
ROOM = 1.5  # pixels of the picture to one of the view, where the camera is nearest
LEAST = 540  # pixels of height; depth finds less in smaller pictures


class Scene(NamedTuple):
    """A picture, uint8 [H, W, 3], and its depth, float32 [H, W], 0 far to 1 near, with edges as sharp."""

    picture: Image
    depth: np.ndarray


def picture_size(source: Reader, options: ParallaxOptions) -> Size:
    """Of what the camera moves through: the source's, or what is painted."""
    if source.kind != "none":
        return source.size
    return options.size or USUAL


def check_words(options: ParallaxOptions, source: Reader) -> None:
    """Raises OptionError where there is neither a picture nor a prompt for one."""
    if source.kind == "none" and not (options.prompt or "").strip():
        raise OptionError("prompt: there is neither a picture nor a --prompt to paint one from", "prompt")


def working_size(picture: Size, view: Size, zoom: float) -> Size:
    """The size at which a picture is looked at for a view of (width, height), down to that zoom.

    A ray is a point of the picture: of a much larger one it would hit a pixel here and there, which flickers
    as the camera moves; and all that is found and painted beforehand would take as many times longer.
    """
    height = max(LEAST, ROOM * view[1] / max(abs(zoom), 0.01))
    if height >= picture[1]:
        return picture
    return max(1, round(picture[0] * height / picture[1])), round(height)


def scene_of(
    source: Reader,
    size: Size,
    options: ParallaxOptions,
    estimator: Estimator,
    generator: Generator | None,
    store: Store,
    tell: OnEvent,
    cancel: CancelToken | None,
) -> Scene:
    """The scene of a still at (width, height): the source's one picture, or the prompt's."""
    if source.kind == "none":
        assert generator is not None
        frame = Frame(_painted(options, generator, store, tell, cancel), pts=0)  # type: ignore[arg-type]
    else:
        first = next(iter(source.frames()), None)
        if first is None:
            raise SourceError(f"{source.path}: holds no frames that can be read")
        frame = first
    cut = Boundary(0, True)
    marked = Frame(scaled(in_8_bits(frame.image), size), frame.pts, boundary=cut)
    return next(scenes([marked], options, estimator, {}, tell))[1]


def scenes(
    frames: Iterable[Frame],
    options: ParallaxOptions,
    estimator: Estimator,
    state: dict[str, object],
    tell: OnEvent,
) -> Iterator[tuple[Frame, Scene]]:
    """Each frame with its scene."""
    for frame, found in with_depth(frames, estimator, options, state, tell):
        picture = in_8_bits(frame.image)
        yield frame, Scene(picture, sharp(found, picture))


def sharp(found: Depth, picture: Image) -> np.ndarray:
    """Depth as float32 [H, W], its edges steps: a ramp would be a wall from one thing to what is behind."""
    depth = np.clip(found.values, 0, 1).astype(np.float32, copy=False)
    cut: np.ndarray = sharpen_edges(depth, picture, span=1.0)
    return cut


def _painted(
    options: ParallaxOptions,
    generator: Generator,
    store: Store,
    tell: OnEvent,
    cancel: CancelToken | None,
) -> Image:
    image = store.picture(PAINTED)
    if image is None:
        tell(Event("stage", "painting the picture"))
        request = Txt2Img(
            options.prompt or "",
            options.size or USUAL,
            options.negative or "",
            sampling(options, options.seed),
        )
        image = generator.txt2img(request, cancel)
        store.keep_picture(PAINTED, image)
    return image
