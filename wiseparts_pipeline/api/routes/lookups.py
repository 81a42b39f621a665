"""What can be asked: one function for each address."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from wiseparts_pipeline.api import answered
from wiseparts_pipeline.api.answered import respond
from wiseparts_pipeline.api.asking import Asking, needs
from wiseparts_pipeline.api.described import told
from wiseparts_pipeline.api.requests import request_id_of
from wiseparts_pipeline.api.routes import parameters
from wiseparts_pipeline.api.routes.parameters import Fresh, KeyInPath, ManyProducts, OfCustomer, OneProduct, Wanted
from wiseparts_pipeline.live.answers import Products
from wiseparts_pipeline.live.errors import Unknown
from wiseparts_pipeline.live.questions import (
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OffersQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    ProductsQuestion,
    RoutesQuestion,
)

router = APIRouter(prefix="/v1", redirect_slashes=False)

OfCustomers = Annotated[Asking, Depends(needs("customers:read"))]
OfInvoices = Annotated[Asking, Depends(needs("invoices:read"))]
OfOrders = Annotated[Asking, Depends(needs("orders:read"))]
OfOffers = Annotated[Asking, Depends(needs("offers:read"))]
OfPrices = Annotated[Asking, Depends(needs("prices:read"))]
FreshQuery = Annotated[Fresh, Query()]


@router.get("/customers/{id}", tags=["Customers"], **told(answered.CustomerAnswer, "unknown_customer"))
async def customer(asking: OfCustomers, id: KeyInPath, query: FreshQuery) -> Response:
    """A customer with addresses, contacts, price list and terms of payment. Scope `customers:read`."""
    return await asking.answer(CustomerQuestion(id), fresh=query.fresh)


@router.get("/customers/{id}/financials", tags=["Customers"], **told(answered.FinancialsAnswer, "unknown_customer"))
async def financials(asking: OfInvoices, id: KeyInPath, query: FreshQuery) -> Response:
    """What a customer owes, what of it is overdue, and how much credit is left. Scope `invoices:read`."""
    return await asking.answer(FinancialsQuestion(id), fresh=query.fresh)


@router.get("/customers/{id}/invoices", tags=["Invoices"], **told(answered.InvoicesAnswer, "unknown_customer"))
async def invoices(asking: OfInvoices, id: KeyInPath, query: Annotated[parameters.Invoices, Query()]) -> Response:
    """Posted invoices and credit notes of a customer, the newest first, 100 at most. Scope `invoices:read`."""
    question = InvoicesQuestion(id, query.since, query.until, query.state, query.cursor)
    return await asking.answer(question, fresh=query.fresh)


@router.get("/invoices/{id}", tags=["Invoices"], **told(answered.InvoiceAnswer, "unknown_invoice"))
async def invoice(asking: OfInvoices, id: KeyInPath, query: FreshQuery) -> Response:
    """An invoice or credit note with its lines. Scope `invoices:read`."""
    return await asking.answer(InvoiceQuestion(id), fresh=query.fresh)


@router.get("/customers/{id}/orders", tags=["Orders"], **told(answered.OrdersAnswer, "unknown_customer"))
async def orders(asking: OfOrders, id: KeyInPath, query: Annotated[parameters.Orders, Query()]) -> Response:
    """Orders of a customer, the newest first, 100 at most. Scope `orders:read`."""
    return await asking.answer(OrdersQuestion(id, query.state, query.cursor), fresh=query.fresh)


@router.get("/orders/{id}", tags=["Orders"], **told(answered.OrderAnswer, "unknown_order"))
async def order(asking: OfOrders, id: KeyInPath, query: FreshQuery) -> Response:
    """An order with its lines, deliveries and invoices; one that was created here also by its number here.

    Scope `orders:read`.
    """
    found = await asking.service.answer_order(id, asking.key, request_id_of(asking.request.scope), fresh=query.fresh)
    return respond(asking.request, found)


# Before the other, so that it is the one that is told of where another method is tried.
@router.post(
    "/products/query",
    tags=["Products"],
    **told(answered.ProductsAnswer, "unknown_customer", "unknown_warehouse"),
)
async def products(asking: OfPrices, body: Annotated[ManyProducts, Body()], query: FreshQuery) -> Response:
    """Price, stock and delivery of up to 50 products; `unknown`: the SKUs that there are not. Scope `prices:read`."""
    return await asking.answer(_about(body.skus, body), fresh=query.fresh)


@router.get(
    "/products/{sku}",
    tags=["Products"],
    **told(answered.ProductAnswer, "unknown_product", "unknown_customer", "unknown_warehouse"),
)
async def product(asking: OfPrices, sku: KeyInPath, query: Annotated[OneProduct, Query()]) -> Response:
    """A product's price for a customer and quantity, its stock, and when it can be delivered. Scope `prices:read`."""
    found = await asking.find(_about([sku], query), fresh=query.fresh)
    assert isinstance(found.data, Products)
    if not found.data.items:
        raise Unknown("product", sku)
    return respond(asking.request, found, found.data.items[0])


@router.get(
    "/products/{sku}/offers",
    tags=["Purchasing"],
    **told(answered.OffersAnswer, "unknown_product", "not_matched"),
)
async def offers(asking: OfOffers, sku: KeyInPath, query: Annotated[parameters.Bought, Query()]) -> Response:
    """What suppliers sell a product of ours for now, the best offer first. Scope `offers:read`.

    Never told to a key that is for some customers only.
    """
    return await asking.answer(OffersQuestion(sku, query.quantity), fresh=query.fresh)


@router.get("/routes", tags=["Delivery"], **told(answered.RoutesAnswer, "unknown_customer"))
async def routes(asking: OfOrders, query: Annotated[OfCustomer, Query()]) -> Response:
    """Delivery routes or carriers, all or those of a customer. Scope `orders:read`."""
    return await asking.answer(RoutesQuestion(query.customer), fresh=query.fresh)


@router.get("/order-types", tags=["Orders"], **told(answered.OrderTypesAnswer))
async def order_types(asking: OfOrders, query: FreshQuery) -> Response:
    """Types that an order can be given, and what they mean for invoicing and delivery. Scope `orders:read`."""
    return await asking.answer(OrderTypesQuestion(), fresh=query.fresh)


def _about(skus: list[str], wanted: Wanted) -> ProductsQuestion:
    return ProductsQuestion(tuple(skus), wanted.customer, wanted.quantity, wanted.warehouse)
