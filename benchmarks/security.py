"""Attacks on a real server: what was tried of each kind, and what got through; then fifty clients at once.

A server in a process of its own, in a folder with a secret beside what it may read. `--quick` tries every
spelling and every field, but not every pair of them; `--seconds` is how long the clients ask. The exit status
is 1 where anything got through, or a client met an error that is not documented.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import _security_auth
import _security_bombs
import _security_injections
import _security_paths
import _security_playlists
from _report import Report, arguments
from _security_load import CLIENTS, load
from _security_server import Server, opened

Tried = Iterator[tuple[str, str | None]]
FREE = (
    "--max-rate",
    "1000000",
    "--max-rate-all",
    "1000000",
    "--max-queue",
    "100000",
)  # it is not these that are tried


def kinds(quick: bool) -> dict[str, tuple[tuple[str, ...], bool, Callable[[Server], Tried]]]:
    """By name: flags of the server, whether it asks for credentials, and the attacks."""
    return {
        "path escapes": (FREE, True, lambda server: _security_paths.attacks(server, not quick)),
        "auth bypasses": (FREE, True, lambda server: _security_auth.bypasses(server, not quick)),
        "pages of other sites": (FREE, False, _security_auth.strangers),
        "bombs": (FREE, True, _security_bombs.bombs),
        "oversize": ((*FREE, "--max-upload", "2", "--max-json", "1"), True, _security_bombs.oversizes),
        "injections": (FREE, True, lambda server: _security_injections.attacks(server, not quick)),
        "playlists": (FREE, True, lambda server: _security_playlists.attacks(server, not quick)),
    }


def attacked(
    name: str, flags: tuple[str, ...], auth: bool, attacks: Callable[[Server], Tried]
) -> dict[str, object]:
    """A row of the table; what got through is told as it does."""
    tried = through = 0
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), *flags, auth=auth) as server:
        for what, got in attacks(server):
            tried += 1
            if got is not None:
                through += 1
                print(f"let through: {name}: {what}: {got}", flush=True)
        if not server.alive:
            through += 1
            print(f"let through: {name}: the server has ended", flush=True)
    return {"attack": name, "tried": tried, "let through": through, "s": time.perf_counter() - begun}


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the load (default %(default)g)")
    parser.add_argument("--quick", action="store_true", help="fewer pairs of spelling and field")
    parser.add_argument("--only", nargs="+", metavar="KIND", help="some kinds of attack; 'load' for the load")
    with Report(parser) as report:
        given = report.arguments
        chosen = {n: k for n, k in kinds(given.quick).items() if given.only is None or n in given.only}
        rows = [attacked(name, *kind) for name, kind in chosen.items()]
        wrong = sum(int(str(row["let through"])) for row in rows)
        if rows:
            report.add("Attacks", rows)
        if given.only is None or "load" in given.only:
            with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as server:
                met = load(server, given.seconds)
            counts = ", ".join(f"{status}: {count}" for status, count in sorted(met.statuses.items()))
            row = {"clients": CLIENTS, "s": given.seconds, "status calls": len(met.polls),
                   "p50 ms": met.quantile(0.5) * 1e3, "p99 ms": met.quantile(0.99) * 1e3, "answers": counts,
                   "errors": len(met.odd)}  # fmt: skip
            report.add("Load", [row])
            wrong += len(met.odd)
            for text in sorted(set(met.odd)):
                print(f"not documented: {text}", flush=True)
        report.note(f"let through: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
