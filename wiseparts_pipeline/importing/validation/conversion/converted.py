"""The result of a conversion, and what the conversions of all types share."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.importing.faults import RowCode


@dataclass(frozen=True)
class Converted:
    """Typed values, null where the cell is empty or faulty; `faults` has a mask of the faulty cells for each code.

    `rounded`: how many values had more decimals than are kept; `unsure_times`: how many are in an hour that clocks skip
    or repeat. `literals`: text that PostgreSQL reads as the same
    values, where it is at hand, as formatting decimals again is slow. `units`: what stands beside each number.
    """

    values: pa.Array
    faults: dict[RowCode, pa.Array]
    rounded: int = 0
    unsure_times: int = 0
    literals: pa.Array | None = None
    units: pa.Array | None = None


def matches(cells: pa.Array, pattern: str) -> pa.Array:
    """Which cells match; false where null."""
    return pc.fill_null(pc.match_substring_regex(cells, pattern), False)


def faulty(cells: pa.Array, readable: pa.Array) -> pa.Array:
    """Which cells have text that is not readable."""
    return pc.and_(pc.is_valid(cells), pc.invert(readable))


def as_mask(array: pa.Array) -> np.ndarray:
    """A boolean Arrow array without nulls as a NumPy mask."""
    mask: np.ndarray = np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)
    return mask
