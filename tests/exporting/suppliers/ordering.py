"""Requisitions that are to be ordered from suppliers, by way of a server that keeps ITscope's contract."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.connections.itscope.server import Market
from tests.exporting.records import insert
from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.exports.purchasing import TEST_SUPPLIER
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.exporting import log
from wiseparts_pipeline.exporting.delivery import Delivered, deliver
from wiseparts_pipeline.exporting.export import Export
from wiseparts_pipeline.opentrans import Document, parse, read
from wiseparts_pipeline.warehouse import Warehouse

BUYER = {
    "name": "Wise Parts",
    "street": "Pireos 7",
    "postal_code": "10551",
    "city": "Athina",
    "country_code": "GR",
    "phone": "+302101112223",
}
LINE: dict[str, Any] = {
    "requested_at": datetime(2026, 3, 1, 22, 30, 5, tzinfo=UTC),
    "status": "confirmed",
    "supplier_id": TEST_SUPPLIER,
    "supplier_sku": "123002",
    "puid": "6676919000",
    "quantity": 2,
    "unit_price": "42.90",
    "currency": "EUR",
}
SHIP_TO = {
    "ship_to_name": "Garage Alfa",
    "ship_to_street": "Ermou 12",
    "ship_to_postal_code": "10563",
    "ship_to_city": "Athina",
    "ship_to_country_code": "GR",
}
_numbers = itertools.count(1)


def connected(url: str) -> ConnectionSettings:
    given = {"base_url": url, "allow_plaintext": True, "account_id": "m1", "api_key": "key"}
    return ConnectionSettings(name="market", system="itscope", **given)


def exporting(**attributes: Any) -> ExporterSettings:
    usual = {"entity": "purchase_requisitions", "name": "ordering", "to": "market", "sources": ["erp"], "buyer": BUYER}
    accounts = {TEST_SUPPLIER: "123456", "77": "4711", "88": "4712"}
    return ExporterSettings.model_validate(usual | {"accounts": accounts} | attributes)


@dataclass
class Ordering:
    """A warehouse with requisitions, and the market at `url`."""

    warehouse: Warehouse
    market: Market
    url: str
    exporter: ExporterSettings = field(default_factory=exporting)

    def __post_init__(self) -> None:
        self.execute("insert into ops.exporters (exporter) values ('ordering')")

    def requisition(self, *lines: dict[str, Any], **columns: Any) -> str:
        """One that is to be ordered; returns its number."""
        key = f"PR-{next(_numbers)}"
        with self.warehouse.connect() as connection:
            for number, line in enumerate(lines or ({},)):
                row = {"requisition_id": key, "line_no": number + 1}
                insert(connection, "raw.purchase_requisitions", **LINE | row | columns | line)
            about = {"exporter": "ordering", "entity": "purchase_requisitions", "record_key": key}
            insert(connection, "ops.exports", **about, record_uuid=uuid4())
        return key

    @property
    def configuration(self) -> Configuration:
        return Configuration({}, {}, {"ordering": self.exporter}, {"market": connected(self.url)})

    def deliver(self, **options: Any) -> Delivered:
        return deliver(self.warehouse, self.configuration, **{"seconds": 60, **options})

    def again(self) -> Delivered:
        """As if the pauses before the next attempts were over, and nobody could be at it any more."""
        self.execute("update ops.exports set next_attempt_at = now() - interval '1 second'")
        self.execute("update ops.creations set begun_at = now() - interval '1 day'")
        return self.deliver()

    def execute(self, statement: str, *parameters: object) -> None:
        with self.warehouse.connect(autocommit=True) as connection:
            connection.execute(statement.encode(), parameters)

    def exports(self) -> list[Export]:
        with self.warehouse.connect() as connection:
            return sorted(log.latest(connection, limit=100), key=lambda export: export.export_id)

    def ordered(self) -> list[Document]:
        """The orders that the market has."""
        found = sorted(self.market.deals.items())
        transactions = [deal["order"][0]["transactionId"] for _, deal in found]
        return [read(parse(self.market.documents[each, "ORDER"])) for each in transactions]
