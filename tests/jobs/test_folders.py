from pathlib import Path

import pytest

from lib_parallax.jobs import folders


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/parallax/jobs"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "/home/me/.local/share/parallax/jobs"),
        ("linux", {}, "/home/me/.local/share/parallax/jobs"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "/home/me/Library/Application Support/parallax/jobs"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/parallax/jobs"),
        ("win32", {}, "/home/me/AppData/Local/parallax/jobs"),
    ],
)
def test_each_platform_has_its_place(monkeypatch, platform, variables, expected):
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(folders.sys, "platform", platform)
    monkeypatch.setattr(folders.Path, "home", lambda: Path("/home/me"))
    assert folders.default_jobs_dir() == Path(expected)
