"""The words of a zoom: what its options say is painted at each step."""

from __future__ import annotations

from pathlib import Path

from ...errors import OptionError
from ...options import ZoomOptions
from ...timeline import Prompts
from .timing import step_at


def prompts_of(options: ZoomOptions) -> Prompts:
    """The prompts by step. Raises OptionError where there are none, or none that can be read."""
    if options.prompt is not None and options.prompts is not None:
        raise OptionError("prompts: --prompt is given as well; one of them is enough", "prompts")
    if options.prompts is not None:
        source: str | Path = Path(options.prompts).expanduser()
    elif options.prompt is not None and options.prompt.strip():
        source = options.prompt
    else:
        raise OptionError(
            "prompt: a zoom needs words; give --prompt, --prompts FILE, or --keyframes DIR", "prompt"
        )
    name = "prompts" if options.prompts is not None else "prompt"
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
