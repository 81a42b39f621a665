"""Loads one file's good rows: COPY, reject what only the database can tell, insert and update.

All of it happens in the caller's transaction, under a lock on the entity's table. Rows go through a staging table;
into a table that is still empty they are copied directly, as there is nothing to compare them with.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
from psycopg import sql

from wiseparts_pipeline.entities.schema import Column, Entity, Policy
from wiseparts_pipeline.importing.codes import RowCode, WarningCode
from wiseparts_pipeline.importing.copying import CopyWriter, encode
from wiseparts_pipeline.importing.ledger import Connection
from wiseparts_pipeline.importing.settings import Duplicates, ImporterSettings

_ROW = "_row_number"


@dataclass(frozen=True)
class DatabaseFault:
    """What is wrong with a staged row, as only the database can tell."""

    row_number: int
    key: str | None
    column: str
    code: RowCode
    message: str
    value: str | None


class Rows(ABC):
    """A file's rows in the database before it is decided which of them stay; `{table}` has their values and numbers."""

    def __init__(
        self, connection: Connection, importer: ImporterSettings, columns: Sequence[str], file_id: int
    ) -> None:
        self._connection = connection
        self._importer = importer
        self._entity: Entity = importer.entity_definition
        self._columns = list(columns)
        self._lineage = {"_source": importer.source, "_file_id": file_id}
        self._target = sql.Identifier("raw", self._entity.name)
        self._table = self._target
        # Not by the file: in a dry run it has no number yet.
        self._name = f"staging_{connection.info.backend_pid}"
        self._faults, self._plan, self._gaps = (
            sql.Identifier("ops", f"{self._name}_{what}") for what in ("faults", "plan", "gaps")
        )

    def create(self) -> None:
        """Locks the entity's table and makes the tables that are needed on the way."""
        # The planner knows little of a table that was just filled: room for a sort or a hash, and both cores.
        self._execute("set local jit = off")
        self._execute("set local work_mem = '256MB'")
        self._execute("set local parallel_setup_cost = 0")
        self._execute("set local parallel_tuple_cost = 0")
        self._execute("lock table {target} in share row exclusive mode")
        self._execute(
            "create unlogged table {faults} (row_number bigint, key text, column_name text,"
            " code text, message text, value text)"
        )

    @contextmanager
    def copy(self) -> Iterator[CopyWriter]:
        """Takes tables of validated rows, in any number of pieces."""
        statement = self._format("copy {table} ({columns}) from stdin (format csv)", columns=self._names(self._copied))
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            yield CopyWriter(copy)

    @property
    def _copied(self) -> list[str]:
        return [_ROW, *self._columns]

    def encode(self, rows: pa.Table) -> pa.Buffer:
        """Validated rows as `copy` takes them."""
        return encode(rows)

    def reject_and_supersede(self, may_repeat: Sequence[tuple[str, ...]]) -> tuple[int, int]:
        """Sets apart rows that are duplicates, refer to nothing, or conflict; returns how many: rejected, superseded.

        `may_repeat`: the keys that may come twice in the file.
        """
        superseded = self._settle_duplicates(may_repeat)
        for name in self._referring(Policy.REJECT):
            self._reject_unknown_reference(name)
        for column in self._entity.columns:
            if column.required_on_create:
                self._reject_incomplete_creations(column)
        rejected = 0
        if self._scalar("select exists (select from {faults})"):
            rejected = self._execute(
                "delete from {table} as staged using {faults} as fault where fault.row_number = staged.{row}"
            )
        return rejected, superseded

    @abstractmethod
    def _settle_duplicates(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        """Rejects or supersedes rows of the same key, and rejects those in conflict with stored ones."""

    @abstractmethod
    def _creates(self) -> sql.Composable:
        """The condition that a row makes a new record."""

    @abstractmethod
    def load(self) -> tuple[int, int]:
        """Brings the rows that are left into the entity's table; returns how many were created and updated."""

    def _referring(self, policy: Policy) -> list[str]:
        return [
            name for name in self._entity.references if name in self._columns and self._importer.policy(name) is policy
        ]

    def _reject_unknown_reference(self, name: str) -> None:
        reference = self._entity.references[name]
        self._add_faults(
            "from {table} as staged where staged.{column} is not null and not exists"
            " (select from {other} as other where other.{referenced} = staged.{column} and other._deleted_at is null)",
            RowCode.UNKNOWN_REFERENCE,
            [name],
            sql.SQL("'There is no record of {} with {} ' || {} || '. Send it first, then this row again.'").format(
                sql.SQL(reference.entity),
                sql.SQL(reference.column),
                sql.SQL("staged.{}").format(sql.Identifier(name)),
            ),
            column=sql.Identifier(name),
            other=sql.Identifier("raw", reference.entity),
            referenced=sql.Identifier(reference.column),
        )

    def _reject_incomplete_creations(self, column: Column) -> None:
        """A row that creates a record needs the column; one that updates does not."""
        given = column.name in self._columns
        self._add_faults(
            "from {table} as staged where {missing} and {creates}",
            RowCode.MISSING_REQUIRED,
            [column.name] if given else [],
            sql.Literal(f"{column.name} is empty. A row that creates a record needs it."),
            column_name=column.name,
            missing=sql.SQL("staged.{} is null").format(sql.Identifier(column.name)) if given else sql.SQL("true"),
            creates=self._creates(),
        )

    def _add_faults(
        self,
        from_: str,
        code: RowCode,
        value_columns: Sequence[str],
        message: sql.Composable,
        column_name: str | None = None,
        **parts: sql.Composable,
    ) -> None:
        key = [name for name in self._entity.key if name in self._columns]
        self._execute(
            "insert into {faults} select staged.{row}, {key_text}, {column_name}, {code}, {message}, {value} " + from_,
            key_text=self._joined(key, "/"),
            column_name=sql.Literal(column_name or ", ".join(value_columns)),
            code=sql.Literal(code.value),
            message=message,
            value=self._joined(value_columns, "/") if value_columns else sql.SQL("null"),
            **parts,
        )

    def faults(self) -> Iterator[DatabaseFault]:
        """The faults of this file's rows, in file order."""
        with self._connection.cursor(name="faults") as cursor:
            cursor.execute(self._format("select * from {faults} order by row_number"))
            for row, key, column, code, message, value in cursor:
                yield DatabaseFault(row, key, column, RowCode(code), message, value)

    def count(self) -> int:
        """The rows that are still to be loaded."""
        return int(self._scalar("select count(*) from {table}"))

    def warnings(self) -> Counter[str]:
        """Counts the values that refer to nothing where that is allowed."""
        counts: Counter[str] = Counter()
        names = self._referring(Policy.WARN)
        if not names:
            return counts
        joins, sums = [], []
        for index, name in enumerate(names):
            reference = self._entity.references[name]
            other = sql.Identifier(f"other_{index}")
            column = sql.Identifier(name)
            joins.append(
                sql.SQL("left join {} as {} on {}.{} = staged.{} and {}._deleted_at is null").format(
                    sql.Identifier("raw", reference.entity),
                    other,
                    other,
                    sql.Identifier(reference.column),
                    column,
                    other,
                )
            )
            sums.append(
                sql.SQL("count(*) filter (where staged.{} is not null and {}.{} is null)").format(
                    column, other, sql.Identifier(reference.column)
                )
            )
        row = self._connection.execute(
            self._format(
                "select {sums} from {table} as staged {joins}",
                sums=sql.SQL(" + ").join(sums),
                joins=sql.SQL(" ").join(joins),
            )
        ).fetchone()
        assert row is not None
        if row[0]:
            counts[WarningCode.UNKNOWN_REFERENCE] = row[0]
        return counts

    def drop(self) -> None:
        """Removes the tables made on the way."""
        self._execute("drop table if exists {faults}, {plan}, {gaps}")

    def _joined(self, columns: Sequence[str], separator: str) -> sql.Composable:
        return self._joined_of("staged", columns, separator)

    @staticmethod
    def _joined_of(table: str, columns: Sequence[str], separator: str) -> sql.Composable:
        if not columns:
            return sql.SQL("null")
        parts = [sql.SQL("{}.{}").format(sql.Identifier(table), sql.Identifier(name)) for name in columns]
        return sql.SQL("concat_ws({}, {})").format(sql.Literal(separator), sql.SQL(", ").join(parts))

    @staticmethod
    def _names(columns: Sequence[str], table: str | None = None) -> sql.Composable:
        return sql.SQL(", ").join(sql.Identifier(table, name) if table else sql.Identifier(name) for name in columns)

    def _format(self, statement: str, **parts: sql.Composable) -> sql.Composed:
        return sql.SQL(statement).format(
            **{
                "table": self._table,
                "faults": self._faults,
                "plan": self._plan,
                "gaps": self._gaps,
                "target": self._target,
                "row": sql.Identifier(_ROW),
            }
            | parts
        )

    def _execute(self, statement: str, **parts: sql.Composable) -> int:
        return self._connection.execute(self._format(statement, **parts)).rowcount

    def _scalar(self, statement: str, **parts: sql.Composable) -> int | bool:
        row = self._connection.execute(self._format(statement, **parts)).fetchone()
        assert row is not None
        value: int | bool = row[0]
        return value


class FirstLoad(Rows):
    """Rows copied directly into an entity's table that is still empty.

    A key that comes twice ends the COPY with psycopg's UniqueViolation.
    """

    def is_possible(self) -> bool:
        """Whether the table is empty."""
        return not self._scalar("select exists (select from {target})")

    @property
    def _copied(self) -> list[str]:
        return [*super()._copied, *self._lineage]

    def encode(self, rows: pa.Table) -> pa.Buffer:
        for name, value in self._lineage.items():
            rows = rows.append_column(name, pa.repeat(value, len(rows)))
        return encode(rows)

    def _settle_duplicates(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        return 0

    def _creates(self) -> sql.Composable:
        return sql.SQL("true")

    def load(self) -> tuple[int, int]:
        return self.count(), 0


class Staging(Rows):
    """Rows in a table of their own, to be compared with the stored ones."""

    def __init__(
        self, connection: Connection, importer: ImporterSettings, columns: Sequence[str], file_id: int
    ) -> None:
        super().__init__(connection, importer, columns, file_id)
        self._table = sql.Identifier("ops", self._name)

    def create(self) -> None:
        super().create()
        types = [(_ROW, "bigint"), *((name, self._entity[name].type.sql) for name in self._columns)]
        self._execute(
            "create unlogged table {table} ({columns}) with (autovacuum_enabled = false)",
            columns=sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in types
            ),
        )

    def number(self, column: str, within: str, gaps: Sequence[tuple[int, str]]) -> None:
        """Fills a column with 1, 2, 3 ... within the same value of another, in file order; rejected rows count."""
        self._execute("create unlogged table {gaps} (row_number bigint, key text)")
        with self._connection.cursor() as cursor, cursor.copy(self._format("copy {gaps} from stdin")) as copy:
            for gap in gaps:
                copy.write_row(gap)
        names = {"column": sql.Identifier(column), "within": sql.Identifier(within)}
        self._execute("alter table {table} add column {column} bigint", **names)
        self._execute(
            """
            update {table} as staged set {column} = numbered.number
            from (
                select {row} as row_number, row_number() over (partition by key order by {row}) as number
                from (
                    select {row}, {within}::text as key from {table}
                    union all
                    select row_number, key from {gaps}
                ) as rows
            ) as numbered
            where numbered.row_number = staged.{row}
            """,
            **names,
        )
        self._columns.append(column)

    def _settle_duplicates(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        superseded = 0
        for columns in may_repeat:
            if self._has_duplicates(columns):
                if self._importer.duplicates is Duplicates.REJECT:
                    self._reject_duplicates(columns)
                else:
                    superseded += self._supersede(columns)
        for column in self._entity.unique:
            if column in self._columns:
                self._reject_conflicts(column)
        return superseded

    def _creates(self) -> sql.Composable:
        return self._format("not exists (select from {target} as stored where {same_key})", same_key=self._same_key())

    def _has_duplicates(self, columns: Sequence[str]) -> bool:
        return bool(
            self._scalar(
                "select exists (select from {table} where {present} group by {key} having count(*) > 1)",
                key=self._names(columns),
                present=self._all_present(columns),
            )
        )

    def _reject_duplicates(self, columns: Sequence[str]) -> None:
        self._add_faults(
            """
            from (
                select *, min({row}) over same as first_row, max({row}) over same as last_row,
                    count(*) over same as times
                from {table} where {present}
                window same as (partition by {key})
            ) as staged
            where times > 1
            """,
            RowCode.DUPLICATE_IN_FILE,
            columns,
            sql.SQL(
                "{name} || ' ' || {value} || ' stands ' || times || ' times in the file, first in row ' || first_row"
                " || ' and last in row ' || last_row || '. Send it once.'"
            ).format(name=sql.Literal(", ".join(columns)), value=self._joined(columns, ", ")),
            key=self._names(columns),
            present=self._all_present(columns),
        )

    def _supersede(self, columns: Sequence[str]) -> int:
        direction = "asc" if self._importer.duplicates is Duplicates.FIRST else "desc"
        return self._execute(
            """
            delete from {table} as staged using (
                select {row}, row_number() over (partition by {key} order by {row} {direction}) as place
                from {table} where {present}
            ) as ranked
            where ranked.{row} = staged.{row} and ranked.place > 1
            """,
            key=self._names(columns),
            present=self._all_present(columns),
            direction=sql.SQL(direction),
        )

    def _reject_conflicts(self, column: str) -> None:
        self._add_faults(
            "from {table} as staged join {target} as other on other.{column} = staged.{column}"
            " where ({other_key}) is distinct from ({staged_key})",
            RowCode.IDENTITY_CONFLICT,
            [column],
            sql.SQL("{} || ' ' || staged.{} || ' belongs to ' || {} || ' already. Correct one of the two.'").format(
                sql.Literal(column), sql.Identifier(column), self._joined_of("other", self._entity.key, "/")
            ),
            column=sql.Identifier(column),
            other_key=self._names(self._entity.key, "other"),
            staged_key=self._names(self._entity.key, "staged"),
        )

    def load(self) -> tuple[int, int]:
        self._execute(
            """
            create unlogged table {plan} as
            select staged.ctid as staged, stored.ctid as stored
            from {table} as staged left join {target} as stored on {same_key}
            where stored._file_id is null or {differs}
            """,
            same_key=self._same_key(),
            differs=self._differs(),
        )
        new = self._scalar("select count(*) from {plan} where stored is null")
        if not new:
            created = 0
        elif new == self.count():
            created = self._insert("")
        else:
            created = self._insert(
                "join {plan} as plan on plan.staged = staged.ctid where plan.stored is null",
            )
        return created, self._update()

    def _insert(self, restriction: str) -> int:
        return self._execute(
            "insert into {target} ({columns}, _source, _file_id, _row_number)"
            " select {staged}, {source}, {file_id}, staged.{row} from {table} as staged {restriction}",
            restriction=self._format(restriction),
            columns=self._names(self._columns),
            staged=self._names(self._columns, "staged"),
            source=sql.Literal(self._lineage["_source"]),
            file_id=sql.Literal(self._lineage["_file_id"]),
        )

    def _update(self) -> int:
        assignments = [
            sql.SQL("{} = staged.{}").format(sql.Identifier(name), sql.Identifier(name)) for name in self._columns
        ]
        return self._execute(
            """
            update {target} as stored
            set {assignments}, _source = {source}, _file_id = {file_id}, _row_number = staged.{row},
                _updated_at = now(), _deleted_at = null
            from {plan} as plan join {table} as staged on staged.ctid = plan.staged
            where stored.ctid = plan.stored
            """,
            assignments=sql.SQL(", ").join(assignments),
            source=sql.Literal(self._lineage["_source"]),
            file_id=sql.Literal(self._lineage["_file_id"]),
        )

    def _differs(self) -> sql.Composable:
        values = [name for name in self._columns if name not in self._entity.key]
        parts = [sql.SQL("stored._deleted_at is not null")] + [
            sql.SQL("stored.{} is distinct from staged.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in values
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(parts))

    def drop(self) -> None:
        super().drop()
        self._execute("drop table if exists {table}")

    def _same_key(self) -> sql.Composable:
        return sql.SQL(" and ").join(
            sql.SQL("stored.{} = staged.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in self._entity.key
        )

    def _all_present(self, columns: Sequence[str]) -> sql.Composable:
        return sql.SQL(" and ").join(sql.SQL("{} is not null").format(sql.Identifier(name)) for name in columns)
