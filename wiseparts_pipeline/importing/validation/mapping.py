"""The text of each canonical column, made from a file's cells as the importer's rules say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, reduce

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.config.attributes import composed
from wiseparts_pipeline.config.columns import TEMPLATE_CELL, ColumnRule
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.records.row_shapes import FillDown
from wiseparts_pipeline.importing.reading import Batch
from wiseparts_pipeline.importing.reading.patterns import Pattern
from wiseparts_pipeline.importing.reading.shapes.cells import plain_cells, repeated, trimmed_cells
from wiseparts_pipeline.importing.reading.spreadsheet_errors import are_errors, is_error


class Mapper:
    """Makes the cells of canonical columns, batch by batch in file order.

    For each: `from`, `template` or `constant`, then `fill_down`, then `extract`, `map` and `default`.
    """

    def __init__(self, importer: ImporterSettings, rules: Mapping[str, ColumnRule]) -> None:
        self._rules = {name: rule for name, rule in rules.items() if not rule.is_derived}
        self._nulls = importer.file.null_values
        self._translations = {name: _Translation(rule, self._nulls) for name, rule in self._rules.items()}
        within = importer.fill_down is not None and importer.fill_down.within
        self._fill_down = _FillDown(importer.fill_down) if importer.fill_down and within else None

    def cells(self, batch: Batch) -> dict[str, pa.Array]:
        """Trimmed text by canonical column; null where the cell is empty or a null value."""
        cell = cache(lambda name: plain_cells(batch, name, self._nulls))
        mapped = {name: _source_cells(rule, cell, len(batch), self._nulls) for name, rule in self._rules.items()}
        if self._fill_down and len(batch):
            self._fill_down.apply(mapped)
        return {name: self._translations[name].apply(cells) for name, cells in mapped.items()}


def _source_cells(
    rule: ColumnRule, cell: Callable[[str], pa.Array], count: int, null_values: Sequence[str]
) -> pa.Array:
    if rule.names:
        return cell(rule.names[0])
    if rule.constant is not None:
        return pa.array([rule.constant], pa.string()).take(pa.array(np.zeros(count, dtype=np.int64)))
    assert rule.template is not None
    start, *parts = TEMPLATE_CELL.split(rule.template)
    pieces: list[pa.Array | str] = [start]
    filled: list[pa.Array] = []
    for name, optional, literal in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        filled.append(pc.is_valid(cell(name)))
        pieces += [pc.fill_null(cell(name), "") if optional else cell(name), literal]
    # A key made of an empty cell would be a wrong one: null where a cell that must be there is empty, or all are.
    joined = pc.binary_join_element_wise(*pieces, "", null_handling="emit_null")
    made = trimmed_cells(pc.if_else(reduce(pc.or_, filled), joined, None), null_values)
    # A text that is made of an error is that error, as in a spreadsheet.
    for name in parts[::3]:
        errors = are_errors(cell(name))
        made = made if errors is None else pc.if_else(pc.fill_null(errors, False), cell(name), made)
    return made


class _FillDown:
    """Fills empty cells from the first row of the same key, whose rows follow each other; also over batches."""

    def __init__(self, settings: FillDown) -> None:
        self._within = settings.within
        self._columns = settings.columns
        self._last_key: str | None = None
        self._last_values: dict[str, str | None] = {}

    def apply(self, mapped: dict[str, pa.Array]) -> None:
        """Fills the cells of a batch that is not empty, in place."""
        keys = pd.Series(mapped[self._within].to_pylist(), dtype=object)
        keys = keys.where(keys.notna(), None)
        starts = keys.ne(keys.shift()).to_numpy()
        continued = self._last_key is not None and keys.iloc[0] == self._last_key
        run = np.cumsum(starts) - 1
        first = np.flatnonzero(starts)[run]
        keyed = pa.array(keys.notna().to_numpy())
        for name in self._columns:
            if name not in mapped:
                continue
            cells = given = mapped[name].cast(pa.string())
            if continued:
                given = pa.concat_arrays([pa.array([self._last_values[name]], pa.string()), cells.slice(1)])
            firsts = repeated(given, first)
            mapped[name] = pc.if_else(pc.and_(pc.is_null(cells), keyed), firsts, cells)
            self._last_values[name] = firsts[-1].as_py()
        self._last_key = keys.iloc[-1]


class _Translation:
    """`extract`, then `map`, then `default`; each distinct text is translated once.

    Errors of spreadsheets stay, unless `map` has them: they must not become another value.
    """

    def __init__(self, rule: ColumnRule, null_values: Sequence[str]) -> None:
        self._nulls = frozenset(null_values)
        self._pattern = Pattern(rule.pattern) if rule.pattern is not None else None
        self._map = rule.map and {composed(word): value for word, value in rule.map.items()}
        self._default = rule.default

    def apply(self, cells: pa.Array) -> pa.Array:
        if self._pattern is None and self._map is None:
            return cells if self._default is None else pc.fill_null(cells, self._default)
        encoded = cells.dictionary_encode()
        texts: Iterable[str | None] = [*encoded.dictionary.to_pylist(), None]
        translated = pa.array([self._translate(text) for text in texts], pa.string())
        return translated.take(pc.fill_null(encoded.indices, len(translated) - 1))

    def _translate(self, text: str | None) -> str | None:
        if text is not None and is_error(text) and text not in (self._map or ()):
            return text
        if self._pattern is not None and text is not None:
            match = self._pattern.search(text)
            text = match[1].strip() if match and match[1] else None
            text = None if text in self._nulls else text
        if self._map is None:
            return self._default if text in (None, "") else text
        if (word := composed(text or "")) in self._map:
            return self._map[word] or None
        return self._default if self._default is not None else text or None
