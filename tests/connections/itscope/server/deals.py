"""The routes of orders, documents and quotations; what suppliers answer is made by `answer`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from lxml import etree

from tests.connections.itscope.server.market import Market, Value
from tests.connections.itscope.server.serving import NOTHING, Reply, Request, as_json, route
from wiseparts_pipeline.opentrans import Document, Unreadable, parse, read, schema_faults, total_faults

PAGE = 50
TEST_SUPPLIER = 10000735
_O = "{http://www.opentrans.org/XMLSchema/2.1}"
# By view, the list of a deal that has the documents.
_LISTS = {
    "ORDER": "order",
    "ORDERRESPONSE": "orderresponse",
    "DISPATCHNOTIFICATION": "dispatchnotification",
    "INVOICE": "invoice",
}
_SEARCHED = ("orderId", "ownOrderId", "customerOrderId", "cartId")
_numbers = count(1470)


@route("POST", r"/business/documents/validate")
def validate(request: Request) -> Reply:
    fault = _fault(request)
    return Reply(400, fault.encode()) if fault else Reply()


@route("POST", r"/business/deals/purchase/send")
def send(request: Request) -> Reply:
    """The order gets a number of the market, and keeps ours."""
    if fault := _fault(request):
        return Reply(400, fault.encode())
    market, root = request.market, parse(request.body)
    order = read(root)
    number = f"GWAHJV-{_now(market):%y%m%d}-{next(_numbers)}"
    info = root.find(f"{_O}ORDER_HEADER/{_O}ORDER_INFO")
    assert info is not None
    given = info.find(f"{_O}ORDER_ID")
    assert given is not None
    given.text = number
    reference = info.find(f"{_O}CUSTOMER_ORDER_REFERENCE/{_O}ORDER_ID")
    if reference is None:
        parties = info.find(f"{_O}PARTIES")
        assert parties is not None
        kept = etree.Element(f"{_O}CUSTOMER_ORDER_REFERENCE")
        reference = etree.SubElement(kept, f"{_O}ORDER_ID")
        parties.addnext(kept)
    reference.text = order.number
    supplier = _supplier(order)
    market.deals[number] = {
        "orderId": number,
        "ownOrderId": order.number,
        "status": "SENT",
        "statusMessage": "Sent to the supplier",
        "archived": False,
        "imported": True,
        "testOrder": supplier == TEST_SUPPLIER,
        "vendor": {
            "name": f"Supplier {supplier}",
            "supplier": {"id": supplier, "name": f"Supplier {supplier}", "deeplink": "https://x.test"},
        },
    }
    answer(market, number, "ORDER", etree.tostring(root))
    if supplier == TEST_SUPPLIER:
        market.to_come[number] = list(market.test_answers)
    return Reply()


@route("GET", r"/business/deals/purchase/deal\.json")
def deals(request: Request) -> Reply:
    return _deals(request, list(request.market.deals.values()))


@route("GET", r"/business/deals/purchase/search/(?P<filter>[^/]+)/deal\.json")
def search(request: Request) -> Reply:
    asked = dict(part.partition("=")[::2] for part in request.parts["filter"].split(";"))
    if unknown := set(asked) - set(_SEARCHED):
        return Reply(500, f"unknown criterion {', '.join(unknown)}".encode())
    # The market finds what begins with what is asked for, too.
    found = [
        deal
        for deal in request.market.deals.values()
        if all(str(deal.get(name, "")).startswith(value) for name, value in asked.items())
    ]
    return _deals(request, found)


@route("GET", r"/business/deals/(?P<deal>[^/]+)/deal\.json")
def one_deal(request: Request) -> Reply:
    market, number = request.market, request.parts["deal"]
    if number not in market.deals:
        return NOTHING
    reply = Reply(200, json.dumps([market.deals[number]]).encode(), "application/json")
    for view, content in market.to_come.pop(number, ()):
        answer(market, number, view, content, valid=False)
    return reply


@route("GET", r"/business/documents/(?P<transaction>[^/]+)/(?P<view>[A-Z]+)\.xml")
def document(request: Request) -> Reply:
    content = request.market.documents.get((request.parts["transaction"], request.parts["view"]))
    return NOTHING if content is None else Reply(200, content, "application/xml")


@route("GET", r"/business/quotes/quote\.json")
def quotes(request: Request) -> Reply:
    archived = request.one("archiv", "NOTARCHIVED") == "ARCHIVED"
    return _page(request, [quote for quote in request.market.quotes if quote.get("archived", False) is archived])


@route("PUT", r"/business/deals/archive/(?P<deal>[^/]+)")
def archive(request: Request) -> Reply:
    deal = request.market.deals.get(request.parts["deal"])
    if deal is None:
        return NOTHING
    deal["archived"] = True
    return Reply()


def answer(market: Market, deal: str, view: str, content: bytes, *, valid: bool = True) -> str:
    """A document about a deal comes in; returns its transaction. What is meant to be `valid`, is."""
    assert not (valid and schema_faults(parse(content)))
    transaction, now = str(uuid4()), f"{_now(market):%Y-%m-%dT%H:%M:%S}Z"
    known = market.deals[deal]
    known.setdefault(_LISTS[view], []).append(
        {
            "transactionId": transaction,
            "lastUpdate": now,
            "documentUrl": f"https://api.example.com/2.1/business/documents/{transaction}/{view}.xml",
        }
    )
    known["statusDate"] = now
    market.documents[transaction, view] = content
    return transaction


def _now(market: Market) -> datetime:
    return datetime.fromtimestamp(market.now(), UTC)


def _fault(request: Request) -> str | None:
    """What is wrong with an order that was sent."""
    try:
        root = parse(request.body)
        faults: Sequence[Any] = schema_faults(root) or total_faults(read(root))
    except Unreadable as error:
        return str(error)
    if faults:
        return str(faults[0])
    order = read(root)
    if not order.number or len(order.number) > 18:
        return "ORDER_ID has more than 18 characters"
    if not str(_supplier(order)).isdecimal():
        return "SUPPLIER is unknown"
    if any(line.supplier_sku == "GONE" for line in order.lines):
        return "SUPPLIER_PID GONE is unknown"
    return None


def _supplier(order: Document) -> int:
    return next((int(party.number) for party in order.parties if party.role == "supplier"), 0)


def _deals(request: Request, found: Sequence[Value]) -> Reply:
    since, until = request.one("lastUpdateDateFrom"), request.one("lastUpdateDateTo", "9999")
    archived = request.one("archiv", "NOTARCHIVED") == "ARCHIVED"
    return _page(
        request,
        [
            deal
            for deal in found
            if deal["archived"] is archived and since[:19] <= deal["statusDate"][:19] <= until[:19]
        ],
    )


def _page(request: Request, found: Sequence[Value]) -> Reply:
    page = int(request.one("page", "1"))
    some = found[(page - 1) * PAGE : page * PAGE]
    return as_json(list(some)) if some else NOTHING
