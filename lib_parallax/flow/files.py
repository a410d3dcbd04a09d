"""Flow made elsewhere: Middlebury's .flo, numpy's .npy and KITTI's 16-bit .png, with confidence beside.

Formats: .flo is the float 202021.25, width and height as int32, then pairs of float32, little-endian,
with what is beyond 1e9 unknown (Baker et al. 2011). KITTI's PNG holds (u * 64 + 2^15, v * 64 + 2^15,
valid) as red, green and blue (Menze and Geiger 2015).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import OutputError, SourceError
from ..media.arrays import load_array
from ..media.pictures import load_grey, load_rgb
from ..types import Flow, Size

MAGIC = b"PIEH"
UNKNOWN = 1e9
SUFFIXES = (".flo", ".npy", ".png")
BESIDE = ("_confidence", "_conf", "_reliable", "_reliability")
FORTH = ("forward", "forth", "fwd", "fw")
BACK = ("backward", "back", "bwd", "bw")


class Found(NamedTuple):
    """Flow out of a file.

    flow        float32 `[H, W, 2]`, 0 where it is unknown
    confidence  float32 `[H, W]`, 0..1; 0 where the flow is unknown; without a map beside it 1 elsewhere
    """

    flow: Flow
    confidence: np.ndarray


class FlowSource:
    """The flow between all neighbouring frames of a clip, from a folder of files.

    The direction is told by a file's folder or by its name: forward (forth, fwd, fw) or backward
    (back, bwd, bw). The frames are told by the numbers in the name, of which the last two are
    taken where they are neighbours, in either order (`forward_1_2.flo` and `backward_2_1.flo` lie
    between frames 1 and 2), else the last alone (`forward/000001.flo` and `backward/000001.flo`
    lie between frames 1 and 2). The lowest number of all is the clip's first frame.
    """

    def __init__(self, path: str | Path, size: Size):
        """Lists the folder; `size` is the frames', which its files must have.

        Raises SourceError where it is no folder, or holds no flow with a direction.
        """
        self.path, self.size = Path(path), size
        if not self.path.is_dir():
            raise SourceError(f"{self.path}: this is not a folder of flow files")
        self._files: dict[bool, dict[int, Path]] = {True: {}, False: {}}
        for file in _flow_files(self.path):
            place = frame_of(file.relative_to(self.path))
            if place is None:
                continue
            before = self._files[place[0]].setdefault(place[1], file)
            if before != file:
                raise SourceError(f"{before} and {file} both tell the same flow; one of them must go")
        numbers = [*self._files[True], *self._files[False]]
        if not numbers:
            raise SourceError(
                f"{self.path}: no flow in it; files are named forward_000000.flo and backward_000000.flo "
                "(also .npy, or .png as KITTI has it), each by the earlier of its two frames"
            )
        self._first = min(numbers)

    def forth(self, frame: int) -> Found:
        """Flow on `frame` (0 is the first) into the next. Raises SourceError; see `read_flow`."""
        return self._read(True, frame)

    def back(self, frame: int) -> Found:
        """Flow on the frame after `frame` into it. Raises SourceError; see `read_flow`."""
        return self._read(False, frame)

    def _read(self, forth: bool, frame: int) -> Found:
        number = frame + self._first
        file = self._files[forth].get(number)
        if file is None:
            word = "forward" if forth else "backward"
            raise SourceError(f"{self.path}: no {word} flow between frames {number} and {number + 1}")
        return read_flow(file, self.size)


def frame_of(name: Path) -> tuple[bool, int] | None:
    """Whether a file of that name leads forward, and the earlier of its two frames; see FlowSource."""
    words = [word for part in name.with_suffix("").parts for word in re.findall(r"[a-z]+|\d+", part.lower())]
    directions = [word in FORTH for word in words if word in FORTH or word in BACK]
    numbers = [int(word) for word in re.findall(r"\d+", name.stem)]
    if not directions or not numbers:
        return None
    pair = numbers[-2:]
    neighbours = len(pair) == 2 and abs(pair[0] - pair[1]) == 1
    return directions[-1], min(pair) if neighbours else pair[-1]


def read_flow(path: str | Path, size: Size | None = None) -> Found:
    """One file's flow, with the confidence map beside it where there is one.

    size  (width, height) that it must have: the frames'. Flow of another size is refused, because
          nobody can tell whether its pixels are to be scaled with it.
    A confidence map has the file's name with _confidence, _conf, _reliable or _reliability after it,
    and is a grey picture (white is sure) or an .npy of 0..1. Raises SourceError, with the file's name.
    """
    path = Path(path)
    readers = {".flo": _read_flo, ".npy": _read_npy_flow, ".png": _read_kitti}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise SourceError(f"{path}: flow is read from {', '.join(SUFFIXES)}")
    flow, known = reader(path)
    check_size(path, flow, size)
    confidence = known.astype(np.float32)
    beside = _beside(path)
    if beside is not None:
        confidence *= _read_confidence(beside, (flow.shape[1], flow.shape[0]))
    return Found(np.where(known[..., None], flow, np.float32(0)), confidence)


def write_flo(path: str | Path, flow: Flow) -> None:
    """Flow `[H, W, 2]` as a .flo file; NaN and infinities as unknown. Raises OutputError."""
    height, width = flow.shape[:2]
    values = np.where(np.isfinite(flow), flow, 2 * UNKNOWN).astype("<f4")
    head = MAGIC + np.array([width, height], "<i4").tobytes()
    try:
        Path(path).write_bytes(head + values.tobytes())
    except OSError as e:
        raise OutputError(f"{path}: cannot be written: {e.strerror}") from e


def check_size(path: Path, values: np.ndarray, size: Size | None) -> None:
    """Raises SourceError, naming both sizes, where a file's differs from `size`."""
    height, width = values.shape[:2]
    if size is not None and (width, height) != tuple(size):
        raise SourceError(f"{path}: it is {width}x{height}, but the frames are {size[0]}x{size[1]}")


