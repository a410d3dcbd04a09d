"""The one place that knows gradio's generations apart: 3.41 (AUTOMATIC1111), 4.40 (Forge), 6 (alone).

Everything that they spell alike is called directly; what differs has a function here. Inside a
webui theme, css and javascript are the host's: it loads `style.css` and `javascript/` by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import UnavailableError

HIDDEN = "parallax-hidden"  # in style.css: in the page, so that javascript reaches it, and not seen


@cache
def generation() -> int:
    """The first number of gradio's version: 3, 4, 5 or 6."""
    import gradio

    return int(gradio.__version__.split(".")[0])


def blocks(title: str) -> Any:
    """A gr.Blocks that sends nothing home."""
    import gradio as gr

    return gr.Blocks(title=title, analytics_enabled=False)


def hidden() -> Any:
    """Holds what javascript presses and fills, and nobody sees."""
    import gradio as gr

    return gr.Column(elem_classes=[HIDDEN])


def on(
    event: Callable[..., Any],
    fn: Callable[..., Any] | None,
    inputs: Sequence[Any] = (),
    outputs: Sequence[Any] = (),
    js: str | None = None,
    wait: bool = False,
) -> Any:
    """Binds `fn` to an event such as `button.click`, outside gradio's queue and its API.

    js    a javascript function that gets the inputs' values and gives an array of those that `fn` gets
    wait  whether the outputs show that they are being waited for
    """
    words: dict[str, Any] = {"inputs": list(inputs), "outputs": list(outputs), "queue": False}
    words["show_progress"] = "full" if wait else "hidden"
    words["_js" if generation() == 3 else "js"] = js
    if generation() >= 6:
        words["api_visibility"] = "private"
    else:
        words["api_name"] = False
    return event(fn, **words)


def update(**changes: Any) -> Any:
    """What a function returns to change a component's value or looks."""
    import gradio as gr

    return gr.update(**changes)


def transient(component: Any) -> Any:
    """A component whose value a webui must not keep in its ui-config.json; gives it back."""
    component.do_not_save_to_config = True
    return component


def all_in_sight() -> dict[str, Any]:
    """What gr.Tabs is told so that tabs for which a narrow window has no room go into another row; 3 does
    so by itself, 4 has a menu for them in any case."""
    import inspect

    import gradio as gr

    known = inspect.signature(gr.Tabs.__init__).parameters
    return {"overflow_behavior": "wrap"} if "overflow_behavior" in known else {}


def gives_pictures() -> dict[str, Any]:
    """What a gr.Gallery is told so that a webui can take its pictures: Forge, on 4, wants them opened; the
    galleries of 3 give addresses, which AUTOMATIC1111 opens."""
    return {} if generation() == 3 else {"type": "pil"}


def uploaded(value: Any) -> Path | None:
    """Where the file lies that a gr.File handed over: a path in 4 and later, a temporary file in 3."""
    if not value:
        return None
    return Path(value if isinstance(value, str) else value.name)


def named_choices(pairs: Sequence[tuple[str, str]]) -> list[Any]:
    """Choices that are shown by one name and stand for another; 3 knows one name only."""
    return [value for _, value in pairs] if generation() == 3 else list(pairs)


def file_address(path: Path) -> str:
    """The address of a file in a folder that the server gives out, relative to the page's."""
    door = "file=" if generation() < 5 else "gradio_api/file="
    return door + quote(path.as_posix())


def kept_files() -> Path:
    """Where gradio 6 keeps what was sent to its page and what its page shows."""
    from gradio.utils import get_upload_folder

    return Path(get_upload_folder())


def mount(app: Any, page: Any, head: str, folders: Sequence[Path], largest: int) -> Any:
    """Puts a page at the root of a FastAPI app; what the app has already keeps its place.

    head     HTML for the page's head: styles and scripts
    folders  from which files are given out
    largest  bytes of a file that is taken

    Raises UnavailableError for a gradio that cannot be mounted with a head of its own.
    """
    import gradio as gr

    if generation() < 6:
        raise UnavailableError(
            f"the page alone needs gradio 6 and this is {gr.__version__}; `python run.py ui` brings its own"
        )
    return gr.mount_gradio_app(
        app,
        page,
        path="/",
        head=head,
        theme=_theme(),
        allowed_paths=[str(folder) for folder in folders],
        max_file_size=largest,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
    )


def _theme() -> Any:
    """Quiet colours, and fonts that every machine has: nothing is fetched from elsewhere."""
    import gradio as gr

    return gr.themes.Default(
        primary_hue="indigo",
        neutral_hue="slate",
        radius_size="md",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    ).set(
        # the defaults are too faint to read sentences in
        body_text_color_subdued="*neutral_500",
        block_info_text_color="*neutral_500",
    )
