"""One frame of the source as the loop would render it, looked at in several ways."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ParallaxError
from ...options import OPTIONAL_SOURCE
from ...types import Image
from .. import compat
from ..desk import Desk
from ..preview import Preview, frames_of, wiggle
from ..words import Words
from . import source
from .fields import Form
from .labels import of_loop
from .pieces import data_address, notes, picture_address
from .run_panel import RunPanel, refusal
from .source import SourcePanel

# What can be looked at, and the pictures it needs.
VIEWS = {
    "Result": ("result",),
    "Depth": ("depth",),
    "Holes": ("holes",),
    "Anaglyph": ("anaglyph",),
    "Wiggle": ("left", "right"),
    "Before / after": ("source", "result"),
    "Move": ("source", "depth"),
    "Layers": ("layers",),
    "Mask": ("mask",),
    "First picture": ("source",),
}
OF_ZOOM = ("Result", "Mask", "First picture")
OF_SCROLL = ("Result", "Layers", "Mask")
OF_MOVE = ("Result", "Depth", "Holes", "Before / after", "Move")
EMPTY = "Choose a source and press Preview to see one frame before anything is rendered."
EMPTY_ZOOM = "Write a prompt and press Preview to see the first step, painted small and quickly."
WORDS = ("prompt", "prompts", "keyframes")  # a zoom without a source needs one of them
OF_TWO_VIEWS = ("Holes", "Anaglyph", "Wiggle")


@dataclass(frozen=True)
class PreviewPanel:
    view: Any
    frame: Any
    stage: Any


def views(loop: str) -> list[str]:
    """The ways to look at what a loop makes."""
    if loop == "zoom":
        return list(OF_ZOOM)
    if loop == "parallax":
        return list(OF_MOVE)
    if loop == "scroll":
        return list(OF_SCROLL)
    left_out = ("Layers", "Mask", "First picture", *(OF_TWO_VIEWS if loop != "stereo" else ()))
    return [name for name in VIEWS if name not in left_out]


def build(loop: str, say: Words) -> PreviewPanel:
    import gradio as gr

    name = f"parallax_{loop}"
    choices = compat.named_choices([(say(view), view) for view in views(loop)])
    view = compat.transient(
        gr.Radio(
            choices, value="Result", label=of_loop(say("Preview"), loop), show_label=False,
            elem_id=f"{name}_look", elem_classes=["parallax-views"],
        )
    )  # fmt: skip
    frame = compat.transient(
        gr.Slider(
            0, 1, 0, step=1, label=of_loop(say("Frame"), loop), elem_id=f"{name}_frame", interactive=True,
            visible=False,
        )
    )  # fmt: skip
    empty = escape(say(EMPTY_ZOOM if loop == "zoom" else EMPTY))
    stage = gr.HTML(f'<div class="parallax-stage parallax-empty">{empty}</div>', elem_id=f"{name}_stage")
    return PreviewPanel(view, frame, stage)


def wire(
    desk: Desk, loop: str, say: Words, panel: PreviewPanel, run: RunPanel, form: Form, sources: SourcePanel,
    tabs: Any,
) -> None:  # fmt: skip
    """The button, another view and another frame all show the frame with the options as they are now."""
    count = len(sources.inputs)

    def show(*values: Any) -> list[Any]:
        given, options = source.read(values[2 : 2 + count]), form.values(values[2 + count :])
        view, index = values[0] or "Result", int(values[1] or 0)
        try:
            alone = given.nothing and loop in OPTIONAL_SOURCE
            path = None if alone else given.one(desk.places)
            options = desk.checked(loop, options)
            last = frames_of(loop, path, options) - 1
            seen = desk.preview(loop, path, options, min(index, last))
        except ParallaxError as error:
            return [refusal(error, say), compat.update(), compat.update(), compat.update()]
        slider = compat.update(maximum=max(1, last), value=seen.index, visible=last > 0)
        return ["", picture(seen, view, path, say), slider, compat.update(selected="preview")]

    def again(*values: Any) -> list[Any]:
        """The same for whoever only turned a knob: nothing to show is no mistake."""
        given = source.read(values[2 : 2 + count])
        options = form.values(values[2 + count :])
        worded = loop in OPTIONAL_SOURCE and any(options.get(name) for name in WORDS)
        if not (given.source or given.path or given.folder or worded):
            return [compat.update() for _ in range(4)]
        return show(*values)

    inputs = [panel.view, panel.frame, *sources.inputs, *form.inputs]
    outputs = [run.notice, panel.stage, panel.frame, tabs]
    compat.on(run.preview.click, show, inputs, outputs, wait=True)
    compat.on(panel.view.change, again, inputs, outputs, wait=True)
    compat.on(panel.frame.release, again, inputs, outputs, wait=True)


def picture(seen: Preview, view: str, source: Path | None, say: Words) -> str:
    """What is seen, as HTML."""
    pictures = seen.pictures
    name = escape(say(view))
    if view not in VIEWS or not all(part in pictures for part in VIEWS[view]):
        view, name = "Result", escape(say("Result"))
    if view == "Wiggle":
        address = data_address(wiggle(pictures["left"], pictures["right"]), "image/webp")
        body = f'<img src="{address}" alt="{name}">'
    elif view == "Before / after":
        body = _compare(seen, say)
    elif view == "Move":
        from ..viewer import embed

        assert seen.depth is not None and source is not None
        body = embed(pictures["source"], seen.depth, source.name)
    else:
        body = f'<img src="{picture_address(pictures[VIEWS[view][0]], 92)}" alt="{name}">'
    return f'<div class="parallax-stage" data-view="{escape(view)}">{body}</div>{notes(seen.notes)}'


def _made(seen: Preview) -> Image:
    """The result; where it packs two views, the one that is not the source."""
    views = [seen.pictures[side] for side in ("right", "left") if side in seen.pictures]
    source = seen.pictures["source"]
    return next((view for view in views if not np.array_equal(view, source)), seen.pictures["result"])


def _compare(seen: Preview, say: Words) -> str:
    """The source and what was made of it over each other, divided where the slider stands."""
    before, after = (picture_address(image, 92) for image in (seen.pictures["source"], _made(seen)))
    label = escape(say("Before / after"))
    return (
        f'<div class="parallax-compare"><img src="{after}" alt="{escape(say("after"))}">'
        f'<img class="parallax-before" src="{before}" alt="{escape(say("before"))}">'
        f'<input type="range" min="0" max="100" value="50" aria-label="{label}"></div>'
    )
