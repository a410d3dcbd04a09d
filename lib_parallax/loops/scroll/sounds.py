"""The layers' own sounds, heard from where the picture is looked at: far ones are faint, dull and late."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from ...errors import OptionError
from ...media.mixing import Track

CLEAR = 16000.0  # Hz: what is nearly as near as the reference loses nothing that is heard below
DULLEST = 300.0  # Hz
NEAREST = 20.0  # m that the reference is taken to be away, whatever its distance is counted in
SOUND = 343.0  # m/s
LATEST = 2.0  # s


def layer_tracks(
    files: Sequence[Track | None],
    distances: Sequence[float],
    reference: float,
    positions: Sequence[float] | None = None,
) -> tuple[Track, ...]:
    """The sounds of layers as they are heard.

    files      one a layer, in their order, as `media.ambience.tracks_in` reads them; None for a layer
               without. There may be fewer than layers
    distances  of the layers, in any unit
    reference  the distance, in the same, at which a sound is heard as it is
    positions  -1 left to 1 right, where each layer is heard; its file's own pan when left out

    At n times the reference a sound is 20 log10(n) dB quieter, low-passed at CLEAR/n, and begins as much
    later as sound takes for the way. Raises OptionError for more sounds than layers.
    """
    found = []
    for number, file in enumerate(files):
        if file is None:
            continue
        if number >= len(distances):
            raise OptionError(
                f"layer_sounds: {file.source} is for layer {number}, the last is {len(distances) - 1}",
                "layer_sounds",
            )
        times = max(1.0, distances[number] / reference)
        found.append(
            dataclasses.replace(
                file,
                volume=file.volume - 20 * math.log10(times),
                lowpass=max(DULLEST, CLEAR / times) if times > 1 else None,
                delay=min(LATEST, NEAREST * (times - 1) / SOUND),
                pan=file.pan if positions is None else positions[number],
            )
        )
    return tuple(found)
