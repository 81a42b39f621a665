"""Orders and customers that are to be created in a real Tryton or Odoo, and what is there then."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID, uuid4

from tests.connections.odoo import running as odoo
from tests.connections.odoo.fill import Filling
from tests.connections.tryton import running as tryton
from tests.exporting.records import insert
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.delivery import Delivered, deliver
from wiseparts_pipeline.exporting.export import Export, Status
from wiseparts_pipeline.warehouse import Warehouse

USER = {"name": "WiseParts", "login": "wiseparts", "password": "push-password"}
LINE: dict[str, Any] = {
    "placed_at": datetime(2026, 3, 1, 22, 30, 5, tzinfo=UTC),
    "channel": "web",
    "status": "confirmed",
    "customer_id": "C0002",
    "sku": "BP-1002",
    "quantity": 2,
    "unit_price": "42.90",
    "net_amount": "85.80",
    "currency": "EUR",
}
_numbers = itertools.count(1)


class Erp(ABC):
    """A running system.

    `model`: of orders; `creation`: what a request has that creates one. `quoted`, `confirmed`: the states of one.
    `reader`: a user who may not create any, with the password `reader-password`.
    """

    system: str
    model: str
    creation: str
    quoted: str
    confirmed: str
    reader: str
    # What differs from LINE, so that prices here and there are the same.
    line: ClassVar[dict[str, Any]] = {}
    url: str

    @abstractmethod
    def sales(self, reference: str, *fields: str) -> list[dict[str, Any]]:
        """The orders there that have our number, each with its `number`, its `state`, and the fields."""

    def connection(self, url: str | None = None) -> ConnectionSettings:
        """That of the user who creates, or over a line with this address."""
        return connection_to(self.system, url or self.url)


@dataclass(frozen=True)
class Tryton(Erp):
    """A running Tryton. `ask`: calls methods as its administrator."""

    url: str
    ask: Callable[..., Any]
    system = "tryton"
    model = "sale.sale"
    creation = "model.sale.sale.create"
    quoted, confirmed = "quotation", "processing"
    reader = "reader"

    def find(self, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask(
            f"model.{model}.search_read", domain, 0, None, [["id", "ASC"]], list(fields)
        )
        return found

    def sales(self, reference: str, *fields: str) -> list[dict[str, Any]]:
        return self.find("sale.sale", [["reference", "=", reference]], "number", "state", *fields)

    def set_credit_limit(self, code: str, amount: str) -> None:
        (party,) = self.find("party.party", [["code", "=", code]])
        limit = {"credit_limit_amount": {"__class__": "Decimal", "decimal": amount}}
        self.ask("model.party.party.write", [int(party["id"])], limit)


class Odoo(Erp):
    """A running Odoo. `admin`: makes and changes its records."""

    system = "odoo"
    model = "sale.order"
    creation = '"sale.order","create"'
    quoted, confirmed = "draft", "sale"
    reader = "clerk"
    line: ClassVar[dict[str, Any]] = {"customer_id": "C0001", "unit_price": "41.90", "net_amount": "83.80"}

    def __init__(self, url: str) -> None:
        self.url = url
        self.admin = Filling(url)
        own = ("base.group_user", "base.group_partner_manager", "sales_team.group_sale_salesman_all_leads")
        add_user(self.admin, USER, own)

    def sales(self, reference: str, *fields: str) -> list[dict[str, Any]]:
        own = [["client_order_ref", "=", reference]]
        found = self.admin.call("sale.order", "search_read", own, ["name", "state", *fields])
        return [{**each, "number": each["name"]} for each in sorted(found, key=lambda each: int(each["id"]))]

    def one_price_list(self, code: str) -> int:
        """The number of the customer's price list."""
        customer = self.admin.one("res.partner", ["ref", "=", code])
        number: int = self.admin.value("res.partner", customer, "property_product_pricelist")[0]
        return number


def add_user(admin: Filling, user: dict[str, str], groups: Iterable[str]) -> None:
    """A user of Odoo with these groups only."""
    numbers = [admin.named(*group.split(".")) for group in groups]
    admin.new("res.users", {**user, "email": f"{user['login']}@example.org", "groups_id": [[6, 0, numbers]]})


def connection_to(system: str, url: str) -> ConnectionSettings:
    """The connection to a system at this address, of the user who creates."""
    own = {"username": USER["login"], "password": USER["password"], "requests_per_second": 10_000}
    return odoo.settings(url, **own) if system == "odoo" else tryton.settings(url, **own)


