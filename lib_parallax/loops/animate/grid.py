"""Several keys in one picture, so that a model paints them alike, and cut apart again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...types import Image, Size


@dataclass(frozen=True)
class Grid:
    """Cells of one `size` (width, height) in columns and rows, filled row by row."""

    size: Size
    columns: int
    rows: int

    @classmethod
    def of(cls, count: int, size: Size) -> Grid:
        """The grid of that many cells whose longer side is the shortest, and then with the fewest cells."""
        grids = [cls(size, columns, -(-count // columns)) for columns in range(1, count + 1)]
        return min(grids, key=lambda grid: (max(grid.whole), grid.columns * grid.rows))

    @property
    def whole(self) -> Size:
        return self.columns * self.size[0], self.rows * self.size[1]

    def together(self, pictures: Sequence[Image]) -> Image:
        """The pictures in one, uint8 `[H, W, 3]`; the last is repeated in cells that stay empty."""
        empty = self.columns * self.rows - len(pictures)
        cells = np.stack([*pictures, *[pictures[-1]] * empty])
        width, height = self.size
        lines = cells.reshape(self.rows, self.columns, height, width, 3).swapaxes(1, 2)
        return np.ascontiguousarray(lines.reshape(self.whole[1], self.whole[0], 3))

    def apart(self, picture: Image, count: int) -> list[Image]:
        """The first `count` cells of a picture of all."""
        width, height = self.size
        lines = picture.reshape(self.rows, height, self.columns, width, 3).swapaxes(1, 2)
        return [np.ascontiguousarray(cell) for cell in lines.reshape(-1, height, width, 3)[:count]]
