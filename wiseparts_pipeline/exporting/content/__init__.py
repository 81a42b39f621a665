"""What is exported of a record: its files, written from what it is now."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wiseparts_pipeline.config.exports.exporter import IN_FILES, ExporterSettings
from wiseparts_pipeline.config.exports.files import OF_THE_EXPORT, ExportColumn, ExportFile, Rows
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.exporting.content.cells import Dialect
from wiseparts_pipeline.exporting.content.records import read_record
from wiseparts_pipeline.exporting.content.rows import Row, common, shown
from wiseparts_pipeline.exporting.content.supplier_orders import supplier_files
from wiseparts_pipeline.exporting.export import Code, Export, HeldRecord, WrittenFile
from wiseparts_pipeline.formulas import escape
from wiseparts_pipeline.warehouse import Connection

# Of all files of a record.
MOST_BYTES = 64 << 20


def prepare(connection: Connection, exporter: ExporterSettings, export: Export) -> list[WrittenFile]:
    """The files of a record as it is now, in the order in which they are to appear: that of the record itself is last.

    Raises HeldRecord if something of it has to change first, UnwantedRecord if it need not be exported any more. Locks
    nothing, and leaves the connection's transaction as it is.
    """
    if exporter.entity not in IN_FILES:
        return list(supplier_files(connection, exporter, export))
    rows = read_record(connection, exporter, export)
    dialect = Dialect(exporter.file, exporter.zone)
    written: list[WrittenFile] = []
    for name, file in exporter.written_files.items():
        writer = _Writer(name, file, exporter, export, dialect)
        records = [writer.one_of(rows[Rows.RECORD])] if file.rows is Rows.RECORD else rows[file.rows]
        content = dialect.encode([_header(file, dialect), *writer.rows(records)])
        written.append(WrittenFile(f"{name}_{export.stem}.csv", len(records), content))
        if sum(len(each.content) for each in written) > MOST_BYTES:
            raise HeldRecord(
                Code.TOO_LARGE,
                f"Its files have more than {MOST_BYTES >> 20} MB ({name}). Look whether its source means one record.",
            )
    return written


def headers(exporter: ExporterSettings) -> dict[str, str]:
    """The first row of each file, without its end, by the file's name with `<uuid>` in it."""
    dialect = Dialect(exporter.file, exporter.zone)
    return {
        f"{name}_<uuid>.csv": _header(file, dialect).removesuffix(exporter.file.row_end)
        for name, file in exporter.written_files.items()
    }


def write_to(folder: Path, files: Iterable[WrittenFile]) -> None:
    """Writes the files into a folder of this machine, which is made. Raises FileExistsError for one that is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        with (folder / file.name).open("xb") as target:
            target.write(file.content)


def _header(file: ExportFile, dialect: Dialect) -> str:
    return dialect.row(file.columns)


@dataclass(frozen=True)
class _Writer:
    """Writes the rows of one file of a record."""

    name: str
    file: ExportFile
    exporter: ExporterSettings
    export: Export
    dialect: Dialect

    def one_of(self, rows: Sequence[Row]) -> Row:
        """The record itself, whose columns have the same value in all of its rows, or none."""
        if len(rows) == 1:
            return rows[0]
        remedy = "Send the lines again with the same value, or take the column into a file with `rows: line`."
        return {column: common(rows, column, f"{self.name}, column {name}", remedy) for name, column in self._sources()}

    def _sources(self) -> Iterator[tuple[str, str]]:
        """The columns of the rows that are written, each after its name in the file."""
        for name, column in self.file.columns.items():
            if column.from_ is not None and column.from_ not in OF_THE_EXPORT:
                yield name, column.from_

    def rows(self, rows: Sequence[Row]) -> Iterator[str]:
        """The rows of the file; raises HeldRecord for a value that cannot be written."""
        columns = [(name, column, self._type(column)) for name, column in self.file.columns.items()]
        for row in rows:
            yield self.dialect.row(self._cell(row, *column) for column in columns)

    def _type(self, column: ExportColumn) -> Type:
        if column.from_ is None or column.from_ in OF_THE_EXPORT:
            return Type.TEXT
        return self.file.entity_of(self.exporter.entity_definition)[column.from_].type

    def _cell(self, row: Row, name: str, column: ExportColumn, type_: Type) -> str:
        if column.from_ is None:
            return column.constant or ""
        value = self._value(row, column.from_)
        if value is None or value == []:
            if column.required:
                raise HeldRecord(
                    Code.MISSING_VALUE,
                    f"{self._place(row, name)}: {column.from_} has no value, and the receiver needs one."
                    " Send the record again with it.",
                )
            return self.dialect.format.null_text
        try:
            text = self.dialect.text(value, type_)
        except ValueError as error:
            raise self._unwritable(row, name, value, str(error)) from None
        if text in column.map:
            return column.map[text]
        if text == self.dialect.format.null_text:
            raise self._unwritable(row, name, value, "is what `null_text` writes where there is no value")
        if self.file.escape_formulas and type_ is Type.TEXT:
            text = escape(text)
        if problem := self.dialect.format.unwritable(text):
            raise self._unwritable(row, name, value, problem)
        return text

    def _value(self, row: Row, column: str) -> Any:
        match column:
            case "uuid":
                return self.export.record_uuid
            case "version":
                return self.export.version
        return row[column]

    def _unwritable(self, row: Row, name: str, value: Any, problem: str) -> HeldRecord:
        return HeldRecord(
            Code.UNENCODABLE,
            f"{self._place(row, name)}: {shown(value)} {problem}."
            " Change the value and send the record again, or change `file` of the exporter.",
        )

    def _place(self, row: Row, name: str) -> str:
        """Which cell it is: the file, the row where there are several, and the column."""
        key: str = self.file.entity_of(self.exporter.entity_definition).key[-1]
        which = "" if self.file.rows is Rows.RECORD else f", {key} {row[key]}"
        return f"{self.name}{which}, column {name}"
