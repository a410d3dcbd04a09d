"""A zoom before it is made: its first picture and one step, quickly painted; of saved keyframes any frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..errors import OptionError
from ..loops.source import opened
from ..loops.store import MemoryStore
from ..loops.zoom import frames, plan
from ..loops.zoom.keyframes import name_of
from ..loops.zoom.painting import MASK
from ..loops.zoom.pictures import keyframe_size
from ..loops.zoom.words import prompts_of
from ..options import ZoomOptions
from ..types import Boundary, Event, Image, Size

STEPS = 6  # of the sampler
LONGEST_PAINTED, LONGEST_SHOWN = 512, 960  # pixels of the longer side
MULTIPLE, LEAST = 8, 64


@dataclass(frozen=True)
class ZoomPreview:
    """What is seen of a zoom.

    pictures  uint8 [H, W, 3] by name: "result", and of a zoom that is painted "source", the first picture,
              and "mask", the result dimmed where it is kept from that
    size      (width, height) of the zoom's frames
    notes     sentences for the user
    """

    pictures: dict[str, Image]
    size: Size
    notes: tuple[str, ...]


def frame_total(options: ZoomOptions) -> int:
    """Frames among which a preview can choose."""
    if options.keyframes is None:
        return 1
    with opened(None) as nothing:
        return plan(nothing, replace(options, upscaler="none")).frames or 1


def saved_frame(options: ZoomOptions, index: int) -> ZoomPreview:
    """Frame `index` of a zoom through saved keyframes. Raises OptionError for one that there is not."""
    with opened(None) as nothing:
        options = replace(options, upscaler="none")
        made = plan(nothing, options)
        if not 0 <= index < (made.frames or 0):
            raise OptionError(f"index: the zoom has {made.frames} frames, counted from 0", "index")
        seen = replace(options, size=_within(made.size, LONGEST_SHOWN, 1))
        image = next(frames(nothing, seen, start=Boundary(index, False))).image
    return ZoomPreview({"result": image}, made.size, ())


@lru_cache(maxsize=4)
def first_step(source: Path | None, options: ZoomOptions, stamps: tuple[tuple[int, int], ...]) -> ZoomPreview:
    """The first picture, and the one around it, painted with few steps at a modest size.

    stamps  of the files that it depends on: another one is painted anew
    """
    store, told = MemoryStore(), []

    def tell(event: Event) -> None:
        if event.kind in ("note", "warning") and event.text not in told:
            told.append(event.text)

    with opened(source) as reader:
        size = keyframe_size(options, reader)
        small = _within(size, LONGEST_PAINTED, MULTIPLE)
        quick = replace(
            options, steps=min(options.steps, STEPS), keyframe_size=small,
            size=None, upscaler="none", count=1, candidates=1, pick="best", endless=False, ping_pong=False,
            last_picture=None, fps=1.0, speed="1", ease_in=0.0, ease_out=0.0, hold_start=0.0, hold_end=0.0,
        )  # fmt: skip
        plan(reader, quick)
        list(frames(reader, quick, store=store, on_event=tell))
        told += reader.warnings
    first, around, mask = (store.picture(name_of(*of)) for of in ((0,), (1,), (1, MASK)))
    assert first is not None and around is not None and mask is not None
    share = mask.astype(np.float32) / 255
    pictures = {
        "result": around,
        "source": first,
        "mask": np.rint(around * (1 + 2 * share) / 3).astype(np.uint8),
    }
    if small != size or quick.steps != options.steps:
        told.append(
            f"the preview is painted at {small[0]}x{small[1]} in {quick.steps} "
            f"steps of the sampler; the zoom's pictures will be {size[0]}x{size[1]}, in {options.steps}"
        )
    return ZoomPreview(pictures, options.size or size, tuple(told))


def files_beside(options: ZoomOptions) -> tuple[Path, ...]:
    """What the preview of a painted zoom depends on besides its source."""
    given = (Path(options.prompts).expanduser(),) if options.prompts is not None else ()
    return given + prompts_of(options).pictures


def _within(size: Size, longest: int, multiple: int) -> Size:
    """The size with no side above `longest`, of the same shape but for what whole multiples take."""
    scale = min(1.0, longest / max(size))
    if scale == 1:
        return size
    width, height = (max(LEAST, round(side * scale / multiple) * multiple) for side in size)
    return width, height
