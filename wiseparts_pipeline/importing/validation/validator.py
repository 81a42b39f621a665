"""A file's batches as rows of an entity: columns mapped, cells converted, rules checked, faulty rows set apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.attributes import EXCEL
from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.expression import Expression
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.duplicates import Combine
from wiseparts_pipeline.entities.schema import Column, Entity, Type
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile, RowCode, WarningCode
from wiseparts_pipeline.importing.reading import BAD_BYTES, ERROR_COLUMNS, Batch
from wiseparts_pipeline.importing.reading.spreadsheet_errors import are_errors, are_shortened
from wiseparts_pipeline.importing.validation.column_rules import FileColumns
from wiseparts_pipeline.importing.validation.conversion import convert, other_currency, round_to_scale
from wiseparts_pipeline.importing.validation.forgotten import Forgotten
from wiseparts_pipeline.importing.validation.identifiers import are_no_identifiers
from wiseparts_pipeline.importing.validation.mapping import Mapper
from wiseparts_pipeline.importing.validation.reporting import FaultReporter
from wiseparts_pipeline.importing.validation.row_hashes import row_hashes
from wiseparts_pipeline.importing.validation.rules import LONGEST_KEY, FaultMasks, RowRules
from wiseparts_pipeline.importing.validation.signs import Signs
from wiseparts_pipeline.importing.validation.validated import CORRECTS, PART, ROW_NUMBER, Validated

# The column with the currency of a row's amounts.
_CURRENCY = "currency"


class Validator:
    """Maps and checks the batches of one file.

    `columns`: the canonical columns that the file gives, without those that the database numbers (`sequences`: each
    with the column that it is numbered within). `warnings`: counts missing optional columns. `corrects`: it is the
    error file of an earlier file, whose rows have come back. `forgotten`: whose rows are emptied, if anyone's.
    Raises RefusedFile when a column that every row needs is not in the file.
    """

    def __init__(
        self,
        importer: ImporterSettings,
        file_columns: Sequence[str],
        *,
        corrects: bool = False,
        forgotten: Forgotten | None = None,
    ) -> None:
        self._importer = importer
        self._forgotten = forgotten
        self._corrects = corrects
        self.entity: Entity = importer.entity_definition
        given = FileColumns(importer, file_columns)
        self._rules = given.rules
        self.missing = given.missing
        self.warnings = Counter({str(WarningCode.MISSING_COLUMN): len(given.missing)} if given.missing else {})
        self.sequences = {
            name: rule.sequence_within for name, rule in self._rules.items() if rule.sequence_within is not None
        }
        if self.sequences and ERROR_COLUMNS[0] in file_columns and not corrects:
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                "This is an error file, but by its name it belongs to no file that was imported, and"
                f" {', '.join(self.sequences)} counts a document's rows: its rows would replace others. Give it back"
                " the name that it had in errors/, or correct the rows in the whole file and send that again.",
            )
        names = [column.name for column in self.entity.given_columns]
        self.columns = [name for name in names if name in self._rules and name not in self.sequences]
        self._expressions = {
            name: Expression(rule.expression) for name, rule in self._rules.items() if rule.expression is not None
        }
        # What columns are computed from in the file is read as the column for which it is computed first.
        self._operands = {
            operand: next(self.entity[name] for name, each in self._expressions.items() if operand in each.names)
            for operand in given.operands
        }
        self._sources = self._rules | {
            operand: ColumnRule.model_validate(column) for operand, column in given.operands.items()
        }
        self._signs = Signs(importer, file_columns, self.columns)
        self._mapper = Mapper(importer, self._sources)
        self._row_rules = RowRules(self.entity, computed=self._expressions, numbered=self.sequences)
        self._reporter = FaultReporter(self.entity, importer.file, self._sources, self._operands)

    @property
    def unique_keys(self) -> list[tuple[str, ...]]:
        """The columns, alone or together, in which no two rows of the file may have the same values."""
        keys = [self.entity.key, *((column,) for column in self.entity.unique)]
        return [key for key in keys if all(column in self._rules for column in key)]

    @property
    def sources(self) -> dict[str, str]:
        """What the file calls the canonical columns that have another name there."""
        made_of = {name: ", ".join(rule.file_columns) for name, rule in self._rules.items()}
        return {name: sources for name, sources in made_of.items() if sources not in ("", name)}

    @property
    def used_columns(self) -> set[str]:
        """The columns of files that those of the entity are made of."""
        used = {name for rule in self._sources.values() for name in rule.file_columns}
        return used | {self._signs.column} if self._signs.column else used

    def validate(self, batch: Batch) -> Validated:
        """Good rows and faults of a batch; every row is in one or the other."""
        masks = FaultMasks(len(batch))
        batch = self._signs.checked(batch)
        if batch.sheet is not None and batch.sheet.has_1904_dates:
            self._refuse_day_numbers()
        cells = self._mapper.cells(batch)
        typed, literals, warnings = self._convert(cells, batch.has_bad_bytes, masks)
        if batch.repeated_headers:
            warnings[WarningCode.REPEATED_HEADER] += batch.repeated_headers
        turned = self._signs.are_turned(batch, typed)
        for name in self._signs.turn(list(typed), typed, turned, warnings):
            literals.pop(name, None)
        self._compute(typed, masks)
        self._signs.turn(self._unsigned_results(), typed, turned, warnings)
        self._row_rules.check(typed, len(batch), masks)
        unusable = np.zeros(len(batch), dtype=bool)
        unusable[[fault.position for fault in batch.unusable]] = True
        self._forgive_missing(masks, batch.joined | batch.filled, unusable)
        bad = masks.faulty() | unusable
        self._signs.count_positive(typed, ~bad, warnings)
        if batch.not_found:
            warnings[WarningCode.NOT_FOUND] = batch.not_found
        if batch.left_out:
            warnings[WarningCode.LEFT_OUT] = batch.left_out
        if batch.without_rows:
            warnings[WarningCode.WITHOUT_ROWS] = batch.without_rows

        faults = self._reporter.faults(batch, cells, typed, masks, bad)
        if self._forgotten:
            self._forgotten.empty(typed, literals, batch.row_numbers)
            faults = list(self._forgotten.hidden(faults))
        values = pa.table({name: typed[name] for name in self.columns})
        copied = pa.table(self._numbers(batch) | {name: literals.get(name, typed[name]) for name in self.columns})
        good = pa.array(~bad)
        return Validated(
            typed=values.filter(good) if bad.any() else values,
            literals=copied.filter(good) if bad.any() else copied,
            faults=faults,
            rows_read=len(batch) + len(batch.malformed),
            rows_rejected=int(bad.sum()) + len(batch.malformed),
            rejected_sequence_keys=self._sequence_keys(copied[CORRECTS if self._corrects else ROW_NUMBER], typed, bad),
            warnings=warnings,
        )

    def _refuse_day_numbers(self) -> None:
        """Raises RefusedFile where numbers would be taken for days of a calendar that is not the workbook's."""
        formats = {format_ for rule in self._rules.values() for format_ in rule.format}
        if EXCEL in formats.union(self._importer.file.date_formats):
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"The workbook counts days from 1904, and the date format `{EXCEL}` is for numbers of days since 1900."
                " Format the cells as dates in Excel and leave the format out.",
            )

    def _convert(
        self, cells: Mapping[str, pa.Array], has_bad_bytes: bool, masks: FaultMasks
    ) -> tuple[dict[str, pa.Array], dict[str, pa.Array], Counter[str]]:
        """Values and literals by column, computed ones excepted, and warnings."""
        typed: dict[str, pa.Array] = {}
        literals: dict[str, pa.Array] = {}
        warnings: Counter[str] = Counter()
        units: dict[str, pa.Array] = {}
        for name in [*self.columns, *self._operands]:
            if name in self._expressions:
                continue
            readable = self._readable(name, cells[name], has_bad_bytes, masks)
            column, rule = self._column(name), self._sources[name]
            converted = convert(
                readable,
                column.type,
                self._importer.file,
                rule.format,
                self._importer.timezone,
                percentage=column.is_percentage,
                looks_ahead=column.looks_ahead,
                separator=rule.separator or "",
            )
            masks.add_all(name, converted.faults)
            if converted.units is not None:
                units[name] = converted.units
            typed[name] = converted.values
            if converted.literals is not None:
                literals[name] = converted.literals
            if converted.rounded:
                warnings[WarningCode.ROUNDED] += converted.rounded
            if converted.unsure_times:
                warnings[WarningCode.CLOCK_CHANGE] += converted.unsure_times
            if column.known and (unknown := _count_others(converted.values, column.known)):
                warnings[WarningCode.UNKNOWN_CODE] += unknown
        if _CURRENCY in typed:
            for name, beside in units.items():
                masks.add_all(name, {RowCode.NOT_A_NUMBER: other_currency(beside, typed[_CURRENCY])})
        return typed, literals, warnings

    def _readable(self, name: str, cells: pa.Array, has_bad_bytes: bool, masks: FaultMasks) -> pa.Array:
        """The cells with the column's default in empty ones; null where they need no conversion to be faulty."""
        column = self._column(name)
        if has_bad_bytes:
            unreadable = pc.fill_null(pc.match_substring_regex(cells, BAD_BYTES), False)
            masks.add_all(name, {RowCode.BAD_ENCODING: unreadable})
            cells = pc.if_else(unreadable, None, cells)
        found = {RowCode.SPREADSHEET_ERROR: are_errors(cells)}
        # A shortened key makes one record of several; in a text file, other columns have what the sender has.
        is_key = name in self.entity.key or name in self.entity.unique
        if column.type is Type.TEXT and (is_key or self._importer.file.format == "xlsx"):
            found[RowCode.SHORTENED_NUMBER] = are_shortened(cells)
        if column.type is Type.TEXT and (is_key or column.reference):
            found[RowCode.BAD_FORMAT] = are_no_identifiers(cells, self._importer.file.format)
        for code, mask in found.items():
            if mask is not None:
                masks.add_all(name, {code: pc.fill_null(mask, False)})
                cells = pc.if_else(mask, None, cells)
        if column.default is not None:
            cells = pc.fill_null(cells, column.default)
        if is_key:
            too_long = pc.fill_null(pc.greater(pc.utf8_length(cells), LONGEST_KEY), False)
            masks.add_all(name, {RowCode.TOO_LONG: too_long})
            cells = pc.if_else(too_long, None, cells)
        return cells

    def _column(self, name: str) -> Column:
        return self._operands.get(name) or self.entity[name]

    def _sources_of(self, name: str) -> set[str]:
        """The columns of files that a column is made of, or computed from."""
        operands = self._expressions[name].names if name in self._expressions else ()
        return {
            source for each in (name, *operands) if each in self._sources for source in self._sources[each].file_columns
        }

    def _compute(self, typed: dict[str, pa.Array], masks: FaultMasks) -> None:
        """Adds the columns that are computed from converted ones, and takes out those that are the file's own."""
        for name, expression in self._expressions.items():
            typed[name] = round_to_scale(expression.evaluate(typed))
            operands = [pc.is_valid(typed[operand]) for operand in expression.names]
            # Division by zero, or a result with too many digits.
            lost = pc.and_(reduce(pc.and_, operands), pc.is_null(typed[name]))
            masks.add_all(name, {RowCode.OUT_OF_RANGE: lost})
        for operand in self._operands:
            del typed[operand]

    def _unsigned_results(self) -> list[str]:
        """The computed columns that do not get their sign from the amounts that they are computed from."""
        signs = self.entity.signs
        return [
            name
            for name, expression in self._expressions.items()
            if signs is not None and not set(expression.names) & set(signs.columns)
        ]

    def _forgive_missing(self, masks: FaultMasks, lent: frozenset[str], unusable: np.ndarray) -> None:
        """What a row lacks from another file, or from a row above, is reported once, with the reason."""
        for name, code, _ in masks:
            if code is RowCode.MISSING_REQUIRED and not lent.isdisjoint(self._sources_of(name)):
                masks.remove(name, code, unusable)

    def _numbers(self, batch: Batch) -> dict[str, pa.Array]:
        numbers = {ROW_NUMBER: pa.array(batch.row_numbers)}
        if self._corrects:
            before = batch.columns[ERROR_COLUMNS[0]]
            is_number = pc.match_substring_regex(before, r"^\d{1,18}$")
            numbers[CORRECTS] = pc.if_else(is_number, before, None).cast(pa.int64())
        if isinstance(self._importer.duplicates, Combine):
            numbers[PART] = row_hashes(batch.columns, len(batch))
        return numbers

    def _sequence_keys(
        self, numbers: pa.ChunkedArray, typed: Mapping[str, pa.Array], bad: np.ndarray
    ) -> list[tuple[int, str]]:
        """Rejected rows keep their place in a sequence, so that a corrected file gives the same numbers."""
        keys = []
        rows = numbers.filter(pa.array(bad)).to_pylist() if self.sequences else []
        for within in set(self.sequences.values()):
            values = typed[within].filter(pa.array(bad)).to_pylist()
            keys += [
                (row, str(value))
                for row, value in zip(rows, values, strict=True)
                if row is not None and value is not None
            ]
        return keys


def _count_others(values: pa.Array, known: Sequence[str]) -> int:
    """How many values are not among the known ones."""
    return int(pc.sum(pc.invert(pc.is_in(values.drop_null(), value_set=pa.array(known, pa.string())))).as_py() or 0)
