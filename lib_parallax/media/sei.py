"""The H.264 frame packing SEI, told that the right eye's view comes first.

x264 always writes content_interpretation_type 1 (left first); ITU-T H.264 D.1.26 has 2 for the other way.
"""

from __future__ import annotations

from typing import Any

FRAME_PACKING = 45
_SEI = 6


def right_eye_first(packet: Any) -> Any:
    """The packet (Annex B) with its frame packing SEI, if it has one, turned round."""
    data = bytearray(bytes(packet))
    if not patch(data):
        return packet
    packet.update(bytes(data))
    return packet


def patch(data: bytearray) -> bool:
    """Sets content_interpretation_type to 2 in an Annex B buffer; whether there was one to set.

    x264 gives each message a NAL of its own with arrangement id 0, so that the six bits of the type are the
    low bits of the payload's second byte, out of reach of emulation prevention.
    """
    start = data.find(b"\0\0\1")
    while start >= 0:
        nal = start + 3
        if nal + 5 < len(data) and data[nal] & 0x1F == _SEI and data[nal + 1] == FRAME_PACKING:
            data[nal + 4] = (data[nal + 4] & 0xC0) | 2
            return True
        if nal < len(data) and data[nal] & 0x1F in (1, 5):
            return False
        start = data.find(b"\0\0\1", nal)
    return False
