"""Jobs: a loop's frames become a result, and survive whatever stops them on the way.

    result = run("stereo", "in.mp4", {"layout": "half-sbs"}, "out.mp4")
    for record in list_jobs(): ...

A job is a folder (`job.json`, `log.txt`, and `work/` while it is under way); `journal` says
how it survives a kill, `job` how it runs.
"""

from __future__ import annotations

from .folders import default_jobs_dir
from .job import JobResult, run
from .record import JobRecord, clean, list_jobs

__all__ = ["JobRecord", "JobResult", "clean", "default_jobs_dir", "list_jobs", "run"]
