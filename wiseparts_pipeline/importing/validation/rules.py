"""Which converted rows of a batch break a rule of their entity: required columns, and pandera's checks."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd
import pandera.errors
import pandera.pandas
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.entities.schema import Entity
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.validation.conversion import as_mask

# An index of PostgreSQL takes 2,700 bytes, a character has up to four, and a key up to two texts.
LONGEST_KEY = 255
_PANDERA_CODES = {"not_nullable": RowCode.MISSING_REQUIRED} | {code.value: code for code in RowCode}

# Else with the first batch of every process: so it is done once for all runs that are forked from one.
pandera.pandas.DataFrameSchema.register_default_backends(pd.DataFrame)


class FaultMasks:
    """The faults of a batch while it is checked: for each canonical column and code, which rows have it."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._masks: dict[tuple[str, RowCode], np.ndarray] = {}

    def __iter__(self) -> Iterator[tuple[str, RowCode, np.ndarray]]:
        for (column, code), mask in self._masks.items():
            yield column, code, mask

    def add(self, column: str, code: RowCode, mask: np.ndarray) -> None:
        """Notes a fault of the rows where the mask is true, beside those that were found before."""
        if mask.any():
            known = self._masks.get((column, code))
            self._masks[column, code] = mask if known is None else known | mask

    def add_all(self, column: str, faults: Mapping[RowCode, pa.Array]) -> None:
        for code, mask in faults.items():
            if pc.any(mask).as_py():
                self.add(column, code, as_mask(mask))

    def remove(self, column: str, code: RowCode, mask: np.ndarray) -> None:
        """Takes a fault back from the rows where the mask is true."""
        self._masks[column, code] &= ~mask

    def faulty(self, column: str | None = None) -> np.ndarray:
        """The rows with any fault, or with one of this column."""
        faulty = np.zeros(self._rows, dtype=bool)
        for name, _, mask in self:
            if column in (None, name):
                faulty |= mask
        return faulty


class RowRules:
    """The rules of an entity's rows. `computed`: columns made by expressions; `numbered`: those numbered later on."""

    def __init__(self, entity: Entity, computed: Collection[str], numbered: Collection[str]) -> None:
        self._entity = entity
        self._computed = computed
        self._numbered = numbered

    def check(self, typed: Mapping[str, pa.Array], rows: int, masks: FaultMasks) -> None:
        """Notes the rows that break a rule; a cell that could not be converted is not reported as empty as well."""
        self._check_required(typed, masks)
        self._check_schema(typed, rows, masks)

    def _check_required(self, typed: Mapping[str, pa.Array], masks: FaultMasks) -> None:
        for name, values in typed.items():
            if self._entity[name].required and values.null_count:
                missing = as_mask(pc.is_null(values))
                masks.add(name, RowCode.MISSING_REQUIRED, missing & ~self._explained(name, masks))

    def _explained(self, name: str, masks: FaultMasks) -> np.ndarray:
        """The rows whose empty value follows from a known fault: of the column, or of any that it is computed from."""
        return masks.faulty(None if name in self._computed else name)

    def _check_schema(self, typed: Mapping[str, pa.Array], rows: int, masks: FaultMasks) -> None:
        """Runs pandera, for which reporting a failure is much dearer than a check: known faults get sound values."""
        checked = dict(typed) | {name: pa.array(np.ones(rows, dtype=np.int64)) for name in self._numbered}
        for name, _, mask in masks:
            if name in checked:
                checked[name] = _with_sound_values(checked[name], mask)
        frame = pa.table(checked).to_pandas(types_mapper=pd.ArrowDtype)
        try:
            self._entity.schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as errors:
            for (name, check), cases in errors.failure_cases.groupby(["column", "check"], sort=False):
                mask = np.zeros(rows, dtype=bool)
                mask[cases["index"].to_numpy(dtype=np.int64)] = True
                code = _PANDERA_CODES[check]
                known = self._explained(name, masks) if code is RowCode.MISSING_REQUIRED else masks.faulty(name)
                masks.add(name, code, mask & ~known)


def _with_sound_values(values: pa.Array, faulty: np.ndarray) -> pa.Array:
    """The values with another row's in the place of faulty ones."""
    sound = values.filter(pa.array(~faulty)).drop_null()
    return pc.if_else(pa.array(faulty), sound[0], values) if len(sound) else values
