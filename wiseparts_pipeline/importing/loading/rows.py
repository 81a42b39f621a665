"""A file's rows in the database until they are loaded, however they came there."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa
from psycopg import sql

from wiseparts_pipeline.config.importer import Mode
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Column, Policy
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.loading.copying import CopyWriter, encode
from wiseparts_pipeline.importing.loading.other_files.snapshots import Deletion
from wiseparts_pipeline.importing.loading.references import referring_columns, reject_unknown_references
from wiseparts_pipeline.importing.loading.rules import LoadRules
from wiseparts_pipeline.importing.loading.statements import Statements, message
from wiseparts_pipeline.importing.validation.fingerprints import FINGERPRINT
from wiseparts_pipeline.importing.validation.validated import ROW_NUMBER
from wiseparts_pipeline.warehouse import Connection


@dataclass(frozen=True)
class Excluded:
    """How many rows are not to be loaded: rejected, superseded by others of the file, and unchanged.

    Unchanged are those whose record a newer file has changed, or that may not change a stored one at all; `stale`: how
    many of them would have changed something.
    """

    rejected: int
    superseded: int
    unchanged: int
    stale: int


NOTHING_EXCLUDED = Excluded(0, 0, 0, 0)


class Rows(Statements, ABC):
    """A file's rows in the database, before it is decided which of them are loaded.

    `fingerprinted`: whether the rows have fingerprints.
    """

    def __init__(
        self,
        connection: Connection,
        rules: LoadRules,
        columns: Sequence[str],
        table: sql.Identifier,
        *,
        fingerprinted: bool = False,
    ) -> None:
        super().__init__(connection, rules, columns, table)
        self.fingerprinted = fingerprinted
        self._lineage = {"_source": rules.source, "_file_id": rules.file_id}

    def create(self) -> None:
        """Creates the working tables, and locks the entity's table."""
        # The planner knows little of a table that was just filled: room for a sort or a hash, and both cores.
        self.execute("set local jit = off")
        self.execute("set local work_mem = '256MB'")
        self.execute("set local parallel_setup_cost = 0")
        self.execute("set local parallel_tuple_cost = 0")
        # It learns what it needs from a few thousand rows.
        self.execute("set local default_statistics_target = 10")
        self.lock()
        self.execute(
            "create unlogged table {faults} (row_number bigint, key text, column_name text,"
            " code text, message text, value text)"
        )

    def lock(self) -> None:
        """Locks the entity's table until the transaction ends.

        An import of records that rows may be deferred for has to end first, or it would not see those deferred now.
        """
        awaited = {self.entity.references[name].entity for name in referring_columns(self, Policy.WAIT)}
        # Every import locks in this order, so that no two block each other.
        for name in (name for name in ENTITIES if name in awaited):
            self.execute("lock table {awaited} in share mode", awaited=sql.Identifier("raw", name))
        self.execute("lock table {target} in share row exclusive mode")

    def note_snapshot_values(self) -> None:
        """Notes which values a staged file has in the columns within which it is a full snapshot."""
        scope = self.rules.scope
        if scope and scope.within:
            values = []
            if self.rules.mode is Mode.SNAPSHOT:
                query = "select distinct {value} from {table} as staged"
                values = [value for (value,) in self.fetch(query, value=scope.value("staged"))]
            self.rules = replace(self.rules, scope=scope.noted(self.connection, self.rules.file_id, values))

    @contextmanager
    def copy(self) -> Iterator[CopyWriter]:
        """Takes tables of validated rows, in any number of pieces."""
        statement = self.format("copy {table} ({columns}) from stdin", columns=self.names(self._copied))
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            yield CopyWriter(copy)

    @property
    def _copied(self) -> list[str]:
        return [ROW_NUMBER, *self.columns, *self._fingerprints]

    @property
    def _fingerprints(self) -> list[str]:
        return [FINGERPRINT] if self.fingerprinted else []

    def encode(self, rows: pa.Table) -> pa.Buffer:
        """Validated rows as `copy` takes them."""
        return encode(rows)

    def exclude(self, may_repeat: Sequence[tuple[str, ...]]) -> Excluded:
        """Takes out the rows that are not to be loaded.

        Rejected are duplicates, and rows that mean no record or several, conflict with another record, refer to a
        record that does not exist or have no place in their hierarchy. `may_repeat`: the keys that may occur twice in
        the file.
        """
        superseded = self._match(may_repeat)
        if self.rules.new_only:
            self._reject_others_records()
        reject_unknown_references(self)
        for column in self.entity.columns:
            if column.required_on_create:
                self._reject_incomplete_creations(column)
        rejected = self._remove_faulty()
        # Before the hierarchy is resolved, in which the records of these rows are as they are stored.
        unchanged, stale = self._exclude_outdated()
        self._resolve_hierarchy()
        return Excluded(rejected + self._remove_faulty(), superseded, unchanged, stale)

    def _remove_faulty(self) -> int:
        if not self.scalar("select exists (select from {faults})"):
            return 0
        return self.execute(
            "delete from {table} as staged using {faults} as fault where fault.row_number = staged.{row}"
        )

    @abstractmethod
    def _match(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        """Finds the record that each row means; resolves duplicates, and rejects rows that conflict with others.

        Returns how many rows were superseded by another of the file.
        """

    @abstractmethod
    def _resolve_hierarchy(self) -> None:
        """Finds the parent of each row of a hierarchy, and rejects the rows that cannot be where they say."""

    @abstractmethod
    def _exclude_outdated(self) -> tuple[int, int]:
        """Takes out the rows whose record a newer file has changed, or exists where only new ones may be created.

        Returns how many, and how many of them a newer file keeps from changing something.
        """

    def _reject_incomplete_creations(self, column: Column) -> None:
        """A row that creates a record needs the column; one that updates does not."""
        given = column.name in self.columns
        missing = sql.SQL("staged.{} is null").format(sql.Identifier(column.name)) if given else sql.SQL("true")
        label = self.label(column.name) if given else f"{column.name}, a column that the file does not have,"
        tree = self.entity.hierarchy
        if tree and column.name == tree.name and tree.path in self.columns:
            # The path has the name.
            missing = sql.SQL("{} and staged.{} is null").format(missing, sql.Identifier(tree.path))
        self.add_faults(
            # A row that means no record, or several, does not create one.
            "from {table} as staged where {missing} and {creates} and not exists"
            " (select from {faults} as fault where fault.row_number = staged.{row} and fault.code = any({unmatched}))",
            RowCode.MISSING_REQUIRED,
            [column.name] if given else [],
            sql.Literal(RowCode.MISSING_REQUIRED.message(label=label, needed_by="A row that creates a record")),
            column_name=column.name,
            missing=missing,
            unmatched=sql.Literal([RowCode.AMBIGUOUS_MATCH.value, RowCode.UNKNOWN_SYSTEM_ID.value]),
            creates=self.creates(),
        )

    def _reject_others_records(self) -> None:
        """Those of which another file has brought a row, also one that was deleted since or is still waiting.

        Rows with the same first column of the key belong together, such as the lines of an order.
        """
        key = self.entity.key[0]
        self.add_faults(
            """
            from {table} as staged where exists (
                select from {target} as stored
                where stored.{key} = staged.{key}
                    and coalesce(stored._created_file_id, stored._file_id) <> {file_id}
            )
            or exists (select from {waiting} as deferred where deferred.{key} = staged.{key})
            """,
            RowCode.ALREADY_THERE,
            [key],
            message(
                RowCode.ALREADY_THERE.template,
                entity=self.entity.name,
                label=self.label(key),
                value=sql.Identifier("staged", key),
            ),
            key=sql.Identifier(key),
            file_id=sql.Literal(self.rules.file_id),
        )

    @abstractmethod
    def creates(self) -> sql.Composable:
        """The condition that a row creates a record."""

    @abstractmethod
    def delete_missing(self) -> Deletion:
        """Marks the records as deleted that the file, a full snapshot, speaks for and lacks."""

    @abstractmethod
    def count_overwritten(self) -> int:
        """How many rows are to change a record that another list of the same day has brought."""

    @abstractmethod
    def load(self, count: int) -> tuple[int, int]:
        """Brings the remaining rows into the entity's table; returns how many records were created and updated.

        `count`: how many rows remain.
        """

    def collect_first_statistics(self) -> None:
        """Tells the planner about an entity's table that was just filled, long before PostgreSQL would look at it.

        Without statistics it takes most records for deleted ones, and looks through all of them for each row that
        refers to them.
        """
        deleted_at = "_deleted_at"
        if not self.fetch(
            "select from pg_stats where schemaname = 'raw' and tablename = {entity} and attname = {deleted_at}",
            entity=sql.Literal(self.entity.name),
            deleted_at=sql.Literal(deleted_at),
        ):
            columns = dict.fromkeys([*self.entity.key, *self.entity.unique, deleted_at])
            self.execute("analyze {target} ({columns})", columns=self.names(list(columns)))

    def count(self) -> int:
        """The rows that are still to be loaded."""
        return int(self.scalar("select count(*) from {table}"))

    def drop(self) -> None:
        """Drops the working tables."""
        working = "{faults}, {plan}, {gaps}, {begun}, {starts}, {parents}, {standing}, {theirs}"
        self.execute("drop table if exists " + working)
