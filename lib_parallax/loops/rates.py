"""Frame rates as people write them."""

from __future__ import annotations

from fractions import Fraction


def frame_rate(fps: float) -> Fraction:
    """Frames a second as video has them: 29.97 and the like stand for n * 1000/1001."""
    exact = Fraction(round(fps) * 1000, 1001)
    return exact if abs(fps - exact) < 0.005 and fps != round(fps) else Fraction(fps).limit_denominator(1000)
