"""Where a user's own data lies on each platform, and with it the jobs."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def user_data_folder() -> Path:
    """Parallax's folder in the user's data: XDG on Linux, Application Support on macOS, %LOCALAPPDATA%."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        given = os.environ.get("XDG_DATA_HOME", "")
        # the XDG standard tells programs to ignore a relative path there
        base = given if os.path.isabs(given) else Path.home() / ".local" / "share"
    return Path(base) / "parallax"


def default_jobs_dir() -> Path:
    """The folder that holds one folder a job when nobody names another."""
    return user_data_folder() / "jobs"


def presets_folder(jobs_dir: Path | str | None = None) -> Path:
    """Where the user's own presets are: beside the jobs, so that every face finds what another kept."""
    return (Path(jobs_dir).absolute() if jobs_dir is not None else default_jobs_dir()).parent / "presets"
