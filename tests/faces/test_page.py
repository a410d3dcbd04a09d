"""`parallax ui`: the page and the routes on one server, behind one door."""

from __future__ import annotations

import pytest

from lib_parallax.faces import cli, page, words
from lib_parallax.faces.desk import open_desk

pytest.importorskip("gradio", minversion="6", reason="gradio 6 is not installed")
testclient = pytest.importorskip("starlette.testclient", reason="httpx is not installed")


@pytest.fixture
def desk(tmp_path):
    opened = open_desk(
        jobs_dir=tmp_path / ".data" / "jobs",
        results=tmp_path / ".data" / "results",
        allowed=[tmp_path / "films"],
    )
    yield opened
    opened.close()


def client(desk, **given):
    return testclient.TestClient(page.build_app(desk, **given), base_url="http://127.0.0.1")


def test_page_and_routes_share_a_server(desk):
    with client(desk, names=("127.0.0.1",)) as browser:
        shown = browser.get("/")
        assert shown.status_code == 200
        assert "parallax-progress" in shown.text and "sessionStorage" in shown.text  # style, script
        assert browser.get("/parallax/v1/capabilities").json()["loops"]
        assert browser.get("/parallax/v1/nothing").status_code == 404
        assert browser.get("/", headers={"Host": "evil.example"}).status_code == 403


def test_nothing_is_shown_without_the_credentials(desk):
    with client(desk, auth="me:secret") as browser:
        for path in ("/", "/config", "/parallax/v1/jobs", "/gradio_api/file=/etc/hostname"):
            assert browser.get(path).status_code == 401
            assert browser.get(path, auth=("me", "wrong")).status_code == 401
        assert browser.get("/", auth=("me", "secret")).status_code == 200


def test_results_are_given_out_and_other_files_are_not(desk, tmp_path):
    result = desk.places.results / "made.mp4"
    result.write_bytes(bytes(range(100)))
    (tmp_path / "private.txt").write_text("mine")
    with client(desk) as browser:
        part = browser.get(f"/gradio_api/file={result}", headers={"Range": "bytes=10-19"})
        assert part.status_code == 206 and part.content == bytes(range(10, 20))
        assert browser.get(f"/gradio_api/file={tmp_path / 'private.txt'}").status_code == 403


def test_the_page_speaks_the_language_that_is_asked_for(desk):
    german = words.load("de_DE")
    with client(desk, say=german) as browser:
        assert german("Generate") in browser.get("/config").text


def test_a_misused_command_is_refused(capsys):
    assert cli.main(["ui", "--language", "xx_XX"]) == 2
    assert "de_DE" in capsys.readouterr().err
    assert cli.main(["ui", "--port", "many"]) == 2


def test_gradio_that_cannot_hold_the_page_is_named(monkeypatch):
    from lib_parallax.errors import UnavailableError
    from lib_parallax.faces import compat

    monkeypatch.setattr(compat, "generation", lambda: 3)
    with pytest.raises(UnavailableError, match="gradio 6"):
        compat.mount(None, None, "", [], 0)
