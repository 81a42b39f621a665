"""Which canonical columns a file gives, and by which rule; a file without a column that every row needs is refused."""

from collections.abc import Iterator, Sequence

from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.expression import Expression
from wiseparts_pipeline.config.importer import WHOLE_SOURCE, ColumnMatch, ImporterSettings
from wiseparts_pipeline.entities.schema import SYSTEM_ID, Column
from wiseparts_pipeline.importing.faults import RefusalCode, RefusedFile
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames

_DELIMITERS = (";", "\t", "|", ",")


class FileColumns:
    """The rules of an importer that apply to a file with these columns.

    `rules`: by canonical column, those of the importer and of columns that the file calls by their canonical name.
    `operands`: the file's columns that others are computed from, by their names in the expressions. `missing`: for each
    optional column whose rule names columns that the file lacks, these names. Raises RefusedFile.
    """

    def __init__(self, importer: ImporterSettings, file_columns: Sequence[str]) -> None:
        self._importer = importer
        self._entity = importer.entity_definition
        self.names = list(file_columns)
        self.rules: dict[str, ColumnRule] = {}
        self.operands: dict[str, str] = {}
        self.missing: list[str] = []
        self._column_names = ColumnNames([n for n in self.names if n not in ERROR_COLUMNS], importer.match_columns)
        self._add_rules()
        self._check_required()
        self._check_operands()

    def _add_rules(self) -> None:
        names = self._column_names
        for column in self._entity.given_columns:
            rule = self._importer.columns.get(column.name)
            if rule is None:
                if found := names.find(column.name):
                    self.rules[column.name] = ColumnRule.model_validate(found)
                continue
            rule = names.resolved(rule)
            if missing := names.lacking(rule):
                self._note_missing(column, missing)
            else:
                self.rules[column.name] = rule
        for column in self._entity.columns:
            if column.name not in self.rules and column.default is not None and column.required:
                self.rules[column.name] = ColumnRule(constant=column.default)

    def _note_missing(self, column: Column, names: list[str]) -> None:
        if column.required:
            problem = f"Column {column.name} is made of {', '.join(names)}, which the file does not have"
            raise self._refused(problem, names)
        self.missing.append(" and ".join(names))

    def _check_required(self) -> None:
        entity = self._entity
        identities = {SYSTEM_ID.name, entity.matched_by} if entity.master else set()
        identified = bool(identities & self.rules.keys())
        needed = [c.name for c in entity.columns if c.required or (c.name in entity.key and not identified)]
        if absent := [name for name in needed if name not in self.rules]:
            raise self._refused(f"The file has no column {', '.join(absent)}, which every row needs", absent)

        within = [name for name in self._importer.snapshot_within if name != WHOLE_SOURCE]
        if absent := [name for name in within if name not in self.rules]:
            raise self._refused(f"`snapshot_within` needs {', '.join(absent)}, which the file does not have")

    def _check_operands(self) -> None:
        """What a column is computed, numbered or filled down from must be there too."""
        for name, rule in self.rules.items():
            own = Expression(rule.expression).file_columns(self._entity.column_names) if rule.expression else {}
            found = {operand: column for operand, wanted in own.items() if (column := self._column_names.find(wanted))}
            self.operands |= found
            if missing := [own.get(each, each) for each in _operands(rule) if each not in {**self.rules, **found}]:
                raise self._refused(
                    f"Column {name} is computed from {', '.join(missing)}, which the file does not have"
                )
        if (fill_down := self._importer.fill_down) and fill_down.number not in self.rules:
            raise self._refused(f"Cells are filled down within {fill_down.number}, which the file does not have")

    def _refused(self, problem: str, absent: Sequence[str] = ()) -> RefusedFile:
        columns = ", ".join(self.names)
        return RefusedFile(RefusalCode.MISSING_COLUMN, problem=problem + self._hint(absent), columns=columns)

    def _hint(self, absent: Sequence[str]) -> str:
        """Which setting would find the columns, after the problem."""
        if self.names[0].lower().startswith("sep="):
            return "; its first line is for Excel only: set file.skip_lines: 1"
        if len(self.names) == 1:
            usual = [each for each in _DELIMITERS if each in self.names[0] and each != self._importer.file.delimiter]
            if usual and self._importer.file.format == "csv":
                return f"; if {usual[0]!r} separates its columns, set file.delimiter: {usual[0]!r}"
        loose = ColumnNames(self.names, ColumnMatch.LOOSE)
        if found := [column for name in absent if (column := loose.find(name))]:
            return f"; `match_columns: loose` takes {', '.join(found)}"
        return ""


def _operands(rule: ColumnRule) -> Iterator[str]:
    if rule.sequence_within:
        yield rule.sequence_within
    if rule.expression:
        yield from Expression(rule.expression).names
