"""Every carrier finds the same first hits as the reference, and the same colours and holes there."""

from __future__ import annotations

import numpy as np
import pytest

from lib_parallax.warp import Camera
from lib_parallax.warp.backends import carrier
from lib_parallax.warp.camera import rays

CAMERAS = {
    "still": Camera(),
    "across": Camera(offset=(0.4, 0), isometric=1),
    "down": Camera(offset=(0, -0.4), isometric=1),
    "general": Camera(offset=(0.3, 0.2), zoom=0.8, isometric=0.2, height=0.4),
    "dolly": Camera(dolly=2, focus=0.5, height=0.6, isometric=0, outside="edge"),
    "turned": Camera(offset=(0.2, 0), roll=20, pan=8, tilt=-5, outside="blank"),
    "far aside": Camera(pan=75, offset=(0.2, 0)),
    "through": Camera(height=1.4, isometric=0, origin=(0.3, 0)),
}
SIZES = [(1, 1), (1, 7), (7, 1), (5, 3), (40, 24)]


def scene(size, seed=0):
    """Smooth depth and picture with one step; of grain every carrier may miss another bit."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    depth = 0.4 + 0.2 * np.sin(x / 6 + seed) * np.cos(y / 5)
    depth[height // 3 : 2 * height // 3, width // 3 : width // 2] = 0.8
    image = np.stack([128 + 100 * np.sin(x / (4 + c) + y / 6) for c in range(3)], -1)
    return image.round().astype(np.uint8), depth.astype(np.float32)


def seen(on, image, depth, camera, size):
    way = rays(camera, size, (image.shape[1], image.shape[0]))
    relief = on.enter(depth)
    u = on.primitives.first_hit(relief, way, size)
    colour, holes = on.primitives.look_up(on.enter(image), relief, u, way, int(np.iinfo(image.dtype).max))
    return on.leave(u), on.leave(colour), on.leave(holes), way


@pytest.mark.parametrize("name", list(CAMERAS))
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_views_agree(name, size, other):
    image, depth = scene(size)
    reference = carrier("reference", "cpu")
    for picture in (image, image.astype(np.uint16) * 257):
        a = seen(reference, picture, depth, CAMERAS[name], (32, 20))
        b = seen(other, picture, depth, CAMERAS[name], (32, 20))
        assert b[1].shape == (20, 32, 3) and b[2].dtype == bool
        # at the very edge of a thing a ray may just hit for one and just miss for the other
        same = np.abs(a[0] - b[0]) * a[3].speed < 0.05
        assert same.mean() >= 0.99
        full = np.iinfo(picture.dtype).max
        assert np.abs(a[1].astype(int) - b[1])[same].max() <= full * 3 / 255
        assert (a[2] == b[2])[same].mean() >= 0.99


def test_the_same_hits_give_the_same_colours(other):
    """To one level, whatever the picture."""
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (24, 40, 3), np.uint8)
    depth = scene((40, 24))[1]
    reference = carrier("reference", "cpu")
    for name, camera in CAMERAS.items():
        way = rays(camera, (32, 20), (40, 24))
        u = reference.leave(reference.primitives.first_hit(reference.enter(depth), way, (32, 20)))
        a, b = (
            [
                on.leave(v)
                for v in on.primitives.look_up(on.enter(image), on.enter(depth), on.enter(u), way, 255)
            ]
            for on in (reference, other)
        )
        if name != "far aside":  # places so far out that single precision knows them to a tenth of a pixel
            assert np.abs(a[0].astype(int) - b[0]).max() <= 1
        assert (a[1] == b[1]).mean() > 0.99
