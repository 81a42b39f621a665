"""openTRANS 2.1, in which orders and what answers them are sent: documents are read, checked and written.

`schemas` holds the published schemas as they are, with their licences.
"""

from wiseparts_pipeline.opentrans.checking import MOST_BYTES, Fault, Unreadable, parse, schema_faults
from wiseparts_pipeline.opentrans.documents import Address, Agreement, Document, Kind, Line, Party, Period, Role
from wiseparts_pipeline.opentrans.reading import read
from wiseparts_pipeline.opentrans.totals import total_faults
from wiseparts_pipeline.opentrans.writing import write_order

__all__ = [
    "MOST_BYTES",
    "Address",
    "Agreement",
    "Document",
    "Fault",
    "Kind",
    "Line",
    "Party",
    "Period",
    "Role",
    "Unreadable",
    "parse",
    "read",
    "schema_faults",
    "total_faults",
    "write_order",
]
