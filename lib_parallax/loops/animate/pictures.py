"""The keys' pictures, wherever they are: in the store or in somebody's folder, at the result's size."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache

from ...errors import ParallaxError
from ...types import Image, Size
from ..source import scaled
from ..store import Store
from .choosing import Key
from .colour import matched
from .painting import name_of

CARRIED = "carried"  # what becomes a key on the way
HELD = 6  # pictures in memory


class Pictures:
    """Pictures of keys by the number of their frame, uint8 [H, W, 3].

    load   a key as it was painted; None where it is not there any more
    keys   all of them, rising; other frames have a picture once it is kept
    source  of a number, of any size: with it the colours of a key are brought to those of the first of its
            shot; None leaves them
    """

    def __init__(
        self,
        load: Callable[[int], Image | None],
        size: Size,
        store: Store,
        keys: Sequence[Key],
        source: Callable[[int], Image] | None = None,
    ):
        self._load, self._size, self._store = load, size, store
        self._source = source
        self._numbers = frozenset(key.index for key in keys)
        self._firsts = [key.index for key in keys if key.cut]
        self.at = lru_cache(maxsize=HELD)(self._at)

    def painted(self, number: int) -> Image | None:
        """The picture painted for that frame, or None where it is no key."""
        return self.at(number) if number in self._numbers else None

    def _at(self, number: int) -> Image:
        is_key = number in self._numbers
        name = name_of(number) if is_key else name_of(number, CARRIED)
        image = self._load(number) if is_key else self._store.picture(name)
        if image is None:
            raise ParallaxError(f"{name} was removed while it was needed")
        if not is_key:
            return image
        image = scaled(image, self._size)
        first = self._firsts[bisect_right(self._firsts, number) - 1]
        if self._source is None or first == number:
            return image
        return matched(image, self.at(first), (self._source(number), self._source(first)))

    def keep(self, number: int, image: Image) -> None:
        """Keeps what becomes a key on the way."""
        self._store.keep_picture(name_of(number, CARRIED), image)
