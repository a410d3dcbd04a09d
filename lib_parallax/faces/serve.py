"""`parallax serve`: the routes on a server of their own, without a webui.

What may be named by its path: the folders given as --allow-path; without any, the current folder.
Where others than this machine can ask, nobody may without credentials, and no folder that was not given.
"""

from __future__ import annotations

import argparse
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..hosts.addresses import LOOPBACK_NAMES, is_loopback
from ..options import parse
from . import cluster, warm
from .flags import Misused, add_flags, given
from .limits import Limits

if TYPE_CHECKING:
    from fastapi import FastAPI

    from .desk import Desk

PORT = 7870
Build = Callable[..., "FastAPI"]
# A transfer is given seconds when the server is told to stop. A caller's address is that of its connection:
# what a header says of it is for anyone to write.
SERVER: dict[str, Any] = {
    "log_level": "warning",
    "server_header": False,
    "proxy_headers": False,
    "timeout_graceful_shutdown": 5,
}
NEEDS_AUTH = "parallax: {} can be reached by others, who must be kept out: --auth user:password is needed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="where to listen; 0.0.0.0 lets others in, and needs --auth (default %(default)s, this machine "
        "only)",
    )
    parser.add_argument(
        "--port", default=str(PORT), metavar="N", help="0 takes a free one (default %(default)s)"
    )
    parser.add_argument(
        "--auth", metavar="USER:PASSWORD", help="what every request must bring, as HTTP Basic"
    )
    parser.add_argument(
        "--cors-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a site such as https://example.org whose pages may ask from elsewhere; may be given again "
        "(default: none)",
    )
    parser.add_argument(
        "--allow-path",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder whose files requests may name, read and write; may be given again (default: the "
        "current folder; none where others in the network can ask)",
    )
    parser.add_argument(
        "--jobs-dir", metavar="DIR", help="where jobs keep their work (default: your data folder)"
    )
    parser.add_argument(
        "--output-dir",
        metavar="DIR",
        help="where results go that a request does not name (default: your data folder)",
    )
    cluster.add_arguments(parser)
    add_flags(parser, Limits)


def run(
    arguments: argparse.Namespace, build: Build | None = None, ready: Callable[[str], Any] | None = None
) -> int:
    """Serves until it is stopped by Ctrl-C or a signal, then 0. Raises Misused or a ParallaxError.

    build  makes the application, called as `build_app` is; left out, that one
    ready  is told the server's address once it answers
    """
    port = _port(arguments.port)
    auth = _credentials(arguments.auth)
    if auth is None and not is_loopback(arguments.host):
        raise Misused(NEEDS_AUTH.format(arguments.host))
    origins = [_origin(text) for text in arguments.cors_origin]
    allowed = allowed_folders(arguments.allow_path, arguments.host)
    limits = parse(Limits, given(arguments, Limits))
    try:
        import fastapi  # noqa: F401
        import uvicorn
    except ModuleNotFoundError as error:
        raise Misused(f"parallax: {error.name} is not installed; pip install fastapi uvicorn") from None
    from .desk import open_desk

    sockets = listen(arguments.host, port)
    with contextlib.ExitStack() as opened:
        for each in sockets:
            opened.callback(each.close)
        if auth is None and not all(is_loopback(each.getsockname()[0]) for each in sockets):
            raise Misused(NEEDS_AUTH.format(arguments.host))  # a name that leads elsewhere than it says
        desk = open_desk(
            jobs_dir=arguments.jobs_dir,
            results=arguments.output_dir,
            allowed=allowed,
            limits=limits,
            crew=opened.enter_context(cluster.crew_of(arguments)),
        )
        opened.callback(desk.close)
        app = (build or build_app)(desk, auth, names_of(arguments.host, auth), origins=origins)
        config = uvicorn.Config(app, **SERVER)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[Any] | None = None) -> None:
                await super().startup(sockets)
                if self.should_exit:
                    return
                address = address_of(self.servers[0].sockets[0].getsockname())
                _greet(address, allowed)
                warm.start()
                if ready is not None:
                    ready(address)

        # uvicorn ends in order, then passes the signal on
        with contextlib.suppress(KeyboardInterrupt):
            Server(config).run(sockets=sockets)
    return 0


