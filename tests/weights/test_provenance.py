"""What a job's record says of the weights it used."""

from __future__ import annotations

import hashlib

import pytest

from lib_parallax.weights import Weights, entry, hub_model, provenance, records
from lib_parallax.weights.provenance import UNKNOWN


def weights(data, name="toy-small", **more):
    return Weights(
        name, "Toy", "depth", 7, "CC-BY-NC-4.0", False, f"https://example.org/{name}.pth",
        sha256=hashlib.sha256(data).hexdigest(), **more,
    )  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.pth"
    path.write_bytes(b"numbers")
    return path


def test_the_official_file_wherever_it_lies(file, enter):
    enter(weights(b"numbers"))
    assert provenance("toy-small", file) == {
        "name": "toy-small",
        "licence": "CC-BY-NC-4.0",
        "sha256": hashlib.sha256(b"numbers").hexdigest(),
        "source": "https://example.org/toy-small.pth",
        "file": str(file),
    }


def test_another_file_of_the_user(file, enter):
    """Its licence is not that of the official weights, and nobody says that it is."""
    enter(weights(b"other numbers"))
    told = provenance("toy-small", file)
    assert told["licence"] == UNKNOWN and told["source"] == str(file)
    assert told["sha256"] == hashlib.sha256(b"numbers").hexdigest()


def test_the_file_that_was_taken_in_under_the_name(models, enter):
    """A safetensors copy has another hash than the official file."""
    enter(weights(b"official"))
    models.mkdir()
    path = models / "toy-small.safetensors"
    path.write_bytes(b"numbers")
    told = provenance("toy-small", path)
    assert told["licence"] == "CC-BY-NC-4.0" and told["source"] == entry("toy-small").address


def test_a_hash_that_is_recorded_is_not_computed_again(file, enter, monkeypatch):
    enter(weights(b"numbers"))
    records.remember(file, "ab" * 32)
    monkeypatch.setattr(records, "sha256_of", None)
    assert provenance("toy-small", file)["sha256"] == "ab" * 32


def test_a_model_of_the_hub_by_its_short_name(file):
    model = hub_model("dpt-large")
    told = provenance("dpt-large", file)
    assert (told["licence"], told["source"]) == (model.licence, model.address)


@pytest.mark.parametrize(
    ("page", "licence"), [("---\nlicense: mit\n---\nA model.\n", "mit"), ("A model.\n", "not stated")]
)
def test_another_model_of_the_hub_has_the_licence_of_its_page(file, page, licence):
    (file.parent / "README.md").write_text(page)
    told = provenance("someone/depth", file)
    assert told["licence"].lower() == licence and told["source"] == "https://huggingface.co/someone/depth"
