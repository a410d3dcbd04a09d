"""The browser that pages are tried in; where it is missing, the test is skipped with a notice.

PARALLAX_CHROMIUM   the browser (default: /usr/bin/chromium)
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

CHROMIUM = Path(os.environ.get("PARALLAX_CHROMIUM", "/usr/bin/chromium"))


@contextlib.contextmanager
def browser():
    """A running browser. While it lives, an event loop runs in this thread."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}; PARALLAX_CHROMIUM names another")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        running.close()
