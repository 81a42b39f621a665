"""What is read of Odoo for each entity: the model, its fields and those of related records, and which records."""

from dataclasses import dataclass
from typing import Any

# A field, also of related records behind a dot, with how it is compared, and with what.
Condition = tuple[str, str, Any]

# By model, the field with the code that people know a record by. Where it is empty, the code is made of the number.
CODES = {"res.partner": "ref", "product.product": "default_code"}


@dataclass(frozen=True)
class Reading:
    """`fields`: with the fields of related records behind a dot, and a ? behind what only some versions have.

    `key`: of a record, with which it is asked for, and `asked`: the field with it. `where`: of each group of
    conditions, one must hold; those on fields that are not there are left out. `owners`: by entity, the field with the
    key of the record that a record belongs to. `open`: further groups, unless records are asked for by their own keys;
    `open_of_owner`: if they are by those of an owner. `touched`: related records that count as a part. `needs`: other
    models that are read.
    """

    model: str
    fields: tuple[str, ...]
    key: str
    asked: str
    where: tuple[tuple[Condition, ...], ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    open: tuple[tuple[Condition, ...], ...] = ()
    open_of_owner: tuple[tuple[Condition, ...], ...] = ()
    touched: tuple[str, ...] = ()
    by_time: bool = True
    page: int = 500
    needs: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """The models whose records must be readable."""
        return (self.model, *self.needs)

    @property
    def asked_by(self) -> tuple[str, ...]:
        """The fields of the conditions."""
        groups = (*self.where, *self.open, *self.open_of_owner)
        return (*(condition[0] for group in groups for condition in group), *self.touched)


def _of(field: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{field}.{name}" for name in names)


def _customers(field: str = "") -> tuple[tuple[Condition, ...], ...]:
    """The conditions on a field with a partner, or on a partner: one who ordered or was invoiced is a customer."""
    return (
        (
            (f"{field}customer_rank", ">", 0),
            (f"{field}sale_order_ids", "!=", False),
            (f"{field}child_ids.sale_order_ids", "!=", False),
        ),
    )


_ADDRESS = ("name", "display_name", "street", "street2", "city", "zip", *_of("state_id", "name"), "country_id.code")
_REACHED = ("phone", "mobile?", "email")
_CHANGED = ("create_date", "write_date")
_COMPANY = "commercial_partner_id"
_OF_CUSTOMER = (("customers", f"{_COMPANY}.ref"),)
_OF_PARTNERS_CUSTOMER = (("customers", f"partner_id.{_COMPANY}.ref"),)
_UNIT = ("factor", "factor_inv?", "relative_factor?", "category_id?.id")
_PRODUCT = _of("product_id", "code", "name", "type", *_of("uom_id", *_UNIT))
_PRICE = ("name", "display_type", "price_unit", "price_subtotal", "discount", *_PRODUCT)
_SALE = (
    "name",
    "state",
    "date_order",
    "validity_date",
    "client_order_ref",
    "partner_id.email",
    *_of(f"partner_id.{_COMPANY}", "code?"),
    *_of("partner_shipping_id", "id", "type"),
    "currency_id.display_name",
    "user_id.login",
    *_of("warehouse_id", "code", "name"),
    "website_id?.id",
    "note",
    *_of("order_line", *_PRICE, "product_uom_qty", "qty_delivered", "price_tax", "is_downpayment", "is_delivery?"),
    *_of("order_line", *_of("product_uom?", *_UNIT), *_of("product_uom_id?", *_UNIT)),
    *_CHANGED,
)

READINGS = {
    "sales_reps": Reading(
        model="res.users",
        fields=("login", "name", "active", *_of("partner_id", "phone", "email"), *_CHANGED),
        key="login",
        asked="login",
        # The others are Odoo's own, which no one is.
        where=((("share", "=", False),), (("login", "not in", ["__system__", "default"]),)),
        touched=("partner_id",),
    ),
    "customers": Reading(
        model="res.partner",
        fields=(
            "ref",
            *_ADDRESS,
            *_REACHED,
            "active",
            "is_company",
            "vat",
            "lang",
            "customer_rank",
            "supplier_rank",
            "sale_warn?",
            "credit_limit",
            "category_id.name",
            "user_id.login",
            *_of("property_product_pricelist", "name", "currency_id.display_name"),
            *_of("property_payment_term_id", "name"),
            *_of("property_payment_term_id.line_ids", "days?", "option?", "nb_days?", "delay_type?", "end_month?"),
            *_of("property_payment_term_id.line_ids", "months?"),
            *_CHANGED,
        ),
        key="code",
        asked="ref",
        where=((("is_company", "=", True), ("parent_id", "=", False)), *_customers()),
        touched=("sale_order_ids", "child_ids.sale_order_ids"),
    ),
    "customer_branches": Reading(
        model="res.partner",
        fields=(*_ADDRESS, *_REACHED, "active", *_of(_COMPANY, "code?", "name"), *_CHANGED),
        key="id",
        asked="id",
        where=((("type", "=", "delivery"),), (("parent_id", "!=", False),), *_customers(f"{_COMPANY}.")),
        owners=_OF_CUSTOMER,
        touched=(_COMPANY,),
    ),
    "addresses": Reading(
        model="res.partner",
        fields=(*_ADDRESS, "type", *_of("parent_id", "id"), *_of(_COMPANY, "code?", "name"), *_CHANGED),
        key="id",
        asked="id",
        where=(
            (("type", "in", ["invoice", "delivery"]), ("is_company", "=", True), ("parent_id", "=", False)),
            (("active", "=", True),),
            *_customers(f"{_COMPANY}."),
        ),
        owners=_OF_CUSTOMER,
        touched=(_COMPANY,),
    ),
    "contacts": Reading(
        model="res.partner",
        fields=("name", "function", *_REACHED, *_of(_COMPANY, "code?", "name"), *_CHANGED),
        key="id",
        asked="id",
        where=(
            (("type", "=", "contact"),),
            (("parent_id", "!=", False),),
            (("is_company", "=", False),),
            (("active", "=", True),),
            *_customers(f"{_COMPANY}."),
        ),
        owners=_OF_CUSTOMER,
        touched=(_COMPANY,),
    ),
    "products": Reading(
        model="product.product",
        fields=(
            "default_code",
            "name",
            "description_sale",
            "barcode",
            "type",
            "active",
            "sale_ok",
            "lst_price",
            "standard_price",
            "weight",
            *_of("uom_id", "name"),
            *_of("categ_id", "complete_name"),
            "currency_id.display_name",
            *_CHANGED,
        ),
        key="code",
        asked="default_code",
        touched=("product_tmpl_id",),
    ),
    "inventory": Reading(
        model="product.product",
        fields=("default_code", "uom_id.name", "free_qty"),
        key="product.code",
        asked="default_code",
        where=((("is_storable", "=", True), ("type", "=", "product")), (("active", "=", True),)),
        owners=(("products", "default_code"),),
        by_time=False,
        needs=("stock.warehouse", "stock.move"),
    ),
    "sales": Reading(
        model="account.move",
        fields=(
            "name",
            "ref",
            "move_type",
            "state",
            "invoice_date",
            *_of(_COMPANY, "code?"),
            *_of("partner_id", "country_id.code"),
            *_of("partner_shipping_id", "type", "country_id.code"),
            "currency_id.display_name",
            "invoice_user_id.login",
            *_of("invoice_line_ids", *_PRICE, "price_total", "quantity", *_of("product_uom_id", *_UNIT)),
            *_of("invoice_line_ids.sale_line_ids.order_id", "name", *_of("warehouse_id", "code", "name")),
            *_CHANGED,
        ),
        key="name",
        asked="name",
        where=(
            (("move_type", "in", ["out_invoice", "out_refund", "out_receipt"]),),
            (("state", "=", "posted"),),
        ),
        touched=("invoice_line_ids",),
        page=200,
    ),
    "due_docs": Reading(
        model="account.move.line",
        fields=(
            "date",
            "date_maturity",
            "amount_currency",
            "amount_residual_currency",
            "currency_id.display_name",
            "blocked?",
            *_of(f"partner_id.{_COMPANY}", "code?"),
            *_of("move_id", "name", "move_type", "invoice_date", "payment_id?.id", "origin_payment_id?.id"),
            *_of("move_id", "statement_line_id.id"),
            *_CHANGED,
        ),
        key="document",
        asked="id",
        where=(
            (("account_internal_type", "=", "receivable"), ("account_type", "=", "asset_receivable")),
            (("parent_state", "=", "posted"),),
            (("partner_id", "!=", False),),
        ),
        owners=_OF_PARTNERS_CUSTOMER,
        open=((("reconciled", "=", False),),),
        by_time=False,
    ),
    "quotes": Reading(
        model="sale.order",
        fields=(*_SALE, "opportunity_id?.lost_reason?.name", "opportunity_id?.lost_reason_id?.name"),
        key="name",
        asked="name",
        touched=("order_line",),
        page=200,
    ),
    "orders": Reading(
        model="sale.order",
        fields=_SALE,
        key="name",
        asked="name",
        where=(
            (("state", "in", ["sale", "done", "cancel"]),),
            # What was cancelled without anything to be delivered or invoiced was no order yet.
            (("state", "in", ["sale", "done"]), ("picking_ids", "!=", False), ("invoice_ids", "!=", False)),
        ),
        owners=_OF_PARTNERS_CUSTOMER,
        # Of what nobody may see of deliveries, the invoices tell.
        open_of_owner=(
            (("state", "in", ["sale", "done"]),),
            (("invoice_status", "!=", "invoiced"), ("picking_ids.state", "not in", ["done", "cancel"])),
        ),
        touched=("order_line",),
        page=200,
    ),
}
