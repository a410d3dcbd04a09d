"""One shot on its way through the windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...types import Image
from ...weights.runner import TooLargeError
from ..vit.pictures import enlarge, inverse_metres, picture_size, prepare
from .sight import Seen, Sight
from .windows import (
    ANCHORS,
    MIDDLE,
    OVERLAP,
    Line,
    Share,
    fade_in,
    firsts,
    fitted,
    members,
    needed_after,
    settled,
)

if TYPE_CHECKING:
    from torch import Tensor

    from .network import Network


class Shot:
    """Takes frames in, gives their depth out, some frames later.

        shot = Shot(sight, image)
        shot.add(image)        # each frame
        shot.end()             # after the last
        while shot.ready():    # at any time
            depth = shot.take()

    Frames are counted from the shot's first. Depth is kept as the network gives it and brought
    to scale and size when it is taken, so that little is held: at most the frames of a window
    and what has been said of as many.
    """

    def __init__(self, sight: Sight, image: Image):
        self._sight = sight
        self._picture_size = picture_size(image)
        self._size = sight.size(self._picture_size)
        self._window = -1  # the last one that was looked through
        self._count = 0  # frames taken in
        self._next = 0  # the frame whose depth is given out next
        self._ended = False
        self._seen: dict[int, Seen] = {}  # frames that windows to come hold
        self._shares: dict[int, list[Share]] = {}  # what windows say of frames not given out
        self._anchors: list[Share] = []

    def fits(self, image: Image) -> bool:
        return self._picture_size == picture_size(image)

    def add(self, image: Image) -> None:
        if self._window < 0 or needed_after(self._window, self._count):
            self._seen[self._count] = Seen(prepare(image, self._size))
        self._count += 1
        if self._count > members(self._window + 1)[-1]:
            self._look_through(self._window + 1)

    def end(self) -> None:
        """No frame follows: what is missing from the last windows is made up with the last frame."""
        while firsts(self._window + 1) < self._count:
            self._look_through(self._window + 1)
        self._ended = True

    def ready(self) -> bool:
        """Whether the next frame's depth is known for good."""
        return self._next < (self._count if self._ended else min(self._count, settled(self._window)))

    def take(self) -> np.ndarray:
        """The next frame's depth, float32 at the size of the frame."""
        first, *others = self._shares.pop(self._next)
        self._next += 1
        depth = self._on_scale(first)
        for share in others:
            depth = depth * (1 - share.weight) + self._on_scale(share) * share.weight
        return inverse_metres(depth) if self._sight.metric else depth

    def alone(self, image: Image) -> np.ndarray:
        """Depth of the shot's picture by itself, in a window of one frame."""
        seen = Seen(prepare(image, self._size))
        depth = self._on_scale(Share(self._depths({0: seen}, [0], [0])[0]))
        return inverse_metres(depth) if self._sight.metric else depth

    def state(self) -> dict[str, Any]:
        """What `restored` needs to go on with the frame whose depth is next."""
        before = {i: seen for i, seen in self._seen.items() if i < self._next}
        return {
            "picture_size": list(self._picture_size),
            "size": list(self._size),
            "window": self._window,
            "next": self._next,
            "frames": list(before),
            "pictures": [seen.picture for seen in before.values()],
            "anchors": [share.state() for share in self._anchors],
            "shares": [
                {"frame": i, **share.state()} for i, shares in self._shares.items() for share in shares
            ],
        }

    @classmethod
    def restored(cls, sight: Sight, state: Mapping[str, Any]) -> Shot:
        shot = cls.__new__(cls)
        shot._sight = sight
        width, height = state["picture_size"]
        shot._picture_size = (int(width), int(height))
        width, height = state["size"]
        shot._size = (int(width), int(height))
        shot._window = int(state["window"])
        shot._count = shot._next = int(state["next"])
        shot._ended = False
        shot._seen = {
            int(i): Seen(np.asarray(picture))
            for i, picture in zip(state["frames"], state["pictures"], strict=True)
        }
        shot._anchors = [Share.restored(share) for share in state["anchors"]]
        shot._shares = {}
        for share in state["shares"]:
            shot._shares.setdefault(int(share["frame"]), []).append(Share.restored(share))
        return shot

    def _look_through(self, window: int) -> None:
        """Lets a window say what it has to say of its frames."""
        frames = members(window)
        last = self._count - 1
        wanted = [at for at, i in enumerate(frames) if i <= last or at < ANCHORS]
        depths = self._depths(self._seen, [min(i, last) for i in frames], wanted)
        # Copies: a slice would keep the whole window in memory.
        said = {at: depth.copy() for at, depth in zip(wanted, depths, strict=True)}
        line = self._line([said[at] for at in range(ANCHORS)]) if window else (1.0, 0.0)
        for at, depth in said.items():
            share = Share(depth, line)
            if window == 0 or at >= OVERLAP:
                self._shares[frames[at]] = [share]
            elif at >= ANCHORS:
                self._shares[frames[at]].append(replace(share, weight=fade_in(frames[at], window)))
        middle = [Share(said[MIDDLE], line)] if MIDDLE in said else []
        self._anchors = [self._anchors[0] if window else Share(said[0]), *middle]
        self._window = window
        self._seen = {i: seen for i, seen in self._seen.items() if needed_after(window, i)}

    def _line(self, depths: list[np.ndarray]) -> Line:
        """Brings what a window says of the anchors to what was said of them before."""
        if self._sight.metric:
            return 1.0, 0.0
        found = np.stack([self._on_scale(Share(depth)) for depth in depths])
        return fitted(found, np.stack([self._on_scale(share) for share in self._anchors]))

    def _on_scale(self, share: Share) -> np.ndarray:
        import torch

        scale, shift = share.line
        full = enlarge(torch.from_numpy(share.depth)[None], self._picture_size)[0].numpy()
        return np.maximum(full * scale + shift, 0, dtype=np.float32)

    def _depths(self, seen: dict[int, Seen], frames: list[int], wanted: list[int]) -> np.ndarray:
        """Depth `[len(wanted), h, w]` of some positions of the window that `frames` are."""
        runner = self._sight.runner

        def job(network: Network) -> Tensor:
            at_once = runner.at_once
            new = [seen[i] for i in sorted(set(frames)) if seen[i].by is not network]
            for start in range(0, len(new), at_once):
                group = new[start : start + at_once]
                looks = network.look(self._sight.tensor([s.picture for s in group]))
                for s, look in zip(group, looks, strict=True):
                    s.look, s.by = look, network
            return network.depth([seen[i].look or [] for i in frames], wanted, at_once)

        while True:
            try:
                return runner.run(job).float().cpu().numpy()
            except TooLargeError:
                for s in seen.values():
                    s.forget()
                runner.make_room()
                self._look_smaller(seen)

    def _look_smaller(self, seen: dict[int, Seen]) -> None:
        import cv2

        size = self._sight.size(self._picture_size)
        if size == self._size:
            return
        self._size = size
        for s in seen.values():
            small = cv2.resize(s.picture.transpose(1, 2, 0), size, interpolation=cv2.INTER_CUBIC)
            s.picture = np.ascontiguousarray(small.transpose(2, 0, 1))
