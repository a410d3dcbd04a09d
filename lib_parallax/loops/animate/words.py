"""The words that keys are painted from: by frame, or a line for each key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import OptionError
from ...options import AnimateOptions
from ...timeline import Prompt, Prompts
from ...timeline.prompt_rows import Row
from ...timeline.prompt_source import load


@dataclass(frozen=True)
class Words:
    """The prompt of every key. `by_key`: the prompts are numbered by keys, else by frames."""

    prompts: Prompts
    by_key: bool

    def at(self, number: int, index: int) -> Prompt:
        """The prompt of key `number`, from 0, which is frame `index`."""
        return self.prompts.at(number if self.by_key else index)


def words_of(options: AnimateOptions, frames: int | None = None) -> Words:
    """The words that the options give; lines of text are one for each key, all else goes by frame.

    frames  how many there are, for keys such as max_f-1

    Raises OptionError where there are none, or none that can be read. Without any, tags may serve.
    """
    if options.prompt is not None and options.prompts is not None:
        raise OptionError("prompts: --prompt is given as well; one of them is enough", "prompts")
    name = "prompts" if options.prompts is not None else "prompt"
    text = (options.prompt or "").strip()
    if options.prompts is None and not text:
        if not options.tags:
            raise OptionError(
                "prompt: what are the frames to become? Give --prompt, --prompts FILE, or pictures painted "
                "elsewhere with --stylised",
                "prompt",
            )
        return Words(Prompts((Row(0.0, Prompt("", options.negative or "")),)), by_key=False)
    content, _ = load(text if options.prompts is None else Path(options.prompts).expanduser(), name)
    prompts = Prompts.parse(content, negative=options.negative or "", frames=frames, name=name)
    if prompts.pictures:
        raise OptionError(
            f"{name}: {prompts.pictures[0].name} is a picture, and prompts are words here; pictures painted "
            "elsewhere come with --stylised",
            name,
        )
    return Words(
        prompts, by_key=not isinstance(content, dict) and all(isinstance(row, str) for row in content)
    )
