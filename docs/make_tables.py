"""Writes the option tables of docs from `lib_parallax/options/`: `python docs/make_tables.py`.

A table stands between `<!-- options: LOOP -->` and `<!-- end -->`; the tests hold it to what this writes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib_parallax.options import LOOP_OPTIONS, OptionField, describe

DOCS = Path(__file__).resolve().parent
TABLE = re.compile(r"(<!-- options: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """The page with every option table as options has it now."""
    return TABLE.sub(lambda m: m[1] + table(LOOP_OPTIONS[m[2]]) + m[3], text)


def table(options: type) -> str:
    rows = ["| flag | default | values | what it does |", "| --- | --- | --- | --- |"]
    rows += [
        f"| `{o.flag}` | {_default(o)} | {_values(o)} | {o.help.replace('|', '/')} |"
        for o in describe(options)
    ]
    return "\n".join(rows) + "\n"


def _default(o: OptionField) -> str:
    if o.default is None:
        return ""
    if o.kind == "bool":
        return "on" if o.default else "off"
    return f"{o.default:g}" if o.kind == "float" else str(o.default)


def _values(o: OptionField) -> str:
    if o.choices:
        return ", ".join(o.choices)
    if o.kind == "bool":
        return f"on, off (`--no-{o.flag[2:]}`)"
    if o.kind == "size":
        return "WxH"
    if o.minimum is not None and o.maximum is not None:
        end = "2^63 - 1" if o.maximum == 2**63 - 1 else f"{o.maximum:g}"
        return f"{o.minimum:g} to {end} {o.unit}".strip()
    return "path" if o.path else "name"


def main() -> None:
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if with_tables(text) != text:
            page.write_text(with_tables(text), encoding="utf-8")
            print(page.name)


if __name__ == "__main__":
    main()
