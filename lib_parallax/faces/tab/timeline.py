"""The editor of keyframes as HTML; javascript/parallax_timeline.js brings it to life."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ...options import OptionField
from ...timeline.easing import WAYS
from ..words import Words

HINT = (
    "Double-click adds a key, dragging moves it, right-click deletes it. By keyboard: Page up and Page down "
    "choose a key, arrows move it (with Shift farther), Insert adds one, Delete deletes it."
)


def editor(loop: str, options: Iterable[OptionField], say: Words) -> str:
    """A list of the options that may change over time, the curve of one, and a row for its chosen key."""

    def text(of: str) -> str:
        return escape(say(of))

    def field(label: str, control: str) -> str:
        return f"<label><span>{text(label)}</span>{control}</label>"

    def button(does: str, label: str) -> str:
        return f'<button type="button" data-does="{does}" disabled>{text(label)}</button>'

    named = "".join(
        f'<option value="{o.name}" data-over="{o.over}" data-fewest="{int(not o.optional)}">'
        f"{text(o.label)}</option>"
        for o in options
    )
    computed = f'<option value="">{text("computed anew")}</option>'
    ways = computed + "".join(f'<option value="{way}">{way}</option>' for way in WAYS)
    chosen = field("Curve of", f'<select data-part="option">{named}</select>')
    hint = f"parallax_{loop}_timeline_hint"
    key = [
        field("Frame", '<input data-part="frame" type="number" min="0" step="any" disabled>'),
        field("Value or expression", '<input data-part="value" type="text" spellcheck="false" disabled>'),
        field("To the next key", f'<select data-part="way" disabled>{ways}</select>'),
        f"<div>{button('add', 'Add key')}{button('drop', 'Delete key')}</div>",
    ]
    return (
        f'<div class="parallax-timeline" data-loop="{loop}" '
        f'data-frames="{text("Frame")}" data-steps="{text("Step")}">'
        f"<div>{chosen}</div>"
        f'<svg class="parallax-curve" role="application" tabindex="0" aria-describedby="{hint}"></svg>'
        '<p class="parallax-message" data-part="told" role="status"></p>'
        f'<div role="group">{"".join(key)}</div>'
        f'<p class="parallax-message" id="{hint}">{text(HINT)}</p>'
        '<span class="parallax-unseen" role="status" data-part="said"></span></div>'
    )
