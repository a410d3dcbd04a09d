"""The layers of a picture made visible: colours that tell them apart, borders, and a label for each."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..types import Image

GOLDEN = 0.618034  # of the circle of hues, from layer to layer: none is like its neighbours
FIRST_HUE = 0.58
LETTERS = 0.021  # height of a label's line as a share of the picture's longer side
LEAST = 11  # pixels of it

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class LayerMark:
    """What is told of a layer; `speed` in pixels a second of the result."""

    colour: Colour
    speed: float
    distance: str


def colours(count: int) -> list[Colour]:
    """RGB of each layer, bright enough to be seen over a picture."""
    found = []
    for layer in range(count):
        hue = (FIRST_HUE + GOLDEN * layer) % 1
        red, green, blue = colorsys.hsv_to_rgb(hue, 0.75, 0.95)
        found.append((round(255 * red), round(255 * green), round(255 * blue)))
    return found


def marked_layers(tinted: Image, coverage: np.ndarray, marks: Sequence[LayerMark]) -> Image:
    """A picture uint8 [h, w, 3] with borders between its layers, and each one's number and figures.

    coverage  float32 [layers, h', w'], how much of each the picture shows
    """
    import cv2

    height, width = tinted.shape[:2]
    labels = np.argmax(coverage, axis=0).astype(np.uint8 if len(marks) < 256 else np.uint16)
    labels = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
    picture = np.ascontiguousarray(tinted)
    picture[_edges(labels)] = 255
    _write(picture, labels, marks)
    return picture


def _edges(labels: np.ndarray) -> np.ndarray:
    """Where one layer ends, two pixels wide; bool [h, w]."""
    edges = np.zeros(labels.shape, bool)
    down, across = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    edges[1:] |= down
    edges[:-1] |= down
    edges[:, 1:] |= across
    edges[:, :-1] |= across
    return edges


def _write(picture: Image, labels: np.ndarray, marks: Sequence[LayerMark]) -> None:
    """A label at the side for each layer, about as high as what is seen of it."""
    line = max(LEAST, round(LETTERS * max(picture.shape[:2])))
    fitting = max(1, picture.shape[0] // (line + 2))
    columns = -(-len(marks) // fitting)
    wanted = [(_height(labels, layer), layer) for layer in range(len(marks))]
    for column in range(columns):
        part = sorted(wanted)[column::columns]
        places = _apart([at for at, _ in part], line + 2, picture.shape[0])
        for y, (_, layer) in zip(places, part, strict=True):
            _label(picture, column * picture.shape[1] // columns, y, line, layer, marks[layer])


def _height(labels: np.ndarray, layer: int) -> float:
    rows = np.flatnonzero((labels == layer).any(axis=1))
    return float(np.median(rows)) if rows.size else 0.0


def _apart(wanted: Sequence[float], line: int, height: int) -> list[int]:
    """Tops of lines about these heights, in order, none over another."""
    tops: list[float] = []
    for at in wanted:
        tops.append(max(at - line / 2, tops[-1] + line if tops else 0.0))
    limit = float(height)
    for number in range(len(tops) - 1, -1, -1):
        limit = min(limit - line, tops[number])
        tops[number] = limit
    return [round(max(0.0, top)) for top in tops]


def _label(picture: Image, x: int, y: int, line: int, layer: int, mark: LayerMark) -> None:
    import cv2

    text = f"{layer}   {mark.speed:.3g} px/s   {mark.distance}".encode("ascii", "replace").decode()
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.72 * line / 22
    width = cv2.getTextSize(text, font, scale, 1)[0][0]
    chip = line // 2
    cv2.rectangle(picture, (x, y), (x + width + chip + 10, y + line), (20, 20, 20), -1)
    cv2.rectangle(picture, (x, y), (x + chip, y + line), mark.colour, -1)
    base = (x + chip + 5, y + round(0.74 * line))
    cv2.putText(picture, text, base, font, scale, (255, 255, 255), 1, cv2.LINE_AA)
