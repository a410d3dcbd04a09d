import shutil
import socket
import subprocess
import sys
from collections import namedtuple

import pytest
from toy import FileServer, toy

from lib_parallax import weights
from lib_parallax.errors import OutputError, SourceError, UnavailableError
from lib_parallax.weights import LicenceNeeded, download

CONTENT = bytes(i * i % 251 for i in range(50_000))


@pytest.fixture
def server(enter):
    with FileServer(CONTENT) as running:
        enter(toy("toy", CONTENT, running.address))
        yield running


@pytest.fixture
def fetch():
    """Downloads "toy" and notes how long it would have paused."""

    def run(**keywords):
        run.pauses = []
        return weights.get("toy", pause=run.pauses.append, **keywords)

    return run


def test_a_file_is_brought(server, fetch, models):
    told = []
    path = fetch(progress=lambda done, total: told.append((done, total)))
    assert path == models / "toy.pth" and path.read_bytes() == CONTENT
    assert told[0] == (0, 50_000) and told[-1] == (50_000, 50_000) and told == sorted(told)
    assert weights.require("toy") == path
    assert next(one.state for one in weights.listing() if one.path) == "checked"
    assert sorted(p.name for p in models.iterdir()) == ["parallax-models.json", "toy.pth"]


def test_what_is_here_is_not_fetched(server, fetch):
    fetch()
    assert fetch().read_bytes() == CONTENT
    assert len(server.asked) == 1


def test_a_damaged_file_is_fetched_anew(server, fetch, models):
    models.mkdir()
    (models / "toy.pth").write_bytes(CONTENT[:-5])
    assert fetch().read_bytes() == CONTENT


def test_a_dropped_line_is_taken_up_where_it_broke(server, fetch):
    server.faults = [("drop", 10_000), ("drop", 5_000), ("drop", 1)]
    assert fetch().read_bytes() == CONTENT
    assert server.asked == [None, "bytes=10000-", "bytes=15000-", "bytes=15001-"]
    assert fetch.pauses == [1, 1, 1], "each try brought something"


def test_the_next_call_goes_on_from_what_is_left(server, fetch, models):
    server.faults = [("drop", 30_000), *[503] * 4]
    with pytest.raises(UnavailableError, match=r"503.*\(30 kB are kept, the next try goes on\)"):
        fetch()
    assert fetch.pauses == [1, 2, 4, 8]
    assert (models / "toy.pth.part").stat().st_size == 30_000 and weights.find("toy") is None
    server.asked.clear()
    assert fetch().read_bytes() == CONTENT
    assert server.asked == ["bytes=30000-"]


def test_an_interrupted_call_leaves_what_it_had(server, fetch, models, monkeypatch):
    monkeypatch.setattr(download, "BLOCK", 1000)

    def stop(done, total):
        if done >= 20_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(progress=stop)
    assert (models / "toy.pth.part").read_bytes() == CONTENT[:20_000]
    server.asked.clear()
    assert fetch().read_bytes() == CONTENT
    assert server.asked == ["bytes=20000-"]


def test_a_server_without_ranges_starts_anew(server, fetch):
    server.faults = [("drop", 10_000), "no range"]
    assert fetch().read_bytes() == CONTENT
    assert len(server.asked) == 2


@pytest.mark.parametrize("fault", ["shifted", 416])
def test_a_wrong_part_is_thrown_away(server, fetch, fault):
    server.faults = [("drop", 10_000), fault]
    assert fetch().read_bytes() == CONTENT
    assert server.asked == [None, "bytes=10000-", None]


@pytest.mark.parametrize("left", [b"\xff" * 10_000, b"\xff" * 50_000, b"\xff" * 60_000])
def test_a_spoilt_beginning_is_thrown_away(server, fetch, models, left):
    models.mkdir()
    (models / "toy.pth.part").write_bytes(left)
    assert fetch().read_bytes() == CONTENT


def test_a_file_of_another_hash_is_not_kept(server, fetch, models):
    server.content = CONTENT[:-1] + b"!"
    with pytest.raises(SourceError, match="does not have the sha256 of toy, so it was not kept"):
        fetch()
    assert list(models.iterdir()) == []


def test_a_page_in_place_of_the_file_is_told_by_its_length(server, fetch, models):
    server.content, server.type = b"<html>please log in</html>", "text/html"
    with pytest.raises(SourceError, match=r"offers 26 bytes \(text/html\), but toy has 50000"):
        fetch()
    assert weights.find("toy") is None


def test_a_server_that_sends_too_much_is_cut_off(server, fetch):
    server.faults = ["more"] * 5
    with pytest.raises(UnavailableError, match="sends more than it says"):
        fetch()


@pytest.mark.parametrize(("status", "match"), [(404, "no such file"), (403, "403 Forbidden"), (401, "401")])
def test_a_refusal_is_final(server, fetch, status, match):
    server.faults = [status]
    with pytest.raises(UnavailableError, match=match):
        fetch()
    assert len(server.asked) == 1 and fetch.pauses == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_waited_out(server, fetch, status):
    server.faults = [status, status]
    assert fetch().read_bytes() == CONTENT
    assert fetch.pauses == [1, 2]


