"""The journal: which segments of a job are finished for good.

Append-only JSON lines, each made durable before the job goes on. A segment's files and the
loop's state at its end are durable before its line is written, so a line can be trusted, and
whatever has no line never happened. What the disk lost nevertheless is found by digest, and
the job goes back to the last place that still stands.

    {"segment": 0, "frames": 240, "files": {"main": {"path": ..., "sha256": ...}},
     "next": {"index": 240, "cut": false, "state": "state-00001.npz", "sha256": ...}, ...}
    {"end": {...}}       the loop is through; the last segment's line, without "next", came before
    {"placing": true}    from here on the results at their places are this job's own
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..timeline.pace import Row
from ..types import Boundary
from .durable import digest, sync_folder
from .state import load_state, save_state

NAME = "journal.jsonl"


@dataclass
class Journal:
    """The trusted lines of the journal in `folder`; every method that adds one is durable on return."""

    folder: Path
    segments: list[dict[str, Any]] = field(default_factory=list)
    end: dict[str, Any] | None = None
    placing: bool = False

    @property
    def path(self) -> Path:
        return self.folder / NAME

    @property
    def frames(self) -> int:
        """How many frames of the result lie in finished segments."""
        return sum(segment["frames"] for segment in self.segments)

    @property
    def warnings(self) -> list[str]:
        """What the loop had warned of by the end of the last segment."""
        return list(self.segments[-1]["warnings"]) if self.segments else []

    def files(self, target: str) -> list[Path]:
        """The segment files of one target, in order."""
        return [self.folder / segment["files"][target]["path"] for segment in self.segments]

    def start(self) -> Boundary | None:
        """Where the loop goes on, with its state; None for the beginning."""
        if not self.segments:
            return None
        after = self.segments[-1]["next"]
        state = load_state(self.folder / after["state"]) if after["state"] else {}
        return Boundary(after["index"], after["cut"], state)

    @property
    def motion(self) -> list[list[float | None]]:
        """How the frames of all segments move, as far as that was watched: a Watcher's rows."""
        return [row for segment in self.segments for row in segment.get("motion", [])]

    def close_segment(
        self,
        frames: int,
        files: dict[str, dict[str, str]],
        after: Boundary | None,
        warnings: list[str],
        motion: Sequence[Row] = (),
    ) -> None:
        """Records a segment whose files are durable, and the state with which the next one starts."""
        line: dict[str, Any] = {
            "segment": len(self.segments),
            "frames": frames,
            "files": files,
            "warnings": warnings,
        }
        if motion:
            line["motion"] = motion
        if after is not None:
            line["next"] = {"index": after.index, "cut": after.cut, **self._keep_state(after)}
        sync_folder(self.folder)  # a target's first segment made a folder in it
        self._append(line)
        self.segments.append(line)
        self._forget_states()

    def close(self, end: dict[str, Any]) -> None:
        """Records that the loop is through, with what it told at its end."""
        self._append({"end": end})
        self.end = end

    def start_placing(self) -> None:
        if not self.placing:
            self._append({"placing": True})
            self.placing = True

    def _keep_state(self, after: Boundary) -> dict[str, Any]:
        if not after.state:
            return {"state": None, "sha256": None}
        path = self.folder / f"state-{len(self.segments) + 1:05d}.npz"
        save_state(path, after.state)
        return {"state": path.name, "sha256": digest(path)}

    def _forget_states(self) -> None:
        # whole pictures may lie in a state: two are enough, the newest and one to fall back on
        for path in sorted(self.folder.glob("state-*.npz"))[:-2]:
            path.unlink(missing_ok=True)

    def _append(self, line: dict[str, Any]) -> None:
        new = not self.path.exists()
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(self.folder)


