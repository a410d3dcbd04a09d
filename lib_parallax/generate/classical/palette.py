"""Words to colours and colours to words, always the same ones."""

from __future__ import annotations

import colorsys
import hashlib
import re

import numpy as np

# Names of single colours, and the palettes of a few scenes, from far to near.
COLOURS = {
    "black": (20, 20, 24), "white": (244, 244, 240), "grey": (128, 128, 130), "gray": (128, 128, 130),
    "silver": (190, 194, 200), "red": (200, 40, 36), "crimson": (170, 20, 50), "scarlet": (220, 50, 30),
    "orange": (238, 132, 36), "amber": (240, 170, 50), "gold": (222, 176, 60), "golden": (222, 176, 60),
    "yellow": (246, 214, 60), "beige": (222, 206, 172), "cream": (246, 236, 208), "brown": (118, 76, 44),
    "olive": (120, 120, 48), "lime": (150, 210, 60), "green": (56, 140, 66), "emerald": (30, 140, 96),
    "turquoise": (60, 190, 186), "teal": (24, 120, 124), "cyan": (70, 200, 220), "azure": (90, 160, 220),
    "blue": (44, 92, 186), "navy": (26, 40, 92), "indigo": (66, 46, 140), "violet": (130, 84, 190),
    "purple": (120, 56, 148), "magenta": (196, 48, 150), "pink": (238, 150, 178), "rose": (216, 104, 128),
}  # fmt: skip
SCENES = {
    "sky": "azure white", "sea": "teal navy", "ocean": "blue navy", "water": "azure teal",
    "sunset": "orange rose indigo", "sunrise": "amber pink azure", "dawn": "rose amber azure",
    "dusk": "violet indigo rose", "night": "navy indigo black", "moonlight": "silver navy teal",
    "forest": "olive green emerald", "wood": "brown olive", "tree": "green brown", "meadow": "lime green",
    "grass": "green lime", "jungle": "emerald green olive", "desert": "gold beige brown",
    "sand": "beige gold", "snow": "white silver azure", "ice": "white cyan azure",
    "winter": "white silver grey",
    "autumn": "orange brown crimson", "spring": "lime pink cream", "mountain": "grey azure white",
    "rock": "grey brown", "city": "grey silver amber", "street": "grey beige", "fire": "scarlet amber yellow",
    "lava": "black scarlet orange", "space": "black indigo violet", "star": "navy white",
    "galaxy": "indigo magenta black", "underwater": "teal turquoise navy", "storm": "grey navy silver",
    "cloud": "white silver", "flower": "pink rose green",
}  # fmt: skip
SHAPES = {
    "disc": "disc", "disk": "disc", "circle": "disc", "ball": "disc", "sphere": "disc", "planet": "disc",
    "square": "box", "box": "box", "cube": "box", "block": "box",
    "triangle": "triangle", "pyramid": "triangle",
}  # fmt: skip
TWINS = {"gray", "golden", "scarlet", "emerald"}  # said, but not used to name what is seen
FEWEST = 4  # colours in a palette
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of red, green and blue in brightness


def words(prompt: str) -> list[str]:
    """The words of a prompt, small, without LoRA tags and weights."""
    return re.findall(r"[^\W\d_]+", re.sub(r"<[^>]*>", " ", prompt).lower())


def palette(prompt: str) -> list[tuple[int, int, int]]:
    """At least FEWEST colours, RGB: those the prompt names, in order, filled up with ones drawn from
    its words. An empty prompt has a palette as well."""
    named = list(dict.fromkeys(COLOURS[name] for word in words(prompt) for name in _named(word)))
    colours = list(named)
    digest = hashlib.sha256(" ".join(words(prompt)).encode()).digest()
    while len(colours) < FEWEST:
        base = colours[len(colours) % len(named)] if named else None
        colours.append(_drawn(digest[3 * len(colours) :], base))
    return colours


def names_a_scene(prompt: str) -> bool:
    """Whether a word of the prompt has a palette in SCENES."""
    return any(form in SCENES for word in words(prompt) for form in _forms(word))


def shapes(prompt: str) -> list[tuple[str, tuple[int, int, int]]]:
    """The "disc", "box" and "triangle" that the prompt names, each with the colour named before it."""
    found: list[tuple[str, tuple[int, int, int]]] = []
    said, colours = words(prompt), palette(prompt)
    for before, word in zip(["", *said], said, strict=False):
        kind = next((SHAPES[form] for form in _forms(word) if form in SHAPES), None)
        if kind:
            found.append((kind, COLOURS.get(before, colours[len(found) % len(colours)])))
    return found


def nearest_names(colours: np.ndarray) -> np.ndarray:
    """The name in COLOURS that is nearest to each RGB colour `[N, 3]`, as the eye has it (CIE Lab)."""
    names = np.array([name for name in COLOURS if name not in TWINS])
    known = _lab(np.array([COLOURS[name] for name in names], np.float64))
    gaps = _lab(np.asarray(colours, np.float64))[:, None] - known[None]
    return names[(gaps**2).sum(axis=2).argmin(axis=1)]


def _named(word: str) -> list[str]:
    """The colours that a word stands for."""
    for form in _forms(word):
        if form in COLOURS:
            return [form]
        if form in SCENES:
            return SCENES[form].split()
    return []


def _forms(word: str) -> tuple[str, ...]:
    """The word as it stands, and without what makes it a plural or an adjective."""
    return word, *(word.removesuffix(end) for end in ("s", "es", "y", "en") if word.endswith(end))


def _drawn(digest: bytes, base: tuple[int, int, int] | None) -> tuple[int, int, int]:
    """A colour from three bytes: a lighter or darker neighbour of `base`, or any of a gentle kind."""
    a, b, c = (byte / 255 for byte in digest[:3])
    if base is None:
        hue, light, colourful = a, 0.25 + 0.5 * b, 0.25 + 0.4 * c
    else:
        hue, light, colourful = colorsys.rgb_to_hls(*(v / 255 for v in base))
        hue, light = (hue + 0.12 * (a - 0.5)) % 1, min(0.92, max(0.08, light + 0.5 * (b - 0.5)))
        colourful *= 0.7 + 0.3 * c
    red, green, blue = colorsys.hls_to_rgb(hue, light, colourful)
    return round(255 * red), round(255 * green), round(255 * blue)


def _lab(rgb: np.ndarray) -> np.ndarray:
    """CIE Lab (D65) of sRGB 0..255, `[N, 3]`."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    white = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ white.T / white.sum(axis=1)
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
