"""A job's work spread over workers: several GPUs, several processes, several machines.

    with open_crew("auto") as crew:
        jobs.run("stereo", "film.mkv", options, "film-3d.mkv", crew=crew)

A clip is divided at its cuts, where a loop forgets all but its tallies, and workers render
stretches of whole shots with the loop and the encoders that a job of one machine uses; so the
result has the same bytes. `coordinating` is the job's side, `work` the worker's, `crew` what
brings them together, `processes` and `ray_crew` are the two kinds of workers there are.
"""

from __future__ import annotations

from .crew import Crew
from .opening import open_crew

__all__ = ["Crew", "open_crew"]
