"""Imports of orders and customers from a web shop and an ERP, and what of them is noted for exporters."""

from dataclasses import dataclass, field, replace
from typing import Any

from tests.importing.drop import Drop
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.exporting.noting import start
from wiseparts_pipeline.importing.results import FileResult
from wiseparts_pipeline.warehouse import Connection

# The columns of orders that no test here is about.
_SAME_IN_ALL = {
    "placed_at": "2026-01-14 09:32:05",
    "channel": "web",
    "quantity": "1",
    "unit_price": "5.00",
    "net_amount": "5.00",
    "currency": "EUR",
}


def exporter(entity: str = "orders", **attributes: Any) -> ExporterSettings:
    """To the ERP, of what the shop has created."""
    return ExporterSettings.model_validate(
        {"entity": entity, "to": "erp", "folder": f"Out/{entity}", "sources": ["shop"]} | attributes
    )


@dataclass
class Imports:
    """Imports files, each newer than the one before."""

    drop: Drop
    exporters: list[ExporterSettings] = field(default_factory=list)
    files: int = 0

    def __call__(self, entity: str, *lines: str, source: str = "shop", dry_run: bool = False, **importer: Any) -> Any:
        """The first line is the header."""
        self.files += 1
        drop = replace(self.drop, source_name=source, exporters=tuple(self.exporters)).of(entity, **importer)
        return drop.imported(f"{self.files:03}.csv", "".join(f"{line}\n" for line in lines), dry_run=dry_run)

    def orders(
        self, *lines: str, header: str = "order_id,line_no,status", source: str = "shop", **importer: Any
    ) -> FileResult:
        """Such as `W1,1,confirmed`."""
        columns = {name: {"constant": value} for name, value in _SAME_IN_ALL.items() if name not in header.split(",")}
        result: FileResult = self("orders", header, *lines, source=source, **{"columns": columns} | importer)
        return result

    def customers(self, *lines: str, header: str = "customer_id,name", **options: Any) -> FileResult:
        """Such as `C1,Alpha`."""
        result: FileResult = self("customers", header, *lines, **options)
        return result

    def start(self) -> None:
        """Starts the exporters, as whoever delivers does."""
        with self.connect() as connection:
            start(connection, self.exporters)

    def connect(self) -> Connection:
        return self.drop.warehouse.connect(autocommit=True)

    def noted(self, *columns: str, exporter: str = "orders") -> list[tuple[Any, ...]]:
        """Columns of the exporter's rows of ops.exports, by key and version; otherwise key, version, status, code."""
        names = ", ".join(columns or ("record_key", "version", "status", "code"))
        return self.drop.rows(
            f"select {names} from ops.exports where exporter = %s order by record_key, version", exporter
        )

    def mark(self, status: str, code: str | None = None, key: str | None = None) -> None:
        """Gives the last versions of records a status, as if they had been delivered or had failed."""
        with self.connect() as connection:
            connection.execute(
                """
                update ops.exports as version
                set status = %(status)s, code = %(code)s, attempts = 3, next_attempt_at = now() + interval '1 hour'
                where (record_key = %(key)s or %(key)s is null) and not exists (
                    select from ops.exports as later where later.exporter = version.exporter
                        and later.record_uuid = version.record_uuid and later.version > version.version
                )
                """,
                {"status": status, "code": code, "key": key},
            )
