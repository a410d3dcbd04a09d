"""The words of a zoom: what its options say is painted at each step."""

from __future__ import annotations

from pathlib import Path

from ...errors import OptionError
from ...options import ZoomOptions
from ...timeline import Prompts
from ..wording import words_given
from .timing import step_at


def prompts_of(options: ZoomOptions) -> Prompts:
    """The prompts by step. Raises OptionError where there are none, or none that can be read."""
    source, name = words_given(options)
    if source is None:
        raise OptionError(
            "prompt: a zoom needs words; give --prompt, --prompts FILE, or --keyframes DIR", "prompt"
        )
    return Prompts.parse(
        source,
        prefix=options.prefix or "",
        suffix=options.suffix or "",
        negative=options.negative or "",
        frames=options.count + 1,
        to_step=(lambda second: step_at(options, second)) if options.direction == "out" else None,
        name=name,
    )


def files_of(options: ZoomOptions) -> tuple[Path, ...]:
    """The pictures that the prompts name, which the result depends on as well."""
    return () if options.keyframes is not None else prompts_of(options).pictures
