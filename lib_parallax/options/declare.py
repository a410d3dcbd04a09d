"""Declaring an option, describing it to a face, and checking a value: in the same words everywhere."""

from __future__ import annotations

import dataclasses
import os
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..errors import OptionError, meant

T = TypeVar("T")

# Every schedule has a key, an operator, a call, a curve of sound, or is one of the names alone.
_LIKE_A_SCHEDULE = re.compile(r"[(:*/+<>%]|\d\s*-|^\s*-|\baudio\.|^\s*(?:t|s|fps|max_f|pi|e)\s*$")


def option(
    default: Any,
    label: str,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    unit: str = "",
    choices: tuple[str, ...] = (),
    group: str = "",
    path: str = "",
    plain: str = "",
    over: str = "",
) -> Any:
    """A dataclass field that knows how to present and check itself.

    path   "read" or "write" for an option that names a file or folder, "files" for one that names
           several to read: a face that others can reach asks where they lie
    plain  pattern of values of such an option that name none
    over   of a number that may change: what it changes over, "frames" or "steps" (see `schedule`)
    """
    metadata = {
        "label": label, "help": help, "minimum": minimum, "maximum": maximum,
        "unit": unit, "choices": choices, "group": group, "path": path, "plain": plain, "over": over,
    }  # fmt: skip
    return field(default=default, metadata=metadata)


def schedule(
    default: float | str | None,
    label: str,
    help: str,
    group: str = "",
    unit: str = "",
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    over: str = "frames",
) -> Any:
    """An option that is a number, or the text of a schedule: 0:(1), 60:(1.5).

    Its type is float | str, with a range for every value; or str, which holds numbers as text as well. What
    a schedule comes to is looked at by the loop, which knows the frames.
    """
    return option(
        default, label, f"{help}; it may change over the {over}",
        minimum=minimum, maximum=maximum, unit=unit, group=group, over=over,
    )  # fmt: skip


@dataclass(frozen=True)
class OptionField:
    """One option as a face sees it: `kind` is int, float, bool, str or size.

    Where `over` is set, a float may be the text of a schedule as well.
    """

    name: str
    kind: str
    default: Any
    optional: bool
    label: str
    help: str
    minimum: float | None
    maximum: float | None
    unit: str
    choices: tuple[str, ...]
    group: str
    path: str
    plain: str = ""
    over: str = ""

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    def with_paths(self, value: Any, change: Callable[[str], str]) -> Any:
        """The value with every path in it changed, which may refuse it; what names no file stays.

        Of several, each stands on a line of its own or before a semicolon, and what follows " @ " is not of
        its name.
        """
        if not self.path or not isinstance(value, str) or not value.strip():
            return value
        if self.plain and re.fullmatch(self.plain, value):
            return value
        if self.path != "files":
            return change(value)
        return "\n".join(
            "" if not line.strip() else "".join((change(at.strip()), mark, how))
            for line in re.split(r"[;\n]", value)
            for at, mark, how in (line.partition(" @ "),)
        )

    def paths(self, value: Any) -> list[str]:
        """The files and folders that the value names."""
        found: list[str] = []

        def taken(path: str) -> str:
            found.append(path)
            return path

        self.with_paths(value, taken)
        return found


def describe(cls: type) -> tuple[OptionField, ...]:
    """The options of a loop in order, for a face to draw."""
    hints = typing.get_type_hints(cls)
    described = []
    for f in dataclasses.fields(cls):
        hint = hints[f.name]
        inner = [h for h in typing.get_args(hint) if h is not type(None)]
        optional = isinstance(hint, types.UnionType) and len(inner) < len(typing.get_args(hint))
        plain = inner[0] if isinstance(hint, types.UnionType) else hint
        kind = "size" if typing.get_origin(plain) is tuple else plain.__name__
        described.append(OptionField(f.name, kind, f.default, optional, **f.metadata))
    return tuple(described)


