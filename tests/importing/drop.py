"""What the tests of imports share: a local folder as the source, and queries of the warehouse."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.discovery.listing import Discovery, discover
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer, with_competitors
from wiseparts_pipeline.importing.results import FileResult, ImportOptions, ImportResult, Progress
from wiseparts_pipeline.transport import Transport, connect
from wiseparts_pipeline.warehouse import Warehouse

COUNTS = ("read", "created", "updated", "unchanged", "superseded", "rejected", "waiting")


@dataclass
class Drop:
    """`importer` is that of the entity under test; files go into its folder, `<root>/<entity>`."""

    root: Path
    warehouse: Warehouse
    importer: ImporterSettings = field(init=False)
    settle_seconds: int = 0
    source_name: str = "erp"
    exporters: tuple[ExporterSettings, ...] = ()

    def of(self, entity: str, **attributes: Any) -> "Drop":
        """The same drop with an importer of the entity's CSV files."""
        (self.root / entity).mkdir(exist_ok=True)
        other = replace(self)
        other.importer = ImporterSettings.model_validate(
            {"entity": entity, "source": self.source_name, "folder": entity, "pattern": "*.csv"} | attributes
        )
        return other

    @property
    def source(self) -> SourceSettings:
        return SourceSettings(
            name=self.source_name, protocol="local", root=str(self.root), settle_seconds=self.settle_seconds
        )

    @property
    def folder(self) -> Path:
        return self.root / self.importer.folder

    def put(self, name: str, content: str | bytes, modified_at: datetime | None = None) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(self.importer.file.encoding))
        if modified_at:
            os.utime(path, (modified_at.timestamp(), modified_at.timestamp()))
        return path

    def run(self, transport: Transport | None = None, progress: Progress | None = None, **options: Any) -> ImportResult:
        with transport or connect(self.source) as opened:
            importer = Importer(self.importer, self.source, (), exporters=self.exporters)
            return run_import(importer, opened, self.warehouse, ImportOptions(**options), progress)

    def imported(self, name: str, content: str | bytes, **options: Any) -> FileResult:
        """Puts a file there and imports it."""
        self.put(name, content)
        (result,) = self.run(**options).files
        return result

    def discovered(self, others: Iterable[ImporterSettings] = ()) -> Discovery:
        with connect(self.source) as transport, self.warehouse.connect(autocommit=True) as connection:
            importers = with_competitors([self.importer, *others], {"erp": self.source})
            return discover(transport, self.source, list(importers.values()), connection)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.warehouse.connect() as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()

    def execute(self, statement: str) -> None:
        with self.warehouse.connect() as connection:
            connection.execute(statement.encode())

    def stored(self, *columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """Columns of the entity's table, ordered by these columns."""
        names = ", ".join(columns)
        return self.rows(f"select {names} from raw.{self.importer.entity} where {where} order by {names}")

    def log(self) -> list[dict[str, Any]]:
        """The ledger, oldest first."""
        with self.warehouse.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute("select * from ops.import_files order by file_id").fetchall()

    def rejects(self, *columns: str) -> list[tuple[Any, ...]]:
        names = ", ".join(columns or ("row_number", "column_name", "code"))
        return self.rows(f"select {names} from ops.rejected_rows order by file_id, row_number, rejected_row_id")

    def names(self, folder: str = "") -> list[str]:
        """The names of the files in a folder below the importer's."""
        place = self.folder / folder
        return sorted(path.name for path in place.iterdir() if path.is_file()) if place.is_dir() else []


def counts(result: FileResult | Mapping[str, Any]) -> dict[str, int]:
    """The counts of a file that are not zero."""
    file = asdict(result.file) if isinstance(result, FileResult) else result
    return {name: file[f"rows_{name}"] for name in COUNTS if file[f"rows_{name}"]}


def csv(header: str, rows: Sequence[str]) -> str:
    return "\n".join([header, *rows]) + "\n"
