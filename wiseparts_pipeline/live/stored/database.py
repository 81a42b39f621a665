"""The questions that the tables of imported records can answer, with the methods of `questions.Answering`."""

from datetime import date
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.rows import dict_row

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.live import answers
from wiseparts_pipeline.live.answers import (
    Answer,
    Financials,
    Invoice,
    Offers,
    Order,
    OrderType,
    Page,
    Product,
    Products,
    Route,
)
from wiseparts_pipeline.live.credit import financials
from wiseparts_pipeline.live.cursors import after, cursor_of
from wiseparts_pipeline.live.errors import NotSupported, Unknown
from wiseparts_pipeline.live.estimate import Projected, delivery_estimate, earliest
from wiseparts_pipeline.live.offers import ranked
from wiseparts_pipeline.live.questions import (
    PAGE,
    CustomerQuestion,
    FinancialsQuestion,
    InvoiceQuestion,
    InvoicesQuestion,
    OffersQuestion,
    OrderQuestion,
    OrdersQuestion,
    OrderTypesQuestion,
    ProductsQuestion,
    RoutesQuestion,
)
from wiseparts_pipeline.live.stored import queries
from wiseparts_pipeline.live.stored.offers import matched
from wiseparts_pipeline.warehouse import Connection

Row = dict[str, Any]

_BLOCKED = ("blocked", "closed")


