"""Rows that are copied straight into an entity's table that is still empty."""

from collections.abc import Sequence

import pyarrow as pa
from psycopg import sql

from wiseparts_pipeline.config.records.duplicates import Combine
from wiseparts_pipeline.entities.schema import SYSTEM_ID
from wiseparts_pipeline.importing.loading.copying import encode
from wiseparts_pipeline.importing.loading.other_files.snapshots import Deletion
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.loading.rules import LoadRules
from wiseparts_pipeline.importing.loading.statements import target_table
from wiseparts_pipeline.warehouse import Connection


class FirstLoad(Rows):
    """Rows copied directly into an entity's table that is still empty.

    A key that occurs twice ends the COPY with psycopg's UniqueViolation.
    """

    def __init__(
        self, connection: Connection, rules: LoadRules, columns: Sequence[str], *, fingerprinted: bool
    ) -> None:
        super().__init__(connection, rules, columns, target_table(rules), fingerprinted=fingerprinted)

    def is_possible(self) -> bool:
        """Whether the table is empty, and stays so, and its rows need no comparison with each other."""
        scope = self.rules.scope
        if scope and (scope.overtaken or scope.overtaken_values):
            return False
        if self.entity.hierarchy or SYSTEM_ID.name in self.columns:
            return False
        if isinstance(self.rules.duplicates, Combine):
            return False
        # An import of other records may be about to fill it with rows that were deferred for these.
        self.lock()
        return not self.scalar("select exists (select from {target})")

    @property
    def _copied(self) -> list[str]:
        return [*super()._copied, *self._lineage]

    def encode(self, rows: pa.Table) -> pa.Buffer:
        for name, value in self._lineage.items():
            rows = rows.append_column(name, pa.repeat(value, len(rows)))
        return encode(rows)

    def _match(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        return 0

    def _resolve_hierarchy(self) -> None:
        pass

    def _exclude_outdated(self) -> tuple[int, int]:
        return 0, 0

    def delete_missing(self) -> Deletion:
        return Deletion(0, 0)

    def count_overwritten(self) -> int:
        return 0

    def creates(self) -> sql.Composable:
        return sql.SQL("true")

    def load(self, count: int) -> tuple[int, int]:
        return count, 0
