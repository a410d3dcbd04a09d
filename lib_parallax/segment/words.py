"""Prompts as detectors read them: phrases between full stops, and which tokens are whose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import OptionError


class Sentence(NamedTuple):
    """Some prompts in one text.

    ids      its tokens
    prompts  which prompts they are, by their places among all
    spans    where each one's own words stand in `ids`
    """

    ids: list[int]
    prompts: list[int]
    spans: list[list[int]]


def checked(prompts: Sequence[str]) -> list[str]:
    """The prompts in lower case without blanks around. Raises OptionError for one without words."""
    found = [" ".join(prompt.lower().split()).strip(" .") for prompt in prompts]
    for given, prompt in zip(prompts, found, strict=True):
        if not any(letter.isalnum() for letter in prompt):
            raise OptionError(f"prompts: {given!r} has no words", "prompts")
    return found


def sentences(prompts: Sequence[str], tokenizer: Any, longest: int) -> list[Sentence]:
    """The prompts in as few texts of at most `longest` tokens as hold them, a full stop after each."""
    begin, end = tokenizer.cls_token_id, tokenizer.sep_token_id
    stop = tokenizer.convert_tokens_to_ids(".")
    silent = {begin, end, stop, tokenizer.convert_tokens_to_ids("?")}
    made: list[Sentence] = []
    for number, prompt in enumerate(prompts):
        words = tokenizer(prompt, add_special_tokens=False)["input_ids"][: longest - 3]
        if not made or len(made[-1].ids) + len(words) + 1 > longest:
            made.append(Sentence([begin, end], [], []))
        ids, whose, spans = made[-1]
        at = len(ids) - 1
        ids[at:at] = [*words, stop]
        whose.append(number)
        spans.append([at + i for i, word in enumerate(words) if word not in silent])
    return made
