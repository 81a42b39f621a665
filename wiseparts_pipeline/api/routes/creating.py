"""Records that other programs create: an order with its lines, or a customer."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Header, Response
from pydantic import BaseModel, StringConstraints

from wiseparts_pipeline.api.asking import Asking, needs
from wiseparts_pipeline.api.creating.records import CustomerCreated, NewCustomer, NewOrder, NewRecord, OrderCreated
from wiseparts_pipeline.api.described import headers, problems
from wiseparts_pipeline.api.problems import RefusedRequest
from wiseparts_pipeline.live.errors import Unknown

router = APIRouter(prefix="/v1", redirect_slashes=False)

OfCreation = Annotated[Asking, Depends(needs("orders:write"))]
IdempotencyKey = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$"),
    Header(
        alias="Idempotency-Key",
        description="One of your own for each record, such as a UUID: a repetition with the same key and content"
        " creates nothing, and is answered as the first request.",
    ),
]


def _told(model: type[BaseModel]) -> dict[str, Any]:
    answer = {"model": model, "description": model.__doc__, "headers": headers("X-Request-ID", "Location")}
    usual = problems(
        "bad_request",
        "unauthorized",
        "forbidden",
        "unknown_customer",
        "unknown_order",
        "idempotency_conflict",
        "in_progress",
        "too_large",
        "validation",
        "rate_limited",
        "internal_error",
        "database_unavailable",
    )
    return {"status_code": 201, "response_model": model, "responses": {201: answer} | usual}


@router.post("/orders", tags=["Orders"], summary="Create an order", **_told(OrderCreated))
async def create_order(
    asking: OfCreation, idempotency_key: IdempotencyKey, new: Annotated[NewOrder, Body()]
) -> Response:
    """Stores an order as an imported one, by the same rules; exporters take it on. Scope `orders:write`."""
    return await _create(asking, new, idempotency_key, OrderCreated)


@router.post("/customers", tags=["Customers"], summary="Create a customer", **_told(CustomerCreated))
async def create_customer(
    asking: OfCreation, idempotency_key: IdempotencyKey, new: Annotated[NewCustomer, Body()]
) -> Response:
    """Stores a customer as an imported one, by the same rules; exporters take it on. Scope `orders:write`."""
    return await _create(asking, new, idempotency_key, CustomerCreated)


async def _create(
    asking: Asking, new: NewRecord, idempotency_key: str, model: type[OrderCreated | CustomerCreated]
) -> Response:
    if not asking.key.is_for(new.customer):
        if new.customer is None:
            raise RefusedRequest(
                "forbidden", "The key is for some customers only: send the customer_id of one of them."
            )
        raise Unknown("customer", new.customer)
    created = await asking.service.create(new, asking.key, idempotency_key)
    answer = model(
        data=created.record,
        source="stored",
        as_of=datetime.now(UTC),
        age_seconds=0,
        connection=None,
        warnings=dict(created.warnings),
    )
    location = f"/v1/{new.entity}/{quote(created.key, safe='')}"
    return Response(
        answer.model_dump_json(), 201, {"Location": location, "Cache-Control": "no-store"}, "application/json"
    )
