"""Rows as they came, found again in their file: of those that only the database can judge."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiseparts_pipeline.importing.faults import Fault
from wiseparts_pipeline.importing.loading.statements import DatabaseFault
from wiseparts_pipeline.importing.reading import Batch

Item = TypeVar("Item")


def find_rows(
    batches: Iterable[Batch], wanted: Iterator[Item], row_number: Callable[[Item], int]
) -> Iterator[tuple[Batch, list[Item], np.ndarray]]:
    """For each batch with wanted rows: the batch, the items that ask for its rows, and the positions of these in it.

    `wanted`: in file order; several may ask for one row. The file is read no further than the last of them.
    """
    item = next(wanted, None)
    if item is None:
        return
    for batch in batches:
        due: list[Item] = []
        while item is not None and len(batch) and row_number(item) <= batch.row_numbers[-1]:
            due.append(item)
            item = next(wanted, None)
        if due:
            yield batch, due, np.searchsorted(batch.row_numbers, [row_number(each) for each in due])
        if item is None:
            return


def with_raw_cells(batches: Iterable[Batch], faults: Iterator[DatabaseFault]) -> Iterator[Fault]:
    """The database's faults, which are in file order, with the line and the cells of their rows."""
    for batch, due, positions in find_rows(batches, faults, lambda fault: fault.row_number):
        sent = batch.as_sent(positions)
        cells = [array.to_pylist() for array in sent.values()]
        for fault, position, values in zip(due, positions, zip(*cells, strict=True), strict=True):
            raw = dict(zip(sent, values, strict=True))
            found = vars(fault) | {"message": batch.part(position) + fault.message}
            yield Fault(line_number=int(batch.line_numbers[position]), raw=raw, **found)


def raw_json(columns: Mapping[str, pa.Array]) -> pa.Array:
    """The cells of each row, texts by the name of their column, as the text of a JSON object."""
    pieces: list[pa.Array | str] = []
    for position, (name, cells) in enumerate(columns.items()):
        pieces += ["{" if position == 0 else ", ", f"{json.dumps(name, ensure_ascii=False)}: ", _json_strings(cells)]
    return pc.binary_join_element_wise(*pieces, "}", "")


def _json_strings(cells: pa.Array) -> pa.Array:
    if cells.null_count or pc.any(pc.match_substring_regex(cells, r'[\\"\x00-\x1f]')).as_py():
        return pa.array([json.dumps(cell, ensure_ascii=False) for cell in cells.to_pylist()], pa.string())
    return pc.binary_join_element_wise('"', cells, '"', "")
