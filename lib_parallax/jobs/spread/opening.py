"""Which workers `--cluster` stands for."""

from __future__ import annotations

import importlib.util
import os

from ...errors import OptionError, UnavailableError
from .crew import Crew

WORDS = ("auto", "local")
ADDRESS = "ray://"


def open_crew(cluster: str, workers: int | None = None) -> Crew:
    """The workers of a cluster.

    cluster  "local": processes of this machine; "ray://HOST:PORT": a Ray cluster by its client server;
             "auto": the Ray cluster that RAY_ADDRESS names or this machine is part of, else as "local"
    workers  how many there are to be; None takes what there is

    Raises OptionError, and UnavailableError where Ray is asked for and cannot be had.
    """
    if cluster not in WORDS and not cluster.startswith(ADDRESS):
        raise OptionError(f"cluster: {cluster!r} is none of auto, local and ray://HOST:PORT", "cluster")
    if workers is not None and workers < 1:
        raise OptionError(f"workers: {workers} is less than 1", "workers")
    if cluster == "local":
        return _local(workers)
    if importlib.util.find_spec("ray") is None:
        if cluster == "auto" and not os.environ.get("RAY_ADDRESS"):
            return _local(workers)
        raise UnavailableError(
            'cluster: Ray is not installed; pip install "ray>=2.48,<3", or --cluster local'
        )
    if cluster.startswith(ADDRESS) and importlib.util.find_spec("grpc") is None:
        raise UnavailableError(f'{cluster}: takes Ray\'s client; pip install "ray[client]>=2.48,<3"')
    from .ray_crew import find, ray_crew

    address = cluster if cluster != "auto" else find()
    return _local(workers) if address is None else ray_crew(address, workers)


def _local(workers: int | None) -> Crew:
    from .processes import processes

    return processes(workers)
