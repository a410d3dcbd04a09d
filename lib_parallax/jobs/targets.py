"""What a job writes and where: the result, and the companions its loop puts beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import OptionError, OutputError
from ..media.animation import SEGMENTS, check_animation
from ..media.encoders import (
    CONTAINER_CODECS,
    GREY_CODECS,
    OTHER_VIDEO_SUFFIXES,
    VIDEO_SUFFIXES,
    automatic,
    check_hardware,
    choose,
)
from ..media.reader import NUMBER_SUFFIXES, PAGE_SUFFIXES, PICTURE_SUFFIXES, SURFACE_SUFFIXES
from ..media.rgba import ALPHA_CODECS, ALPHA_CONTAINERS, ALPHA_PICTURES

if TYPE_CHECKING:
    from ..loops.plan import Plan
    from ..media import Reader
    from ..types import Size

MAIN = "main"
_SUFFIX_OF_CODEC = {"prores": ".mov", "ffv1": ".mkv"}


@dataclass(frozen=True)
class Target:
    """One result. `name` is "main" or a key of `Frame.extra`; `kind` is video, animation, picture or folder.

    form          for a main result: the key of `Frame.extra` that it holds in the image's place
    frame_suffix  of the files in a folder
    alpha         frames are RGBA
    many          there is more than one frame: what a .webp then is moves
    """

    name: str
    path: Path
    gray: bool = False
    form: str | None = None
    frame_suffix: str = ".png"
    alpha: bool = False
    many: bool = False

    @property
    def kind(self) -> str:
        moving = self.many and self.path.suffix.lower() == ".webp"
        return "animation" if moving else kind_of(self.path)


def absolute(path: Path | str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))


def kind_of(path: Path) -> str:
    """ "video", "animation" or "picture" by the suffix, "folder" for any other path.

    A picture is whatever holds one frame: numbers (.exr, .npy), surfaces (.ply, .glb) and pages (.html) too.
    """
    suffix = path.suffix.lower()
    if suffix == ".gif":
        return "animation"
    if suffix in VIDEO_SUFFIXES or suffix in OTHER_VIDEO_SUFFIXES:
        return "video"
    pictures = (*PICTURE_SUFFIXES, *NUMBER_SUFFIXES, *SURFACE_SUFFIXES, *PAGE_SUFFIXES)
    return "picture" if suffix in pictures else "folder"


def default_output(
    source: Reader,
    plan: Plan,
    loop: str,
    options: Any,
    folder: Path | None = None,
    stem: str | None = None,
) -> Path:
    """Where the result goes when nobody says: the source's stem and the plan's tag, in the current folder."""
    tag = plan.name_tag if getattr(options, "name_tags", True) else ""
    if not tag and not _main_suffix(plan) and source.kind != "none":
        tag = f"-{loop}"  # nothing else would tell it from its source
    stem = stem or (source.path.name if source.kind == "folder" else source.path.stem)
    return (folder or Path.cwd()) / f"{stem}{tag}{_default_suffix(source, plan, options)}"


def _default_suffix(source: Reader, plan: Plan, options: Any) -> str:
    suffix = source.path.suffix.lower()
    moves = source.kind == "video" or (plan.frames or 0) > 1
    if plan.alpha and moves:
        return ".webm" if options.codec == "vp9" else _SUFFIX_OF_CODEC.get(options.codec, ".mov")
    if plan.frames is not None and plan.frames > 1:
        return _SUFFIX_OF_CODEC.get(options.codec, ".mp4")
    if source.kind == "folder":
        return ""
    if source.kind == "picture" and plan.bit_depth is not None:
        return plan.frame_suffix
    if source.kind == "picture":
        return suffix if suffix in (ALPHA_PICTURES if plan.alpha else PICTURE_SUFFIXES) else ".png"
    if options.codec in _SUFFIX_OF_CODEC:
        return _SUFFIX_OF_CODEC[options.codec]
    deep_grey = plan.gray and (plan.bit_depth or 0) > 8 and options.codec == "auto"
    return ".mkv" if suffix == ".mkv" or deep_grey else ".mp4"


def plan_targets(plan: Plan, output: Path, many: bool = True) -> list[Target]:
    """The result first, then the companions; `many` tells whether there is more than one frame.

    Raises OutputError when two have one path, or one lies inside another's folder.
    """
    main = _with_suffix(output, _main_suffix(plan))
    suffix = plan.frame_suffix if kind_of(main) == "folder" else main.suffix.lower()
    form = plan.forms.get(suffix)
    alpha = plan.alpha and form is None
    targets = [Target(MAIN, main, plan.gray, form, plan.frame_suffix, alpha, many)]
    for name, companion in plan.companions.items():
        path = companion.path or _with_suffix(output, companion.suffix or f"_{name}")
        targets.append(Target(name, absolute(path), companion.gray, alpha=companion.alpha, many=many))
    for target in targets:
        _check_form(target)
    _check_apart(targets)
    return targets


def _check_apart(targets: list[Target]) -> None:
    places = [target.path.resolve() for target in targets]
    for number, (target, place) in enumerate(zip(targets, places, strict=True)):
        if place in places[:number]:
            raise OutputError(f"{target.path}: would be written twice; name another path")
        for other, around in zip(targets, places, strict=True):
            if around in place.parents:
                raise OutputError(
                    f"{target.path}: lies inside {other.path}, which is a result too; name another path"
                )


def _check_form(target: Target) -> None:
    suffix = target.path.suffix.lower()
    if target.kind == "animation" and target.gray and target.name != MAIN:
        raise OutputError(
            f"{target.path}: {suffix} files do not hold depth as numbers; name a video or a folder"
        )
    if target.form is not None or target.kind != "picture":
        return
    if target.alpha and suffix not in ALPHA_PICTURES:
        known = ", ".join(ALPHA_PICTURES)
        raise OutputError(f"{target.path}: {suffix} files hold no transparency; use {known}")
    if suffix in PAGE_SUFFIXES:
        raise OutputError(
            f"{target.path}: {suffix} pages show one picture with its depth; the depth loop makes them, of a "
            "source that is a picture"
        )
    if suffix in SURFACE_SUFFIXES:
        raise OutputError(
            f"{target.path}: {suffix} files hold the surface of one picture; the depth loop makes them, "
            "of a source that is a picture"
        )
    if suffix in NUMBER_SUFFIXES and not target.gray:
        raise OutputError(f"{target.path}: {suffix} files hold depth or normals, and this result is neither")


def _main_suffix(plan: Plan) -> str:
    """Beside a right eye's file of its own, the main one is the left eye's."""
    return "_L" if any(companion.suffix == "_R" for companion in plan.companions.values()) else ""


def _with_suffix(path: Path, addition: str) -> Path:
    if kind_of(path) == "folder":
        return path.with_name(path.name + addition)
    return path.with_name(path.stem + addition + path.suffix)


def codec_of(target: Target, wanted: str, size: Size, bit_depth: int) -> str:
    """The codec of a target: depth beside a result is kept without loss, results get what was `wanted`.
    An animation's is that of the frames it is made of.

    "auto" is what the target's container and the pictures' `size` and `bit_depth` ask for.
    """
    if target.kind == "animation":
        return SEGMENTS
    if target.gray and target.name != MAIN:
        return "ffv1"
    if wanted != "auto":
        return wanted
    if target.gray and bit_depth > 8 and target.path.suffix.lower() == ".mkv":
        return "ffv1"
    return automatic(target.path.suffix, size, bit_depth, target.alpha)


def check_containers(
    targets: Iterable[Target], wanted: str, size: Size, bit_depth: int, quality: str = "balanced"
) -> None:
    """Raises OutputError for a video file that cannot be written or cannot hold its codec, OptionError
    for a codec that cannot hold the pictures."""
    for target in targets:
        suffix = target.path.suffix.lower()
        if target.kind == "animation":
            check_animation(target.path, size)
            continue
        if suffix in OTHER_VIDEO_SUFFIXES:
            known = ", ".join(VIDEO_SUFFIXES)
            raise OutputError(f"{target.path}: {suffix} files cannot be written; use {known}")
        codec = codec_of(target, wanted, size, bit_depth)
        base = codec.removesuffix("-nvenc")
        if target.kind == "video" and base not in CONTAINER_CODECS[suffix]:
            fitting = ", ".join(s for s in VIDEO_SUFFIXES if base in CONTAINER_CODECS[s])
            raise OutputError(f"{target.path}: {suffix} files cannot hold {codec}; use {fitting}")
        if target.kind == "video" and target.alpha:
            _check_alpha(target.path, codec)
        if target.kind == "video" and target.gray and codec not in GREY_CODECS:
            raise OptionError(f"codec: {codec} cannot hold depth; use {', '.join(GREY_CODECS)}", "codec")
        if target.kind == "video":
            choose(codec, quality, size, None, bit_depth=bit_depth, gray=target.gray, alpha=target.alpha)
            check_hardware(codec)


def _check_alpha(path: Path, codec: str) -> None:
    if codec not in ALPHA_CODECS:
        raise OptionError(f"codec: {codec} holds no transparency; use {', '.join(ALPHA_CODECS)}", "codec")
    if codec not in ALPHA_CONTAINERS[path.suffix.lower()]:
        raise OutputError(
            f"{path}: {path.suffix} files hold no transparency with {codec}; use .mov (prores) or .webm (vp9)"
        )


def check_inputs_safe(targets: Iterable[Target], inputs: Iterable[Path]) -> None:
    """Raises OutputError when a result would replace what the job reads."""
    for path in (path.resolve() for path in inputs):
        for target in targets:
            place = target.path.resolve()
            if place == path or (place in path.parents and place.is_dir()):
                raise OutputError(f"{target.path}: is or holds an input of this job; name another path")


def check_frame_count(targets: Iterable[Target], total: int | None, source: Path) -> None:
    """Raises OutputError when a picture is asked of a source with several frames."""
    for target in targets:
        if target.kind == "picture" and total is not None and total > 1:
            raise OutputError(
                f"{target.path}: a {_thing(target.path)} holds one frame and {source.name} has {total}; "
                "name a video or a folder"
            )


def _thing(path: Path) -> str:
    suffix = path.suffix.lower()
    return "picture" if suffix in PICTURE_SUFFIXES else f"{suffix} file"
