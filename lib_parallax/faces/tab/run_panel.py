"""Generate, Interrupt, Skip; how the job stands; and its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import ParallaxError
from ...jobs.status import Status
from ...options import OPTIONAL_SOURCE
from .. import compat
from ..desk import Desk
from ..words import Words
from . import progress, source
from .fields import Form
from .pieces import message
from .source import SourcePanel


@dataclass(frozen=True)
class RunPanel:
    """The buttons and what they answer into.

    arrive, poll, collect  pressed by javascript: the page is here; how does the job stand; what is its
          result. They are here because a gradio may leave out what is in a tab that was not opened yet
    job   stands for the id of the job this page watches; javascript keeps it and puts it in
    """

    generate: Any
    preview: Any
    interrupt: Any
    skip: Any
    arrive: Any
    poll: Any
    collect: Any
    job: Any
    notice: Any
    progress: Any


def build(loop: str, say: Words, previewed: bool) -> RunPanel:
    import gradio as gr

    name = f"parallax_{loop}"

    def button(text: str, item: str, **more: Any) -> Any:
        return compat.transient(gr.Button(say(text), elem_id=f"{name}_{item}", **more))

    with gr.Row(elem_classes=["parallax-actions"]):
        generate = button("Generate", "generate", variant="primary", scale=3, min_width=140)
        preview = button("Preview", "preview", scale=2, min_width=90, visible=previewed)
        interrupt = button("Interrupt", "interrupt", scale=2, min_width=90)
        skip = button("Skip", "skip", scale=1, min_width=70)
    with compat.hidden():
        arrive, poll, collect = (
            compat.transient(gr.Button(item, elem_id=f"{name}_{item}"))
            for item in ("arrive", "poll", "collect")
        )
        job = compat.transient(gr.Textbox(elem_id=f"{name}_job", show_label=False))
    notice = gr.HTML(elem_id=f"{name}_notice")
    bar = gr.HTML(progress.unasked(), elem_id=f"{name}_progress")
    return RunPanel(generate, preview, interrupt, skip, arrive, poll, collect, job, notice, bar)


def wire(desk: Desk, loop: str, say: Words, panel: RunPanel, form: Form, sources: SourcePanel) -> None:
    """Binds the buttons. The job goes to the queue and its id comes back at once; the page asks on."""
    count = len(sources.inputs)

    def generate(*values: Any) -> list[Any]:
        given, options = source.read(values[:count]), form.values(values[count:])
        try:
            status = submit(desk, loop, given, options)
        except ParallaxError as error:
            return [refusal(error, say), compat.update()]
        return ["", progress.progress(status, say)]

    def poll(job: str) -> str:
        return standing(desk, loop, job, say)

    def act(do: Callable[[str], Any]) -> Callable[[str], list[Any]]:
        """What a button does to the job, and how the job stands then."""

        def done(job: str) -> list[Any]:
            try:
                do(job)
            except ParallaxError as error:
                return [refusal(error, say), poll(job)]
            return ["", poll(job)]

        return done

    watch = f"() => [parallax.job('{loop}')]"
    answers = [panel.notice, panel.progress]
    compat.on(panel.generate.click, generate, [*sources.inputs, *form.inputs], answers)
    compat.on(panel.poll.click, poll, [panel.job], [panel.progress], js=watch)
    compat.on(panel.interrupt.click, act(desk.queue.cancel), [panel.job], answers, js=watch)
    compat.on(panel.skip.click, act(desk.queue.skip), [panel.job], answers, js=watch)


def submit(desk: Desk, loop: str, given: source.Given, options: dict[str, Any]) -> Status:
    """Queues what the fields say. Raises a ParallaxError for what the user can put right."""
    if given.nothing and loop in OPTIONAL_SOURCE:
        return desk.submit(loop, None, options)
    if given.mode == source.BATCH:
        folder, output = given.batch_folder(), source.batch_output(given, loop)
        return desk.batch(loop, folder, options, output, given.recursive)
    return desk.submit(loop, str(given.one(desk.places)), options)


def standing(desk: Desk, loop: str, job: str, say: Words) -> str:
    """How the job stands that a page watches, as HTML."""
    status = watched(desk, loop, job)
    return progress.progress(status, say) if status is not None else progress.idle()


def watched(desk: Desk, loop: str, job: str) -> Status | None:
    """The job a page asks about; for a page that knows none, the one of this loop that runs or waits."""
    if job:
        try:
            return desk.queue.status(job)
        except ParallaxError:
            return None  # it was deleted
    active = [s for s in desk.queue.statuses() if s.loop == loop and s.state in progress.ACTIVE]
    return max(active, key=lambda s: s.state == "running", default=None)


def refusal(error: ParallaxError, say: Words) -> str:
    return message(say(str(error)), "error", getattr(error, "field", None))
