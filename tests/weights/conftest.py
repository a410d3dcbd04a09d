import sys
from pathlib import Path

import pytest

from lib_parallax.weights import cache, catalogue

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    """The folder of weights, in a place of the test's own."""
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    monkeypatch.setattr(cache, "_host_folder", None)
    return tmp_path / "models"


@pytest.fixture
def enter(monkeypatch):
    """Puts entries into the catalogue."""

    def put(*entries):
        for weights in entries:
            monkeypatch.setitem(catalogue.CATALOGUE, weights.name, weights)

    return put
