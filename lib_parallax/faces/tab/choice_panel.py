"""Takes what is clicked among the pictures that a job asks about; see `choice`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...errors import ParallaxError
from .. import compat
from ..desk import Desk
from ..words import Words
from .choice import OTHERS
from .run_panel import RunPanel, refusal, standing


@dataclass(frozen=True)
class ChoicePanel:
    """answer   stands for what was clicked, as step:number; javascript presses `choose` and puts it in"""

    choose: Any
    answer: Any


def build(loop: str) -> ChoicePanel:
    import gradio as gr

    with compat.hidden():
        choose = compat.transient(gr.Button("choose", elem_id=f"parallax_{loop}_choose"))
        answer = compat.transient(gr.Textbox(elem_id=f"parallax_{loop}_choice", show_label=False))
    return ChoicePanel(choose, answer)


def wire(desk: Desk, loop: str, say: Words, panel: ChoicePanel, run: RunPanel) -> None:
    def choose(job: str, answer: str) -> list[Any]:
        step, _, choice = answer.partition(":")
        try:
            if step.isdecimal() and (choice.isdecimal() or choice == OTHERS):
                desk.queue.answer(job, int(step), None if choice == OTHERS else int(choice))
        except ParallaxError as error:
            return [refusal(error, say), standing(desk, loop, job, say)]
        return ["", standing(desk, loop, job, say)]

    clicked = f"() => [parallax.job('{loop}'), parallax.choice()]"
    inputs, answers = [run.job, panel.answer], [run.notice, run.progress]
    compat.on(panel.choose.click, choose, inputs, answers, js=clicked)
