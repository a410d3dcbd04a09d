"""The page of a picture that moves by its depth (media/page.py), within a page of ours."""

from __future__ import annotations

import html

import numpy as np

from ..media.page import NAME, Relief, encode_page
from ..types import Image


def embed(image: Image, depth: np.ndarray, title: str = "") -> str:
    """The page as an <iframe> to be put into another page, which may itself run no scripts of ours.

    Arguments as of `Relief`, errors as of `encode_page`.
    """
    height, width = image.shape[:2]
    page = encode_page(Relief(image, depth, title=title))
    return (
        f'<iframe title="{html.escape(title or NAME)}" srcdoc="{html.escape(page)}" '
        'sandbox="allow-scripts" allow="fullscreen; accelerometer; gyroscope" '
        f'style="display:block; width:100%; max-height:80vh; aspect-ratio:{width}/{height}; border:0">'
        "</iframe>"
    )