def build_app(
    desk: Desk,
    auth: str | None = None,
    names: Collection[str] | None = None,
    *,
    origins: Collection[str] = (),
    inner: Sequence[tuple[Any, dict[str, Any]]] = (),
) -> FastAPI:
    """A server's whole application: the routes, their documentation at /docs, and nothing unguarded.

    auth     "user:password", or None to let everybody in
    names    the names it may be called by, None for any
    origins  of pages that may ask from elsewhere
    inner    further middleware behind the door, with its arguments
    """
    import asyncio

    from fastapi import FastAPI
    from starlette.exceptions import HTTPException

    from .api import add_routes
    from .api.answers import error_answer
    from .api.auth import Gate
    from .api.rates import Rates

    @contextlib.asynccontextmanager
    async def closing(app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(desk.close)

    async def refused(request: Any, error: Exception) -> Any:
        if isinstance(error, HTTPException) and error.status_code == 404:
            error.detail = f"there is nothing at {request.url.path}; /docs lists the routes"
        return error_answer(error)

    app = FastAPI(
        title="Parallax",
        description="Depth and motion for pictures and video.",
        version=__version__,
        lifespan=closing,
        exception_handlers={HTTPException: refused, Exception: refused},
    )
    for middleware, arguments in inner:
        app.add_middleware(middleware, **arguments)
    rates = Rates(desk.limits.max_rate, desk.limits.max_rate_all)
    app.add_middleware(Gate, credentials=auth, names=names, origins=origins, rates=rates)
    add_routes(app, desk)
    return app


def names_of(host: str, auth: str | None) -> Collection[str] | None:
    """The names that requests may call the server by, None for any.

    A server without credentials that only this machine reaches must not be called otherwise: a
    page in a browser here could have made its own name point at it.
    """
    return {*LOOPBACK_NAMES, host.lower()} if auth is None and is_loopback(host) else None


def allowed_folders(named: Sequence[str], host: str) -> list[Path]:
    """The folders whose files requests may name. Raises Misused for one that is not there."""
    if not named and is_loopback(host):
        return [Path.cwd()]
    folders = [Path(text).expanduser().resolve() for text in named]
    for folder in folders:
        if not folder.is_dir():
            raise Misused(f"parallax: --allow-path {folder} is not a folder")
    return folders


def listen(host: str, port: int) -> list[Any]:
    """Sockets bound to the address, of both kinds of IP where a name has both."""
    import asyncio

    async def bound() -> list[Any]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, host, port, start_serving=False)
        sockets = [each.dup() for each in server.sockets]
        server.close()
        return sockets

    try:
        return asyncio.run(bound())
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Misused(
            f"parallax: cannot listen on {host} port {port}: {reason}; --host and --port choose others"
        ) from None


def address_of(bound: Any) -> str:
    """The http address of what a socket is bound to."""
    host, port = bound[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _greet(address: str, allowed: list[Path]) -> None:
    print(f"Parallax listens on {address} and lists its routes on /docs")
    folders = ", ".join(map(str, allowed)) or "none; name some with --allow-path"
    print(f"folders that requests may name: {folders}", flush=True)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 2**16):
        raise Misused(f"parallax: --port {text} is not a port; ports are 0 to 65535")
    return int(text)


def _origin(text: str) -> str:
    if re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", text) is None:
        raise Misused(f"parallax: --cors-origin {text} is not an origin, such as https://example.org")
    return text.lower()


def _credentials(text: str | None) -> str | None:
    if text is not None and (not text.partition(":")[0] or not text.partition(":")[2]):
        raise Misused("parallax: --auth needs user:password")
    return text
