"""Putting a stereo tag and a pixel aspect into a file: what the muxer takes, and what is written after it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..types import Size
from .boxes import finish_mp4
from .elements import PLACEHOLDER, display_size, set_display_size
from .tags import StereoTag, matroska_mode, mp4_boxes

MP4_SUFFIXES = (".mp4", ".m4v", ".mov")


@dataclass(frozen=True)
class Tagging:
    """For one file with one video track of this size."""

    suffix: str
    stereo: StereoTag | None
    size: Size
    sample_aspect: Fraction

    def before(self, stream: Any) -> None:
        """Before the header is written, to the output's video stream."""
        if self.suffix in MP4_SUFFIXES:
            return
        mode = matroska_mode(self.stereo, webm=self.suffix == ".webm")
        if mode:
            stream.metadata["stereo_mode"] = mode
        if self._needs_display_size:
            stream.metadata["title"] = PLACEHOLDER

    def after(self, path: Path) -> None:
        """After the file is complete."""
        if self.suffix in MP4_SUFFIXES:
            finish_mp4(path, mp4_boxes(self.stereo))
        elif self._needs_display_size:
            known = matroska_mode(self.stereo, webm=self.suffix == ".webm") is not None
            shown = display_size(self.size, self.sample_aspect, self.stereo if known else None)
            set_display_size(path, shown)

    @property
    def _needs_display_size(self) -> bool:
        """Square pixels are what the muxer assumes."""
        return self.sample_aspect != 1
