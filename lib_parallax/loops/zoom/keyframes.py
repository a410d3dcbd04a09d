"""The keyframes to show, each loaded when it is asked for: out of the store, or of a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import overload

from ...errors import OptionError, ParallaxError
from ...generate import Generator, Upscale
from ...media import open_video
from ...media.pictures import picture_size
from ...media.reader import PICTURE_SUFFIXES
from ...media.sequence import natural_key
from ...options import ZoomOptions
from ...types import CancelToken, Image, Size
from ..source import in_8_bits
from ..store import Store
from .canvas import Inset, band_of, pasted
from .course import Course

KEYFRAME = "keyframe"
ENLARGED = "enlarged"


def name_of(number: int, what: str = KEYFRAME) -> str:
    """What a picture of a step is called in the store."""
    return f"{what}-{number:04d}"


class Keyframes(Sequence[Image]):
    """Pictures uint8 [H, W, 3] by number, innermost first; none is held."""

    def __init__(self, length: int, load: Callable[[int], Image]):
        self._length = length
        self._load = load

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, number: int) -> Image: ...
    @overload
    def __getitem__(self, number: slice) -> list[Image]: ...
    def __getitem__(self, number: int | slice) -> Image | list[Image]:
        if isinstance(number, slice):
            return [self._load(at) for at in range(*number.indices(self._length))]
        if not 0 <= number < self._length:
            raise IndexError(number)
        return self._load(number)


def kept(store: Store, length: int) -> Keyframes:
    """The keyframes that were painted into a store."""

    def load(number: int) -> Image:
        image = store.picture(name_of(number))
        if image is None:
            raise ParallaxError(f"{name_of(number)} was removed while it was needed")
        return image

    return Keyframes(length, load)


def saved_files(folder: Path) -> list[Path]:
    """The keyframes of a folder: those of a job by name, else all of its pictures in natural order.

    Raises OptionError where there are fewer than two.
    """
    try:
        found = [p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file()]
    except OSError as error:
        raise OptionError(f"keyframes: {folder} cannot be read: {error.strerror}", "keyframes") from None
    found = [p for p in found if p.name.startswith(f"{KEYFRAME}-")] or found
    if len(found) < 2:
        raise OptionError(f"keyframes: {folder} holds {len(found)} pictures; a zoom needs two", "keyframes")
    return sorted(found, key=lambda p: (natural_key(p.name), p.name))


def saved(files: Sequence[Path]) -> Keyframes:
    """Keyframes out of files."""

    def load(number: int) -> Image:
        with open_video(files[number]) as reader:
            return in_8_bits(next(iter(reader)).image)

    return Keyframes(len(files), load)


def saved_size(files: Sequence[Path]) -> Size:
    return picture_size(files[0])


def scale_for(keyframe: Size, size: Size, factor: float) -> float:
    """How much larger a keyframe must be for all of a frame of `size` to be sharp; 1 where it is enough.

    Just after a keyframe has filled the frame the next one is shown `factor` times enlarged.
    """
    return max(1.0, factor * max(size[0] / keyframe[0], size[1] / keyframe[1]))


def enlarged(
    keyframes: Keyframes,
    scale: float,
    generator: Generator,
    options: ZoomOptions,
    course: Course,
    store: Store,
    cancel: CancelToken | None,
) -> Keyframes:
    """The keyframes at `scale` times their size, each enlarged once and kept in the store.

    The enlarged picture before is put into each, so that nothing changes where one takes over from the
    other, whatever the upscaler does to texture; except where a perfect loop begins anew.
    """

    def made(number: int, before: Image | None) -> Image:
        image = generator.upscale(Upscale(keyframes[number], scale, upscaler_of(options)), cancel)
        if before is not None:
            size = image.shape[1], image.shape[0]
            inset = Inset.of(course, number - 1, size)
            image = pasted(inset.canvas(before, image), image, inset.border(*band_of(options, size)))
        store.keep_picture(name_of(number, ENLARGED), image)
        return image

    def load(number: int) -> Image:
        image, at = None, number + 1
        while image is None and at:
            at -= 1
            image = store.picture(name_of(at, ENLARGED))
        for missing in range(at + (image is not None), number + 1):
            image = made(missing, image)
        assert image is not None
        return image

    return Keyframes(len(keyframes), load)


def upscaler_of(options: ZoomOptions) -> str:
    """As requests name it, "" for the generator's best."""
    return "" if options.upscaler == "auto" else options.upscaler
