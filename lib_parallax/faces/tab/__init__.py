"""The tab of the webui, which is also the page alone; `build` makes it."""

from __future__ import annotations

from .build import build

__all__ = ["build"]
