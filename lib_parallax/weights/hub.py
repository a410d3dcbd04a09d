"""Models of the Hugging Face hub, as local folders for transformers and diffusers.

They lie in the hub's own cache, which a webui and other programs share. Configuration and
safetensors are taken; a pickle only where a model has nothing else, and then what `load_state`
makes of it: it is never run.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from ..errors import OptionError, UnavailableError
from .cache import folders
from .hub_models import HubModel, hub_model, is_commercial, stated_licence
from .licence import settle

_PAGE = "README.md"
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors", _PAGE]
_VARIANTS = ["*.fp16.*", "*.bf16.*", "*.non_ema.*"]
_ELSE_WANTED = [*_WANTED, "pytorch_model*.bin"]


def require_hub(name: str) -> Path:
    """The folder of a hub model, by short name or `owner/name`.

    Nothing is downloaded. Raises OptionError for what is no such name, UnavailableError where the
    model or huggingface_hub is not here, LicenceNeeded where its licence waits for a yes.
    """
    model = hub_model(name)
    folder = snapshot(name if model is None else model.id)
    settle(model or _described(name, folder), False, folders())
    return folder


def get_hub(name: str, accept_licence: bool = False) -> Path:
    """Downloads a hub model, by short name or `owner/name`, or what is missing of it; its folder.

    Draws huggingface_hub's progress bars. Raises OptionError for what is no such name,
    LicenceNeeded before anything but the model's page is fetched, UnavailableError where the hub
    cannot be reached or has no such model.
    """
    model = hub_model(name)
    if model is None:
        model = _described(name, _fetched(name, download=True, allow_patterns=[_PAGE]))
    settle(model, accept_licence, folders())
    return snapshot(model.id, download=True)


def snapshot(id: str, *, revision: str | None = None, download: bool = False) -> Path:
    """The folder of a hub model (`owner/name`), or the folder itself where `id` is one.

    Nothing is downloaded unless `download` says so. Raises OptionError for what is no id,
    UnavailableError where huggingface_hub or the model is not here, or has no weights.
    """
    if id and Path(id).is_dir():
        return _with_weights(id, Path(id), False)
    folder = _fetched(id, revision, download, allow_patterns=_WANTED, ignore_patterns=_VARIANTS)
    if download and next(folder.rglob("*.safetensors"), None) is None:
        folder = _fetched(id, revision, download, allow_patterns=_ELSE_WANTED)
    return _with_weights(id, folder, download)


def _fetched(id: str, revision: str | None = None, download: bool = False, **which: Any) -> Path:
    """What lies here of a model, or with `download` all files of `which`."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", id):
        raise OptionError(f"{id!r} is neither a model of the hub, as in Intel/dpt-large, nor a folder")
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise UnavailableError(
            f"{id} is a model of the hub, for which huggingface_hub is needed; `pip install huggingface_hub`"
        ) from error
    # before huggingface_hub 0.23 a broken download was only taken up on demand
    resume = inspect.signature(snapshot_download).parameters.get("resume_download")
    if resume is not None and resume.default is False:
        which["resume_download"] = True
    try:
        return Path(snapshot_download(id, revision=revision, local_files_only=not download, **which))
    except Exception as error:
        # each generation of huggingface_hub has error types of its own
        if download:
            raise UnavailableError(f"{id} could not be fetched from the hub ({_one_line(error)})") from error
        raise UnavailableError(f"{id} is not here; `parallax models get {id}` brings it") from error


def _described(id: str, folder: Path) -> HubModel:
    """A model without a short name, with the licence that its page states."""
    try:
        licence = stated_licence((folder / _PAGE).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        licence = None
    return HubModel(id, id, id, licence or "not stated", is_commercial(licence or ""))


def _with_weights(id: str, folder: Path, fetched: bool) -> Path:
    found = next(folder.rglob("*.safetensors"), None) or next(folder.glob("pytorch_model*.bin"), None)
    if found is None:
        what = f"{id} has neither safetensors nor a pytorch_model.bin"
        more = "" if fetched else f" here ({folder}); `parallax models get {id}` fetches what there is"
        raise UnavailableError(what + more)
    return folder


def _one_line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