@dataclass
class Creating:
    """A warehouse with orders and customers that are to be created in a system."""

    warehouse: Warehouse
    erp: Erp
    line: str | None = None
    exporters: dict[str, ExporterSettings] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.exporter("orders", confirm=True)

    def exporter(self, entity: str, **attributes: Any) -> None:
        usual = {"entity": entity, "name": f"erp_{entity}", "to": "erp", "sources": ["shop"]}
        self.exporters[f"erp_{entity}"] = ExporterSettings.model_validate(usual | attributes)
        self.execute("insert into ops.exporters (exporter) values (%s) on conflict do nothing", f"erp_{entity}")

    def order(self, key: str | None = None, *lines: dict[str, Any], **columns: Any) -> str:
        """An order that is to be created; returns its number, which no other test has."""
        key = key or f"WEB-{next(_numbers)}"
        with self.warehouse.connect() as connection:
            for number, line in enumerate(lines or ({},)):
                row = {"order_id": key, "line_no": number + 1}
                insert(connection, "raw.orders", **LINE | self.erp.line | row | columns | line)
        self.note("orders", key)
        return key

    def customer(self, key: str, **columns: Any) -> None:
        system_id = uuid4()
        with self.warehouse.connect() as connection:
            insert(connection, "raw.customers", customer_id=key, system_id=system_id, **columns)
        self.note("customers", key, system_id)

    def address(self, key: str, customer: str, **columns: Any) -> None:
        with self.warehouse.connect() as connection:
            insert(connection, "raw.addresses", address_id=key, system_id=uuid4(), customer_id=customer, **columns)

    def held_alone(self, **columns: Any) -> Export:
        """An order with these columns, which cannot be created, after it was delivered together with one that can."""
        key, good = self.order(**columns), self.order()
        self.deliver()
        held, delivered = self.exports()
        assert (held.status, delivered.status) == (Status.HELD, Status.DELIVERED)
        assert (self.erp.sales(key), len(self.erp.sales(good))) == ([], 1)
        return held

    def deliver_new_customer(self) -> None:
        """Delivers the order WEB-NEW of a customer W0001 that is new, with two addresses."""
        self.exporter("customers")
        self.exporter("orders", confirm=True, after="erp_customers")
        self.order("WEB-NEW", customer_id="W0001", ship_to_address_id="B2")
        place = {"street": "Ermou 12", "city": "Athina", "postal_code": "10563", "country_code": "GR"}
        reached = {"email": "a@example.org", "phone": "+302101112223"}
        self.customer("W0001", name="Garage Alfa", tax_id="094014201", **reached, **place)
        self.address("B1", "W0001", kind="billing", **place)
        self.address("B2", "W0001", kind="shipping", street="Dock 9", city="Patra", name="Depot")
        self.deliver()
        assert [(each.status, each.external_id is not None) for each in self.exports()] == [
            (Status.DELIVERED, True)
        ] * 2

    def note(self, entity: str, key: str, record_uuid: UUID | None = None, **columns: Any) -> None:
        row = {"entity": entity, "record_key": key, "record_uuid": record_uuid or uuid4()}
        with self.warehouse.connect() as connection:
            insert(connection, "ops.exports", **row, exporter=f"erp_{entity}", **columns)

    @property
    def configuration(self) -> Configuration:
        return Configuration({}, {}, self.exporters, {"erp": self.erp.connection(self.line)})

    def deliver(self, **options: Any) -> Delivered:
        return deliver(self.warehouse, self.configuration, **{"seconds": 60, **options})

    def again(self, **options: Any) -> Delivered:
        """As if the pauses before the next attempts were over."""
        self.execute("update ops.exports set next_attempt_at = now() - interval '1 second'")
        return self.deliver(**options)

    def execute(self, statement: str, *parameters: object) -> None:
        with self.warehouse.connect(autocommit=True) as connection:
            connection.execute(statement.encode(), parameters)

    def exports(self) -> list[Export]:
        with self.warehouse.connect() as connection:
            return sorted(log.latest(connection, limit=10_000), key=lambda export: export.export_id)

    def statuses(self) -> list[str]:
        return [f"{export.status} {export.code or ''}".strip() for export in self.exports()]


def amount(value: dict[str, str]) -> Decimal:
    return Decimal(value["decimal"])
