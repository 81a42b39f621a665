"""What the recorded Odoo is asked: scenes, each of which looks for orders and customers and creates them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from tests.connections.odoo.fill import Filling
from tests.connections.odoo.running import Unpaced, settings
from tests.exporting.systems.creating import USER, add_user
from wiseparts_pipeline.connections.errors import ConnectionFailure
from wiseparts_pipeline.connections.odoo.receiving import OdooReceiving
from wiseparts_pipeline.connections.receiving import Address, Customer, Line, NotThere, Order, Taking, Terms, There

T = TypeVar("T")
ORDER = Order(
    key="WEB-1",
    customer_id="C0001",
    placed_on=date(2026, 3, 1),
    currency="EUR",
    net_amount=Decimal("233.80"),
    note="Before noon",
    ship_to=None,
    lines=[
        Line(1, "BP-1002", None, Decimal(2), Decimal("41.90")),
        Line(2, "LB-1", None, Decimal(60), Decimal("2.50")),
    ],
)
ONE = replace(ORDER, net_amount=Decimal("40.90"), lines=[Line(1, "BP-1002", None, Decimal(1), Decimal("40.90"))])
TO_THE_DOCK = Address("A1", "shipping", street="dock  1", city="Αθήνα")
CUSTOMER = Customer(
    key="W0001",
    name="Garage Alfa",
    tax_id="094014201",
    email="a@example.org",
    phone=None,
    mobile="+306900000001",
    language="en",
    addresses=[
        Address("", "billing", None, "Ermou 12", "Athina", None, "10563", "GR"),
        Address("B1", "billing", "Office", "Ermou 12", "Athina", None, "10563", "GR"),
        Address("B2", "shipping", "Depot", "Dock 9", "Patra", None, None, "GR"),
    ],
)
WARNED, BLOCKED = "W-warning", "W-block"
CONFIRMED = Terms(confirm=True)
# Users who may too little.
NO_RIGHTS, OWN_ORDERS = "clerk-2", "seller"


def _line(**changes: object) -> Order:
    return replace(ORDER, key="WEB-0", lines=[replace(ONE.lines[0], **changes)])  # type: ignore[arg-type]


# What Odoo does not have, by what is told of it.
LACKING = {
    "Line 1: there is no product with the reference 'NONE-1' in Odoo": _line(product="NONE-1"),
    "Line 1 names no product": _line(product=None),
    "Line 1: product 'BP-1005' cannot be sold in Odoo": _line(product="BP-1005"),
    "Line 1: Odoo keeps 2 decimals of quantities, and 0.123 has more": _line(quantity=Decimal("0.123")),
    "The order names no customer": replace(ONE, key="WEB-0", customer_id=None),
    "There is no customer with the reference 'C9999' in Odoo": replace(ONE, key="WEB-0", customer_id="C9999"),
    "Odoo has 2 customers with the reference 'C0005'": replace(ONE, key="WEB-0", customer_id="C0005"),
    "The price list of the customer 'C0001' in Odoo is in EUR, and the order in USD": replace(
        ONE, key="WEB-0", currency="USD"
    ),
    "The customer 'C0001' has no address '999' in Odoo": replace(
        ONE, key="WEB-0", ship_to=Address("999", "shipping", is_theirs=True)
    ),
}


def prepare(admin: Filling) -> None:
    """What is not in the database that `fill.py` has made."""
    groups = ("base.group_user", "base.group_partner_manager", "sales_team.group_sale_salesman_all_leads")
    add_user(admin, USER, groups)
    add_user(admin, {**USER, "login": NO_RIGHTS}, groups[:1])
    add_user(admin, {**USER, "login": OWN_ORDERS}, ("base.group_user", "sales_team.group_sale_salesman"))
    admin.write("product.product", admin.one("product.product", ["default_code", "=", "BP-1005"]), {"sale_ok": False})
    company = {"is_company": True, "customer_rank": 1}
    for _ in range(2):
        admin.new("res.partner", {"name": "Twice", "ref": "C0005", **company})
    for key in (WARNED, BLOCKED):
        message = {"sale_warn": key.removeprefix("W-"), "sale_warn_msg": "Pays late:\nask Maria."}
        admin.new("res.partner", {"name": key, "ref": key, **company, **message})


def create(taking: Taking[T], record: T) -> There:
    return taking.create(record, taking.values(record))


@contextmanager
def receiving(url: str, login: str = USER["login"]) -> Iterator[OdooReceiving]:
    with OdooReceiving(settings(url, username=login, password=USER["password"]), Unpaced()) as odoo:
        yield odoo


def order_twice(url: str) -> list[There | None]:
    """An order that is confirmed, and found again."""
    with receiving(url) as odoo:
        taking = odoo.orders(CONFIRMED)
        before = taking.find(ORDER)
        created = create(taking, ORDER)
        return [before, created, taking.complete(ORDER, created), taking.find(ORDER)]


def our_prices(url: str) -> list[There]:
    """A quotation with our price and an address."""
    order = replace(ONE, key="WEB-2", ship_to=TO_THE_DOCK)
    with receiving(url) as odoo:
        taking = odoo.orders(Terms(our_prices=True))
        created = create(taking, order)
        return [created, taking.complete(order, created)]


def late_process(url: str) -> list[There | None]:
    """A process creates what another one has created since it was looked for: an order, and a customer."""
    order = replace(ONE, key="WEB-3")
    with receiving(url) as odoo:
        taking, customers_ = odoo.orders(CONFIRMED), odoo.customers()
        return [
            *(create(taking, order), create(taking, order), taking.find(order)),
            *(customers_.find(CUSTOMER), create(customers_, CUSTOMER), create(customers_, CUSTOMER)),
            customers_.find(replace(CUSTOMER, tax_id="123")),
        ]


def not_there(url: str) -> dict[str, str]:
    """What is told of each order that names what Odoo does not have."""
    told = {}
    with receiving(url) as odoo:
        for about, order in LACKING.items():
            try:
                create(odoo.orders(CONFIRMED), order)
            except NotThere as error:
                told[about] = str(error)
    return told


def warned(url: str) -> tuple[There, str, There, str]:
    """What a warning leaves, with its words, and what is there if it is skipped; what is told of a block."""
    order = replace(ONE, key="WEB-4", customer_id=WARNED)
    with receiving(url) as odoo:
        taking = odoo.orders(CONFIRMED)
        created = create(taking, order)
        words = _words(lambda: taking.complete(order, created))
        skipping = odoo.orders(replace(CONFIRMED, skip_warnings=True))
        done = skipping.complete(order, created)
        blocked = _words(lambda: create(skipping, replace(ONE, key="WEB-5", customer_id=BLOCKED)))
        return created, words, done, blocked


def problems(url: str) -> list[list[str]]:
    """What keeps users from creating: one who may, one who may not, one who sees only the orders of its own."""
    found = []
    for login in (USER["login"], NO_RIGHTS, OWN_ORDERS):
        with receiving(url, login) as odoo:
            found.append([*odoo.orders(CONFIRMED).problems(), *odoo.customers().problems()])
    return found


def unseeing(url: str) -> str:
    """What is told to a user who would not find what it creates."""
    with receiving(url, OWN_ORDERS) as odoo:
        return _words(lambda: create(odoo.orders(CONFIRMED), replace(ONE, key="WEB-6")))


def _words(ask: Callable[[], object]) -> str:
    try:
        ask()
    except ConnectionFailure as error:
        return str(getattr(error, "words", error))
    return ""


SCENES: dict[str, Callable[[str], object]] = {
    each.__name__: each for each in (order_twice, our_prices, late_process, not_there, warned, problems, unseeing)
}
