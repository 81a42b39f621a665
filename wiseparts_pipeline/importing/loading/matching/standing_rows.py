"""Rows that stand already: those of a file whose fingerprint is that of a stored record need no further look.

A record's fingerprint is that of the row that made it what it is, under the same settings; every other change of the
record replaces or clears it.
"""

from collections.abc import Iterator

import numpy as np
from psycopg import sql

from wiseparts_pipeline.importing.loading.matching.places import Places
from wiseparts_pipeline.importing.loading.rows import Rows
from wiseparts_pipeline.importing.validation.fingerprints import FINGERPRINT

# 16 bytes each, four for the row that has it and up to 16 for its place; the rows of others go the long way.
_MOST_RECORDS = 2_000_000
# Fetching the fingerprints of a larger table takes longer than a file that is much smaller takes the long way.
_SMALL_TABLE_BYTES = 64 * 2**10
# A full export in CSV has about half the bytes of its table.
_LEAST_SHARE_OF_TABLE = 0.1
# Of the table, asked for at a time.
_BLOCKS = 32_768
_ROWS = 1_000_000


class StandingRows:
    """The fingerprints of an entity's records, and by which row of the file each was met.

    Left out are records that a row of the same content would not leave as they are, or not without a trace: deleted
    ones, those that refer to missing records, and those of which a rejected row is to be resolved.
    """

    def __init__(self, fingerprints: np.ndarray) -> None:
        self._places = Places(fingerprints)
        self._met = np.zeros(len(fingerprints), dtype=np.int32)

    @classmethod
    def of(cls, rows: Rows) -> "StandingRows":
        """Those of the rows' entity, whose table is locked; none if the file is too small for it to be worthwhile."""
        table_bytes = int(rows.scalar("select pg_relation_size('{target}')"))
        least_bytes = 0 if table_bytes <= _SMALL_TABLE_BYTES else _LEAST_SHARE_OF_TABLE * table_bytes
        # A row may take the place of a deferred one.
        if rows.rules.file_bytes < least_bytes or rows.scalar("select exists (select from {waiting})"):
            return cls(np.empty((0, 2), dtype="<u8"))
        blocks = table_bytes // int(rows.scalar("select current_setting('block_size')::int"))
        found: list[np.ndarray] = []
        for first in range(0, blocks, _BLOCKS):
            found.append(_read(rows, first, whole=blocks <= _BLOCKS))
            if sum(map(len, found)) >= _MOST_RECORDS:
                break
        return cls(np.concatenate([np.empty((0, 2), dtype="<u8"), *found])[:_MOST_RECORDS])

    @property
    def count(self) -> int:
        """How many rows were met."""
        return int(np.count_nonzero(self._met))

    def meet(self, fingerprints: np.ndarray, row_numbers: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """Which of the rows stand already, and are the first to do so; the file's numbers of these are noted."""
        known = np.zeros(len(fingerprints), dtype=bool)
        places = self._places.of(fingerprints)
        rows = np.flatnonzero(allowed & (places >= 0))
        rows = rows[self._met[places[rows]] == 0]
        # Backwards, so that the first of several stays.
        self._met[places[rows[::-1]]] = row_numbers[rows[::-1]]
        known[rows] = self._met[places[rows]] == row_numbers[rows]
        return known

    def forget(self, fingerprints: np.ndarray) -> list[int]:
        """Takes rows back that were met; returns their numbers, in file order."""
        places = self._places.of(fingerprints)
        places = np.unique(places[places >= 0])
        numbers = sorted(self._met[places[self._met[places] != 0]].tolist())
        self._met[places] = 0
        return numbers

    def met(self) -> np.ndarray:
        """The fingerprints that were met."""
        met: np.ndarray = self._places.fingerprints[self._met != 0]
        return met


def fingerprints_of_same_keys(rows: Rows) -> Iterator[np.ndarray]:
    """Those of the stored records that the staged rows mean, piece by piece."""
    last = int(rows.scalar("select coalesce(max({row}), 0) from {table}"))
    for first in range(1, last + 1, _ROWS):
        yield _aggregated(
            rows,
            "from {table} as staged join {target} as stored on {same}"
            " where staged.{row} between {first} and {last} and stored.{fingerprint} is not null",
            same=rows.same_record(),
            first=sql.Literal(first),
            last=sql.Literal(first + _ROWS - 1),
        )


def _read(rows: Rows, first: int, *, whole: bool) -> np.ndarray:
    joins, conditions = [], []
    for index, (name, reference) in enumerate(rows.entity.references.items()):
        if name not in rows.columns or name not in rows.rules.policies:
            continue
        names = {
            "other": sql.Identifier(f"other_{index}"),
            "entity": sql.Identifier("raw", reference.entity),
            "referenced": sql.Identifier(reference.column),
            "column": sql.Identifier(name),
        }
        joins.append(
            sql.SQL(
                "left join {entity} as {other} on {other}.{referenced} = stored.{column}"
                " and {other}._deleted_at is null"
            ).format(**names)
        )
        conditions.append(sql.SQL("(stored.{column} is null or {other}.{referenced} is not null)").format(**names))
    if rows.scalar(
        "select exists (select from ops.rejected_entries"
        " where entity = {entity} and status = 'rejected' and key is not null)",
        entity=sql.Literal(rows.entity.name),
    ):
        conditions.append(
            rows.format(
                "not exists (select from ops.rejected_entries as entry where entry.entity = {entity}"
                " and entry.status = 'rejected' and entry.key = {key})",
                entity=sql.Literal(rows.entity.name),
                key=rows.key_text("stored"),
            )
        )
    if not whole:
        tids = [sql.Literal(f"({block},0)") for block in (first, first + _BLOCKS)]
        conditions.append(sql.SQL("stored.ctid >= {}::tid and stored.ctid < {}::tid").format(*tids))
    return _aggregated(
        rows,
        "from {target} as stored {joins}"
        " where {conditions} stored._deleted_at is null and stored.{fingerprint} is not null",
        joins=sql.SQL(" ").join(joins),
        conditions=sql.SQL("").join(sql.SQL("{} and ").format(condition) for condition in conditions),
    )


def _aggregated(rows: Rows, from_: str, **parts: sql.Composable) -> np.ndarray:
    """The fingerprints of the records called stored, in one value: a row each would take longer to receive."""
    with rows.connection.cursor(binary=True) as cursor:
        (found,) = cursor.execute(
            rows.format(
                "select string_agg(uuid_send(stored.{fingerprint}), ''::bytea) " + from_,
                fingerprint=sql.Identifier(FINGERPRINT),
                **parts,
            )
        ).fetchone() or (None,)
    return np.frombuffer(found or b"", dtype="<u8").reshape(-1, 2)
