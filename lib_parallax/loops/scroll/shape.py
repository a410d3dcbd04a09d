"""A scroll's measures, known before anything is painted."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ...errors import OptionError
from ...media import Reader
from ...media.masks import load_masks
from ...options import ScrollOptions
from ...types import Size
from ..rates import frame_rate
from .bands import borders_of
from .measures import MOST_GAIN, MOST_LAYERS, distances_of, numbers, plain_numbers
from .motion import SHORTEST, extent, toward
from .recorded import saved_land, saved_size

LONGEST = 3840  # pixels of the longer side, where no size is asked for
PAINTED = 1024
USUAL = (768, 512)
USUAL_LAYERS = 3
FARTHER = 1.6  # times as far as the next, where no distances are given
MOST_FRAMES = 1_000_000
MOST_STEPS = 10_000
BANDS, DEPTH, KMEANS, MASKS, WORDS = "bands", "depth", "kmeans", "masks", "words"


@dataclass(frozen=True)
class Shape:
    """A scroll's measures.

    kind          how layers are found: one of BANDS, DEPTH, KMEANS, MASKS, WORDS
    layers        how many; None where that is known once they are found
    most          how many they are at most
    size          of the picture that slides
    painting      what the generator paints at
    frames        of the result, at `rate`, that last `seconds`
    steps         in which land is painted, of `step_seconds` each
    strip         size of a picture that holds the longest strip
    """

    kind: str
    layers: int | None
    most: int
    size: Size
    painting: Size
    frames: int
    rate: Fraction
    seconds: float
    steps: int
    step_seconds: float
    strip: Size


def shape_of(source: Reader, options: ScrollOptions) -> Shape:
    """Raises OptionError for what can be refused before the picture is looked at."""
    if options.endless and options.ping_pong:
        raise OptionError("ping_pong: a perfect loop needs no way back; choose one of the two", "ping_pong")
    kind, layers, most = _layers(options)
    if not 1 <= most <= MOST_LAYERS:
        raise OptionError(f"layers: {most} is outside 1 to {MOST_LAYERS}", "layers")
    size = _size(source, options)
    _check_rim(options, size)
    if layers is not None:
        per_layer(options, layers)
    if kind == BANDS:
        borders_of(options.heights, most, source_height(source, size))
    elif options.heights is not None:
        raise OptionError("heights: they are of bands, and the layers are found otherwise", "heights")
    rate = frame_rate(options.fps)
    frames = max(1, round(options.duration * rate))
    if frames > MOST_FRAMES:
        raise OptionError(f"duration: {frames} frames; {MOST_FRAMES} are the most", "duration")
    painting = options.keyframe_size or _within(size, PAINTED)
    seconds = float(frames / rate)
    steps, step_seconds = steps_of(options, seconds / 2 if options.ping_pong else seconds)
    strip = _strip_size(options, size, steps * step_seconds)
    return Shape(kind, layers, most, size, painting, frames, rate, seconds, steps, step_seconds, strip)


def source_height(source: Reader, size: Size) -> int:
    """Rows in which heights are given; `size` is that of the picture that slides."""
    return size[1] if source.kind == "none" else source.size[1]


def _size(source: Reader, options: ScrollOptions) -> Size:
    """Of the picture that slides: as saved strips have it, else the result's."""
    if options.strips is not None:
        return saved_size(Path(options.strips).expanduser())
    if source.kind == "none":
        if not (options.prompt or "").strip():
            raise OptionError("prompt: there is neither a picture nor a --prompt to paint one from", "prompt")
        return options.size or options.keyframe_size or USUAL
    return options.size or _within(source.size, LONGEST)


