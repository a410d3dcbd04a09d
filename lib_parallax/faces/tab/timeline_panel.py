"""The editor of keyframes: asks how a schedule's curve runs, and writes what was changed into its field.

What is chosen stands in the options' own fields, as schedules; javascript holds only what it draws.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ParallaxError
from ...options import OptionField, check
from ...timeline import Curve
from .. import compat
from ..curves import drawn, nothing_drawn, scheduled, sound_of, span_of
from ..desk import Desk
from ..exchange import exported, read_file
from ..words import Words
from . import source
from .fields import Form, shown
from .labels import of_loop
from .pieces import download, message, notes
from .run_panel import refusal
from .source import SourcePanel
from .timeline import editor

LENGTHS = ("duration", "fps", "seed", "count")  # options that a curve depends on besides its own


@dataclass(frozen=True)
class TimelinePanel:
    """ask       javascript presses it
    question  stands for what it asks, as JSON; javascript puts it in
    answer    what javascript is told, as JSON
    """

    ask: Any
    question: Any
    answer: Any
    export: Any
    bring: Any
    told: Any


def build(loop: str, say: Words) -> TimelinePanel:
    import gradio as gr

    name = f"parallax_{loop}_timeline"
    with gr.Accordion(say("Keyframe editor"), open=False, elem_id=f"{name}_fold"):
        gr.HTML(editor(loop, scheduled(loop).values(), say), elem_id=name)
        export = compat.transient(gr.Button(say("Download keyframes"), elem_id=f"{name}_export", size="sm"))
        told = gr.HTML(elem_id=f"{name}_told")
        bring = compat.transient(
            gr.File(
                label=of_loop(say("Keyframes, Deforum settings or a Parseq manifest"), loop),
                elem_id=f"{name}_bring", height=120, file_types=[".json", ".txt"],
            )
        )  # fmt: skip
    with compat.hidden():
        ask = compat.transient(gr.Button("ask", elem_id=f"{name}_ask"))
        question, answer = (
            compat.transient(gr.Textbox(elem_id=f"{name}_{item}", show_label=False))
            for item in ("question", "answer")
        )
    return TimelinePanel(ask, question, answer, export, bring, told)


def wire(desk: Desk, loop: str, say: Words, panel: TimelinePanel, form: Form, sources: SourcePanel) -> None:
    count, names = len(sources.inputs), list(scheduled(loop))

    def ask(question: str, *given: Any) -> list[Any]:
        film, values = _film(desk, given[:count]), form.values(given[count:])
        told, changes = _answer(desk, loop, question, values, film)
        return [json.dumps(told), *(compat.update(**changes.get(name, {})) for name in names)]

    def export(*given: Any) -> str:
        film, values = _film(desk, given[:count]), form.values(given[count:])
        try:
            text = exported(loop, values, lambda name, text: _curve(desk, loop, name, text, values, film))
        except ParallaxError as error:
            return refusal(error, say)
        return download(text.encode(), "application/json", f"{loop}-keyframes.json")

    def bring(file: Any, *given: Any) -> list[Any]:
        path = compat.uploaded(file)
        if path is None:
            return ["", None, *form.untouched()]
        try:
            size = check(form.options["size"], form.values(given).get("size"))
            values, warnings = read_file(path, loop, size)
        except ParallaxError as error:
            return [refusal(error, say), None, *form.untouched()]
        told = message(say("The fields are filled."), "good") + notes(warnings, "warning")
        return [told, None, *form.changed(values)]

    everything = [*sources.inputs, *form.inputs]
    fields = [form.fields[name] for name in names]
    put = f"(question, ...rest) => [parallaxTimeline.question('{loop}'), ...rest]"
    asked = compat.on(panel.ask.click, ask, [panel.question, *everything], [panel.answer, *fields], js=put)
    told = f"(answer) => {{ parallaxTimeline.answered('{loop}', answer); return []; }}"
    compat.on(asked.then, None, [panel.answer], js=told)
    shared = compat.on(panel.export.click, export, everything, [panel.told])
    link = f"parallax_{loop}_timeline_told"
    compat.on(shared.then, None, js=f"() => parallax.download('{link}')")
    brought = [panel.told, panel.bring, *form.inputs]
    compat.on(panel.bring.upload, bring, [panel.bring, *form.inputs], brought)
    for name in (*names, *LENGTHS):
        if name in form.fields:
            changed = f"() => {{ parallaxTimeline.changed('{loop}'); return []; }}"
            compat.on(form.fields[name].change, None, js=changed)


def _film(desk: Desk, given: Sequence[Any]) -> Path | None:
    """The source, where one is named that can be read."""
    asked = source.read(given)
    try:
        return None if asked.nothing else asked.one(desk.places)
    except (ParallaxError, OSError):
        return None


def _answer(
    desk: Desk, loop: str, question: str, values: Mapping[str, Any], film: Path | None
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What javascript is told, and what becomes of the fields.

    question  {"number", "option", and of what was changed "keys", "write"}, as JSON; without keys the field
              is read

    A sentence is told under "error", and then no field changes.
    """
    asked = _object(question)
    told = {"number": asked.get("number"), "option": asked.get("option")}
    o = scheduled(loop).get(str(asked.get("option")))
    if o is None:
        return {**told, "error": "there is no such option"}, {}
    try:
        span = span_of(loop, o, values, film)
        text = _text(o, asked["keys"]) if "keys" in asked else shown(o, values.get(o.name, o.default))
        if text or not o.optional:
            sound = sound_of(loop, o, text, values, span, desk.places)
            found = drawn(o.name, text, span, sound, o)
        else:
            found = nothing_drawn(span)
    except ParallaxError as error:
        return {**told, "error": str(error)}, {}
    writes = "keys" in asked and asked.get("write") is True
    return {**told, **found}, {o.name: {"value": text}} if writes else {}


def _text(o: OptionField, keys: Any) -> str:
    """The schedule that these keys are; none at all leave an option out that may be. Raises OptionError."""
    return "" if o.optional and keys == [] else Curve.from_json(keys, o.name).text


def _curve(
    desk: Desk, loop: str, name: str, text: str, values: Mapping[str, Any], film: Path | None
) -> Curve:
    """Raises ParallaxError."""
    o = scheduled(loop)[name]
    span = span_of(loop, o, values, film)
    curves = sound_of(loop, o, text, values, span, desk.places)
    return Curve.parse(text, frames=span.frames, seed=span.seed, fps=span.fps, name=name, curves=curves)


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}
