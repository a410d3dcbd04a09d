"""Presets: choose, save, share; and fields restored from a picture, a job.json or a preset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ... import presets
from ...errors import ParallaxError
from .. import compat
from ..desk import Desk
from ..restore import from_file
from ..words import Words
from .fields import Form
from .labels import of_loop, title
from .pieces import download, message
from .run_panel import RunPanel, refusal, standing


@dataclass(frozen=True)
class PresetsPanel:
    choice: Any
    name: Any
    save: Any
    share: Any
    restore: Any
    told: Any


def build_choice(desk: Desk, loop: str, say: Words) -> Any:
    """The list of presets, which stands above the fields."""
    import gradio as gr

    return compat.transient(
        gr.Dropdown(
            presets.names(loop, desk.presets), value=None, label=of_loop(say("Preset"), loop),
            interactive=True, elem_id=f"parallax_{loop}_preset",
        )
    )  # fmt: skip


def build(choice: Any, loop: str, say: Words) -> PresetsPanel:
    """Saving, sharing and restoring, folded below the fields."""
    import gradio as gr

    name = f"parallax_{loop}"
    with gr.Accordion(say("Save, share, restore"), open=False):
        with gr.Row(elem_classes=["parallax-line"]):
            named = compat.transient(
                gr.Textbox(
                    label=of_loop(say("Name of the preset"), loop), elem_id=f"{name}_preset_name",
                    max_lines=1, interactive=True, scale=3, show_label=False, container=False,
                    placeholder=say("Name of the preset"),
                )
            )  # fmt: skip
            save = _button(say("Save"), f"{name}_preset_save")
            share = _button(say("Download"), f"{name}_preset_share")
        told = gr.HTML(elem_id=f"{name}_preset_told")
        restore = compat.transient(
            gr.File(
                label=of_loop(say("Restore from a picture, job.json or preset"), loop),
                elem_id=f"{name}_restore", height=120, file_types=["image", ".json"],
            )
        )  # fmt: skip
    return PresetsPanel(choice, named, save, share, restore, told)


def _button(text: str, item: str) -> Any:
    import gradio as gr

    return compat.transient(gr.Button(text, elem_id=item, size="sm", min_width=80, scale=1))


def arrive(desk: Desk, loop: str, say: Words, panel: PresetsPanel, run: RunPanel) -> None:
    """What a page is told when it opens: the job it may have watched, and presets saved since the start."""

    def arrived(job: str) -> list[Any]:
        return [standing(desk, loop, job, say), compat.update(choices=presets.names(loop, desk.presets))]

    outputs = [run.progress, panel.choice]
    compat.on(run.arrive.click, arrived, [run.job], outputs, js=f"() => [parallax.job('{loop}')]")


def wire(
    desk: Desk, loop: str, say: Words, panel: PresetsPanel, forms: Mapping[str, Form], tabs: Any
) -> None:
    """tabs   the sub-tabs: what is restored may belong to another loop"""
    form = forms[loop]

    def choose(name: str | None) -> list[Any]:
        if not name:
            return ["", *form.untouched()]
        try:
            values = presets.load(name, loop, desk.presets)
        except ParallaxError as error:
            return [refusal(error, say), *form.untouched()]
        about = presets.describe(name) if name in presets.names(loop) else ""
        return [message(say(about)) if about else "", *form.changed(values)]

    def save(name: str, *given: Any) -> list[Any]:
        try:
            kept = presets.save(name or "", loop, form.values(given), desk.presets)
        except ParallaxError as error:
            return [refusal(error, say), compat.update()]
        return [
            message(say("Saved."), "good"),
            compat.update(choices=presets.names(loop, desk.presets), value=kept.stem),
        ]

    def share(name: str, *given: Any) -> str:
        try:
            text = presets.to_json(loop, form.values(given))
        except ParallaxError as error:
            return refusal(error, say)
        file = f"{(name or '').strip() or f'parallax-{loop}'}.json"
        return download(text.encode(), "application/json", file)

    def restore(file: Any) -> list[Any]:
        path = compat.uploaded(file)
        if path is None:
            return ["", compat.update(), *restored(forms, "", {})]
        try:
            found, options = from_file(path)
        except ParallaxError as error:
            return [refusal(error, say), compat.update(), *restored(forms, "", {})]
        text = message(say("Restored."), "good") if found == loop else message(title(found))
        return [text, compat.update(selected=found), *restored(forms, found, options)]

    everything = [component for each in forms.values() for component in each.inputs]
    compat.on(panel.choice.input, choose, [panel.choice], [panel.told, *form.inputs])
    compat.on(panel.save.click, save, [panel.name, *form.inputs], [panel.told, panel.choice])
    shared = compat.on(panel.share.click, share, [panel.name, *form.inputs], [panel.told])
    compat.on(shared.then, None, js=f"() => parallax.download('parallax_{loop}_preset_told')")
    compat.on(panel.restore.change, restore, [panel.restore], [panel.told, tabs, *everything])


def restored(forms: Mapping[str, Form], loop: str, options: Mapping[str, Any]) -> list[Any]:
    """Changes for the fields of all loops: the one named is filled, the others stay."""
    changes = []
    for name, form in forms.items():
        changes += form.filled(options) if name == loop else form.untouched()
    return changes
