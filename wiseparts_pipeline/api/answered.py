"""An answer as a response: what was found, and where it is from."""

import json
from hashlib import sha256
from typing import Any, Generic, TypeVar

from fastapi import Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from wiseparts_pipeline.live import answers
from wiseparts_pipeline.live.answers import Answer
from wiseparts_pipeline.live.lookups import Answered, Source

Data = TypeVar("Data")


class Envelope(BaseModel, Generic[Data]):
    """Every answer is in one of these."""

    data: Data
    source: Source = Field(
        description="`live`: asked for this request; `cache`: asked shortly before; `stored`: imported into the"
        " database, as the ERP does not answer or is not asked for this."
    )
    as_of: AwareDatetime = Field(description="The data is not older than this.")
    age_seconds: float = Field(description="How old that is.")
    connection: str | None = Field(description="The connection that was asked; null for what is stored.")


class LookedUp(Envelope[Data], Generic[Data]):
    """That of a look-up."""

    reason: str | None = Field(
        default=None, description="Of `stored`, why the system has not answered; left out where it was not to."
    )


class CustomerAnswer(LookedUp[answers.Customer]):  # type: ignore[valid-type]
    """A customer, with addresses and contacts."""


class FinancialsAnswer(LookedUp[answers.Financials]):
    """What a customer owes and may still buy."""


class InvoiceAnswer(LookedUp[answers.Invoice]):
    """An invoice with its lines."""


class InvoicesAnswer(LookedUp[answers.Page[answers.Invoice]]):
    """Invoices of a customer, the newest first."""


class OrderAnswer(LookedUp[answers.Order]):
    """An order with its lines and deliveries."""


class OrdersAnswer(LookedUp[answers.Page[answers.Order]]):
    """Orders of a customer, the newest first."""


class ProductAnswer(LookedUp[answers.Product]):
    """Price, stock and delivery of a product."""


class ProductsAnswer(LookedUp[answers.Products]):
    """Price, stock and delivery of several products."""


class RoutesAnswer(LookedUp[answers.Page[answers.Route]]):
    """Delivery routes or carriers."""


class OrderTypesAnswer(LookedUp[answers.Page[answers.OrderType]]):
    """Types that an order can be given."""


class OffersAnswer(LookedUp[answers.Offers]):
    """What suppliers sell a product for."""


def respond(request: Request, answered: Answered, data: Answer | None = None) -> Response:
    """The response; one without content to a request that has this answer already. `data`: only this part of it."""
    document = answered.document()
    if data is not None:
        document["data"] = data.model_dump(mode="json")
    # Weak, as the age of the same answer differs.
    etag = f'W/"{sha256(_json(document["data"])).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"private, max-age={int(answered.keep_seconds)}",
        "Vary": "Authorization",
    }
    if request.method == "GET" and etag in _known(request):
        return Response(status_code=304, headers=headers)
    return Response(_json(document), headers=headers, media_type="application/json")


def _known(request: Request) -> list[str]:
    """The tags of the answers that whoever asks has."""
    return [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
