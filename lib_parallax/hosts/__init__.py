"""Hosts: the programs that Parallax may run inside of, and what it takes from them.

    host = detect()     # None when Parallax is alone

A host is given to the storeys below as plain values and callbacks; only this folder imports
its modules.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .webui import WebUI

_found: WebUI | None = None


def detect() -> WebUI | None:
    """The webui that this process is, the same object each time, or None."""
    global _found
    if _found is None and "modules.shared" in sys.modules:
        from .webui import WebUI

        _found = WebUI()
    return _found
