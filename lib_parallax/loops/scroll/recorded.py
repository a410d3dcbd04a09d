"""A scroll's land in a store: written as it is painted, read again by whoever goes on or shows it anew.

A step is there once its text is; pictures of one that was broken off are painted again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import OptionError, ParallaxError
from ...types import Image, Size
from ..store import Saved, Store
from . import credible
from .measures import MOST_LAYERS
from .strips import Piece

ABOUT = "scroll"  # the name of what is true of all steps
HELD = 64  # pieces that are held decoded


def step_name(number: int) -> str:
    return f"step-{number:04d}"


class Record:
    """The land that a store holds."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._loaded = lru_cache(HELD)(self._load)

    def about(self) -> dict[str, Any] | None:
        """What was written by `begin`, or None. Raises OptionError where it is damaged."""
        return _told(self.store, ABOUT, credible.about)

    def begin(self, about: dict[str, Any]) -> None:
        self.store.keep_text(ABOUT, json.dumps(about, indent=2))

    def steps(self, layers: int = MOST_LAYERS) -> Iterable[dict[str, Any]]:
        """What was written of every step, in order. Raises OptionError where it is damaged."""
        return _steps(self.store, layers)

    def pieces(self, told: dict[str, Any]) -> list[tuple[int, Piece]]:
        """A step's land: layers and their pieces."""
        found = []
        for entry in told["pieces"]:
            layer, x, y, width, height = (int(entry[key]) for key in ("layer", "x", "y", "width", "height"))
            found.append(
                (layer, Piece(x, y, (width, height), self._loader(str(entry["name"]), (width, height))))
            )
        return found

    def keep(
        self,
        number: int,
        picture: Image,
        land: Iterable[tuple[int, int, int, np.ndarray]],
        told: dict[str, Any],
    ) -> dict[str, Any]:
        """Writes a step: the picture, and of its land the layer, x, y and RGBA of every piece."""
        pieces = []
        self.store.keep_picture(step_name(number), picture)
        for index, (layer, x, y, image) in enumerate(land):
            name = f"layer-{layer}-{step_name(number)}-{index}"
            self.keep_sheet(name, image)
            height, width = image.shape[:2]
            pieces.append({"layer": layer, "x": x, "y": y, "width": width, "height": height, "name": name})
        whole = {**told, "pieces": pieces}
        self.store.keep_text(step_name(number), json.dumps(whole, ensure_ascii=False, indent=2))
        return whole

    def keep_sheet(self, name: str, image: np.ndarray) -> None:
        """Writes RGBA uint8 [h, w, 4]: a picture, and where it is see-through another of its shape."""
        self.store.keep_picture(name, np.ascontiguousarray(image[..., :3]))
        if (image[..., 3] != 255).any():
            self.store.keep_picture(_shape(name), np.repeat(image[..., 3:], 3, axis=2))

    def sheet(self, name: str, size: Size) -> np.ndarray:
        """What `keep_sheet` wrote. Raises ParallaxError where it is gone."""
        return self._loaded(name, size)

    def _loader(self, name: str, size: Size) -> Callable[[], np.ndarray]:
        return lambda: self._loaded(name, size)

    def _load(self, name: str, size: Size) -> np.ndarray:
        image = self.store.picture(name)
        if image is None or image.dtype != np.uint8 or (image.shape[1], image.shape[0]) != size:
            raise ParallaxError(f"{name} was removed or changed while it was needed")
        shape = self.store.picture(_shape(name))
        alpha = np.full(image.shape[:2], 255, np.uint8) if shape is None else shape[..., 0]
        if alpha.dtype != np.uint8 or alpha.shape != image.shape[:2]:
            raise ParallaxError(f"{_shape(name)} was changed while it was needed")
        return np.dstack([image, alpha])


def _told(
    store: Store | Saved, name: str, checked: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any] | None:
    text = store.text(name)
    if text is None:
        return None
    with undamaged(name):
        told = json.loads(text)
        if not isinstance(told, dict):
            raise ValueError(name)
        return checked(told)


@contextmanager
def undamaged(name: str) -> Iterator[None]:
    """Raises OptionError where reading what was kept under that name fails."""
    try:
        yield
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise OptionError(f"strips: {name}.txt is damaged; paint the scroll anew", "strips") from error


def _steps(store: Store | Saved, layers: int = MOST_LAYERS) -> Iterator[dict[str, Any]]:
    number, checked = 0, partial(credible.step, layers=layers)
    while (told := _told(store, step_name(number), checked)) is not None:
        yield told
        number += 1


def _shape(name: str) -> str:
    return f"{name}-alpha"


def saved_size(folder: Path) -> Size:
    """Of the picture whose strips lie in a folder. Raises OptionError where there are none."""
    width, height = _saved_about(folder)["size"]
    return int(width), int(height)


def saved_land(folder: Path) -> Size:
    """Of a picture that holds the land of any layer in a folder."""
    pieces = [piece for told in _steps(Saved(folder)) for piece in told["pieces"]]
    width = height = 1
    for layer in {piece["layer"] for piece in pieces}:
        own = [piece for piece in pieces if piece["layer"] == layer]
        width = max(width, max(p["x"] + p["width"] for p in own) - min(p["x"] for p in own))
        height = max(height, max(p["y"] + p["height"] for p in own) - min(p["y"] for p in own))
    return width, height


def reopened(folder: Path, store: Store) -> None:
    """Takes what an earlier scroll kept in a folder into a store that holds none yet. Raises OptionError."""
    if store.text(ABOUT) is not None:
        return
    about, saved = _saved_about(folder), Saved(folder)
    # what a killed process was about to keep has a hidden name
    for path in sorted(folder.glob("[!.]*.png")):
        image = saved.picture(path.stem)
        if image is None:
            raise OptionError(f"strips: {path} cannot be read", "strips")
        store.keep_picture(path.stem, image)
    for path in sorted(folder.glob("[!.]*.txt")):
        if path.stem != ABOUT:
            store.keep_text(path.stem, saved.text(path.stem) or "")
    store.keep_text(ABOUT, json.dumps(about, indent=2))


def _saved_about(folder: Path) -> dict[str, Any]:
    about = _told(Saved(folder), ABOUT, credible.about)
    if about is None:
        raise OptionError(f"strips: {folder} holds no scroll; it is the `kept` folder of a job", "strips")
    return about
