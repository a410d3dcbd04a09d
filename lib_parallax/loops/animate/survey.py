"""The first look at a clip: where its shots begin, and which of its frames are keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from ...errors import Cancelled
from ...flow import same_shot
from ...flow.dis import to_grey
from ...media import Reader, mark_shots
from ...options import AnimateOptions
from ...types import CancelToken, Event, OnEvent
from ..store import MemoryStore, Store
from .choosing import Key, Look, check_length, choose, keys_of, rule_of

NAME = "survey"
LOOK = 256  # shorter side of the pictures that keys are chosen by


class Survey(NamedTuple):
    """What the first look found, in numbers of frames.

    frames   how many there are
    cuts     the first frame of every shot, 0 first
    keys     the frames that are painted
    anchors  those of them that others are carried from: all, but where every frame is painted
    """

    frames: int
    cuts: tuple[int, ...]
    keys: tuple[Key, ...]
    anchors: tuple[int, ...]


def survey(
    source: Reader,
    options: AnimateOptions,
    painted: Sequence[int] | None,
    store: Store,
    tell: OnEvent,
    cancel: CancelToken | None = None,
) -> Survey:
    """The survey out of the store, or made and kept there.

    painted  the frames that there are pictures of already; None where keys are painted yet

    Raises OptionError for keys that are not there.
    """
    kept = store.text(NAME)
    if kept is not None:
        found = json.loads(kept)
        keys = tuple(Key(*key) for key in found["keys"])
        return Survey(found["frames"], tuple(found["cuts"]), keys, tuple(found["anchors"]))
    tell(Event("stage", "choosing keys"))
    cuts: list[int] = []
    looks = _looks(source, cuts, cancel)
    rule = rule_of(options.keys)
    partly = painted is not None and len(painted) < source.count()
    if rule.numbers or (partly and painted is not None):
        frames = sum(1 for _ in looks)
        check_length(rule, frames)
        anchors = list(rule.numbers or painted or ())
    else:
        every = "coverage" if rule.name == "all" else options.keys
        anchors = [key.index for key in choose(looks, replace(options, keys=every))]
        frames = source.count()
    keys = tuple(keys_of(range(frames) if rule.name == "all" and not partly else anchors, cuts))
    made = Survey(frames, tuple(cuts), keys, tuple(anchors))
    store.keep_text(NAME, json.dumps(made._asdict()))
    return made


def suggested(source: Reader, options: AnimateOptions) -> Survey:
    """What would be painted where nobody numbers the frames, or has all of them painted."""
    if rule_of(options.keys).name in ("numbers", "all"):
        options = replace(options, keys="coverage")
    return survey(source, options, None, MemoryStore(), lambda event: None)


def _looks(source: Reader, cuts: list[int], cancel: CancelToken | None) -> Iterator[Look]:
    """The frames in small; `cuts` is filled on the way."""
    for index, frame in enumerate(mark_shots(source.frames(), confirm=same_shot)):
        if cancel is not None and cancel.cancelled:
            raise Cancelled("stopped")
        cut = frame.boundary is not None and frame.boundary.cut
        if cut:
            cuts.append(index)
        yield Look(index, cut, small_grey(frame.image, LOOK))


def small_grey(image: np.ndarray, side: int) -> np.ndarray:
    """The picture's luma, uint8, its shorter side at most `side`."""
    return reduced(to_grey(image), side)


def reduced(image: np.ndarray, side: int) -> np.ndarray:
    """The picture reduced until its shorter side is `side`; smaller ones as they are."""
    height, width = image.shape[:2]
    scale = side / min(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)
