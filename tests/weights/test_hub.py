import sys
from types import SimpleNamespace

import pytest

from lib_parallax.errors import OptionError, UnavailableError
from lib_parallax.weights import snapshot


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A stand-in for huggingface_hub that has one model in its cache and can fetch another."""
    calls = []

    def snapshot_download(id, **keywords):
        calls.append(keywords)
        if keywords["local_files_only"] and id != "owner/here":
            raise FileNotFoundError("Cannot find an appropriate cached snapshot folder")
        if id == "owner/broken":
            raise RuntimeError("Connection\nreset")
        folder = tmp_path / id.replace("/", "--")
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text("{}")
        if id != "owner/pickled":
            (folder / "model.safetensors").write_bytes(b"")
        return str(folder)

    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=snapshot_download))
    return calls


def test_what_is_here_is_found_without_the_network(hub, tmp_path):
    assert snapshot("owner/here") == tmp_path / "owner--here"
    assert [call["local_files_only"] for call in hub] == [True]
    assert not any(pattern.endswith((".bin", ".pth", ".py")) for pattern in hub[0]["allow_patterns"])


def test_what_is_not_here_is_not_fetched_unasked(hub):
    with pytest.raises(UnavailableError, match="`parallax models get owner/away` brings it"):
        snapshot("owner/away")
    assert [call["local_files_only"] for call in hub] == [True]


def test_asked_it_is_fetched(hub, tmp_path):
    assert snapshot("owner/away", download=True, revision="v1") == tmp_path / "owner--away"
    assert hub[-1]["local_files_only"] is False and hub[-1]["revision"] == "v1"


def test_pickled_weights_are_not_loaded(hub):
    with pytest.raises(UnavailableError, match="pickled ones are not loaded"):
        snapshot("owner/pickled", download=True)


def test_a_failure_is_one_sentence(hub):
    with pytest.raises(UnavailableError, match=r"owner/broken could not be fetched .*\(Connection reset\)"):
        snapshot("owner/broken", download=True)


def test_a_folder_is_its_own_snapshot(tmp_path):
    (tmp_path / "unet").mkdir()
    (tmp_path / "unet" / "model.safetensors").write_bytes(b"")
    assert snapshot(str(tmp_path)) == tmp_path


def test_without_the_package_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UnavailableError, match="pip install huggingface_hub"):
        snapshot("owner/here")


@pytest.mark.parametrize("id", ["", "model", "a/b/c", "../x/y", "owner/..", "https://x/y", "owner/na me"])
def test_what_is_no_id_is_refused(id):
    with pytest.raises(OptionError, match="neither a model of the hub"):
        snapshot(id)
