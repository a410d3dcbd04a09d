"""What changes over time: numbers by frame (Schedule, Curve) and prompts by step (Prompts)."""

from __future__ import annotations

from .curve import Curve, CurveKey
from .prompt_rows import Prompt
from .prompts import Prompts
from .schedule import Schedule

__all__ = ["Curve", "CurveKey", "Prompt", "Prompts", "Schedule"]
