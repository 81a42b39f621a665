"""Whether a file, of whatever format, has rows of a person."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.columns import ColumnRule
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.entities.schema import FORGOTTEN, SYSTEM_ID
from wiseparts_pipeline.forgetting.person import Person
from wiseparts_pipeline.forgetting.texts import Texts
from wiseparts_pipeline.forgetting.words import whole, whole_in_arrow
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.reading import Batch, open_rows
from wiseparts_pipeline.importing.reading.shapes.column_names import ColumnNames
from wiseparts_pipeline.importing.validation.mapping import Mapper

# Files in which a text cannot be found without unpacking them.
_PACKED = (".gz", ".zip", ".xlsx")


class PersonsRows:
    """Looks for a person's rows in files. `records`: by entity, the external keys of the person's records."""

    def __init__(self, person: Person, identities: Texts, records: Mapping[str, set[str]]) -> None:
        self._person = person
        self._records = records
        self._identities = whole_in_arrow(identities.all)
        self._names = re.compile(whole(identities.all), re.IGNORECASE)
        self._words = re.compile(whole([*identities.all, *person.keys]), re.IGNORECASE)

    def are_in(self, path: Path, name: str, importer: ImporterSettings) -> bool | None:
        """Whether the file has something about the person; None where it cannot be read.

        A row with the person's key and nothing personal is no such thing: it says only what the records say too.
        """
        own, others = _formats(importer, name)
        answers = [self._are_in(path, name, file, None) for file in others]
        if own:
            answers.append(self._are_in(path, name, own, importer))
        readable = [answer for answer in answers if answer is not None]
        return any(readable) if readable else self._unread(path, name, importer.file.encoding)

    def _are_in(self, path: Path, name: str, file: FileFormat, importer: ImporterSettings | None) -> bool | None:
        try:
            rows = open_rows(path, name, file)
            mapper = _mapper(importer, rows.columns) if importer else None
            return any(self._has(batch, mapper, importer) for batch in rows.batches())
        except RefusedFile:
            return None

    def _unread(self, path: Path, name: str, encoding: str) -> bool | None:
        """Whether a file that is no table has one of the values or keys, as a text."""
        if name.lower().endswith(_PACKED):
            return None
        data = path.read_bytes()
        return any(self._words.search(data.decode(each, "replace")) for each in {encoding, "utf-8"})

    def _has(self, batch: Batch, mapper: Mapper | None, importer: ImporterSettings | None) -> bool:
        is_personal = importer is None or importer.entity_definition in self._person.entities
        words = self._words if is_personal else self._names
        if any(words.search(cell) for row in batch.malformed for cell in (*row.cells, row.text)):
            return True
        if self._identities and any(
            pc.any(pc.match_substring_regex(cells, self._identities)).as_py() for cells in batch.columns.values()
        ):
            return True
        if mapper is None or importer is None:
            return is_personal and self._has_key(batch)
        return self._has_row(mapper.cells(batch), importer, len(batch))

    def _has_key(self, batch: Batch) -> bool:
        keys = pa.array(list(self._person.keys), pa.string())
        trimmed = (pc.utf8_trim_whitespace(cells.cast(pa.string())) for cells in batch.columns.values())
        return any(pc.any(pc.is_in(cells, value_set=keys)).as_py() for cells in trimmed)

    def _has_row(self, cells: Mapping[str, pa.Array], importer: ImporterSettings, count: int) -> bool:
        """Whether one of the rows is the person's and has something personal."""
        entity = importer.entity_definition
        if entity not in self._person.entities or entity.person is None:
            return False
        personal = np.zeros(count, dtype=bool)
        for column in entity.personal_columns:
            if column.name in cells:
                personal |= np.asarray(pc.fill_null(pc.not_equal(cells[column.name], FORGOTTEN), False))
        own = np.zeros(count, dtype=bool)
        column_name = entity.key[0] if entity.name == self._person.entity.name else entity.person.column
        for name, wanted in ((column_name, self._person.keys), (SYSTEM_ID.name, self._person.system_ids)):
            if name in cells and (name != SYSTEM_ID.name or entity.name == self._person.entity.name):
                own |= np.asarray(pc.is_in(cells[name], value_set=pa.array(list(wanted), pa.string())))
        if personal.any() and all(name in cells for name in entity.key):
            known = self._records.get(entity.name, set())
            keys = zip(*(cells[name].to_pylist() for name in entity.key), strict=True)
            own |= np.array([None not in key and entity.key_text(key) in known for key in keys], dtype=bool)
        return bool((own & personal).any())


def key_columns(importer: ImporterSettings, person: Person) -> set[str]:
    """The columns of the importer's files that the key of a row's person is made of."""
    entity = importer.entity_definition
    if entity.name == person.entity.name:
        name = entity.key[0]
    elif entity.person is not None and entity.person.entity == person.entity.name:
        name = entity.person.column
    else:
        return set()
    rule = importer.columns.get(name)
    return {name, *rule.file_columns} if rule else {name}


def _formats(importer: ImporterSettings, name: str) -> tuple[FileFormat | None, list[FileFormat]]:
    """The format of the importer's own file of this name, if it is one, and of those that are read with its files."""
    others = [
        join.format(importer.file)
        for join, names in zip(importer.join, importer.joined_file_names, strict=True)
        if names.matches(name)
    ]
    kept = [lookup for lookup in importer.lookup if lookup.pattern is not None]
    others += [
        lookup.format(importer.file)
        for lookup, (_, names) in zip(kept, importer.kept_files, strict=True)
        if names.matches(name)
    ]
    return (importer.file if importer.file_names.matches(name) or not others else None), others


def _mapper(importer: ImporterSettings, columns: list[str]) -> Mapper | None:
    """What makes the canonical columns of those that the file has; None where that needs others."""
    names = ColumnNames(columns, importer.match_columns)
    rules = {}
    for column in importer.entity_definition.given_columns:
        rule = importer.columns.get(column.name)
        if rule is None:
            if found := names.find(column.name):
                rules[column.name] = ColumnRule.model_validate(found)
        elif not names.lacking(resolved := names.resolved(rule)):
            rules[column.name] = resolved
    within = importer.fill_down.within if importer.fill_down else None
    return None if within and within not in rules else Mapper(importer, rules)
