"""Orders as sales of Tryton: found by their reference, created as drafts, then quoted and confirmed."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import Objection, Refused
from wiseparts_pipeline.connections.receiving import CREATED_WITHIN, NotThere, Order, Stage, Terms, There, Values
from wiseparts_pipeline.connections.tryton.receiving.addresses import FIELDS as ADDRESS
from wiseparts_pipeline.connections.tryton.receiving.addresses import the_same
from wiseparts_pipeline.connections.tryton.receiving.models import Models, decimal
from wiseparts_pipeline.connections.tryton.units import in_own_unit
from wiseparts_pipeline.connections.tryton.values import identity

_SALE, _LINE = "sale.sale", "sale.line"
_UNIT = ("symbol", "factor", "rate", "category")
_FIELDS = (
    "number",
    "state",
    "untaxed_amount",
    "currency.code",
    "party.code",
    *(f"line_lines.{name}" for name in ("quantity", "product.code")),
    *(f"line_lines.{unit}.{name}" for unit in ("unit", "product.default_uom") for name in _UNIT),
)
_RIGHTS = {
    _SALE: ("read", "write", "create"),
    _LINE: ("read", "write", "create"),
    "party.party": ("read",),
    "party.address": ("read",),
    "product.product": ("read",),
}
_STAGES = {"draft": Stage.BEGUN, "quotation": Stage.QUOTED, "cancelled": Stage.CANCELLED}
# What a sale warns of may be several things, one after the other.
_MOST_WARNINGS = 10


class Orders:
    """How a Tryton takes orders; see `receiving.Taking`."""

    created_within = CREATED_WITHIN

    def __init__(self, models: Models, terms: Terms) -> None:
        self._models = models
        self._terms = terms

    def find(self, record: Order) -> There | None:
        """The oldest sale with the order's number as its reference, a cancelled one only if there is no other."""
        found = self._all(record)
        return self._there(record, found[0]) if found else None

    def values(self, record: Order) -> Values:
        """What is created. Raises NotThere for what Tryton does not have."""
        party = self._party(record)
        currency = self._models.number("currency.currency", record.currency)
        if currency is None:
            raise NotThere(f"There is no currency {record.currency!r} in Tryton; enter it there.")
        products = self._products(record)
        warehouse = self._warehouse()
        if warehouse is None:
            raise Refused(f"{self._models.rpc.place(_SALE)}: {next(iter(self.problems()))}")
        day = record.placed_on
        given: Values = {"company": self._models.company, "party": identity(party, "party"), "warehouse": warehouse}
        sale = self._models.filled_in(_SALE, given, "party") | {
            "currency": currency,
            "sale_date": {"__class__": "date", "year": day.year, "month": day.month, "day": day.day},
            "reference": record.key,
            "comment": record.note,
        }
        if record.ship_to is not None:
            sale["shipment_address"] = the_same(record.ship_to, party)
        above = {f"_parent_sale.{name}": value for name, value in sale.items() if not isinstance(value, list)}
        lines = []
        for line in record.lines:
            product = products[str(line.product)]
            line_given = {
                "type": "line",
                "product": identity(product, "product"),
                "unit": int(product["default_uom"]),
                "quantity": float(line.quantity),
            }
            values = self._models.filled_in(_LINE, {**line_given, **above}, "product")
            if self._terms.our_prices:
                values["unit_price"] = decimal(line.unit_price)
            lines.append(values)
        return {**sale, "lines": [["create", lines]]}

    def create(self, record: Order, values: Values) -> There:
        """Creates a draft. If another process has done so as well, the later one is deleted again."""
        number = self._models.create(_SALE, values)
        found = self._all(record)
        if not found or identity(found[0], _SALE) == number:
            return self._there(record, found[0]) if found else There(number, None, Stage.BEGUN)
        self._models.rpc.call(f"model.{_SALE}.delete", [number])
        return self._there(record, found[0])

    def complete(self, record: Order, there: There) -> There:
        """Quotes the sale, and confirms it if that is agreed."""
        if there.stage is Stage.BEGUN:
            self._press("quote", there.number)
        if self._terms.confirm and there.stage in (Stage.BEGUN, Stage.QUOTED):
            self._press("confirm", there.number)
        return self.find(record) or there

    def problems(self) -> Iterator[str]:
        """Missing rights, and no warehouse that goods are sold from."""
        yield from self._models.lacking(_RIGHTS)
        if self._warehouse() is None:
            yield (
                "Tryton does not know from which warehouse the user sells; choose one in the user's preferences"
                " (Current Warehouse)"
            )

    def _press(self, button: str, number: int) -> None:
        for _ in range(_MOST_WARNINGS):
            try:
                return self._models.press(_SALE, button, number)
            except Objection as objection:
                if objection.warning is None or not self._terms.skip_warnings:
                    raise
                self._models.rpc.call("model.res.user.warning.skip", objection.warning, False)
        return self._models.press(_SALE, button, number)

    def _all(self, order: Order) -> list[Record]:
        own: list[Any] = [["reference", "=", order.key], ["company", "=", self._models.company]]
        return sorted(self._models.find(_SALE, own, _FIELDS), key=lambda sale: sale["state"] == "cancelled")

    def _there(self, order: Order, sale: Record) -> There:
        stage = _STAGES.get(sale["state"], Stage.COMPLETE)
        if stage is Stage.QUOTED and not self._terms.confirm:
            stage = Stage.COMPLETE
        return There(
            number=identity(sale, _SALE),
            external_id=sale["number"],
            stage=stage,
            amount=Decimal(sale["untaxed_amount"]) if sale["untaxed_amount"] is not None else None,
            currency=(sale["currency"] or {}).get("code"),
            differs=_differs(order, sale),
        )

    def _party(self, order: Order) -> Record:
        if order.customer_id is None:
            raise NotThere("The order names no customer; send it again with one.")
        fields = ["code", "name", *(f"addresses.{name}" for name in ADDRESS)]
        found = self._models.find("party.party", [["code", "=", order.customer_id]], fields)
        if not found:
            raise NotThere(
                f"There is no party with the code {order.customer_id!r} in Tryton, or it is not active; enter it there,"
                " or let an exporter of customers go first (`after`)."
            )
        return found[0]

    def _products(self, order: Order) -> dict[str, Record]:
        """By code, the products of the order's lines."""
        for line in order.lines:
            if line.product is None:
                raise NotThere(f"Line {line.number} names no product; send the order again with one.")
        codes = sorted({str(line.product) for line in order.lines})
        fields = ["code", "salable", "default_uom"]
        found: dict[str, list[Record]] = {}
        for each in self._models.find("product.product", [["code", "in", codes]], fields):
            found.setdefault(each["code"], []).append(each)
        for line in order.lines:
            there = found.get(str(line.product), [])
            what = f"Line {line.number}: "
            if not there:
                raise NotThere(
                    f"{what}there is no product with the code {line.product!r} in Tryton, or it is not active; enter it"
                    " there, or send the order again with another."
                )
            if len(there) > 1:
                raise NotThere(f"{what}Tryton has {len(there)} products with the code {line.product!r}; leave one.")
            if there[0]["salable"] is False:
                raise NotThere(f"{what}product {line.product!r} is not salable in Tryton; mark it as such there.")
        return {code: records[0] for code, records in found.items()}

    def _warehouse(self) -> int | None:
        method = f"model.{_SALE}.default_get"
        found = self._models.rpc.call(method, ["warehouse"], False)
        number = found.get("warehouse") if isinstance(found, dict) else None
        return int(number) if number is not None else None


def _differs(order: Order, sale: Record) -> str | None:
    quantities = defaultdict[str, Decimal](Decimal)
    for line in sale["line_lines"] or []:
        quantity = in_own_unit(line, f"{_SALE}.line_lines")["quantity"]
        quantities[str((line["product"] or {}).get("code"))] += Decimal(quantity or 0)
    return order.differs((sale["party"] or {}).get("code"), quantities)
