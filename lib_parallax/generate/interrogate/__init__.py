"""A prompt from a picture, for backends without an interrogator of their own: captioners that are here.

Two kinds: BLIP, which says a sentence, through transformers, and the taggers known as WD14, which
list tags, through onnxruntime. A captioner is a folder in `captioners` among Parallax's models, any
other folder, or for BLIP a model of the hub. Nothing is downloaded here.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from ...errors import OptionError, UnavailableError
from ...types import CancelToken, Image
from ...weights import folders, require_hub, snapshot
from ..protocol import check

FOLDER = "captioners"
# The first that is here describes where nobody names one.
HUB = ("Salesforce/blip-image-captioning-large", "Salesforce/blip-image-captioning-base")
_PACKAGES = {"blip": "transformers", "tagger": "onnxruntime"}


class Captioner(Protocol):
    def describe(self, image: Image) -> str: ...


def names() -> tuple[str, ...]:
    """The captioners that are here and can be run, the best first."""
    own = [path for place in folders() if (place / FOLDER).is_dir() for path in (place / FOLDER).iterdir()]
    found = [path.name for path in sorted(own) if path.is_dir() and _runs(path)]
    return tuple(dict.fromkeys([*found, *(id for id in HUB if _in_the_cache(id))]))


def lacking() -> str:
    """What to do where `names` is empty, in one command."""
    if find_spec("transformers") is None:
        return "no captioner can be run here; `pip install transformers` lets BLIP be"
    return f"no captioner is here; `parallax models get {HUB[-1]}` brings BLIP"


class Captioning:
    """Describes pictures for a backend; the captioner used last stays in memory.

    device  where BLIP computes; left out, the fastest there is
    """

    def __init__(self, device: str | None = None):
        self._device = device
        self._opened: tuple[str, Captioner] | None = None

    def describe(self, image: Image, name: str, cancel: CancelToken) -> str:
        """A prompt for `image`. `name` is one of `names`, a folder or a model of the hub; "" the best.

        Raises OptionError for a name that means none, UnavailableError where it or its package is
        not here, SourceError for files that cannot be read.
        """
        name = name or next(iter(names()), "")
        if not name:
            raise UnavailableError(f"a picture cannot be described: {lacking()}")
        if self._opened is None or self._opened[0] != name:
            self._opened = None  # two at once are never needed
            self._opened = name, _opened(name, self._device)
        check(cancel)
        return self._opened[1].describe(image)


def _opened(name: str, device: str | None) -> Captioner:
    folder = _folder(name)
    kind = _kind(folder)
    if not kind:
        raise OptionError(
            f"captioner: {name} is neither BLIP nor a tagger with model.onnx and selected_tags.csv"
        )
    package = _PACKAGES[kind]
    if find_spec(package) is None:
        raise UnavailableError(f"{name} needs {package}, which is not installed; `pip install {package}`")
    if kind == "blip":
        from .blip import Blip

        return Blip(folder, name, device)
    from .tagger import Tagger

    return Tagger(folder, name)


def _folder(name: str) -> Path:
    beside = [place / FOLDER / name for place in folders()]
    found = next((path for path in (*beside, Path(name).expanduser()) if path.is_dir()), None)
    if found is None and "/" not in name:
        raise OptionError(f"captioner: {name!r} is no folder here, nor a model of the hub as in owner/name")
    return found or require_hub(name)


def _kind(folder: Path) -> str:
    """ "blip", "tagger" or "" by the files of a folder."""
    if (folder / "model.onnx").is_file() and (folder / "selected_tags.csv").is_file():
        return "tagger"
    config = folder / "config.json"
    return "blip" if config.is_file() and '"blip"' in config.read_text("utf-8", "replace") else ""


def _runs(folder: Path) -> bool:
    package = _PACKAGES.get(_kind(folder))
    return package is not None and find_spec(package) is not None


def _in_the_cache(id: str) -> bool:
    if find_spec("transformers") is None:
        return False
    try:
        return _kind(snapshot(id)) == "blip"
    except UnavailableError:
        return False
