"""What sounds under a job's result: a file, or the source's own sound, with whatever is mixed into it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import media
from ..errors import OptionError
from .targets import Target, absolute

if TYPE_CHECKING:
    from ..loops.plan import Plan
    from ..media import LaidSound, Reader
    from ..media.mixing import Track

Motion = Sequence[Sequence[float | None]]
"""How the frames of a result move: a row each, as `timeline.pace` has them."""

_THINGS = {"folder": "folder of pictures", "animation": "moving picture"}


def lasts_as_source(plan: Plan) -> bool:
    """Whether a result has the source's time, so that the source's sound fits it."""
    return plan.frames is None or plan.keeps_sound


def watches(options: Any) -> bool:
    """Whether how frames move is to be kept for what is laid under them."""
    return bool(options.music != "none")


def laid(options: Any, plan: Plan, source: Reader, motion: Motion = ()) -> LaidSound | None:
    """What is laid under a result; None where the source's sound, if any, is carried over as it is.

    motion  of the whole result, which music follows

    Raises OptionError for ambience that cannot be understood.
    """
    added = list(_added(options, plan, motion))
    own = options.sound is None and lasts_as_source(plan) and bool(source.audio)
    if options.sound is not None:
        added.insert(0, _of_the_option(options))
    elif own and (added or options.sound_volume):
        added.insert(0, media.own_track(source, options.sound_volume))
    return media.LaidSound(tuple(added), own, options.sound_normalise) if added else None


def check_sound(options: Any, plan: Plan, source: Reader, target: Target) -> None:
    """Refuses sound that cannot be read, and sound for a result that holds none."""
    if target.kind == "video":
        sound = laid(options, plan, source)
        if sound is not None:
            media.check_sound(sound)
        return
    asked = {
        "sound": options.sound, "ambience": options.ambience, "music": options.music != "none",
        "layer_sounds": plan.tracks,
    }  # fmt: skip
    for name, value in asked.items():
        if value:
            thing = _THINGS.get(target.kind, "picture")
            raise OptionError(f"{name}: {target.path.name} is a {thing}, which holds no sound", name)


def _of_the_option(options: Any) -> Track:
    from ..media.mixing import Track

    return Track(
        absolute(options.sound),
        start=options.sound_start,
        repeat=options.sound_repeat,
        fade=options.sound_fade,
        volume=options.sound_volume,
    )


def _added(options: Any, plan: Plan, motion: Motion) -> Iterator[Track]:
    """Ambience, the loop's own sounds and music."""
    from ..media.ambience import tracks_in
    from ..media.mixing import Track

    for track in (*tracks_in(options.ambience or "", "ambience"), *plan.tracks):
        if track is not None:
            yield dataclasses.replace(track, fade=options.sound_fade)
    if options.music != "none":

        def made(rate: int, samples: int) -> Iterator[np.ndarray]:
            from ..timeline.music import compose
            from ..timeline.pace import pace_of
            from ..timeline.synth import play

            seconds = samples / rate
            notes = compose(options.music, options.seed, pace_of(motion, seconds), seconds)
            return play(notes, rate, samples)

        yield Track(made, fade=options.sound_fade, volume=options.music_volume)
