"""Loads one file's good rows: COPY, match, set apart what only the database can tell, insert, update and delete.

All of it happens in the caller's transaction, under a lock on the entity's table. Rows go through a staging table;
into a table that is still empty they are copied directly, as there is nothing to compare them with.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from psycopg import sql

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Column, Entity, Hierarchy, Policy
from wiseparts_pipeline.importing import hierarchy
from wiseparts_pipeline.importing.codes import RowCode, WarningCode
from wiseparts_pipeline.importing.copying import CopyWriter, encode
from wiseparts_pipeline.importing.ledger import Connection, LedgerFile
from wiseparts_pipeline.importing.settings import Duplicates, ImporterSettings, Mode

_ROW = "_row_number"
# The stored record that a staged row of master data means.
_RECORD = "_record"
# In an error file that comes back: the number that the row had in the file that it was rejected from.
CORRECTS = "_corrects"


@dataclass(frozen=True)
class LoadRules:
    """How the rows of one file are brought into its entity's table.

    `newer`: the files whose records the rows do not overwrite. `overtaken`: one of them had all records there are, so
    a record that is not stored is not created either. `corrects`: the file that the rows were rejected from before.
    """

    entity: Entity
    source: str
    file_id: int
    file_date: date | None
    policies: Mapping[str, Policy]
    duplicates: Duplicates
    mode: Mode
    protect: tuple[str, ...]
    newer: tuple[int, ...] = ()
    overtaken: bool = False
    corrects: int | None = None

    @classmethod
    def of(
        cls,
        connection: Connection,
        importer: ImporterSettings,
        file: LedgerFile,
        *,
        force: bool = False,
        corrects: int | None = None,
    ) -> "LoadRules":
        """The rules of an importer for a file; with `force` what newer files brought is overwritten."""
        newer = connection.execute(
            """
            select file_id, importer from ops.import_files
            where entity = %s and file_date > %s and status in ('imported', 'imported_with_errors')
            """,
            [importer.entity, file.file_date],
        ).fetchall()
        return cls(
            entity=importer.entity_definition,
            source=importer.source,
            file_id=file.file_id,
            file_date=file.file_date,
            policies={name: importer.policy(name) for name in importer.entity_definition.references},
            duplicates=importer.duplicates,
            # The rows that come back are not all there are.
            mode=Mode.UPSERT if corrects and importer.mode is Mode.SNAPSHOT else importer.mode,
            protect=importer.protect,
            newer=() if force else tuple(file_id for file_id, _ in newer),
            overtaken=not force and importer.mode is Mode.SNAPSHOT and any(name == importer.name for _, name in newer),
            corrects=corrects,
        )


@dataclass(frozen=True)
class DatabaseFault:
    """What is wrong with a staged row, as only the database can tell."""

    row_number: int
    key: str | None
    column: str
    code: RowCode
    message: str
    value: str | None
    waits: bool


class Rows(ABC):
    """A file's rows in the database before it is decided which of them stay; `{table}` has their values and numbers."""

    def __init__(self, connection: Connection, rules: LoadRules, columns: Sequence[str]) -> None:
        self.connection = connection
        self.rules = rules
        self.entity = rules.entity
        self._columns = list(columns)
        self._lineage = {"_source": rules.source, "_file_id": rules.file_id}
        self._target = sql.Identifier("raw", self.entity.name)
        self._table = self._target
        # Not by the file: in a dry run it has no number yet.
        self._name = f"staging_{connection.info.backend_pid}"
        self._faults, self._plan, self._gaps, self._places = (
            sql.Identifier("ops", f"{self._name}_{what}") for what in ("faults", "plan", "gaps", "places")
        )

    def create(self) -> None:
        """Locks the entity's table and makes the tables that are needed on the way.

        An import of records that rows may wait for has to end first, or it would not see those that begin to wait now.
        """
        # The planner knows little of a table that was just filled: room for a sort or a hash, and both cores.
        self.execute("set local jit = off")
        self.execute("set local work_mem = '256MB'")
        self.execute("set local parallel_setup_cost = 0")
        self.execute("set local parallel_tuple_cost = 0")
        awaited = {self.entity.references[name].entity for name in self._referring(Policy.WAIT)}
        # Everybody locks in this order, so that nobody waits in a circle.
        for name in (name for name in ENTITIES if name in awaited):
            self.execute("lock table {awaited} in share mode", awaited=sql.Identifier("raw", name))
        self.execute("lock table {target} in share row exclusive mode")
        self.execute(
            "create unlogged table {faults} (row_number bigint, key text, column_name text,"
            " code text, message text, value text, waits boolean not null default false)"
        )

    @contextmanager
    def copy(self) -> Iterator[CopyWriter]:
        """Takes tables of validated rows, in any number of pieces."""
        statement = self.format("copy {table} ({columns}) from stdin (format csv)", columns=self._names(self._copied))
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            yield CopyWriter(copy)

    @property
    def _copied(self) -> list[str]:
        return [_ROW, *self._columns]

    def encode(self, rows: pa.Table) -> pa.Buffer:
        """Validated rows as `copy` takes them."""
        return encode(rows)

    def settle(self, may_repeat: Sequence[tuple[str, ...]]) -> tuple[int, int]:
        """Sets apart rows that are duplicates, mean no record or several, refer to nothing, conflict or are misplaced.

        `may_repeat`: the keys that may come twice in the file. Returns how many rows: rejected, superseded.
        """
        superseded = self._match(may_repeat)
        for name in self._referring(Policy.REJECT):
            self._add_unknown_references(name, "'. Send it first, then this row again.'")
        for column in self.entity.columns:
            if column.required_on_create:
                self._reject_incomplete_creations(column)
        self._place()
        return self._remove_faulty(), superseded

    def _remove_faulty(self) -> int:
        if not self._scalar("select exists (select from {faults})"):
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
    def leave_newer_alone(self) -> tuple[int, int]:
        """Takes out the rows whose record a newer file has brought; returns how many, and how many of them differ."""

    @abstractmethod
    def delete_missing(self) -> "Deletion":
        """Marks the records of this source as deleted that the file, which has all there are, lacks."""

    def set_waiting_aside(self) -> int:
        """Moves the rows whose reference may still come to `ops.waiting_rows`; returns how many."""
        names = self._referring(Policy.WAIT)
        for name in names:
            self._add_unknown_references(
                name, "' yet. The row waits, and is loaded by itself when it comes.'", waits=True
            )
        if not names or not self._scalar("select exists (select from {faults} where waits)"):
            return 0
        pairs = [part for name in self._columns for part in (sql.Literal(name), sql.Identifier("staged", name))]
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
            columns=sql.Literal(self._columns),
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
    def _creates(self) -> sql.Composable:
        """The condition that a row makes a new record."""

    @abstractmethod
    def load(self) -> tuple[int, int]:
        """Brings the rows that are left into the entity's table; returns how many were created and updated."""

    def _referring(self, policy: Policy) -> list[str]:
        return [
            name for name in self.entity.references if name in self._columns and self.rules.policies.get(name) is policy
        ]

    def _add_unknown_references(self, name: str, advice: str, *, waits: bool = False) -> None:
        reference = self.entity.references[name]
        self._add_faults(
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
        given = column.name in self._columns
        missing = sql.SQL("staged.{} is null").format(sql.Identifier(column.name)) if given else sql.SQL("true")
        tree = self.entity.hierarchy
        if tree and column.name == tree.name and tree.path in self._columns:
            # The path has the name.
            missing = sql.SQL("{} and staged.{} is null").format(missing, sql.Identifier(tree.path))
        self._add_faults(
            # A row that means no record, or several, is not one that creates a record.
            "from {table} as staged where {missing} and {creates} and not exists"
            " (select from {faults} as fault where fault.row_number = staged.{row} and fault.code = any({unmatched}))",
            RowCode.MISSING_REQUIRED,
            [column.name] if given else [],
            sql.Literal(f"{column.name} is empty. A row that creates a record needs it."),
            column_name=column.name,
            missing=missing,
            unmatched=sql.Literal([RowCode.AMBIGUOUS_MATCH.value, RowCode.UNKNOWN_SYSTEM_ID.value]),
            creates=self._creates(),
        )

    def _add_faults(
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
        self.execute(
            "insert into {faults}"
            " select staged.{row}, {key_text}, {column_name}, {code}, {message}, {value}, {waits} " + from_,
            key_text=self.key_text("staged"),
            waits=sql.Literal(waits),
            column_name=sql.Literal(column_name or ", ".join(value_columns)),
            code=sql.Literal(code.value),
            message=message,
            value=self._joined(value_columns, "/") if value_columns else sql.SQL("null"),
            **parts,
        )

    def faults(self, *, waits: bool = False) -> Iterator[DatabaseFault]:
        """What is wrong with rejected rows, or what others wait for, in file order."""
        with self.connection.cursor(name="faults") as cursor:
            cursor.execute(
                self.format(
                    "select * from {faults} where waits = {waits} order by row_number", waits=sql.Literal(waits)
                )
            )
            for row, key, column, code, message, value, _ in cursor:
                yield DatabaseFault(row, key, column, RowCode(code), message, value, waits)

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
        self.execute("drop table if exists {faults}, {plan}, {gaps}, {places}")

    def key_text(self, table: str) -> sql.Composable:
        """The external key as one text, as it stands in `ops.rejected_rows`; null where the rows have none."""
        columns = self.entity.key
        if table == "staged" and not set(columns) <= set(self._columns):
            return sql.SQL("null")
        return self._joined_of(table, columns, "/")

    def _joined(self, columns: Sequence[str], separator: str) -> sql.Composable:
        return self._joined_of("staged", columns, separator)

    @staticmethod
    def _joined_of(table: str, columns: Sequence[str], separator: str) -> sql.Composable:
        if not columns:
            return sql.SQL("null")
        parts = [sql.Identifier(table, name) for name in columns]
        return sql.SQL("concat_ws({}, {})").format(sql.Literal(separator), sql.SQL(", ").join(parts))

    @staticmethod
    def _names(columns: Sequence[str], table: str | None = None) -> sql.Composable:
        return sql.SQL(", ").join(sql.Identifier(table, name) if table else sql.Identifier(name) for name in columns)

    def format(self, statement: str, **parts: sql.Composable) -> sql.Composed:
        return sql.SQL(statement).format(
            **{
                "table": self._table,
                "faults": self._faults,
                "plan": self._plan,
                "gaps": self._gaps,
                "places": self._places,
                "target": self._target,
                "row": sql.Identifier(_ROW),
            }
            | parts
        )

    def execute(self, statement: str, **parts: sql.Composable) -> int:
        return self.connection.execute(self.format(statement, **parts)).rowcount

    def _scalar(self, statement: str, **parts: sql.Composable) -> int | bool:
        row = self.connection.execute(self.format(statement, **parts)).fetchone()
        assert row is not None
        value: int | bool = row[0]
        return value


class FirstLoad(Rows):
    """Rows copied directly into an entity's table that is still empty.

    A key that comes twice ends the COPY with psycopg's UniqueViolation.
    """

    def is_possible(self) -> bool:
        """Whether the table is empty and its rows need no comparison with each other."""
        compared = self.entity.hierarchy or SYSTEM_ID.name in self._columns or self.rules.overtaken
        return not compared and not self._scalar("select exists (select from {target})")

    @property
    def _copied(self) -> list[str]:
        return [*super()._copied, *self._lineage]

    def encode(self, rows: pa.Table) -> pa.Buffer:
        for name, value in self._lineage.items():
            rows = rows.append_column(name, pa.repeat(value, len(rows)))
        return encode(rows)

    def _match(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        return 0

    def _place(self) -> None:
        pass

    def leave_newer_alone(self) -> tuple[int, int]:
        return 0, 0

    def delete_missing(self) -> "Deletion":
        return Deletion(0, 0)

    def _creates(self) -> sql.Composable:
        return sql.SQL("true")

    def load(self) -> tuple[int, int]:
        return self.count(), 0


@dataclass(frozen=True)
class Deletion:
    """What a file that has all records there are deletes: how many of how many, and whether that is held back."""

    missing: int
    stored: int
    held_back: bool = False


class Staging(Rows):
    """Rows in a table of their own, to be compared with the stored ones."""

    def __init__(self, connection: Connection, rules: LoadRules, columns: Sequence[str]) -> None:
        super().__init__(connection, rules, columns)
        self._table = sql.Identifier("ops", self._name)
        # Whether rows say in _record which record they mean; else the external key does.
        self._has_record = False
        self._sequence: str | None = None

    def create(self) -> None:
        super().create()
        types = [*((name, "bigint") for name in self._numbers), *((n, self.entity[n].type.sql) for n in self._columns)]
        self.execute(
            "create unlogged table {table} ({columns}) with (autovacuum_enabled = false)",
            columns=sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in types
            ),
        )

    @property
    def _numbers(self) -> list[str]:
        return [_ROW] if self.rules.corrects is None else [_ROW, CORRECTS]

    @property
    def _copied(self) -> list[str]:
        return [*self._numbers, *self._columns]

    def take_waiting(self, ready: sql.Identifier) -> None:
        """Fills the table with the file's rows in `ops.waiting_rows` whose numbers `ready` has."""
        self.execute(
            """
            insert into {table} ({row}, {columns})
            select waiting.row_number, {values}
            from ops.waiting_rows as waiting, jsonb_populate_record(null::{target}, waiting.record) as stored
            where waiting.file_id = {file_id} and exists (
                select from {ready} as ready
                where ready.file_id = waiting.file_id and ready.row_number = waiting.row_number
            )
            """,
            columns=self._names(self._columns),
            values=self._names(self._columns, "stored"),
            file_id=sql.Literal(self.rules.file_id),
            ready=ready,
        )

    def number(self, column: str, within: str, gaps: Sequence[tuple[int, str]]) -> None:
        """Fills a column with 1, 2, 3 ... within the same value of another, in file order; rejected rows count.

        A row that comes back has the number that it had in the file that it was rejected from.
        """
        self.execute("create unlogged table {gaps} (row_number bigint, key text, number bigint)")
        names = {"column": sql.Identifier(column), "within": sql.Identifier(within)}
        self.execute("alter table {table} add column {column} bigint", **names)
        self._columns.append(column)
        self._sequence = column
        if self.rules.corrects is not None:
            self._number_as_before(column)
            return
        statement = self.format("copy {gaps} (row_number, key) from stdin")
        with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            for gap in gaps:
                copy.write_row(gap)
        self.execute(
            """
            with numbered as (
                select row_number, row_number() over (partition by key order by row_number) as number
                from (
                    select {row} as row_number, {within}::text as key from {table}
                    union all
                    select row_number, key from {gaps}
                ) as rows
            ),
            noted as (
                update {gaps} as gap set number = numbered.number
                from numbered where numbered.row_number = gap.row_number
            )
            update {table} as staged set {column} = numbered.number
            from numbered where numbered.row_number = staged.{row}
            """,
            **names,
        )

    def _number_as_before(self, column: str) -> None:
        self.execute(
            """
            update {table} as staged set {column} = rejected.sequence_number
            from ops.rejected_rows as rejected
            where rejected.file_id = {original} and rejected.row_number = staged.{corrects}
            """,
            column=sql.Identifier(column),
            original=sql.Literal(self.rules.corrects),
            corrects=sql.Identifier(CORRECTS),
        )
        self._add_faults(
            "from {table} as staged where staged.{column} is null",
            RowCode.MISSING_REQUIRED,
            [],
            sql.Literal(
                f"{column} cannot be told: _row is not the number of a row that was rejected. Send the row in the whole"
                " file."
            ),
            column_name=column,
            column=sql.Identifier(column),
        )

    def note_sequence_numbers(self) -> None:
        """Writes down which number each rejected row has in its sequence, for when it comes back by itself."""
        if self.rules.corrects is None:
            self.execute(
                """
                update ops.rejected_rows as rejected set sequence_number = gap.number
                from {gaps} as gap where rejected.file_id = {file_id} and rejected.row_number = gap.row_number
                """,
                file_id=sql.Literal(self.rules.file_id),
            )
        else:
            self.execute(
                """
                update ops.rejected_rows as rejected set sequence_number = earlier.sequence_number
                from ops.rejected_rows as earlier
                where rejected.file_id = {file_id} and earlier.file_id = {original}
                    and earlier.row_number::text = rejected.raw ->> '_row'
                """,
                file_id=sql.Literal(self.rules.file_id),
                original=sql.Literal(self.rules.corrects),
            )

    def _remove_faulty(self) -> int:
        if self._sequence is not None and self.rules.corrects is None:
            self.execute(
                """
                insert into {gaps} (row_number, number)
                select staged.{row}, staged.{column} from {table} as staged
                where exists (select from {faults} as fault where fault.row_number = staged.{row})
                """,
                column=sql.Identifier(self._sequence),
            )
        return super()._remove_faulty()

    def _match(self, may_repeat: Sequence[tuple[str, ...]]) -> int:
        superseded = sum(self._settle_duplicates(columns) for columns in may_repeat)
        if self.entity.master and self._may_mean_another_record():
            self._find_records()
            superseded += self._settle_duplicates((_RECORD,))
        for column in self.entity.unique:
            if column in self._columns:
                self._reject_conflicts(column)
        return superseded

    def _may_mean_another_record(self) -> bool:
        """Whether a row may say otherwise than by the external key which record it means."""
        if SYSTEM_ID.name in self._columns:
            return True
        (key,) = self.entity.key
        if self.entity.matched_by not in self._columns:
            return False
        return key not in self._columns or bool(
            self._scalar("select exists (select from {table} where {key} is null)", key=sql.Identifier(key))
        )

    def _find_records(self) -> None:
        """Notes which stored record each row means: by system_id, else by the external key, else by name."""
        (key,) = self.entity.key
        names = {"record": sql.Identifier(_RECORD), "key": sql.Identifier(key), "id": sql.Identifier(SYSTEM_ID.name)}
        has_id, has_key = SYSTEM_ID.name in self._columns, key in self._columns
        self.execute("alter table {table} add column {record} uuid", **names)
        self._has_record = True
        no_id = self.format("staged.{id} is null" if has_id else "true", **names)
        no_key = self.format("staged.{key} is null" if has_key else "true", **names)
        if has_id:
            self.execute(
                "update {table} as staged set {record} = stored.{id} from {target} as stored"
                " where stored.{id} = staged.{id}",
                **names,
            )
            self._reject_unknown_system_ids()
        if has_key:
            self.execute(
                "update {table} as staged set {record} = stored.{id} from {target} as stored"
                " where {no_id} and stored.{key} = staged.{key}",
                no_id=no_id,
                **names,
            )
        if has_id and has_key:
            self._reject_conflicts(key)
        if self.entity.matched_by in self._columns:
            assert self.entity.matched_by is not None
            self._find_by(self.entity.matched_by, sql.SQL("{} and {}").format(no_id, no_key))

    def _reject_unknown_system_ids(self) -> None:
        self._add_faults(
            "from {table} as staged where staged.{id} is not null and staged.{record} is null",
            RowCode.UNKNOWN_SYSTEM_ID,
            [SYSTEM_ID.name],
            sql.SQL("'There is no record of {} with system_id ' || staged.{} || {}").format(
                sql.SQL(self.entity.name),
                sql.Identifier(SYSTEM_ID.name),
                sql.Literal(". Take it from the exported list of IDs, or leave the cell empty to go by the key."),
            ),
            id=sql.Identifier(SYSTEM_ID.name),
            record=sql.Identifier(_RECORD),
        )

    def _find_by(self, name: str, keyless: sql.Composable) -> None:
        """Finds the record of rows that give no key by a column that several records may have the same value in."""
        parts = {
            "keyless": keyless,
            "name": sql.Identifier(name),
            "key": sql.Identifier(*self.entity.key),
            "id": sql.Identifier(SYSTEM_ID.name),
        }
        self._add_faults(
            """
            from {table} as staged join (
                select stored.{name} as name, count(*) as times,
                    string_agg(stored.{key}, ', ' order by stored.{key}) as keys
                from {target} as stored where stored._deleted_at is null
                    and exists (select from {table} as staged where {keyless} and staged.{name} = stored.{name})
                group by stored.{name} having count(*) > 1
            ) as several on several.name = staged.{name}
            where {keyless}
            """,
            RowCode.AMBIGUOUS_MATCH,
            [name],
            sql.SQL("{} || staged.{} || ' is that of ' || several.times || ' records (' || {} || {}").format(
                sql.Literal(f"{name} "),
                sql.Identifier(name),
                sql.SQL("left(several.keys, 200)"),
                sql.Literal(f"). Give the {self.entity.key[0]} of the one that is meant."),
            ),
            column_name=None,
            waits=False,
            **parts,
        )
        self.execute(
            """
            update {table} as staged set {record} = stored.{id} from {target} as stored
            where {keyless} and stored.{name} = staged.{name} and stored._deleted_at is null
                and not exists (select from {faults} as fault where fault.row_number = staged.{row})
            """,
            record=sql.Identifier(_RECORD),
            **parts,
        )

    def _creates(self) -> sql.Composable:
        if self._has_record:
            return sql.SQL("staged.{} is null").format(sql.Identifier(_RECORD))
        return self.format("not exists (select from {target} as stored where {same})", same=self._same_record())

    def _settle_duplicates(self, columns: tuple[str, ...]) -> int:
        if not self._has_duplicates(columns):
            return 0
        if self.rules.duplicates is not Duplicates.REJECT:
            return self._supersede(columns)
        self._reject_duplicates(columns)
        return 0

    def _has_duplicates(self, columns: Sequence[str]) -> bool:
        return bool(
            self._scalar(
                "select exists (select from {table} where {present} group by {key} having count(*) > 1)",
                key=self._names(columns),
                present=self._all_present(columns),
            )
        )

    def _reject_duplicates(self, columns: Sequence[str]) -> None:
        name = "The record with system_id" if list(columns) == [_RECORD] else ", ".join(columns)
        self._add_faults(
            """
            from (
                select *, min({row}) over same as first_row, max({row}) over same as last_row,
                    count(*) over same as times
                from {table} as staged
                where {present} and not exists (
                    select from {faults} as fault where fault.row_number = staged.{row} and fault.code = {duplicate}
                )
                window same as (partition by {key})
            ) as staged
            where times > 1
            """,
            RowCode.DUPLICATE_IN_FILE,
            columns,
            sql.SQL(
                "{name} || ' ' || {value} || ' stands ' || times || ' times in the file, first in row ' || first_row"
                " || ' and last in row ' || last_row || '. Send it once.'"
            ).format(name=sql.Literal(name), value=self._joined(columns, ", ")),
            column_name=", ".join(columns).replace(_RECORD, SYSTEM_ID.name),
            key=self._names(columns),
            present=self._all_present(columns),
            duplicate=sql.Literal(RowCode.DUPLICATE_IN_FILE.value),
        )

    def _supersede(self, columns: Sequence[str]) -> int:
        direction = "asc" if self.rules.duplicates is Duplicates.FIRST else "desc"
        return self.execute(
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
        """Rejects the rows whose value of a unique column belongs to another record than the one they mean."""
        if self._has_record:
            same = self.format(
                "other.{id} = staged.{record}",
                id=sql.Identifier(SYSTEM_ID.name),
                record=sql.Identifier(_RECORD),
            )
        else:
            same = self.format(
                "({other}) is not distinct from ({staged})",
                other=self._names(self.entity.key, "other"),
                staged=self._names(self.entity.key, "staged"),
            )
        self._add_faults(
            "from {table} as staged join {target} as other on other.{column} = staged.{column}"
            " where ({same}) is not true and not exists"
            " (select from {faults} as fault where fault.row_number = staged.{row} and fault.code = {unknown})",
            RowCode.IDENTITY_CONFLICT,
            [column],
            sql.SQL("{} || staged.{} || ' belongs to ' || {} || ' already. Correct one of the two.'").format(
                sql.Literal(f"{column} "),
                sql.Identifier(column),
                sql.SQL("'the record with system_id ' || other.system_id")
                if column in self.entity.key
                else self.key_text("other"),
            ),
            column=sql.Identifier(column),
            same=same,
            unknown=sql.Literal(RowCode.UNKNOWN_SYSTEM_ID.value),
        )

    def _place(self) -> None:
        tree = self.entity.hierarchy
        if tree is None or not {tree.parent, tree.path} & set(self._columns):
            return
        placed = hierarchy.place(
            self._rows_of(tree), self._stored_records(tree, but_renamed=True), gives_parent=tree.parent in self._columns
        )
        with self.connection.cursor() as cursor:
            faults = self.format("copy {faults} (row_number, column_name, code, message) from stdin")
            with cursor.copy(faults) as copy:
                for row, fault in placed.faults.items():
                    column = tree.path if fault.code in (RowCode.PATH_CONFLICT, RowCode.BAD_FORMAT) else tree.parent
                    copy.write_row((row, column, fault.code.value, fault.message))
            self.execute("create unlogged table {places} (row_number bigint, parent text, name text)")
            with cursor.copy(self.format("copy {places} from stdin")) as copy:
                for row, parent in placed.parents.items():
                    copy.write_row((row, parent, placed.names[row]))
        self.execute(
            "update {faults} as fault set key = {key}, value = staged.{path} from {table} as staged"
            " where fault.row_number = staged.{row} and fault.key is null",
            key=self.key_text("staged"),
            path=sql.Identifier(tree.path if tree.path in self._columns else tree.parent),
        )
        for column in (tree.parent, tree.name):
            if column not in self._columns:
                self.execute("alter table {table} add column {column} text", column=sql.Identifier(column))
                self._columns.append(column)
        self.execute(
            "update {table} as staged set {parent} = place.parent, {name} = place.name from {places} as place"
            " where place.row_number = staged.{row}",
            parent=sql.Identifier(tree.parent),
            name=sql.Identifier(tree.name),
        )

    def _rows_of(self, tree: Hierarchy) -> list[hierarchy.Row]:
        (key,) = self.entity.key
        given = [name if name in self._columns else None for name in (key, tree.parent, tree.path, tree.name)]
        columns = [sql.Identifier("staged", name) if name else sql.SQL("null") for name in given]
        found = self.connection.execute(
            self.format(
                """
                select staged.{row}, coalesce({given_key}, stored.{key}), {rest}
                from {table} as staged left join {target} as stored on {same}
                where not exists (select from {faults} as fault where fault.row_number = staged.{row})
                """,
                same=self._same_record(),
                key=sql.Identifier(key),
                given_key=columns[0],
                rest=sql.SQL(", ").join(columns[1:]),
            )
        )
        return [hierarchy.Row(*row) for row in found]

    def _stored_records(self, tree: Hierarchy, *, but_renamed: bool = False) -> dict[str, hierarchy.Record]:
        """The live records by key; `but_renamed`: without those whose key a row of the file changes."""
        (key,) = self.entity.key
        renamed: sql.Composable = sql.SQL("false")
        if but_renamed and self._has_record and key in self._columns:
            renamed = self.format(
                "exists (select from {table} as staged where staged.{record} = stored.{id}"
                " and staged.{key} <> stored.{key})",
                record=sql.Identifier(_RECORD),
                id=sql.Identifier(SYSTEM_ID.name),
                key=sql.Identifier(key),
            )
        found = self.connection.execute(
            self.format(
                "select {columns} from {target} as stored"
                " where stored._deleted_at is null and stored.{key} is not null and not {renamed}",
                columns=self._names([key, tree.parent, tree.path, tree.name], "stored"),
                key=sql.Identifier(key),
                renamed=renamed,
            )
        )
        return {row[0]: hierarchy.Record(*row[1:]) for row in found}

    def leave_newer_alone(self) -> tuple[int, int]:
        if not self.rules.newer or self.rules.mode is Mode.APPEND:
            return 0, 0
        left, stale = self._counts(
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
            same=self._same_record(),
            newer=sql.Literal(list(self.rules.newer)),
        )
        if self.rules.overtaken:
            gone = self.execute("delete from {table} as staged where {creates}", creates=self._creates())
            left, stale = left + gone, stale + gone
        return left, stale

    def _counts(self, statement: str, **parts: sql.Composable) -> tuple[int, ...]:
        row = self.connection.execute(self.format(statement, **parts)).fetchone()
        assert row is not None
        return tuple(row)

    def delete_missing(self) -> Deletion:
        """The rejected rows of the file must be in `ops.rejected_rows`: what they speak of is not missing."""
        missing = self.format(
            """
            stored._deleted_at is null and stored._source = {source} and not stored._file_id = any({newer})
                and not exists (select from {table} as staged where {same})
                and not exists (
                    select from ops.rejected_rows as rejected
                    where rejected.file_id = {file_id} and rejected.key = {key}
                )
                and not exists (
                    select from ops.rejected_rows as rejected
                    where rejected.file_id = {file_id} and rejected.key = {first_part}
                )
            """,
            source=sql.Literal(self.rules.source),
            newer=sql.SQL("{}::bigint[]").format(sql.Literal(list(self.rules.newer))),
            same=self._same_record(),
            file_id=sql.Literal(self.rules.file_id),
            key=self.key_text("stored"),
            # Of some only the first part of the key could be read.
            first_part=sql.SQL("{}::text").format(sql.Identifier("stored", self.entity.key[0])),
        )
        count, stored = self._counts(
            "select count(*) filter (where {missing}), count(*) from {target} as stored"
            " where stored._deleted_at is null and stored._source = {source}",
            missing=missing,
            source=sql.Literal(self.rules.source),
        )
        # A row without a readable key may be about any of them.
        held_back = count and self._scalar(
            "select exists (select from ops.rejected_rows where file_id = {file_id} and key is null)",
            file_id=sql.Literal(self.rules.file_id),
        )
        if count and not held_back:
            self.execute(
                """
                update {target} as stored
                set _deleted_at = now(), _updated_at = now(), _file_id = {file_id}, _row_number = 0, {maker}
                where {missing}
                """,
                file_id=sql.Literal(self.rules.file_id),
                maker=self._maker(),
                missing=missing,
            )
        return Deletion(count, stored, bool(held_back))

    def load(self) -> tuple[int, int]:
        changes = sql.SQL("false") if self.rules.mode is Mode.APPEND else self._differs()
        self.execute(
            """
            create unlogged table {plan} as
            select staged.ctid as staged, stored.ctid as stored
            from {table} as staged left join {target} as stored on {same}
            where stored._file_id is null or {changes}
            """,
            same=self._same_record(),
            changes=changes,
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
        updated = self._update()
        if self.entity.hierarchy and (created or updated):
            self._follow_moves(self.entity.hierarchy)
        return created, updated

    def _insert(self, restriction: str) -> int:
        columns = [name for name in self._columns if name != SYSTEM_ID.name]
        return self.execute(
            "insert into {target} ({columns}, _source, _file_id, _row_number)"
            " select {staged}, {source}, {file_id}, staged.{row} from {table} as staged {restriction}",
            restriction=self.format(restriction),
            columns=self._names(columns),
            staged=self._names(columns, "staged"),
            source=sql.Literal(self._lineage["_source"]),
            file_id=sql.Literal(self._lineage["_file_id"]),
        )

    def _update(self) -> int:
        assignments = [
            sql.SQL("{} = {}").format(sql.Identifier(name), self._new_value(name)) for name in self._changeable
        ]
        return self.execute(
            """
            update {target} as stored
            set {assignments} _source = {source}, _file_id = {file_id}, _row_number = staged.{row},
                _updated_at = now(), _deleted_at = null, {maker}
            from {plan} as plan join {table} as staged on staged.ctid = plan.staged
            where stored.ctid = plan.stored
            """,
            assignments=sql.SQL("").join(sql.SQL("{}, ").format(assignment) for assignment in assignments),
            source=sql.Literal(self._lineage["_source"]),
            file_id=sql.Literal(self._lineage["_file_id"]),
            maker=self._maker(),
        )

    @staticmethod
    def _maker() -> sql.Composable:
        """Keeps who made a record when another file changes it."""
        return sql.SQL(
            "_created_file_id = coalesce(stored._created_file_id, stored._file_id),"
            " _created_row_number = coalesce(stored._created_row_number, stored._row_number)"
        )

    @property
    def _changeable(self) -> list[str]:
        """The columns that a row may change in a stored record."""
        fixed = {SYSTEM_ID.name, *self.rules.protect}
        if not self._has_record:
            fixed |= set(self.entity.key)
        return [name for name in self._columns if name not in fixed]

    def _new_value(self, name: str) -> sql.Composable:
        # A row that means its record otherwise may leave the key out.
        form = "coalesce(staged.{0}, stored.{0})" if name in self.entity.key else "staged.{0}"
        return sql.SQL(form).format(sql.Identifier(name))

    def _differs(self) -> sql.Composable:
        parts = [sql.SQL("stored._deleted_at is not null")] + [
            sql.SQL("stored.{} is distinct from {}").format(sql.Identifier(name), self._new_value(name))
            for name in self._changeable
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(parts))

    def _follow_moves(self, tree: Hierarchy) -> None:
        """Brings the paths of records below a moved one up to date."""
        moved = hierarchy.moved_paths(self._stored_records(tree))
        if moved:
            self.connection.execute(
                self.format(
                    "update {target} as stored set {path} = moved.path, _updated_at = now()"
                    " from unnest(%s::text[], %s::text[]) as moved (key, path) where stored.{key} = moved.key",
                    path=sql.Identifier(tree.path),
                    key=sql.Identifier(self.entity.key[0]),
                ),
                [list(moved), list(moved.values())],
            )

    def drop(self) -> None:
        super().drop()
        self.execute("drop table if exists {table}")

    def _same_record(self) -> sql.Composable:
        if self._has_record:
            return sql.SQL("stored.{} = staged.{}").format(sql.Identifier(SYSTEM_ID.name), sql.Identifier(_RECORD))
        return sql.SQL(" and ").join(
            sql.SQL("stored.{} = staged.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in self.entity.key
        )

    def _all_present(self, columns: Sequence[str]) -> sql.Composable:
        return sql.SQL(" and ").join(sql.SQL("{} is not null").format(sql.Identifier(name)) for name in columns)