def _strip_size(options: ScrollOptions, size: Size, seconds: float) -> Size:
    """Of a picture that holds the longest strip."""
    way = toward(options.direction)
    length = extent(size, way)
    gain = 1.0 if options.gains is None else max(plain_numbers(options.gains, "gains"), default=1.0)
    travel = gain * length / (options.smoothness * options.step_seconds) * seconds
    if options.endless:
        travel = max(travel, SHORTEST * length)
    width, height = (side + math.ceil(abs(part) * travel) + 2 for side, part in zip(size, way, strict=True))
    if options.strips is not None:
        land = saved_land(Path(options.strips).expanduser())
        width, height = max(width, land[0]), max(height, land[1])
    return width, height


def per_layer(options: ScrollOptions, count: int) -> tuple[tuple[float, ...] | None, tuple[float, ...]]:
    """The distances that were given, if any, and the gains, one for each layer. Raises OptionError."""
    distances = None if options.distances is None else distances_of(options.distances)
    gains = (1.0,) * count if options.gains is None else plain_numbers(options.gains, "gains")
    for name, values in (("distances", distances), ("gains", gains)):
        if values is not None and len(values) != count:
            raise OptionError(f"{name}: {len(values)} for {count} layers; give one for each", name)
    if max(gains) > MOST_GAIN:
        raise OptionError(f"gains: {max(gains):g} is outside 0 to {MOST_GAIN:g}", "gains")
    if options.order is not None and len(numbers(options.order, "order")) != count:
        raise OptionError(f"order: it must name each of the {count} layers once", "order")
    return distances, gains


def usual_distances(count: int) -> tuple[float, ...]:
    return tuple(FARTHER ** (count - 1 - layer) for layer in range(count))


def steps_of(options: ScrollOptions, seconds: float) -> tuple[int, float]:
    """How many steps land is painted in, and the seconds that one takes.

    Steps are as long as the option says, and as many as the fastest layer's way needs; a smaller count makes
    them longer, a larger one paints land beyond what the result shows.
    """
    needed = max(1, math.ceil(seconds / options.step_seconds - 1e-9))
    count = needed if options.count is None else options.count
    if count > MOST_STEPS:
        raise OptionError(
            f"step_seconds: {count} steps of {options.step_seconds:g} s; {MOST_STEPS} are the most. Longer "
            "steps are fewer, or give a --count",
            "step_seconds",
        )
    return count, seconds / count if count < needed else options.step_seconds


def _layers(options: ScrollOptions) -> tuple[str, int | None, int]:
    """How layers are found, how many they are where that is known, and at most."""
    given = [text for text in (options.heights, options.distances) if text is not None]
    told = max((len(numbers(text, "heights")) for text in given), default=None) if given else None
    if options.layer_prompts is not None:
        if options.layers is not None:
            raise OptionError(
                "layer_prompts: --layers is given as well; one of them is enough", "layer_prompts"
            )
        words = words_of(options.layer_prompts, "layer_prompts")
        return WORDS, None, len(words) + 1
    if options.layers is None:
        return BANDS, told or USUAL_LAYERS, told or USUAL_LAYERS
    text = options.layers.strip().lower()
    match = re.fullmatch(r"(depth|kmeans)?\s*:?\s*(\d{1,9})?", text)
    if match is None or not text:
        return MASKS, None, 1 + len(load_masks(options.layers, "layers"))
    kind = match[1] or BANDS
    count = int(match[2]) if match[2] else told or USUAL_LAYERS
    return kind, count, count


def _check_rim(options: ScrollOptions, size: Size) -> None:
    """Raises OptionError for a rim that leaves less than half of the picture's width or height."""
    for side, part in zip(size, toward(options.direction), strict=True):
        if part and 2 * options.rim > side:
            raise OptionError(
                f"rim: {options.rim} of the picture's {side} pixels; it may be half of them at most", "rim"
            )


def words_of(text: str, name: str) -> tuple[str, ...]:
    """What things are found by. Raises OptionError where there are none."""
    words = tuple(word.strip() for word in re.split(r"[;\n]", text) if word.strip())
    if not words:
        raise OptionError(f"{name}: it holds no words; write them as sky; mountains; trees", name)
    return words


def _within(size: Size, longest: int) -> Size:
    """The size, reduced where its longer side is longer than that."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
