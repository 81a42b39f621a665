"""An importer's own file with the columns of other files added to it.

The other files go into an index on disk, so that memory does not grow with them. Each row of the own file stays one row
with its number and line; one that has no row in another file, or several, is reported and never multiplied.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.expression import Expression
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.duplicates import keep_one
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, refusals_naming
from wiseparts_pipeline.importing.reading import Batch, FileRows, open_rows
from wiseparts_pipeline.importing.reading.joins.lookup import Lookup
from wiseparts_pipeline.importing.reading.joins.row_index import RowIndex
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames


class JoinedFiles:
    """The other files of one import, (name on the server, path here) in the order of `join`; indexed once in `folder`.

    Raises RefusedFile, with the file's name, when one cannot be read or lacks a column that it is joined on.
    """

    def __init__(self, importer: ImporterSettings, files: Sequence[tuple[str, Path]], folder: Path) -> None:
        self._importer = importer
        self._files = files
        self._folder = folder
        self._lookups: list[Lookup] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for lookup in self._lookups or []:
            lookup.index.close()

    def with_joined_columns(self, main: FileRows) -> FileRows:
        """The rows of the importer's own file with the columns of the others; unchanged where there are none."""
        if self._lookups is None:
            self._lookups = self._open(main.columns)
        return _JoinedRows(main, self._lookups) if self._lookups else main

    def _open(self, main_columns: Sequence[str]) -> list[Lookup]:
        lookups: list[Lookup] = []
        present = list(main_columns)
        for join, (name, path) in zip(self._importer.join, self._files, strict=True):
            file = join.format(self._importer.file)
            with refusals_naming(name):
                rows = open_rows(path, name, file)
            on = dict(
                zip(
                    self._found(join.on, present, f"The file is joined with {name} on"),
                    self._found(join.on.values(), rows.columns, f"{name} is joined on"),
                    strict=True,
                )
            )
            new = [column for column in rows.columns if column not in present and not column.startswith("_")]
            sources = self._sources([*present, *new])
            used = {name for names in sources.values() for name in names} | self._joined_on(new)
            read = [column for column in new if column in used]
            lookup = Lookup(
                name=name,
                join=join.model_copy(update={"on": on}),
                rows=rows,
                file=file,
                columns=new,
                read=read,
                required=[column for column in self._required() if set(sources[column]) & set(read)],
                null_values=self._importer.file.null_values,
                index=RowIndex(self._folder / f"joined-{len(lookups)}.sqlite", keep_one(self._importer.duplicates)),
            )
            lookups.append(lookup)
            present += new
        return lookups

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
        return {column for join in self._importer.join for name in join.on if (column := names.find(name))}

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

    def __init__(self, main: FileRows, lookups: Sequence[Lookup]) -> None:
        self._main = main
        self._lookups = lookups
        self._joined = [column for lookup in lookups for column in lookup.columns]
        self.columns = [*main.columns, *self._joined]

    def batches(self) -> Iterator[Batch]:
        # Read in the thread that reads the main file: memory that one thread has freed is not given to the next.
        lookups = [(lookup, lookup.contents()) for lookup in self._lookups]
        for batch in self._main.batches():
            for lookup, contents in lookups:
                batch = lookup.with_joined_columns(batch, contents)
            yield replace(batch, joined=frozenset(self._joined))
