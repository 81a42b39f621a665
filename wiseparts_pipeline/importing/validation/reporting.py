"""The faults of a batch's rejected rows: each with its key, the row as it came, and a message for the sender."""

from collections.abc import Mapping, Sequence
from itertools import takewhile

import numpy as np
import pyarrow as pa

from wiseparts_pipeline.config.attributes import samples
from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.expression import Expression
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Column, Entity, Type
from wiseparts_pipeline.importing.faults import Fault, RowCode
from wiseparts_pipeline.importing.reading import SHEET_COLUMN, SURPLUS, Batch, Malformed, show_bad_bytes, show_invisible
from wiseparts_pipeline.importing.reading.rows import count_problem
from wiseparts_pipeline.importing.validation.conversion import date_hints, number_hints
from wiseparts_pipeline.importing.validation.identifiers import identifier_hint
from wiseparts_pipeline.importing.validation.rules import LONGEST_KEY, FaultMasks

# Of a value in a message, and of a malformed row.
_SHOWN_OF_VALUE = 100
_SHOWN_OF_RECORD = 500


class FaultReporter:
    """Puts the faults of one file's rows into words.

    `rules`: of the canonical columns that the file gives, and of its own columns that some are computed from;
    `operands`: the canonical column of each of the latter.
    """

    def __init__(
        self, entity: Entity, file: FileFormat, rules: Mapping[str, ColumnRule], operands: Mapping[str, Column]
    ) -> None:
        self._entity = entity
        self._operands = operands
        self._file = file
        self._rules = rules

    def faults(
        self,
        batch: Batch,
        cells: Mapping[str, pa.Array],
        typed: Mapping[str, pa.Array],
        masks: FaultMasks,
        rejected: np.ndarray,
    ) -> list[Fault]:
        """All faults of a batch, those of one row together.

        `cells` and `typed`: its text and values by canonical column. `rejected`: the rows that have a fault.
        """
        malformed = [self._malformed(row, batch) for row in batch.malformed]
        return self._row_faults(batch, cells, typed, masks, np.flatnonzero(rejected)) + malformed

    def _row_faults(
        self,
        batch: Batch,
        cells: Mapping[str, pa.Array],
        typed: Mapping[str, pa.Array],
        masks: FaultMasks,
        rows: np.ndarray,
    ) -> list[Fault]:
        if not len(rows):
            return []
        taken = pa.array(rows)
        sent = batch.as_sent(rows)
        raws = [
            dict(zip(sent, values, strict=True))
            for values in zip(*(array.to_pylist() for array in sent.values()), strict=True)
        ]
        texts = {name: array.take(taken).to_pylist() for name, array in cells.items()}
        keys = self._keys(taken, typed)
        index = {int(row): at for at, row in enumerate(rows)}

        def fault(row: int, column: str | None, code: RowCode, message: str, value: str | None) -> Fault:
            return Fault(
                row_number=int(batch.row_numbers[row]),
                line_number=int(batch.line_numbers[row]),
                key=keys[index[row]],
                column=self._operands[column].name if column and column in self._operands else column,
                code=code,
                message=_naming_sheet(batch, batch.part(row) + message),
                value=value,
                raw=raws[index[row]],
            )

        faults = []
        for name, code, mask in masks:
            details = self._details(name, code)
            faulty_rows = [int(row) for row in np.flatnonzero(mask)]
            given = [texts[name][index[row]] if name in texts else None for row in faulty_rows]
            hints = self._hints(name, code, given)
            for row, text, hint in zip(faulty_rows, given, hints, strict=True):
                value = None if text is None else show_bad_bytes(text)
                shown = "The value" if value is None else repr(show_invisible(value[:_SHOWN_OF_VALUE]))
                cell = self._cell(batch, name, row)
                faults.append(fault(row, name, code, code.message(**details, value=shown, cell=cell, hint=hint), value))
        faults += [fault(each.position, each.column, each.code, each.message, each.value) for each in batch.unusable]
        faults.sort(key=lambda each: each.row_number)
        return faults

    def _keys(self, rows: pa.Array, typed: Mapping[str, pa.Array]) -> list[str | None]:
        """The external keys of faulty rows as they would be stored, as far as they can be read from the left."""
        parts = [typed[name].take(rows).cast(pa.string()).to_pylist() for name in self._entity.key if name in typed]
        if not parts or self._entity.key[0] not in typed:
            return [None] * len(rows)
        read = (list(takewhile(lambda part: part is not None, values)) for values in zip(*parts, strict=True))
        return [self._entity.key_text(values) if values else None for values in read]

    def _malformed(self, row: Malformed, batch: Batch) -> Fault:
        columns = batch.sent_columns
        expected = len(columns)
        cells = row.cells + [""] * (expected - len(row.cells))
        raw: dict[str, str | list[str]] = dict(zip(columns, cells, strict=False))
        if len(cells) > expected:
            raw[SURPLUS] = cells[expected:]
        return Fault(
            row_number=row.row_number,
            line_number=row.line_number,
            key=None,
            column=None,
            code=row.code,
            message=_naming_sheet(batch, row.problem or count_problem(len(row.cells), expected)),
            value=show_bad_bytes(row.text)[:_SHOWN_OF_RECORD],
            raw=raw,
        )

    def _cell(self, batch: Batch, name: str, row: int) -> str:
        """Which cell of a workbook a value comes from, in brackets; empty where that is not known."""
        columns = self._rules[name].file_columns
        if batch.sheet is None or len(columns) != 1 or columns[0] not in batch.sheet.letters:
            return ""
        letters = batch.sheet.letters[columns[0]]
        return f" (cell {letters}{batch.line_numbers[row]} of sheet {batch.sheet.name!r})"

    def _details(self, name: str, code: RowCode) -> dict[str, str]:
        """What the message of a fault in a column is made of, but for the cell."""
        rule, column = self._rules[name], self._column(name)
        computed = Expression(rule.expression).names if rule.expression else ()
        own = [source for each in computed if each in self._operands for source in self._rules[each].file_columns]
        sources = ", ".join([*rule.file_columns, *own])
        label = column.name if sources in ("", column.name) else f"{column.name} (from {sources})"
        return {"label": label} | self._expected(column, rule, code)

    def _column(self, name: str) -> Column:
        return self._operands.get(name) or self._entity[name]

    def _hints(self, name: str, code: RowCode, texts: Sequence[str | None]) -> Sequence[str]:
        """What the texts may be after all, and which setting says so."""
        column, rule = self._column(name), self._rules[name]
        match code:
            case RowCode.NOT_A_NUMBER if not rule.format:
                return number_hints(texts, column.type, self._file, percentage=column.is_percentage)
            case RowCode.NOT_A_DATE:
                where = f"`format` of `columns.{name}`" if rule.format else "`date_formats`"
                return date_hints(texts, where, rule.format or self._file.date_formats)
            case RowCode.BAD_FORMAT if column.type is Type.TEXT_LIST:
                return [f" State what separates its items as `separator` of `columns.{name}`."] * len(texts)
            case RowCode.BAD_FORMAT if name in self._entity.key or name in self._entity.unique or column.reference:
                return [identifier_hint(text or "") for text in texts]
        return [""] * len(texts)

    def _expected(self, column: Column, rule: ColumnRule, code: RowCode) -> dict[str, str]:
        file = self._file
        match code:
            case RowCode.MISSING_REQUIRED:
                return {"needed_by": "Every row"}
            case RowCode.NOT_A_NUMBER if rule.format:
                return {"kind": "a duration", "sample": samples(rule.format)}
            case RowCode.NOT_A_NUMBER if column.type is Type.INT:
                return {"kind": "a whole number", "sample": "1234"}
            case RowCode.NOT_A_NUMBER:
                return {"kind": "a number", "sample": f"1{file.thousands}234{file.decimal}50"}
            case RowCode.NOT_A_DATE:
                return {"sample": samples(rule.format or file.date_formats)}
            case RowCode.NOT_A_BOOL:
                return {"allowed": ", ".join(file.true_values + file.false_values)}
            case RowCode.NOT_IN_SET:
                return {"allowed": ", ".join(column.allowed)}
            case RowCode.OUT_OF_RANGE:
                return {"limit": "" if column.minimum is None else f" The smallest allowed value is {column.minimum}."}
            case RowCode.TOO_LONG:
                return {"longest": str(column.max_length or LONGEST_KEY)}
            case RowCode.BAD_ENCODING:
                return {"encoding": file.encoding}
            case RowCode.BAD_FORMAT if column.type is Type.TEXT and column.pattern is None:
                return {"example": ""}
        return {"example": f" It must look like {column.example}." if column.example else ""}


def _naming_sheet(batch: Batch, message: str) -> str:
    """The message with the name of the sheet before it, where several are read."""
    if batch.sheet is None or SHEET_COLUMN not in batch.columns:
        return message
    return f"Sheet {batch.sheet.name!r}: {message}"
