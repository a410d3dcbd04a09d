"""Serves the tab as a webui does, for gradio 3: nested in the host's own tabs, style and script in the head.

Run by the Python that has that gradio; takes the flags of `parallax ui`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse

from lib_parallax.faces import page, tab
from lib_parallax.faces.desk import open_desk


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    for flag in ("--allow-path", "--jobs-dir", "--output-dir"):
        parser.add_argument(flag, type=Path, required=True)
    given = parser.parse_args()
    desk = open_desk(jobs_dir=given.jobs_dir, results=given.output_dir, allowed=[given.allow_path])
    served = app(desk)
    listening = uvicorn.Config(served, host="127.0.0.1", port=given.port, log_level="info")
    uvicorn.Server(listening).run()


def app(desk) -> FastAPI:
    inner = tab.build(desk)
    with gr.Blocks(title="Harness", analytics_enabled=False) as blocks, gr.Tabs(elem_id="tabs"):
        with gr.TabItem("txt2img", id="txt2img", elem_id="tab_txt2img"):
            gr.Textbox(label="Prompt")
        with gr.TabItem("Parallax", id="parallax", elem_id="tab_parallax"):
            inner.render()
    blocks.allowed_paths = [str(f) for f in (desk.places.results, desk.places.jobs, *desk.places.allowed)]
    blocks.blocked_paths = []
    served = FastAPI()

    @served.middleware("http")
    async def with_style_and_script(request: Request, call_next):
        response = await call_next(request)
        if request.url.path != "/" or request.method != "GET":
            return response
        text = b"".join([part async for part in response.body_iterator]).decode()
        return HTMLResponse(text.replace("</head>", f"{page.head()}</head>", 1))

    return gr.mount_gradio_app(served, blocks, path="/")


if __name__ == "__main__":
    main()
