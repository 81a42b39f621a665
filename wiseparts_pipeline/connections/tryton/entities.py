"""What is read of Tryton for each entity: the model, its fields and those of related records, and which records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Domain = list[Any]

_ALSO_INACTIVE = ["active", "in", [True, False]]


@dataclass(frozen=True)
class Reading:
    """`fields`: with the fields of related records behind a dot. Those of modules that are not there are left out.

    `key`: of a record, with which it is asked for, and `asked`: the field with it. `owners`: by entity, the field with
    the key of the record that a record belongs to. `touched`: lists whose records have times of change of their own.
    `open`: conditions that are left out when records are asked for by their own keys, as they may be closed by now;
    `open_of_owner`: further ones of records that are asked for by owner.
    """

    model: str
    fields: tuple[str, ...]
    key: str
    asked: str
    domain: tuple[Any, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    open: tuple[Any, ...] = ()
    open_of_owner: tuple[Any, ...] = ()
    touched: tuple[str, ...] = ()
    by_time: bool = True
    page: int = 500

    @property
    def needed(self) -> tuple[str, ...]:
        """The models whose records must be readable."""
        return (self.model,)


def _of(field: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{field}.{name}" for name in names)


_ADDRESS = (
    "party_name",
    "attn",
    "building_name",
    "street",
    "postal_code",
    "city",
    "country.code",
    "subdivision.name",
    "invoice",
    "delivery",
    "active",
)
_MECHANISM = ("type", "value", "name", "active")
_LINE = (
    "quantity",
    "unit_price",
    "amount",
    "description",
    "product.code",
    "product.name",
    *_of("unit", "symbol", "factor", "rate", "category"),
    *_of("product.default_uom", "symbol", "factor", "rate", "category"),
)
_CHANGED = ("create_date", "write_date")
_OF_CUSTOMER = (("customers", "party.code"),)
_HAS_ORDER_NUMBER = [["number", "!=", None], ["sale_date", "!=", None]]
_SALE = (
    "number",
    "reference",
    "description",
    "state",
    "quotation_date",
    "quotation_expire",
    "sale_date",
    "party.code",
    "contact.name",
    "currency.code",
    "warehouse.code",
    "warehouse.name",
    *_of("shipment_address", "id", "country.code", "delivery"),
    "invoice_state",
    "shipment_state",
    "origin",
    "comment",
    *_of("quoted_by", "party.code", "party.name"),
    *_of("confirmed_by", "party.code", "party.name"),
    *_of("line_lines", *_LINE),
    *_CHANGED,
)

READINGS = {
    "customers": Reading(
        model="party.party",
        fields=(
            "code",
            "name",
            "active",
            "lang.code",
            "tax_identifier.code",
            "phone",
            "mobile",
            "email",
            "categories.name",
            *_of("addresses", *_ADDRESS),
            "credit_limit_amount",
            *_of("customer_payment_term", "name"),
            *_of("customer_payment_term.lines", "type", "relativedeltas.days", "relativedeltas.weeks"),
            *_of("customer_payment_term.lines.relativedeltas", "months", "day", "month", "weekday"),
            "sale_price_list.name",
            "customer_currency.code",
            "replaced_by.code",
            *_CHANGED,
        ),
        key="code",
        asked="code",
        domain=(_ALSO_INACTIVE,),
        touched=("contact_mechanisms", "addresses", "identifiers", "credit_limit_amounts"),
    ),
    "customer_branches": Reading(
        model="party.address",
        fields=("rec_name", "party.code", "party.name", *_ADDRESS, *_of("contact_mechanisms", *_MECHANISM), *_CHANGED),
        key="id",
        asked="id",
        domain=(_ALSO_INACTIVE, ["delivery", "=", True]),
        owners=_OF_CUSTOMER,
        touched=("contact_mechanisms",),
    ),
    "addresses": Reading(
        model="party.address",
        fields=("rec_name", "party.code", "party.name", *_ADDRESS, *_CHANGED),
        key="id",
        asked="id",
        domain=(["active", "=", True],),
        owners=_OF_CUSTOMER,
    ),
    "contacts": Reading(
        model="party.relation.all",
        fields=(
            *_of("from_", "code", "name"),
            *_of("to", "code", "name", "phone", "mobile", "email", "active"),
            "type.name",
            "start_date",
            "end_date",
        ),
        key="id",
        asked="id",
        domain=(["active", "=", True], ["to.active", "=", True]),
        owners=(("customers", "from_.code"),),
        # Relations seen from both sides have no times.
        by_time=False,
    ),
    "products": Reading(
        model="product.product",
        fields=(
            "code",
            "name",
            "description",
            "type",
            "salable",
            "active",
            "list_price_used",
            "cost_price",
            *_of("default_uom", "symbol", "name"),
            *_of("identifiers", "type", "code"),
            "categories.rec_name",
            "replaced_by.code",
            *_CHANGED,
        ),
        key="code",
        asked="code",
        domain=(_ALSO_INACTIVE,),
        touched=("template", "identifiers", "cost_prices", "list_prices", "template.list_prices"),
    ),
    "inventory": Reading(
        model="product.product",
        fields=("code", *_of("default_uom", "symbol")),
        key="product.code",
        asked="code",
        domain=(["active", "=", True], ["type", "in", ["goods", "kit"]], ["consumable", "=", False]),
        owners=(("products", "code"),),
        by_time=False,
    ),
    "sales": Reading(
        model="account.invoice",
        fields=(
            "number",
            "reference",
            "state",
            "sequence_type_cache",
            "invoice_date",
            "party.code",
            "currency.code",
            *_of("invoice_address", "country.code"),
            *_of("line_lines", *_LINE, "origin"),
            *_CHANGED,
        ),
        key="number",
        asked="number",
        domain=(["type", "=", "out"], ["state", "in", ["posted", "paid"]]),
        touched=("lines",),
        page=200,
    ),
    "due_docs": Reading(
        model="account.move.line",
        fields=(
            "date",
            "payable_receivable_date",
            "amount",
            "amount_currency.code",
            "party.code",
            "move.number",
            "move_origin",
            "description",
            "reconciliation",
            "reconciliation.date",
            *_CHANGED,
        ),
        key="document",
        asked="id",
        owners=_OF_CUSTOMER,
        open=(["reconciliation", "=", None],),
        domain=(
            ["party", "!=", None],
            [
                "OR",
                ["account.type.receivable", "=", True],
                [["account.debit_type.receivable", "=", True], ["debit", "!=", 0]],
                [["account.credit_type.receivable", "=", True], ["credit", "!=", 0]],
            ],
        ),
        by_time=False,
    ),
    "quotes": Reading(
        model="sale.sale",
        fields=_SALE,
        key="number",
        asked="number",
        domain=(["quotation_date", "!=", None], ["number", "!=", None]),
        touched=("lines",),
        page=200,
    ),
    "orders": Reading(
        model="sale.sale",
        fields=_SALE,
        key="number",
        asked="number",
        # One that was taken back, or cancelled after that, is still known by its number and day.
        domain=(["OR", ["state", "in", ["confirmed", "processing", "done"]], _HAS_ORDER_NUMBER],),
        owners=_OF_CUSTOMER,
        open_of_owner=(["state", "in", ["confirmed", "processing"]],),
        touched=("lines",),
        page=200,
    ),
}

# What else is read to complete records, by model.
ORIGINS: dict[str, Sequence[str]] = {
    "account.invoice": ("number", "sequence_type_cache", "type", "reference"),
    "sale.line": (
        "sale.number",
        *_of("sale.shipment_address", "id", "country.code", "delivery"),
        *_of("sale.warehouse", "code", "name"),
    ),
    "sale.opportunity": ("number", "state", "lost_reason"),
}
