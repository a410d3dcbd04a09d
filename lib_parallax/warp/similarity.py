"""Moving, turning and scaling the plane: z becomes `turn * z + shift`, in complex numbers.

The real axis points right and the imaginary one down, as pixels do, so that a positive angle
turns clockwise on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Similarity:
    """`turn` holds scale and angle, `shift` the move that follows."""

    turn: complex = 1
    shift: complex = 0

    def __call__(self, z: complex) -> complex:
        return self.turn * z + self.shift

    def __matmul__(self, first: Similarity) -> Similarity:
        """This one after `first`."""
        return Similarity(self.turn * first.turn, self(first.shift))

    @property
    def inverse(self) -> Similarity:
        return Similarity(1 / self.turn, -self.shift / self.turn)

    @property
    def scale(self) -> float:
        return abs(self.turn)
