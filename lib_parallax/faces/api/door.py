"""Who may come in, by a request's headers alone: before anything of its body is read."""

from __future__ import annotations

import base64
import math
import secrets
from collections.abc import Callable, Collection
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers

from .answers import Refusal
from .rates import Rates

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
ONCE = ("authorization", "host", "origin")  # headers that a request has once: two would be two minds
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Parallax", charset="UTF-8"'}


class Door:
    """What every request is asked.

    credentials  "user:password" of those who may come in, by HTTP Basic (RFC 7617); None lets all in, and
                 an empty collection nobody
    names        the names by which the server may be called, None for any. A page of another site can make
                 its own name point at this machine, and then is no stranger to its browser
    origins      whether the pages of another origin, such as https://example.org, may ask for changes
    rates        how often one may ask, None for as often as they like

    A request that changes something and comes from a page of another origin is refused: browsers send forms,
    with remembered credentials, wherever a page tells them to.
    """

    def __init__(
        self,
        credentials: Collection[str] | None = None,
        names: Collection[str] | None = None,
        origins: Callable[[str], bool] = lambda origin: False,
        rates: Rates | None = None,
    ):
        self._wanted = None if credentials is None else [each.encode() for each in credentials]
        self._names = names
        self._rates = rates
        self.origins = origins

    def check(self, method: str, headers: Headers, address: str) -> None:
        """Raises Refusal for who may not come in. `address` is the caller's."""
        double = next((name for name in ONCE if len(headers.getlist(name)) > 1), None)
        if double is not None:
            raise Refusal(400, f"the request has more than one {double.title()} header")
        host = headers.get("host", "")
        if self._names is not None and parted(f"//{host}").hostname not in self._names:
            raise Refusal(403, f"this server is not called {host!r}; start it with --auth to reach it so")
        user = self._user(headers.get("authorization", ""))
        wait = self._rates.wait(f"{address} {user}") if self._rates is not None else 0.0
        if wait:
            raise too_often(wait)
        if user is None:
            raise Refusal(401, "user and password are needed", headers=CHALLENGE)
        if method not in SAFE_METHODS:
            self._check_page(headers, host)

    def _user(self, authorization: str) -> str | None:
        """The name of who brings credentials, "" where nobody needs any; None for who may not come in."""
        if self._wanted is None:
            return ""
        # all are compared, so that the time taken does not tell which name is known
        known = [each for each in self._wanted if brings(authorization, each)]
        return known[0].decode().partition(":")[0] if known else None

    def _check_page(self, headers: Headers, host: str) -> None:
        origin = headers.get("origin")
        if origin is None:
            # browsers that name no origin still say what a request comes from
            strange = headers.get("sec-fetch-site", "none").lower() not in ("none", "same-origin")
            origin = "another site" if strange else None
        elif parted(origin).netloc == host or self.origins(origin):
            origin = None
        if origin is not None:
            raise Refusal(403, f"a page of {origin} may not ask for this")


def too_often(wait: float) -> Refusal:
    seconds = max(1, math.ceil(wait))
    return Refusal(429, f"too many requests; ask again in {seconds} s", headers={"Retry-After": str(seconds)})


def parted(address: str) -> SplitResult:
    """An address in its parts, all empty where it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def brings(authorization: str, wanted: bytes) -> bool:
    """Whether an Authorization header holds these credentials; its time does not tell how nearly."""
    scheme, _, encoded = authorization.partition(" ")
    # as they are written: there are other ways to write the same, which only a decoder takes
    given = encoded.strip(" ").encode("utf-8", "replace")
    return secrets.compare_digest(given, base64.b64encode(wanted)) and scheme.lower() == "basic"
