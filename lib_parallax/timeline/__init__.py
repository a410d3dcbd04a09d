"""What changes over time: numbers by frame (Schedule) and prompts by step (Prompts)."""

from __future__ import annotations

from .prompt_rows import Prompt
from .prompts import Prompts
from .schedule import Schedule

__all__ = ["Prompt", "Prompts", "Schedule"]