def parse(cls: type[T], values: T | Mapping[str, Any] | None) -> T:
    """Options from a mapping of names to values or to their text, each one checked.

    Raises OptionError, naming the field, for an unknown name, a value of the wrong kind or
    one out of range. An instance of `cls` is checked as well and comes back equal.
    """
    if values is None:
        values = {}
    if isinstance(values, cls):
        values = {f.name: getattr(values, f.name) for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    if not isinstance(values, Mapping):
        raise OptionError(f"options must be {cls.__name__} or a mapping of names to values")
    known = {o.name: o for o in describe(cls)}
    for name in values:
        if name not in known:
            hint = meant(str(name), known)
            raise OptionError(f"unknown option {name!r}; known are {', '.join(known)}{hint}", str(name))
    return cls(**{name: check(known[name], value) for name, value in values.items()})


def check(o: OptionField, value: Any) -> Any:
    """The value in its option's own type, or OptionError."""
    words_for_none = ("",) if o.kind == "str" else ("", "auto", "none")
    if value is None or (o.optional and isinstance(value, str) and value.lower() in words_for_none):
        if o.optional:
            return None
        raise OptionError(f"{o.name}: a value is needed", o.name)
    if o.over and o.kind != "str" and isinstance(value, str) and _is_schedule(value):
        return value.strip()
    if o.over and o.kind == "str" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    value = _CONVERT[o.kind](o, value)
    for path in o.paths(value):
        if path.startswith("~") and os.path.expanduser(path) == path:
            raise OptionError(f"{o.name}: {path}: nobody of that name has a folder here", o.name)
    if o.choices and value not in o.choices:
        hint = meant(value, o.choices) if isinstance(value, str) else ""
        raise OptionError(f"{o.name}: {value!r} is not one of {', '.join(o.choices)}{hint}", o.name)
    for number in value if isinstance(value, tuple) else (value,):
        _check_range(o, number)
    return value


def _check_range(o: OptionField, number: Any) -> None:
    low, high = o.minimum, o.maximum
    if (low is not None and not number >= low) or (high is not None and not number <= high):
        unit = f" {o.unit}" if o.unit else ""
        raise OptionError(f"{o.name}: {number} is outside {low} to {high}{unit}", o.name)


def _is_schedule(text: str) -> bool:
    """Whether a text is more than a number, and may be a schedule: what is wrong with one the loop says."""
    try:
        float(text)
    except ValueError:
        return _LIKE_A_SCHEDULE.search(text) is not None
    return False


def _number(convert: type) -> Any:
    def to_number(o: OptionField, value: Any) -> Any:
        try:
            if isinstance(value, (bool, bytes)):
                raise ValueError
            number = convert(value)
            if convert is int and not isinstance(value, str) and number != value:
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            if isinstance(value, str) and re.search(r":\s*\(", value):
                raise OptionError(
                    f"{o.name}: {value!r} changes over time, and this is one number throughout", o.name
                ) from None
            kind = "a whole number" if convert is int else "a number"
            raise OptionError(f"{o.name}: {value!r} is not {kind}", o.name) from None
        return number

    return to_number


def _bool(o: OptionField, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "yes", "on", "1"):
        return True
    if isinstance(value, str) and value.lower() in ("false", "no", "off", "0"):
        return False
    raise OptionError(f"{o.name}: {value!r} is not yes or no", o.name)


def _str(o: OptionField, value: Any) -> str:
    if isinstance(value, str):
        return value
    if o.plain and not isinstance(value, bool) and re.fullmatch(o.plain, str(value)):
        return str(value)
    raise OptionError(f"{o.name}: {value!r} is not text", o.name)


def _size(o: OptionField, value: Any) -> tuple[int, int]:
    parts = value.lower().split("x") if isinstance(value, str) else value
    try:
        width, height = (int(p) for p in parts)
        if not isinstance(value, str) and (width, height) != tuple(parts):
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise OptionError(f"{o.name}: {value!r} is not a size such as 1920x1080", o.name) from None
    return width, height


_CONVERT: dict[str, Any] = {
    "int": _number(int), "float": _number(float), "bool": _bool, "str": _str, "size": _size,
}  # fmt: skip
