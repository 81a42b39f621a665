"""Imports files with a ready configuration, from a local folder instead of its server."""

import os
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.configurations.examples import CONFIGURATIONS
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import Configuration, load_configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.warehouse import Warehouse

# All files have the same modification time, so that their names determine the order.
_MODIFIED = 1_726_650_000


def named_server() -> AbstractContextManager[object]:
    """Sets the variables of a server that does not exist, so that a configuration can be loaded."""
    return patch.dict(os.environ, {f"ERP_SFTP_{name}": "unused" for name in ("HOST", "USER", "KEY", "KNOWN_HOSTS")})


def load(folder: Path) -> Configuration:
    """A configuration whose server does not exist."""
    with named_server():
        return load_configuration(folder)


@dataclass(frozen=True)
class Harness:
    """A ready configuration with a warehouse; `root`: the folder that stands in for its server."""

    name: str
    warehouse: Warehouse
    root: Path

    @property
    def configuration(self) -> Configuration:
        return load(CONFIGURATIONS / self.name)

    def drop_example(self) -> None:
        """Copy the example files to their folders."""
        shutil.copytree(CONFIGURATIONS / self.name / "example", self.root, dirs_exist_ok=True)
        for file in filter(Path.is_file, self.root.rglob("*")):
            os.utime(file, (_MODIFIED, _MODIFIED))

    def put(self, path: str, content: bytes) -> None:
        """Write a file to a folder of the server."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (_MODIFIED, _MODIFIED))

    def import_all(self) -> None:
        """Import the dropped files, referenced entities first."""
        importers = self.configuration.importers.values()
        for importer in sorted(importers, key=lambda importer: list(ENTITIES).index(importer.entity)):
            self.run_as(importer)

    def run(self, name: str) -> None:
        """Run one importer of the configuration."""
        self.run_as(self.configuration.importer(name))

    def run_as(self, importer: ImporterSettings) -> None:
        """Run an importer with these settings."""
        (self.root / importer.folder).mkdir(parents=True, exist_ok=True)
        source = SourceSettings(name=importer.source, protocol="local", root=str(self.root), settle_seconds=0)
        with connect(source) as transport:
            result = run_import(Importer(importer, source, ()), transport, self.warehouse)
        assert result.problems == []

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.warehouse.connect() as connection:
            return connection.execute(query.encode()).fetchall()

    def counts(self) -> dict[str, dict[str, int]]:
        """The row counts of each importer that are not zero."""
        names = ("created", "updated", "unchanged", "superseded", "rejected", "waiting")
        sums = ", ".join(f"sum(rows_{name})::int" for name in names)
        rows = self.rows(f"select importer, {sums} from ops.import_files group by importer")
        return {
            importer: {name: count for name, count in zip(names, found, strict=True) if count}
            for importer, *found in rows
        }

    def rejected(self) -> list[tuple[str, int, str, str]]:
        """Importer, row, column and code of every rejected row, in this order."""
        return self.rows(
            """
            select file.importer, entry.row_number, entry.column_name, entry.code
            from ops.rejected_rows as entry join ops.import_files as file using (file_id)
            order by 1, 2, 3
            """
        )
