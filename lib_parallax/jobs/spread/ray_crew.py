"""Workers that are actors of a Ray cluster: one a GPU, or one for some cores where there is none.

The only file that knows Ray. Files go through its object store where a worker does not see
them at their paths.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import ray

from ...errors import ParallaxError, UnavailableError
from .crew import CORES, Crew, Died
from .inputs import here, key_of, pieces_of
from .tasks import Input, Message, Task

OUTBOX = 32  # messages that wait to be heard: so a worker stays a little ahead, and no more
KEPT = 4  # inputs that stay in the object store for the next worker
BUILD = 300.0  # seconds in which a node must have an actor ready

Sent = list[tuple[str, Any, int | None]]


class Actor:
    """What runs on a node: a worker that is asked for what it has to tell."""

    def __init__(self) -> None:
        from .work import Work

        self._outbox: queue.Queue[Message] = queue.Queue(OUTBOX)
        self._work = Work(self._outbox.put)

    def name(self) -> str:
        return f"worker {os.getpid()} on {ray.util.get_node_ip_address()}"

    def pid(self) -> int:
        return os.getpid()

    def begin(self, task: Task) -> None:
        self._work.begin(task)

    def cancel(self) -> None:
        self._work.cancel()

    def take(self, key: str, path: str, data: bytes, mtime_ns: int | None) -> None:
        self._work.take(key, path, data, mtime_ns)

    def hear(self, seconds: float) -> list[Message]:
        with contextlib.suppress(queue.Empty):
            heard = [self._outbox.get(timeout=seconds)]
            while True:
                try:
                    heard.append(self._outbox.get_nowait())
                except queue.Empty:
                    return heard
        return []

    def close(self) -> None:
        self._work.close()


class Store:
    """Inputs in the object store, each put there once for all workers; the newest few stay."""

    def __init__(self) -> None:
        self._sent: OrderedDict[Input, Sent] = OrderedDict()
        self._lock = Lock()

    def pieces(self, wanted: Input) -> Sent:
        """(path in the input, reference to its bytes, time of the file with its last piece) in order.

        Raises UnavailableError for what is not here any more.
        """
        with self._lock:
            if wanted not in self._sent:
                if not here(wanted):
                    raise UnavailableError(f"{wanted.path}: has changed since the job began")
                self._sent[wanted] = [(name, ray.put(data), at) for name, data, at in pieces_of(wanted)]
                while len(self._sent) > KEPT:
                    self._sent.popitem(last=False)
            self._sent.move_to_end(wanted)
            return self._sent[wanted]


class RayHand:
    """A Hand: an actor on some node."""

    def __init__(self, build: Callable[[], Any], store: Store, ship: bool):
        self.name = "a worker of the cluster"
        self._store, self._ship = store, ship
        self._actor = build()
        self.name = self._asked("name", timeout=BUILD)

    def begin(self, task: Task) -> None:
        from dataclasses import replace

        if self._ship:
            task = replace(task, brief=replace(task.brief, shared=False))
        self._asked("begin", task)

    def hear(self, seconds: float) -> Sequence[Message]:
        heard: Sequence[Message] = self._asked("hear", seconds)
        return heard

    def bring(self, wanted: Input) -> None:
        for name, data, mtime_ns in self._store.pieces(wanted):
            self._asked("take", key_of(wanted), name, data, mtime_ns)

    def cancel(self) -> None:
        self._asked("cancel")

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._asked("close", timeout=5)
        with contextlib.suppress(Exception):
            ray.kill(self._actor)

    def _asked(self, method: str, *arguments: Any, timeout: float | None = None) -> Any:
        try:
            return ray.get(getattr(self._actor, method).remote(*arguments), timeout=timeout)
        except ray.exceptions.GetTimeoutError:
            raise Died(f"{self.name} does not answer") from None
        except ray.exceptions.RayTaskError as error:
            cause = error.cause
            raise (cause if isinstance(cause, ParallaxError) else Died(f"{self.name}: {error}")) from None
        except (ray.exceptions.RayError, ConnectionError) as error:
            raise Died(f"{self.name} is gone: {_first_line(error)}") from None


def find() -> str | None:
    """The address of the cluster that RAY_ADDRESS names or this machine is part of, or None."""
    named = os.environ.get("RAY_ADDRESS")
    if named and named not in ("auto", "local"):
        return named
    try:
        _connect("auto")
    except UnavailableError:
        return None
    return "auto"


def ray_crew(address: str, workers: int | None = None, ship: bool = False) -> Crew:
    """One worker for each GPU of the cluster; without any, one for each two cores of a node.

    address  "auto", HOST:PORT of a cluster that this machine is part of, or ray://HOST:PORT
    workers  at most so many
    ship     files go through the object store even where paths are seen

    Raises UnavailableError where there is no such cluster.
    """
    ours = _connect(address)
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    gpus = sum(int(node.get("GPU", 0)) for node in nodes)
    each = 1 if gpus else max(1, min([CORES, *(int(n["CPU"]) for n in nodes if n.get("CPU", 0) >= 1)]))
    count = gpus or sum(int(node.get("CPU", 0)) // each for node in nodes)
    if not count:
        raise UnavailableError(f"{address}: this cluster has neither GPUs nor cores to give")
    wanted = {"num_gpus": 1, "num_cpus": 0} if gpus else {"num_cpus": each}
    made = ray.remote(Actor)
    store = Store()

    def hire() -> RayHand:
        # threads: it must be heard and told to stop while it works; "SPREAD": nodes are filled evenly
        options = {**wanted, "max_restarts": 0, "max_concurrency": 4, "scheduling_strategy": "SPREAD"}
        return RayHand(made.options(**options).remote, store, ship)

    return Crew([hire] * min(count, workers or count), close=ray.shutdown if ours else lambda: None)


def _connect(address: str) -> bool:
    """Whether the connection was made here; one that is there already is used."""
    if ray.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray.init(address=address, namespace="parallax", log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError, ImportError) as error:
        raise UnavailableError(f"{address}: no Ray cluster answers there: {_first_line(error)}") from None
    return True


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
