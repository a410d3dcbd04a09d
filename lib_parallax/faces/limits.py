"""How much a face that others can reach takes of them: each limit declared once, as a flag of `serve`."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ParallaxError
from ..media.picture_files import MOST_PIXELS
from ..options import option

MB = 1_000_000
PIXELS = MOST_PIXELS // MB
SECONDS_TO_WAIT = 30  # what is told to whom a full queue turns away


class Busy(ParallaxError):
    """Too much is being done already. `wait` is after how many seconds to ask again."""

    def __init__(self, sentence: str, wait: float = SECONDS_TO_WAIT):
        super().__init__(sentence)
        self.wait = wait


@dataclass(frozen=True)
class Limits:
    """What a server takes at most."""

    max_upload: float = option(
        8000.0, "Largest upload", "of a form with its files", minimum=0.001, maximum=1e6, unit="MB",
        group="Limits",
    )  # fmt: skip
    max_json: float = option(
        64.0, "Largest JSON", "of a request in JSON, with the files in it", minimum=0.0001, maximum=1e4,
        unit="MB", group="Limits",
    )  # fmt: skip
    max_nesting: int = option(
        32, "Deepest JSON", "lists and objects within each other", minimum=2, maximum=200, unit="levels",
        group="Limits",
    )  # fmt: skip
    max_pixels: float = option(
        134.0, "Largest picture", "of a source, a file beside it, or a result's frame", minimum=0.01,
        maximum=PIXELS, unit="million pixels", group="Limits",
    )  # fmt: skip
    max_seconds: float = option(
        6 * 3600.0, "Longest video", "of a source", minimum=1.0, maximum=1e6, unit="s", group="Limits"
    )
    max_frames: int = option(
        2_000_000, "Most frames", "of a source", minimum=1, maximum=10**9, unit="frames", group="Limits"
    )
    max_queue: int = option(
        100, "Longest queue", "jobs that wait; one runs at a time", minimum=1, maximum=10**6, unit="jobs",
        group="Limits",
    )  # fmt: skip
    max_posts: int = option(
        16, "Posts at once", "requests with a body that are worked on at once, uploads and previews too",
        minimum=1, maximum=32, unit="requests", group="Limits",
    )  # fmt: skip
    max_rate: float = option(
        200.0, "Requests of one", "from one address with one user, on average; twice as many in a burst",
        minimum=0.1, maximum=1e6, unit="a second", group="Limits",
    )  # fmt: skip
    max_rate_all: float = option(
        1000.0, "Requests of all", "from everybody, on average; twice as many in a burst", minimum=0.1,
        maximum=1e6, unit="a second", group="Limits",
    )  # fmt: skip

    @property
    def upload_bytes(self) -> int:
        return int(self.max_upload * MB)

    @property
    def json_bytes(self) -> int:
        return int(self.max_json * MB)

    @property
    def pixels(self) -> int:
        return int(self.max_pixels * MB)
