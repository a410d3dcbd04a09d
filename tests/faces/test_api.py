"""The routes on a real server: what they take, what they refuse, and what comes back."""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import json
import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lib_parallax import media, presets, samples
from lib_parallax.faces.desk import open_desk
from lib_parallax.options import LOOP_OPTIONS, OPTIONAL_SOURCE, describe

pytest.importorskip("fastapi")

from fastapi import Depends, FastAPI, HTTPException

from lib_parallax.faces import serve
from lib_parallax.faces.api import add_routes
from lib_parallax.faces.api.answers import Refusal
from lib_parallax.faces.api.auth import Gate
from lib_parallax.faces.api.multipart import parts
from lib_parallax.faces.limits import Limits

ROOT = "/parallax/v1"
BOUNDARY = "parallax-boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
JSON = "application/json"


class Server:
    """An application on a port of its own, and a client for it."""

    def __init__(self, app):
        import uvicorn

        config = uvicorn.Config(app, port=0, log_level="critical", timeout_graceful_shutdown=2)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self):
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method, path, body=None, headers=()):
        """Status, headers (lower case) and body, this one parsed where it is JSON."""
        headers = dict(headers)
        if isinstance(body, dict):
            headers.setdefault("Content-Type", JSON)
            body = json.dumps(body)
        path = path if path.startswith("/") else f"{ROOT}/{path}"
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            content = response.read()
        if found.get("content-type") == JSON and content:
            content = json.loads(content)
        return response.status, found, content

    def get(self, path, **headers):
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body, **headers):
        return self.ask("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def post_form(self, path, fields, files=()):
        return self.ask("POST", path, form(fields, files), {"Content-Type": FORM})

    def ended(self, address):
        """The job once it neither waits nor runs."""
        for _ in range(2400):
            _, _, job = self.get(address)
            if job["state"] not in ("queued", "running"):
                return job
            time.sleep(0.025)
        raise AssertionError(job)


def form(fields, files=()):
    """A multipart body of text fields, and of files as (name, file name, bytes)."""
    made = b""
    for name, text in dict(fields).items():
        made += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
    for name, filename, data in files:
        about = f'form-data; name="{name}"; filename="{filename}"'
        head = f"--{BOUNDARY}\r\nContent-Disposition: {about}\r\nContent-Type: video/mp4\r\n\r\n"
        made += head.encode() + data + b"\r\n"
    return made + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A folder with a clip and a picture that may be named, and one that may not."""
    at = tmp_path_factory.mktemp("api").resolve()
    (at / "films").mkdir()
    (at / "films" / "done").mkdir()
    (at / "films" / "done" / "there.mp4").touch()
    (at / "secret").mkdir()
    samples.write_clip(at / "films" / "clip.mp4", size=(96, 54), seconds=0.2)
    street = samples.street((96, 54)).view(0.0).image
    for name in ("a", "b"):
        (at / "films" / f"{name}.png").write_bytes(png(street))
    (at / "secret" / "clip.mp4").write_bytes((at / "films" / "clip.mp4").read_bytes())
    return at


def png(image):
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def desk_in(room, at, host=None):
    """A desk whose every folder lies below `at`."""
    patch = pytest.MonkeyPatch()
    with patch.context() as context:
        context.setenv("XDG_DATA_HOME", str(at / "data"))
        return open_desk(host, jobs_dir=at / "jobs", results=at / "results", allowed=[room / "films"])


@pytest.fixture(scope="module")
def desk(room, tmp_path_factory):
    return desk_in(room, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def server(desk):
    with Server(serve.build_app(desk)) as running:
        yield running


@pytest.fixture(scope="module")
def clip(room):
    return str(room / "films" / "clip.mp4")


@pytest.fixture(scope="module")
def done(server, clip):
    """A job that was asked for by path, and is done."""
    status, headers, answer = server.post("stereo", {"source": clip, "layout": "full-sbs"})
    assert status == 202 and set(answer) == {"id", "address"}
    assert headers["location"] == answer["address"] == f"{ROOT}/jobs/{answer['id']}"
    job = server.ended(answer["address"])
    assert job["state"] == "done", job["error"]
    return job


def uploads(desk):
    # os.walk passes over a folder that is removed meanwhile
    return [Path(folder, name) for folder, _, names in os.walk(desk.places.uploads) for name in names]


# jobs


def test_a_job_is_queued_done_and_listed(server, done):
    assert done["progress"]["done"] == done["progress"]["total"] == 5
    assert done["options"]["layout"] == "full-sbs" and done["position"] is None
    (file,) = done["files"]
    assert file["type"] == "video/mp4" and file["address"] == f"{done['address']}/files/{file['name']}"
    _, _, listed = server.get("jobs")
    assert done["id"] in [job["id"] for job in listed["jobs"]]


def test_the_result_is_what_lies_on_the_disk(server, done, tmp_path):
    (file,) = done["files"]
    status, headers, content = server.get(file["address"])
    assert status == 200 and content == Path(done["output"]).read_bytes()
    assert len(content) == file["size"] == int(headers["content-length"])
    assert headers["content-type"] == "video/mp4" and headers["content-disposition"].startswith("inline")
    (tmp_path / "got.mp4").write_bytes(content)
    with media.open_video(tmp_path / "got.mp4") as reader:
        assert reader.size == (192, 54) and reader.count() == 5


def test_ranges_of_a_result(server, done):
    address = done["files"][0]["address"]
    _, headers, whole = server.get(address)
    size, etag = len(whole), headers["etag"]

    def part(wanted, **more):
        return server.get(address, Range=wanted, **more)

    for wanted, start, end in [
        ("bytes=0-0", 0, 1), ("bytes=5-99", 5, 100), ("bytes=100-", 100, size), ("bytes=-7", size - 7, size),
        (f"bytes=0-{size * 2}", 0, size), (f"bytes=-{size * 2}", 0, size),
    ]:  # fmt: skip
        status, headers, content = part(wanted)
        assert (status, content) == (206, whole[start:end]), wanted
        assert headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert int(headers["content-length"]) == end - start
    for wanted in (f"bytes={size}-", "bytes=-0"):
        status, headers, answer = part(wanted)
        assert status == 416 and headers["content-range"] == f"bytes */{size}" and answer["error"]
    for wanted in ("bytes=9-5", "bytes=0-1,5-6", "lines=1-2", "bytes=-"):
        assert part(wanted)[::2] == (200, whole), wanted
    assert part("bytes=0-0", If_Range=etag)[0] == 206
    assert part("bytes=0-0", If_Range='"another"')[::2] == (200, whole)
    assert server.get(address, If_None_Match=f'"x", W/{etag}')[::2] == (304, b"")
    status, headers, content = server.ask("HEAD", address)
    assert (status, content, headers["content-length"]) == (200, b"", str(size))


def test_a_result_that_was_removed_is_not_found(server, clip):
    _, _, answer = server.post("depth", {"source": clip, "view": "grey", "output": "gone.mp4"})
    job = server.ended(answer["address"])
    Path(job["output"]).unlink()
    status, _, answer = server.get(f"{answer['address']}/files/gone.mp4")
    assert status == 404 and answer["error"]


@pytest.mark.parametrize("name", ["../job.json", "%2e%2e/job.json", "..%2fjob.json", "job.json", ""])
def test_no_other_file_of_a_job_comes_out(server, done, name):
    status, _, answer = server.get(f"{done['address']}/files/{name}")
    assert status in (404, 405) and answer["error"]


@pytest.mark.parametrize("id", ["nobody", "..", "%2e%2e", "..%2fjobs", "a%00b"])
def test_unknown_jobs(server, id):
    for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/resume"), ("GET", "/files/a.mp4")]:
        status, _, answer = server.ask(method, f"jobs/{id}{path}")
        assert status in (404, 405) and set(answer) == {"error", "field"}


class Host:
    """Stands for a webui: its turn comes when `go` is set."""

    name, version, allowed_paths, defaults, insists = "webui", "1.10.1", (), {}, {}

    def __init__(self, output_dir):
        self.output_dir = output_dir
        self.go = threading.Event()
        self.stilled = 0

    @contextlib.contextmanager
    def turn(self, record):
        self.go.wait()
        yield SimpleNamespace(stops=lambda: False, hear=lambda event: None)

    @contextlib.contextmanager
    def quiet(self):
        self.stilled += 1
        yield


def test_cancel_resume_and_removal(room, tmp_path, clip):
    host = Host(tmp_path)
    desk = desk_in(room, tmp_path, host)
    with Server(serve.build_app(desk)) as server:
        _, _, first = server.post("depth", {"source": clip, "view": "grey"})
        _, _, second = server.post("depth", {"source": clip, "view": "inferno"})
        status, _, job = server.get(second["address"])
        assert (status, job["state"], job["position"]) == (200, "queued", 0)
        assert server.post(f"{second['address']}/resume", {})[0] == 409
        status, _, job = server.ask("DELETE", second["address"])
        assert (status, job["state"], job["removed"]) == (200, "cancelled", False)
        assert server.get(second["address"])[2]["state"] == "cancelled"

        host.go.set()
        assert server.ended(first["address"])["state"] == "done"
        status, _, answer = server.post(f"{second['address']}/resume", {})
        assert (status, answer) == (202, second)
        job = server.ended(second["address"])
        assert job["state"] == "done" and Path(job["output"]).is_file()
        status, _, answer = server.post(f"{second['address']}/resume", {})
        assert status == 409 and "done" in answer["error"]

        status, _, job = server.ask("DELETE", second["address"])
        assert (status, job["removed"]) == (200, True)
        assert server.get(second["address"])[0] == 404 and Path(job["output"]).is_file()
        assert server.post("depth/preview", {"source": clip})[0] == 200 and host.stilled == 1
        assert server.get("capabilities")[2]["host"] == {"name": "webui", "version": "1.10.1"}


def test_a_batch(server, room, desk):
    body = {
        "loop": "depth",
        "folder": str(room / "films"),
        "output": "maps",
        "view": "grey",
        "recursive": False,
    }
    status, _, answer = server.post("batch", body)
    assert status == 202, answer
    job = server.ended(answer["address"])
    assert job["state"] == "done" and job["batch"] == {"items": 3, "done": 3, "skipped": 0, "errors": []}
    assert len(job["files"]) == 3 and Path(job["output"]) == desk.places.results / "maps"
    status, _, content = server.get(job["files"][0]["address"])
    assert status == 200 and content.startswith(b"\x89PNG")


# what a request may hold


def test_a_source_as_a_file_of_a_form(server, desk, clip):
    data = Path(clip).read_bytes()
    fields = {
        "strength": "3",
        "overwrite": "no",
        "options": json.dumps({"layout": "anaglyph", "strength": 1}),
    }
    status, _, answer = server.post_form("stereo", fields, [("source", "mein füßchen.mp4", data)])
    assert status == 202, answer
    job = server.ended(answer["address"])
    assert job["state"] == "done", job["error"]
    assert (job["options"]["strength"], job["options"]["layout"]) == (3.0, "anaglyph")
    assert Path(job["source"]).read_bytes() == data and Path(job["source"]).name == "mein füßchen.mp4"
    assert server.get(job["files"][0]["address"])[0] == 200


def test_a_source_and_its_depth_in_json(server, room):
    data = (room / "films" / "a.png").read_bytes()
    depth = png(np.tile(np.linspace(0, 255, 96).astype(np.uint8), (54, 1)))
    encoded, encoded_depth = base64.b64encode(data).decode(), base64.b64encode(depth).decode()
    body = {
        "source": {"name": "../../sent.png", "data": encoded},
        "depth": f"data:image/png;base64,{encoded_depth}",
        "options": {"layout": "half-tb"},
    }
    status, _, answer = server.post("stereo", body)
    assert status == 202, answer
    job = server.ended(answer["address"])
    assert job["state"] == "done" and job["options"]["layout"] == "half-tb"
    assert Path(job["source"]).read_bytes() == data and Path(job["source"]).name == "sent.png"
    kept = Path(job["options"]["depth"])
    assert kept.suffix == ".png" and kept.read_bytes() == depth
    body = {"source": f"data:image/png;base64,{encoded}", "picture": "source"}
    status, _, content = server.post("depth/preview", body)
    assert status == 200
    np.testing.assert_array_equal(decoded(content), decoded(data))


def test_a_zoom_needs_no_source_and_names_pictures_of_allowed_folders_only(server, room):
    few = {"prompt": "red", "count": 1, "fps": 2, "keyframe_size": "64x64", "generator": "classical"}
    status, _, answer = server.post("zoom", few)
    assert status == 202, answer
    job = server.ended(answer["address"])
    assert job["state"] == "done" and job["files"][0]["type"] == "video/mp4", job
    secret = json.dumps([{"prompt": "red", "picture": str(room / "secret" / "picture.png")}])
    status, _, answer = server.post("zoom", {**few, "prompt": secret})
    assert 400 <= status < 500 and answer["field"] == "prompts" and "outside" in answer["error"]
    status, _, answer = server.post("zoom", {**few, "prompt": ""})
    assert 400 <= status < 500 and answer["field"] == "prompt"


def test_a_preset(server, clip):
    body = {"source": clip, "preset": "red-cyan", "quality": "draft"}
    _, _, answer = server.post("stereo", body)
    options = server.ended(answer["address"])["options"]
    assert options["layout"] == "anaglyph" and options["quality"] == "draft"


def test_a_preview_is_a_picture(server, desk, clip):
    before = uploads(desk)
    data = Path(clip).read_bytes()
    files = [("source", "clip.mp4", data)]
    seen = {}
    for picture in ("result", "source", "left"):
        status, headers, content = server.post_form("stereo/preview", {"index": 2, "picture": picture}, files)
        assert (status, headers["content-type"]) == (200, "image/png"), content
        seen[picture] = decoded(content)
    assert seen["result"].shape == (54, 192, 3)
    np.testing.assert_array_equal(seen["result"][:, :96], seen["left"])
    with media.open_video(clip) as reader:
        frame = list(reader)[2].image
    np.testing.assert_array_equal(seen["source"], frame)

    status, headers, answer = server.post("stereo/preview", {"source": clip, "index": 2}, Accept=JSON)
    assert status == 200 and headers["content-type"] == JSON
    assert (answer["index"], answer["count"], answer["size"]) == (2, 5, [192, 54])
    assert {"result", "depth", "anaglyph", "holes"} <= answer["pictures"].keys()
    again = decoded(base64.b64decode(answer["pictures"]["result"]))
    np.testing.assert_array_equal(again, seen["result"])
    assert uploads(desk) == before


def decoded(content):
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


# what is refused

CASES = {
    "no source": ({}, 400, "source"),
    "a source that is no text": ({"source": 3}, 400, "source"),
    "a missing source": ({"source": "{films}/none.mp4"}, 400, "source"),
    "a source elsewhere": ({"source": "{secret}/clip.mp4"}, 403, "source"),
    "a source of the network": ({"source": "//server/share/clip.mp4"}, 403, "source"),
    "an unknown option": ({"source": "{clip}", "stength": 2}, 400, "stength"),
    "out of range": ({"source": "{clip}", "strength": 11}, 400, "strength"),
    "not a number": ({"source": "{clip}", "strength": [1]}, 400, "strength"),
    "not a choice": ({"source": "{clip}", "layout": "3d"}, 400, "layout"),
    "an unknown preset": ({"source": "{clip}", "preset": "mine"}, 400, "preset"),
    "a preset of a file": ({"source": "{clip}", "preset": "{secret}/clip.mp4"}, 400, "preset"),
    "a preset of another kind": ({"source": "{clip}", "preset": 3}, 400, "preset"),
    "options of another kind": ({"source": "{clip}", "options": [1]}, 400, "options"),
    "options that are not JSON": ({"source": "{clip}", "options": "{{"}, 400, "options"),
    "an output elsewhere": ({"source": "{clip}", "output": "{secret}/o.mp4"}, 403, "output"),
    "a depth elsewhere": ({"source": "{clip}", "depth": "{secret}/d.mkv"}, 403, "depth"),
    "depth saved elsewhere": ({"source": "{clip}", "save_depth": "{secret}/d.mkv"}, 403, "save_depth"),
    "the source as the result": ({"source": "{clip}", "output": "{films}/clip.mp4"}, 400, "output"),
    "a result that is there": ({"source": "{clip}", "output": "{films}/done/there.mp4"}, 409, "output"),
    "no yes or no": ({"source": "{clip}", "overwrite": "maybe"}, 400, "overwrite"),
    "half a file": ({"source": {"name": "a.mp4"}}, 400, "source"),
    "not base64": ({"source": {"name": "a.mp4", "data": "%%"}}, 400, "source"),
    "a file that is no picture": ({"source": {"name": "a.png", "data": "AAAA"}}, 400, "source"),
}


@pytest.mark.parametrize("case", CASES)
def test_refusals(server, desk, room, clip, case):
    body, status, field = CASES[case]
    folders = {"films": room / "films", "secret": room / "secret", "clip": clip}
    body = {k: v.format(**folders) if isinstance(v, str) else v for k, v in body.items()}
    jobs, kept = server.get("jobs")[2], uploads(desk)
    got, _, answer = server.post("stereo", body)
    assert (got, answer["field"]) == (status, field), answer
    assert set(answer) == {"error", "field"} and "\n" not in answer["error"] and answer["error"]
    assert server.get("jobs")[2] == jobs and uploads(desk) == kept


def test_a_result_that_is_there_is_replaced_when_asked(server, clip):
    body = {"source": clip, "output": "again.mp4", "view": "grey"}
    _, _, answer = server.post("depth", body)
    assert server.ended(answer["address"])["state"] == "done"
    status, _, answer = server.post("depth", body)
    assert (status, answer["field"]) == (409, "output")
    assert server.post("depth", {**body, "overwrite": True})[0] == 202


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", JSON, 400),
        ("[]", JSON, 400),
        ("[" * 100_000, JSON, 400),
        ('"text"', None, 400),
        ("\xff\xfe", JSON, 400),
        ("source=a.mp4", "application/x-www-form-urlencoded", 415),
        ("x", "multipart/form-data", 400),
        ("x", FORM, 400),
        (form({}, [("source", "a.mp4", b"x")])[:-20], FORM, 400),
        (form({}, [("layout", "a.mp4", b"x")]), FORM, 400),
        (form({"": "x"}), FORM, 400),
        (form({f"n{i}": "x" for i in range(300)}), FORM, 400),
        (form({"layout": "x" * (2 << 20)}), FORM, 413),
    ],
)
def test_bodies_that_are_none(server, desk, body, content_type, status):
    kept = uploads(desk)
    headers = {} if content_type is None else {"Content-Type": content_type}
    body = body if isinstance(body, bytes) else body.encode("latin-1")
    got, _, answer = server.ask("POST", "stereo", body, headers)
    assert got == status and set(answer) == {"error", "field"}, answer
    assert uploads(desk) == kept


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "dance", 404), ("GET", "", 404), ("GET", f"{ROOT}", 404), ("GET", "/", 404),
        ("GET", "/nothing", 404), ("GET", f"{ROOT}x", 404), ("DELETE", "jobs/a/b/c", 404),
        ("GET", "stereo", 405), ("PUT", "stereo", 405), ("DELETE", "models", 405), ("GET", "batch", 405),
        ("PATCH", "jobs/a", 405), ("OPTIONS", "jobs", 405), ("GET", "jobs/a/resume", 405),
    ],
)  # fmt: skip
def test_routes_that_are_none(server, method, path, status):
    got, headers, answer = server.ask(method, path)
    assert got == status and set(answer) == {"error", "field"} and answer["field"] is None
    assert ("allow" in headers) == (status == 405)


def test_a_fault_tells_no_details(room, tmp_path, clip, monkeypatch, caplog):
    desk = desk_in(room, tmp_path)

    def broken(*_, **__):
        raise RuntimeError("secret words")

    monkeypatch.setattr(desk, "submit", broken)
    with Server(serve.build_app(desk)) as server:
        status, _, answer = server.post("stereo", {"source": clip})
    assert status == 500 and "secret" not in answer["error"] and answer["field"] is None
    assert "secret words" in caplog.text


# large, slow and broken bodies


def test_bodies_beyond_the_limits(room, tmp_path):
    desk = desk_in(room, tmp_path)
    desk.limits = Limits(max_upload=0.005, max_json=0.0005)
    app = FastAPI()
    add_routes(app, desk)
    with Server(app) as server:
        assert server.post("stereo", {"source": "x" * 600})[0] == 413
        assert server.post_form("stereo", {}, [("source", "a.mp4", b"x" * 6000)])[0] == 413

        def pieces():
            for start in range(0, 6000, 100):
                yield form({}, [("source", "a.mp4", b"x" * 6000)])[start : start + 100]

        # of unknown length: sent in chunks
        status, _, answer = server.ask("POST", "stereo", pieces(), {"Content-Type": FORM})
        assert status == 413 and answer["error"]
    desk.close()
    assert uploads(desk) == []


def test_a_slow_upload_holds_up_nobody_and_a_broken_one_leaves_nothing(server, desk, clip):
    kept = uploads(desk)
    body = form({}, [("source", "slow.mp4", Path(clip).read_bytes())])
    with contextlib.closing(server.connect()) as slow, contextlib.closing(server.connect()) as broken:
        for connection in (slow, broken):
            connection.putrequest("POST", f"{ROOT}/stereo/preview")
            connection.putheader("Content-Type", FORM)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body[:2000])
        wait_for(lambda: len(uploads(desk)) == len(kept) + 2)
        assert server.get("jobs")[0] == 200
        assert server.post("depth/preview", {"source": clip})[0] == 200
        broken.close()
        wait_for(lambda: len(uploads(desk)) == len(kept) + 1)
        slow.send(body[2000:])
        response = slow.getresponse()
        assert response.status == 200 and response.read().startswith(b"\x89PNG")
    wait_for(lambda: uploads(desk) == kept)


def wait_for(true):
    for _ in range(400):
        if true():
            return
        time.sleep(0.025)
    raise AssertionError("did not come about")


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 5000])
def test_a_form_is_the_same_however_it_arrives(step):
    rng = np.random.default_rng(0)
    data = rng.integers(0, 256, 3000, dtype=np.uint8).tobytes()
    tricky = b"\r\n--" + BOUNDARY[:-1].encode() + b"\r\n--\r\n"
    files = [("source", "ä b.mp4", data + tricky + data), ("depth", "", b"")]
    body = form({"layout": "half-sbs", "prompt": "grün"}, files)
    chunks = (body[start : start + step] for start in range(0, len(body), step))
    found = []
    for part in parts(chunks, FORM):
        read = iter(lambda part=part: part.read(1000), b"") if part.filename is not None else None
        found.append((part.name, part.filename, part.text() if read is None else b"".join(read)))
    assert found == [("layout", None, "half-sbs"), ("prompt", None, "grün"), *files]


def test_parts_that_nobody_reads_are_passed_over():
    body = form({"a": "1"}, [("b", "b", b"x" * 5000), ("c", "c", b"2")])
    assert [part.name for part in parts(iter([body]), FORM)] == ["a", "b", "c"]
    with pytest.raises(Refusal):
        list(parts(iter([body[:-9]]), FORM))


# what there is


def test_capabilities_are_those_of_the_options(server, room):
    _, _, told = server.get("capabilities")
    assert told["host"] is None and "cpu" in told["devices"] and "cpu" in told["backends"]
    assert told["loops"].keys() == LOOP_OPTIONS.keys()
    for loop, options in LOOP_OPTIONS.items():
        wanted = [(o.name, o.kind, o.minimum, o.maximum, list(o.choices)) for o in describe(options)]
        got = [
            (o["name"], o["kind"], o["minimum"], o["maximum"], o["choices"])
            for o in told["loops"][loop]["options"]
        ]
        assert got == wanted
    assert {"name": "h264", "available": True, "reason": None} in told["codecs"]
    assert {"name": "cues", "available": True} in told["depth_models"]
    assert str(room / "films") in told["folders"]
    _, _, listed = server.get("presets")
    assert {preset["name"] for preset in listed["presets"]} == set(presets.names())
    _, _, listed = server.get("models")
    model = next(m for m in listed["models"] if m["name"] == "depth-anything-v2-small")
    assert model["licence"] == "Apache-2.0" and model["here"] in (True, False)


def test_openapi_shows_every_option(server):
    _, _, told = server.get("/openapi.json")
    assert "HTTPValidationError" not in json.dumps(told)
    for loop, options in LOOP_OPTIONS.items():
        for path, own in ((loop, {"output", "overwrite"}), (f"{loop}/preview", {"index", "picture"})):
            operation = told["paths"][f"{ROOT}/{path}"]["post"]
            content = operation["requestBody"]["content"]
            for kind in (JSON, "multipart/form-data"):
                schema = content[kind]["schema"]
                needed = ["source"] if loop not in OPTIONAL_SOURCE or "/" in path else []
                assert schema.get("required", []) == needed and own <= schema["properties"].keys()
                for o in describe(options):
                    shown = schema["properties"][o.name]
                    assert shown["title"] == o.label and shown["description"].startswith(o.help)
                    assert shown.get("enum", []) == list(o.choices)
                    if o.over and o.kind != "str":
                        shown, text = shown["oneOf"]
                        assert text["type"] == "string"
                    if o.kind in ("int", "float"):
                        limits = shown.get("minimum"), shown.get("maximum")
                        assert limits == pytest.approx((o.minimum, o.maximum))
            assert "202" in operation["responses"] or "preview" in path
            assert "4XX" in operation["responses"]
    asked = {(path, method) for path, methods in told["paths"].items() for method in methods}
    for path, method in [("jobs", "get"), ("jobs/{id}", "delete"), ("batch", "post"), ("models", "get")]:
        assert (f"{ROOT}/{path}", method) in asked


# who may ask


def basic(words):
    return {"Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}


def test_nothing_is_open_beside_the_credentials(room, tmp_path, clip):
    desk = desk_in(room, tmp_path)
    app = serve.build_app(desk, "user:pass:wörd")
    with Server(app) as server:
        paths = ["/", "/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect", "/nothing", ROOT]
        paths += [f"{ROOT}/{path}" for path in ("jobs", "jobs/a", "models", "capabilities", "jobs/a/files/b")]
        for path in paths:
            for method in ("GET", "POST", "DELETE", "HEAD"):
                status, headers, answer = server.ask(method, path)
                assert status == 401 and headers["www-authenticate"].startswith("Basic")
                assert method == "HEAD" or set(answer) == {"error", "field"}
        wrong = ["user:", ":pass:wörd", "user:pass", "user:pass:wörd2", "User:pass:wörd", ""]
        for headers in [*map(basic, wrong), {"Authorization": "Basic %%%"}, {"Authorization": "Bearer x"}]:
            assert server.ask("GET", "jobs", headers=headers)[0] == 401
        right = basic("user:pass:wörd")
        assert server.ask("GET", "jobs", headers=right)[0] == 200
        assert server.ask("GET", "/openapi.json", headers=right)[0] == 200
        assert server.ask("POST", "stereo", {"source": clip}, {**right, "Content-Type": JSON})[0] == 202


def test_a_hosts_guard_is_asked_before_a_body_is_read(room, tmp_path, clip):
    desk = desk_in(room, tmp_path)
    asked = []

    def guard():
        asked.append(1)
        raise HTTPException(401, "Incorrect username or password", {"WWW-Authenticate": "Basic"})

    app = FastAPI()
    add_routes(app, desk, guard)
    app.add_api_route("/own", lambda: "as before", dependencies=[Depends(lambda: None)])
    with Server(app) as server:
        with contextlib.closing(server.connect()) as connection:
            connection.putrequest("POST", f"{ROOT}/stereo")
            connection.putheader("Content-Type", FORM)
            connection.putheader("Content-Length", "1000000")
            connection.endheaders()
            response = connection.getresponse()  # though nothing of the body was sent
            assert response.status == 401 and response.headers["WWW-Authenticate"] == "Basic"
            wanted = {"error": "Incorrect username or password", "field": None}
            assert json.loads(response.read()) == wanted
        for method, path in [("GET", "jobs"), ("GET", "zoom"), ("GET", ROOT), ("DELETE", "jobs/a")]:
            assert server.ask(method, path)[0] == 401
        assert len(asked) == 5
        assert server.get("/own")[0] == 200 and server.get("/else")[2] == {"detail": "Not Found"}
    desk.close()
    assert uploads(desk) == []


def test_pages_of_other_origins_change_nothing(server):
    for origin in ("https://evil.example", "null", "http://[x", f"http://127.0.0.1:{server.port + 1}"):
        status, _, answer = server.post("stereo", {}, Origin=origin)
        assert status == 403 and set(answer) == {"error", "field"}
        assert server.get("jobs", Origin=origin)[0] == 200
    assert server.post("stereo", {}, Origin=f"http://127.0.0.1:{server.port}")[0] == 400


def test_a_server_of_this_machine_has_no_other_names(room, tmp_path):
    desk = desk_in(room, tmp_path)
    with Server(serve.build_app(desk, names=serve.LOOPBACK_NAMES)) as server:
        for host in ("localhost", f"127.0.0.1:{server.port}", "[::1]:80"):
            assert server.get("jobs", Host=host)[0] == 200, host
        for host in ("evil.example", "", "[::1", "127.0.0.1.evil.example"):
            assert server.get("jobs", Host=host)[0] == 403, host


def test_a_gate_closes_websockets_too():
    import asyncio

    sent = []

    async def send(message):
        sent.append(message["type"])

    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})

    scope = {"type": "websocket", "path": "/", "headers": []}
    asyncio.run(Gate(app, "user:password")(scope, None, send))
    asyncio.run(Gate(app)(scope, None, send))
    assert sent == ["websocket.close", "websocket.accept"]


def test_addresses_below_a_mount(room, tmp_path, clip):
    desk = desk_in(room, tmp_path)
    inner, outer = FastAPI(), FastAPI()
    add_routes(inner, desk)
    outer.mount("/sub", inner)
    with Server(outer) as server:
        status, _, answer = server.post(f"/sub{ROOT}/depth", {"source": clip, "view": "grey"})
        assert status == 202 and answer["address"].startswith(f"/sub{ROOT}/jobs/")
        job = server.ended(answer["address"])
        assert server.get(job["files"][0]["address"])[0] == 200
        assert server.get(f"/sub{ROOT}/stereo")[0] == 405
    desk.close()
