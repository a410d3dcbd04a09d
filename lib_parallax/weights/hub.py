"""Models of the Hugging Face hub, as local folders for transformers and diffusers.

They lie in the hub's own cache, which a webui and other programs share. Only configuration
and safetensors are taken: what a pickle would run is never on the disk.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import OptionError, UnavailableError

_PATTERNS = ["*.json", "*.txt", "*.model", "*.safetensors"]


def snapshot(id: str, *, revision: str | None = None, download: bool = False) -> Path:
    """The folder of a hub model (`owner/name`), or the folder itself where `id` is one.

    Nothing is downloaded unless `download` says so. Raises OptionError for what is no id,
    UnavailableError where huggingface_hub or the model is not here, or has no safetensors.
    """
    if id and Path(id).is_dir():
        return _with_weights(id, Path(id))
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", id):
        raise OptionError(f"{id!r} is neither a model of the hub, as in Intel/dpt-large, nor a folder")
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise UnavailableError(
            f"{id} is a model of the hub, for which huggingface_hub is needed; `pip install huggingface_hub`"
        ) from error
    try:
        found = snapshot_download(
            id, revision=revision, local_files_only=not download, allow_patterns=_PATTERNS
        )
    except Exception as error:
        # each generation of huggingface_hub has error types of its own
        if download:
            raise UnavailableError(f"{id} could not be fetched from the hub ({_one_line(error)})") from error
        raise UnavailableError(f"{id} is not here; `parallax models get {id}` brings it") from error
    return _with_weights(id, Path(found))


def _with_weights(id: str, folder: Path) -> Path:
    if next(folder.rglob("*.safetensors"), None) is None:
        raise UnavailableError(
            f"{id} has no safetensors weights here ({folder}), and pickled ones are not loaded; "
            f"`parallax models get {id}` fetches what there is"
        )
    return folder


def _one_line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
