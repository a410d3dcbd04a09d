"""Command-line flags made from a loop's options, and back.

Only flags that were given come back, as text: `options.parse` converts and checks them, so
that a value is refused in the same words here as everywhere.
"""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from ..errors import meant
from ..options import OptionField, describe


class Misused(Exception):
    """The command line cannot be understood; its text is one sentence."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that says what is wrong in one sentence, and takes no abbreviations."""

    def __init__(self, *args: Any, **keywords: Any):
        keywords.setdefault("allow_abbrev", False)
        keywords.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*args, **keywords)

    def error(self, message: str) -> NoReturn:
        raise Misused(f"{self.prog}: {message} (--help lists what there is)")

    def flags(self) -> list[str]:
        return [flag for action in self._actions for flag in action.option_strings]

    def refuse_unknown(self, unknown: list[str]) -> None:
        """Raises Misused for what the parser did not take, with the flag that was probably meant."""
        if not unknown:
            return
        name = unknown[0].split("=")[0]
        if not name.startswith("-"):
            self.error(f"one argument too many: {unknown[0]!r}")
        self.error(f"unknown option {name}{meant(name, self.flags())}")


def add_flags(parser: argparse.ArgumentParser, options: type) -> None:
    """A flag for every option of a loop, grouped as the options are."""
    groups: dict[str, Any] = {}
    # what everybody sets comes first; sorting keeps the rest in order
    for o in sorted(describe(options), key=lambda o: o.group != "Basic"):
        title = o.group or "Options"
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        if o.kind == "bool":
            groups[title].add_argument(
                o.flag,
                action=argparse.BooleanOptionalAction,
                default=argparse.SUPPRESS,
                dest=o.name,
                help=_help(o),
            )
        else:
            groups[title].add_argument(
                o.flag, metavar=_metavar(o), default=argparse.SUPPRESS, dest=o.name, help=_help(o)
            )


def given(arguments: argparse.Namespace, options: type) -> dict[str, Any]:
    """The options that were given as flags."""
    return {o.name: getattr(arguments, o.name) for o in describe(options) if hasattr(arguments, o.name)}


def _metavar(o: OptionField) -> str:
    if o.kind == "size":
        return "WxH"
    if o.kind == "str":
        return "PATH" if o.path else "NAME"
    return "N" if o.kind == "int" else "X"


def _figure(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _help(o: OptionField) -> str:
    facts = []
    if o.choices:
        facts.append(f"one of {', '.join(o.choices)}")
    if o.minimum is not None and o.maximum is not None and o.kind != "size":
        facts.append(f"{_figure(o.minimum)} to {_figure(o.maximum)}{' ' + o.unit if o.unit else ''}")
    elif o.unit and o.kind != "size":
        facts.append(o.unit)
    if o.default is not None:
        default = (
            {True: "on", False: "off"}[o.default]
            if o.kind == "bool"
            else _figure(o.default)
            if o.kind in ("int", "float")
            else o.default
        )
        facts.append(f"default {default}")
    text = f"{o.help} ({'; '.join(facts)})" if facts else o.help
    return text.replace("%", "%%")
