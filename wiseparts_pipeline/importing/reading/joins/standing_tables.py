"""What stands already and values are looked up in: the records of an entity, or a file that is kept."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from wiseparts_pipeline.entities.schema import Entity, Type
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.reading.joins.other_table import SHOWN, OtherTable, own_cells
from wiseparts_pipeline.importing.reading.joins.row_index import FoundRows, comparable, unpack
from wiseparts_pipeline.importing.reading.rows import Batch, FileRows
from wiseparts_pipeline.warehouse import Connection

_ROWS_OF_A_BATCH = 50_000
_KEYS_OF_A_QUERY = 100_000
_FEW = 20_000
_MOST_TEXTS = 1_000_000


class KeptFile(OtherTable):
    """A file that is kept, in which values are looked up."""

    needs_whole_key = True
    counts_misses = True
    several = RowCode.SEVERAL_FOUND

    def _no_row(self, key: list[str]) -> str:
        return (
            f"No row of {self.name} has {self._described(key)}{self._needed()} Add it there, and send this row again."
        )

    def _needed(self) -> str:
        return f", and every row needs {', '.join(self.required)} from there." if self.required else "."


class StoredRecords(KeptFile):
    """The records of an entity, in which values are looked up; `name`: the entity's."""

    def _several_rows(self, key: list[str], found: FoundRows, at: int) -> str:
        first, other = (self._shown(cells[at]) for cells in (found.cells, found.other_cells))
        return (
            f"Several records of {self.name} have {self._described(key)}: one with {first}, another with {other}."
            " Correct them, or give this row what tells them apart."
        )

    def _shown(self, cells: pa.Scalar) -> str:
        """The values of a record that are looked up."""
        columns = unpack(pa.array([cells.as_py()], pa.string()), np.array([0]), len(self.taken))
        values = [column[0].as_py()[:SHOWN] for column in columns]
        return ", ".join(f"{name} {value!r}" for name, value in zip(self.taken.values(), values, strict=True))

    def _no_row(self, key: list[str]) -> str:
        return (
            f"No record of {self.name} has {self._described(key)}{self._needed()} Send that record first, then this row"
            " again."
        )


class EntityRows:
    """See FileRows: the live records of an entity, numbers with this decimal sign.

    `keys`: the columns that they are found by; records without a value there are left out. `asked`: texts of the first
    of them that other records do not have to be read for; None: all records are.
    """

    def __init__(
        self, connection: Connection, entity: Entity, columns: Sequence[str], keys: Sequence[str], decimal: str
    ) -> None:
        self.columns = list(columns)
        self.asked: Sequence[str] | None = None
        self._connection = connection
        self._table = sql.Identifier("raw", entity.name)
        self._query = sql.SQL("select {} from {} where _deleted_at is null and {}").format(
            sql.SQL(", ").join(_text(entity[name].type, name, decimal) for name in columns),
            self._table,
            sql.SQL(" and ").join(sql.SQL("{} is not null").format(sql.Identifier(name)) for name in keys),
        )
        self._by_key = sql.SQL("{} and normalize({}::text) = any(%s)").format(self._query, sql.Identifier(keys[0]))

    def are_many(self) -> bool:
        """Whether reading them all takes longer than finding out which are needed."""
        count = sql.SQL("select count(*) from (select from {} limit {}) as first").format(self._table, _FEW + 1)
        row = self._connection.execute(count).fetchone()
        return row is not None and row[0] > _FEW

    def batches(self) -> Iterator[Batch]:
        read = 0
        for query, parameters in self._queries():
            with self._connection.cursor(name="looked_up") as cursor:
                cursor.execute(query, parameters)
                while rows := cursor.fetchmany(_ROWS_OF_A_BATCH):
                    numbers = np.arange(read + 1, read + len(rows) + 1)
                    read += len(rows)
                    cells = (pa.array(values, pa.string()) for values in zip(*rows, strict=True))
                    yield Batch(dict(zip(self.columns, cells, strict=True)), numbers, numbers, has_bad_bytes=False)

    def _queries(self) -> Iterator[tuple[sql.Composed, list[list[str]]]]:
        if self.asked is None:
            yield self._query, []
            return
        for start in range(0, len(self.asked), _KEYS_OF_A_QUERY):
            yield self._by_key, [list(self.asked[start : start + _KEYS_OF_A_QUERY])]


def distinct_texts(rows: FileRows, column: str) -> list[str] | None:
    """The texts in a column of a file, each once; None if they are too many to be kept in memory."""
    texts: dict[str, None] = {}
    for batch in rows.batches():
        found = pc.unique(comparable(own_cells(batch, column)))
        texts.update(dict.fromkeys(found.to_pylist()))
        if len(texts) > _MOST_TEXTS:
            return None
    # The database has no such character.
    return [text for text in texts if "\0" not in text]


def _text(type_: Type, name: str, decimal: str) -> sql.Composable:
    """A value as the importer's file would have it."""
    column = sql.Identifier(name)
    if type_ in (Type.MONEY, Type.NUMBER):
        return sql.SQL("replace(trim_scale({})::text, '.', {})").format(column, sql.Literal(decimal))
    return sql.SQL("{}::text").format(column)
