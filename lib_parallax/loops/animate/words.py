"""The words that keys are painted from: by frame, or a line for each key."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import OptionError
from ...options import AnimateOptions
from ...timeline import Prompt, Prompts
from ...timeline.prompt_rows import Row
from ...timeline.prompt_source import load
from ..wording import Wording, without_pictures, words_given


@dataclass(frozen=True)
class Words:
    """The prompt of every key. `by_key`: the prompts are numbered by keys, else by frames."""

    prompts: Prompts
    by_key: bool

    def at(self, number: int, index: int) -> Wording:
        """The words of key `number`, from 0, which is frame `index`."""
        return Wording.of(self.prompts.blend_at(number if self.by_key else index))


def words_of(options: AnimateOptions, frames: int | None = None) -> Words:
    """The words that the options give; lines of text are one for each key, all else goes by frame.

    frames  how many there are, for keys such as max_f-1

    Raises OptionError where there are none, or none that can be read. Without any, tags may serve.
    """
    source, name = words_given(options)
    if source is None:
        if not options.tags:
            raise OptionError(
                "prompt: what are the frames to become? Give --prompt, --prompts FILE, or pictures painted "
                "elsewhere with --stylised",
                "prompt",
            )
        return Words(Prompts((Row(0.0, Prompt("", options.negative or "")),)), by_key=False)
    content, _ = load(source, name)
    prompts = Prompts.parse(content, negative=options.negative or "", frames=frames, name=name)
    without_pictures(prompts, name, "pictures painted elsewhere come with --stylised")
    return Words(
        prompts, by_key=not isinstance(content, dict) and all(isinstance(row, str) for row in content)
    )
