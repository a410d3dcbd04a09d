"""The layers of a scroll as an editor shows and changes them: its options as lists, and back as text.

Layers are numbered from 0, bands from top to bottom. What an editor changes are these lists; options that
say nothing but what is usual anyway stay empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ..errors import OptionError
from ..loops.scroll.bands import borders_of
from ..loops.scroll.cutting.distances import back_to_front
from ..loops.scroll.measures import distances_of, numbers, order_of
from ..loops.scroll.shape import BANDS, shape_of, usual_distances
from ..media import Reader
from ..options import ScrollOptions, check, describe

FIELDS = ("layers", "heights", "distances", "gains", "order", "soft")  # options that an editor writes
TEXTS = ("distances", "gains")  # those that hold an entry a layer


@dataclass(frozen=True)
class Layers:
    """The layers that options name.

    kind       how they are found, as `Shape` has it
    borders    where bands begin and end, from 0 to the source's height, both included; None for others
    distances  as they are written; () where they are left out
    gains      likewise
    order      from back to front
    soft       pixels
    """

    kind: str
    count: int
    borders: tuple[float, ...] | None
    distances: tuple[str, ...]
    gains: tuple[str, ...]
    order: tuple[int, ...]
    soft: float


def read(options: ScrollOptions, source: Reader) -> Layers:
    """Raises OptionError for options that do not fit each other or the source."""
    shape = shape_of(source, options)
    count = shape.most
    bands = shape.kind == BANDS
    borders = borders_of(options.heights, count, source.size[1]) if bands else None
    given = None if options.distances is None else distances_of(options.distances)
    return Layers(
        shape.kind,
        count,
        borders,
        _entries(options.distances, "distances"),
        _entries(options.gains, "gains"),
        order_of(options.order, given or usual_distances(count)),
        options.soft,
    )


def edited(layers: Layers, wish: Mapping[str, Any]) -> Layers:
    """What becomes of them.

    wish  {"does": "borders", "borders": [...]}, rows from the top, without those of the picture itself;
          {"does": "add", "at": row}; {"does": "drop", "layer": number};
          {"does": "distances" or "gains", "layer": number, "text": text};
          {"does": "shift", "layer": number, "by": places to the front}; {"does": "soft", "value": pixels}

    Raises OptionError for what cannot be.
    """
    does = wish.get("does")
    if does in TEXTS:
        return _typed(layers, str(does), _layer(layers, wish), str(wish.get("text", "")).strip())
    if does == "soft":
        soft = next(o for o in describe(ScrollOptions) if o.name == "soft")
        return replace(layers, soft=check(soft, wish.get("value")))
    if does == "shift":
        return _shifted(layers, _layer(layers, wish), int(_number(wish.get("by"))))
    if layers.borders is None:
        raise OptionError("layers: only bands have borders that can be moved", "layers")
    if does == "borders":
        return _with_borders(layers, wish.get("borders"))
    if does == "add":
        return _with_border(layers, _number(wish.get("at")))
    if does == "drop":
        return _without(layers, _layer(layers, wish))
    raise OptionError(f"there is nothing that {does!r} does to layers")


def written(before: Layers, after: Layers) -> dict[str, Any]:
    """The options that make these layers, of those that have changed."""
    made: dict[str, Any] = {}
    if after.borders is not None and after.borders != before.borders:
        heights = [f"{bottom - top:g}" for top, bottom in pairwise(after.borders)]
        made |= {"layers": str(after.count), "heights": ",".join(heights[:-1])}
    for name in TEXTS:
        if getattr(after, name) != getattr(before, name):
            made[name] = _joined(getattr(after, name))
    usual = back_to_front(_figures(after))
    if after.order != before.order or len(before.order) != after.count or "distances" in made:
        made["order"] = "" if after.order == usual else ",".join(map(str, after.order))
    if after.soft != before.soft:
        made["soft"] = after.soft
    return made


def _typed(layers: Layers, name: str, layer: int, text: str) -> Layers:
    """One entry of a list; the others, where the list was left out, become what is usual beside it."""
    there: tuple[str, ...] = getattr(layers, name)
    if not text:
        if not there:
            return layers
        raise OptionError(f"{name}: layer {layer} needs one; empty the field below to leave out all", name)
    (value, unit), *more = numbers(f"{text};", name)  # so that a comma is a decimal one
    if more:
        raise OptionError(f"{name}: {text} is more than one; a layer has one", name)
    entries = list(there or ("1",) * layers.count)
    if not there and name == "distances":
        usual = usual_distances(layers.count)
        entries = [f"{value * each / usual[layer]:.4g} {unit}".strip() for each in usual]
    entries[layer] = text
    if name == "distances":
        distances_of(_joined(entries))
        stood = layers.order == back_to_front(_figures(layers))
        layers = replace(layers, distances=tuple(entries))
        return replace(layers, order=back_to_front(_figures(layers))) if stood else layers
    usual_only = all(entry in ("1", "1.0") for entry in entries)
    return replace(layers, gains=() if usual_only else tuple(entries))


def _shifted(layers: Layers, layer: int, by: int) -> Layers:
    order = [each for each in layers.order if each != layer]
    place = min(max(layers.order.index(layer) + by, 0), len(order))
    return replace(layers, order=(*order[:place], layer, *order[place:]))


def _with_borders(layers: Layers, given: Any) -> Layers:
    assert layers.borders is not None
    height, count = layers.borders[-1], layers.count
    inner = [_number(at) for at in given] if isinstance(given, Sequence) else []
    if len(inner) != count - 1:
        raise OptionError(f"heights: {len(inner)} borders for {count} layers", "heights")
    placed = [0.0]
    for number, at in enumerate(inner, 1):
        placed.append(min(max(round(at), placed[-1] + 1), height - (count - number)))
    return replace(layers, borders=(*placed, height))


def _with_border(layers: Layers, at: float) -> Layers:
    """A band more: the one at that row in two parts, which are alike but for their place."""
    assert layers.borders is not None
    height = layers.borders[-1]
    row = float(round(min(max(at, 0), height)))
    layer = sum(border <= row for border in layers.borders[1:-1])
    top, bottom = layers.borders[layer], layers.borders[layer + 1]
    if bottom - top < 2:
        raise OptionError(f"heights: layer {layer} is too low to be parted", "heights")
    row = min(max(row, top + 1), bottom - 1)
    twice = [*range(layer + 1), *range(layer, layers.count)]
    borders = (*layers.borders[: layer + 1], row, *layers.borders[layer + 1 :])
    later = [each + 1 if each > layer else each for each in layers.order]
    place = later.index(layer) + 1
    return _taken(layers, twice, borders, (*later[:place], layer + 1, *later[place:]))


def _without(layers: Layers, layer: int) -> Layers:
    """A band less: the one above it gets its room, or the one below the first."""
    assert layers.borders is not None
    if layers.count == 1:
        raise OptionError("layers: the last one stays", "layers")
    gone = max(layer, 1)
    borders = (*layers.borders[:gone], *layers.borders[gone + 1 :])
    order = tuple(each - (each > layer) for each in layers.order if each != layer)
    return _taken(layers, [each for each in range(layers.count) if each != layer], borders, order)


def _taken(
    layers: Layers, which: Sequence[int], borders: tuple[float, ...], order: tuple[int, ...]
) -> Layers:
    """Those of the layers, in place of all."""
    return replace(
        layers,
        count=len(which),
        borders=borders,
        distances=tuple(layers.distances[each] for each in which if layers.distances),
        gains=tuple(layers.gains[each] for each in which if layers.gains),
        order=order,
    )


def _figures(layers: Layers) -> tuple[float, ...]:
    return distances_of(_joined(layers.distances)) if layers.distances else usual_distances(layers.count)


def _entries(text: str | None, name: str) -> tuple[str, ...]:
    """A list's entries as they are written."""
    if text is None:
        return ()
    apart = ";" if ";" in text else ","
    return tuple(part.strip() for part in text.strip().strip(apart).split(apart))


def _joined(entries: Sequence[str]) -> str:
    """A decimal comma needs semicolons between the entries."""
    if not any("," in entry for entry in entries):
        return ", ".join(entries)
    return "; ".join(entries) + (";" if len(entries) == 1 else "")


def _layer(layers: Layers, wish: Mapping[str, Any]) -> int:
    layer = int(_number(wish.get("layer")))
    if not 0 <= layer < layers.count:
        raise OptionError(f"layers: there is no layer {layer}", "layers")
    return layer


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e9:
        raise OptionError(f"{value!r} is not a number")
    return float(value)
