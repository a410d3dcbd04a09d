"""All jobs: how each stands, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ...errors import OptionError, ParallaxError
from ...infotext import to_text, whole
from ...jobs.status import Status
from .. import compat
from ..desk import Desk
from ..words import Words
from . import progress
from .fields import Form
from .labels import title
from .pieces import message, notes
from .presets_panel import restored
from .run_panel import refusal

MOST = 100  # rows
HEADS = ("Source", "Loop", "State", "Begun")
FACTS = ("Source", "Result", "Job", "Options")
BUTTONS = {
    "open": "Open",
    "again": "Same options again",
    "resume": "Resume",
    "cancel": "Cancel",
    "delete": "Delete",
}


@dataclass(frozen=True)
class JobsPanel:
    """chosen   stands for the id of the row that is chosen; javascript puts it in"""

    table: Any
    details: Any
    chosen: Any
    refresh: Any
    look: Any
    buttons: dict[str, Any]
    step: Any
    repaint: Any
    notice: Any


def build(desk: Desk, say: Words) -> JobsPanel:
    import gradio as gr

    def button(text: str, item: str, **more: Any) -> Any:
        return compat.transient(gr.Button(say(text), elem_id=f"parallax_jobs_{item}", **more))

    notice = gr.HTML(elem_id="parallax_jobs_notice")
    with gr.Row(elem_classes=["parallax-after"]):
        buttons = {item: button(text, item, size="sm", min_width=90) for item, text in BUTTONS.items()}
    with gr.Row(elem_classes=["parallax-after"]):
        step = compat.transient(
            gr.Number(0, label=say("Picture of a zoom"), precision=0, elem_id="parallax_jobs_step")
        )
        repaint = button("Paint it anew, and all around it", "repaint", size="sm", min_width=90)
    table = gr.HTML(rows([], say), elem_id="parallax_jobs_table")
    details = gr.HTML(elem_id="parallax_jobs_details")
    with compat.hidden():
        refresh, look = (
            compat.transient(gr.Button(item, elem_id=f"parallax_jobs_{item}")) for item in ("refresh", "look")
        )
        chosen = compat.transient(gr.Textbox(elem_id="parallax_jobs_chosen", show_label=False))
    return JobsPanel(table, details, chosen, refresh, look, buttons, step, repaint, notice)


def wire(
    desk: Desk, say: Words, panel: JobsPanel, forms: Mapping[str, Form], tabs: Any, jobs_tab: Any
) -> None:
    def listed(chosen: str) -> str:
        return rows(desk.queue.statuses()[:MOST], say, chosen)

    def look(chosen: str) -> str:
        try:
            return details(desk.queue.status(chosen), say)
        except ParallaxError:
            return ""

    def act(do: Any) -> Any:
        """What a button does, and the table after it."""

        def done(chosen: str, *more: Any) -> list[Any]:
            try:
                do(chosen, *more)
            except ParallaxError as error:
                return [refusal(error, say), listed(chosen), look(chosen)]
            return ["", listed(chosen), look(chosen)]

        return done

    def again(chosen: str) -> list[Any]:
        try:
            status = desk.queue.status(chosen)
            loop, options = whole(status.loop, status.options)
        except ParallaxError as error:
            return [refusal(error, say), compat.update(), *restored(forms, "", {})]
        return ["", compat.update(selected=loop), *restored(forms, loop, options)]

    def open_result(chosen: str) -> list[Any]:
        try:
            return ["", compat.update(selected=desk.queue.status(chosen).loop)]
        except ParallaxError as error:
            return [refusal(error, say), compat.update()]

    pick = "() => [parallax.chosen()]"
    everything = [component for form in forms.values() for component in form.inputs]
    after = [panel.notice, panel.table, panel.details]
    inputs = [panel.chosen]
    for event in (panel.refresh.click, jobs_tab.select):
        compat.on(event, listed, inputs, [panel.table], js=pick)
    compat.on(panel.look.click, look, inputs, [panel.details], js=pick)
    for item, do in (("resume", desk.resume), ("cancel", desk.queue.cancel), ("delete", desk.delete)):
        compat.on(panel.buttons[item].click, act(do), inputs, after, js=pick)
    anew = act(lambda chosen, step: desk.repaint(chosen, int(step or 0)))
    with_step = "(_, step) => [parallax.chosen(), step]"
    compat.on(panel.repaint.click, anew, [panel.chosen, panel.step], after, js=with_step)
    compat.on(panel.buttons["again"].click, again, inputs, [panel.notice, tabs, *everything], js=pick)
    opening = "() => parallax.open()"
    compat.on(panel.buttons["open"].click, open_result, inputs, [panel.notice, tabs], js=opening)


def rows(statuses: list[Status], say: Words, chosen: str = "") -> str:
    """The table; each row is chosen by its radio button."""
    if not statuses:
        return f'<p class="parallax-message">{escape(say("There are no jobs yet."))}</p>'
    heads = "<th></th>" + "".join(f"<th>{escape(say(head))}</th>" for head in HEADS)
    body = "".join(_row(status, say, chosen) for status in statuses)
    active = str(any(s.state in progress.ACTIVE for s in statuses)).lower()
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="parallax-jobs" data-active="{active}">{table}</div>'


def _row(status: Status, say: Words, chosen: str) -> str:
    id, loop, name = escape(status.id), escape(status.loop), escape(_name(status))
    mark = " checked" if status.id == chosen else ""
    choose = f'<input type="radio" name="parallax_job" value="{id}" aria-label="{name}"{mark}>'
    state = escape(say(progress.STATES[status.state]))
    reason = f"<p>{escape(status.error)}</p>" if status.error and status.state == "failed" else ""
    cells = [
        choose,
        f'<span title="{escape(status.source)}">{name}</span>',
        escape(say(title(status.loop))),
        f'<b class="parallax-state parallax-{status.state}">{state}</b> {_figure(status)}{reason}',
        _when(status),
    ]
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr data-job="{id}" data-loop="{loop}" data-state="{status.state}">{row}</tr>'


def _name(status: Status) -> str:
    """A source's name; the result's where the source is a folder of uploads, which has a number only."""
    name = Path(status.source).name
    return Path(status.output).name if status.batch is not None and name.isdigit() else name or "-"


def _figure(status: Status) -> str:
    if status.batch is not None:
        return f"<small>{status.batch['done']} / {status.batch['items']}</small>"
    done, total = status.progress.get("done"), status.progress.get("total")
    return f"<small>{done} / {total}</small>" if status.state != "done" and done and total else ""


def _when(status: Status) -> str:
    """Date and minute at which the job was made."""
    return escape(status.times.get("created", "")[:16].replace("T", " "))


def _options(status: Status) -> str:
    """What was chosen, as a picture keeps it; nothing where another version has written the job."""
    try:
        return to_text(status.loop, status.options)
    except OptionError:
        return ""


def details(status: Status, say: Words) -> str:
    """What a job was to do, and what came of it."""
    told = (status.source, status.output, status.id, _options(status))
    lines = "".join(
        f"<dt>{escape(say(fact))}</dt><dd>{escape(text)}</dd>" for fact, text in zip(FACTS, told, strict=True)
    )
    kind = "error" if status.state == "failed" else "note"
    said = [message(status.error, kind)] if status.error else []
    said += [notes(status.warnings, "warning"), notes(status.notes)]
    return f'<div class="parallax-details"><dl>{lines}</dl>{"".join(said)}</div>'
