"""Imports the files of a real data set as its YAML says, builds marts from them, and accounts for every row."""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.dbt.building import Dbt
from wiseparts_pipeline.config.loader import Configuration, load_configuration
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.home import PROJECT
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.results import ImportOptions, ImportResult
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.warehouse import Warehouse

DATA = Path(os.environ.get("WISEPARTS_REAL_DATA") or PROJECT.parent / "shared" / "data")
PAGE = PROJECT / "docs" / "real_data.md"

# All files have the same modification time, so that their names determine the order.
_MODIFIED = 1_400_000_000


@dataclass(frozen=True)
class Harness:
    """The warehouse of one data set. `files`: the root of its source. `defs`: the folder of its configuration."""

    warehouse: Warehouse
    files: Path
    dbt: Dbt
    data_set: str
    defs: str = "defs"

    @property
    def configuration(self) -> Configuration:
        return load_configuration(Path(__file__).parent / self.data_set / self.defs)

    def drop(self, folder: str, paths: Iterable[Path]) -> None:
        """Copy files to a folder of the source."""
        (self.files / folder).mkdir(exist_ok=True)
        for path in paths:
            copy = shutil.copyfile(path, self.files / folder / path.name)
            os.utime(copy, (_MODIFIED, _MODIFIED))

    def import_all(self) -> None:
        """Import the dropped files, referenced entities first."""
        configuration = self.configuration
        for entity in ENTITIES:
            for importer in configuration.importers.values():
                if importer.entity == entity:
                    self.run(importer.name)

    def run(self, name: str, options: ImportOptions | None = None) -> ImportResult:
        """Run one importer."""
        importer = self.configuration.importer(name)
        source = self.configuration.source_of(importer)
        with connect(source) as transport:
            return run_import(Importer(importer, source, ()), transport, self.warehouse, options or ImportOptions())

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.warehouse.connect() as connection:
            return connection.execute(statement.encode()).fetchall()

    def rejected(self) -> list[tuple[str, int, str, str]]:
        """File, row, column and code of every rejected row, in this order."""
        return self.query(
            """
            select file.name, row.row_number, row.column_name, row.code
            from ops.rejected_rows as row join ops.import_files as file using (file_id)
            order by file.file_date, file.name, row.row_number, row.column_name
            """
        )

    def assert_accounted_for(self, rows: Mapping[str, int]) -> None:
        """Every file (`rows`: records by file name) was read completely, and each row has exactly one outcome."""
        files = self.query(
            """
            select name, rows_read, rows_created + rows_updated + rows_unchanged + rows_superseded
                + rows_rejected + rows_waiting, rows_rejected, status, archived_to
            from ops.import_files
            """
        )
        assert {name: read for name, read, *_ in files} == rows
        assert [name for name, read, accounted_for, *_ in files if read != accounted_for] == []
        rejects: dict[str, set[int]] = {}
        for name, row_number, _, _ in self.rejected():
            rejects.setdefault(name, set()).add(row_number)
        assert {name: rejected for name, _, _, rejected, *_ in files if rejected} == {
            name: len(numbers) for name, numbers in rejects.items()
        }
        assert {status for *_, status, _ in files} <= {"imported", "imported_with_errors"}
        assert all(archived.endswith(f"/processed/{name}") for name, *_, archived in files)

    def assert_page_shows(self, facts: Mapping[str, str]) -> None:
        """The page in docs has the figures of this import, and each fact (`facts`: SQL expressions by name)."""
        expected = "\n".join([*_counts(self), *_rejects(self), *_facts(self, facts)])
        assert expected in PAGE.read_text(encoding="utf-8"), f"{PAGE.name} should contain:\n\n{expected}"


def _counts(harness: Harness) -> list[str]:
    rows = harness.query(
        """
        select importer, count(*), sum(rows_read), sum(rows_created), sum(rows_updated), sum(rows_unchanged),
            sum(rows_rejected), (
                select sum(value::int) from ops.import_files as warned, json_each_text(warned.warnings::json) as warning
                where warned.importer = file.importer and warning.key = 'unknown_reference'
            )
        from ops.import_files as file group by importer order by min(started_at)
        """
    )
    return [
        "| importer | files | rows | created | updated | unchanged | rejected | references to unknown records |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *(_line(f"`{importer}`", *(f"{count or 0:,}" for count in counts)) for importer, *counts in rows),
    ]


def _rejects(harness: Harness) -> list[str]:
    rows = harness.query(
        """
        select distinct on (importer, code, column_name) importer, code, column_name,
            count(*) over (partition by importer, code, column_name), name, row_number, message
        from ops.rejected_rows join ops.import_files using (file_id)
        order by importer, code, column_name, file_date, name, row_number
        """
    )
    if not rows:
        return ["", "No row was rejected."]
    return [
        "",
        "| importer | code | column | rows | the first of them |",
        "|---|---|---|--:|---|",
        *(
            _line(f"`{importer}`", f"`{code}`", f"`{column}`", f"{count:,}", f"`{name}` row {row_number:,}: {message}")
            for importer, code, column, count, name, row_number, message in rows
        ),
    ]


def _facts(harness: Harness, facts: Mapping[str, str]) -> list[str]:
    return [
        "",
        "| what was loaded | |",
        "|---|--:|",
        *(_line(name, f"{harness.query(f'select {number}')[0][0]:,}") for name, number in facts.items()),
    ]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
