"""OpenAPI of the routes, made from the options: kind, range, choices, default and help of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...options import LOOP_OPTIONS, OPTIONAL_SOURCE, OptionField, describe
from .fields import (
    BatchFields,
    ChoiceFields,
    CurveFields,
    JobFields,
    KeysFields,
    PreviewFields,
    RepaintFields,
    file_names,
)

Schema = dict[str, Any]

_TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string"}
_SENT_FILE = {
    "type": "object",
    "description": "the file itself",
    "required": ["name", "data"],
    "properties": {
        "name": {"type": "string", "description": "its file name; the suffix tells what it is"},
        "data": {"type": "string", "format": "byte", "description": "its bytes in base64"},
    },
}
ERROR: Schema = {
    "type": "object",
    "required": ["error", "field"],
    "properties": {
        "error": {"type": "string", "description": "one sentence that says what is wrong"},
        "field": {"type": "string", "nullable": True, "description": "the field it is about, or null"},
    },
}
SUBMITTED: Schema = {
    "type": "object",
    "required": ["id", "address"],
    "properties": {
        "id": {"type": "string"},
        "address": {"type": "string", "description": "path of the job on this server"},
    },
}
JOB: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "address": {"type": "string"},
        "loop": {"type": "string"},
        "state": {"enum": ["queued", "running", "done", "failed", "cancelled", "interrupted"]},
        "position": {"type": "integer", "nullable": True, "description": "in the queue, 0 is next"},
        "source": {"type": "string"},
        "output": {"type": "string"},
        "options": {"type": "object"},
        "progress": {
            "type": "object",
            "properties": {
                "done": {"type": "integer"},
                "total": {"type": "integer", "nullable": True},
                "fps": {"type": "number"},
                "seconds_left": {"type": "number", "nullable": True},
                "stage": {"type": "string"},
            },
        },
        "files": {
            "type": "array",
            "description": "the results, the main one first; empty until the job is done",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "size": {"type": "integer", "description": "bytes"},
                    "type": {"type": "string", "description": "MIME type"},
                    "address": {"type": "string"},
                },
            },
        },
        "error": {"type": "string", "nullable": True},
        "warnings": {"type": "array", "items": {"type": "string"}},
        "notes": {"type": "array", "items": {"type": "string"}},
        "report": {"type": "object"},
        "times": {"type": "object"},
        "batch": {"type": "object", "nullable": True},
        "asks": {
            "type": "object",
            "nullable": True,
            "description": "the choice that the job waits for: step, last, best and the pictures, by number",
        },
    },
}
KEYS: Schema = {
    "type": "object",
    "properties": {
        "keys": {"type": "array", "items": {"type": "integer"}, "description": "frames to paint, from 0"},
        "cuts": {"type": "array", "items": {"type": "integer"}, "description": "each shot's first frame"},
        "count": {"type": "integer", "description": "frames of the source"},
    },
}
_NUMBERS = {"type": "array", "items": {"type": "number", "nullable": True}}
CURVE_KEYS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["frame", "value"],
        "properties": {
            "frame": {"type": "number"},
            "value": {"oneOf": [{"type": "number"}, {"type": "string", "description": "an expression"}]},
            "way": {"type": "string", "description": "to the next key; empty: computed for every frame"},
            "place": {"type": "string", "description": "the frame as it was written: max_f-1, 1.5s"},
        },
    },
}
CURVE: Schema = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "the schedule"},
        "keys": CURVE_KEYS,
        "at": {**_NUMBERS, "description": "the value at each key"},
        "frames": {**_NUMBERS, "description": "along the curve"},
        "values": {**_NUMBERS, "description": "at these frames, null where there is none"},
        "last": {"type": "integer", "description": "the last of these frames"},
        "told": {"type": "string", "description": "why there is no value at a frame, or empty"},
    },
}
JOBS: Schema = {"type": "object", "properties": {"jobs": {"type": "array", "items": JOB}}}


def option_schema(o: OptionField) -> Schema:
    """An option as JSON Schema. A size is WxH or [width, height]."""
    about = f"{o.help} [{o.unit}]" if o.unit else o.help
    limits = {"minimum": o.minimum, "maximum": o.maximum}
    limits = {name: value for name, value in limits.items() if value is not None}
    made: Schema = {"title": o.label, "description": about}
    if o.kind == "size":
        side = {"type": "integer", **limits}
        made["oneOf"] = [
            {"type": "string", "pattern": r"^\d+x\d+$", "example": "1920x1080"},
            {"type": "array", "items": side, "minItems": 2, "maxItems": 2},
        ]
    elif o.over and o.kind != "str":
        number = {"type": _TYPES[o.kind], **limits}
        made["oneOf"] = [number, {"type": "string", "description": "a schedule: 0:(1), 60:(1.5)"}]
    else:
        made |= {"type": _TYPES[o.kind], **limits}
    if o.choices:
        made["enum"] = list(o.choices)
    if o.default is not None:
        made["default"] = o.default
    return made


def job_body(loop: str) -> Schema:
    """The request body of a loop's route."""
    about = "a video, a picture or a folder of pictures"
    return _body((JobFields, LOOP_OPTIONS[loop]), file_names(loop), about, loop not in OPTIONAL_SOURCE)


