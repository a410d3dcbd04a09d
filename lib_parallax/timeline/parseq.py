"""Parseq's manifests: the numbers that it rendered for every frame, as options of a loop, and prompts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import OptionError
from .deforum import DEEP, FLAT, read_deforum
from .expression import shown
from .imported import MOST_FRAMES, Imported, check_loop, load_json, number

WHAT = "Parseq manifest"
_NAMES = {"strength": "strength_schedule", "scale": "cfg_scale_schedule", "fov": "fov_schedule"}
_WEIGHT = re.compile(r"\s*:\s*(-?[\d.]+(?:e-?\d+)?)\s*$")
_DERIVED = re.compile(r".*_(?:delta|pc)|prompt_weight_\d+|frame|deforum_prompt|subseed|subseed_strength")


_RELATIVE = {*FLAT, *DEEP} - {"transform_center_x", "transform_center_y"}
_READ = {*FLAT, *DEEP, *_NAMES}
_UNSAID = ("steps", "seed_policy", "size", "outside")


def read_parseq(
    source: str | os.PathLike[str] | Mapping[str, Any],
    loop: str = "parallax",
    size: tuple[int, int] = (512, 512),
) -> Imported:
    """The options of `loop`, "parallax" or "animate", that a rendered manifest stands for.

    source  the file's path, its text, or the mapping in it
    size    (width, height) of the result, which pixels of 2D movement are counted in
    Raises OptionError for what is no such manifest, naming the frame.
    """
    check_loop(loop)
    content = load_json(source, WHAT)
    rows = _rows(content)
    options = content.get("options", {})
    if not isinstance(options, Mapping):
        raise OptionError(f"{WHAT}: options must be a mapping")
    warnings: list[str] = []
    settings: dict[str, Any] = {
        "W": size[0], "H": size[1], "max_frames": len(rows),
        "fps": number(options, "output_fps", 20, 1, 240, WHAT),
        "diffusion_cadence": number(options, "cadence", 1, 1, MOST_FRAMES, WHAT),
    }  # fmt: skip
    managed = rows[0]
    deep = any(name in managed and _moves(rows, name) for name in DEEP if name not in FLAT)
    settings["animation_mode"] = "3D" if deep else "2D"
    for name in (*FLAT, *DEEP, *_NAMES):
        column = f"{name}_delta" if f"{name}_delta" in managed and name in _RELATIVE else name
        if column in managed:
            settings[_NAMES.get(name, name)] = _text(_column(rows, column))
    left = [name for name in managed if not _DERIVED.fullmatch(name) and name not in _READ]
    if left:
        warnings.append(f"without counterpart here: {', '.join(left)}")
    imported = read_deforum(settings, loop)
    made = {key: value for key, value in imported.options.items() if key not in _UNSAID}
    if "strength" not in managed:
        made.pop("denoise", None)
        made.pop("refine", None)
    if "scale" not in managed:
        made.pop("cfg")
    return Imported(made, _prompts(rows, warnings), (*warnings, *imported.warnings))


def _rows(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rendered frames in their order, every one there once."""
    rows = content.get("rendered_frames")
    if not isinstance(rows, list) or not rows:
        hint = (
            "; it is not rendered: open it in Parseq, render, and take the output"
            if "keyframes" in content
            else ""
        )
        raise OptionError(f"{WHAT}: there are no rendered_frames{hint}")
    if len(rows) > MOST_FRAMES:
        raise OptionError(f"{WHAT}: {len(rows)} frames are too many; {MOST_FRAMES} are allowed")
    for index, row in enumerate(rows):
        if (
            not isinstance(row, Mapping)
            or not isinstance(row.get("frame"), int)
            or isinstance(row["frame"], bool)
        ):
            raise OptionError(f"{WHAT}: row {index + 1} of rendered_frames has no frame number")
    rows = sorted(rows, key=lambda row: row["frame"])
    for row, following in pairwise(rows):
        if following["frame"] != row["frame"] + 1:
            what = "is there twice" if following["frame"] == row["frame"] else "is missing"
            raise OptionError(f"{WHAT}: frame {row['frame'] + (what == 'is missing')} {what}")
    return rows


def _column(rows: list[Mapping[str, Any]], name: str) -> np.ndarray:
    for row in rows:
        value = row.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= 1e12:
            raise OptionError(f"{WHAT}: {name} is {shown(value)} at frame {row['frame']}, not a number")
    return np.array([row[name] for row in rows], np.float64)


def _moves(rows: list[Mapping[str, Any]], name: str) -> bool:
    return bool(_column(rows, name).any())


def _text(values: np.ndarray) -> str:
    """Every frame's number as a key of its own: nothing is lost before movement is summed up."""
    return ",".join(f"{frame}:({value!r})" for frame, value in enumerate(values.tolist()))


def _prompts(rows: list[Mapping[str, Any]], warnings: list[str]) -> dict[str, Any]:
    """A row wherever another prompt becomes the heaviest, and its fade as long as the two overlap."""
    if "deforum_prompt" not in rows[0]:
        return {}
    shares = [_weighted(row) for row in rows]
    leading = [max(share, key=lambda text: share[text]) for share in shares]
    first = rows[0]["frame"]
    found = [{"step": 0, "prompt": leading[0]}]
    for index in range(1, len(rows)):
        old, new = leading[index - 1], leading[index]
        if old == new:
            continue
        begin, end = index, index
        while begin > 0 and shares[begin - 1].get(new, 0) > 0 and old in shares[begin - 1]:
            begin -= 1
        while end < len(rows) and shares[end].get(old, 0) > 0:
            end += 1
        found.append({"step": min(end, len(rows) - 1), "prompt": new, "fade": end - begin})
    if any(len(share) > 2 for share in shares):
        warnings.append("more than two prompts share a frame; the heaviest are kept")
    if first:
        warnings.append(f"the manifest begins at frame {first}; it is moved to 0")
    return {"prompts": _apart(found)}


def _apart(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of rows that came to the same step, the last."""
    return list({row["step"]: row for row in rows}.values())


def _weighted(row: Mapping[str, Any]) -> dict[str, float]:
    """The prompts that AND joins, each with its --neg part, and their weights."""
    text = row.get("deforum_prompt")
    if not isinstance(text, str):
        raise OptionError(f"{WHAT}: deforum_prompt is {shown(text)} at frame {row['frame']}, not text")
    positive, _, negative = text.partition(" --neg ")
    sides = [
        [_WEIGHT.split(part)[0].strip() for part in side.split(" AND ")] for side in (positive, negative)
    ]
    weights = [_WEIGHT.search(part) for part in positive.split(" AND ")]
    found: dict[str, float] = {}
    for index, own in enumerate(sides[0]):
        against = sides[1][index] if index < len(sides[1]) else ""
        weight = weights[index]
        name = f"{own} --neg {against}" if against else own
        found[name] = float(weight.group(1)) if weight and len(weights) > 1 else 1.0
    return found
