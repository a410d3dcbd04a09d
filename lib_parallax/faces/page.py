"""`parallax ui`: the tab as a page of its own, with the routes on the same server."""

from __future__ import annotations

import argparse
import functools
import os
import threading
import webbrowser
from collections.abc import Collection
from typing import TYPE_CHECKING

from . import compat, serve, words
from .flags import Misused
from .page_files import FOLDER

if TYPE_CHECKING:
    from fastapi import FastAPI

    from .desk import Desk

PORT = 7860  # where a webui would be, and gradio's pages are


def add_arguments(parser: argparse.ArgumentParser) -> None:
    serve.add_arguments(parser)
    parser.set_defaults(port=str(PORT))
    parser.add_argument(
        "--language", metavar="NAME", help=f"of the page: English, or {', '.join(words.languages())}"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the page in a browser")


def run(arguments: argparse.Namespace) -> int:
    """Serves the page until it is stopped. Raises Misused or a ParallaxError."""
    try:
        import gradio  # noqa: F401
    except ModuleNotFoundError:
        raise Misused("parallax ui: gradio is not installed; pip install gradio") from None
    say = words.load(arguments.language) if arguments.language else words.Words()
    local = serve.is_loopback(arguments.host)
    build = functools.partial(build_app, say=say, local=local)

    def ready(address: str) -> None:
        print(f"the page is {address}/", flush=True)
        if local and not arguments.no_browser:
            threading.Thread(target=webbrowser.open, args=(f"{address}/",), daemon=True).start()

    return serve.run(arguments, build, ready)


def build_app(
    desk: Desk,
    auth: str | None = None,
    names: Collection[str] | None = None,
    *,
    origins: Collection[str] = (),
    say: words.Words | None = None,
    local: bool = False,
) -> FastAPI:
    """The routes with the page at the root; arguments as of `serve.build_app`.

    say    the page's words
    local  whether only this machine reaches it, so that it may open folders
    """
    from . import tab
    from .page_door import PageDoor

    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    door = (PageDoor, {"desk": desk, "cache": compat.kept_files()})
    app = serve.build_app(desk, auth, names, origins=origins, inner=[door])
    page = tab.build(desk, say, local=local)
    places, largest = desk.places, desk.limits.upload_bytes
    return compat.mount(app, page, head(), [places.results, places.jobs, *places.allowed], largest)


def head() -> str:
    """Style and scripts, for the page's head."""
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    scripts = [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "javascript").glob("*.js"))]
    return "\n".join([f"<style>{style}</style>", *(f"<script>{script}</script>" for script in scripts)])
