"""Records in raw and their exports, as the tests of what is exported need them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.exporting.content import prepare
from wiseparts_pipeline.exporting.export import Export, Status, WrittenFile
from wiseparts_pipeline.warehouse import Connection

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
RECORD_UUID = UUID("3d0f4a86-0c1f-5f0e-9a57-2b1c8f3f9d11")
LINE: dict[str, Any] = {
    "order_id": "WEB-1",
    "line_no": 1,
    "placed_at": datetime(2026, 3, 1, 22, 30, 5, tzinfo=UTC),
    "channel": "web",
    "status": "confirmed",
    "customer_id": "C1",
    "sku": "00123",
    "quantity": 2,
    "unit_price": "48.9",
    "net_amount": "97.8",
    "currency": "EUR",
}
CUSTOMER = {"system_id": RECORD_UUID, "customer_id": "C1", "name": "Garage Alfa"}


def exporter(entity: str = "orders", **attributes: Any) -> ExporterSettings:
    usual = {"entity": entity, "name": f"erp_{entity}", "to": "erp", "folder": f"Export/{entity}", "sources": ["shop"]}
    return ExporterSettings.model_validate(usual | attributes)


def export(entity: str = "orders", key: str | None = "WEB-1", **columns: Any) -> Export:
    """What ops.exports would have of a record that waits."""
    usual: dict[str, Any] = dict.fromkeys(Export.__dataclass_fields__) | {
        "export_id": 1,
        "exporter": f"erp_{entity}",
        "entity": entity,
        "record_uuid": RECORD_UUID,
        "record_key": key,
        "version": 1,
        "status": Status.WAITING,
        "attempts": 0,
        "next_attempt_at": NOW,
        "noted_at": NOW,
        "files": [],
    }
    return Export(**usual | columns)


def insert(connection: Connection, table: str, **row: Any) -> None:
    """Adds a row to a table of raw or ops; one of raw with lineage of file 1."""
    if table.partition(".")[2] in ENTITIES:
        row = {"_source": "shop", "_file_id": 1, "_row_number": 1, **row}
    names, values = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    connection.execute(f"insert into {table} ({names}) values ({values})".encode(), row)


def line(connection: Connection, **columns: Any) -> None:
    insert(connection, "raw.orders", **LINE | columns)


def texts(files: Iterable[WrittenFile], encoding: str = "utf-8") -> dict[str, list[str]]:
    """By the first part of a file's name, its rows."""
    return {
        file.name.partition(f"_{RECORD_UUID}")[0]: file.content.decode(encoding).split("\r\n")[:-1] for file in files
    }


def order(connection: Connection, **attributes: Any) -> dict[str, list[str]]:
    """The rows of the files that the order WEB-1 becomes."""
    return texts(prepare(connection, exporter(**attributes), export()))


def lines_with(**columns: Any) -> dict[str, Any]:
    return {"files": {"order_data": {"columns": {"Ref": "uuid"}}, "lines": {"rows": "line", "columns": columns}}}
