"""Keys chosen by eye: the frames that would be painted, to take away from and to add to.

What is chosen stands in the option's own field, as numbers; this panel only shows and changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from ...errors import OptionError, ParallaxError
from .. import compat
from ..desk import Desk
from ..preview import frame_count, thumbnail
from ..words import Words
from . import source
from .fields import Form
from .labels import of_loop
from .pieces import picture_address
from .run_panel import RunPanel, refusal
from .source import SourcePanel

LONGEST = 160  # pixels of a picture's longer side
SHOWN = 200  # pictures at most


@dataclass(frozen=True)
class KeysPanel:
    """number  stands for the key that was clicked; javascript presses `drop` and puts it in"""

    suggest: Any
    add: Any
    frame: Any
    drop: Any
    number: Any
    pictures: Any


def build(loop: str, say: Words) -> KeysPanel:
    import gradio as gr

    name = f"parallax_{loop}_keys"
    with gr.Accordion(say("Keys by eye"), open=False, elem_id=f"{name}_by_eye"):
        suggest = compat.transient(gr.Button(say("Suggest keys"), elem_id=f"{name}_suggest"))
        pictures = gr.HTML(elem_id=f"{name}_pictures")
        with gr.Row():
            frame = compat.transient(
                gr.Slider(
                    0, 1, 0, step=1, label=of_loop(say("Frame"), loop), elem_id=f"{name}_frame",
                    interactive=True, visible=False,
                )
            )  # fmt: skip
            add = compat.transient(gr.Button(say("Add frame"), elem_id=f"{name}_add", visible=False))
    with compat.hidden():
        drop = compat.transient(gr.Button("drop", elem_id=f"{name}_drop"))
        number = compat.transient(gr.Textbox(elem_id=f"{name}_number", show_label=False))
    return KeysPanel(suggest, add, frame, drop, number, pictures)


def wire(
    desk: Desk, loop: str, say: Words, panel: KeysPanel, run: RunPanel, form: Form, sources: SourcePanel
) -> None:
    count = len(sources.inputs)

    def suggest(*values: Any) -> list[Any]:
        try:
            path = source.read(values[:count]).one(desk.places)
            found = desk.keys(loop, path, form.values(values[count:]))
            chosen = [key.index for key in found.keys]
            shown = keys_shown(path, chosen, say)
        except ParallaxError as error:
            return [refusal(error, say), *(compat.update() for _ in range(4))]
        several = found.frames > 1
        slider = compat.update(maximum=max(1, found.frames - 1), visible=several)
        return ["", written(chosen), shown, slider, compat.update(visible=several)]

    def changed(change: Callable[[set[int], int], set[int]]) -> Callable[..., list[Any]]:
        """What becomes of the field and the pictures when one number is taken or added."""

        def done(number: Any, keys: str, *values: Any) -> list[Any]:
            try:
                path = source.read(values).one(desk.places)
                numbers = sorted(change(numbers_in(keys), int(number)))
                numbers = [key for key in numbers if key < frame_count(path)]
                return ["", written(numbers), keys_shown(path, numbers, say)]
            except ParallaxError as error:
                return [refusal(error, say), compat.update(), compat.update()]

        return done

    field = form.fields["keys"]
    told = [run.notice, field, panel.pictures]
    asked = [*sources.inputs, *form.inputs]
    compat.on(panel.suggest.click, suggest, asked, [*told, panel.frame, panel.add], wait=True)
    added, dropped = changed(lambda keys, number: keys | {number}), changed(lambda keys, n: keys - {n})
    compat.on(panel.add.click, added, [panel.frame, field, *sources.inputs], told)
    clicked = "(number, ...rest) => [parallax.choice(), ...rest]"
    compat.on(panel.drop.click, dropped, [panel.number, field, *sources.inputs], told, js=clicked)


def numbers_in(keys: str) -> set[int]:
    """The frames that the option numbers; none where it says something else."""
    from ...loops.animate.choosing import rule_of

    try:
        return set(rule_of(keys or "").numbers)
    except OptionError:
        return set()


def written(numbers: Iterable[int]) -> str:
    """The option's text; without any number the one it has by itself."""
    return ",".join(map(str, numbers)) or "coverage"


def keys_shown(path: Path, numbers: list[int], say: Words) -> str:
    """A button with its picture for every key, as HTML. Raises SourceError."""
    stamp = path.stat().st_mtime_ns
    buttons = "".join(
        f'<button type="button" data-key="{number}"><img src="{_address(path, stamp, number)}" '
        f'alt="{escape(say("Frame"))} {number}">{number}</button>'
        for number in numbers[:SHOWN]
    )
    more = f"<span>+ {len(numbers) - SHOWN}</span>" if len(numbers) > SHOWN else ""
    hint = escape(say("A click on a picture removes it from the keys."))
    return f'<div class="parallax-choice parallax-keys"><div>{buttons}{more}</div><p>{hint}</p></div>'


@lru_cache(maxsize=256)
def _address(path: Path, stamp: int, number: int) -> str:
    return picture_address(thumbnail(path, number, LONGEST))
