import hashlib
import os
import sys

import pytest
import safetensors.torch
import torch
from toy import toy

from lib_parallax import weights
from lib_parallax.errors import OptionError, OutputError, SourceError, UnavailableError
from lib_parallax.weights import LicenceNeeded, records

CONTENT = b"PK\x03\x04" + bytes(range(200))


@pytest.fixture
def entries(enter):
    address = "https://example.org/toy.pth"
    enter(
        toy("toy", CONTENT, address),
        toy("unhashed", CONTENT, "https://example.org/unhashed.pth", sha256=None, size=None),
        toy("guarded", CONTENT, "https://example.org/guarded.pth", licence="CC-BY-NC-4.0", commercial=False),
    )


@pytest.fixture
def place(models):
    """Lays bytes into the folder of weights."""

    def lay(file, content=CONTENT):
        models.mkdir(exist_ok=True)
        (models / file).write_bytes(content)
        return models / file

    return lay


def state_of(name):
    return next(one.state for one in weights.listing() if one.weights.name == name)


def test_the_named_folder_is_the_only_one(models, tmp_path):
    weights.use_folder(tmp_path / "host")
    assert weights.folders() == [models]


def test_a_hosts_folder_stands_before_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("PARALLAX_MODELS")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    user = tmp_path / "cache" / "parallax" / "models"
    assert weights.folders() == [user]
    weights.use_folder(tmp_path / "host")
    assert weights.folders() == [tmp_path / "host", user] and weights.folder() == tmp_path / "host"
    weights.use_folder(None)
    assert weights.folders() == [user]


