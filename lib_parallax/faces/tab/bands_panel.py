"""The editor of a scroll's layers on its picture: answers what they are, and writes what was changed.

What is chosen stands in the options' own fields; javascript holds only what it draws.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ParallaxError
from ...options import LOOP_OPTIONS, ScrollOptions, parse
from .. import compat
from ..desk import Desk
from ..layer_edits import FIELDS, Layers, edited, read, written
from ..words import Words
from . import source
from .bands import editor
from .fields import Form
from .pieces import picture_address
from .source import SourcePanel

LONGEST = 800  # pixels of the picture's longer side
# options that what is shown depends on besides those that are written
SHOWN_WITH = (
    "layer_prompts", "direction", "duration", "smoothness", "step_seconds", "speeds", "endless", "size",
    "strips",
)  # fmt: skip


@dataclass(frozen=True)
class BandsPanel:
    """ask       javascript presses it
    question  stands for what it asks, as JSON; javascript puts it in
    answer    what javascript is told, as JSON
    """

    ask: Any
    question: Any
    answer: Any


def build(loop: str, say: Words) -> BandsPanel:
    import gradio as gr

    name = f"parallax_{loop}_bands"
    with gr.Accordion(say("Layers on the picture"), open=True, elem_id=f"{name}_fold"):
        gr.HTML(editor(loop, say), elem_id=name)
    with compat.hidden():
        ask = compat.transient(gr.Button("ask", elem_id=f"{name}_ask"))
        question, answer = (
            compat.transient(gr.Textbox(elem_id=f"{name}_{item}", show_label=False))
            for item in ("question", "answer")
        )
    return BandsPanel(ask, question, answer)


def wire(desk: Desk, loop: str, panel: BandsPanel, form: Form, sources: SourcePanel) -> None:
    count = len(sources.inputs)

    def ask(question: str, *given: Any) -> list[Any]:
        told, changes = answer(desk, loop, question, source.read(given[:count]), form.values(given[count:]))
        return [
            json.dumps(told),
            *(compat.update(value=changes[name]) if name in changes else compat.update() for name in FIELDS),
        ]

    everything = [*sources.inputs, *form.inputs]
    fields = [form.fields[name] for name in FIELDS]
    put = f"(question, ...rest) => [parallaxLayers.question('{loop}'), ...rest]"
    asked = compat.on(panel.ask.click, ask, [panel.question, *everything], [panel.answer, *fields], js=put)
    told = f"(answer) => {{ parallaxLayers.answered('{loop}', answer); return []; }}"
    compat.on(asked.then, None, [panel.answer], js=told)
    changed = f"() => {{ parallaxLayers.changed('{loop}'); return []; }}"
    for name in (*FIELDS, *SHOWN_WITH):
        compat.on(form.fields[name].change, None, js=changed)


def answer(
    desk: Desk, loop: str, question: str, given: source.Given, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What javascript is told, and what becomes of the fields.

    question  {"number", "seen": the picture that is there, "find": whether layers that are no bands are to be
              found, and where something is changed "wish", as `layer_edits.edited` takes it}, as JSON

    Told are "number" again, and "kind": "" without a source, else "bands" or "found"; of the picture "key",
    where it is another one "picture", and "width" and "height" of the source; "borders", rows between the
    bands; "soft", and "softness" in those rows; "order"; and of each layer "colour", "distance", "usual",
    "gain" and "speed". A sentence is told under "error"; alone where the options mean nothing.
    """
    asked = _object(question)
    told: dict[str, Any] = {"number": asked.get("number"), "kind": ""}
    if given.nothing:
        return told, {}
    try:
        path, chosen = given.one(desk.places), desk.checked(loop, values)
        before = _read(path, loop, chosen)
    except ParallaxError as error:
        return {**told, "error": str(error)}, {}
    then, after, changes = chosen, before, {}
    try:
        if isinstance(asked.get("wish"), dict):
            after = edited(before, asked["wish"])
            changes = written(before, after)
            then = {name: value for name, value in {**chosen, **changes}.items() if value != ""}
            after = _read(path, loop, then)
        shown = _shown(desk, path, loop, then, after, asked)
    except ParallaxError as error:
        told["error"] = str(error)
        changes = {}
        shown = _shown(desk, path, loop, chosen, before, {**asked, "find": False})
    return {**told, **shown}, changes


def _read(path: Path, loop: str, values: Mapping[str, Any]) -> Layers:
    from ..moments import Origin

    return read(_parsed(loop, values), Origin.of(path).reader)


def _parsed(loop: str, values: Mapping[str, Any]) -> ScrollOptions:
    options: ScrollOptions = parse(LOOP_OPTIONS[loop], values)
    return options


def _shown(
    desk: Desk, path: Path, loop: str, values: Mapping[str, Any], layers: Layers, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """What is told of the layers. Raises a ParallaxError where they are to be found and cannot be."""
    from ...loops.scroll.shape import shape_of, usual_distances
    from ..layer_marks import colours
    from ..moments import Origin

    options, reader = _parsed(loop, values), Origin.of(path).reader
    bands = layers.borders is not None
    speeds = _speeds(options, layers, shape_of(reader, options))
    usual = usual_distances(layers.count) if bands else ()
    told = [
        {
            "colour": "#{:02x}{:02x}{:02x}".format(*colour),
            "distance": layers.distances[number] if layers.distances else "",
            "usual": f"{usual[number]:.3g}" if bands else "",
            "gain": layers.gains[number] if layers.gains else "",
            "speed": f"{speeds[number]:.3g} px/s" if speeds else "",
        }
        for number, colour in enumerate(colours(layers.count))
    ]
    find = not bands and asked.get("find") is True
    key = hashlib.sha256(repr((path, Origin.of(path).stamp, values if find else "")).encode()).hexdigest()
    softness = layers.soft * reader.size[1] / shape_of(reader, options).size[1]
    return {
        "kind": "bands" if bands else "found", "key": key,
        **({} if asked.get("seen") == key else {"picture": _picture(desk, path, loop, values, find)}),
        "width": reader.size[0], "height": reader.size[1],
        "borders": (layers.borders or ())[1:-1],
        "soft": layers.soft, "softness": softness, "order": layers.order, "layers": told,
    }  # fmt: skip


def _speeds(options: ScrollOptions, layers: Layers, shape: Any) -> tuple[float, ...]:
    """In pixels of the result a second; () where they are known only once the layers are found."""
    from ...loops.scroll.layout import motion_of

    if layers.borders is None and not layers.distances:
        return ()
    about = {"size": shape.size, "layers": layers.count, "distances": None}
    return motion_of(options, about, shape.seconds).speeds


def _picture(desk: Desk, path: Path, loop: str, values: Mapping[str, Any], find: bool) -> str:
    from ...media.thumbnail import thumbnail as reduced
    from ..preview import thumbnail

    if not find:
        return picture_address(thumbnail(path, 0, LONGEST))
    seen = desk.preview(loop, path, values, 0)
    return picture_address(reduced(seen.pictures["layers"], LONGEST))


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}
