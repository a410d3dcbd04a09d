"""The editor of a scroll's layers as HTML; javascript/parallax_layers.js brings it to life."""

from __future__ import annotations

from html import escape

from ..words import Words

NOTHING = "Choose a source to see its layers here."
HINT = (
    "Drag a border between two bands; a double click parts a band. By keyboard: arrows move a border (with "
    "Shift farther), Delete removes it. The list is in drawing order: what is lower lies in front."
)


def editor(loop: str, say: Words) -> str:
    """The picture with its layers, and beside it their list; both empty until javascript fills them."""

    def text(of: str) -> str:
        return escape(say(of))

    def button(does: str, label: str) -> str:
        return f'<button type="button" data-does="{does}">{text(label)}</button>'

    words = {
        "nothing": NOTHING, "layer": "Layer", "border": "Border above layer", "row": "row",
        "distance": "Distance", "gain": "Speed factor", "back": "Further behind", "front": "Further in front",
        "drop": "Remove band", "automatic": "automatic",
    }  # fmt: skip
    said = " ".join(f'data-{name}="{text(word)}"' for name, word in words.items())
    hint = f"parallax_{loop}_bands_hint"
    headings = "".join(f"<span>{text(word)}</span>" for word in ("Distance", "Factor"))
    return (
        f'<div class="parallax-bands parallax-without" data-loop="{loop}" {said}>'
        f'<p class="parallax-message" data-part="told" role="status">{text(NOTHING)}</p>'
        '<div class="parallax-bands-body">'
        f'<div class="parallax-layered" role="group" aria-label="{text("Layers on the picture")}" '
        f'aria-describedby="{hint}"><img data-part="picture" alt=""><div data-part="marks"></div></div>'
        '<div class="parallax-list"><div class="parallax-headings" aria-hidden="true">'
        f"<span></span>{headings}</div>"
        f'<ol data-part="rows" aria-label="{text("Layers, the one behind first")}"></ol><div>'
        f'<label><span>{text("Soft edges")}</span><input data-does="soft" type="number" min="0" max="128" '
        f'step="any"></label>{button("add", "Add band")}{button("find", "Find the layers")}</div></div></div>'
        f'<p class="parallax-message" id="{hint}" data-part="hint">{text(HINT)}</p></div>'
    )
