"""Tags for a picture by the taggers of SmilingWolf, known as WD14: a network in ONNX and a table of its tags.

The table's rows are the network's outputs in order: tag_id, name, category (9 ratings, 0 what is seen,
4 who), count.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from ...depth.pretrained import imported, one_line
from ...errors import SourceError
from ...types import Image

SURE = {"0": 0.35, "4": 0.85}  # the least probability by category, as the taggers' author has it
MOST = 40  # tags
FACES = {"0_0", "(o)_(o)", "+_+", "+_-", "._.", "<o>_<o>", "<|>_<|>", "=_=", ">_<", "3_3", "6_9", ">_o",
         "@_@", "^_^", "o_o", "u_u", "x_x", "|_|", "||_||"}  # fmt: skip


class Tagger:
    """A captioner from a folder with model.onnx and selected_tags.csv. It computes on the CPU."""

    def __init__(self, folder: Path, name: str):
        try:
            with open(folder / "selected_tags.csv", encoding="utf-8", newline="") as file:
                self._tags = [(row["name"], row["category"]) for row in csv.DictReader(file)]
        except (OSError, ValueError, KeyError) as error:
            raise SourceError(f"{folder}: selected_tags.csv cannot be read ({one_line(error)})") from error
        made = imported("onnxruntime", name)
        try:
            self._session: Any = made.InferenceSession(
                str(folder / "model.onnx"), providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise SourceError(f"{folder}: model.onnx cannot be read ({one_line(error)})") from error
        self._name = name

    def describe(self, image: Image) -> str:
        """Tags of `image` uint8 `[H, W, 3]`, the surest first, with commas between."""
        given = self._session.get_inputs()[0]
        pixels = prepared(image, int(given.shape[1]))[None]
        sure = np.asarray(self._session.run(None, {given.name: pixels})[0], np.float64).reshape(-1)
        if len(sure) != len(self._tags):
            raise SourceError(f"{self._name}: {len(sure)} outputs, and {len(self._tags)} tags in its table")
        found = [
            (-sure[number], number)
            for number, (_, category) in enumerate(self._tags)
            if sure[number] >= SURE.get(category, np.inf)
        ]
        return ", ".join(_spoken(self._tags[number][0]) for _, number in sorted(found)[:MOST])


def prepared(image: Image, side: int) -> np.ndarray:
    """The whole picture on a white square, float32 `[side, side, 3]` in BGR, 0..255."""
    import cv2

    height, width = image.shape[:2]
    longest = max(height, width)
    square = np.full((longest, longest, 3), 255, np.uint8)
    top, left = (longest - height) // 2, (longest - width) // 2
    square[top : top + height, left : left + width] = image
    how = cv2.INTER_AREA if longest > side else cv2.INTER_CUBIC
    return cv2.resize(square, (side, side), interpolation=how)[..., ::-1].astype(np.float32)


def _spoken(tag: str) -> str:
    """As a prompt has it: blanks for underscores, and no brackets that would be emphasis."""
    words = tag if tag in FACES else tag.replace("_", " ")
    return words.replace("(", r"\(").replace(")", r"\)")
