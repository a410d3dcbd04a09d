import io
import re
from importlib import metadata

import pytest

from lib_parallax import weights
from lib_parallax.faces import doctor, models
from lib_parallax.faces.cli import main
from lib_parallax.weights import CATALOGUE, Weights, cache

ADDRESS = "https://example.org/toy.pth"
CONTENT = b"PK\x03\x04 some weights"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(cache, "_host_folder", None)
    for name, commercial in (("toy", True), ("guarded", False)):
        licence = "Apache-2.0" if commercial else "CC-BY-NC-4.0"
        address = f"https://example.org/{name}.pth"
        monkeypatch.setitem(
            CATALOGUE,
            name,
            Weights(name, "A toy", "depth", 1, licence, commercial, address, size=len(CONTENT)),
        )
    return tmp_path / "models"


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.pth").write_bytes(CONTENT)
    return tmp_path / "mine.pth"


class Typed(io.StringIO):
    """A terminal that somebody types into."""

    def isatty(self):
        return True


def test_the_list_names_every_model_with_its_facts(capsys, folder):
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, entry in CATALOGUE.items():
        (line,) = [line for line in lines if line.split()[:1] == [name]]
        assert entry.size_text in line and entry.licence in line and entry.address in line
        assert (entry.sha256 or "not known")[:12] in line and re.search(r"\bno\b", line)
        assert ("CC-BY-NC-4.0 *" in line) != entry.commercial
    assert any(line.startswith(f"kept in {folder};") for line in lines)
    assert not folder.exists(), "looking makes nothing"


def test_what_is_here_is_shown_with_its_file(capsys, folder, mine):
    assert main(["models", "add", "toy", str(mine)]) == 0
    assert capsys.readouterr().out.strip() == str(folder / "toy.pth")
    main(["models", "list"])
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("toy ")]
    assert "yes, sha256 recorded when it came" in line and line.endswith(str(folder / "toy.pth"))


def test_all_about_one(capsys):
    assert main(["models", "list", "depth-anything-v2-metric-indoor-base"]) == 0
    shown = capsys.readouterr().out
    entry = CATALOGUE["depth-anything-v2-metric-indoor-base"]
    assert (
        entry.sha256 in shown and entry.address in shown and "97.5 million" in shown and entry.note in shown
    )


def test_the_folder(capsys, folder):
    assert main(["models", "path"]) == 0
    assert capsys.readouterr().out.strip() == str(folder)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["get"], "the form is `parallax models get NAME`"),
        (["add", "toy"], "the form is `parallax models add NAME FILE`"),
        (["path", "toy"], "the form is `parallax models path`"),
        (["get", "toi"], "there is no model 'toi'; did you mean toy?"),
        (["add", "toy", "nowhere.pth"], "nowhere.pth: there is no such file"),
        (["fetch"], "invalid choice: 'fetch'"),
        (["get", "guarded"], "models get guarded --yes"),
    ],
)
def test_misuse_is_one_sentence(capsys, monkeypatch, arguments, sentence):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["models", *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_get_hands_over_the_yes_and_prints_the_file(capsys, monkeypatch, folder):
    asked = []

    def get(name, agreed, progress):
        asked.append((name, agreed))
        progress(0, 10)
        progress(10, 10)
        return folder / "guarded.pth"

    monkeypatch.setattr(weights, "get", get)
    assert main(["models", "get", "guarded", "--yes"]) == 0
    assert asked == [("guarded", True)] and capsys.readouterr().out.strip() == str(folder / "guarded.pth")


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("YES\n", 0), ("\n", 2), ("n\n", 2), ("", 2)])
def test_at_a_terminal_the_licence_is_asked_for(monkeypatch, mine, folder, answer, status):
    monkeypatch.setattr("sys.stdin", Typed(answer))
    shown = Typed()
    monkeypatch.setattr("sys.stderr", shown)
    assert main(["models", "add", "guarded", str(mine)]) == status
    assert "guarded is for non-commercial use only (CC-BY-NC-4.0). Use it so? [y/N]" in shown.getvalue()
    assert (folder / "guarded.pth").exists() == (status == 0)


@pytest.mark.parametrize(
    ("name", "id"), [("owner/model", "owner/model"), ("zoedepth", "Intel/zoedepth-nyu-kitti")]
)
def test_a_hub_model_comes_as_a_folder(capsys, monkeypatch, tmp_path, name, id):
    asked = []
    monkeypatch.setattr(weights, "get_hub", lambda *given: asked.append(given) or tmp_path)
    assert main(["models", "get", name, "--yes"]) == 0
    assert asked == [(name, True)]
    shown = capsys.readouterr()
    assert shown.out.strip() == str(tmp_path) and f"huggingface.co/{id}" in shown.err


@pytest.fixture
def transformers_of_a_webui(monkeypatch):
    def version(name):
        if name == "transformers":
            return "4.30.2"
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)


def test_hub_models_are_listed_with_what_they_lack(capsys, transformers_of_a_webui):
    main(["models"])
    lines = capsys.readouterr().out.splitlines()
    for model in weights.HUB_MODELS.values():
        (line,) = [line for line in lines if line.split()[:1] == [model.name]]
        assert line.endswith(model.id) and model.licence in line and re.search(r"\bno\b", line)
        assert (f"{model.licence} *" in line) != model.commercial
    old = "unavailable, needs transformers 4.43 or newer, and 4.30.2 is installed"
    assert old in next(line for line in lines if line.startswith("zoedepth"))
    none = "unavailable, needs diffusers 0.28 or newer, which is not installed"
    assert none in next(line for line in lines if line.startswith("marigold"))
    assert "yes" in next(line for line in lines if line.startswith("dpt-large"))


def test_all_about_a_hub_model(capsys, transformers_of_a_webui):
    assert main(["models", "list", "depth-pro"]) == 0
    shown = capsys.readouterr().out
    assert "apple-amlr, for non-commercial use only" in shown and "needs transformers 4.49" in shown
    assert "https://huggingface.co/apple/DepthPro-hf" in shown and "here        no" in shown


def test_the_bar_starts_where_an_earlier_try_ended():
    shown = Typed()
    bar = models.Bar("toy", shown)
    bar(50, 100)
    bar(100, 100)
    assert (bar._bar.initial, bar._bar.n, bar._bar.total) == (50, 100, 100)
    bar.close()
    assert "toy: 100%" in shown.getvalue()


def test_without_a_terminal_a_line_now_and_then(monkeypatch):
    shown = io.StringIO()
    bar = models.Bar("toy", shown)
    bar(1_000_000, 5_000_000)
    assert shown.getvalue() == ""
    monkeypatch.setattr(models, "SECONDS_BETWEEN_LINES", 0.0)
    bar(2_000_000, 5_000_000)
    bar(3_000_000, None)
    assert shown.getvalue() == "toy: 2 of 5 MB\ntoy: 3 MB\n"


def doctor_says():
    return [str(finding) for finding in doctor.check_weights(doctor.Surroundings())]


def test_the_doctor_names_what_is_here(mine, folder):
    (line,) = doctor_says()
    assert line.startswith("ok ") and "none here and none needed" in line and "`parallax models`" in line
    weights.add_file("toy", mine)
    (line,) = doctor_says()
    assert line.startswith("ok ") and f"toy; kept in {folder}" in line


def test_the_doctor_names_what_is_damaged(mine, folder):
    weights.add_file("toy", mine)
    mine.unlink()
    (folder / "toy.pth").write_bytes(CONTENT[:-3])
    _, line = doctor_says()
    assert line.startswith("note ") and "toy.pth is damaged" in line and "parallax models get toy" in line
