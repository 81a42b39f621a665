"""A file's rows in the database, and what is set apart of them whichever way they came there."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
from psycopg import sql

from wiseparts_pipeline.config.importer import Mode
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Column, Policy
from wiseparts_pipeline.importing.faults import RowCode, WarningCode
from wiseparts_pipeline.importing.loading.copying import CopyWriter, encode
from wiseparts_pipeline.importing.loading.rules import Deletion, LoadRules
from wiseparts_pipeline.importing.validation.validated import ROW_NUMBER
from wiseparts_pipeline.warehouse import Connection

# The stored record that a staged row of master data means.
RECORD = "_record"


@dataclass(frozen=True)
class DatabaseFault:
    """What is wrong with a staged row, as only the database can tell."""

    row_number: int
    key: str | None
    column: str
    code: RowCode
    message: str
    value: str | None


@dataclass(frozen=True)
class Settled:
    """How many rows are set apart: rejected, superseded by others of the file, and unchanged as they are left alone.

    `stale`: how many of the last would have changed what a newer file has brought.
    """

    rejected: int
    superseded: int
    left_alone: int
    stale: int


class Rows(ABC):
    """A file's rows in the database before it is decided which of them stay; `{table}` has their values and numbers."""

    def __init__(self, connection: Connection, rules: LoadRules, columns: Sequence[str]) -> None:
        self.connection = connection
        self.rules = rules
        self.entity = rules.entity
        self.columns = list(columns)
        self._lineage = {"_source": rules.source, "_file_id": rules.file_id}
        self._target = sql.Identifier("raw", self.entity.name)
        self._table = self._target
        # Not by the file: in a dry run it has no number yet.
        self._name = f"staging_{connection.info.backend_pid}"
        self._faults, self._plan, self._gaps, self._places, self._raws = (
            sql.Identifier("ops", f"{self._name}_{what}") for what in ("faults", "plan", "gaps", "places", "raws")
        )
        # Whether rows say in `_record` which record they mean; else the external key does.
        self.has_record = False
        # The column that numbers the rows of a document, and the one that is the same in all of these.
        self.sequence: tuple[str, str] | None = None

    def create(self) -> None:
        """Makes the tables that are needed on the way, and locks the entity's own."""
        # The planner knows little of a table that was just filled: room for a sort or a hash, and both cores.
        self.execute("set local jit = off")
        self.execute("set local work_mem = '256MB'")
        self.execute("set local parallel_setup_cost = 0")
        self.execute("set local parallel_tuple_cost = 0")
        self.lock()
        self.execute(
            "create unlogged table {faults} (row_number bigint, key text, column_name text,"
            " code text, message text, value text, waits boolean not null default false)"
        )

    def lock(self) -> None:
        """Locks the entity's table until the transaction ends.

        An import of records that rows may wait for has to end first, or it would not see those that begin to wait now.
        """
        awaited = {self.entity.references[name].entity for name in self.referring(Policy.WAIT)}
        # Everybody locks in this order, so that nobody waits in a circle.
        for name in (name for name in ENTITIES if name in awaited):
            self.execute("lock table {awaited} in share mode", awaited=sql.Identifier("raw", name))
        self.execute("lock table {target} in share row exclusive mode")

    @contextmanager
    def copy(self) -> Iterator[CopyWriter]:
        """Takes tables of validated rows, in any number of pieces."""
        statement = self.format("copy {table} ({columns}) from stdin (format csv)", columns=self.names(self._copied))
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            yield CopyWriter(copy)

    @property
    def _copied(self) -> list[str]:
        return [ROW_NUMBER, *self.columns]

    def encode(self, rows: pa.Table) -> pa.Buffer:
        """Validated rows as `copy` takes them."""
        return encode(rows)

    def settle(self, may_repeat: Sequence[tuple[str, ...]]) -> Settled:
        """Sets apart the rows that are not to be loaded: rejected, superseded, or not theirs to change a record.

        Rejected are duplicates and rows that mean no record or several, conflict, refer to nothing or are misplaced.
        `may_repeat`: the keys that may come twice in the file.
        """
        superseded = self._match(may_repeat)
        for name in self.referring(Policy.REJECT):
            self._add_unknown_references(name, "'. Send it first, then this row again.'")
        for column in self.entity.columns:
            if column.required_on_create:
                self._reject_incomplete_creations(column)
        rejected = self._remove_faulty()
        # Before the others are placed: what is left alone stands where it is stored.
        left, stale = self._leave_alone()
        self._place()
        return Settled(rejected + self._remove_faulty(), superseded, left, stale)

    def _remove_faulty(self) -> int:
        if not self.scalar("select exists (select from {faults})"):
            return 0
        return self.execute(
            "delete from {table} as staged using {faults} as fault where fault.row_number = staged.{row}"
        )

    @abstractmethod
    def _match(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        """Finds the records that rows mean; settles duplicates, and rejects rows that conflict with stored records.

        Returns how many rows were superseded by another of the file.
        """

    @abstractmethod
    def _place(self) -> None:
        """Rejects the rows of a hierarchy that cannot stand where they say, and notes where the others stand."""

    @abstractmethod
    def _leave_alone(self) -> tuple[int, int]:
        """Takes out the rows whose record a newer file has brought, or any where only new ones are to be created.

        Returns how many, and how many of them a newer file keeps from changing something.
        """

    @abstractmethod
    def delete_missing(self) -> Deletion:
        """Marks the records of this source as deleted that the file, which has all there are, lacks."""

    def set_waiting_aside(self) -> int:
        """Moves the rows whose reference may still come to `ops.waiting_rows`; returns how many."""
        names = self.referring(Policy.WAIT)
        for name in names:
            self._add_unknown_references(
                name, "' yet. The row waits, and is loaded by itself when it comes.'", waits=True
            )
        if not names or not self.scalar("select exists (select from {faults} where waits)"):
            return 0
        pairs = [part for name in self.columns for part in (sql.Literal(name), sql.Identifier("staged", name))]
        self.execute(
            """
            insert into ops.waiting_rows (file_id, row_number, entity, key, columns, awaits, append, protect, record)
            select {file_id}, staged.{row}, {entity}, {key}, {columns}, {awaits}, {append}, {protect},
                jsonb_build_object({pairs})
            from {table} as staged
            where exists (select from {faults} as fault where fault.waits and fault.row_number = staged.{row})
            """,
            file_id=sql.Literal(self.rules.file_id),
            entity=sql.Literal(self.entity.name),
            key=self.key_text("staged"),
            columns=sql.Literal(self.columns),
            awaits=sql.Literal(names),
            append=sql.Literal(self.rules.mode is Mode.APPEND),
            protect=sql.SQL("{}::text[]").format(sql.Literal(list(self.rules.protect))),
            pairs=sql.SQL(", ").join(pairs),
        )
        return self.execute(
            "delete from {table} as staged using {faults} as fault"
            " where fault.waits and fault.row_number = staged.{row}"
        )

    @abstractmethod
    def creates(self) -> sql.Composable:
        """The condition that a row makes a new record."""

    @abstractmethod
    def load(self) -> tuple[int, int]:
        """Brings the rows that are left into the entity's table; returns how many were created and updated."""

    def same_record(self) -> sql.Composable:
        """The condition that the staged row means the stored record."""
        if self.has_record:
            return sql.SQL("stored.{} = staged.{}").format(sql.Identifier(SYSTEM_ID.name), sql.Identifier(RECORD))
        return sql.SQL(" and ").join(
            sql.SQL("stored.{} = staged.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in self.entity.key
        )

    def referring(self, policy: Policy) -> list[str]:
        """The columns of the file that refer to other records under this policy."""
        return [
            name for name in self.entity.references if name in self.columns and self.rules.policies.get(name) is policy
        ]

    def _add_unknown_references(self, name: str, advice: str, *, waits: bool = False) -> None:
        reference = self.entity.references[name]
        self.add_faults(
            "from {table} as staged where staged.{column} is not null and not exists"
            " (select from {other} as other where other.{referenced} = staged.{column} and other._deleted_at is null)",
            RowCode.UNKNOWN_REFERENCE,
            [name],
            sql.SQL("'There is no record of {} with {} ' || {} || {}").format(
                sql.SQL(reference.entity),
                sql.SQL(reference.column),
                sql.SQL("staged.{}").format(sql.Identifier(name)),
                sql.SQL(advice),
            ),
            waits=waits,
            column=sql.Identifier(name),
            other=sql.Identifier("raw", reference.entity),
            referenced=sql.Identifier(reference.column),
        )

    def _reject_incomplete_creations(self, column: Column) -> None:
        """A row that creates a record needs the column; one that updates does not."""
        given = column.name in self.columns
        missing = sql.SQL("staged.{} is null").format(sql.Identifier(column.name)) if given else sql.SQL("true")
        tree = self.entity.hierarchy
        if tree and column.name == tree.name and tree.path in self.columns:
            # The path has the name.
            missing = sql.SQL("{} and staged.{} is null").format(missing, sql.Identifier(tree.path))
        self.add_faults(
            # A row that means no record, or several, is not one that creates a record.
            "from {table} as staged where {missing} and {creates} and not exists"
            " (select from {faults} as fault where fault.row_number = staged.{row} and fault.code = any({unmatched}))",
            RowCode.MISSING_REQUIRED,
            [column.name] if given else [],
            sql.Literal(f"{column.name} is empty. A row that creates a record needs it."),
            column_name=column.name,
            missing=missing,
            unmatched=sql.Literal([RowCode.AMBIGUOUS_MATCH.value, RowCode.UNKNOWN_SYSTEM_ID.value]),
            creates=self.creates(),
        )

    def add_faults(
        self,
        from_: str,
        code: RowCode,
        value_columns: Sequence[str],
        message: sql.Composable,
        column_name: str | None = None,
        *,
        waits: bool = False,
        **parts: sql.Composable,
    ) -> None:
        """Notes a fault of each row of `from_`, a FROM clause whose rows are called staged.

        `message`: an SQL expression. `value_columns`: whose values are shown. `parts`: what `from_` names in braces.
        """
        self.execute(
            "insert into {faults}"
            " select staged.{row}, {key_text}, {column_name}, {code}, {message}, {value}, {waits} " + from_,
            key_text=self.key_text("staged"),
            waits=sql.Literal(waits),
            column_name=sql.Literal(column_name or ", ".join(value_columns)),
            code=sql.Literal(code.value),
            message=message,
            value=self.joined(value_columns, "/") if value_columns else sql.SQL("null"),
            **parts,
        )

    def faults(self) -> Iterator[DatabaseFault]:
        """What is wrong with rejected rows, in file order."""
        with self.connection.cursor(name="faults") as cursor:
            cursor.execute(self.format("select * from {faults} where not waits order by row_number"))
            for row, key, column, code, message, value, _ in cursor:
                yield DatabaseFault(row, key, column, RowCode(code), message, value)

    def count(self) -> int:
        """The rows that are still to be loaded."""
        return int(self.scalar("select count(*) from {table}"))

    def warnings(self) -> Counter[str]:
        """Counts the values that refer to nothing where that is allowed."""
        counts: Counter[str] = Counter()
        names = self.referring(Policy.WARN)
        if not names:
            return counts
        joins, sums = [], []
        for index, name in enumerate(names):
            reference = self.entity.references[name]
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
        row = self.connection.execute(
            self.format(
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
        self.execute("drop table if exists {faults}, {plan}, {gaps}, {places}, {raws}")

    def key_text(self, table: str) -> sql.Composable:
        """The external key as one text, as `Entity.key_text` writes it; null where the rows have none."""
        columns = self.entity.key
        if table == "staged" and not set(columns) <= set(self.columns):
            return sql.SQL("null")
        return sql.SQL(" || '/' || ").join(self.key_part(table, name) for name in columns)

    def key_part(self, table: str, name: str) -> sql.Composable:
        """One column of the key as it stands in the key's text."""
        form = "{}::text" if len(self.entity.key) == 1 else r"replace(replace({}::text, '\', '\\'), '/', '\/')"
        return sql.SQL(form).format(sql.Identifier(table, name))

    @staticmethod
    def joined(columns: Sequence[str], separator: str) -> sql.Composable:
        """Values of a staged row as one text, to be shown."""
        parts = [sql.Identifier("staged", name) for name in columns]
        return sql.SQL("concat_ws({}, {})").format(sql.Literal(separator), sql.SQL(", ").join(parts))

    @staticmethod
    def names(columns: Sequence[str], table: str | None = None) -> sql.Composable:
        """Columns as they stand in a list of them."""
        return sql.SQL(", ").join(sql.Identifier(table, name) if table else sql.Identifier(name) for name in columns)

    def format(self, statement: str, **parts: sql.Composable) -> sql.Composed:
        """The statement with our tables and the parts in the place of the names in braces."""
        return sql.SQL(statement).format(
            **{
                "table": self._table,
                "faults": self._faults,
                "plan": self._plan,
                "gaps": self._gaps,
                "places": self._places,
                "raws": self._raws,
                "target": self._target,
                "row": sql.Identifier(ROW_NUMBER),
            }
            | parts
        )

    def execute(self, statement: str, **parts: sql.Composable) -> int:
        """Runs a statement that `format` completes; returns how many rows it was about."""
        return self.connection.execute(self.format(statement, **parts)).rowcount

    def scalar(self, statement: str, **parts: sql.Composable) -> int | bool:
        row = self.connection.execute(self.format(statement, **parts)).fetchone()
        assert row is not None
        value: int | bool = row[0]
        return value
