"""Rows in a staging table: compared with the stored records, which are then inserted, updated and deleted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import sql

from wiseparts_pipeline.config.importer import Mode
from wiseparts_pipeline.config.records.duplicates import Combine
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Type
from wiseparts_pipeline.importing.loading.copying import CopyWriter, encode
from wiseparts_pipeline.importing.loading.hierarchy.staged_rows import (
    cascade_changes,
    renamed_keys,
    resolve_hierarchy,
)
from wiseparts_pipeline.importing.loading.matching.parts import forget_rejected_parts
from wiseparts_pipeline.importing.loading.matching.records import match
from wiseparts_pipeline.importing.loading.other_files.missing_records import delete_missing
from wiseparts_pipeline.importing.loading.other_files.snapshots import Deletion
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.loading.rules import LoadRules
from wiseparts_pipeline.importing.loading.statements import KEEPS_CREATOR, RECORD, staging_prefix
from wiseparts_pipeline.importing.validation.fingerprints import FINGERPRINT, as_uuids
from wiseparts_pipeline.importing.validation.validated import CORRECTS, PART, ROW_NUMBER
from wiseparts_pipeline.warehouse import Connection


class Staging(Rows):
    """Rows in a staging table of their own. `has_standing`: those that stand already are in `{standing}` instead."""

    def __init__(
        self, connection: Connection, rules: LoadRules, columns: Sequence[str], *, fingerprinted: bool = False
    ) -> None:
        table = sql.Identifier("ops", staging_prefix(connection))
        super().__init__(connection, rules, columns, table, fingerprinted=fingerprinted)
        self.has_standing = False

    def create(self) -> None:
        super().create()
        types = [*((name, "bigint") for name in self._numbers), *((n, self.entity[n].type.sql) for n in self.columns)]
        types += [(name, Type.UUID.sql) for name in self._fingerprints]
        self.execute(
            "create unlogged table {table} ({columns}) with (autovacuum_enabled = false)",
            columns=sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in types
            ),
        )

    @property
    def _numbers(self) -> list[str]:
        corrects = [] if self.rules.corrects is None else [CORRECTS]
        return [ROW_NUMBER, *corrects, *([PART] if self._combines else [])]

    @property
    def _combines(self) -> bool:
        return isinstance(self.rules.duplicates, Combine)

    @property
    def _copied(self) -> list[str]:
        return [*self._numbers, *self.columns, *self._fingerprints]

    def note_standing(self, fingerprints: np.ndarray) -> None:
        """Notes the fingerprints of the rows that stand already, for `delete_missing`."""
        self.execute("create unlogged table {standing} (fingerprint uuid)")
        statement = self.format("copy {standing} from stdin")
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            present = np.ones(len(fingerprints), dtype=bool)
            CopyWriter(copy).write(encode(pa.table({FINGERPRINT: as_uuids(fingerprints, present)})))
        self.has_standing = True

    @contextmanager
    def copy(self) -> Iterator[CopyWriter]:
        with super().copy() as writer:
            yield writer
        self.collect_statistics()

    def collect_statistics(self) -> None:
        """Without them the planner would not know that a key is rare, and hash all of the entity's table instead."""
        if key := [name for name in self.entity.key if name in self.columns]:
            self.execute("analyze {table} ({key})", key=self.names(key))

    def _remove_faulty(self) -> int:
        if self.sequence is not None and self.rules.corrects is None:
            self.execute(
                """
                insert into {gaps} (row_number, key, number)
                select staged.{row}, staged.{within}::text, staged.{column} from {table} as staged
                where exists (select from {faults} as fault where fault.row_number = staged.{row})
                """,
                column=sql.Identifier(self.sequence[0]),
                within=sql.Identifier(self.sequence[1]),
            )
        if self._combines:
            forget_rejected_parts(self)
        return super()._remove_faulty()

    def _match(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        return match(self, may_repeat)

    def _resolve_hierarchy(self) -> None:
        resolve_hierarchy(self)

    def creates(self) -> sql.Composable:
        if self.has_record:
            return sql.SQL("staged.{} is null").format(sql.Identifier(RECORD))
        return self.format("not exists (select from {target} as stored where {same})", same=self.same_record())

    def _exclude_outdated(self) -> tuple[int, int]:
        if self.rules.mode is Mode.APPEND:
            return self.execute("delete from {table} as staged where not ({creates})", creates=self.creates()), 0
        if not self.rules.newer:
            return 0, 0
        scope = self.rules.scope
        unchanged, stale = self.counts(
            """
            with differing as (
                select staged.{row} as row_number, {differs} as differs
                from {table} as staged join {target} as stored on {same}
                where stored._file_id = any({newer})
            ),
            taken_out as (
                delete from {table} as staged using differing where differing.row_number = staged.{row}
            )
            select count(*), count(*) filter (where differs) from differing
            """,
            differs=self._differs(),
            same=self.same_record(),
            newer=sql.Literal(list(self.rules.newer)),
        )
        if scope and (scope.overtaken or scope.overtaken_values):
            # A record that is not stored is not among those that a newer full snapshot has.
            gone = self.execute(
                "delete from {table} as staged where {creates} and {overtaken}",
                creates=self.creates(),
                overtaken=scope.is_overtaken("staged"),
            )
            unchanged, stale = unchanged + gone, stale + gone
        return unchanged, stale

    def delete_missing(self) -> Deletion:
        return delete_missing(self, has_standing=self.has_standing)

    def count_overwritten(self) -> int:
        if not self.rules.scope or not self.rules.scope.rivals:
            return 0
        return self.scalar(
            "select count(*) from {table} as staged join {target} as stored on {same}"
            " where stored._file_id = any({rivals}) and {differs}",
            same=self.same_record(),
            rivals=sql.Literal(list(self.rules.scope.rivals)),
            differs=self._differs(),
        )

    def load_new(self, count: int) -> int | None:
        """Inserts the rows as they are, without a look at the stored records.

        Returns `count`, how many rows there are; None, with nothing inserted, where they have to be compared, as one of
        them means a stored record.
        """
        entity = self.entity
        needed = any(column.required_on_create for column in entity.columns)
        if entity.master or entity.hierarchy or entity.unique or needed:
            return None
        try:
            with self.connection.transaction():
                self._insert("")
        except psycopg.errors.UniqueViolation:
            return None
        return count

    def load(self, count: int) -> tuple[int, int]:
        self.execute(
            """
            create unlogged table {plan} as
            select staged.ctid as staged, stored.ctid as stored
            from {table} as staged left join {target} as stored on {same}
            where stored._file_id is null or {changes}
            """,
            same=self.same_record(),
            changes=self._differs(),
        )
        new, changed = self.counts("select count(*) - count(stored), count(stored) from {plan}")
        if not new:
            created = 0
        elif new == count:
            created = self._insert("")
        else:
            created = self._insert(
                "join {plan} as plan on plan.staged = staged.ctid where plan.stored is null",
            )
        tree = self.entity.hierarchy
        renamed = renamed_keys(self) if tree else []
        updated = self._update() if changed else 0
        if tree and (created or updated):
            cascade_changes(self, tree, renamed)
        if self.fingerprinted and count > created + updated:
            self._refresh_fingerprints()
        return created, updated

    def _refresh_fingerprints(self) -> None:
        """Gives records that the file did not change its rows' fingerprints, where the importer has brought them.

        Theirs are of other settings or an earlier version, or they have none yet.
        """
        self.execute(
            """
            update {target} as stored set _fingerprint = staged._fingerprint from {table} as staged
            where {same} and staged._fingerprint is not null
                and stored._fingerprint is distinct from staged._fingerprint
                and stored._file_id in (select file_id from ops.import_files where importer = {importer})
            """,
            same=self.same_record(),
            importer=sql.Literal(self.rules.importer),
        )

    def _insert(self, restriction: str) -> int:
        columns = [name for name in self.columns if name != SYSTEM_ID.name]
        return self.execute(
            """
            insert into {target}
                ({columns}, _source, _file_id, _row_number, _created_at, _updated_at, _fingerprint)
            select {staged}, {source}, {file_id}, staged.{row}, {moment}, {moment}, {fingerprint}
            from {table} as staged {restriction}
            """,
            fingerprint=self._fingerprint,
            restriction=self.format(restriction),
            columns=self.names(columns),
            staged=self.names(columns, "staged"),
            source=sql.Literal(self._lineage["_source"]),
            file_id=sql.Literal(self._lineage["_file_id"]),
        )

    def _update(self) -> int:
        assignments = [
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier("staged", name)) for name in self._changeable
        ]
        return self.execute(
            """
            update {target} as stored
            set {assignments} _source = {source}, _file_id = {file_id}, _row_number = staged.{row},
                _updated_at = {moment}, _deleted_at = null, _fingerprint = {fingerprint}, {created_by}
            from {plan} as plan join {table} as staged on staged.ctid = plan.staged
            where stored.ctid = plan.stored
            """,
            assignments=sql.SQL("").join(sql.SQL("{}, ").format(assignment) for assignment in assignments),
            source=sql.Literal(self._lineage["_source"]),
            file_id=sql.Literal(self._lineage["_file_id"]),
            fingerprint=self._fingerprint,
            created_by=KEEPS_CREATOR,
        )

    @property
    def _fingerprint(self) -> sql.Composable:
        return sql.Identifier("staged", FINGERPRINT) if self.fingerprinted else sql.SQL("null::uuid")

    @property
    def _changeable(self) -> list[str]:
        """The columns that a row may change in a stored record."""
        fixed = {SYSTEM_ID.name}
        if not self.has_record:
            fixed |= set(self.entity.key)
        return [name for name in self.columns if name not in fixed]

    def _differs(self) -> sql.Composable:
        parts = [sql.SQL("stored._deleted_at is not null")] + [
            sql.SQL("stored.{} is distinct from staged.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in self._changeable
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(parts))

    def drop(self) -> None:
        super().drop()
        self.execute("drop table if exists {table}")
