"""Every promise of docs/security.md names a test that there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
PAGE = (TREE / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_promise_names_a_test():
    rows = re.findall(r"^\| (\d+) \| (.+) \| `([\w/]+\.py)::(\w+)` \|$", PAGE, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, len(rows) + 1)) and len(rows) > 25
    assert len(rows) == len(re.findall(r"^\| \d+ ", PAGE, re.MULTILINE))
    for _, promise, file, name in rows:
        tree = ast.parse((TREE / "tests" / file).read_text(encoding="utf-8"))
        there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in there, f"{promise}: {file} has no {name}"


def test_every_flag_that_it_names_is_one():
    from lib_parallax.faces.cli import build_parser

    known = set(build_parser()._subparsers._group_actions[0].choices["serve"]._option_string_actions)
    of_a_webui = {"--api-auth", "--gradio-auth", "--gradio-allowed-path", "--version"}
    for page in ("security.md", "api.md"):
        text = (TREE / "docs" / page).read_text(encoding="utf-8")
        routes = text[text.index("## Routes") :] if page == "api.md" else text
        named = set(re.findall(r"`(--[a-z][a-z-]+)", routes))
        assert named and named <= known | of_a_webui, named - known - of_a_webui
