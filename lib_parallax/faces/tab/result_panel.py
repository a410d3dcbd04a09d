"""The result of the job a page watches, and where it can go from there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ParallaxError
from ...options import LOOP_OPTIONS
from .. import compat
from ..desk import Desk
from ..proxy import Players
from ..words import Words
from . import labels
from .result import main_file, result
from .run_panel import RunPanel, refusal

SEND_TO = ("img2img", "inpaint", "extras")


@dataclass(frozen=True)
class ResultPanel:
    """open_folder  None where the browser's machine is another one
    target       the loop that takes the result as its source
    """

    html: Any
    gallery: Any
    actions: Any
    open_folder: Any
    target: Any
    use: Any
    send: dict[str, Any]


def build(loop: str, say: Words, local: bool, hosted: bool) -> ResultPanel:
    """Draws the panel.

    local   whether the browser's machine is this one, so that a folder opens there
    hosted  whether there are the webui's own tabs to send a picture to
    """
    import gradio as gr

    name = f"parallax_{loop}"

    def button(text: str, item: str, **more: Any) -> Any:
        return compat.transient(gr.Button(say(text), elem_id=f"{name}_{item}", **more))

    html = gr.HTML(elem_id=f"{name}_result")
    gallery = gr.Gallery(
        label=labels.of_loop(say("Pictures"), loop), elem_id=f"{name}_gallery", columns=4, visible=False,
        show_label=False, object_fit="contain", **compat.gives_pictures(),
    )  # fmt: skip
    titles = [labels.title(each) for each in labels.in_order(list(LOOP_OPTIONS))]
    with gr.Row(visible=False, elem_classes=["parallax-after"]) as actions:
        target = compat.transient(
            gr.Dropdown(
                compat.named_choices([(say(title), title) for title in titles]),
                value=next((title for title in titles if title != labels.title(loop)), titles[0]),
                label=labels.of_loop(say("Use as source of"), loop), show_label=False, container=False,
                elem_id=f"{name}_target", min_width=110, interactive=True,
            )
        )  # fmt: skip
        use = button("Use as source", "use", size="sm", min_width=110)
        open_folder = button("Open folder", "open_folder", size="sm", min_width=110) if local else None
        send = {
            to: button(f"Send to {to}", f"send_{to}", size="sm", min_width=110)
            for to in (SEND_TO if hosted else ())
        }
    return ResultPanel(html, gallery, actions, open_folder, target, use, send)


def wire(
    desk: Desk, loop: str, say: Words, panel: ResultPanel, run: RunPanel, tabs: Any, players: Players
) -> None:
    def collect(job: str) -> list[Any]:
        try:
            status = desk.queue.status(job)
        except ParallaxError as error:
            return [refusal(error, say), *[compat.update() for _ in shown[1:]]]
        made = result(status, desk.places.jobs / job, players, say)
        return [
            "",
            made.html,
            compat.update(value=made.pictures, visible=bool(made.pictures)),
            compat.update(visible=made.main is not None),
            compat.update(selected="result"),
            *[compat.update(visible=bool(made.pictures)) for _ in panel.send],
        ]

    def show_folder(job: str) -> str:
        main = main_of(desk, job)
        try:
            if main is not None:
                open_in_files(main if main.is_dir() else main.parent)
        except ParallaxError as error:
            return refusal(error, say)
        return ""

    watch = f"() => [parallax.job('{loop}')]"
    shown = [run.notice, panel.html, panel.gallery, panel.actions, tabs, *panel.send.values()]
    compat.on(run.collect.click, collect, [run.job], shown, js=watch)
    if panel.open_folder is not None:
        compat.on(panel.open_folder.click, show_folder, [run.job], [run.notice], js=watch)
    for to, button in panel.send.items():
        desk.host.send_to(to, button, panel.gallery)


def main_of(desk: Desk, job: str) -> Path | None:
    """The result of a job that another loop or a file manager takes; None while there is none."""
    try:
        return main_file(desk.queue.status(job))
    except ParallaxError:
        return None


def open_in_files(folder: Path) -> None:
    """Shows a folder in the desktop's file manager; the path is one argument, never a shell's text."""
    command = {"win32": "explorer", "darwin": "open"}.get(sys.platform, "xdg-open")
    try:
        subprocess.Popen([command, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise ParallaxError(f"{folder}: cannot be shown, {command} does not start ({error})") from None
