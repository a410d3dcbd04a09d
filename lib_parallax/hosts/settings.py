"""What users set once, in the webui's own settings page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SECTION = ("parallax", "Parallax")
MEMORY = ("step aside", "stay")

DEPTH_MODEL = "parallax_depth_model"
OUTPUT_DIR = "parallax_output_dir"
MEMORY_POLICY = "parallax_memory"
PREVIEW_SECONDS = "parallax_preview_seconds"
PUBLIC_PATHS = "parallax_public_paths"


def register(components: Mapping[str, Any], depth_models: tuple[str, ...]) -> None:
    """Adds the section to the host's settings.

    components  the page library's "Dropdown", "Textbox", "Radio", "Slider" and "Checkbox": only a face knows
                it.
    """
    from modules import shared

    def add(key: str, default: Any, label: str, component: str, **arguments: Any) -> Any:
        made = shared.OptionInfo(default, label, components[component], arguments, section=SECTION)
        shared.opts.add_option(key, made)
        return made

    add(DEPTH_MODEL, "auto", "Depth model for Parallax", "Dropdown", choices=list(depth_models)).info(
        "auto takes the best whose weights are here"
    )
    add(OUTPUT_DIR, "", "Output folder of Parallax", "Textbox").info(
        "left out, parallax in the webui's output folder"
    ).needs_restart()
    add(
        MEMORY_POLICY, MEMORY[0], "While a depth network works, the diffusion model should", "Radio",
        choices=list(MEMORY),
    ).info("stepping aside frees its video memory, and it comes back by itself")  # fmt: skip
    add(
        PREVIEW_SECONDS, 1.0, "Seconds between live previews of Parallax", "Slider",
        minimum=0.2, maximum=30.0, step=0.2,
    )  # fmt: skip
    add(PUBLIC_PATHS, False, "Let others than this machine name files here", "Checkbox").info(
        "in the webui's output folders, where it listens publicly"
    ).needs_restart()


def value(key: str, default: Any) -> Any:
    """What the user set, or `default` before the section is there."""
    from modules import shared

    return getattr(shared.opts, key, default)
