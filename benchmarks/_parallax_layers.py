"""Part of `parallax`: an orbit over the street with what is behind things painted, against exact views."""

from __future__ import annotations

from typing import Any

import numpy as np
from _psnr import psnr

from lib_parallax import samples
from lib_parallax.generate.classical import Classical
from lib_parallax.generate.requests import Inpaint
from lib_parallax.types import CancelToken
from lib_parallax.warp import Camera, render_parallax
from lib_parallax.warp.backends import carrier
from lib_parallax.warp.camera import rays
from lib_parallax.warp.parallax import render
from lib_parallax.warp.parallax_layers import Sheet, render_layers, trace, uncovered

SIZE = (640, 360)
HEIGHT = 0.25
EYES = (-1.0, -0.5, 0.5, 1.0)  # places of the camera along its way, in eye distances
STRETCHED = 4.0


def camera_at(eye: float, scene: samples.Street) -> Camera:
    """The camera that sees the relief as the street's own camera does from `eye`."""
    across = 2 * scene.size[0] / scene.size[1]  # half heights in a width
    return Camera(offset=(eye * scene.budget * across / HEIGHT, 0), steady=0, isometric=1, height=HEIGHT)


def layers_table() -> list[dict[str, Any]]:
    """PSNR of visible and of disoccluded pixels, and the share stretched more than STRETCHED across.

    Behind things the classical generator has painted once, for the whole way.
    """
    scene = samples.street(SIZE)
    view = scene.view(0.0)
    cameras = [camera_at(eye, scene) for eye in EYES]
    behind = uncovered(view.depth, cameras)
    painted = Classical().inpaint(Inpaint(view.image, behind.hidden.astype(np.float32)), CancelToken())
    whole = np.ones(view.depth.shape, bool)
    sheets = [Sheet(view.image, view.depth, whole), Sheet(painted, behind.depth, behind.there)]
    rows = []
    for eye, camera in zip(EYES, cameras, strict=True):
        true = scene.view(eye).image
        seen, outside = scene.visible(eye, 0.0)
        opened = ~seen & ~outside
        for name, made in (
            ("layers", render_layers(sheets, camera)),
            ("stretched", render_parallax(view.image, view.depth, camera)),
        ):
            rows.append(
                {
                    "eye": eye,
                    "method": name,
                    "visible": psnr(made.image, true, seen),
                    "disoccluded": psnr(made.image, true, opened),
                    "stretched, %": 100
                    * (_layer_stretch if name == "layers" else _relief_stretch)(sheets, camera),
                    "holes, %": 100 * float(made.holes.mean()),
                }
            )
    return rows


def _layer_stretch(sheets: list[Sheet], camera: Camera) -> float:
    traced = trace(sheets, camera, SIZE, SIZE)
    return _share(traced.u, traced.who, camera)


def _relief_stretch(sheets: list[Sheet], camera: Camera) -> float:
    made = render(sheets[0].image, sheets[0].depth, camera, SIZE, carrier("cpu"))
    return _share(made.u, np.zeros(made.u.shape, np.uint8), camera)


def _share(u: np.ndarray, who: np.ndarray, camera: Camera) -> float:
    """Pixels from which to the next of the same sheet the picture goes on less than a STRETCHED-th of one."""
    way = rays(camera, SIZE, SIZE)
    gx = way.turn[0, 0] * np.arange(SIZE[0]) + way.turn[0, 2]
    p, q, r, t = way.across
    x = p * gx + q + u * (r * gx + t)
    onward = np.diff(x, axis=1)
    slow = (onward >= 0) & (onward < 1 / STRETCHED) & (who[:, 1:] == who[:, :-1]) & (who[:, 1:] != 255)
    return float(slow.mean())
