"""Where a loop's pictures come from: an upload, a path on the server, or a batch of files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import OptionError, ParallaxError
from .. import compat
from ..desk import Desk
from ..places import Places
from ..words import Words
from .card import card, card_of, card_of_files
from .labels import of_loop
from .pieces import message

UPLOAD, PATH, BATCH = "upload", "path", "batch"
MISSING = {
    UPLOAD: "Upload a picture or a video first.",
    PATH: "Type the path of a source on the server first.",
    BATCH: "Choose the files or the folder of the batch first.",
}


@dataclass(frozen=True)
class Given:
    """What the fields say.

    source  the file kept from an upload, or handed over from another loop
    folder  of a batch: the one that was named, else the one that holds the uploaded files
    """

    mode: str
    source: str
    path: str
    folder: str
    recursive: bool
    output: str

    @property
    def nothing(self) -> bool:
        """Whether no source is named."""
        return not {BATCH: self.folder, PATH: self.path}.get(self.mode, self.source)

    def one(self, places: Places) -> Path:
        """The source, or the first one of a batch. Raises a ParallaxError that says what is missing."""
        if self.mode == BATCH:
            from ...jobs.batch import find_sources

            return find_sources(places.readable(self.batch_folder(), "folder"), self.recursive)[0]
        if self.mode == PATH:
            return places.readable(self._needed(self.path))
        return places.readable(self._needed(self.source))

    def batch_folder(self) -> str:
        return self._needed(self.folder)

    def _needed(self, given: str) -> str:
        if not given:
            raise OptionError(MISSING[self.mode])
        return given


@dataclass(frozen=True)
class SourcePanel:
    """The components; `inputs` are what `read` makes a Given of."""

    tabs: Any
    mode: Any
    source: Any
    upload: Any
    path: Any
    folder: Any
    gathered: Any
    recursive: Any
    output: Any
    card: Any

    @property
    def inputs(self) -> list[Any]:
        return [
            self.mode, self.source, self.path, self.folder, self.gathered, self.recursive, self.output
        ]  # fmt: skip

    @property
    def handed(self) -> list[Any]:
        """What `hand_over` changes."""
        return [self.tabs, self.mode, self.source, self.upload, self.card]

    def hand_over(self, source: Path, say: Words) -> list[Any]:
        """Changes that make a file which lies here the source, as if it had been uploaded."""
        return [
            compat.update(selected=UPLOAD),
            UPLOAD,
            str(source),
            compat.update(value=None),
            card(source, say),
        ]

    def untouched(self) -> list[Any]:
        return [compat.update() for _ in self.handed]


def read(values: Sequence[Any]) -> Given:
    recursive = bool(values[5])
    mode, source, path, folder, gathered, _, output = (str(value or "").strip() for value in values)
    return Given(mode or UPLOAD, source, path, folder or gathered, recursive, output)


def build(desk: Desk, loop: str, say: Words) -> SourcePanel:
    """Draws the panel and lets it answer for itself."""
    import gradio as gr

    paths = bool(desk.places.allowed)
    name = f"parallax_{loop}"
    shown = [] if paths else [compat.HIDDEN]

    def text(label: str, item: str, classes: Sequence[str] = (), **more: Any) -> Any:
        return compat.transient(
            gr.Textbox(
                label=of_loop(say(label), loop), elem_id=f"{name}_{item}", elem_classes=list(classes),
                max_lines=1, interactive=True, **more,
            )
        )  # fmt: skip

    with compat.transient(gr.Tabs(elem_id=f"{name}_sources", selected=UPLOAD)) as tabs:
        with gr.Tab(say("Upload"), id=UPLOAD, elem_id=f"{name}_source_upload") as upload_tab:
            upload = compat.transient(
                gr.File(
                    label=of_loop(say("Picture or video"), loop), elem_id=f"{name}_upload", height=120,
                    file_types=["image", "video", ".mkv", ".mov"],
                )
            )  # fmt: skip
        if paths:
            with gr.Tab(say("Path"), id=PATH, elem_id=f"{name}_source_path") as path_tab:
                path = text(
                    "Path on the server", "path", info=say("a video, a picture or a folder of frames"),
                    placeholder="/videos/film.mp4",
                )  # fmt: skip
        with gr.Tab(say("Batch"), id=BATCH, elem_id=f"{name}_source_batch") as batch_tab:
            files = compat.transient(
                gr.File(
                    label=of_loop(say("Pictures and videos"), loop), elem_id=f"{name}_files", height=120,
                    file_count="multiple", file_types=["image", "video", ".mkv", ".mov"],
                )
            )  # fmt: skip
            folder = text(
                "Folder", "folder", shown,
                info=say("each picture and video in it gets its own result; finished ones are skipped"),
                placeholder="/videos",
            )  # fmt: skip
            output = text("Output folder", "output", shown, placeholder=say("automatic"))
            recursive = compat.transient(
                gr.Checkbox(
                    True, label=of_loop(say("Folders within it too"), loop), elem_id=f"{name}_recursive",
                    elem_classes=shown,
                )
            )  # fmt: skip
    with compat.hidden():
        mode, source, kept = (
            compat.transient(gr.Textbox(value, elem_id=f"{name}_{item}", show_label=False))
            for item, value in (("mode", UPLOAD), ("source", ""), ("gathered", ""))
        )
        if not paths:
            path = compat.transient(gr.Textbox(elem_id=f"{name}_path", show_label=False))
    facts = gr.HTML(elem_id=f"{name}_card")
    panel = SourcePanel(tabs, mode, source, upload, path, folder, kept, recursive, output, facts)

    chosen = {UPLOAD: upload_tab, BATCH: batch_tab, **({PATH: path_tab} if paths else {})}
    for kind, tab in chosen.items():
        compat.on(tab.select, _constant(kind), outputs=[mode])

    def uploaded(file: Any) -> list[Any]:
        return _kept(desk.places, compat.uploaded(file), say)

    def named(text: str) -> str:
        return card_of(desk.places, text, say)

    def gathered(several: Any) -> list[Any]:
        return _gathered(desk.places, [p for p in map(compat.uploaded, several or []) if p], say)

    # not `change`: what hands over a result empties this field, too, and is no wish of the user's
    compat.on(upload.upload, uploaded, [upload], [source, facts])
    compat.on(upload.clear, _nothing, outputs=[source, facts])
    compat.on(path.submit, named, [path], [facts])
    compat.on(path.blur, named, [path], [facts])
    compat.on(files.change, gathered, [files], [kept, facts])
    return panel


def _constant(value: str) -> Any:
    return lambda: value


def _nothing() -> list[Any]:
    return ["", ""]


def _kept(places: Places, file: Path | None, say: Words) -> list[Any]:
    """The source kept from an upload, and its card."""
    if file is None:
        return _nothing()
    try:
        kept = places.keep_file(file)
    except ParallaxError as error:
        return ["", message(str(error), "error")]
    return [str(kept), card(kept, say)]


def _gathered(places: Places, files: list[Path], say: Words) -> list[Any]:
    """One folder that holds all files of an upload, and how many they are."""
    if not files:
        return _nothing()
    folder: Path | None = None
    try:
        for file in files:
            kept = places.keep_file(file)
            folder = folder or kept.parent
            if kept.parent != folder:
                kept.replace(_free(folder / kept.name))
                kept.parent.rmdir()
    except (ParallaxError, OSError) as error:
        return ["", message(str(error), "error")]
    return [str(folder), card_of_files(len(files), say)]


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def batch_output(given: Given, loop: str) -> str | None:
    """A name for the results of uploaded files, whose folder has none; None where the folder's will do."""
    if given.output:
        return given.output
    return f"{time.strftime('%Y-%m-%d %H.%M.%S')} {loop}" if Path(given.folder).name.isdigit() else None
