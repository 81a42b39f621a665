"""Orders as quotations of Odoo: found by the customer's reference, created as drafts, then confirmed."""

import html
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import Objection, Refused
from wiseparts_pipeline.connections.odoo.domains import with_codes
from wiseparts_pipeline.connections.odoo.receiving.addresses import the_same
from wiseparts_pipeline.connections.odoo.receiving.customers import PARTNER, customers_with
from wiseparts_pipeline.connections.odoo.receiving.models import Models
from wiseparts_pipeline.connections.odoo.receiving.warnings import FIELDS as WARNINGS
from wiseparts_pipeline.connections.odoo.receiving.warnings import OF_PARTNER, OF_PRODUCT, blocking, warned
from wiseparts_pipeline.connections.odoo.units import in_own_unit
from wiseparts_pipeline.connections.odoo.ways import NoAccess
from wiseparts_pipeline.connections.receiving import CREATED_WITHIN, Line, NotThere, Order, Stage, Terms, There, Values

_ORDER, _LINE, _PRODUCT = "sale.order", "sale.order.line", "product.product"
_UNIT = ("factor", "factor_inv?", "relative_factor?", "category_id?.id")
_FIELDS = (
    "name",
    "state",
    "amount_untaxed",
    "currency_id.display_name",
    "partner_id.commercial_partner_id.code",
    *(f"order_line.{name}" for name in ("product_uom_qty", "price_unit", "is_downpayment", "is_delivery?")),
    *("order_line.display_type", "order_line.product_id.code"),
    *(f"order_line.product_id.uom_id.{name}" for name in _UNIT),
    *(f"order_line.{unit}.{name}" for unit in ("product_uom?", "product_uom_id?") for name in _UNIT),
)
# How Odoo calls lines with a product; before version 16, not at all.
_OF_PRODUCTS = (None, "product")
_RIGHTS = {
    _ORDER: ("read", "write", "create"),
    _LINE: ("read", "write", "create"),
    PARTNER: ("read",),
    _PRODUCT: ("read",),
    "product.pricelist": ("read",),
}
# Whoever sees only the orders of its own would not find what it has created for customers of others.
_GROUP = "sales_team.group_sale_salesman_all_leads"
_SEES_OWN = (
    "the user sees only the orders of its own, and would create those of others again and again; give the user the"
    " group Sales / User: All Documents"
)
_STAGES = {"draft": Stage.QUOTED, "sent": Stage.QUOTED, "cancel": Stage.CANCELLED}


