"""A file's batches as rows of an entity: columns mapped, cells converted, rules checked, faulty rows set apart."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import takewhile

import numpy as np
import pandas as pd
import pandera.errors
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.attributes import samples
from wiseparts_pipeline.config.expression import Expression
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.importer import TEMPLATE_CELL, ColumnRule, ImporterSettings
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Column, Entity, Type
from wiseparts_pipeline.importing.faults import Fault, RefusalCode, RefusedFile, RowCode, WarningCode
from wiseparts_pipeline.importing.reading import BAD_BYTES, ERROR_COLUMNS, Batch, Malformed, show_bad_bytes
from wiseparts_pipeline.importing.reading.formulas import ESCAPED_COLUMN, unescape
from wiseparts_pipeline.importing.validation.conversion import Converted, as_mask, convert, round_to_scale
from wiseparts_pipeline.importing.validation.validated import CORRECTS, ROW_NUMBER, Validated

# An index of PostgreSQL takes 2,700 bytes, a character has up to four, and a key up to two texts.
_LONGEST_KEY = 255
_PANDERA_CODES = {"not_nullable": RowCode.MISSING_REQUIRED} | {code.value: code for code in RowCode}


# Faults of a batch while it is being checked: (canonical column, code) -> mask of the rows.
Masks = dict[tuple[str, RowCode], np.ndarray]


class Validator:
    """Maps and checks the batches of one file.

    `columns`: the canonical columns that the file gives, without those that the database numbers (`sequences`).
    `corrects`: it is the error file of an earlier one, whose rows have come back. Raises RefusedFile when a column that
    every row needs is not in the file.
    """

    def __init__(self, importer: ImporterSettings, file_columns: Sequence[str], *, corrects: bool = False) -> None:
        self._importer = importer
        self._corrects = corrects
        self._file = importer.file
        self._file_columns = list(file_columns)
        self.entity: Entity = importer.entity_definition
        self.warnings: Counter[str] = Counter()
        self._rules = self._available_rules()
        self._check_required()
        self._expressions = {
            name: Expression(rule.expression) for name, rule in self._rules.items() if rule.expression is not None
        }
        self.sequences = {
            name: rule.sequence_within for name, rule in self._rules.items() if rule.sequence_within is not None
        }
        if self.sequences and ERROR_COLUMNS[0] in self._file_columns and not corrects:
            raise RefusedFile(
                RefusalCode.UNREADABLE,
                f"This is an error file of no file that was imported under its name, and {', '.join(self.sequences)}"
                " counts a document's rows: its rows would replace others. Give it the name again that it had in"
                " errors/, or correct the rows in the whole file and send that again.",
            )
        self._mapper = _Mapper(importer, self._rules)
        names = [column.name for column in self.entity.given_columns]
        self.columns = [name for name in names if name in self._rules and name not in self.sequences]

    @property
    def unique_keys(self) -> list[tuple[str, ...]]:
        """The columns, alone or together, that no two rows of the file may have the same values in."""
        keys = [self.entity.key, *((column,) for column in self.entity.unique)]
        return [key for key in keys if all(column in self._rules for column in key)]

    def _available_rules(self) -> dict[str, ColumnRule]:
        present = {name for name in self._file_columns if name not in ERROR_COLUMNS}
        rules: dict[str, ColumnRule] = {}
        for column in self.entity.given_columns:
            rule = self._importer.columns.get(column.name)
            if rule is None:
                if column.name in present and not column.name.startswith("_"):
                    rules[column.name] = ColumnRule.model_validate(column.name)
            elif missing := [name for name in rule.file_columns if name not in present]:
                self._missing(column, missing)
            else:
                rules[column.name] = rule
        for column in self.entity.columns:
            if column.name not in rules and column.default is not None and column.required:
                rules[column.name] = ColumnRule(constant=column.default)
        return rules

    def _missing(self, column: Column, names: list[str]) -> None:
        if column.required:
            raise self._refused(f"Column {column.name} is made of {', '.join(names)}, which the file does not have")
        self.warnings[WarningCode.MISSING_COLUMN] += 1

    def _check_required(self) -> None:
        identities = {SYSTEM_ID.name, self.entity.matched_by} if self.entity.master else set()
        identified = bool(identities & self._rules.keys())
        needed = [c.name for c in self.entity.columns if c.required or (c.name in self.entity.key and not identified)]
        absent = [name for name in needed if name not in self._rules]
        if absent:
            raise self._refused(f"The file has no column {', '.join(absent)}, which every row needs")
        for name, rule in self._rules.items():
            used = [rule.sequence_within] if rule.sequence_within else []
            used += Expression(rule.expression).names if rule.expression else []
            if missing := [other for other in used if other not in self._rules]:
                raise self._refused(
                    f"Column {name} is computed from {', '.join(missing)}, which the file does not have"
                )
        if (fill_down := self._importer.fill_down) and fill_down.within not in self._rules:
            raise self._refused(f"Cells are filled down within {fill_down.within}, which the file does not have")

    def _refused(self, why: str) -> RefusedFile:
        return RefusedFile(RefusalCode.MISSING_COLUMN, f"{why}. It has: {', '.join(self._file_columns)}.")

    def validate(self, batch: Batch) -> Validated:
        """Good rows and faults of a batch; every row is in one or the other."""
        masks: Masks = {}
        warnings: Counter[str] = Counter()
        cells = self._mapper.cells(batch)
        typed: dict[str, pa.Array] = {}
        literals: dict[str, pa.Array] = {}
        for name in self.columns:
            if name not in self._expressions:
                converted = self._convert(name, cells[name], batch, masks, warnings)
                typed[name] = converted.values
                if converted.literals is not None:
                    literals[name] = converted.literals
        for name, expression in self._expressions.items():
            typed[name] = round_to_scale(expression.evaluate(typed))
            operands = [pc.is_valid(typed[operand]) for operand in expression.names]
            # A divisor is zero, or a result has too many digits.
            lost = pc.and_(reduce(pc.and_, operands), pc.is_null(typed[name]))
            self._note(masks, name, {RowCode.OUT_OF_RANGE: lost})
        self._check(typed, len(batch), masks)

        bad = np.zeros(len(batch), dtype=bool)
        bad[[fault.position for fault in batch.unjoined]] = True
        self._forgive_missing(masks, batch.joined, bad)
        for mask in masks.values():
            bad |= mask
        good = pa.array(~bad)
        numbers = {ROW_NUMBER: pa.array(batch.row_numbers)}
        if self._corrects:
            before = batch.columns[ERROR_COLUMNS[0]]
            is_number = pc.match_substring_regex(before, r"^\d{1,18}$")
            numbers[CORRECTS] = pc.if_else(is_number, before, None).cast(pa.int64())
        values = pa.table({name: typed[name] for name in self.columns})
        copied = pa.table(numbers | {name: literals.get(name, typed[name]) for name in self.columns})
        return Validated(
            typed=values.filter(good) if bad.any() else values,
            literals=copied.filter(good) if bad.any() else copied,
            faults=self._faults(batch, cells, typed, masks, bad)
            + [self._malformed(row, batch.joined) for row in batch.malformed],
            rows_read=len(batch) + len(batch.malformed),
            rows_rejected=int(bad.sum()) + len(batch.malformed),
            rejected_sequence_keys=self._sequence_keys(batch, typed, bad),
            warnings=warnings,
        )

    def _convert(self, name: str, cells: pa.Array, batch: Batch, masks: Masks, warnings: Counter[str]) -> Converted:
        column = self.entity[name]
        if batch.has_bad_bytes:
            unreadable = pc.fill_null(pc.match_substring_regex(cells, BAD_BYTES), False)
            self._note(masks, name, {RowCode.BAD_ENCODING: unreadable})
            cells = pc.if_else(unreadable, None, cells)
        if column.default is not None:
            cells = pc.fill_null(cells, column.default)
        if name in self.entity.key or name in self.entity.unique:
            too_long = pc.fill_null(pc.greater(pc.utf8_length(cells), _LONGEST_KEY), False)
            self._note(masks, name, {RowCode.TOO_LONG: too_long})
            cells = pc.if_else(too_long, None, cells)
        converted = convert(cells, column.type, self._file, self._rules[name].format, self._importer.timezone)
        self._note(masks, name, converted.faults)
        if converted.rounded:
            warnings[WarningCode.ROUNDED] += converted.rounded
        return converted

    @staticmethod
    def _note(masks: Masks, name: str, faults: dict[RowCode, pa.Array]) -> None:
        for code, mask in faults.items():
            if pc.any(mask).as_py():
                masks[name, code] = as_mask(mask)

    def _check(self, typed: dict[str, pa.Array], count: int, masks: Masks) -> None:
        """pandera's checks; a cell that could not be converted is not called empty as well.

        Telling a failure costs pandera much more than a check, so it gets a sound value for what is known to be faulty.
        """
        self._note_missing(typed, masks)
        checked = typed | {name: pa.array(np.ones(count, dtype=np.int64)) for name in self.sequences}
        for name, code in masks:
            checked[name] = _with_stand_in(checked[name], masks[name, code])
        frame = pa.table(checked).to_pandas(types_mapper=pd.ArrowDtype)
        try:
            self.entity.schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            for (name, check), cases in errors.failure_cases.groupby(["column", "check"], sort=False):
                mask = np.zeros(count, dtype=bool)
                mask[cases["index"].to_numpy(dtype=np.int64)] = True
                code = _PANDERA_CODES[check]
                computed = name in self._expressions and code is RowCode.MISSING_REQUIRED
                for (other, _), known in masks.items():
                    if other == name or computed:
                        mask &= ~known
                if mask.any():
                    masks[name, code] = mask

    def _note_missing(self, typed: dict[str, pa.Array], masks: Masks) -> None:
        """Empty cells of required columns, but for what is computed from cells that are faulty themselves."""
        for name, values in typed.items():
            if self.entity[name].required and values.null_count:
                missing = as_mask(pc.is_null(values))
                for (other, _), known in list(masks.items()):
                    if other == name or name in self._expressions:
                        missing &= ~known
                if missing.any():
                    masks[name, RowCode.MISSING_REQUIRED] = missing

    def _forgive_missing(self, masks: Masks, joined: frozenset[str], unjoined: np.ndarray) -> None:
        """What a row lacks from another file is told once, with the reason."""
        for name, code in masks:
            if code is RowCode.MISSING_REQUIRED and not joined.isdisjoint(self._rules[name].file_columns):
                masks[name, code] &= ~unjoined

    def _faults(
        self,
        batch: Batch,
        cells: dict[str, pa.Array],
        typed: dict[str, pa.Array],
        masks: Masks,
        bad: np.ndarray,
    ) -> list[Fault]:
        rows = np.flatnonzero(bad)
        if not len(rows):
            return []
        taken = pa.array(rows)
        raw_columns = {
            name: array.take(taken).to_pylist() for name, array in batch.columns.items() if name not in batch.joined
        }
        texts = {name: cells[name].take(taken).to_pylist() for name in cells}
        position = {int(row): index for index, row in enumerate(rows)}
        keys = self._keys(taken, typed)
        raws = [dict(zip(raw_columns, values, strict=True)) for values in zip(*raw_columns.values(), strict=True)]
        faults = []
        for (name, code), mask in masks.items():
            describe = self._description(name, code)
            for row in np.flatnonzero(mask):
                at = position[int(row)]
                value = texts[name][at] if name in texts else None
                faults.append(
                    Fault(
                        row_number=int(batch.row_numbers[row]),
                        line_number=int(batch.line_numbers[row]),
                        key=keys[at],
                        column=name,
                        code=code,
                        message=describe(value),
                        value=None if value is None else show_bad_bytes(value),
                        raw=raws[at],
                    )
                )
        for unjoined in batch.unjoined:
            at = position[unjoined.position]
            faults.append(
                Fault(
                    row_number=int(batch.row_numbers[unjoined.position]),
                    line_number=int(batch.line_numbers[unjoined.position]),
                    key=keys[at],
                    column=unjoined.column,
                    code=unjoined.code,
                    message=unjoined.message,
                    value=unjoined.value,
                    raw=raws[at],
                )
            )
        faults.sort(key=lambda fault: fault.row_number)
        return faults

    def _keys(self, rows: pa.Array, typed: dict[str, pa.Array]) -> list[str | None]:
        """The external keys of faulty rows as they would be stored, as far as they can be read from the left."""
        parts = [typed[name].take(rows).cast(pa.string()).to_pylist() for name in self.entity.key if name in typed]
        if not parts or self.entity.key[0] not in typed:
            return [None] * len(rows)
        read = (list(takewhile(lambda part: part is not None, values)) for values in zip(*parts, strict=True))
        return [self.entity.key_text(values) if values else None for values in read]

    def _sequence_keys(self, batch: Batch, typed: dict[str, pa.Array], bad: np.ndarray) -> list[tuple[int, str]]:
        """Rejected rows keep their place in a sequence, so that a mended file gives the same numbers."""
        keys = []
        for within in set(self.sequences.values()):
            values = typed[within].filter(pa.array(bad)).to_pylist()
            keys += [
                (int(row), str(value))
                for row, value in zip(batch.row_numbers[bad], values, strict=True)
                if value is not None
            ]
        return keys

    def _malformed(self, row: Malformed, joined: frozenset[str]) -> Fault:
        columns = [name for name in self._file_columns if name not in joined]
        expected = len(columns)
        cells = row.cells + [""] * (expected - len(row.cells))
        raw: dict[str, str | list[str]] = dict(zip(columns, cells, strict=False))
        if len(cells) > expected:
            raw["_surplus"] = cells[expected:]
        too_many = len(row.cells) > expected
        hint = "a delimiter inside a cell that is not quoted?" if too_many else "a line broken in two?"
        return Fault(
            row_number=row.row_number,
            line_number=row.line_number,
            key=None,
            column=None,
            code=RowCode.COLUMN_COUNT,
            message=row.problem or f"The row has {len(row.cells)} cells, the file has {expected} columns ({hint}).",
            value=show_bad_bytes(row.text)[:500],
            raw=raw,
        )

    def _description(self, name: str, code: RowCode) -> Callable[[str | None], str]:
        """The message of a fault, given the cell's text."""
        column = self.entity[name]
        rule = self._rules[name]
        sources = ", ".join(rule.file_columns)
        label = name if sources in ("", name) else f"{name} (from {sources})"
        expected = self._expected(column, rule, code)

        def describe(value: str | None) -> str:
            if code is RowCode.MISSING_REQUIRED:
                return f"{label} is empty. {expected}"
            shown = repr(show_bad_bytes(value)[:100]) if value is not None else "The value"
            return f"{label}: {shown} {expected}"

        return describe

    def _expected(self, column: Column, rule: ColumnRule, code: RowCode) -> str:
        file = self._file
        match code:
            case RowCode.MISSING_REQUIRED:
                return "Every row needs it."
            case RowCode.NOT_A_NUMBER if rule.format:
                return f"is not a duration. Write it like {samples(rule.format)}."
            case RowCode.NOT_A_NUMBER:
                kind = "a whole number" if column.type is Type.INT else "a number"
                sample = "1234" if column.type is Type.INT else f"1{file.thousands}234{file.decimal}50"
                return f"is not {kind}. Write it like {sample}."
            case RowCode.NOT_A_DATE:
                return f"is not a date. Write it like {samples(rule.format or file.date_formats)}."
            case RowCode.NOT_A_BOOL:
                return f"is neither yes nor no. Allowed: {', '.join(file.true_values + file.false_values)}."
            case RowCode.NOT_IN_SET:
                return f"is not allowed. Allowed: {', '.join(column.allowed)}."
            case RowCode.OUT_OF_RANGE:
                least = f" The smallest is {column.minimum}." if column.minimum is not None else ""
                return f"is out of range.{least}"
            case RowCode.TOO_LONG:
                return f"is too long. At most {column.max_length or _LONGEST_KEY} characters."
            case RowCode.BAD_ENCODING:
                return f"has bytes that are not {file.encoding} text. Send the file in {file.encoding}."
        wanted = f" It must look like {column.example}." if column.example else ""
        return f"is not in the right form.{wanted}"


