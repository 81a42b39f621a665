"""`wiseparts lookup`: asks a connected system, or what is stored of it, a question."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, get_args

import typer

from wiseparts_pipeline.cli.output import err, out, print_json, print_record, print_report
from wiseparts_pipeline.cli.stack import configuration_at_rest
from wiseparts_pipeline.live.answers import InvoiceState, OrderState, Products
from wiseparts_pipeline.live.errors import LookupFailure, NotMatched, Unknown
from wiseparts_pipeline.live.log import LookupEntry, Stopwatch, code_of, write
from wiseparts_pipeline.live.lookups import Answered, Lookups
from wiseparts_pipeline.live.questions import (
    MOST_PRODUCTS,
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OffersQuestion,
    OrderQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    ProductsQuestion,
    Question,
    RoutesQuestion,
)
from wiseparts_pipeline.warehouse import Role, Warehouse

EXIT_STORED = 3
EXIT_UNKNOWN = 4


class Asked(StrEnum):
    """What can be looked up, as it is typed."""

    CUSTOMER = "customer"
    FINANCIALS = "financials"
    INVOICES = "invoices"
    ORDERS = "orders"
    PRODUCTS = "products"
    ROUTES = "routes"
    ORDER_TYPES = "order-types"
    OFFERS = "offers"


# The options that each takes, and how many keys.
_OPTIONS: dict[Asked, tuple[str, ...]] = {
    Asked.CUSTOMER: (),
    Asked.FINANCIALS: (),
    Asked.INVOICES: ("customer", "from", "to", "state", "cursor"),
    Asked.ORDERS: ("customer", "state", "cursor"),
    Asked.PRODUCTS: ("customer", "quantity", "warehouse"),
    Asked.ROUTES: ("customer",),
    Asked.ORDER_TYPES: (),
    Asked.OFFERS: ("quantity",),
}
# The service takes no larger quantity either.
_MOST_QUANTITY = 1_000_000_000
_MOST_KEYS = {Asked.PRODUCTS: MOST_PRODUCTS, Asked.ROUTES: 0, Asked.ORDER_TYPES: 0}
# Of an offer, what a table has room for.
_OF_OFFERS = (
    "supplier_item_id",
    "supplier_name",
    "supplier_sku",
    "condition_id",
    "unit_price",
    "currency",
    "quantity_break",
    "has_quantity",
    "stock",
    "available_on",
    "order_quantity",
    "order_unit",
)
_STATES = {Asked.INVOICES: get_args(InvoiceState), Asked.ORDERS: get_args(OrderState)}


def lookup(
    kind: Annotated[Asked, typer.Argument(metavar="KIND", help=f"One of: {', '.join(Asked)}.")],
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY",
            help="A customer_id; an invoice_id or order_id, without which those of --customer are listed; or SKUs.",
        ),
    ] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose invoices, orders, prices or routes.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE", help="Of invoices: open, part_paid, paid or credited; of orders: open or closed."
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="Invoices of this day or later.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Invoices of this day or before.")] = None,
    quantity: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="How many are asked for; 1 if not given.")
    ] = None,
    warehouse: Annotated[str | None, typer.Option(metavar="ID", help="Stock of this warehouse only.")] = None,
    cursor: Annotated[str | None, typer.Option(metavar="TEXT", help="Go on with a list where it ended.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Asked for now, whatever else is configured.")] = False,
    stored: Annotated[bool, typer.Option("--stored", help="From the database, without asking the system.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as the service gives it.")] = False,
) -> None:
    """Ask the ERP what is true now: a customer, credit, invoices, orders, prices and stock, routes, order types.

    For `offers`, suppliers are asked through their marketplace what they sell a product for.

    Exit status: 0 answered · 3 answered from stored values · 4 unknown · 1 the system cannot be reached or refuses
    · 2 usage or configuration.
    """
    given = {
        "customer": customer,
        "state": state,
        "from": since,
        "to": until,
        "quantity": quantity,
        "warehouse": warehouse,
        "cursor": cursor,
    }
    question = _question(kind, keys or [], {name: value for name, value in given.items() if value is not None})
    if fresh and stored:
        raise typer.BadParameter("does not go with --fresh", param_hint="--stored")
    with (
        Warehouse.open(role=Role.IMPORTER) as warehouse_,
        Lookups(configuration_at_rest(), warehouse_) as lookups,
    ):
        watch = Stopwatch()
        try:
            answered = lookups.answer(question, fresh=fresh, stored=stored)
            _refuse_unknown(answered)
            _note(warehouse_, watch.entry(question.kind, answered.source))
        except LookupFailure as error:
            _note(warehouse_, watch.entry(question.kind, None, code_of(error)))
            err.print(str(error), style="red", soft_wrap=True)
            raise typer.Exit(EXIT_UNKNOWN if isinstance(error, Unknown | NotMatched) else 1) from None
    if answered.reason is not None:
        err.print(answered.reason, style="yellow", soft_wrap=True)
    if as_json:
        print_json(answered.document())
    else:
        _report(kind, answered)
    raise typer.Exit(EXIT_STORED if answered.source == "stored" else 0)


def _note(warehouse: Warehouse, entry: LookupEntry) -> None:
    with warehouse.connect(autocommit=True) as connection:
        write(connection, [entry])


def _question(kind: Asked, keys: Sequence[str], given: dict[str, str]) -> Question:
    """Raises BadParameter."""
    for name in given:
        if name not in _OPTIONS[kind]:
            raise typer.BadParameter(f"does not go with {kind}", param_hint=f"--{name}")
    if len(keys) > _MOST_KEYS.get(kind, 1):
        raise typer.BadParameter(f"{kind} takes {_MOST_KEYS.get(kind, 1)} at most", param_hint="KEY")
    customer = given.get("customer")
    match kind, keys:
        case Asked.CUSTOMER, [key]:
            return CustomerQuestion(key)
        case Asked.FINANCIALS, [key]:
            return FinancialsQuestion(key)
        case Asked.INVOICES, [key] if not given:
            return InvoiceQuestion(key)
        case Asked.ORDERS, [key] if not given:
            return OrderQuestion(key)
        case Asked.PRODUCTS, [_, *_]:
            quantity = _quantity(given.get("quantity", "1"))
            return ProductsQuestion(tuple(keys), customer, quantity, given.get("warehouse"))
        case Asked.OFFERS, [key]:
            return OffersQuestion(key, _quantity(given.get("quantity", "1")))
        case Asked.ROUTES, _:
            return RoutesQuestion(customer)
        case Asked.ORDER_TYPES, _:
            return OrderTypesQuestion()
        case ((Asked.INVOICES | Asked.ORDERS), []) if customer is not None:
            return _list(kind, customer, given)
        case ((Asked.INVOICES | Asked.ORDERS), _):
            raise typer.BadParameter(f"give either the number of one of the {kind}, or --customer", param_hint="KEY")
    raise typer.BadParameter(f"{kind} needs the key of what is asked for", param_hint="KEY")


def _list(kind: Asked, customer: str, given: dict[str, str]) -> Question:
    state: Any = given.get("state")
    if state is not None and state not in _STATES[kind]:
        raise typer.BadParameter(f"is one of {', '.join(_STATES[kind])} for {kind}", param_hint="--state")
    if kind is Asked.ORDERS:
        return OrdersQuestion(customer, state, given.get("cursor"))
    return InvoicesQuestion(customer, _day(given, "from"), _day(given, "to"), state, given.get("cursor"))


def _day(given: dict[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(given[name]) if name in given else None
    except ValueError:
        raise typer.BadParameter(f"{given[name]!r} is no day like 2026-01-31", param_hint=f"--{name}") from None


def _quantity(text: str) -> Decimal:
    try:
        quantity = Decimal(text)
    except InvalidOperation:
        quantity = Decimal(0)
    if not (quantity.is_finite() and 0 < quantity < _MOST_QUANTITY):
        raise typer.BadParameter(f"{text!r} is no quantity like 10 or 2.5", param_hint="--quantity")
    return quantity


def _refuse_unknown(answered: Answered) -> None:
    """Raises Unknown where none of what was asked for exists; names what is missing otherwise."""
    if isinstance(answered.data, Products) and answered.data.unknown:
        if not answered.data.items:
            raise Unknown("product", answered.data.unknown[0])
        err.print(f"Unknown: {', '.join(answered.data.unknown)}", style="yellow", soft_wrap=True)


def _report(kind: Asked, answered: Answered) -> None:
    data = answered.data.model_dump(mode="json")
    cursor = data.pop("cursor", None)
    rows = data.get("items")
    if rows is None:
        _print_all(data)
    elif kind is Asked.OFFERS and rows:
        print_report(rows, _OF_OFFERS)
        out.print(f"Best: {data['best']}" if data["best"] else "Nobody has that many new ones.")
    elif kind is Asked.PRODUCTS:
        for each in rows:
            _print_all(each)
    elif rows:
        # What only single answers have is empty in lists.
        print_report([{name: value for name, value in row.items() if not _is_detail(name)} for row in rows])
    else:
        out.print(f"No {kind.replace('-', ' ')}.")
    if cursor:
        out.print(f"There are more: --cursor {cursor}")
    whence = {"stored": "stored in the database", "live": f"from {answered.connection}"}[answered.source]
    out.print(f"{whence}, as of {answered.as_of:%Y-%m-%d %H:%M:%S %Z}, {answered.age_seconds:,.0f} s old", style="dim")


def _is_detail(name: str) -> bool:
    return name in ("lines", "deliveries")


def _print_all(record: dict[str, Any], title: str | None = None) -> None:
    """What it is first, then the tables that it has."""
    print_record({name: value for name, value in record.items() if not isinstance(value, list | dict)}, title=title)
    for name, value in record.items():
        if isinstance(value, dict):
            _print_all(value, name)
        elif isinstance(value, list) and value:
            rows = [_flat(each) if isinstance(each, dict) else {name: each} for each in value]
            print_report(rows, title=name.replace("_", " "))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a table, whose lists are texts."""
    return {
        name: "; ".join(
            " ".join(f"{part}" for part in each.values()) if isinstance(each, dict) else f"{each}" for each in value
        )
        if isinstance(value, list)
        else value
        for name, value in row.items()
    }
