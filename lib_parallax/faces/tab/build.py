"""The tab: a sub-tab for every loop that is here, and one for the jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...options import LOOP_OPTIONS
from .. import compat
from ..curves import scheduled
from ..desk import Desk
from ..preview import PREVIEWED
from ..proxy import Players
from ..words import Words
from . import (
    bands_panel,
    choice_panel,
    fields,
    jobs_panel,
    keys_panel,
    labels,
    presets_panel,
    preview_panel,
    result_panel,
    run_panel,
    source,
    timeline_panel,
)


@dataclass(frozen=True)
class LoopTab:
    """One loop's sub-tab.

    stage    the tabs that show the preview or the result
    choice   None for a loop that asks nobody
    preview  None for a loop that has none
    keys     None for a loop whose keys are not chosen
    timeline None for a loop in which nothing changes over time
    bands    None for a loop without layers
    """

    form: fields.Form
    source: source.SourcePanel
    run: run_panel.RunPanel
    choice: choice_panel.ChoicePanel | None
    preview: preview_panel.PreviewPanel | None
    keys: keys_panel.KeysPanel | None
    timeline: timeline_panel.TimelinePanel | None
    bands: bands_panel.BandsPanel | None
    result: result_panel.ResultPanel
    presets: presets_panel.PresetsPanel
    stage: Any


def build(desk: Desk, say: Words | None = None, *, local: bool = False, heading: str = "") -> Any:
    """The whole tab as gr.Blocks, for a webui or for a page of its own.

    say      the page's words; a webui translates by itself
    local    whether the browser runs on this machine, so that a folder can be opened for it
    heading  HTML above it
    """
    import gradio as gr

    say = say or Words()
    players = Players()
    loops = labels.in_order(list(LOOP_OPTIONS))
    first = "stereo" if "stereo" in loops else loops[0]
    with compat.blocks("Parallax") as page:
        if heading:
            gr.HTML(heading)
        with gr.Tabs(elem_id="parallax_tabs", selected=first, **compat.all_in_sight()) as tabs:
            made = {}
            for loop in loops:
                with gr.Tab(say(labels.title(loop)), id=loop, elem_id=f"parallax_tab_{loop}"):
                    made[loop] = _build_loop(desk, loop, say, local)
            with gr.Tab(say("Jobs"), id="jobs", elem_id="parallax_tab_jobs") as jobs_tab:
                jobs = jobs_panel.build(desk, say)
        forms = {loop: tab.form for loop, tab in made.items()}
        for loop, tab in made.items():
            run_panel.wire(desk, loop, say, tab.run, tab.form, tab.source)
            if tab.choice is not None:
                choice_panel.wire(desk, loop, say, tab.choice, tab.run)
            if tab.preview is not None:
                preview_panel.wire(desk, loop, say, tab.preview, tab.run, tab.form, tab.source, tab.stage)
            if tab.keys is not None:
                keys_panel.wire(desk, loop, say, tab.keys, tab.run, tab.form, tab.source)
            if tab.timeline is not None:
                timeline_panel.wire(desk, loop, say, tab.timeline, tab.form, tab.source)
            if tab.bands is not None:
                bands_panel.wire(desk, loop, tab.bands, tab.form, tab.source)
            result_panel.wire(desk, loop, say, tab.result, tab.run, tab.stage, players)
            presets_panel.wire(desk, loop, say, tab.presets, forms, tabs)
            presets_panel.arrive(desk, loop, say, tab.presets, tab.run)
            _wire_use(desk, say, tab, made, tabs)
        jobs_panel.wire(desk, say, jobs, forms, tabs, jobs_tab)
    return page


def _build_loop(desk: Desk, loop: str, say: Words, local: bool) -> LoopTab:
    """Source and options on the left, what is made of them on the right."""
    import gradio as gr

    preview = None
    first = "preview" if loop in PREVIEWED else "result"
    with gr.Row(elem_classes=["parallax-loop"], elem_id=f"parallax_{loop}"):
        with gr.Column(scale=5, min_width=300, elem_classes=["parallax-left"]):
            sources = source.build(desk, loop, say)
            bands = bands_panel.build(loop, say) if hasattr(LOOP_OPTIONS[loop], "heights") else None
            choice = presets_panel.build_choice(desk, loop, say)
            form = fields.build(desk, loop, say)
            keys = keys_panel.build(loop, say) if hasattr(LOOP_OPTIONS[loop], "keys") else None
            timeline = timeline_panel.build(loop, say) if scheduled(loop) else None
            presets = presets_panel.build(choice, loop, say)
        with gr.Column(scale=6, min_width=300, elem_classes=["parallax-right"]):
            run = run_panel.build(loop, say, previewed=loop in PREVIEWED)
            with compat.transient(gr.Tabs(elem_id=f"parallax_{loop}_stages", selected=first)) as stage:
                if loop in PREVIEWED:
                    with gr.Tab(say("Preview"), id="preview", elem_id=f"parallax_{loop}_stage_preview"):
                        preview = preview_panel.build(loop, say)
                with gr.Tab(say("Result"), id="result", elem_id=f"parallax_{loop}_stage_result"):
                    result = result_panel.build(loop, say, local, hosted=hasattr(desk.host, "send_to"))
    asks = choice_panel.build(loop) if hasattr(LOOP_OPTIONS[loop], "pick") else None
    return LoopTab(form, sources, run, asks, preview, keys, timeline, bands, result, presets, stage)


def _wire_use(desk: Desk, say: Words, tab: LoopTab, made: dict[str, LoopTab], tabs: Any) -> None:
    """Hands a result to another loop as its source, and shows that loop."""

    def use(job: str, target: str) -> list[Any]:
        loop = labels.named(target)
        main = result_panel.main_of(desk, job)
        changes: list[Any] = [compat.update(selected=loop) if main is not None else compat.update()]
        for name, other in made.items():
            chosen = name == loop and main is not None
            changes += other.source.hand_over(Path(str(main)), say) if chosen else other.source.untouched()
        return changes

    handed = [component for other in made.values() for component in other.source.handed]
    watch = f"(job, target) => [parallax.job('{tab.form.loop}'), target]"
    compat.on(tab.result.use.click, use, [tab.run.job, tab.result.target], [tabs, *handed], js=watch)
