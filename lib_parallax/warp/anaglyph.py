"""A stereo pair in one picture for coloured glasses.

Every method is a 3x6 matrix over (left RGB, right RGB). The methods differ in the matrix,
in whether it works on light or on the encoded values, and in how a channel is brightened.

dubois       Eric Dubois' least-squares projection: what each eye sees through its filter is
             as near as it can be, in CIE XYZ, to what that eye should see. The published
             matrices for LCD displays are used. Being a match of light energy it is done in
             linear light (the sRGB curve is taken off and put back).
colour       each filter's channels from that eye's view
half-colour  as colour, but the eye with one channel gets the view's luma in it
grey         the luma of each view in its channels
optimised    the eye with one channel sees a mix of the two channels that the other eye
             sees, so both agree on how bright a thing is and saturated colours do not
             fight; the lone channel's own hue is lost. Wimmer's weights and brightening for
             red-cyan, the luma shares of the two channels for the other glasses.
"""

from __future__ import annotations

from functools import lru_cache

import numba
import numpy as np

from ..errors import OptionError
from ..options import ANAGLYPH_COLOURS, ANAGLYPH_METHODS
from ..types import Image

_DUBOIS = {
    "red-cyan": (
        ((0.437, 0.449, 0.164), (-0.062, -0.062, -0.024), (-0.048, -0.050, -0.017)),
        ((-0.011, -0.032, -0.007), (0.377, 0.761, 0.009), (-0.026, -0.093, 1.234)),
    ),
    "green-magenta": (
        ((-0.062, -0.158, -0.039), (0.284, 0.668, 0.143), (-0.015, -0.027, 0.021)),
        ((0.529, 0.705, 0.024), (-0.016, -0.015, -0.065), (0.009, 0.075, 0.937)),
    ),
    "amber-blue": (
        ((1.062, -0.205, 0.299), (-0.026, 0.908, 0.068), (-0.038, -0.173, 0.022)),
        ((-0.016, -0.123, -0.017), (0.006, 0.062, -0.017), (0.094, 0.185, 0.911)),
    ),
}
_LUMA = (0.299, 0.587, 0.114)
# By glasses: the channels of the left eye, the channel that an eye has alone, what goes into
# that channel when optimised, and the gamma that brightens it there.
_GLASSES = {
    "red-cyan": ((0,), 0, (0.0, 0.7, 0.3), 1.5),
    "green-magenta": ((1,), 1, (0.72, 0.0, 0.28), 1.0),
    "amber-blue": ((0, 1), 2, (0.34, 0.66, 0.0), 1.5),
}


def anaglyph(left: Image, right: Image, colours: str = "red-cyan", method: str = "dubois") -> Image:
    """The pair as one picture of the same shape and type, values clipped to the type's range.

    left, right  uint8 or uint16 `[H, W, 3]`, taken to be sRGB-encoded
    colours      the glasses, left eye first: "red-cyan", "green-magenta" or "amber-blue"
    method       "dubois", "colour", "half-colour", "grey" or "optimised"

    Raises OptionError for other glasses or methods.
    """
    matrix = mixing_matrix(colours, method)
    gammas = _gammas(colours, method)
    linear = method == "dubois"
    decode, encode = _tables(left.dtype.str, linear, gammas)
    mixed = np.empty_like(left)
    _mix(left, right, matrix, decode, encode, np.float32(encode.shape[1] - 1), mixed)
    return mixed


def mixing_matrix(colours: str, method: str) -> np.ndarray:
    """float32 `[3, 6]`: output RGB from (left RGB, right RGB). Raises OptionError."""
    if colours not in _GLASSES:
        raise OptionError(
            f"anaglyph_colours: {colours!r} is not one of {', '.join(ANAGLYPH_COLOURS)}", "anaglyph_colours"
        )
    if method not in ANAGLYPH_METHODS:
        raise OptionError(
            f"anaglyph_method: {method!r} is not one of {', '.join(ANAGLYPH_METHODS)}", "anaglyph_method"
        )
    if method == "dubois":
        return np.concatenate([np.array(side) for side in _DUBOIS[colours]], axis=1).astype(np.float32)
    left_channels, alone, mix, _ = _GLASSES[colours]
    matrix = np.zeros((3, 6), np.float32)
    for channel in range(3):
        view = 0 if channel in left_channels else 3
        if method == "grey" or (method == "half-colour" and channel == alone):
            matrix[channel, view : view + 3] = _LUMA
        elif method == "optimised" and channel == alone:
            matrix[channel, view : view + 3] = mix
        else:
            matrix[channel, view + channel] = 1
    return matrix


def _gammas(colours: str, method: str) -> tuple[float, float, float]:
    gammas = [1.0, 1.0, 1.0]
    if method == "optimised":
        _, alone, _, gamma = _GLASSES[colours]
        gammas[alone] = gamma
    return gammas[0], gammas[1], gammas[2]


@lru_cache(maxsize=8)
def _tables(dtype: str, linear: bool, gammas: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """float32 `[values]` from a stored value to what the matrix works on (0..1), and
    `[3, steps]` back from there to a stored value."""
    full = np.iinfo(dtype).max
    # Fine enough that the steepest part of the curve, near black, skips few stored values, and
    # a whole multiple of both types' ranges so that an unchanged value comes back exactly.
    steps = 65535 if full == 255 else 4 * 65535
    decode = np.arange(full + 1) / full
    if linear:
        decode = np.where(decode <= 0.04045, decode / 12.92, ((decode + 0.055) / 1.055) ** 2.4)
    value = np.arange(steps + 1) / steps
    if linear:
        value = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    encode = np.stack([np.rint(value ** (1 / gamma) * full) for gamma in gammas])
    return decode.astype(np.float32), encode.astype(dtype)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _mix(
    left: np.ndarray,
    right: np.ndarray,
    matrix: np.ndarray,
    decode: np.ndarray,
    encode: np.ndarray,
    steps: np.float32,
    out: np.ndarray,
) -> None:
    for y in range(left.shape[0]):
        for x in range(left.shape[1]):
            l0, l1, l2 = decode[left[y, x, 0]], decode[left[y, x, 1]], decode[left[y, x, 2]]
            r0, r1, r2 = decode[right[y, x, 0]], decode[right[y, x, 1]], decode[right[y, x, 2]]
            for c in range(3):
                value = (
                    matrix[c, 0] * l0 + matrix[c, 1] * l1 + matrix[c, 2] * l2
                    + matrix[c, 3] * r0 + matrix[c, 4] * r1 + matrix[c, 5] * r2
                )  # fmt: skip
                value = min(max(value, np.float32(0)), np.float32(1))
                out[y, x, c] = encode[c, int(value * steps + np.float32(0.5))]
