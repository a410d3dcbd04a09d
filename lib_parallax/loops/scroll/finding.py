"""Who finds layers and things, as the options say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...media.masks import load_masks
from ...options import ScrollOptions
from ...types import Image
from .cutting import Cutter
from .cutting.by_depth import ByDepth
from .cutting.by_masks import ByMasks
from .cutting.by_words import ByWords, Segmenter
from .measures import distances_of, order_of, plain_numbers
from .motion import toward
from .objects import Thing, by_masks, by_words
from .shape import BANDS, DEPTH, KMEANS, MASKS, Shape, words_of

METHODS = {DEPTH: "quantiles", KMEANS: "kmeans"}


def cutter_of(options: ScrollOptions, shape: Shape, depth_of: Callable[[Image], np.ndarray]) -> Cutter | None:
    """What finds layers; None for bands, which are where they are. Raises a ParallaxError."""
    way, soft = toward(options.direction), options.soft
    if shape.kind == BANDS:
        return None
    if shape.kind in METHODS:
        assert shape.layers is not None
        return ByDepth(depth_of, shape.layers, METHODS[shape.kind], soft)
    depths, order = (None if options.distances is not None else depth_of), _order(options)
    if shape.kind == MASKS:
        assert options.layers is not None
        return ByMasks(load_masks(options.layers, "layers"), way, soft, order, depths)
    words = words_of(options.layer_prompts or "", "layer_prompts")
    return ByWords(words, segmenter(), way, soft, order, depths)


def _order(options: ScrollOptions) -> tuple[int, ...] | None:
    """The layers from back to front as the options say; None where they leave it to what is found."""
    if options.order is not None:
        count = len(plain_numbers(options.order, "order"))
        return order_of(options.order, (1.0,) * count)
    return None if options.distances is None else order_of(None, distances_of(options.distances))


def things_in(picture: Image, options: ScrollOptions) -> list[Thing]:
    """What is to be cut out of a picture. Raises OptionError for masks and words that find nothing."""
    found: list[Thing] = []
    if options.objects is not None:
        found += by_masks(picture, load_masks(options.objects, "objects"))
    if options.object_prompts is not None:
        found += by_words(picture, words_of(options.object_prompts, "object_prompts"), segmenter())
    return found


def segmenter() -> Segmenter:
    """Raises UnavailableError where no network is here that finds things by words."""
    from ... import segment

    return segment.load()
