"""Promises 26 and 27 of docs/security.md: what stands in no line of the package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "lib_parallax"
FILES = sorted(PACKAGE.rglob("*.py"))
FORBIDDEN = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "yaml.load",
    "yaml.unsafe_load",
    "pickle.load",
    "pickle.loads",
    "marshal.loads",
    "shelve.open",
    "dill.load",
    "joblib.load",
    "torch.hub.load",
    "numexpr.evaluate",
    "tempfile.mktemp",
}
MODULES = {"pickle", "marshal", "shelve", "dill", "joblib", "yaml", "telnetlib", "ftplib"}
# the checkpoint's reader looks a pickle over with nothing behind its names; it never runs one
INSPECTS = PACKAGE / "weights" / "checkpoint.py"


def called(node):
    """The dotted name of what a call calls."""
    parts, at = [], node.func
    while isinstance(at, ast.Attribute):
        parts.append(at.attr)
        at = at.value
    return ".".join([*([at.id] if isinstance(at, ast.Name) else ["?"]), *reversed(parts)])


def given(node, name):
    found = [word.value for word in node.keywords if word.arg == name]
    return found[0] if found else None


def breaches(tree, inspects=False):
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"import {name}" for name in names if name.split(".")[0] in MODULES and not inspects]
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if name in FORBIDDEN:
            found.append(name)
        shell = given(node, "shell")
        if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
            found.append(f"{name}(shell=...)")
        programs = ("subprocess.run", "subprocess.Popen", "subprocess.call", "subprocess.check_output")
        if name in programs and isinstance(node.args[0], (ast.Constant, ast.JoinedStr, ast.BinOp)):
            found.append(f"{name} of a text")
        loads = name == "torch.load" or name.endswith("serialization.load")
        pickles = given(node, "allow_pickle")
        only = given(node, "weights_only")
        if loads and not (isinstance(only, ast.Constant) and only.value is True):
            found.append(f"{name} without weights_only")
        if name in ("np.load", "numpy.load") and not (
            isinstance(pickles, ast.Constant) and pickles.value is False
        ):
            found.append(f"{name} that may unpickle")
    return found


def test_no_text_becomes_a_program():
    assert len(FILES) > 300
    wrong = {path: breaches(ast.parse(path.read_text(encoding="utf-8")), path == INSPECTS) for path in FILES}
    assert {path.name: found for path, found in wrong.items() if found} == {}


@pytest.mark.parametrize(
    "text",
    [
        "eval(a)",
        "import pickle",
        "from yaml import load",
        "subprocess.run(a, shell=True)",
        "subprocess.run('a b')",
        "subprocess.Popen(f'a {b}')",
        "torch.load(a)",
        "torch.load(a, weights_only=False)",
        "np.load(a)",
        "np.load(a, allow_pickle=True)",
        "os.system(a)",
        "run(a, shell=b)",
    ],
)
def test_it_would_be_seen(text):
    assert breaches(ast.parse(text))


def test_the_loader_of_checkpoints_reads_weights_alone():
    """It takes torch's loader by its own name."""
    tree = ast.parse((PACKAGE / "weights" / "load.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == "load"]
    assert calls and all(given(node, "weights_only").value is True for node in calls)


def test_media_is_opened_in_one_place():
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or called(node) not in (
                "av.open",
                "Image.open",
                "Pictures.open",
            ):
                continue
            mode = (
                node.args[1].value if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) else "r"
            )
            made = (
                isinstance(node.args[0], ast.Call) and called(node.args[0]) == "io.BytesIO"
            )  # of our own text
            if mode == "r" and not made:
                found.append(path.relative_to(PACKAGE).as_posix())
    # the sample clip opens what it has just written itself
    assert sorted(found) == ["media/container.py", "media/picture_files.py", "samples/clip.py"]
