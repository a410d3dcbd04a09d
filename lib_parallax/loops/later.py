"""What belongs to a frame but is brought from the device only when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Later(Mapping[str, Any]):
    """A mapping; the values of `later` are made by a call when first looked up, and kept."""

    def __init__(self, known: Mapping[str, Any], later: Mapping[str, Callable[[], Any]]) -> None:
        self._known = dict(known)
        self._later = dict(later)

    def __getitem__(self, name: str) -> Any:
        if name in self._later:
            self._known[name] = self._later.pop(name)()
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys([*self._known, *self._later])

    def __len__(self) -> int:
        return len(list(iter(self)))
