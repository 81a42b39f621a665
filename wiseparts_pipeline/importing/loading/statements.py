"""SQL about a file's rows: the names of their tables, and the expressions that several statements share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from psycopg import sql

from wiseparts_pipeline.entities.schema import SYSTEM_ID, Type
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.ledger.changes import moment_of_change
from wiseparts_pipeline.importing.loading.rules import LoadRules
from wiseparts_pipeline.importing.reading.bad_bytes import INVISIBLE
from wiseparts_pipeline.importing.validation.validated import ROW_NUMBER
from wiseparts_pipeline.warehouse import Connection
from wiseparts_pipeline.warehouse.deferred import deferred_table

# The stored record that a staged row of master data means.
RECORD = "_record"
# Whether other rows of the file mean the same record, if `has_repeated`.
REPEATED = "_repeated"


# For the record called stored: which file created it is kept when another one changes it.
KEEPS_CREATOR = sql.SQL(
    "_created_file_id = coalesce(stored._created_file_id, stored._file_id),"
    " _created_row_number = coalesce(stored._created_row_number, stored._row_number)"
)


@dataclass(frozen=True)
class DatabaseFault:
    """What is wrong with a staged row, as only the database can find out."""

    row_number: int
    key: str | None
    column: str
    code: RowCode
    message: str
    value: str | None


def _shown_message() -> sql.Composable:
    """The message of a fault with the names of characters that cannot be seen, and of blanks that are not usual."""
    text: sql.Composable = sql.SQL("fault.message")
    for character, shown in INVISIBLE.items():
        text = sql.SQL("replace({}, {}, {})").format(text, sql.Literal(character), sql.Literal(shown))
    any_of = "[" + "".join(f"\\u{ord(character):04X}" for character in INVISIBLE) + "]"
    return sql.SQL("case when fault.message ~ {} then {} else fault.message end").format(sql.Literal(any_of), text)


# Of a row of `{faults}` called fault, for people.
FAULT_MESSAGE = _shown_message()


def message(template: str, **details: sql.Composable | str) -> sql.Composable:
    """A message template as an SQL expression, with the details, texts or expressions, in place of their names."""
    pieces: list[sql.Composable] = []
    for text, name, _, _ in Formatter().parse(template):
        if text:
            pieces.append(sql.Literal(text))
        if name:
            detail = details[name]
            pieces.append(sql.Literal(detail) if isinstance(detail, str) else detail)
    return sql.SQL(" || ").join(pieces)


class Statements:
    """Statements about the rows of one file, whose tables and columns are named in braces; see `format`.

    `columns`: the canonical columns that the rows have. `has_record`: whether rows have in `_record` which record they
    mean; else the external key does. `has_repeated`: whether they have in `_repeated` that others mean the same.
    `sequence`: the column that numbers the rows of a document, and the one that is
    the same in all of these.
    """

    def __init__(self, connection: Connection, rules: LoadRules, columns: Sequence[str], table: sql.Identifier) -> None:
        self.connection = connection
        self.rules = rules
        self.entity = rules.entity
        self.columns = list(columns)
        self.has_record = False
        self.has_repeated = False
        self.sequence: tuple[str, str] | None = None
        prefix = staging_prefix(connection)
        working = ("faults", "plan", "gaps", "begun", "starts", "parents", "standing", "theirs")
        self._names: dict[str, sql.Composable] = {name: sql.Identifier("ops", f"{prefix}_{name}") for name in working}
        self._names |= {"table": table, "target": target_table(rules), "row": sql.Identifier(ROW_NUMBER)}
        self._names["waiting"] = deferred_table(rules.entity)
        self._names["moment"] = moment_of_change(rules.entity.name)

    def format(self, statement: str, **parts: sql.Composable) -> sql.Composed:
        """The statement with identifiers and the parts in place of the names in braces.

        `{table}`: the file's rows, with their numbers in `{row}`. `{target}`: the entity's table. `{waiting}`: that of
        its deferred rows. `{moment}`: when rows are changed; see `moment_of_change`. Working tables: `{faults}` of the
        rows, `{plan}` of the inserts and updates, `{gaps}` that rejected rows leave in a sequence, `{begun}` of the
        lines that other files of the day have of the same documents, `{starts}` of what these numbers follow,
        `{parents}` of a hierarchy's rows, `{standing}` of the fingerprints of rows that stand already, `{theirs}` of
        forgotten persons' records.
        """
        return sql.SQL(statement).format(**self._names | parts)

    def execute(self, statement: str, **parts: sql.Composable) -> int:
        """Runs a statement that `format` completes; returns how many rows it affected."""
        return self.connection.execute(self.format(statement, **parts)).rowcount

    def fetch(self, statement: str, **parts: sql.Composable) -> list[tuple[Any, ...]]:
        """The rows of a query that `format` completes."""
        return self.connection.execute(self.format(statement, **parts)).fetchall()

    def scalar(self, statement: str, **parts: sql.Composable) -> int | bool:
        row = self.connection.execute(self.format(statement, **parts)).fetchone()
        assert row is not None
        value: int | bool = row[0]
        return value

    def counts(self, statement: str, **parts: sql.Composable) -> tuple[int, ...]:
        """The only row of a query for several counts."""
        row = self.connection.execute(self.format(statement, **parts)).fetchone()
        assert row is not None
        return tuple(row)

    def same_record(self) -> sql.Composable:
        """The condition that the staged row means the stored record."""
        if self.has_record:
            return sql.SQL("stored.{} = staged.{}").format(sql.Identifier(SYSTEM_ID.name), sql.Identifier(RECORD))
        return sql.SQL(" and ").join(
            sql.SQL("stored.{} = staged.{}").format(sql.Identifier(name), sql.Identifier(name))
            for name in self.entity.key
        )

    def key_text(self, table: str) -> sql.Composable:
        """The external key as one text, as `Entity.key_text` writes it; null where the rows have none."""
        columns = self.entity.key
        if table == "staged" and not set(columns) <= set(self.columns):
            return sql.SQL("null")
        return sql.SQL(" || '/' || ").join(self.key_part(table, name) for name in columns)

    def key_part(self, table: str, name: str) -> sql.Composable:
        """One column of the key as it is written in the key's text."""
        # A number has nothing to be escaped, and neither has a key of one part.
        is_plain = len(self.entity.key) == 1 or self.entity[name].type is Type.INT
        form = "{}::text" if is_plain else r"replace(replace({}::text, '\', '\\'), '/', '\/')"
        return sql.SQL(form).format(sql.Identifier(table, name))

    def source(self, name: str) -> str:
        """What the file calls a column, to be put behind its name or value in a message; empty where it is the same."""
        found = self.rules.sources.get(name)
        return f" (from {found})" if found else ""

    def label(self, *names: str) -> str:
        """Columns as messages call them."""
        return ", ".join(name + self.source(name) for name in names)

    def add_faults(
        self,
        from_: str,
        code: RowCode,
        value_columns: Sequence[str],
        message: sql.Composable,
        column_name: str | None = None,
        **parts: sql.Composable,
    ) -> None:
        """Notes a fault of each row of `from_`, a FROM clause whose rows are called staged.

        `message`: an SQL expression. `value_columns`: whose values are shown. `parts`: what `from_` names in braces.
        """
        self.execute(
            "insert into {faults} select staged.{row}, {key_text}, {column_name}, {code}, {message}, {value} " + from_,
            key_text=self.key_text("staged"),
            column_name=sql.Literal(column_name or ", ".join(value_columns)),
            code=sql.Literal(code.value),
            message=message,
            value=self.joined(value_columns, "/") if value_columns else sql.SQL("null"),
            **parts,
        )

    def faults(self) -> Iterator[DatabaseFault]:
        """What is wrong with rejected rows, in file order."""
        with self.connection.cursor(name="faults") as cursor:
            cursor.execute(
                self.format(
                    "select row_number, key, column_name, code, {message}, value from {faults} as fault"
                    " order by row_number",
                    message=FAULT_MESSAGE,
                )
            )
            for row, key, column, code, text, value in cursor:
                yield DatabaseFault(row, key, column, RowCode(code), text, value)

    @staticmethod
    def joined(columns: Sequence[str], separator: str) -> sql.Composable:
        """Values of a staged row as one text, to be shown."""
        parts = [sql.Identifier("staged", name) for name in columns]
        return sql.SQL("concat_ws({}, {})").format(sql.Literal(separator), sql.SQL(", ").join(parts))

    @staticmethod
    def names(columns: Sequence[str], table: str | None = None) -> sql.Composable:
        """Columns as a list of identifiers."""
        return sql.SQL(", ").join(sql.Identifier(table, name) if table else sql.Identifier(name) for name in columns)


def target_table(rules: LoadRules) -> sql.Identifier:
    """The table that the rows are loaded into."""
    return sql.Identifier("raw", rules.entity.name)


def staging_prefix(connection: Connection) -> str:
    """What the names of a connection's working tables begin with; not by the file, which has no id in a dry run."""
    return f"staging_{connection.info.backend_pid}"