def preview_body(loop: str) -> Schema:
    return _body((PreviewFields, LOOP_OPTIONS[loop]), file_names(loop), "a picture, or a video with `index`")


def keys_body(loop: str) -> Schema:
    return _body((KeysFields, LOOP_OPTIONS[loop]), file_names(loop), "a video or a folder of pictures")


def choice_body() -> Schema:
    return _json_body(ChoiceFields, ["step", "choice"])


def repaint_body() -> Schema:
    return _json_body(RepaintFields, ["step"])


def curve_body() -> Schema:
    body = _json_body(CurveFields, [])
    body["content"]["application/json"]["schema"]["properties"]["keys"] = CURVE_KEYS
    return body


def _json_body(fields: type, required: list[str]) -> Schema:
    properties = {o.name: option_schema(o) for o in describe(fields)}
    schema = {"type": "object", "required": required, "properties": properties}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def batch_body() -> Schema:
    """The loops' options differ, so those of one loop are named where its own route is."""
    about = describe(BatchFields)
    properties = {o.name: option_schema(o) for o in about}
    schema = {
        "type": "object",
        "required": ["folder"],
        "properties": properties,
        "additionalProperties": {"description": "the options of the loop, as its own route lists them"},
    }
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def answer(description: str, schema: Schema) -> Schema:
    """One response: JSON of that schema."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


# every route may refuse; naming it "4XX" also keeps fastapi from listing its own kind of error
REFUSED = {"4XX": answer("refused, with the reason in one sentence", ERROR)}
PICTURES: Schema = {
    "description": "one picture; with Accept: application/json all of them, in base64",
    "content": {
        "image/png": {"schema": {"type": "string", "format": "binary"}},
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "pictures": {
                        "type": "object",
                        "description": "PNG by name",
                        "additionalProperties": {"type": "string", "format": "byte"},
                    },
                    "index": {"type": "integer"},
                    "count": {"type": "integer", "description": "frames of the source"},
                    "size": {"type": "array", "items": {"type": "integer"}, "description": "of the result"},
                    "notes": {"type": "array", "items": {"type": "string"}},
                },
            }
        },
    },
}


def _body(
    classes: Sequence[type], files: Sequence[str], source_about: str, source_needed: bool = True
) -> Schema:
    described = [o for cls in classes for o in describe(cls)]
    source: Schema = {"title": "Source", "description": source_about, "type": "string"}
    plain = {"source": source, **{o.name: option_schema(o) for o in described}}
    sent = {name: _file_in_json(plain[name]) for name in files}
    uploaded = {
        name: {
            "title": plain[name]["title"],
            "description": f"{plain[name]['description']}; a file, or a path as text",
            "type": "string",
            "format": "binary",
        }
        for name in files
    }
    return {
        "required": True,
        "content": {
            "application/json": {"schema": _object({**plain, **sent}, source_needed)},
            "multipart/form-data": {"schema": _object({**plain, **uploaded}, source_needed)},
        },
    }


def _object(properties: Schema, source_needed: bool) -> Schema:
    return {
        "type": "object",
        **({"required": ["source"]} if source_needed else {}),
        "properties": properties,
        "additionalProperties": False,
    }


def _file_in_json(plain: Schema) -> Schema:
    """A path, a data URI or an object with the file's bytes."""
    rest = {name: value for name, value in plain.items() if name not in ("type", "default")}
    path = {"type": "string", "description": "a path inside the allowed folders, or a data URI"}
    return {**rest, "oneOf": [path, _SENT_FILE]}
