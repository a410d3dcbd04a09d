"""Where style, scripts and translations of the page lie.

At a checkout's root, whence a webui takes them by itself; a wheel brings them inside the package.
"""

from __future__ import annotations

from pathlib import Path

IN_WHEEL = Path(__file__).with_name("web")
FOLDER = IN_WHEEL if IN_WHEEL.is_dir() else Path(__file__).resolve().parents[2]
