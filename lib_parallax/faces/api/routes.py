"""The routes under /parallax/v1, each with what OpenAPI says of it.

Every function behind them is a plain `def`, which fastapi runs in its pool of threads: a request
that waits for a disk or a network holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.routing import Match

from ...options import LOOP_OPTIONS
from . import capabilities, schema
from .answers import Posts, Refusal, counting, json_answer
from .jobs import PREFIX, Jobs
from .orders import Orders
from .timeline import Timeline

if TYPE_CHECKING:
    from ..desk import Desk

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ACCEPTED = {202: schema.answer("queued", schema.SUBMITTED)}
A_JOB = {200: schema.answer("the job", schema.JOB)}
ALL_JOBS = {200: schema.answer("the jobs", schema.JOBS)}
A_FILE = {200: {"description": "the file", "content": {"*/*": {}}}}
A_CURVE = {200: schema.answer("the curve", schema.CURVE)}
SOME_KEYS = {200: schema.answer("the keys", schema.KEYS)}
A_PICTURE = {200: schema.PICTURES}


def router(desk: Desk, guard: Callable[..., Any] | None = None) -> APIRouter:
    """The routes of a desk, each behind the guard, which is asked before anything of a body is read."""
    made = APIRouter(
        prefix=PREFIX,
        route_class=counting(Posts(desk.limits.max_posts)),
        dependencies=[Depends(guard)] if guard is not None else [],
        tags=["parallax"],
    )

    def add(
        method: str, path: str, call: Callable[..., Response], about: str, body: Any = None, **more: Any
    ) -> None:
        if body is not None:
            more["openapi_extra"] = {"requestBody": body}
        more["responses"] = {**more.get("responses", {}), **schema.REFUSED}
        made.add_api_route(path, call, methods=[method], summary=about, **more)

    _add_orders(add, Orders(desk))
    _add_jobs(add, Jobs(desk))
    curve, about = Timeline(desk).curve, "The keys and the curve of a schedule"
    add("POST", "/timeline/curve", curve, about, schema.curve_body(), responses=A_CURVE)

    def machine() -> Response:
        return json_answer(capabilities.capabilities(desk))

    def named_sets() -> Response:
        return json_answer({"presets": capabilities.preset_list(desk.presets)})

    add("GET", "/capabilities", machine, "Version, loops, options, devices, encoders")
    add("GET", "/models", _models, "The networks' weights, and which are here")
    add("GET", "/presets", named_sets, "Named sets of option values")

    def nowhere(request: Request) -> Response:
        """What no route serves: 405 where another method would be served, else 404."""
        served = [route for route in made.routes if route.matches(request.scope)[0] is Match.PARTIAL]
        methods = sorted({method for route in served for method in getattr(route, "methods", ())})
        if methods:
            sentence = f"{request.method} is not for this route; {' and '.join(methods)} can be asked"
            raise Refusal(405, sentence, headers={"Allow": ", ".join(methods)})
        loops = ", ".join(LOOP_OPTIONS)
        raise Refusal(404, f"there is no route {request.url.path}; the loops are {loops}")

    for path in ("", "/{rest:path}"):
        made.add_api_route(path, nowhere, methods=METHODS, include_in_schema=False)
    return made


def _add_orders(add: Callable[..., None], orders: Orders) -> None:
    accepted = {"status_code": 202, "responses": ACCEPTED}
    for loop, options in LOOP_OPTIONS.items():
        about = capabilities.about(options)
        add("POST", f"/{loop}", orders.submit(loop), about, schema.job_body(loop), name=loop, **accepted)
        call, body = orders.preview(loop), schema.preview_body(loop)
        one = {"name": f"{loop}_preview", "responses": A_PICTURE}
        add("POST", f"/{loop}/preview", call, f"{about}: one frame, at once", body, **one)
        if hasattr(options, "keys"):
            call, which = orders.keys(loop), f"{about}: which frames would be painted"
            one = {"name": f"{loop}_keys", "responses": SOME_KEYS}
            add("POST", f"/{loop}/keys", call, which, schema.keys_body(loop), **one)
    add("POST", "/batch", orders.batch, "A loop over a folder", schema.batch_body(), **accepted)


def _add_jobs(add: Callable[..., None], jobs: Jobs) -> None:
    add("GET", "/jobs", jobs.listed, "All jobs, the newest first", responses=ALL_JOBS)
    add("GET", "/jobs/{id}", jobs.shown, "How a job stands", responses=A_JOB)
    add("DELETE", "/jobs/{id}", jobs.ended, "Cancel a job, or forget one that has ended", responses=A_JOB)
    again = "Queue a job again that failed, was cancelled or lost its process"
    add("POST", "/jobs/{id}/resume", jobs.resumed, again, status_code=202, responses=ACCEPTED)
    choice = "Answer a job that asks which picture of a step is taken"
    add("POST", "/jobs/{id}/choice", jobs.answered, choice, schema.choice_body(), responses=A_JOB)
    anew = "Queue a zoom again with one of its pictures painted anew, and all around it"
    path = "/jobs/{id}/repaint"
    add("POST", path, jobs.repainted, anew, schema.repaint_body(), status_code=202, responses=ACCEPTED)
    a_file = "A file of a job's result, whole or a range"
    path = "/jobs/{id}/files/{name:path}"
    add("GET", path, jobs.file, a_file, responses=A_FILE)
    add("HEAD", path, jobs.file, a_file, include_in_schema=False)


def _models() -> Response:
    return json_answer({"models": capabilities.models()})
