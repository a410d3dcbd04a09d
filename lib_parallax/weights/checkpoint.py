"""Looks a checkpoint over before anything is read from it: what it is, and that it is harmless.

A `.pth` is a zip archive of storages, uncompressed, and a pickle that says how tensors lie in
them. A pickle is a program; this one may do nothing but name storages and views of them. torch's
weights-only unpickler refuses most of what is bad, but not in every version: 2.5 and older can be
made to run code by an archive in the old tar format, 2.9 and older to write outside of its memory.
So every checkpoint must pass here before any version of torch sees it: the archive holds no more
than its own length, the pickle uses only the instructions and names that a dict of tensors needs,
every storage has the bytes it says it has, every view lies inside its storage.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import zipfile
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import SourceError

SAFETENSORS, TORCH = "safetensors", "torch"
MAX_PICKLE = 4 << 20
MAX_SLOT = 1 << 20
MAX_HEADER = 100 << 20
# Where training keeps the tensors; of averaged parameters and those of the last step, the first.
CONTAINERS = ("state_dict", "model", "params_ema", "params")

_ITEM_SIZES = {
    "DoubleStorage": 8, "FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "LongStorage": 8,
    "IntStorage": 4, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1,
}  # fmt: skip
_INSTRUCTIONS = {
    "PROTO", "STOP", "MARK", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1",
    "BINFLOAT", "BINUNICODE", "EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2",
    "TUPLE3", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "BINGET", "LONG_BINGET", "BINPUT",
    "LONG_BINPUT", "GLOBAL", "REDUCE", "BUILD", "BINPERSID",
}  # fmt: skip


class _StorageType(NamedTuple):
    item_size: int


class _Storage(NamedTuple):
    item_size: int
    length: int


class View(NamedTuple):
    """A tensor as the pickle describes it; `size` in bytes."""

    shape: tuple[int, ...]
    size: int


class _Refused(Exception):
    """Why a pickle is not accepted; ends the sentence that begins with the file's name."""


def kind_of(path: Path) -> str:
    """SAFETENSORS or TORCH, by what the file begins with. Raises SourceError for anything else."""
    try:
        with open(path, "rb") as file:
            head = file.read(512)
        size = path.stat().st_size
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read, {error.strerror or error}") from error
    if head[:4] == b"PK\x03\x04":
        return TORCH
    header = int.from_bytes(head[:8], "little")
    if head[8:9] == b"{" and len(head) > 8:
        if header <= min(size - 8, MAX_HEADER):
            return SAFETENSORS
        raise SourceError(f"{path}: a safetensors file that is cut short or damaged")
    raise SourceError(f"{path}: {_what_else(head)}")


def _what_else(head: bytes) -> str:
    text = head.lstrip().lower()
    if not head:
        return "is empty"
    if head.startswith(b"version https://git-lfs"):
        return "a Git LFS pointer, not the weights themselves; `git lfs pull` or a download brings them"
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page, not weights; a download page was saved in place of the file"
    if head[:1] == b"\x80" or head[257:262] == b"ustar":
        return (
            "a checkpoint in a format of torch before 1.6, which cannot be read without running what is in "
            "it; save it anew with a current torch, or as safetensors"
        )
    return "neither a torch checkpoint nor safetensors"


def inspect_checkpoint(path: Path) -> None:
    """Checks a TORCH file as the module's text says. Raises SourceError with the first fault."""
    try:
        with zipfile.ZipFile(path) as archive:
            records = _records(archive, path.stat().st_size)
            _check_pickle(archive.read(f"{records.root}/data.pkl"), records)
    except _Refused as reason:
        raise SourceError(f"{path}: {reason}") from None
    except Exception as error:
        # zipfile has a dozen error types for damage, some of them by chance
        raise SourceError(
            f"{path}: a checkpoint that is cut short or damaged ({_one_line(error)})"
        ) from error


def _one_line(error: BaseException) -> str:
    # ascii, for a file may name itself in a terminal's control codes
    return " ".join(f"{type(error).__name__}: {ascii(str(error))[1:-1]}".split())[:200]


class _Records(NamedTuple):
    root: str
    sizes: dict[str, int]
    total: int


