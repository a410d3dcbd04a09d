"""The request for a schedule's curve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import Request, Response

from ...errors import OptionError
from ...timeline import Curve
from ..curves import Span, drawn
from ..limits import MB
from .answers import json_answer
from .body import Uploads, read
from .fields import CurveFields, divided

if TYPE_CHECKING:
    from ..desk import Desk

LARGEST = 4 << 20  # bytes of a request
LONGEST = 100_000  # characters of a schedule that is drawn: some thousand keys


class Timeline:
    """Reads schedules for whoever draws them."""

    def __init__(self, desk: Desk):
        self._desk = desk
        of, most = desk.limits, LARGEST / MB
        self._limits = replace(of, max_upload=min(of.max_upload, most), max_json=min(of.max_json, most))

    def curve(self, request: Request) -> Response:
        """The keys of a schedule, given as text or as keys, and samples along its curve."""
        with Uploads(self._desk) as uploads:
            values = read(request, uploads, (), self._limits)
        keys = values.pop("keys", None)
        fields, rest = divided(CurveFields, values)
        if rest:
            raise OptionError(f"{min(rest)}: this route does not take it", min(rest))
        if (keys is None) == (fields.text is None):
            raise OptionError("text: give either text or keys", "text")
        text = Curve.from_json(keys).text if fields.text is None else fields.text
        if len(text) > LONGEST:
            raise OptionError(f"text: {len(text)} characters; {LONGEST} are the most that are drawn", "text")
        return json_answer(drawn("curve", text, Span(fields.frames, fields.fps, fields.seed, fields.frames)))
