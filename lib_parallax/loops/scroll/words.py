"""The words of a scroll: what its options say is painted at each step."""

from __future__ import annotations

from pathlib import Path

from ...options import ScrollOptions
from ...timeline import Prompt, Prompts
from ...timeline.prompt_rows import Row, surrounded
from ..wording import without_pictures, words_given
from .shape import words_of


def prompts_of(options: ScrollOptions, steps: int, step_seconds: float) -> Prompts:
    """The prompts by step; without any, the picture's surroundings alone say what is painted.

    Raises OptionError for prompts that cannot be read.
    """
    source, name = words_given(options)
    prefix, suffix, negative = options.prefix or "", options.suffix or "", _negative(options)
    if source is None:
        bare = surrounded(Row(0.0, Prompt("")), prefix, suffix, negative, Path())
        return Prompts((bare,))
    prompts = Prompts.parse(
        source,
        prefix=prefix,
        suffix=suffix,
        negative=negative,
        frames=steps + 1,
        to_step=lambda second: second / step_seconds,
        name=name,
    )
    return without_pictures(prompts, name, "the picture that slides is the source")


def _negative(options: ScrollOptions) -> str:
    """What no step may show: things that were taken out are not to be painted in again."""
    things = words_of(options.object_prompts, "object_prompts") if options.object_prompts else ()
    return ", ".join(filter(None, (options.negative, *things)))
