"""Keys that were painted elsewhere: pictures by the number of their frame."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import OptionError
from ...media import open_video
from ...media.reader import PICTURE_SUFFIXES
from ...options import AnimateOptions
from ...types import Image
from ..source import in_8_bits
from ..tape import Tape
from .choosing import rule_of


@dataclass(frozen=True)
class Recorded:
    """Pictures that are read when they are asked for.

    numbers  of the frames there are pictures of, rising
    picture  of a number: uint8 [H, W, 3]
    """

    numbers: tuple[int, ...]
    picture: Callable[[int], Image]


def recorded(options: AnimateOptions, frames: int) -> Recorded:
    """The pictures of a folder by the numbers in their names, or a video's frames.

    frames  in the clip they belong to

    Raises OptionError where there are none, two of one number, none of a number that the keys name,
    or a number that the clip does not have.
    """
    path = Path(options.stylised or "").expanduser()
    found = _of_folder(path) if path.is_dir() else _of_video(path)
    named = rule_of(options.keys).numbers
    if not named and found.numbers[-1] >= frames:
        raise OptionError(
            f"stylised: {path} holds frame {found.numbers[-1]}, and the clip has {frames}, from 0 to "
            f"{frames - 1}",
            "stylised",
        )
    for number in named:
        if number not in found.numbers:
            raise OptionError(f"keys: {path} holds no picture of frame {number}", "keys")
    return found


def _of_video(path: Path) -> Recorded:
    tape = Tape(open_video(path))
    return Recorded(tuple(range(tape.length)), lambda number: in_8_bits(tape.frame(number).image))


def _of_folder(path: Path) -> Recorded:
    names = [p for p in sorted(path.iterdir()) if is_picture(p)]
    files: dict[int, Path] = {}
    for file, number in zip(names, numbers_of([p.stem for p in names]), strict=True):
        if number is None:
            continue
        if number in files:
            both = f"{files[number].name} and {file.name}"
            raise OptionError(f"stylised: {both} are both frame {number}", "stylised")
        files[number] = file
    if not files:
        raise OptionError(
            f"stylised: {path} holds no picture with the number of its frame in its name", "stylised"
        )

    def picture(number: int) -> Image:
        with open_video(files[number]) as reader:
            return in_8_bits(next(iter(reader)).image)

    return Recorded(tuple(sorted(files)), picture)


def is_picture(path: Path) -> bool:
    """Whether a folder's entry counts; hidden files do not."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".") and path.is_file()


def numbers_of(names: list[str]) -> list[int | None]:
    """The whole number in each name; of several in every name the first that tells all names apart,
    as 00010-3735928559 is frame 10 with its seed, and take3_00010 frame 10 of take 3."""
    groups = [[int(digits) for digits in re.findall(r"\d+", name)] for name in names]
    if len({len(numbers) for numbers in groups}) == 1 and len(names) > 1:
        for place in range(len(groups[0])):
            column = [numbers[place] for numbers in groups]
            if len(set(column)) == len(names):
                return list(column)
    return [numbers[-1] if numbers else None for numbers in groups]