class Orders:
    """How an Odoo takes orders; see `receiving.Taking`."""

    created_within = CREATED_WITHIN

    def __init__(self, models: Models, terms: Terms) -> None:
        self._models = models
        self._terms = terms
        self._sees_all = False

    def find(self, record: Order) -> There | None:
        """The oldest one with the order's number as its customer reference, a cancelled one only if there is no other.

        Quotations and orders are the same in Odoo, in other states.
        """
        found = self._all(record, _FIELDS)
        return self._there(record, found[0]) if found else None

    def values(self, record: Order) -> Values:
        """What is created. Raises NotThere for what Odoo does not have, Objection for what it blocks."""
        self._check_sight()
        partner = self._partner(record)
        products = self._products(record)
        given: Values = {
            "company_id": self._models.company,
            "partner_id": int(partner["id"]),
            # The day, wherever Odoo's users are.
            "date_order": f"{record.placed_on} 12:00:00",
        }
        sale = self._models.filled_in(_ORDER, given, ["partner_id"])
        if record.ship_to is not None:
            there = {**sale, "partner_shipping_id": the_same(self._models, record.ship_to, partner)}
            sale = self._models.filled_in(_ORDER, there, ["partner_shipping_id"])
        lines = [self._line(line, products[str(line.product)], sale) for line in record.lines]
        note = {"note": self._as_note(record.note)} if record.note else {}
        return {
            **sale,
            **note,
            "client_order_ref": record.key,
            "order_line": [[0, 0, values] for values in lines],
        }

    def create(self, record: Order, values: Values) -> There:
        """Creates a quotation. If another process has done so as well, the later one is deleted again, or cancelled."""
        number = self._models.create(_ORDER, values)
        found = self._all(record, ["name", "state"])
        if found and int(found[0]["id"]) != number:
            self._remove(number)
            there = self.find(record)
            if there is not None:
                return there
        name = next((each["name"] for each in found if int(each["id"]) == number), None)
        return There(number, name, self._stage("draft"))

    def complete(self, record: Order, there: There) -> There:
        """Confirms the quotation, if that is agreed and nothing warns of it."""
        if there.stage is Stage.QUOTED:
            self._check_warnings(there.number)
            asked = self._models.press(_ORDER, "action_confirm", there.number)
            now = self.find(record)
            if now is not None and now.stage is Stage.QUOTED:
                title = asked.get("name") if isinstance(asked, dict) else None
                words = f"Odoo asks a person before it confirms it{f': {title}' if title else ''}."
                raise Objection(f"{self._models.rpc.place(_ORDER)}: {words}", words)
            return now or there
        return self.find(record) or there

    def problems(self) -> Iterator[str]:
        """Missing rights."""
        yield from self._models.lacking(_RIGHTS)
        if not self._models.has_group(_GROUP):
            yield _SEES_OWN

    def _check_sight(self) -> None:
        """Raises Refused if the user would not find what it creates."""
        if not self._sees_all and not self._models.has_group(_GROUP):
            raise Refused(f"{self._models.rpc.place(_ORDER)}: {_SEES_OWN}")
        self._sees_all = True

    def _check_warnings(self, number: int) -> None:
        """Raises Objection for what a person would be told."""
        for order in self._models.find(_ORDER, [["id", "=", number]], WARNINGS):
            words = blocking(order) if self._terms.skip_warnings else warned(order)
            if words:
                raise Objection(f"{self._models.rpc.place(_ORDER)}: {words}", words)

    def _remove(self, number: int) -> None:
        try:
            self._models.press(_ORDER, "unlink", number)
        except NoAccess:
            # Which is left to managers.
            self._models.press(_ORDER, "action_cancel", number)

    def _all(self, order: Order, fields: Any) -> list[Record]:
        own = [["client_order_ref", "=", order.key], ["company_id", "=", self._models.company]]
        return sorted(self._models.find(_ORDER, own, fields), key=lambda each: each["state"] == "cancel")

    def _stage(self, state: str) -> Stage:
        stage = _STAGES.get(state, Stage.COMPLETE)
        return Stage.COMPLETE if stage is Stage.QUOTED and not self._terms.confirm else stage

    def _there(self, order: Order, sale: Record) -> There:
        return There(
            number=int(sale["id"]),
            external_id=sale["name"],
            stage=self._stage(sale["state"]),
            amount=round(Decimal(sale["amount_untaxed"]), 2) if sale["amount_untaxed"] is not None else None,
            currency=sale["currency_id"]["display_name"],
            differs=_differs(order, sale),
        )

    def _line(self, line: Line, product: Record, sale: Values) -> Values:
        unit = "product_uom" if "product_uom" in self._models.schema.fields(_LINE) else "product_uom_id"
        given = {
            "product_id": int(product["id"]),
            unit: int(product["uom_id"]["id"]),
            "product_uom_qty": float(line.quantity),
        }
        above = {name: value for name, value in sale.items() if not isinstance(value, list)}
        values = self._models.filled_in(_LINE, {**given, "order_id": above}, ["product_id", "product_uom_qty"])
        del values["order_id"]
        return values | ({"price_unit": float(line.unit_price), "discount": 0} if self._terms.our_prices else {})

    def _as_note(self, note: str) -> str:
        """The note as the field takes it; since version 15 it is of a page."""
        is_page = self._models.schema.fields(_ORDER)["note"].kind == "html"
        return html.escape(note).replace("\n", "<br>") if is_page else note

    def _partner(self, order: Order) -> Record:
        if order.customer_id is None:
            raise NotThere("The order names no customer; send it again with one.")
        fields = ["ref", "name", *OF_PARTNER, "property_product_pricelist.currency_id.display_name"]
        own = [*customers_with(order.customer_id), ["active", "=", True], self._models.of_company]
        found = self._models.find(PARTNER, own, fields)
        if not found:
            raise NotThere(
                f"There is no customer with the reference {order.customer_id!r} in Odoo, or it is archived; enter it"
                " there, or let an exporter of customers go first (`after`)."
            )
        if len(found) > 1:
            raise NotThere(f"Odoo has {len(found)} customers with the reference {order.customer_id!r}; leave one.")
        self._check_blocked({"partner_id": found[0]})
        currency = found[0]["property_product_pricelist"]["currency_id"]["display_name"]
        currency = currency or self._models.rpc.company["currency"]
        if currency != order.currency:
            raise NotThere(
                f"The price list of the customer {order.customer_id!r} in Odoo is in {currency}, and the order in"
                f" {order.currency}; give the customer a price list in {order.currency} there."
            )
        return found[0]

    def _products(self, order: Order) -> dict[str, Record]:
        """By code, the products of the order's lines."""
        for line in order.lines:
            if line.product is None:
                raise NotThere(f"Line {line.number} names no product; send the order again with one.")
            self._check_decimals(line)
        codes = sorted({str(line.product) for line in order.lines})
        fields = ["default_code", "name", "sale_ok", *OF_PRODUCT, "uom_id.id"]
        own = [*with_codes("default_code", codes), ["active", "=", True], self._models.of_company]
        found = defaultdict[str, list[Record]](list)
        for each in self._models.find(_PRODUCT, own, fields):
            found[each["code"]].append(each)
        for line in order.lines:
            there, what = found[str(line.product)], f"Line {line.number}: "
            if not there:
                raise NotThere(
                    f"{what}there is no product with the reference {line.product!r} in Odoo, or it is archived; enter"
                    " it there, or send the order again with another."
                )
            if len(there) > 1:
                raise NotThere(f"{what}Odoo has {len(there)} products with the reference {line.product!r}; leave one.")
            if there[0]["sale_ok"] is False:
                raise NotThere(f"{what}product {line.product!r} cannot be sold in Odoo; mark it as such there.")
        self._check_blocked({"order_line": [{"product_id": each[0]} for each in found.values()]})
        return {code: records[0] for code, records in found.items()}

    def _check_blocked(self, order: Record) -> None:
        """Raises Objection for what a person could not enter."""
        words = blocking(order)
        if words:
            raise Objection(f"{self._models.rpc.place(_ORDER)}: {words}", words)

    def _check_decimals(self, line: Line) -> None:
        """Raises NotThere for a quantity that Odoo would round."""
        decimals = self._models.schema.fields(_LINE)["product_uom_qty"].decimals
        if decimals is not None and round(line.quantity, decimals) != line.quantity:
            raise NotThere(
                f"Line {line.number}: Odoo keeps {decimals} decimals of quantities, and {line.quantity.normalize():f}"
                " has more; let it keep more there (Decimal Accuracy, Product Unit of Measure)."
            )


def _differs(order: Order, sale: Record) -> str | None:
    quantities = defaultdict[str, Decimal](Decimal)
    for line in sale["order_line"]:
        if line["display_type"] in _OF_PRODUCTS and not line["is_downpayment"] and not line["is_delivery"]:
            where = f"{_ORDER}: {sale['name']}, line {line['id']}"
            quantity = in_own_unit(line, "product_uom_qty", where)["quantity"]
            quantities[str(line["product_id"].get("code"))] += Decimal(quantity or 0)
    return order.differs(sale["partner_id"]["commercial_partner_id"].get("code"), quantities)
