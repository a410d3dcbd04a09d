"""A loop's options as fields of the page, made from `options.describe`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...options import OptionField
from .. import compat
from ..desk import Desk
from ..words import Words
from . import labels

LONG_TEXTS = ("prompt", "negative")  # options of more than a line
UPLOADED = ("depth",)  # options naming a file that a browser may send as well


@dataclass(frozen=True)
class Form:
    """The fields of one loop, by the name of their option, in order."""

    loop: str
    options: dict[str, OptionField]
    fields: dict[str, Any]

    @property
    def inputs(self) -> list[Any]:
        return list(self.fields.values())

    def values(self, given: Sequence[Any]) -> dict[str, Any]:
        """Option values from what the fields hold; what was left empty is left out."""
        named = zip(self.fields, given, strict=True)
        return {name: value for name, value in named if value is not None and value != ""}

    def filled(self, values: Mapping[str, Any]) -> list[Any]:
        """Changes that put these option values into the fields, and the default where there is none."""
        return [
            compat.update(value=shown(o, values.get(name, o.default))) for name, o in self.options.items()
        ]

    def changed(self, values: Mapping[str, Any]) -> list[Any]:
        """The same, but what is not among the values stays as it is."""
        return [
            compat.update(value=shown(o, values[name])) if name in values else compat.update()
            for name, o in self.options.items()
        ]

    def untouched(self) -> list[Any]:
        return [compat.update() for _ in self.fields]


def shown(o: OptionField, value: Any) -> Any:
    """An option's value as its field holds it."""
    if value is None:
        return ""
    if o.kind == "size" and not isinstance(value, str):
        return "x".join(map(str, value))
    return str(value) if is_text(o) else value


def is_text(o: OptionField) -> bool:
    """Whether the field is a line of text: a number that may be left out, or change, has no place on a
    slider."""
    return o.kind in ("str", "size") or bool(o.over) or (o.optional and o.kind != "bool")


def build(desk: Desk, loop: str, say: Words) -> Form:
    """Draws the fields: Basic in view, every other group folded.

    Options that name files on the server are hidden where no folder may be named.
    """
    import gradio as gr

    paths = bool(desk.places.allowed)
    fields: dict[str, Any] = {}
    options: dict[str, OptionField] = {}
    for group, members in labels.groups(loop).items():
        holder: Any
        if group == "Basic":
            holder = gr.Column(elem_classes=["parallax-fields"])
        else:
            holder = gr.Accordion(say(group), open=False, elem_classes=["parallax-fields"])
        with holder:
            for o in members:
                options[o.name] = o
                fields[o.name] = _field(o, loop, say, hidden=bool(o.path) and not paths)
                if o.name in UPLOADED:
                    _upload(desk, o, loop, say, fields[o.name])
    return Form(loop, options, fields)


def _field(o: OptionField, loop: str, say: Words, hidden: bool) -> Any:
    import gradio as gr

    looks: dict[str, Any] = {
        "label": labels.label_of(o, loop, say(o.label)),
        "info": say(about(o)),
        "elem_id": f"parallax_{loop}_{o.name}",
        "elem_classes": [compat.HIDDEN] if hidden else [],
        "value": shown(o, o.default),
        "interactive": True,
    }
    if o.kind == "bool":
        return gr.Checkbox(**looks)
    choices = o.choices or known_names(o)
    if choices:
        return gr.Dropdown(choices=list(choices), allow_custom_value=not o.choices, **looks)
    if is_text(o):
        automatic = say("automatic") if o.optional and o.kind != "str" else ""
        placeholder = "1920x1080" if o.kind == "size" else automatic
        lines = 3 if o.name in LONG_TEXTS else 1
        field = gr.Textbox(lines=lines, max_lines=4 * lines, placeholder=placeholder, **looks)
        return compat.transient(field) if o.path else field
    if has_slider(o):
        return gr.Slider(minimum=o.minimum or 0, maximum=o.maximum or 0, step=step(o), **looks)
    return gr.Number(precision=0 if o.kind == "int" else None, **looks)


def _upload(desk: Desk, o: OptionField, loop: str, say: Words, field: Any) -> None:
    """Lets the browser send the file that a field names."""
    import gradio as gr

    label = labels.of_loop(say(f"{o.label}, uploaded"), loop)
    upload = compat.transient(gr.File(label=label, elem_id=f"parallax_{loop}_{o.name}_upload", height=120))

    def kept(value: Any) -> str:
        file = compat.uploaded(value)
        return "" if file is None else str(desk.places.keep_file(file))

    compat.on(upload.change, kept, [upload], [field])


def about(o: OptionField) -> str:
    """An option's help, with the unit and range that its field does not show by itself."""
    facts = [o.unit] if o.unit and o.kind != "size" else []
    if is_text(o) and o.kind in ("int", "float"):
        facts.insert(0, f"{o.minimum:g} - {o.maximum:g}")
    return f"{o.help} ({' '.join(facts)})" if facts else o.help


def known_names(o: OptionField) -> tuple[str, ...]:
    """The choices of an option that names something which is looked up."""
    if o.name != "depth_model":
        return ()
    from ...depth import names

    return names()


def has_slider(o: OptionField) -> bool:
    return o.minimum is not None and o.maximum is not None and o.maximum - o.minimum <= 1000


def step(o: OptionField) -> float:
    """A step fine enough for the option's range."""
    if o.kind == "int":
        return 1
    span = (o.maximum or 0) - (o.minimum or 0)
    return 0.01 if span <= 1 else 0.1 if span <= 20 else 1
