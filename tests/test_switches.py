"""No switch that holds for the whole process is turned by the package: a webui shares it."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "lib_parallax"
CALLS = {
    "set_num_threads", "set_num_interop_threads", "set_default_dtype", "set_default_device",
    "set_default_tensor_type", "set_grad_enabled", "use_deterministic_algorithms", "manual_seed_all",
    "set_float32_matmul_precision", "setNumThreads", "setUseOptimized", "setUseOpenCL", "setRNGSeed",
    "setlocale", "umask",
    "set_start_method", "setrecursionlimit", "setdefaulttimeout",
}  # fmt: skip
SETTINGS = ("backends", "cudnn", "matmul", "environ")


def turned(source: str) -> list[str]:
    """The switches that a module turns."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found += [name] * (name.rpartition(".")[2] in CALLS)
            found += [name] * (name in ("torch.manual_seed", "np.random.seed", "random.seed"))
        for target in getattr(node, "targets", []):
            name = ast.unparse(target)
            library = name.startswith(("torch.", "cv2.", "os.environ"))
            found += [name] * (library and any(part in name for part in SETTINGS))
    return found


def test_none_is_turned():
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 300
    found = {str(path.relative_to(PACKAGE)): turned(path.read_text("utf-8")) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


def test_what_is_found():
    for text in (
        "torch.set_num_threads(1)", "import cv2\ncv2.setNumThreads(0)",
        "torch.backends.cudnn.benchmark = True",
        "os.environ['OMP_NUM_THREADS'] = '1'",
        "def f():\n    torch.manual_seed(3)", "numpy.random.seed; random.seed(1)",
    ):  # fmt: skip
        assert len(turned(text)) == 1, text
    for text in ("torch.Generator('cpu').manual_seed(3)", "x.backends = 1", "os.environ.get('A')"):
        assert turned(text) == [], text
