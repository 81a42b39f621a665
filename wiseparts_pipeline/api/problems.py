"""Why a request is not answered: `application/problem+json` (RFC 9457) with a stable code."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Literal, get_args

import psycopg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from wiseparts_pipeline.api.requests import request_id_of
from wiseparts_pipeline.errors import WarehouseError
from wiseparts_pipeline.live.errors import BadQuestion, LookupFailure
from wiseparts_pipeline.live.log import code_of
from wiseparts_pipeline.program_faults import explain

LOG = logging.getLogger("wiseparts.api")
MEDIA_TYPE = "application/problem+json"

Code = Literal[
    "bad_request",
    "unauthorized",
    "forbidden",
    "unknown_customer",
    "unknown_invoice",
    "unknown_order",
    "unknown_product",
    "unknown_warehouse",
    "not_matched",
    "not_found",
    "method_not_allowed",
    "idempotency_conflict",
    "in_progress",
    "too_large",
    "validation",
    "rate_limited",
    "internal_error",
    "not_supported",
    "erp_refused",
    "erp_unavailable",
    "database_unavailable",
    "deadline",
]
CODES: tuple[Code, ...] = get_args(Code)

STATUS: Mapping[str, HTTPStatus] = {
    "bad_request": HTTPStatus.BAD_REQUEST,
    "unauthorized": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    **{code: HTTPStatus.NOT_FOUND for code in CODES if code.startswith("unknown_")},
    "not_matched": HTTPStatus.NOT_FOUND,
    "not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "idempotency_conflict": HTTPStatus.CONFLICT,
    "in_progress": HTTPStatus.CONFLICT,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "validation": HTTPStatus.UNPROCESSABLE_ENTITY,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "not_supported": HTTPStatus.NOT_IMPLEMENTED,
    "erp_refused": HTTPStatus.BAD_GATEWAY,
    "erp_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "database_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "deadline": HTTPStatus.GATEWAY_TIMEOUT,
}
# Of what is raised before a request gets to what answers it.
_OF_STATUS: Mapping[int, Code] = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_MORE: Mapping[str, str] = {
    "not_found": "There is no such address: /docs lists all.",
    "method_not_allowed": "The address does not take this method: /docs lists all.",
    "too_large": "A request may have 1 MB at most.",
}


class Rejected(BaseModel):
    """Something that is wrong with a record, as the import says it."""

    line: int = Field(description="The place of the line among `lines`, from 1; 1 for a record without lines.")
    column: str | None = Field(description="What is wrong.", examples=["channel"])
    code: str = Field(description="One of docs/faults.md; it does not change.", examples=["not_in_set"])
    message: str = Field(description="What was found and what is expected, for people.")


class Problem(BaseModel):
    """Why a request was not answered."""

    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="That of the response.", examples=[404])
    code: Code = Field(description="What programs go by; it does not change.", examples=["unknown_customer"])
    detail: str = Field(description="What is wrong, for people.", examples=["There is no customer 'C9999'."])
    request_id: str = Field(description="By which the request is found in the log and in `ops.lookups`.")
    field: str | None = Field(default=None, description="Of `bad_request`, the part of the request that is wrong.")
    rejected: list[Rejected] | None = Field(default=None, description="Of `validation`, all that is wrong.")


class RefusedRequest(Exception):
    """A request that is not answered, for a reason of the service's own."""

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        field: str | None = None,
        retry_after: float | None = None,
        rejected: Sequence[Rejected] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.retry_after = retry_after
        self.rejected = rejected


def handle_problems(app: FastAPI) -> None:
    """Answers everything that is raised as a problem."""
    app.add_exception_handler(RefusedRequest, _refused)
    app.add_exception_handler(LookupFailure, _not_answered)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _not_found)
    for error in (WarehouseError, psycopg.Error):
        app.add_exception_handler(error, _without_database)
    app.add_exception_handler(Exception, _fault)


def problem(
    request: Request,
    code: Code | str,
    detail: str,
    *,
    field: str | None = None,
    retry_after: float | None = None,
    rejected: Sequence[Rejected] | None = None,
) -> Response:
    """The response. `retry_after`: in so many seconds it may be answered."""
    status = STATUS[code]
    content = Problem.model_validate(
        {
            "title": status.phrase,
            "status": status.value,
            "code": code,
            "detail": detail,
            "request_id": request_id_of(request.scope),
            "field": field,
            "rejected": rejected,
        }
    )
    headers = {"Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, ceil(retry_after)))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(content.model_dump_json(exclude_none=True), status.value, headers, MEDIA_TYPE)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedRequest)
    return problem(
        request,
        error.code,
        error.detail,
        field=error.field,
        retry_after=error.retry_after,
        rejected=error.rejected,
    )


def _not_answered(request: Request, error: Exception) -> Response:
    assert isinstance(error, LookupFailure)
    field = error.field if isinstance(error, BadQuestion) else None
    return problem(request, code_of(error), str(error), field=field, retry_after=error.retry_after)


def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    # The first part says whether it is in the path, the query or the body; of a body that is no JSON there is no other.
    place = [str(part) for part in first["loc"]]
    is_json = first["type"] != "json_invalid"
    field = ".".join(place[1:] if is_json and len(place) > 1 else place[:1])
    # How pydantic begins what our own checks say.
    said = first["msg"].removeprefix("Value error, ")
    return problem(request, "bad_request", f"{field}: {said}.", field=field)


def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _OF_STATUS.get(error.status_code, "bad_request")
    response = problem(request, code, _MORE.get(code, "The request cannot be read."))
    # What the address takes.
    response.headers.update(error.headers or {})
    return response


def _without_database(request: Request, error: Exception) -> Response:
    LOG.error(
        "Request %s: the database does not answer: %s", request_id_of(request.scope), " ".join(str(error).split())
    )
    return problem(request, "database_unavailable", "The service's own database does not answer.", retry_after=5)


def _fault(request: Request, error: Exception) -> Response:
    request_id = request_id_of(request.scope)
    LOG.error("Request %s ended because of %s", request_id, explain(error, f"request {request_id}"))
    response = problem(request, "internal_error", f"The service has a fault: its log has request {request_id}.")
    # The server ends the connection after a fault.
    response.headers["Connection"] = "close"
    return response
