"""Fills an empty database of Odoo 14 with a small distributor, over its own interface.

The days are counted back from today, as Odoo itself says what is due today.
"""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.request import Request, urlopen

TODAY = date.today()
DATABASE = "odoo"
PASSWORD = "admin"
READER = ("reader", "reader-password")
SALES_REP = "maria@example.org"

Values = dict[str, Any]


class Refusal(Exception):
    """What Odoo did not do, in its words."""


class Filling:
    """Makes and changes records as the administrator, over JSON-RPC."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._user = self._post("common", "authenticate", DATABASE, "admin", PASSWORD, {})

    def _post(self, service: str, method: str, *arguments: object) -> Any:
        asked = {"jsonrpc": "2.0", "params": {"service": service, "method": method, "args": arguments}}
        headers = {"Content-Type": "application/json"}
        with urlopen(Request(f"{self._url}/jsonrpc", json.dumps(asked).encode(), headers)) as response:
            answer = json.load(response)
        if "error" in answer:
            raise Refusal(answer["error"]["data"]["debug"])
        return answer.get("result")

    def call(self, model: str, method: str, *arguments: object, **context: object) -> Any:
        login = (DATABASE, self._user, PASSWORD)
        return self._post("object", "execute_kw", *login, model, method, arguments, {"context": context})

    def new(self, model: str, values: Values, **context: object) -> int:
        made: int = self.call(model, "create", values, **context)
        return made

    def write(self, model: str, number: int, values: Values, **context: object) -> None:
        self.call(model, "write", [number], values, **context)

    def find(self, model: str, *domain: object) -> list[int]:
        found: list[int] = self.call(model, "search", domain, active_test=False)
        return found

    def one(self, model: str, *domain: object) -> int:
        return self.find(model, *domain)[0]

    def named(self, module: str, name: str) -> int:
        """The record that comes with a module under this name."""
        found = self.call("ir.model.data", "search_read", [["module", "=", module], ["name", "=", name]], ["res_id"])
        number: int = found[0]["res_id"]
        return number

    def value(self, model: str, number: int, name: str) -> Any:
        return self.call(model, "read", [number], [name])[0][name]


def days_ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def fill(url: str) -> None:
    odoo = Filling(url)
    users = company(odoo)
    partners = customers(odoo, users)
    parts = products(odoo)
    warehouses = stock(odoo, parts)
    documents(odoo, partners, parts, warehouses, users)
    other_company(odoo, partners["C0001"], parts["BP-1001"])


def company(odoo: Filling) -> dict[str, int]:
    euro, dollar = odoo.one("res.currency", ["name", "=", "EUR"]), odoo.one("res.currency", ["name", "=", "USD"])
    for currency in (euro, dollar):
        odoo.write("res.currency", currency, {"active": True})
    odoo.write("res.company", 1, {"name": "Parts Distributor", "currency_id": euro})
    odoo.new("res.currency.rate", {"currency_id": dollar, "rate": 1.25, "name": days_ago(700), "company_id": 1})
    groups = [
        odoo.named("sales_team", "group_sale_salesman_all_leads"),
        odoo.named("stock", "group_stock_user"),
        odoo.named("account", "group_account_readonly"),
    ]
    own = {"login": SALES_REP, "name": "Maria Nikolaou", "email": SALES_REP, "password": "maria-password"}
    rep = odoo.new("res.users", own | {"groups_id": [[4, odoo.named("sales_team", "group_sale_salesman"), 0]]})
    name, password = READER
    reader = {"login": name, "name": "Reader", "email": "reader@example.org", "password": password}
    odoo.new("res.users", reader | {"groups_id": [[6, 0, [odoo.named("base", "group_user"), *groups]]]})
    clerk = {"login": "clerk", "name": "Clerk", "email": "clerk@example.org", "password": password}
    odoo.new("res.users", clerk | {"groups_id": [[6, 0, [odoo.named("base", "group_user")]]]})
    return {"rep": rep, "euro": euro, "dollar": dollar}


def customers(odoo: Filling, users: dict[str, int]) -> dict[str, int]:
    greece = odoo.one("res.country", ["code", "=", "GR"])
    category = odoo.new("res.partner.category", {"name": "Workshops"})
    days = odoo.one("account.payment.term", ["name", "=", "30 Days"])
    many = {"min_quantity": 20, "compute_price": "percentage", "percent_price": 10}
    export = {"name": "Export", "currency_id": users["dollar"], "item_ids": [[0, 0, many]]}
    dollars = odoo.new("product.pricelist", export)
    first = {
        **{"name": "Καλυψώ 1", "ref": "C0001", "is_company": True, "customer_rank": 1, "email": "c0001@example.org"},
        **{"phone": "+302101234567", "mobile": "+306901234567", "vat": "EL094259216", "credit_limit": 1000},
        **{"street": "Λεωφόρος Κηφισίας 100", "street2": "Κτίριο Β", "city": "Αθήνα", "zip": "11526"},
        **{"country_id": greece, "user_id": users["rep"], "property_payment_term_id": days},
        "category_id": [[4, category, 0]],
    }
    found = {"C0001": odoo.new("res.partner", first)}
    below = {"parent_id": found["C0001"]}
    found["dock"] = odoo.new(
        "res.partner",
        below | {"type": "delivery", "name": "Warehouse", "street": "Dock 1", "city": "Αθήνα", "country_id": greece},
    )
    odoo.new("res.partner", below | {"type": "invoice", "name": "Accounts", "street": "P.O. Box 1"})
    person = {"name": "Eleni Markou", "function": "Purchasing", "email": "eleni@example.org"}
    found["eleni"] = odoo.new("res.partner", below | person)
    second = {"name": "Export 2", "ref": "C0002", "is_company": True, "customer_rank": 1}
    found["C0002"] = odoo.new("res.partner", second | {"property_product_pricelist": dollars})
    found["walk-in"] = odoo.new("res.partner", {"name": "Walk-in", "is_company": False})
    found["C0004"] = odoo.new(
        "res.partner", {"name": "Closed 4", "ref": "C0004", "is_company": True, "customer_rank": 1, "active": False}
    )
    supplier = {"name": "Supplier 1", "ref": "S0001", "is_company": True, "supplier_rank": 1}
    found["S0001"] = odoo.new("res.partner", supplier)
    odoo.new("res.partner", {"parent_id": found["S0001"], "name": "Agent of the supplier"})
    return found


def products(odoo: Filling) -> dict[str, int]:
    found = {}
    for number, price in enumerate(("39.90", "41.90", "100.25", "80.00", "12.34"), start=1):
        values = {"name": f"Part BP-100{number}", "default_code": f"BP-100{number}", "type": "product"}
        found[f"BP-100{number}"] = odoo.new(
            "product.product", values | {"list_price": float(price), "standard_price": 10.5, "weight": 1.5}
        )
    bulb = {"name": "Bulb", "default_code": "LB-1", "type": "product", "list_price": 2.5, "barcode": "4006381333931"}
    found["LB-1"] = odoo.new("product.product", bulb)
    found["no code"] = odoo.new("product.product", {"name": "Without a code", "type": "product", "list_price": 7})
    found["OLD-1"] = odoo.new("product.product", {"name": "Old", "default_code": "OLD-1", "type": "product"})
    found["OLD-2"] = odoo.new("product.product", {"name": "Older", "default_code": "OLD-2", "active": False})
    found["FIT"] = odoo.new("product.product", {"name": "Fitting", "default_code": "FIT", "type": "service"})
    former = {"name": "Former part", "default_code": "BP-1004", "type": "product", "active": False}
    odoo.new("product.product", former)
    return found


def stock(odoo: Filling, parts: dict[str, int]) -> dict[str, int]:
    main = odoo.one("stock.warehouse", ["code", "=", "WH"])
    shop = odoo.new("stock.warehouse", {"name": "Shop", "code": "SHOP"})
    for warehouse, amounts in (
        (main, {"BP-1001": 25, "BP-1002": 8, "BP-1003": 40, "BP-1004": 3, "LB-1": 600}),
        (shop, {"BP-1001": 4}),
    ):
        place = odoo.value("stock.warehouse", warehouse, "lot_stock_id")[0]
        for code, amount in amounts.items():
            there = {"product_id": parts[code], "location_id": place, "inventory_quantity": amount}
            odoo.new("stock.quant", there, inventory_mode=True)
    return {"WH": main, "SHOP": shop}


def line(product: int | None, quantity: float, price: float, name: str = "Part", **more: object) -> list[Any]:
    """A line of an order; its taxes are none unless given."""
    values = {"product_id": product, "name": name, "product_uom_qty": quantity, "price_unit": price}
    return [0, 0, {**values, "tax_id": [[6, 0, []]], **more}]


def documents(
    odoo: Filling, partners: dict[str, int], parts: dict[str, int], warehouses: dict[str, int], users: dict[str, int]
) -> None:
    first, second = {"partner_id": partners["C0001"]}, {"partner_id": partners["C0002"]}
    dozen = odoo.named("uom", "product_uom_dozen")
    tax = odoo.one("account.tax", ["type_tax_use", "=", "sale"])
    coming = {"product_id": parts["BP-1001"], "name": "Part", "product_qty": 50, "price_unit": 9}
    planned = {"date_planned": f"{TODAY + timedelta(days=10)} 09:00:00"}
    purchase = {"partner_id": partners["S0001"], "order_line": [[0, 0, coming | planned]]}
    odoo.call("purchase.order", "button_confirm", [odoo.new("purchase.order", purchase)])

    # A draft, a quotation that was sent, and one that was lost.
    odoo.new("sale.order", first | {"order_line": [line(parts["BP-1001"], 1, 39.9)]})
    sent = odoo.new(
        "sale.order",
        first | {"order_line": [line(parts["BP-1002"], 2, 41.9)], "validity_date": days_ago(-20)},
    )
    odoo.write("sale.order", sent, {"state": "sent"})
    lead = odoo.new("crm.lead", {"name": "Brakes", "type": "opportunity", **second})
    lost = odoo.new("sale.order", second | {"order_line": [line(parts["BP-1004"], 2, 80)], "opportunity_id": lead})
    reason = odoo.one("crm.lost.reason", ["name", "ilike", "expensive"])
    odoo.write("crm.lead", lead, {"lost_reason": reason})
    odoo.call("sale.order", "action_cancel", [lost])

    # Confirmed: a part, five dozen of bulbs less a tenth, and what shipping costs; a heading and a note.
    heading = [0, 0, {"display_type": "line_section", "name": "Parts"}]
    note = [0, 0, {"display_type": "line_note", "name": "As agreed"}]
    shipping = odoo.new("product.product", {"name": "Shipping", "default_code": "SHIP", "type": "service"})
    bulbs = line(parts["LB-1"], 5, 30, "Bulbs", product_uom=dozen, discount=10, tax_id=[[6, 0, [tax]]])
    lines = [
        heading,
        line(parts["BP-1003"], 2, 43.9, tax_id=[[6, 0, [tax]]]),
        bulbs,
        note,
        line(shipping, 1, 6.5, "Shipping", is_delivery=True, tax_id=[[6, 0, [tax]]]),
    ]
    ordered = {"partner_id": partners["eleni"], "partner_invoice_id": partners["C0001"], "user_id": users["rep"]}
    confirmed = odoo.new(
        "sale.order", ordered | {"partner_shipping_id": partners["dock"], "order_line": lines, "note": "Ring twice"}
    )
    odoo.call("sale.order", "action_confirm", [confirmed])
    reserve(odoo, confirmed)

    # Delivered and invoiced, with a part payment.
    done = odoo.new(
        "sale.order",
        first | {"order_line": [line(parts["BP-1002"], 2, 41.9)], "partner_shipping_id": partners["dock"]},
    )
    odoo.call("sale.order", "action_confirm", [done])
    deliver(odoo, done)
    invoice_order(odoo, done, days_ago(50))
    invoice = odoo.value("sale.order", done, "invoice_ids")[0]
    post(odoo, invoice)
    pay(odoo, invoice, 33.8)

    # Cancelled after it was confirmed, and one of somebody who never was a customer before.
    cancelled = odoo.new("sale.order", first | {"order_line": [line(parts["BP-1004"], 1, 80)]})
    odoo.call("sale.order", "action_confirm", [cancelled])
    odoo.call("sale.order", "action_cancel", [cancelled])
    walk_in = {"partner_id": partners["walk-in"], "order_line": [line(parts["no code"], 1, 7)]}
    odoo.call("sale.order", "action_confirm", [odoo.new("sale.order", walk_in)])

    # In dollars, of which 1.25 are a euro, with a freight charge; a credit note; one that is paid; a draft.
    post(
        odoo,
        invoice_of(
            odoo,
            partners["C0002"],
            days_ago(40),
            [(parts["BP-1003"], 4, 100.25), (None, 1, 9.99)],
            currency_id=users["dollar"],
        ),
    )
    returned = invoice_of(odoo, partners["C0001"], days_ago(10), [(parts["BP-1002"], 1, 41.9)], move_type="out_refund")
    post(odoo, returned)
    paid = invoice_of(odoo, partners["C0001"], days_ago(5), [(parts["BP-1004"], 3, 80)])
    post(odoo, paid)
    pay(odoo, paid, 240)
    term = odoo.one("account.payment.term", ["name", "=", "30 Days"])
    late = invoice_of(
        odoo, partners["C0001"], days_ago(50), [(parts["BP-1005"], 10, 12.34)], invoice_payment_term_id=term
    )
    post(odoo, late)
    invoice_of(odoo, partners["C0001"], days_ago(0), [(parts["BP-1004"], 9, 80)])
    on_account = {"payment_type": "inbound", "partner_type": "customer", "amount": 25, "date": days_ago(3), **first}
    odoo.call("account.payment", "action_post", [odoo.new("account.payment", on_account)])


def reserve(odoo: Filling, order: int) -> list[int]:
    transfers: list[int] = odoo.value("sale.order", order, "picking_ids")
    odoo.call("stock.picking", "action_assign", transfers)
    return transfers


def deliver(odoo: Filling, order: int) -> None:
    """Ships all of the order."""
    transfers = reserve(odoo, order)
    for move in odoo.find("stock.move", ["picking_id", "in", transfers]):
        odoo.write("stock.move", move, {"quantity_done": odoo.value("stock.move", move, "product_uom_qty")})
    odoo.call("stock.picking", "button_validate", transfers)


def invoice_order(odoo: Filling, order: int, day: str) -> None:
    wizard = odoo.new("sale.advance.payment.inv", {"advance_payment_method": "delivered"}, active_ids=[order])
    odoo.call("sale.advance.payment.inv", "create_invoices", [wizard], active_ids=[order], active_id=order)
    invoice = odoo.value("sale.order", order, "invoice_ids")[0]
    odoo.write("account.move", invoice, {"invoice_date": day})


def invoice_of(
    odoo: Filling, customer: int, day: str, lines: Sequence[tuple[int | None, float, float]], **more: object
) -> int:
    """An invoice without an order, which is not posted."""
    rows = [
        [
            0,
            0,
            {
                "product_id": product,
                "name": "Part" if product else "Freight",
                "quantity": quantity,
                "tax_ids": [[6, 0, []]],
            }
            | {"price_unit": price},
        ]
        for product, quantity, price in lines
    ]
    usual = {"move_type": "out_invoice", "partner_id": customer, "invoice_date": day, "invoice_line_ids": rows}
    return odoo.new("account.move", {**usual, **more}, default_move_type=str(more.get("move_type", "out_invoice")))


def post(odoo: Filling, invoice: int) -> None:
    odoo.call("account.move", "action_post", [invoice])


def pay(odoo: Filling, invoice: int, amount: float) -> None:
    about = {"active_model": "account.move", "active_ids": [invoice]}
    wizard = odoo.new("account.payment.register", {"amount": amount}, **about)
    odoo.call("account.payment.register", "action_create_payments", [wizard], **about)


def other_company(odoo: Filling, customer: int, part: int) -> None:
    """Another company, of which nothing is to be read."""
    other = odoo.new("res.company", {"name": "Another", "currency_id": odoo.one("res.currency", ["name", "=", "EUR"])})
    administrator = odoo.one("res.users", ["login", "=", "admin"])
    odoo.write("res.users", administrator, {"company_ids": [[4, other, 0]]})
    warehouse = odoo.one("stock.warehouse", ["company_id", "=", other])
    order = {"partner_id": customer, "company_id": other, "warehouse_id": warehouse}
    odoo.new(
        "sale.order",
        order | {"order_line": [line(part, 99, 1)]},
        allowed_company_ids=[other],
    )
