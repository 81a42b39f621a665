"""Orders and customers that are to be created in a real Tryton, and what is there then."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from tests.connections.tryton.running import settings
from tests.exporting.records import insert
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.delivery import Delivered, deliver
from wiseparts_pipeline.exporting.export import Export
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


@dataclass(frozen=True)
class Erp:
    """A running Tryton. `ask`: calls methods as its administrator."""

    url: str
    ask: Callable[..., Any]

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

    def connection(self, url: str | None = None) -> ConnectionSettings:
        """That of the user who creates, or over a line with this address."""
        own = {"username": USER["login"], "password": USER["password"], "requests_per_second": 10_000}
        return settings(url or self.url, **own)


@dataclass
class Creating:
    """A warehouse with orders and customers that are to be created in a Tryton."""

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
                insert(connection, "raw.orders", **LINE | row | columns | line)
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
