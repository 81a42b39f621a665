"""Rows of persons who were forgotten: what is personal in them is emptied before anything is stored of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.entities.schema import SYSTEM_ID, Entity, Person
from wiseparts_pipeline.importing.faults import Fault
from wiseparts_pipeline.importing.reading import ERROR_COLUMNS, MADE_ROWS

# Of a row as it came, what is needed to know it again.
KEPT_CELLS = (*ERROR_COLUMNS[:2], MADE_ROWS)
MESSAGE = "The row is of a person who was forgotten: nothing of its content is kept."


@dataclass
class Forgotten:
    """Whose rows are emptied in a file of an entity.

    `persons`: the keys of the persons. `records`: the external keys of the entity's records that are theirs, each with
    the person's key where a row may lack it; `system_ids`: likewise. `rows`: the numbers of the persons' rows of the
    file, `emptied`: those of them from which something was left out.
    """

    entity: Entity
    persons: frozenset[str]
    records: Mapping[str, str | None]
    system_ids: Mapping[str, str | None]
    rows: set[int] = field(default_factory=set)
    emptied: set[int] = field(default_factory=set)

    @property
    def person(self) -> Person:
        """How the entity's rows say whose they are."""
        assert self.entity.person is not None
        return self.entity.person

    def empty(self, typed: dict[str, pa.Array], literals: dict[str, pa.Array], numbers: np.ndarray) -> None:
        """Empties the values of the persons' rows, in place, and notes the numbers of these rows."""
        found = self._find(typed, len(numbers))
        if not found.any():
            return
        theirs = numbers[found].tolist()
        self.rows.update(theirs)
        if not self.entity.personal_columns:
            return
        self.emptied.update(theirs)
        mask = pa.array(found)
        for column in self.entity.personal_columns:
            if column.name in typed:
                typed[column.name] = pc.if_else(mask, pa.scalar(column.forgotten, pa.string()), typed[column.name])
                literals.pop(column.name, None)
        self._give_person(typed, found)

    def hidden(self, faults: Iterable[Fault]) -> Iterator[Fault]:
        """The faults, without what the persons' rows contain; one that cannot be read is known by any key in it."""
        for fault in faults:
            if fault.row_number in self.rows or self._is_in(fault):
                self.rows.add(fault.row_number)
                self.emptied.add(fault.row_number)
                kept = {name: cell for name, cell in fault.raw.items() if name in KEPT_CELLS}
                fault = replace(fault, message=MESSAGE, value=None, raw=kept)
            yield fault

    def are_in(self, row_numbers: np.ndarray) -> np.ndarray:
        """Which of the rows were emptied."""
        return np.isin(row_numbers, list(self.emptied))

    def _find(self, typed: Mapping[str, pa.Array], count: int) -> np.ndarray:
        found = np.zeros(count, dtype=bool)
        for name, wanted in ((self.person.column, self.persons), (SYSTEM_ID.name, self.system_ids)):
            if name in typed and wanted:
                found |= _are_in(typed[name], wanted)
        if (keys := self._keys(typed)) is not None and (records := self._records(typed)):
            found |= _are_in(keys, records)
        return found

    def _is_numbered(self, typed: Mapping[str, pa.Array]) -> bool:
        """Whether the database is yet to number the rows of each document, by the last column of the key."""
        return len(self.entity.key) > 1 and self.entity.key[-1] not in typed

    def _records(self, typed: Mapping[str, pa.Array]) -> Mapping[str, str | None]:
        return self._documents if self._is_numbered(typed) else self.records

    @cached_property
    def _documents(self) -> dict[str, str | None]:
        """The same by the keys without their last part, a number; all rows of a document are one person's."""
        return {key.rpartition("/")[0]: person for key, person in self.records.items()}

    def _keys(self, typed: Mapping[str, pa.Array]) -> pa.Array | None:
        """The rows' keys as `Entity.key_text` writes them, as far as they are known by now; None if they are not."""
        names = self.entity.key[:-1] if self._is_numbered(typed) else self.entity.key
        if not self.records or not all(name in typed for name in names):
            return None
        parts = [typed[name].cast(pa.string()) for name in names]
        if len(self.entity.key) == 1:
            return parts[0]
        escaped = [pc.replace_substring(pc.replace_substring(part, "\\", "\\\\"), "/", "\\/") for part in parts]
        return pc.binary_join_element_wise(*escaped, "/")

    def _give_person(self, typed: dict[str, pa.Array], found: np.ndarray) -> None:
        """Rows that are known by their own key keep the person that the record has been given."""
        name = self.person.column
        if name not in typed or name in self.entity.key or (known := self._keys(typed)) is None:
            return
        lacking = found & np.asarray(pc.is_null(typed[name]))
        if not lacking.any():
            return
        keys, values, records = known.to_pylist(), typed[name].to_pylist(), self._records(typed)
        for position in np.flatnonzero(lacking):
            values[position] = records.get(keys[position] or "")
        typed[name] = pa.array(values, pa.string())

    def _is_in(self, fault: Fault) -> bool:
        """Whether a row that could not be split into columns has one of the keys in a cell."""
        if fault.column is not None or fault.key is not None:
            return False
        cells = [each for cell in fault.raw.values() for each in (cell if isinstance(cell, list) else [cell])]
        return any((cell or "").strip() in keys for cell in cells for keys in (self.persons, self.records))


def _are_in(values: pa.Array, wanted: Iterable[str]) -> np.ndarray:
    return np.asarray(pc.is_in(values, value_set=pa.array(list(wanted), pa.string())))