class Database:
    """`today`: the day as of which something is overdue; `zone`: that of the days of orders."""

    def __init__(self, connection: Connection, today: date, zone: ZoneInfo) -> None:
        self._connection = connection
        self._today = today
        self._zone = zone

    def customer(self, asked: CustomerQuestion) -> Answer:
        row = self._customer(asked.customer_id)
        also = {
            name: [model(**each) for each in self._of_customer(name, model, asked.customer_id)]
            for name, model in (("addresses", answers.Address), ("contacts", answers.Contact))
        }
        return answers.Customer(**row, **also)

    def financials(self, asked: FinancialsQuestion) -> Financials:
        customer = self._customer(asked.customer_id)
        (found,) = self._rows(queries.FINANCIALS, customer_id=asked.customer_id, today=self._today)
        known = set(found["currencies"]) | ({customer["currency"]} - {None})
        if len(known) > 1:
            raise NotSupported(
                f"Customer {asked.customer_id!r} owes in several currencies ({', '.join(sorted(known))}), which cannot"
                " be added up: see the due documents."
            )
        return financials(
            asked.customer_id,
            next(iter(known), None),
            credit_limit=customer["credit_limit"],
            balance=found["balance"],
            overdue=found["overdue"],
            committed=None,
            oldest_due_on=found["oldest_due_on"],
            blocked=customer["status"] in _BLOCKED,
        )

    def invoices(self, asked: InvoicesQuestion) -> Page[Invoice]:
        rows = self._invoices(asked.cursor, asked.since, asked.until, asked.state, customer_id=asked.customer_id)
        if not rows:
            self._customer(asked.customer_id)
        found = [Invoice(**row) for row in rows[:PAGE]]
        more = len(rows) > PAGE
        return Page(items=found, cursor=cursor_of(_iso(found[-1].issued_on), found[-1].invoice_id) if more else None)

    def invoice(self, asked: InvoiceQuestion) -> Invoice:
        rows = self._invoices(invoice_id=asked.invoice_id)
        if not rows:
            raise Unknown("invoice", asked.invoice_id)
        lines = self._rows(queries.INVOICE_LINES, invoice_id=asked.invoice_id)
        return Invoice(**rows[0], lines=[answers.InvoiceLine(**line) for line in lines])

    def orders(self, asked: OrdersQuestion) -> Page[Order]:
        rows = self._orders(asked.cursor, asked.state, customer_id=asked.customer_id)
        if not rows:
            self._customer(asked.customer_id)
        found = [Order(**row) for row in rows[:PAGE]]
        more = len(rows) > PAGE
        return Page(items=found, cursor=cursor_of(_iso(found[-1].ordered_on), found[-1].order_id) if more else None)

    def order(self, asked: OrderQuestion) -> Order:
        rows = self._orders(order_id=asked.order_id)
        if not rows:
            raise Unknown("order", asked.order_id)
        lines = self._rows(queries.ORDER_LINES, order_id=asked.order_id)
        return Order(**rows[0], lines=[answers.OrderLine(**line) for line in lines])

    def products(self, asked: ProductsQuestion) -> Products:
        if asked.customer_id is not None:
            self._customer(asked.customer_id)
        if asked.warehouse_id is not None and not self._rows(queries.IN_WAREHOUSE, warehouse_id=asked.warehouse_id):
            raise Unknown("warehouse", asked.warehouse_id)
        rows = {row["sku"]: row for row in self._rows(queries.PRODUCTS, skus=list(asked.skus))}
        skus = dict.fromkeys(asked.skus)
        known = [self._product(rows[sku], asked) for sku in skus if sku in rows]
        return Products(items=known, unknown=[sku for sku in skus if sku not in rows])

    def routes(self, asked: RoutesQuestion) -> Page[Route]:
        rows = self._rows(queries.ROUTES, customer_id=asked.customer_id)
        if not rows and asked.customer_id is not None:
            self._customer(asked.customer_id)
        return Page(items=[Route(route_id=row["route_id"], name=None, days=None, cut_off=None) for row in rows])

    def order_types(self, asked: OrderTypesQuestion) -> Page[OrderType]:
        raise NotSupported("No order types are stored.")

    def offers(self, asked: OffersQuestion) -> Offers:
        found = matched(self._connection, asked.sku)
        return ranked(asked.sku, asked.quantity, found.offers.values(), found.currency)

    def _customer(self, customer_id: str) -> Row:
        rows = self._of_customer("customers", answers.Customer, customer_id)
        if not rows:
            raise Unknown("customer", customer_id)
        return rows[0]

    def _of_customer(self, entity: str, model: type[Answer], customer_id: str) -> list[Row]:
        """The columns of the answer that the entity has."""
        definition = ENTITIES[entity]
        names = [name for name in definition.column_names if name in model.model_fields]
        query = sql.SQL("select {} from {} where customer_id = %(customer_id)s and _deleted_at is null order by {}")
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        order = sql.SQL(", ").join(map(sql.Identifier, definition.key))
        return self._rows(query.format(columns, sql.Identifier("raw", entity), order), customer_id=customer_id)

    def _product(self, row: Row, asked: ProductsQuestion) -> Product:
        """What is to come in is taken for all that will change; no price but that of the list is stored."""
        estimates, stock = [delivery_estimate(asked.quantity, self._today, [], None)], []
        for each in self._rows(queries.INVENTORY, sku=row["sku"], warehouse_id=asked.warehouse_id):
            free, on_order, eta = each["quantity_available"], each["quantity_on_order"], each["eta"]
            incoming = [answers.Incoming(quantity=on_order, on=eta)] if on_order else []
            projected = [Projected(self._today, free)]
            if on_order and eta:
                projected.append(Projected(max(eta, self._today), free + on_order))
            estimates.append(delivery_estimate(asked.quantity, self._today, projected, None))
            stock.append(
                answers.Stock(
                    warehouse_id=each["warehouse_id"], warehouse=None, on_hand=None, free=free, incoming=incoming
                )
            )
        return Product(**row, price=None, stock=stock, delivery=earliest(estimates))

    def _invoices(
        self,
        cursor: str | None = None,
        since: date | None = None,
        until: date | None = None,
        state: str | None = None,
        *,
        customer_id: str | None = None,
        invoice_id: str | None = None,
    ) -> list[Row]:
        day, key = after(cursor)
        return self._rows(
            queries.INVOICES,
            customer_id=customer_id,
            invoice_id=invoice_id,
            since=since,
            until=until,
            state=state,
            day=day,
            key=key,
            limit=PAGE + 1,
        )

    def _orders(
        self,
        cursor: str | None = None,
        state: str | None = None,
        *,
        customer_id: str | None = None,
        order_id: str | None = None,
    ) -> list[Row]:
        day, key = after(cursor)
        return self._rows(
            queries.ORDERS,
            customer_id=customer_id,
            order_id=order_id,
            state=state,
            zone=self._zone.key,
            day=day,
            key=key,
            limit=PAGE + 1,
        )

    def _rows(self, query: LiteralString | sql.Composed, **parameters: object) -> list[Row]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