def test_no_network_is_one_sentence_at_once(enter, fetch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        enter(toy("toy", CONTENT, f"http://127.0.0.1:{taken.getsockname()[1]}/toy.pth"))
        with pytest.raises(
            UnavailableError, match=r"there is no network, or no way to 127\.0\.0\.1"
        ) as caught:
            fetch()
    assert fetch.pauses == [] and "`parallax models add toy FILE`" in str(caught.value)


def test_a_name_that_cannot_be_looked_up_is_no_network(enter, fetch, monkeypatch):
    def fail(*arguments, **keywords):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    for proxy in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    enter(toy("toy", CONTENT, "https://example.org/toy.pth"))
    with pytest.raises(UnavailableError, match=r"no way to example\.org"):
        fetch()
    assert fetch.pauses == []


def test_a_network_that_goes_away_meanwhile_is_waited_for(server, fetch, monkeypatch):
    server.faults = [("drop", 10_000)]
    monkeypatch.setattr(download, "_opener", _flaky(download._opener))
    assert fetch().read_bytes() == CONTENT
    assert fetch.pauses == [1, 2]


def _flaky(opener):
    """The second connection finds no network."""
    calls = []

    class Away:
        def open(self, *arguments, **keywords):
            raise OSError(101, "Network is unreachable")

    def choose(address):
        calls.append(address)
        return Away() if len(calls) == 2 else opener(address)

    return choose


@pytest.mark.parametrize(
    "address",
    ["http://example.org/toy.pth", "ftp://127.0.0.1/toy.pth", "file:///etc/passwd", "http://127.0.0.2/x"],
)
def test_only_https_is_asked(enter, fetch, address):
    enter(toy("toy", CONTENT, address))
    with pytest.raises(UnavailableError, match="only fetched over https"):
        fetch()


def test_redirects_are_followed(server, fetch):
    server.faults = [("to", "/elsewhere"), ("drop", 10_000), ("to", "/elsewhere")]
    assert fetch().read_bytes() == CONTENT
    assert server.asked == [None, None, "bytes=10000-", "bytes=10000-"], "the range goes along"


@pytest.mark.parametrize(
    "address", ["http://example.org/toy.pth", "file:///etc/passwd", "ftp://example.org/x"]
)
def test_redirects_to_anything_but_https_are_not(server, fetch, address):
    server.faults = [("to", address)]
    with pytest.raises(UnavailableError, match=r"is not (https|allowed)"):
        fetch()
    assert len(server.asked) == 1


def test_a_mirror_of_the_hub_is_used(server, enter, fetch, monkeypatch):
    enter(toy("toy", CONTENT, "https://huggingface.co/someone/toy/resolve/main/toy.pth"))
    monkeypatch.setenv("HF_ENDPOINT", server.address.removesuffix("/toy.pth") + "/")
    assert fetch().read_bytes() == CONTENT


def test_without_a_known_hash_the_first_download_is_recorded(server, enter, fetch, models):
    enter(toy("toy", CONTENT, server.address, sha256=None, size=None))
    models.mkdir()
    (models / "toy.pth.part").write_bytes(b"of another day")
    path = fetch()
    assert path.read_bytes() == CONTENT and server.asked == [None]
    path.write_bytes(CONTENT + b"!")
    with pytest.raises(SourceError, match="sha256"):
        weights.require("toy")


def test_a_full_disk_is_told_before_anything_is_fetched(server, fetch, models, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 1_000_000))
    with pytest.raises(OutputError, match=r"1 MB free, but 67 MB are needed for toy.pth; PARALLAX_MODELS"):
        fetch()
    assert (models / "toy.pth.part").stat().st_size == 0


def test_a_folder_that_cannot_be_made_is_named(server, fetch, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PARALLAX_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(OutputError, match="cannot be written"):
        fetch()


def test_two_at_a_time_is_one_too_many(server, fetch, models):
    models.mkdir()
    part = models / "toy.pth.part"
    with (
        open(part, "a+b") as file,
        download.held(file, "busy"),
        pytest.raises(UnavailableError, match="another"),
    ):
        fetch()
    assert fetch().read_bytes() == CONTENT


def test_a_licence_is_asked_for_before_the_network(server, enter, fetch):
    enter(toy("toy", CONTENT, server.address, licence="CC-BY-NC-4.0", commercial=False))
    with pytest.raises(LicenceNeeded):
        fetch()
    assert server.asked == []
    fetch(accept_licence=True)
    assert fetch().read_bytes() == CONTENT, "the yes is remembered"


def test_importing_touches_no_network_and_no_torch():
    code = (
        "import socket, sys\n"
        "def no(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = socket.getaddrinfo = no\n"
        "import lib_parallax.weights as w\n"
        "w.listing()\n"
        "print(sorted({'torch', 'numpy', 'safetensors', 'huggingface_hub', 'tqdm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