def _records(archive: zipfile.ZipFile, size: int) -> _Records:
    """The archive's storages by key. Refuses what is compressed, repeated or larger than the file."""
    entries = archive.infolist()
    names = [e.filename for e in entries]
    if any(e.compress_type != zipfile.ZIP_STORED or e.compress_size != e.file_size for e in entries):
        raise _Refused("its archive is compressed, which torch never does; it may be a zip bomb")
    total = sum(e.file_size for e in entries)
    if total > size or len(set(names)) != len(names):
        raise _Refused("its archive claims more than the file holds; it may be a zip bomb")
    if any(e.flag_bits & 1 for e in entries):
        raise _Refused("its archive is encrypted")
    sizes = {e.filename: e.file_size for e in entries}
    root = names[0].partition("/")[0] if names else ""
    if f"{root}/data.pkl" not in sizes or any(not name.startswith(f"{root}/") for name in names):
        raise _Refused("a zip archive, but no torch checkpoint")
    if f"{root}/constants.pkl" in sizes or any(name.startswith(f"{root}/code/") for name in names):
        raise _Refused("a TorchScript program, not a checkpoint of weights")
    if sizes[f"{root}/data.pkl"] > MAX_PICKLE:
        raise _Refused(f"its table of tensors is larger than {MAX_PICKLE >> 20} MiB")
    prefix = f"{root}/data/"
    storages = {name[len(prefix) :]: s for name, s in sizes.items() if name.startswith(prefix)}
    return _Records(root, storages, total)


def _check_pickle(program: bytes, records: _Records) -> None:
    try:
        for instruction, argument, _ in pickletools.genops(program):
            if instruction.name not in _INSTRUCTIONS:
                raise _Refused(f"holds the pickle instruction {instruction.name}, which no weights need")
            if "PUT" in instruction.name and int(argument or 0) > MAX_SLOT:
                raise _Refused("its table of tensors is damaged")
        top = _Inspector(io.BytesIO(program), records).load()
        views = list(_views(top))
    except _Refused:
        raise
    except Exception as error:
        # a program made up to confuse can fail in any way; none of them is worth more words
        raise _Refused(f"its table of tensors cannot be read ({_one_line(error)})") from error
    if sum(view.size for view in views) > 2 * records.total + MAX_PICKLE:
        raise _Refused("its tensors together are larger than the file; it may be a bomb")


class _Inspector(pickle.Unpickler):
    """Runs a checkpoint's pickle with nothing behind its names but the notes made here."""

    def __init__(self, file: Any, records: _Records):
        super().__init__(file, encoding="utf-8")
        self._records = records

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in _BUILDERS:
            return _BUILDERS[name]
        if module == "torch" and name in _ITEM_SIZES:
            return _StorageType(_ITEM_SIZES[name])
        asked = f"{module}.{name}"
        raise _Refused(f"asks for {asked!a} when unpickled, so it holds more than weights; it was not run")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, storage_type, key, _, length = pid
        if kind != "storage" or not isinstance(storage_type, _StorageType):
            raise _Refused("its table of tensors is damaged")
        storage = _Storage(storage_type.item_size, _count(length))
        if self._records.sizes.get(key) != storage.item_size * storage.length:
            raise _Refused(f"storage {key!a} does not have the bytes that its table claims; it is damaged")
        return storage


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise _Refused("its table of tensors is damaged")
    return value


class _TensorBuilder:
    """Stands for torch._utils._rebuild_tensor_v2, and checks that the view lies in its storage."""

    # without a __dict__ the pickle can change nothing about it
    __slots__ = ()

    def __call__(self, storage: Any, offset: Any, shape: Any, stride: Any, *rest: Any) -> View:
        if not isinstance(storage, _Storage) or len(shape) != len(stride) or len(rest) > 3:
            raise _Refused("its table of tensors is damaged")
        count, last = 1, _count(offset)
        for length, step in zip(shape, stride, strict=True):
            count *= _count(length)
            last += max(length - 1, 0) * _count(step)
        if count > storage.length or (count and last >= storage.length):
            raise _Refused("a tensor reaches beyond its storage; it is damaged")
        return View(tuple(shape), count * storage.item_size)


class _ParameterBuilder:
    """Stands for torch._utils._rebuild_parameter."""

    __slots__ = ()

    def __call__(self, data: Any, *rest: Any) -> View:
        if not isinstance(data, View):
            raise _Refused("its table of tensors is damaged")
        return data


_BUILDERS = {"_rebuild_tensor_v2": _TensorBuilder(), "_rebuild_parameter": _ParameterBuilder()}


def weights_in(top: Any) -> Any:
    """The dict of tensors in what a checkpoint holds: itself, or what stands under one of CONTAINERS."""
    if isinstance(top, dict):
        for key in CONTAINERS:
            if isinstance(top.get(key), dict):
                return top[key]
    return top


def _views(top: Any) -> Iterable[View]:
    found = weights_in(top)
    if not isinstance(found, dict) or not found:
        raise _Refused(f"holds a {type(found).__name__}, not tensors by name")
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, View):
            raise _Refused(f"holds something other than a tensor under {name!a}")
        yield value
