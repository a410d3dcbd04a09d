"""A small clip of several shots, one of them long enough for a segment that ends inside it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lib_parallax import media

RATE = 5
LENGTHS = (11, 56, 13, 10)  # of the shots; a segment ends 10 s into the second
SPANS = ((0, 11), (11, 67), (67, 80), (80, None))  # how the work is divided
FRAMES = sum(LENGTHS)
SIZE = (96, 54)
TINTS = ((250, 20, 0), (0, 40, 250), (220, 220, 0), (0, 250, 20), (230, 0, 240))


def pictures(lengths=LENGTHS):
    """A ball that rolls before a wall that slides by, each shot in a colour of its own."""
    import cv2

    width, height = SIZE
    for shot, length in enumerate(lengths):
        random = np.random.default_rng(shot)
        wall = cv2.resize(random.integers(30, 256, (12, 40, 1), np.uint8), (2 * width, height))
        wall = (wall[..., None] / 255 * TINTS[shot % len(TINTS)]).astype(np.uint8)
        for number in range(length):
            picture = wall[:, number : number + width].copy()
            place = (20 + abs((40 * shot + number) % 120 - 60), 12 + 15 * (shot % 3))
            cv2.circle(picture, place, 9, (250, 240, 30), -1)
            yield picture


def write(path, lengths=LENGTHS):
    with media.open_writer(path, SIZE, rate=Fraction(RATE), codec="h264") as writer:
        for number, picture in enumerate(pictures(lengths)):
            writer.write(picture, Fraction(number, RATE))
    return path


def write_depth(path, frames=FRAMES):
    """Depth for the same: a slope down which a bump runs."""
    width, height = SIZE
    slope = np.linspace(9000, 40000, height)[:, None].repeat(width, 1)
    settings = {"rate": Fraction(RATE), "codec": "ffv1", "bit_depth": 16, "gray": True}
    with media.open_writer(path, SIZE, **settings) as writer:
        for number in range(frames):
            bump = 20000 * np.exp(-(((np.arange(width) - number) / 9) ** 2))
            writer.write((slope + bump).astype(np.uint16), Fraction(number, RATE))
    return path
