"""What a decoded frame carries beside its picture."""

from __future__ import annotations

from typing import Any


def side_data(frame: Any, kind: str) -> Any:
    """PyAV's side data of that kind (a name such as "DISPLAYMATRIX"), or None.

    Never `frame.side_data`: PyAV keeps that on the frame and the frame on it, and pictures in such a ring
    stay in memory until Python looks for garbage, a hundred frames and more later.
    """
    from av.sidedata.sidedata import SideDataContainer

    return SideDataContainer(frame).get(kind)  # type: ignore[call-arg, unused-ignore]  # its stub lacks it
