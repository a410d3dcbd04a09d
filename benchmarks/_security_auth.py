"""Ways past the credentials, and past the rule that pages of other sites change nothing."""
# ruff: noqa: E501 - an attack stands in one line

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator

from _security_server import ROOT, USER, Server, basic

REFUSED = {400, 401, 403, 405, 408, 411, 413, 414, 417, 429, 431, 501, 505}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get", "PROPFIND", "JEFF")
PATHS = (
    "/", "/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect", "/favicon.ico", ROOT, f"{ROOT}/",
    f"{ROOT}/jobs", f"{ROOT}/jobs/", f"{ROOT}/capabilities", f"{ROOT}/models", f"{ROOT}/presets",
    f"{ROOT}/stereo", f"{ROOT}/depth/preview", f"{ROOT}/batch", f"{ROOT}/jobs/a/files/b", f"/{ROOT}/jobs",
    f"//{ROOT}//jobs", "/parallax//v1/jobs", "/PARALLAX/V1/JOBS", "/parallax/v1/jobs%2f", "/parallax%2fv1/jobs",
    "/./parallax/v1/jobs", "/x/../parallax/v1/jobs", f"{ROOT}/jobs;a=b", f"{ROOT}/jobs?auth=user", f"{ROOT}/jobs#a",
    "http://127.0.0.1/parallax/v1/jobs", "/parallax/v1/jobs%00", "/file=/etc/passwd", "/gradio_api/file=/etc/passwd",
)  # fmt: skip


