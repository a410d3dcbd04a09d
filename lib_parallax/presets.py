"""Presets: named sets of option values, built in for devices, kept by the user, or in any JSON file.

A preset file holds either the values themselves, {"layout": "half-sbs"}, or says which loop
they are for: {"loop": "stereo", "options": {"layout": "half-sbs"}}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import OptionError, OutputError, meant
from .names import why_no_name
from .options import LOOP_OPTIONS, parse
from .options import describe as _describe_options


@dataclass(frozen=True)
class Preset:
    description: str
    options: dict[str, Any]
    loop: str = "stereo"


# The reasons for codecs and caps stand in docs/stereo-layouts.md.
_BUILT_IN = {
    "quest": Preset(
        "Meta Quest headsets, in the gallery or any player: both views in full, H.265",
        {
            "layout": "full-sbs", "codec": "h265", "quality": "high",
            "size_cap": (5760, 2880), "name_tags": True,
        },
    ),
    "bigscreen": Preset(
        "Bigscreen on PC and on headsets: both views in full, H.264 up to 4096 wide",
        {
            "layout": "full-sbs", "codec": "h264", "quality": "high",
            "size_cap": (4096, 2304), "name_tags": True,
        },
    ),
    "skybox": Preset(
        "SKYBOX VR player: both views in full, H.265, recognised by its name",
        {
            "layout": "full-sbs", "codec": "h265", "quality": "high",
            "size_cap": (5760, 2880), "name_tags": True,
        },
    ),
    "deovr": Preset(
        "DeoVR: VR180, the picture hung 90 degrees wide into the half sphere, H.265",
        {
            "layout": "vr180", "fov": 90.0, "codec": "h265", "quality": "high",
            "size_cap": (5760, 2880), "name_tags": True,
        },
    ),
    "youtube": Preset(
        "YouTube upload: both views in full, H.264 with 3D metadata in stream and file",
        {
            "layout": "full-sbs", "codec": "h264", "quality": "high",
            "size_cap": (7680, 4320), "name_tags": True,
        },
    ),
    "vision-pro": Preset(
        "Apple Vision Pro: full side-by-side H.265, for its 3D players or Apple's spatial converter",
        {
            "layout": "full-sbs", "codec": "h265", "quality": "high",
            "size_cap": (7680, 2160), "name_tags": True,
        },
    ),
    "3d-tv": Preset(
        "3D televisions and projectors: half side-by-side within 1920x1080, H.264",
        {
            "layout": "half-sbs", "codec": "h264", "quality": "high",
            "size_cap": (1920, 1080), "name_tags": True,
        },
    ),
    "cardboard": Preset(
        "A phone in a cardboard viewer: full side-by-side sized for a phone's screen, H.264",
        {
            "layout": "full-sbs", "codec": "h264", "quality": "balanced",
            "size_cap": (2560, 1440), "name_tags": True,
        },
    ),
    "red-cyan": Preset(
        "Red-cyan glasses before any screen: Dubois anaglyph, H.264",
        {
            "layout": "anaglyph", "anaglyph_colours": "red-cyan", "anaglyph_method": "dubois",
            "codec": "h264", "quality": "high", "size_cap": (3840, 2160), "name_tags": True,
        },
    ),
}  # fmt: skip


def names(loop: str | None = None, folder: Path | None = None) -> list[str]:
    """The built-in presets, all or those of one loop; then those of the loop that are kept in `folder`."""
    built_in = [name for name, preset in _BUILT_IN.items() if loop in (None, preset.loop)]
    return [*built_in, *(saved(loop, folder) if loop is not None and folder is not None else ())]


def describe(name: str) -> str:
    """What a built-in preset is for, in one line. Raises OptionError for an unknown name."""
    return _built_in(name).description


def load(name_or_path: str | Path, loop: str = "stereo", folder: Path | None = None) -> dict[str, Any]:
    """The option values of a built-in preset, of one kept in `folder`, or of a JSON file anywhere.

    They are checked but otherwise as given; what a file says of files is left out, for it may come
    from anybody, and they would be read and written here. Raises OptionError with field "preset" for
    an unknown name, a file that is missing, is not JSON or not a mapping, belongs to another loop, or holds
    an option that is unknown or out of range.
    """
    text = str(name_or_path)
    own = {} if folder is None else saved(loop, folder)
    if _key(text) not in _BUILT_IN:
        if text.strip() in own:
            return _read(own[text.strip()], loop)
        if text.lower().endswith(".json") or Path(text).is_file():
            return _read(Path(text), loop)
    preset = _built_in(text, own)
    _check_loop(f"preset {text}", preset.loop, loop)
    return dict(preset.options)


def save(name: str, loop: str, values: Mapping[str, Any], folder: Path) -> Path:
    """Keeps values as a preset of the user's own, in the loop's folder inside `folder`; its file.

    Raises OptionError for a name that no file can have or that a built-in preset has, and for
    values that are refused; OutputError where the folder cannot be written.
    """
    name = name.strip()
    if not re.fullmatch(r"[^\W_][\w .()+-]{0,59}", name) or why_no_name(name) is not None:
        raise OptionError(f"preset: {name!r} is no name: use letters, digits, spaces and hyphens", "preset")
    if _key(name) in _BUILT_IN:
        raise OptionError(f"preset: {name} is a built-in preset; choose another name", "preset")
    path = _saved(loop, folder) / f"{name}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_json(loop, values), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None
    return path


def saved(loop: str, folder: Path) -> dict[str, Path]:
    """The presets that `save` kept for a loop, by name: files for `load`."""
    return {path.stem: path for path in sorted(_saved(loop, folder).glob("*.json"))}


def to_json(loop: str, values: Mapping[str, Any]) -> str:
    """The text of a preset file that holds every option but those that name files here.

    Raises OptionError for values that are refused.
    """
    chosen = vars(parse(LOOP_OPTIONS[loop], values))
    kept = {o.name: chosen[o.name] for o in _describe_options(LOOP_OPTIONS[loop]) if not o.path}
    return json.dumps({"loop": loop, "options": kept}, indent=2, ensure_ascii=False) + "\n"


def _saved(loop: str, folder: Path) -> Path:
    return folder / loop


def _built_in(name: str, own: Iterable[str] = ()) -> Preset:
    try:
        return _BUILT_IN[_key(name)]
    except KeyError:
        known = [*_BUILT_IN, *own]
        raise OptionError(
            f"preset: {name!r} is not known; known are {', '.join(known)}, or the path of a .json file"
            f"{meant(name, known)}",
            "preset",
        ) from None


def _key(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def _read(path: Path, loop: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise OptionError(f"preset {path}: cannot be read: {error.strerror or error}", "preset") from None
    except (ValueError, RecursionError) as error:
        raise OptionError(f"preset {path}: is not JSON: {error}", "preset") from None
    values = content
    if isinstance(content, dict) and isinstance(content.get("options"), dict):
        beyond = set(content) - {"loop", "options", "description"}
        if beyond:
            raise OptionError(
                f"preset {path}: {sorted(beyond)[0]!r} does not belong beside loop and options", "preset"
            )
        _check_loop(f"preset {path}", content.get("loop", loop), loop)
        values = content["options"]
    if not isinstance(values, dict):
        raise OptionError(f"preset {path}: must hold a mapping of option names to values", "preset")
    try:
        parse(LOOP_OPTIONS[loop], values)
    except OptionError as error:
        raise OptionError(f"preset {path}: {error}", "preset") from None
    about = {o.name: o for o in _describe_options(LOOP_OPTIONS[loop])}
    return {
        k: tuple(v) if about[k].kind == "size" and isinstance(v, list) else v
        for k, v in values.items()
        if not about[k].paths(v)
    }


def _check_loop(who: str, its: Any, wanted: str) -> None:
    if its != wanted:
        raise OptionError(f"{who}: is for the loop {its!r}, not {wanted!r}", "preset")
