"""The order of the house: imports run downwards, and some packages have one door each.

The rules are read off the source with ast, so imports inside functions count as well.
"""

import ast
from pathlib import Path

import pytest

PACKAGE = "lib_parallax"
TREE = Path(__file__).resolve().parents[1]

GROUND = -1
LEVELS = {
    **dict.fromkeys(("__init__", "types", "errors", "options", "presets", "infotext", "names"), GROUND),
    **dict.fromkeys(("warp", "timeline"), 0),
    **dict.fromkeys(("media", "weights"), 1),
    **dict.fromkeys(("depth", "flow", "samples", "segment"), 2),
    "generate": 3,
    "loops": 4,
    **dict.fromkeys(("jobs", "hosts"), 5),
    "faces": 6,
    "__main__": 7,
}
# What stands on one storey does not know each other, but for these (who imports, what).
BESIDE = {("depth", "flow"), ("segment", "depth")}

PURE = {"warp", "timeline"}
NOT_IN_PURE = {"cv2", "PIL", "av"}
DOORS = {
    "hosts": {"modules", "modules_forge", "ldm_patched"},
    "faces": {"gradio", "fastapi", "starlette", "uvicorn"},
    "weights": {"urllib.request", "requests", "huggingface_hub", "http.client", "httpx", "socket"},
}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}


def breaches(tree: Path) -> list[str]:
    """Every breach of the rules in the package below `tree`, as sentences."""
    found = []
    for path in sorted((tree / PACKAGE).rglob("*.py")):
        where = path.relative_to(tree)
        empty = EMPTY_NAMES & {part.removesuffix(".py") for part in where.parts}
        found += [f"{where}: {name} is a name that says nothing" for name in sorted(empty)]
        module = list(where.with_suffix("").parts)
        for imported in imports(path, module):
            found += [f"{where}: {breach}" for breach in judge(module, imported)]
    return found


def imports(path: Path, module: list[str]) -> list[list[str]]:
    """The modules that a file imports, absolute, as lists of names; for `from a import b` it is a.b."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = module[: len(module) - node.level] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            found += [[*base, alias.name] for alias in node.names]
        elif is_import_call(node):
            name = node.args[0].value
            level = len(name) - len(name.lstrip("."))
            base = module[: len(module) - level] if level else []
            found.append([*base, *name.lstrip(".").split(".")])
    return found


def is_import_call(node: ast.AST) -> bool:
    """import_module("x"), __import__("x") and the like, with the name written out."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    first = node.args[0]
    return (
        name in ("import_module", "__import__")
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
    )


def judge(module: list[str], imported: list[str]) -> list[str]:
    """What is wrong with `module` importing `imported`."""
    part = module[1]
    if imported[0] == PACKAGE:
        other = imported[1] if len(imported) > 1 else "__init__"
        return [] if may_import(part, other) else [f"{part} must not import {other}"]
    dotted = {".".join(imported[:length]) for length in range(1, len(imported) + 1)}
    wrong = [
        f"{name} is for {door} alone"
        for door, names in DOORS.items()
        if part != door
        for name in sorted(names & dotted)
    ]
    is_cpu_carrier = part == "warp" and module[2] == "backends" and module[-1].split("_")[0] == "cpu"
    if part in PURE:
        allowed = {"cv2"} if is_cpu_carrier else set()
        wrong += [f"{name} is not for {part}" for name in sorted((NOT_IN_PURE - allowed) & dotted)]
    return wrong


def may_import(part: str, other: str) -> bool:
    below, own = LEVELS.get(other, GROUND), LEVELS[part]
    return part == other or below == GROUND or below < own or (part, other) in BESIDE


def test_the_tree_keeps_the_rules():
    assert breaches(TREE) == []


def test_every_part_has_its_place():
    """A new folder or module at the top must be given a storey here."""
    parts = {path.stem for path in (TREE / PACKAGE).glob("*.py")}
    parts |= {path.parent.name for path in (TREE / PACKAGE).glob("*/__init__.py")}
    assert parts <= LEVELS.keys()


@pytest.mark.parametrize(
    ("file", "source", "breach"),
    [
        ("warp/views.py", "from ..media import open_video", "warp must not import media"),
        ("warp/views.py", "def f():\n    import lib_parallax.jobs", "warp must not import jobs"),
        ("flow/dis.py", "from .. import depth", "flow must not import depth"),
        ("loops/stereo.py", "from lib_parallax.hosts.a1111 import unload", "loops must not import hosts"),
        ("jobs/job.py", "from ..hosts import paths", "jobs must not import hosts"),
        ("options/stereo.py", "from ..warp import layouts", "options must not import warp"),
        ("samples/street.py", "from ..jobs import run", "samples must not import jobs"),
        ("depth/cues/motion.py", "from ...loops.stereo import plan", "depth must not import loops"),
        ("warp/holes.py", "import cv2", "cv2 is not for warp"),
        ("timeline/curve.py", "from PIL import Image", "PIL is not for timeline"),
        ("warp/backends/cpu.py", "import av", "av is not for warp"),
        ("warp/backends/reference.py", "import cv2", "cv2 is not for warp"),
        ("media/reader.py", "import requests", "requests is for weights alone"),
        ("depth/net.py", "from urllib import request", "urllib.request is for weights alone"),
        ("depth/net.py", "from urllib.request import urlopen", "urllib.request is for weights alone"),
        ("jobs/job.py", "import http.client", "http.client is for weights alone"),
        (
            "loops/zoom.py",
            "from huggingface_hub import hf_hub_download",
            "huggingface_hub is for weights alone",
        ),
        ("loops/zoom.py", "from modules import shared", "modules is for hosts alone"),
        ("faces/tab.py", "import modules.scripts as scripts", "modules is for hosts alone"),
        ("jobs/queue.py", "import gradio as gr", "gradio is for faces alone"),
        ("hosts/forge.py", "from fastapi import FastAPI", "fastapi is for faces alone"),
        (
            "warp/views.py",
            "import importlib\nx = importlib.import_module('lib_parallax.media')",
            "warp must not import media",
        ),
        ("media/utils.py", "", "utils is a name that says nothing"),
        ("loops/common/paste.py", "", "common is a name that says nothing"),
    ],
)
def test_a_breach_is_found(tmp_path, file, source, breach):
    path = tmp_path / PACKAGE / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert breaches(tmp_path) == [f"{Path(PACKAGE) / file}: {breach}"]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("depth/cues/motion.py", "from ...flow import dis\nfrom ...types import Depth"),
        ("warp/backends/cpu.py", "import cv2, numba"),
        ("weights/download.py", "import urllib.request\nimport socket"),
        ("weights/download.py", "from urllib.parse import urlparse"),
        ("depth/net.py", "from urllib.parse import urlparse\nfrom http import HTTPStatus"),
        ("hosts/forge.py", "from modules import shared"),
        (
            "faces/page.py",
            "import gradio\nfrom ..jobs import run\nfrom . import cli\nfrom .. import __version__",
        ),
        ("media/reader.py", "from ..errors import SourceError\nimport av, cv2\nfrom PIL import Image"),
        ("warp/__init__.py", "from .stereo import synthesize_view\nfrom ..types import View"),
    ],
)
def test_what_is_allowed_is_no_breach(tmp_path, file, source):
    path = tmp_path / PACKAGE / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert breaches(tmp_path) == []