def _flow_files(folder: Path) -> Iterable[Path]:
    files = (file for file in sorted(folder.rglob("*")) if file.suffix.lower() in SUFFIXES)
    return (file for file in files if file.is_file() and not file.stem.lower().endswith(BESIDE))


def _beside(path: Path) -> Path | None:
    candidates = (path.with_name(path.stem + end + suffix) for end in BESIDE for suffix in (".png", ".npy"))
    return next((file for file in candidates if file.is_file()), None)


def _read_flo(path: Path) -> tuple[Flow, np.ndarray]:
    data = _bytes(path)
    if data[:4] != MAGIC:
        raise SourceError(f"{path}: this is not a .flo file, which begins with {MAGIC.decode()}")
    if len(data) < 12:
        raise SourceError(f"{path}: the file is cut off: {len(data)} bytes do not even tell its size")
    width, height = (int(side) for side in np.frombuffer(data, "<i4", 2, 4))
    if width < 1 or height < 1:
        raise SourceError(f"{path}: {width}x{height} is no size for flow")
    wanted = 12 + 8 * width * height
    if len(data) < wanted:
        raise SourceError(
            f"{path}: the file is cut off: {width}x{height} takes {wanted} bytes, and it has {len(data)}"
        )
    flow = np.frombuffer(data, "<f4", 2 * width * height, 12).reshape(height, width, 2).astype(np.float32)
    return flow, _known(flow)


def _read_npy_flow(path: Path) -> tuple[Flow, np.ndarray]:
    values = load_array(path)
    if values.ndim != 3 or 2 not in (values.shape[0], values.shape[2]):
        raise SourceError(f"{path}: its shape is {list(values.shape)}; flow is [H, W, 2]")
    if values.shape[2] != 2:
        values = np.moveaxis(values, 0, -1)
    flow = np.ascontiguousarray(values, np.float32)
    return flow, _known(flow)


def _known(flow: Flow) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(flow) <= UNKNOWN).all(-1))


def _read_kitti(path: Path) -> tuple[Flow, np.ndarray]:
    values = load_rgb(path)
    if values.dtype != np.uint16:
        raise SourceError(f"{path}: flow as KITTI has it is a colour picture of 16 bits a channel")
    flow = (values[..., :2].astype(np.float32) - 32768) / 64
    return flow, values[..., 2] > 0


def _read_confidence(path: Path, size: Size) -> np.ndarray:
    if path.suffix == ".png":
        values = load_grey(path)
    else:
        values = load_array(path).astype(np.float32).squeeze()
        if values.ndim != 2:
            raise SourceError(f"{path}: its shape is {list(values.shape)}; a confidence map is [H, W]")
    check_size(path, values, size)
    return np.clip(np.nan_to_num(values), 0, 1)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise SourceError(f"{path}: cannot be read: {e.strerror}") from e
