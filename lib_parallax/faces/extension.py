"""Parallax as an extension of the webui: what its entry script registers."""

from __future__ import annotations

import html
import importlib.util
from typing import Any

from .. import depth, generate, hosts, weights
from . import warm
from .desk import Desk, open_desk

# module to the package that brings it
NEEDS = {
    "av": "av",
    "cv2": "opencv-python",
    "numba": "numba",
    "safetensors": "safetensors",
    "scipy": "scipy",
    "torch": "torch",
    "tqdm": "tqdm",
}

_desk: Desk | None = None


def settings() -> None:
    """Adds Parallax's section to the webui's settings."""
    import gradio as gr

    from ..hosts import settings as of_host

    kinds = ("Dropdown", "Textbox", "Radio", "Slider", "Checkbox")
    components = {kind: getattr(gr, kind) for kind in kinds}
    of_host.register(components, depth.names())


def tabs() -> list[tuple[Any, str, str]]:
    """The webui's tab; where packages are missing, one that says which and what to do."""
    import gradio as gr

    absent = missing()
    if absent:
        with gr.Blocks() as page:
            gr.HTML(_what_is_missing(absent), elem_id="parallax_missing")
        return [(page, "Parallax", "parallax")]
    from .tab import build

    taken = desk()
    # a folder opens on the server's screen: for whoever sits before it, not for those who come from outside
    local = taken.host is not None and taken.host.paths_allowed
    return [(build(taken, local=local), "Parallax", "parallax")]


def routes(page: Any, app: Any) -> None:
    """Adds the routes to the webui's server, under its credentials, where it was started with --api."""
    if missing():
        return
    # the webui is up: now nothing waits for what the first preview will need
    warm.start()
    host = hosts.detect()
    if host is None or not host.has_api:
        return
    from .api import add_routes
    from .api.door import Door
    from .api.guard import guard
    from .api.rates import Rates

    taken = desk()
    # credentials that cannot be read let nobody in
    wanted = [":".join(pair) for pair in host.credentials.items()] if host.asks_for_credentials else None
    rates = Rates(taken.limits.max_rate, taken.limits.max_rate_all)
    add_routes(app, taken, guard(Door(wanted, host.names, host.takes_pages_of, rates)))


def desk() -> Desk:
    """The one desk of this process; a reload of the page finds its jobs again."""
    global _desk
    if _desk is None:
        host = hosts.detect()
        if host is not None:
            from ..hosts.generator import WebuiGenerator

            weights.use_folder(host.models_dir)
            generate.register(WebuiGenerator(host))
        _desk = open_desk(host)
    return _desk


def missing() -> list[str]:
    """Packages that Parallax cannot work without and that are not here."""
    return [package for module, package in NEEDS.items() if importlib.util.find_spec(module) is None]


def _what_is_missing(packages: list[str]) -> str:
    names = html.escape(", ".join(packages))
    return (
        f"<p>Parallax needs {names}, which this webui does not have.</p><p>Start the webui once without "
        "<code>--skip-install</code> and with a network: Parallax then installs them, and moves nothing that "
        f"is there. Or install them by hand: <code>pip install {html.escape(' '.join(packages))}</code></p>"
    )