@pytest.mark.parametrize(
    ("platform", "environment", "folder"),
    [
        ("linux", {"XDG_CACHE_HOME": "relative", "HOME": "/home/a"}, "/home/a/.cache/parallax"),
        ("darwin", {"HOME": "/Users/a"}, "/Users/a/Library/Caches/parallax"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/parallax/cache"),
    ],
)
def test_the_users_cache_by_platform(monkeypatch, platform, environment, folder):
    monkeypatch.setattr(sys, "platform", platform)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert weights.cache.user_cache_folder().as_posix() == folder


def test_looking_makes_no_folder(models):
    assert weights.find("depth-anything-v2-small") is None
    assert {one.state for one in weights.listing()} == {"absent"}
    assert not models.exists()


def test_what_is_not_here_says_how_to_get_it(entries):
    with pytest.raises(
        UnavailableError, match=r"`parallax models get toy` brings them \(204 bytes, Apache-2.0\)"
    ):
        weights.require("toy")
    with pytest.raises(OptionError):
        weights.find("nothing")


def test_a_file_laid_there_by_hand_is_checked_once(entries, place, monkeypatch):
    path = place("toy.pth")
    assert weights.find("toy") == path and state_of("toy") == "unchecked"
    assert weights.require("toy") == path and state_of("toy") == "checked"
    monkeypatch.setattr(records, "sha256_of", None)
    assert weights.require("toy") == path, "unchanged, so not hashed again"


def test_a_file_of_another_content_is_refused(entries, place):
    place("toy.pth", CONTENT[:-1] + b"!")
    with pytest.raises(SourceError, match=r"toy.pth: its sha256 is \w{12}\.\.\., but toy has"):
        weights.require("toy")
    place("toy.pth", CONTENT[:-1])
    assert state_of("toy") == "wrong"
    with pytest.raises(SourceError, match="203 bytes, but toy has 204"):
        weights.require("toy")


def test_a_file_that_changes_after_its_check_is_checked_again(entries, place):
    path = place("toy.pth")
    weights.require("toy")
    path.write_bytes(CONTENT[:-1] + b"!")
    os.utime(path, ns=(5, 5))
    with pytest.raises(SourceError, match="sha256"):
        weights.require("toy")


def test_without_a_known_hash_the_first_one_holds(entries, place):
    path = place("unhashed.pth")
    weights.require("unhashed")
    assert state_of("unhashed") == "recorded"
    path.write_bytes(CONTENT + b"more")
    with pytest.raises(SourceError, match="sha256"):
        weights.require("unhashed")


def test_a_read_only_folder_serves_all_the_same(entries, place, models, monkeypatch):
    path = place("toy.pth")

    def read_only(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", read_only)
    assert weights.require("toy") == path
    assert [p.name for p in models.iterdir()] == ["toy.pth"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"files": 3}', '{"files": {"toy.pth": 1}}', "\x00"])
def test_a_spoilt_record_is_no_record(entries, place, text):
    path = place("toy.pth")
    place(records.NAME, text.encode())
    assert weights.require("toy") == path
    assert state_of("toy") == "checked"


def test_a_licence_is_asked_for_once(entries, place, models):
    path = place("guarded.pth")
    with pytest.raises(LicenceNeeded, match=r"non-commercial use only \(CC-BY-NC-4.0\).*get guarded --yes"):
        weights.require("guarded")
    weights.accept(weights.entry("guarded"), models)
    assert weights.require("guarded") == path


def test_a_yes_that_cannot_be_kept_is_refused(entries, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(OutputError, match="cannot be written"):
        weights.accept(weights.entry("guarded"), weights.folder())


def test_adding_a_file_links_it(entries, tmp_path, models):
    mine = tmp_path / "downloads" / "mine.pth"
    mine.parent.mkdir()
    mine.write_bytes(CONTENT)
    path = weights.add_file("toy", mine)
    assert path == models / "toy.pth" and path.samefile(mine) and state_of("toy") == "checked"
    assert weights.add_file("toy", path) == path, "the file that is here already"
    assert mine.read_bytes() == CONTENT
    assert sorted(p.name for p in models.iterdir()) == [records.NAME, "toy.pth"]


def test_where_no_link_can_be_made_it_is_copied(entries, tmp_path, monkeypatch):
    mine = tmp_path / "mine.pth"
    mine.write_bytes(CONTENT)

    def other_disk(*arguments):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other_disk)
    path = weights.add_file("toy", mine)
    assert not path.samefile(mine) and path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (CONTENT[:-1], "203 bytes"),
        (CONTENT[:-1] + b"!", "sha256"),
        (b"text" * 51, "neither"),
        (None, "no such"),
    ],
)
def test_adding_another_file_is_refused(entries, tmp_path, models, content, match):
    mine = tmp_path / "mine.pth"
    if content is not None:
        mine.write_bytes(content)
    with pytest.raises(SourceError, match=match):
        weights.add_file("toy", mine)
    assert not models.exists()


def test_adding_needs_the_yes_too(entries, tmp_path):
    mine = tmp_path / "mine.pth"
    mine.write_bytes(CONTENT)
    with pytest.raises(LicenceNeeded):
        weights.add_file("guarded", mine)
    weights.add_file("guarded", mine, accept_licence=True)
    assert weights.require("guarded").name == "guarded.pth"


def test_safetensors_of_the_network_are_taken_as_they_are(entries, tmp_path, models):
    mine = tmp_path / "fp16.bin"
    safetensors.torch.save_file({"weight": torch.ones(3).half()}, mine)
    path = weights.add_file("toy", mine)
    assert path == models / "toy.safetensors" and weights.require("toy") == path
    assert state_of("toy") == "recorded"
    assert records.recorded(path)[0] == hashlib.sha256(mine.read_bytes()).hexdigest()


def test_a_folder_that_cannot_be_written_is_named(entries, tmp_path, monkeypatch):
    mine = tmp_path / "mine.pth"
    mine.write_bytes(CONTENT)
    monkeypatch.setenv("PARALLAX_MODELS", str(mine / "models"))
    with pytest.raises(OutputError, match=r"toy\.pth: cannot be written"):
        weights.add_file("toy", mine)
