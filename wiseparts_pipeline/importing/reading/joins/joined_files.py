"""An importer's own file with the columns of other files and of stored records added to it.

These go into an index on disk, so that memory does not grow with them. Each row of the own file stays one row with its
number and line; one that has no match in another table, or several, is reported and never multiplied.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.expression import Expression
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.joins import Lookup, Missing
from wiseparts_pipeline.config.records.duplicates import Duplicates, keep_one
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, refusals_naming
from wiseparts_pipeline.importing.reading import Batch, FileRows, open_rows
from wiseparts_pipeline.importing.reading.joins.other_table import OtherTable
from wiseparts_pipeline.importing.reading.joins.row_index import RowIndex
from wiseparts_pipeline.importing.reading.joins.standing_tables import (
    EntityRows,
    KeptFile,
    StoredRecords,
    distinct_texts,
)
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames
from wiseparts_pipeline.warehouse import Connection


class JoinedFiles:
    """The other tables of one import; indexed once in `folder`.

    `files`: the companions, (name on the server, path here) in the order of `join`. `kept`: the files that values are
    looked up in, in the order of `lookup`; `connection`: to the database with the records that they are looked up in.
    Raises RefusedFile, with the file's name, when one cannot be read or lacks a column that it is joined on.
    """

    def __init__(
        self,
        importer: ImporterSettings,
        files: Sequence[tuple[str, Path]],
        folder: Path,
        *,
        kept: Sequence[tuple[str, Path]] = (),
        connection: Connection | None = None,
    ) -> None:
        self._importer = importer
        self._files = files
        self._kept = kept
        self._connection = connection
        self._folder = folder
        self._opened: list[OtherTable] = []
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for table in self._opened:
            table.index.close()

    def with_joined_columns(self, main: FileRows) -> FileRows:
        """The rows of the importer's own file with the columns of the others; unchanged where there are none."""
        if not self._is_open:
            self._open_companions(main.columns)
            self._open_standing(main)
            self._is_open = True
        return _JoinedRows(main, self._opened) if self._opened else main

    def _open_companions(self, main_columns: Sequence[str]) -> None:
        present = list(main_columns)
        for join, (name, path) in zip(self._importer.join, self._files, strict=True):
            file = join.format(self._importer.file)
            with refusals_naming(name):
                rows = open_rows(path, name, file)
            on = self._on(join.on, present, rows, f"The file is joined with {name} on", f"{name} is joined on")
            new = {column: column for column in rows.columns if column not in present and not column.startswith("_")}
            self._add(OtherTable, name, rows, on, new, present, file.null_values, keep_one(self._importer.duplicates))
            present += new

    def _open_standing(self, main: FileRows) -> None:
        present = [*main.columns, *(name for table in self._opened for name in table.columns)]
        kept = iter(self._kept)
        for lookup in self._importer.lookup:
            if lookup.entity is not None:
                table = self._open_records(lookup, ENTITIES[lookup.entity], present, main)
            else:
                table = self._open_kept(lookup, *next(kept), present)
            table.rejects_misses = lookup.missing is Missing.REJECT
            present += table.columns

    def _open_kept(self, lookup: Lookup, name: str, path: Path, present: Sequence[str]) -> OtherTable:
        file = lookup.format(self._importer.file)
        with refusals_naming(name):
            rows = open_rows(path, name, file)
        return self._look_up(KeptFile, lookup, name, rows, present, file.null_values)

    def _open_records(self, lookup: Lookup, entity: Entity, present: Sequence[str], main: FileRows) -> OtherTable:
        assert self._connection is not None
        so_far = _JoinedRows(main, list(self._opened))
        keys = list(lookup.on.values())
        names = list(dict.fromkeys([*keys, *lookup.columns.values()]))
        rows = EntityRows(self._connection, entity, names, keys, self._importer.file.decimal)
        table = self._look_up(StoredRecords, lookup, entity.name, rows, present, ())
        if rows.are_many():
            rows.asked = distinct_texts(so_far, next(iter(table.on)))
        # Read now, as the connection is not free while rows are copied.
        table.contents()
        return table

    def _look_up(
        self,
        kind: type[KeptFile],
        lookup: Lookup,
        name: str,
        rows: FileRows,
        present: Sequence[str],
        nulls: Sequence[str],
    ) -> OtherTable:
        if taken := [column for column in lookup.columns if column in present]:
            raise RefusedFile(
                RefusalCode.DUPLICATE_COLUMN,
                f"{taken[0]} is looked up in {name}, and the file has a column of that name. Give what is looked up"
                " another name in `lookup`.",
            )
        on = self._on(lookup.on, present, rows, f"Values are looked up in {name} by", f"{name} is searched by")
        its = self._found(lookup.columns.values(), rows.columns, f"{name} is to give")
        new = dict(zip(lookup.columns, its, strict=True))
        return self._add(kind, name, rows, on, new, present, nulls, Duplicates.REJECT)

    def _on(
        self, on: Mapping[str, str], present: Sequence[str], rows: FileRows, joined: str, by: str
    ) -> dict[str, str]:
        """`on` with the names as they are in the files; `joined` and `by` begin the sentence that says what is not."""
        own = self._found(on, present, joined)
        return dict(zip(own, self._found(on.values(), rows.columns, by), strict=True))

    def _add(
        self,
        kind: type[OtherTable],
        name: str,
        rows: FileRows,
        on: Mapping[str, str],
        new: Mapping[str, str],
        present: Sequence[str],
        nulls: Sequence[str],
        duplicates: Duplicates,
    ) -> OtherTable:
        """Adds a table; `new`: the columns that it adds to those that are `present`, and its own that they are from."""
        sources = self._sources([*present, *new])
        used = {name for names in sources.values() for name in names} | self._joined_on(list(new))
        taken = {column: its for column, its in new.items() if column in used}
        table = kind(
            name=name,
            on=on,
            rows=rows,
            columns=list(new),
            taken=taken,
            required=[column for column in self._required() if set(sources[column]) & set(taken)],
            own_nulls=nulls,
            null_values=self._importer.file.null_values,
            index=RowIndex(self._folder / f"joined-{len(self._opened)}.sqlite", duplicates),
        )
        self._opened.append(table)
        return table

    def _found(self, wanted: Iterable[str], present: Sequence[str], joined: str) -> list[str]:
        """The names of columns as they are in a file. Raises RefusedFile for one that is not there."""
        names = ColumnNames(present, self._importer.match_columns)
        found = {name: names.find(name) for name in wanted}
        if absent := [name for name, column in found.items() if column is None]:
            raise RefusedFile(
                RefusalCode.MISSING_COLUMN,
                problem=f"{joined} {', '.join(absent)}, which it does not have",
                columns=", ".join(present),
            )
        return [column for column in found.values() if column is not None]

    def _joined_on(self, columns: Sequence[str]) -> set[str]:
        """Those of the columns that another file is joined on."""
        names = ColumnNames(columns, self._importer.match_columns)
        tables = (*self._importer.join, *self._importer.lookup)
        return {column for table in tables for name in table.on if (column := names.find(name))}

    def _sources(self, present: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The columns of files that each canonical column is made of, as far as they are known."""
        rules = self._importer.columns
        names = ColumnNames(present, self._importer.match_columns)
        entity = self._importer.entity_definition
        found = {}
        for column in entity.given_columns:
            rule = rules.get(column.name) or ColumnRule.model_validate(column.name)
            operands = Expression(rule.expression).file_columns(entity.column_names) if rule.expression else {}
            own = (names.find(operand) for operand in operands.values())
            found[column.name] = (*names.resolved(rule).file_columns, *(name for name in own if name))
        return found

    def _required(self) -> list[str]:
        """The canonical columns that every row needs, and that no default and no `fill_down` fills."""
        rules = self._importer.columns
        filled = self._importer.fill_down.columns if self._importer.fill_down else ()
        return [
            column.name
            for column in self._importer.entity_definition.columns
            if column.required and column.default is None and column.name not in filled
            if column.name not in rules or rules[column.name].default is None
        ]


class _JoinedRows:
    """See FileRows."""

    def __init__(self, main: FileRows, tables: Sequence[OtherTable]) -> None:
        self._main = main
        self._tables = tables
        self._joined = [column for table in tables for column in table.columns]
        self.columns = [*main.columns, *self._joined]

    def batches(self) -> Iterator[Batch]:
        # Read in the thread that reads the main file: memory that one thread has freed is not given to the next.
        tables = [(table, table.contents()) for table in self._tables]
        for batch in self._main.batches():
            for table, contents in tables:
                batch = table.with_joined_columns(batch, contents)
            yield replace(batch, joined=frozenset(self._joined))
