"""Words: where options have them, and those of one picture, a prompt or several that fade into each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import OptionError
from ..generate import Share
from ..timeline import Prompt, Prompts


@dataclass(frozen=True)
class Wording:
    """`shares` are as `Prompts.blend_at` gives them: at least one, and their weights add up to 1."""

    shares: tuple[tuple[Prompt, float], ...]

    @classmethod
    def of(cls, shares: Iterable[tuple[Prompt, float]] | Prompt) -> Wording:
        return cls(((shares, 1.0),) if isinstance(shares, Prompt) else tuple(shares))

    @classmethod
    def read(cls, about: Mapping[str, Any]) -> Wording:
        """Out of what `noted` gave."""
        others = [
            (Prompt(part["prompt"], part["negative"]), part["weight"]) for part in about.get("blend", ())
        ]
        own = Prompt(about["prompt"], about["negative"]), 1 - sum(weight for _, weight in others)
        return cls((own, *others))

    @property
    def first(self) -> Prompt:
        """The prompt that holds, whose place a fade gives to the next."""
        return self.shares[0][0]

    def changed(self, change: Callable[[str], str]) -> Wording:
        """With every prompt's text changed."""
        return Wording(tuple((replace(p, text=change(p.text)), weight) for p, weight in self.shares))

    def asked(self) -> dict[str, Any]:
        """The fields of a request that paints from them."""
        own, *others = (Share(prompt.text, weight, prompt.negative) for prompt, weight in self.shares)
        return {"prompt": own.prompt, "negative": own.negative, "blend": tuple(others)}

    def noted(self) -> dict[str, Any]:
        """The same for a file kept beside the picture; without "blend" where there is one prompt."""
        asked = self.asked()
        blend = [share._asdict() for share in asked.pop("blend")]
        return {**asked, "blend": blend} if blend else asked


def words_given(options: Any) -> tuple[str | Path | None, str]:
    """The prompts' text, or the file that holds them, and which option says so; None where there are none.

    Raises OptionError where both `prompt` and `prompts` are given.
    """
    if options.prompts is not None:
        if options.prompt is not None:
            raise OptionError("prompts: --prompt is given as well; one of them is enough", "prompts")
        return Path(options.prompts).expanduser(), "prompts"
    return (options.prompt or "").strip() or None, "prompt"


def without_pictures(prompts: Prompts, name: str, instead: str) -> Prompts:
    """The prompts. Raises OptionError where they name pictures, and says what is to be done `instead`."""
    if prompts.pictures:
        raise OptionError(
            f"{name}: {prompts.pictures[0].name} is a picture, and prompts are words here; {instead}", name
        )
    return prompts
