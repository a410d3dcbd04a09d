"""A disk that is full from a chosen moment on: every call that writes fails, until there is room."""

from __future__ import annotations

import builtins
import errno
import io
import os
import shutil
from typing import Any


class FullDisk:
    """Counts the calls that write, and refuses all from the `full_from`-th on. `patch` is a MonkeyPatch."""

    def __init__(self, patch: Any, full_from: int | None = None):
        import av

        from lib_parallax.media.writer import VideoWriter

        self.calls = 0
        self._full_from = full_from
        opened = builtins.open

        def open_file(file: Any, mode: str = "r", *args: Any, **keywords: Any) -> Any:
            if set(mode) & set("wax+") and not isinstance(file, int):
                self._write()
            return opened(file, mode, *args, **keywords)

        def guarded(module: Any, name: str) -> None:
            real = getattr(module, name)

            def call(*args: Any, **keywords: Any) -> Any:
                self._write()
                return real(*args, **keywords)

            patch.setattr(module, name, call)

        av_open = av.open

        def open_container(file: Any, mode: str = "r", **keywords: Any) -> Any:
            if mode == "w":
                self._write()
            return av_open(file, mode, **keywords)

        patch.setattr(builtins, "open", open_file)
        patch.setattr(io, "open", open_file)
        patch.setattr(av, "open", open_container)
        guarded(VideoWriter, "_mux")
        for module, names in {os: ("fsync", "replace", "mkdir", "link"), shutil: ("copyfile",)}.items():
            for name in names:
                guarded(module, name)

    def _write(self) -> None:
        self.calls += 1
        if self._full_from is not None and self.calls >= self._full_from:
            raise OSError(errno.ENOSPC, "No space left on device")
