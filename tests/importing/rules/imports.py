"""Files of several entities, each named after a day of January 2025, and their outcomes."""

from dataclasses import dataclass
from typing import Any

from tests.importing.drop import COUNTS, Drop
from wiseparts_pipeline.importing.results import FileResult


@dataclass
class Imports:
    """Called with an entity, a day and the file's lines, it imports the file."""

    drop: Drop

    def __call__(
        self,
        entity: str,
        day: int,
        *lines: str,
        name: str | None = None,
        force: bool = False,
        dry_run: bool = False,
        **importer: Any,
    ) -> FileResult:
        folder = self.drop.of(entity, pattern="{date}*", **importer)
        content = "".join(f"{line}\n" for line in lines)
        return folder.imported(name or f"2025-01-{day:02}.csv", content, force=force, dry_run=dry_run)

    def empty(self) -> None:
        """Removes everything that was imported."""
        tables = self.drop.rows(
            "select schemaname, relname from pg_stat_user_tables where schemaname in ('raw', 'ops')"
        )
        self.drop.execute("".join(f"delete from {schema}.{table};" for schema, table in tables))

    def stored(self, entity: str, *columns: str, where: str = "_deleted_at is null") -> list[tuple[Any, ...]]:
        """Columns of an entity's live records, ordered by these columns."""
        return self.drop.of(entity).stored(*columns, where=where)

    def system_ids(self, entity: str) -> dict[str, str]:
        """The system_id of each external key."""
        key = self.drop.of(entity).importer.entity_definition.key[0]
        return dict(self.stored(entity, key, "system_id::text", where="true"))

    def entries(self, *columns: str, where: str = "true") -> list[tuple[Any, ...]]:
        """Columns of the entries of rejected and deferred rows, in the order in which they were written."""
        names = ", ".join(columns)
        return self.drop.rows(f"select {names} from ops.rejected_rows where {where} order by rejected_row_id")

    def log(self, *columns: str) -> list[tuple[Any, ...]]:
        """Columns of the ledger, oldest file first."""
        return self.drop.rows(f"select {', '.join(columns)} from ops.import_files order by file_id")

    def unaccounted(self) -> list[tuple[Any, ...]]:
        """The files with a row that is in no count; deferred rows are kept and reported, and no others are."""
        return self.drop.rows(
            """
            select * from ops.import_files as file where
                rows_read <> rows_created + rows_updated + rows_unchanged + rows_superseded + rows_rejected
                    + rows_waiting
                or rows_waiting <> (select count(*) from ops.waiting_rows where file_id = file.file_id)
                or rows_waiting <> (
                    select count(distinct row_number) from ops.rejected_rows
                    where file_id = file.file_id and status = 'waiting'
                )
                or (rows_rejected + rows_waiting > 0) <> (status = 'imported_with_errors')
            """
        )

    def counts(self) -> list[dict[str, int]]:
        """The counts that are not zero, by file, oldest first."""
        files = self.log(*(f"rows_{name}" for name in COUNTS))
        return [{name: count for name, count in zip(COUNTS, file, strict=True) if count} for file in files]

    def error_file(self, entity: str, name: str = "") -> str:
        """The text of an error file; without a name, that of the only one."""
        folder = self.drop.root / entity / "errors"
        (path,) = folder.glob(f"{name}*") if not name else [folder / name]
        return path.read_text()
