"""Rows of ops.exports as other parts have left them."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.warehouse import Connection

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def exporter(name: str = "erp_orders", **attributes: Any) -> ExporterSettings:
    usual = {"entity": "orders", "name": name, "to": "erp", "folder": "Export", "sources": ["shop"]}
    return ExporterSettings.model_validate(usual | attributes)


def add(connection: Connection, key: str, status: str, code: str | None = None, **columns: Any) -> None:
    """An export of `erp_orders`, unless specified, that was noted at NOW."""
    row = {"exporter": "erp_orders", "entity": "orders", "record_uuid": uuid4(), "noted_at": NOW, **columns}
    row |= {"record_key": key, "status": status, "code": code}
    names, values = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    connection.execute(f"insert into ops.exports ({names}) values ({values})".encode(), row)
