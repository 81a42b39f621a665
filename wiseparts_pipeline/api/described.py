"""What the OpenAPI description says beyond what FastAPI finds out: headers, and every problem with its codes."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from wiseparts_pipeline.api.problems import MEDIA_TYPE, STATUS, Code, Problem
from wiseparts_pipeline.api.requests import HEADER

TITLE = "WiseParts"
# That of the interface, which is also in every address.
VERSION = "1"
DESCRIPTION = """\
What a distributor's ERP says at this moment: customers, credit, invoices, orders, prices, stock and delivery.

Every answer says where it is from and how old it is. Money and quantities are decimal numbers in texts, moments have
their zone, and what is not there is null. A request that is not answered gets `application/problem+json` with a `code`.
"""
# Of every look-up.
_USUAL: tuple[Code, ...] = (
    "bad_request",
    "unauthorized",
    "forbidden",
    "too_large",
    "rate_limited",
    "internal_error",
    "not_supported",
    "erp_refused",
    "erp_unavailable",
    "database_unavailable",
    "deadline",
)
_RETRY = ("in_progress", "rate_limited", "erp_unavailable", "database_unavailable", "deadline")


_HEADERS = {
    HEADER: "By which the request is found in the log and in `ops.lookups`.",
    "ETag": "Changes with the data: send it as `If-None-Match` to get the answer only if it has changed.",
    "Cache-Control": "For how long the answer may be kept.",
    "Retry-After": "In how many seconds it may be answered.",
    "Location": "The address of what was created.",
}


def told(model: type[BaseModel], *codes: Code) -> dict[str, Any]:
    """What is told of an address: its answer, and the problems that only some have."""
    usual = headers(HEADER, "ETag", "Cache-Control")
    answer = {"description": model.__doc__, "headers": usual}
    not_again = {"description": "The answer is the one that `If-None-Match` names.", "headers": usual}
    return {
        "summary": (model.__doc__ or "").rstrip("."),
        "response_model": model,
        "responses": {200: answer, 304: not_again, **problems(*_USUAL, *codes)},
    }


def problems(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """The responses with these codes."""
    by_status: dict[int, list[Code]] = defaultdict(list)
    for code in codes:
        by_status[STATUS[code].value].append(code)
    return {status: _problem(found) for status, found in sorted(by_status.items())}


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=TITLE, version=VERSION, description=DESCRIPTION, routes=app.routes)
        parts = made["components"]
        parts["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()
        }
        parts["responses"] = {}
        for operation in _operations(made):
            # FastAPI's own for what is not valid, which is answered as a problem.
            if MEDIA_TYPE not in operation["responses"].get("422", {}).get("content", {}):
                operation["responses"].pop("422", None)
            _name_problems(operation["responses"], parts["responses"])
        for name in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(name, None)
        own = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts["schemas"] |= own.pop("$defs") | {"Problem": own}
        app.openapi_schema = made
    return app.openapi_schema


def _operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in made["paths"].values():
        yield from methods.values()


def _name_problems(responses: dict[str, Any], named: dict[str, Any]) -> None:
    """Puts the problems, which many addresses have, in one place, by their codes."""
    for status, response in responses.items():
        if MEDIA_TYPE in response.get("content", {}):
            name = ".".join(re.findall(r"\w+", response["description"]))
            named[name] = response
            responses[status] = {"$ref": f"#/components/responses/{name}"}


def _problem(codes: list[Code]) -> dict[str, Any]:
    may_come = any(code in _RETRY for code in codes)
    return {
        "description": ", ".join(f"`{code}`" for code in codes),
        "headers": headers(HEADER, "Retry-After") if may_come else headers(HEADER),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def headers(*names: str) -> dict[str, Any]:
    """References to the descriptions of these headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