def _with_stand_in(values: pa.Array, faulty: np.ndarray) -> pa.Array:
    """The values with another row's in the place of faulty ones."""
    sound = values.filter(pa.array(~faulty)).drop_null()
    return pc.if_else(pa.array(faulty), sound[0], values) if len(sound) else values


class _Mapper:
    """The text of each canonical column, from the file's cells."""

    def __init__(self, importer: ImporterSettings, rules: dict[str, ColumnRule]) -> None:
        self._file: FileFormat = importer.file
        self._fill_down = importer.fill_down
        self._rules = {name: rule for name, rule in rules.items() if not rule.is_derived}
        self._nulls = pa.array(["", *self._file.null_values], pa.string())
        self._steps = {name: _Steps(rule) for name, rule in self._rules.items()}
        self._last_key: str | None = None
        self._last_values: dict[str, str | None] = {}

    def cells(self, batch: Batch) -> dict[str, pa.Array]:
        """Trimmed text by canonical column; null where the cell is empty or a null value."""
        cache: dict[str, pa.Array] = {}

        def cell(name: str) -> pa.Array:
            if name not in cache:
                given = batch.columns[name]
                # An error file that a spreadsheet could open without harm.
                given = unescape(given) if ESCAPED_COLUMN in batch.columns and name not in batch.joined else given
                trimmed = pc.utf8_trim_whitespace(given)
                cache[name] = pc.if_else(pc.is_in(trimmed, value_set=self._nulls), None, trimmed)
            return cache[name]

        taken = {name: self._take(rule, cell, len(batch)) for name, rule in self._rules.items()}
        if self._fill_down and len(batch):
            self._fill(taken)
        return {name: self._steps[name].apply(cells) for name, cells in taken.items()}

    @staticmethod
    def _take(rule: ColumnRule, cell: Callable[[str], pa.Array], count: int) -> pa.Array:
        if rule.from_ is not None:
            return cell(rule.from_)
        if rule.constant is not None:
            return pa.array([rule.constant], pa.string()).take(pa.array(np.zeros(count, dtype=np.int64)))
        assert rule.template is not None
        start, *parts = TEMPLATE_CELL.split(rule.template)
        pieces: list[pa.Array | str] = [start]
        filled: list[pa.Array] = []
        for name, optional, literal in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            filled.append(pc.is_valid(cell(name)))
            pieces += [pc.fill_null(cell(name), "") if optional else cell(name), literal]
        # A key made of a cell that is empty would be a wrong key: null where any is that must not be, or where all are.
        joined = pc.binary_join_element_wise(*pieces, "", null_handling="emit_null")
        return pc.if_else(reduce(pc.or_, filled), joined, None)

    def _fill(self, taken: dict[str, pa.Array]) -> None:
        """Fills empty cells with those of the first row of the same key; rows of a key stand together."""
        assert self._fill_down is not None
        keys = pd.Series(taken[self._fill_down.within].to_pylist(), dtype=object)
        keys = keys.where(keys.notna(), None)
        starts = keys.ne(keys.shift()).to_numpy()
        continued = self._last_key is not None and keys.iloc[0] == self._last_key
        run = np.cumsum(starts) - 1
        first = np.flatnonzero(starts)[run]
        keyed = pa.array(keys.notna().to_numpy())
        for name in self._fill_down.columns:
            if name not in taken:
                continue
            cells = given = taken[name].cast(pa.string())
            if continued:
                given = pa.concat_arrays([pa.array([self._last_values[name]], pa.string()), cells.slice(1)])
            firsts = given.take(pa.array(first))
            taken[name] = pc.if_else(pc.and_(pc.is_null(cells), keyed), firsts, cells)
            self._last_values[name] = firsts[-1].as_py()
        self._last_key = keys.iloc[-1]


class _Steps:
    """extract, then map, then default; each distinct text is worked on once."""

    def __init__(self, rule: ColumnRule) -> None:
        self._pattern = re.compile(rule.extract) if rule.extract is not None else None
        self._map = rule.map
        self._default = rule.default

    def apply(self, cells: pa.Array) -> pa.Array:
        if self._pattern is None and self._map is None:
            return cells if self._default is None else pc.fill_null(cells, self._default)
        encoded = cells.dictionary_encode()
        texts: Iterable[str | None] = [*encoded.dictionary.to_pylist(), None]
        translated = pa.array([self._translate(text) for text in texts], pa.string())
        return translated.take(pc.fill_null(encoded.indices, len(translated) - 1))

    def _translate(self, text: str | None) -> str | None:
        if self._pattern is not None and text is not None:
            match = self._pattern.search(text)
            text = match[1] if match else None
        if self._map is None:
            return self._default if text in (None, "") else text
        if (text or "") in self._map:
            return self._map[text or ""] or None
        return self._default if self._default is not None else text or None
