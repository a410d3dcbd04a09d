import sys
from types import SimpleNamespace

import pytest

from lib_parallax.errors import OptionError, UnavailableError
from lib_parallax.weights import HUB_MODELS, LicenceNeeded, get_hub, hub_model, require_hub, snapshot
from lib_parallax.weights.hub_models import is_commercial, stated_licence

PAGES = {"owner/guarded": "---\nlicense: cc-by-nc-4.0\n---\n"}


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
        (folder / "README.md").write_text(PAGES.get(id, ""))
        if keywords["allow_patterns"] != ["README.md"]:
            (folder / "config.json").write_text("{}")
            if id == "owner/pickled":
                if "pytorch_model*.bin" in keywords["allow_patterns"]:
                    (folder / "pytorch_model.bin").write_bytes(b"")
            elif id != "owner/bare":
                (folder / "model.safetensors").write_bytes(b"")
        return str(folder)

    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path / "models"))
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


def test_pickled_weights_are_fetched_only_where_there_are_no_others(hub, tmp_path):
    assert snapshot("owner/pickled", download=True) == tmp_path / "owner--pickled"
    assert ["pytorch_model*.bin" in call["allow_patterns"] for call in hub] == [False, True]
    assert snapshot("owner/away", download=True) and len(hub) == 3


def test_a_model_without_weights_is_refused(hub):
    with pytest.raises(UnavailableError, match=r"neither safetensors nor a pytorch_model.bin$"):
        snapshot("owner/bare", download=True)


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


class TestLicences:
    def test_a_yes_is_asked_for_before_the_weights_come_and_again_where_it_is_missing(self, hub, tmp_path):
        with pytest.raises(LicenceNeeded, match="models get owner/guarded --yes"):
            get_hub("owner/guarded")
        assert [call["allow_patterns"] for call in hub] == [["README.md"]]
        assert get_hub("owner/guarded", True) == get_hub("owner/guarded")

    def test_what_others_brought_here_waits_for_a_yes_too(self, hub, monkeypatch):
        monkeypatch.setitem(PAGES, "owner/here", PAGES["owner/guarded"])
        with pytest.raises(LicenceNeeded):
            require_hub("owner/here")

    def test_short_names_stand_for_ids(self, hub, tmp_path):
        assert get_hub("dpt-large") == tmp_path / "Intel--dpt-large"
        assert hub_model("Intel/dpt-large") is hub_model("dpt-large") is HUB_MODELS["dpt-large"]
        with pytest.raises(LicenceNeeded, match=r"depth-pro .*apple-amlr"):
            get_hub("apple/DepthPro-hf")

    @pytest.mark.parametrize(
        ("page", "licence", "commercial"),
        [
            ("---\nlicense: apache-2.0\n---\n", "apache-2.0", True),
            ('---\ntags:\n- x\nlicense: "cc-by-nc-sa-4.0"\n---', "cc-by-nc-sa-4.0", False),
            ("---\nlicense: other\nlicense_name: stability-nc-research\n---", "stability-nc-research", False),
            ("---\nlicense: other\n---", "other", True),
            ("---\ntags: x\n---\nlicense: mit", None, True),
            ("license: mit", None, True),
            ("", None, True),
        ],
    )
    def test_what_a_page_states(self, page, licence, commercial):
        assert stated_licence(page) == licence
        assert is_commercial(licence or "") == commercial
