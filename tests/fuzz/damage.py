"""What time, disks and strangers do to a file: the same damage for the same number."""

from __future__ import annotations

import random
from collections.abc import Callable

_EXTREMES = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1_000_000_000)


def damaged(data: bytes, number: int, other: bytes = b"") -> bytes:
    """`data` with one to three kinds of damage; `other` is a file that parts are taken from."""
    chance = random.Random(number)
    for _ in range(chance.choice((1, 1, 2, 3))):
        data = chance.choice(_KINDS)(data, chance, other)
    return data


def _place(data: bytes, chance: random.Random) -> int:
    """Rather near the beginning, where headers are."""
    return min(int(len(data) * chance.random() ** chance.choice((1, 3))), max(len(data) - 1, 0))


def _flip(data: bytes, chance: random.Random, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 40))):
        if changed:
            changed[_place(data, chance)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random, other: bytes) -> bytes:
    return data[: _place(data, chance)]


def _noise(data: bytes, chance: random.Random, other: bytes) -> bytes:
    at = _place(data, chance)
    length = chance.choice((1, 4, 64, 1000))
    return data[:at] + chance.randbytes(length) + data[at + length :]


def _nothing(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A block that the disk lost."""
    at = _place(data, chance)
    length = chance.choice((4, 512, 4096))
    return data[:at] + bytes(min(length, len(data) - at)) + data[at + length :]


def _without(data: bytes, chance: random.Random, other: bytes) -> bytes:
    at = _place(data, chance)
    return data[:at] + data[at + chance.choice((1, 2, 100, 1000)) :]


def _twice(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A part again, whose timestamps then run backwards."""
    at = _place(data, chance)
    return data[:at] + data[: at + 2000] + data[at:] if chance.random() < 0.3 else data + data[at:]


def _number(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """A number of four bytes that is as small or large as numbers can be."""
    at = _place(data, chance)
    order = chance.choice(("big", "little"))
    value = chance.choice(_EXTREMES).to_bytes(4, order)  # type: ignore[arg-type]
    return data[:at] + value + data[at + 4 :]


def _mixed(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """The end of another file."""
    return data[: _place(data, chance)] + other[_place(other, chance) :]


_KINDS: tuple[Callable[[bytes, random.Random, bytes], bytes], ...] = (
    _flip, _flip, _cut, _noise, _nothing, _without, _twice, _number, _number, _mixed,
)  # fmt: skip
