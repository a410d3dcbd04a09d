"""Requests for work: a job, a batch, a preview."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from ...errors import OptionError
from ...options import OPTIONAL_SOURCE
from .answers import json_answer
from .body import Uploads, read
from .fields import BatchFields, JobFields, KeysFields, PreviewFields, divided, file_names, with_preset
from .jobs import submitted

if TYPE_CHECKING:
    from ..desk import Desk


class Orders:
    """Takes work for a desk, whatever form its source comes in."""

    def __init__(self, desk: Desk):
        self._desk = desk
        self._limits = desk.limits

    def submit(self, loop: str) -> Callable[[Request], Response]:
        """The route of a loop."""

        def submit(request: Request) -> Response:
            with Uploads(self._desk) as uploads:
                values = read(request, uploads, file_names(loop), self._limits)
                fields, rest = divided(JobFields, values)
                source = rest.pop("source", None)
                if source is not None or loop not in OPTIONAL_SOURCE:
                    source = _needed("source", source)
                options = with_preset(loop, fields.preset, rest, self._desk.presets)
                status = self._desk.submit(loop, source, options, fields.output, fields.overwrite)
            return submitted(request, status)

        return submit

    def batch(self, request: Request) -> Response:
        with Uploads(self._desk) as uploads:
            values = read(request, uploads, (), self._limits)
        fields, rest = divided(BatchFields, values)
        folder = _needed("folder", fields.folder)
        options = with_preset(fields.loop, fields.preset, rest, self._desk.presets)
        status = self._desk.batch(
            fields.loop, folder, options, fields.output, fields.recursive, fields.overwrite
        )
        return submitted(request, status)

    def preview(self, loop: str) -> Callable[[Request], Response]:
        """The preview route of a loop. What was sent is not kept."""

        def preview(request: Request) -> Response:
            with Uploads(self._desk) as uploads:
                try:
                    return self._preview(loop, request, uploads)
                finally:
                    uploads.discard()

        return preview

    def keys(self, loop: str) -> Callable[[Request], Response]:
        """The route that tells which frames a loop would paint. What was sent is not kept."""

        def keys(request: Request) -> Response:
            with Uploads(self._desk) as uploads:
                try:
                    values = read(request, uploads, file_names(loop), self._limits)
                    fields, rest = divided(KeysFields, values)
                    source = self._desk.places.readable(_needed("source", rest.pop("source", None)))
                    options = with_preset(loop, fields.preset, rest, self._desk.presets)
                    found = self._desk.keys(loop, source, options)
                finally:
                    uploads.discard()
            keys = [key.index for key in found.keys]
            return json_answer({"keys": keys, "cuts": found.cuts, "count": found.frames})

        return keys

    def _preview(self, loop: str, request: Request, uploads: Uploads) -> Response:
        from ...media.pictures import encode_picture

        values = read(request, uploads, file_names(loop), self._limits)
        fields, rest = divided(PreviewFields, values)
        named = rest.pop("source", None)
        source = None
        if named is not None or loop not in OPTIONAL_SOURCE:
            source = self._desk.places.readable(_needed("source", named))
        options = self._desk.checked(loop, with_preset(loop, fields.preset, rest, self._desk.presets))
        made = self._desk.preview(loop, source, options, fields.index)
        if "application/json" in request.headers.get("accept", ""):
            pngs = {name: encode_picture(picture, ".png", "draft") for name, picture in made.pictures.items()}
            pictures = {name: base64.b64encode(png).decode() for name, png in pngs.items()}
            about = {"index": made.index, "count": made.count, "size": made.size, "notes": made.notes}
            return json_answer({"pictures": pictures, **about})
        if fields.picture not in made.pictures:
            there = ", ".join(made.pictures)
            raise OptionError(f"picture: {loop} has no {fields.picture!r}, it has {there}", "picture")
        png = encode_picture(made.pictures[fields.picture], ".png", "draft")
        return Response(png, media_type="image/png")


def _needed(field: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        kind = "a path or a file" if field == "source" else "a path"
        raise OptionError(f"{field}: {kind} is needed", field)
    return value
