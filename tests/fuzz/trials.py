"""What is done with a file that may be damaged; run as a script, one after the other on demand.

The script reads lines of JSON, {"trial": name, "path": file}, and answers each with a line: {"said": the
refusal's sentence, or null, "fault": the traceback of anything else, or null, "peak": bytes held at most}.
A case that takes more than SECONDS of computing kills it, and so would one that crashes a decoder: whoever
asks then sees that it is gone.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path

SECONDS = 20  # of computing that one case may take
MOST_FRAMES = 40


def video(path: Path) -> None:
    from lib_parallax.media import open_video

    with open_video(path) as reader:
        reader.count()
        frames = list(islice(reader.frames(), MOST_FRAMES))
        assert all(a.pts < b.pts for a, b in pairwise(frames)), "times do not rise"
        assert len({(f.image.shape, f.image.dtype) for f in frames}) <= 1, "the frames' form changes"
        list(islice(reader.frames(3), 4))
        reader.few(2, 2)


def moving(path: Path) -> None:
    from lib_parallax.media import open_video

    with open_video(path) as reader:
        list(islice(reader.frames_with_vectors(), MOST_FRAMES))


def depth(path: Path) -> None:
    from lib_parallax.media import open_depth

    with open_depth(path) as reader:
        for frame in islice(reader.frames(), MOST_FRAMES):
            assert frame.image.ndim == 2 and frame.image.dtype.name == "float32", frame.image.dtype


def sound(path: Path) -> None:
    from lib_parallax.media import audio

    audio.probe(path)
    audio.decode(path, 8000)


def joined(path: Path) -> None:
    """A sound segment with the damaged file's sound, subtitles and chapters."""
    from lib_parallax.media import join, open_video

    with open_video(path) as source:
        join([path.parent / "segment.mp4"], path.with_name("joined.mp4"), source=source)
        join([path.parent / "segment.mp4"], path.with_name("joined.mkv"), source=source)


def boxed(path: Path) -> None:
    from lib_parallax.media.boxes import finish_mp4
    from lib_parallax.media.tags import StereoTag, mp4_boxes

    with suppress(ValueError):  # it is told that the file is not one of FFmpeg's
        finish_mp4(path, mp4_boxes(StereoTag("sbs")))


def flow(path: Path) -> None:
    from lib_parallax.flow.files import read_flow

    read_flow(path)
    read_flow(path, (16, 12))


def weights(path: Path) -> None:
    from lib_parallax.weights.load import load_state

    load_state(path)


def picture(path: Path) -> None:
    from lib_parallax.media import open_video

    with open_video(path) as reader:
        next(iter(reader))


TRIALS: dict[str, Callable[[Path], None]] = {
    trial.__name__: trial for trial in (video, moving, depth, sound, joined, boxed, flow, weights, picture)
}


def main() -> None:
    import resource

    from lib_parallax.errors import ParallaxError

    for line in sys.stdin:
        asked = json.loads(line)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        resource.setrlimit(resource.RLIMIT_CPU, (int(used) + SECONDS, hard))
        said = fault = None
        try:
            TRIALS[asked["trial"]](Path(asked["path"]))
        except ParallaxError as error:
            said = str(error)
        except BaseException:
            fault = traceback.format_exc()
        print(json.dumps({"said": said, "fault": fault, "peak": peak()}), flush=True)


def peak() -> int:
    """The most bytes that this process has held in memory."""
    import resource

    status = Path("/proc/self/status")
    if status.exists():  # on Linux `getrusage` goes on counting from what the parent held
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