def open_journal(folder: Path) -> Journal:
    """The journal of a job as far as it can be trusted; all else is removed from `folder`.

    Lines that the disk cut short, segments whose files are missing or changed, and files no
    line speaks of (the segment that was open) are dropped.
    """
    lines = _read(folder / NAME)
    journal = Journal(folder)
    journal.segments = _standing(folder, [line for line in lines if "segment" in line])
    if len(journal.segments) == sum("segment" in line for line in lines):
        journal.end = next((line["end"] for line in lines if "end" in line), None)
    if journal.end is None:
        while journal.segments and not _can_start_after(folder, journal.segments[-1]):
            journal.segments.pop()
    journal.placing = journal.end is not None and any("placing" in line for line in lines)
    _rewrite(journal)
    _sweep(journal)
    return journal


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    lines: list[dict[str, Any]] = []
    for raw in text.splitlines(keepends=True):
        try:
            line = json.loads(raw) if raw.endswith(b"\n") else None
        except (ValueError, RecursionError):
            line = None
        before = [each for each in lines if "segment" in each]
        if not isinstance(line, dict) or not _makes_sense(line, before):
            break
        lines.append(line)
    return lines


def _makes_sense(line: dict[str, Any], segments: list[dict[str, Any]]) -> bool:
    """Whether a line is one that a journal with these segments may go on with."""
    if line.keys() == {"end"}:
        return isinstance(line["end"], dict) and isinstance(line["end"].get("report"), dict)
    if line.keys() == {"placing"}:
        return True
    forms = {"segment": int, "frames": int, "files": dict, "warnings": list, "motion": list, "next": dict}
    if not all(isinstance(value, forms.get(name, type(None))) for name, value in line.items()):
        return False
    if not {"segment", "frames", "files", "warnings"} <= line.keys() or line["segment"] != len(segments):
        return False
    if not line["files"] or (segments and line["files"].keys() != segments[0]["files"].keys()):
        return False
    after = line.get("next", {"index": 0, "cut": False, "state": None, "sha256": None})
    return (
        line["frames"] > 0
        and all(isinstance(file, dict) and _is_inside(file.get("path")) for file in line["files"].values())
        and all(isinstance(file.get("sha256"), str) for file in line["files"].values())
        and after.keys() == {"index", "cut", "state", "sha256"}
        and isinstance(after["index"], int)
        and isinstance(after["cut"], bool)
        and (after["state"] is None or _is_inside(after["state"]))
    )


def _is_inside(path: Any) -> bool:
    """Whether a path leads into the journal's folder and nowhere else."""
    if not isinstance(path, str) or "\0" in path:
        return False
    return path not in ("", ".") and not Path(path).is_absolute() and ".." not in Path(path).parts


def _standing(folder: Path, segments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for number, segment in enumerate(segments):
        for file in segment["files"].values():
            path = folder / file["path"]
            if not path.exists() or digest(path) != file["sha256"]:
                return segments[:number]
    return segments


def _can_start_after(folder: Path, segment: dict[str, Any]) -> bool:
    after = segment.get("next")
    if after is None:
        return False
    path = folder / after["state"] if after["state"] else None
    return path is None or (path.exists() and digest(path) == after["sha256"])


def _rewrite(journal: Journal) -> None:
    lines: list[dict[str, Any]] = list(journal.segments)
    if journal.end is not None:
        lines.append({"end": journal.end})
    if journal.placing:
        lines.append({"placing": True})
    temporary = journal.path.with_name(NAME + ".part")
    with open(temporary, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, journal.path)
    sync_folder(journal.folder)


def _sweep(journal: Journal) -> None:
    from .place import remove

    known = {
        journal.folder / file["path"] for segment in journal.segments for file in segment["files"].values()
    }
    states = {(segment.get("next") or {}).get("state") for segment in journal.segments[-2:]}
    for path in journal.folder.iterdir():
        if path.is_dir():
            for inner in path.iterdir():
                if inner not in known:
                    remove(inner)
        elif path.name != NAME and path.name not in states:
            remove(path)
