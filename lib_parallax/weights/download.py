"""Fetches weights over HTTPS: resumed where a try broke off, checked, in place at once or not at all.

What has come lies in `NAME.part` until it has the right size and sha256. urllib alone is
used; proxies come from the environment as usual, and HF_ENDPOINT names a mirror of the hub, as
for the hub's own client.
"""

from __future__ import annotations

import contextlib
import email.message
import errno
import hashlib
import http.client
import os
import re
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from .. import __version__
from ..errors import OutputError, SourceError, UnavailableError
from . import cache, licence, records
from .catalogue import Weights, entry, spell_size
from .lock import held

Progress = Callable[[int, int | None], None]

BLOCK = 1 << 20
TRIES = 5
LONGEST_PAUSE = 30.0
SECONDS_OF_SILENCE = 30.0
SPARE = 64 << 20
HUB = "https://huggingface.co/"
PASSING = {408, 425, 429, 500, 502, 503, 504}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_NETWORK_ERRORS = (OSError, http.client.HTTPException)


def get(
    name: str,
    accept_licence: bool = False,
    progress: Progress | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """The file of these weights, downloaded unless it is here already and is what it should be.

    progress(done, total) is told the bytes that are here, from the first to the last; total is
    None where nobody says it. What a try left is kept, and the next one goes on from there.

    Raises OptionError for an unknown name, LicenceNeeded where a yes is missing, UnavailableError
    where the network or the server does not deliver, SourceError where what came is not the file,
    OutputError where the folder cannot be written or is too full.
    """
    weights = entry(name)
    licence.settle(weights, accept_licence, cache.folders())
    present = cache.find(name)
    if present is not None:
        with contextlib.suppress(SourceError):
            cache.check(weights, present)
            return present
    target = cache.folder() / weights.file
    sha256 = fetch(weights, target, progress, pause)
    records.remember(target, sha256)
    return target


def fetch(weights: Weights, target: Path, progress: Progress | None, pause: Callable[[float], None]) -> str:
    """Brings a catalogue's file to `target` and returns its sha256; raises as `get` does."""
    address = _address(weights)
    part = target.with_name(target.name + ".part")
    with _writing(part):
        target.parent.mkdir(parents=True, exist_ok=True)
        file = open(part, "a+b")  # noqa: SIM115
    with file, held(file, f"{weights.name} is being downloaded by another Parallax right now"):
        sheet = _Sheet(file, part)
        if weights.sha256 is None:
            # nothing could tell whether an old beginning belongs to what the server has today
            sheet.restart()
        began_empty = sheet.done == 0
        _fill(sheet, address, weights, target, progress, pause)
        if weights.sha256 is not None and sheet.sha256 != weights.sha256 and not began_empty:
            # the beginning may be what is wrong
            sheet.restart()
            _fill(sheet, address, weights, target, progress, pause)
        wrong = weights.sha256 is not None and sheet.sha256 != weights.sha256
        if wrong:
            sheet.restart()
        else:
            with _writing(part):
                file.flush()
                os.fsync(file.fileno())
    if wrong:
        part.unlink(missing_ok=True)
        raise SourceError(
            f"{address}: what was downloaded does not have the sha256 of {weights.name}, so it was not kept"
        )
    with _writing(target):
        os.replace(part, target)
    return sheet.sha256


class _Sheet:
    """The part file as it grows, with its length and hash so far."""

    def __init__(self, file: IO[bytes], path: Path):
        self._file, self._path = file, path
        self._digest = hashlib.sha256()
        self.done = 0
        file.seek(0)
        while block := file.read(BLOCK):
            self._digest.update(block)
            self.done += len(block)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def append(self, block: bytes) -> None:
        with _writing(self._path):
            self._file.write(block)
        self._digest.update(block)
        self.done += len(block)

    def restart(self) -> None:
        with _writing(self._path):
            self._file.flush()
            self._file.truncate(0)
        self._digest = hashlib.sha256()
        self.done = 0


class _Broken(Exception):
    """A try that ended early, in words.

    hopeless  another one would end the same.
    offline   there is no way to the server; hopeless too, unless bytes came from it a moment ago.
    restart   what is on the sheet is no use.
    wait      seconds that the server asks for.
    """

    def __init__(
        self,
        reason: str,
        *,
        hopeless: bool = False,
        offline: bool = False,
        restart: bool = False,
        wait: float = 0.0,
    ):
        super().__init__(reason)
        self.hopeless, self.offline, self.restart, self.wait = hopeless, offline, restart, wait


def _fill(
    sheet: _Sheet,
    address: str,
    weights: Weights,
    target: Path,
    progress: Progress | None,
    pause: Callable[[float], None],
) -> None:
    """Tries until the sheet is full, as long as tries bring something now and then."""
    if weights.size is not None and sheet.done > weights.size:
        sheet.restart()
    failures, moved = 0, False
    while True:
        before = sheet.done
        try:
            _try(sheet, address, weights, target, progress)
            return
        except _Broken as broken:
            if broken.restart:
                sheet.restart()
            failures = 1 if sheet.done > before else failures + 1
            moved = moved or sheet.done > before
            if broken.hopeless or (broken.offline and not moved) or failures >= TRIES:
                kept = f" ({spell_size(sheet.done)} are kept, the next try goes on)" if sheet.done else ""
                raise UnavailableError(
                    f"{weights.name} could not be downloaded from {address}: {broken}{kept}; a file that you "
                    f"have can be given with `parallax models add {weights.name} FILE`"
                ) from broken
            pause(max(min(2.0 ** (failures - 1), LONGEST_PAUSE), broken.wait))


def _try(sheet: _Sheet, address: str, weights: Weights, target: Path, progress: Progress | None) -> None:
    """One request, from where the sheet ends to the end of the file."""
    if sheet.done and sheet.done == weights.size:
        return
    with _response(address, sheet.done) as response:
        total = _total(response, sheet)
        if None not in (weights.size, total) and total != weights.size:
            kind = response.headers.get_content_type()
            raise SourceError(
                f"{address}: the server offers {total} bytes ({kind}), but {weights.name} has "
                f"{weights.size}; a log-in page of the network, or the file has changed"
            )
        total = weights.size if total is None else total
        if total is not None:
            _check_space(target, total - sheet.done)
        if progress is not None:
            progress(sheet.done, total)
        for block in _blocks(response):
            sheet.append(block)
            if total is not None and sheet.done > total:
                raise _Broken("the server sends more than it says", restart=True)
            if progress is not None:
                progress(sheet.done, total)
        if total is not None and sheet.done < total:
            raise _Broken("the connection ended early")


@contextlib.contextmanager
def _response(address: str, start: int) -> Iterator[Any]:
    headers = {"User-Agent": f"parallax/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(address, headers=headers)
    try:
        response = _opener(address).open(request, timeout=SECONDS_OF_SILENCE)
    except urllib.error.HTTPError as error:
        error.close()
        raise _status(error) from error
    except _NETWORK_ERRORS as error:
        raise _no_connection(error, address) from error
    with response:
        yield response


def _blocks(response: Any) -> Iterator[bytes]:
    while True:
        try:
            block = response.read(BLOCK)
        except http.client.IncompleteRead as error:
            # what came before the break is good
            if error.partial:
                yield error.partial
            raise _Broken("the connection ended early") from error
        except _NETWORK_ERRORS as error:
            raise _Broken(f"the connection broke ({_one_line(error)})") from error
        if not block:
            return
        yield block


def _total(response: Any, sheet: _Sheet) -> int | None:
    """The length of the whole file by the answer's headers; a server that ignores ranges starts anew."""
    if response.status == 206:
        span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if span is None or int(span.group(1)) != sheet.done:
            raise _Broken(
                "the server answered with another part of the file than was asked for", restart=True
            )
        return None if span.group(2) == "*" else int(span.group(2))
    sheet.restart()
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _status(error: urllib.error.HTTPError) -> Exception:
    if error.code == 416:
        return _Broken("the server does not have the rest of the file", restart=True)
    if error.code in PASSING:
        return _Broken(f"the server answers {error.code} {error.reason}", wait=_retry_after(error.headers))
    if error.code == 404:
        return _Broken("there is no such file on the server (404)", hopeless=True)
    return _Broken(f"the server answers {error.code} {error.reason}", hopeless=True)


def _retry_after(headers: email.message.Message) -> float:
    text = headers.get("Retry-After", "")
    return min(float(text), LONGEST_PAUSE) if text.isdigit() else 0.0


def _no_connection(error: BaseException, address: str) -> _Broken:
    reason = getattr(error, "reason", error)
    host = urllib.parse.urlsplit(address).hostname
    away = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
    if (
        isinstance(reason, (socket.gaierror, ConnectionRefusedError))
        or getattr(reason, "errno", None) in away
    ):
        return _Broken(f"there is no network, or no way to {host} ({_one_line(reason)})", offline=True)
    if isinstance(reason, ssl.SSLError):
        return _Broken(f"{host} cannot be trusted ({_one_line(reason)})", hopeless=True)
    return _Broken(f"{host} cannot be reached ({_one_line(reason)})")


def _one_line(error: Any) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _address(weights: Weights) -> str:
    mirror = os.environ.get("HF_ENDPOINT", "").rstrip("/")
    address = weights.address
    if mirror and address.startswith(HUB):
        address = f"{mirror}/{address.removeprefix(HUB)}"
    if not _is_safe(address):
        raise UnavailableError(f"{address}: weights are only fetched over https")
    return address


def _is_safe(address: str, plain: bool = True) -> bool:
    """https, or (where `plain`) http to this very machine."""
    parts = urllib.parse.urlsplit(address)
    return parts.scheme == "https" or (plain and parts.scheme == "http" and parts.hostname in LOOPBACK)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https only."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        if not _is_safe(newurl, plain=req.type == "http"):
            raise _Broken(f"the server points to {newurl}, which is not https", hopeless=True)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(address: str) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_SafeRedirects()]
    if urllib.parse.urlsplit(address).hostname in LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def _check_space(target: Path, needed: int) -> None:
    free = shutil.disk_usage(target.parent).free
    if free < needed + SPARE:
        raise OutputError(
            f"{target.parent}: {spell_size(free)} free, but {spell_size(needed + SPARE)} are needed for "
            f"{target.name}; PARALLAX_MODELS can name a folder on another disk"
        )


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path}: cannot be written, {error.strerror or error}") from error
