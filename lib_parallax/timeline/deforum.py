"""Deforum's settings files: its schedules as options of a loop, and its prompts.

Their keys and units are those of the extension for the webui; motion.py has what its camera does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import OptionError
from .expression import shown
from .imported import MOST_FRAMES, Imported, check_loop, constant, load_json, number, schedule_text
from .motion import deep, flat
from .schedule import Schedule

WHAT = "Deforum settings"
FLAT = {
    "angle": 0.0, "zoom": 1.0, "translation_x": 0.0, "translation_y": 0.0,
    "transform_center_x": 0.5, "transform_center_y": 0.5,
}  # fmt: skip
DEEP = dict.fromkeys(
    ("translation_x", "translation_y", "translation_z", "rotation_3d_x", "rotation_3d_y", "rotation_3d_z"),
    0.0,
)
FARTHEST = 1e9
_MODES = ("2D", "3D", "Video Input", "Interpolation")
_SIGNS = (*FLAT, *DEEP, "strength_schedule", "animation_mode", "max_frames")
_NEUTRAL = {  # what has no counterpart, and the values at which it changes nothing
    "perspective_flip_theta": 0.0, "perspective_flip_phi": 0.0, "perspective_flip_gamma": 0.0,
    "contrast_schedule": 1.0,
}  # fmt: skip
_SWITCHES = {
    "enable_perspective_flip": "the perspective flip", "use_init": "a first picture of the file's own",
    "use_mask": "the mask", "use_looper": "guided images", "cn_1_enabled": "the ControlNet unit",
    "enable_checkpoint_scheduling": "checkpoints over time",
    "enable_sampler_scheduling": "samplers over time",
    "enable_clipskip_scheduling": "CLIP skip over time", "enable_subseed_scheduling": "subseeds over time",
    "enable_steps_scheduling": "steps over time",
}  # fmt: skip


def read_deforum(source: str | os.PathLike[str] | Mapping[str, Any], loop: str = "parallax") -> Imported:
    """The options of `loop`, "parallax" or "animate", that a settings file stands for.

    source  the file's path, its text, or the mapping in it
    Raises OptionError for what is not such a file, and for a schedule that cannot be read, naming its key.
    """
    check_loop(loop)
    content = load_json(source, WHAT)
    if not any(key in content for key in _SIGNS):
        raise OptionError(f"{WHAT}: there is none of its keys, such as {', '.join(_SIGNS[:3])}")
    return _Reader(content, loop).read()


class _Reader:
    def __init__(self, content: Mapping[str, Any], loop: str):
        self.content = content
        self.loop = loop
        self.frames = int(number(content, "max_frames", 120, 1, MOST_FRAMES, WHAT))
        self.fps = number(content, "fps", 15, 1, 240, WHAT)
        self.seed = int(number(content, "seed", -1, -1, 2**63 - 1, WHAT))
        wide, high = (int(number(content, key, 512, 2, 32768, WHAT)) for key in ("W", "H"))
        self.size = wide, high
        self.warnings: list[str] = []

    def read(self) -> Imported:
        mode = self.content.get("animation_mode", "2D")
        if mode not in _MODES:
            raise OptionError(f"{WHAT}: animation_mode is {shown(mode)}, not one of {', '.join(_MODES)}")
        options = self._common()
        if self.loop == "parallax":
            options |= self._camera(mode) | self._length() | self._fed_back()
        else:
            options["denoise"] = schedule_text(self._changed())
        self._leave_behind(mode)
        return Imported(options, self._prompts(), tuple(self.warnings))

    def _common(self) -> dict[str, Any]:
        options: dict[str, Any] = {"fps": self.fps, "size": f"{self.size[0]}x{self.size[1]}"}
        if self.seed >= 0:
            options["seed"] = self.seed
        policies = {"iter": "step", "fixed": "fixed", "random": "random"}
        behaviour = self.content.get("seed_behavior", "iter")
        if behaviour in policies:
            options["seed_policy"] = policies[behaviour]
        else:
            self.warnings.append(f"seed_behavior {shown(behaviour)} has no counterpart; seeds count up")
        options["steps"] = int(number(self.content, "steps", 25, 1, 1000, WHAT))
        cfg = self._track("cfg_scale_schedule", 7.0)
        options["cfg"] = float(cfg[0])
        if not constant(cfg):
            self.warnings.append("cfg_scale_schedule changes over time; its first value is taken")
        if isinstance(sampler := self.content.get("sampler"), str):
            options["sampler"] = sampler
        return options

    def _camera(self, mode: str) -> dict[str, Any]:
        camera: dict[str, Any] = {"move": "still"}
        if mode == "3D":
            fov = self._track("fov_schedule", 70.0)
            if not constant(fov):
                self.warnings.append("fov_schedule changes over time; its first value is taken")
            angle = min(max(float(fov[0]), 5.0), 150.0)
            tracks = {key: self._track(key, default) for key, default in DEEP.items()}
            moved = deep(tracks, self.size, angle)
            camera["fov"] = angle
            if any(not constant(track) or track[0] for track in tracks.values()):
                self.warnings.append("3D movement is matched in its parallax, not pixel by pixel")
        else:
            tracks = {key: self._track(key, default) for key, default in FLAT.items()}
            if not (tracks["zoom"] > 0).all():
                frame = int(np.argmin(tracks["zoom"] > 0))
                raise OptionError(
                    f"{WHAT}: zoom is {tracks['zoom'][frame]:g} at frame {frame}; it must be above 0"
                )
            moved = {"height": np.zeros(1), **flat(tracks, self.size)}
        for name, values in moved.items():
            if not (np.abs(values) <= FARTHEST).all():
                raise OptionError(f"{WHAT}: the movement leads out of all bounds ({name})")
            camera[name] = schedule_text(values)
        borders = {"replicate": "edge", "wrap": "mirror"}
        camera["outside"] = borders.get(str(self.content.get("border", "replicate")), "edge")
        return camera

    def _length(self) -> dict[str, Any]:
        return {"duration": min(max(self.frames / self.fps, 0.04), 3600.0)}

    def _fed_back(self) -> dict[str, Any]:
        """Every frame that Deforum paints is a step of the path; those between are seen from two steps."""
        cadence = number(self.content, "diffusion_cadence", 2, 1, MOST_FRAMES, WHAT)
        return {
            "feedback": "path",
            "step_seconds": min(max(cadence / self.fps, 0.01), 60.0),
            "refine": schedule_text(self._changed()),
            "refine_steps": 1,
        }

    def _changed(self) -> np.ndarray:
        """The denoising: Deforum's strength is what stays of the last frame."""
        return np.clip(1 - self._track("strength_schedule", 0.65), 0, 1)

    def _track(self, key: str, default: float) -> np.ndarray:
        """The values of a schedule, float64 [frames]."""
        text = self.content.get(key, default)
        try:
            schedule = Schedule.parse(text, self.frames, max(self.seed, 0), self.fps, key)
            return schedule.values(range(self.frames))
        except OptionError as error:
            raise OptionError(f"{WHAT}: {error}") from None

    def _prompts(self) -> dict[str, Any]:
        prompts = self.content.get("prompts", self.content.get("animation_prompts"))
        if prompts is None:
            return {}
        if not isinstance(prompts, Mapping) or not all(isinstance(text, str) for text in prompts.values()):
            raise OptionError(f"{WHAT}: prompts must be a mapping of frames to text")
        if any("`" in text for text in prompts.values()):
            self.warnings.append("weights in backticks within a prompt go through as they are")
        found: dict[str, Any] = {"prompts": dict(prompts)}
        for key, name in (("positive_prompts", "suffix"), ("negative_prompts", "negative")):
            if isinstance(text := self.content.get(key), str) and text.strip():
                found[name] = text
        return found

    def _leave_behind(self, mode: str) -> None:
        """A warning for everything at work in the file that has no counterpart."""
        if mode in ("Video Input", "Interpolation"):
            self.warnings.append(f"animation_mode {mode} has no counterpart; its movement is read as 2D")
        for key, what in _SWITCHES.items():
            if self.content.get(key) is True:
                self.warnings.append(f"{key}: {what} is not imported")
        for key, value in _NEUTRAL.items():
            flips = key.startswith("perspective_flip")
            if (not flips or self.content.get("enable_perspective_flip")) and (
                self._track(key, value) != value
            ).any():
                self.warnings.append(f"{key} has no counterpart here")
        if str(self.content.get("hybrid_composite", "None")) not in ("None", "False"):
            self.warnings.append("hybrid_composite has no counterpart here")
        if str(self.content.get("parseq_manifest") or "").strip():
            self.warnings.append("parseq_manifest is not read; import the manifest itself")