def _credentials() -> list[dict[str, str]]:
    """Headers that are not the right ones."""
    name, password = USER.split(":", 1)
    right = basic(USER)["Authorization"].split()[1]
    wrong = ["", ":", "user", "user:", f":{password}", f"{name}:pass", f"{USER}2", USER[:-1], f" {USER}", f"{USER} ",
             f"{USER}\n", f"{USER}\0", f"User:{password}", USER.upper(), f"{name}:pass:wo\u0308rd", f"{name}:{password}:",
             f"admin:{password}", "undefined:undefined", "null", "x" * 30_000, f"{USER},{USER}", USER.replace("ö", "o")]  # fmt: skip
    latin = base64.b64encode(USER.encode("latin-1")).decode()
    made = [basic(each) for each in wrong]
    made += [{"Authorization": text} for text in (
        "", "Basic", "Basic ", f"Bearer {right}", f"Digest {right}", right, f"Basic{right}", f"Basic:{right}",
        f"Basic, {right}", f"Basic {right}=", f"Basic {right[:-2]}", f"Basic {right.lower()}", f"Basic {latin}",
        f"Basic {USER.encode().hex()}", "Basic %%%", f"Negotiate {right}", f"Basic {right} {right}",
        f"Bаsic {right}".encode().decode("latin-1"), "Basic " + "A" * 40_000, f"Token {right}",
    )]  # fmt: skip
    for name in ("X-Authorization", "Proxy-Authorization", "Cookie", "X-Forwarded-User", "X-Remote-User", "X-Api-Key",
                 "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "Referer", "Authorization-"):  # fmt: skip
        made.append({name: f"Basic {right}"})
    made += [{"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}]
    return [*made, {"Host": "localhost"}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}]


def bypasses(server: Server, whole: bool) -> Iterator[tuple[str, str | None]]:
    """(what was tried, the status that let it in or None)."""
    tries = [({}, method, path) for method, path in itertools.product(METHODS, PATHS)]
    some = PATHS if whole else (f"{ROOT}/jobs", "/openapi.json")
    tries += [(headers, "GET", path) for headers, path in itertools.product(_credentials(), some)]
    for headers, method, path in tries:
        text = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n"
        text += "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name != "Host")
        found = statuses(server.raw((text + "\r\n").encode("latin-1", "replace")))
        wrong = [status for status in found if status not in REFUSED]
        yield f"{method} {path} {str(headers)[:60]}", str(wrong) if wrong or not server.alive else None
    for name, request in _smuggled():
        wrong = [status for status in statuses(server.raw(request, 0.6)) if status not in REFUSED]
        yield f"smuggled: {name}", str(wrong) if wrong else None


def _smuggled() -> Iterator[tuple[str, bytes]]:
    """Two requests in one, and requests that two readers would read in two ways."""
    right = basic(USER)["Authorization"].encode()
    inner = f"GET {ROOT}/jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    post = f"POST {ROOT}/stereo HTTP/1.1\r\nHost: a\r\n".encode()
    get = f"GET {ROOT}/jobs HTTP/1.1\r\nHost: a\r\n".encode()
    yield "CL.TE", post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner
    yield (
        "TE.CL",
        post + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + inner + b"0\r\n\r\n",
    )
    yield "two lengths", post + b"Content-Length: 0\r\nContent-Length: 90\r\n\r\n" + inner
    yield "chunked, spelt oddly", post + b"Transfer-Encoding: xchunked\r\n\r\n" + inner
    yield "chunked with a tab", post + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + inner
    yield "a header folded", get + b"X: a\r\n Authorization: " + right + b"\r\n\r\n"
    yield "a header after a space", get + b" Authorization: " + right + b"\r\n\r\n"
    yield "a name with a space", get + b"Authorization : " + right + b"\r\n\r\n"
    yield "credentials twice", get + b"Authorization: Basic x\r\nAuthorization: " + right + b"\r\n\r\n"
    yield "credentials in a body", post + b"Content-Length: 40\r\n\r\nAuthorization: " + right
    yield (
        "credentials in a trailer",
        (post + b"Transfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: " + right + b"\r\n\r\n"),
    )
    yield "credentials in the address", b"GET http://user:pass@a/parallax/v1/jobs HTTP/1.1\r\nHost: a\r\n\r\n"
    yield "bare line feeds", get.replace(b"\r\n", b"\n") + b"\n"
    yield "an old protocol", f"GET {ROOT}/jobs HTTP/1.0\r\n\r\n".encode()
    yield "an older one", f"GET {ROOT}/jobs\r\n\r\n".encode()
    yield "a newer one", f"GET {ROOT}/jobs HTTP/2.0\r\nHost: a\r\n\r\n".encode()
    yield "an upgrade", get + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    yield (
        "h2c",
        get + b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    )
    yield "pipelined", post + b"Content-Length: 0\r\n\r\n" + inner
    yield "no request at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 99


def statuses(answers: bytes) -> list[int]:
    """Of every answer in what came over one connection."""
    return [int(found) for found in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answers)]


def strangers(server: Server) -> Iterator[tuple[str, str | None]]:
    """Pages of other sites in the browser of somebody at this machine; the server asks for no credentials."""
    own = f"http://127.0.0.1:{server.port}"
    origins = ["https://evil.example", "null", "http://[x", f"http://127.0.0.1:{server.port + 1}", "file://",
               f"http://localhost:{server.port}.evil.example", f"{own}.evil.example", f"http://evil.example/{own}",
               f"http://127.0.0.1@evil.example:{server.port}", "chrome-extension://abc"]  # fmt: skip
    kinds = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json",
        "",
    ]
    body = b'{"source": "clip.mp4", "depth_model": "cues"}'
    pages = [{"Origin": origin} for origin in origins]
    pages += [{"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "Cross-Site", "odd")]
    for page, kind, path in itertools.product(pages, kinds, ("depth", "stereo/preview", "timeline/curve")):
        headers = {**page, **({"Content-Type": kind} if kind else {})}
        status = server.ask("POST", path, body, headers).status
        yield f"POST {path} {headers}", None if status in (400, 403, 415) else str(status)
    for page in pages:
        status = server.ask("DELETE", "jobs/a", None, page).status
        yield f"DELETE {page}", None if status == 403 else str(status)
        answer = server.ask("GET", "jobs", None, page)
        opened = [name for name in answer.headers if name.startswith("access-control")]
        yield f"GET {page}", str(opened) if opened else None
        asked = {**page, "Access-Control-Request-Method": "POST"}
        answer = server.ask("OPTIONS", "depth", None, asked)
        opened = [name for name in answer.headers if name.startswith("access-control")]
        yield f"OPTIONS {page}", str(opened) if opened else None
    for host in ("evil.example", "", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "[::1",
                 "0.0.0.0", "127.0.0.1@evil.example", "2130706433", "127.1", "localhost.", "\xe9"):  # fmt: skip
        for path in ("jobs", "/docs", "/openapi.json"):
            found = statuses(server.raw(
                f"GET {path if path[0] == '/' else ROOT + '/' + path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
                .encode("latin-1")
            ))  # fmt: skip
            wrong = [status for status in found if status not in REFUSED]
            yield f"called {host!r} {path}", str(wrong) if wrong else None
