"""Pictures and panes laid over each other on CUDA; see `reference_zoom` and `reference_composite`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..laid import Laid
from ..placed import Placed
from .cuda_launch import launch


def halve(image: Tensor) -> Tensor:
    image = image.contiguous()
    height, width, channels = image.shape
    shape = (height + 1) // 2, (width + 1) // 2, channels
    out = torch.empty(shape, dtype=image.dtype, device=image.device)
    launch("halve", shape[0] * shape[1], image, height, width, channels, out, like=image)
    return out


def compose(layers: Sequence[Placed], size: tuple[int, int], full: int) -> Tensor:
    frame = _black(size, layers[0].image.device)
    for layer in layers:
        (_straight if layer.straight else _turned)(layer, size, frame)
    return frame.round().clamp(0, full).to(layers[0].image.dtype)


def composite(panes: Sequence[Laid], size: tuple[int, int]) -> Tensor:
    frame = _black(size, panes[0].image.device)
    for pane in panes:
        image = pane.image.contiguous()
        (left, right), (top, bottom) = pane.columns, pane.lines
        weights = _on(np.concatenate([pane.across, pane.down]), image)
        launch(
            "lay_pane", (right - left) * (bottom - top), image, *image.shape[:2], weights,
            _on(pane.rows, image), pane.left, pane.top, left, right - left, top, bottom - top, size[0], frame,
        )  # fmt: skip
    return frame.round().to(torch.uint8)


def _straight(layer: Placed, size: tuple[int, int], frame: Tensor) -> None:
    image = layer.image.contiguous()
    columns, rows = layer.columns(size[0]), layer.rows(size[1])
    across, down = layer.fades(size)
    axes = [
        argument
        for taps in (columns, rows)
        for argument in (_on(taps.first, image), _on(taps.weights, image), taps.weights.shape[1])
    ]
    launch(
        "lay_straight", size[0] * size[1], image, *image.shape[:2], *axes, _on(across, image),
        _on(down, image), *frame.shape[:2], frame, like=image,
    )  # fmt: skip


def _turned(layer: Placed, size: tuple[int, int], frame: Tensor) -> None:
    image, place = layer.image.contiguous(), layer.place
    turn, shift = complex(place.turn), complex(place.shift)
    numbers = [
        turn.real, turn.imag, shift.real, shift.imag, place.scale, *(layer.extent or (0.0, 0.0)),
        layer.feather, layer.opacity,
    ]  # fmt: skip
    launch(
        "lay_turned", size[0] * size[1], image, *image.shape[:2], _on(np.array(numbers), image),
        *frame.shape[:2], frame, like=image,
    )  # fmt: skip


def _black(size: tuple[int, int], device: torch.device) -> Tensor:
    return torch.zeros((size[1], size[0], 3), dtype=torch.float32, device=device)


def _on(array: np.ndarray, image: Tensor) -> Tensor:
    """A small array where the picture is."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(image.device)
