"""What validation hands on: the good rows of a batch, and the faults of the others."""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa

from wiseparts_pipeline.importing.faults import Fault

# Columns of `Validated.literals` besides the canonical ones. CORRECTS is there in an error file that comes back: the
# number that the row had in the file that it was rejected from. PART is there where rows are parts of one record: a
# number by which the same row is recognised.
ROW_NUMBER = "_row_number"
CORRECTS = "_corrects"
PART = "_part"


@dataclass
class Validated:
    """The good rows of a batch, and the faults of the others.

    `typed`: the values by canonical column. `literals`: the same rows and their numbers as COPY is to read them.
    `rejected_sequence_keys`: of each rejected row, its number (in an error file that comes back, the one that it had)
    and the document that its sequence is within.
    """

    typed: pa.Table
    literals: pa.Table
    faults: list[Fault]
    rows_read: int
    rows_rejected: int
    rejected_sequence_keys: list[tuple[int, str]] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
