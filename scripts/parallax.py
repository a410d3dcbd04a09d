"""The webui's entry: registers Parallax's tab, settings and routes.

The webui runs this file anew on every reload of its page, but keeps the package it imports.
"""

import html

from modules import script_callbacks

try:
    from lib_parallax.faces import extension
except ImportError as error:
    # a script that raises loses its whole tab: this one at least tells why
    _reason = str(error)

    def _on_ui_tabs():
        import gradio as gr

        with gr.Blocks() as page:
            gr.HTML(
                f"<p>Parallax cannot start: {html.escape(_reason)}.</p><p>Start the webui once without "
                "<code>--skip-install</code> and with a network, or install what is missing into the "
                "webui's Python, then restart it.</p>"
            )
        return [(page, "Parallax", "parallax")]

    script_callbacks.on_ui_tabs(_on_ui_tabs)
else:
    script_callbacks.on_ui_settings(extension.settings)
    script_callbacks.on_ui_tabs(extension.tabs)
    script_callbacks.on_app_started(extension.routes)
