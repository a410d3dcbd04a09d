"""Jobs: a loop's frames become a result, and survive whatever stops them on the way.

    result = run("stereo", "in.mp4", {"layout": "half-sbs"}, "out.mp4")
    for record in list_jobs(): ...

A job is a folder (`job.json`, `log.txt`, and `work/` while it is under way); `journal` says
how it survives a kill, `job` how it runs, `queue` how many take turns, `batch` how one loop
goes over a folder.
"""

from __future__ import annotations

from .batch import Batch, BatchResult, Stops, run_batch
from .folders import default_jobs_dir, presets_folder, user_data_folder
from .job import JobResult, go_on, run
from .queue import Alone, Queue, Turn
from .record import JobRecord, clean, list_jobs
from .repaint import repaint
from .status import Asked, ResultFile, Status

__all__ = [
    "Alone",
    "Asked",
    "Batch",
    "BatchResult",
    "JobRecord",
    "JobResult",
    "Queue",
    "ResultFile",
    "Status",
    "Stops",
    "Turn",
    "clean",
    "default_jobs_dir",
    "go_on",
    "list_jobs",
    "presets_folder",
    "repaint",
    "run",
    "run_batch",
    "user_data_folder",
]
