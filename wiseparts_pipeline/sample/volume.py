"""Sales lines by the million for benchmarks, written in chunks, so that memory does not grow with the file."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wiseparts_pipeline.sample.model.catalogue import PRODUCTS, product_id
from wiseparts_pipeline.sample.model.customers import CUSTOMERS, customer_id
from wiseparts_pipeline.sample.model.days import DAY_TEXT
from wiseparts_pipeline.sample.model.decimals import Ints, divide, net_cents
from wiseparts_pipeline.sample.model.vocabulary import PART_TYPES

COLUMNS = (
    "invoice_id",
    "line_no",
    "invoice_date",
    "document_type",
    "customer_id",
    "product_id",
    "description",
    "quantity",
    "unit_price",
    "discount_percent",
    "net_amount",
    "tax_amount",
    "cost_amount",
    "currency",
)
_CHUNK = 100_000
_LINES_PER_INVOICE = 5
_CREDIT_NOTE_EVERY = 40
# The fault of a bad row: code, column, cell. The last kind of fault is a surplus cell.
_BAD_CELLS = (
    ("not_a_date", "invoice_date", "2024-02-30"),
    ("not_a_number", "quantity", "n/a"),
    ("missing_required", "currency", ""),
)
_BAD_CODES = (*(code for code, _, _ in _BAD_CELLS), "column_count")


def sales_lines(rows: int, path: Path, *, bad_percent: float = 0, seed: int = 7) -> dict[str, int]:
    """Writes a CSV of sales lines with customers and products of the sample.

    `bad_percent` of the rows, evenly spread, have one fault each; returns the expected number of rejections by code.
    """
    rng = np.random.default_rng(seed)
    # By kind: 0 is a clean row, 1 to 4 are the faults, in turn.
    counts = np.zeros(len(_BAD_CODES) + 1, dtype=np.int64)
    with path.open("wb") as file:
        file.write((",".join(COLUMNS) + "\n").encode())
        for start in range(0, rows, _CHUNK):
            number = np.arange(start, min(start + _CHUNK, rows))
            bad_so_far = np.floor((number + 1) * bad_percent / 100).astype(np.int64)
            is_bad = bad_so_far > np.floor(number * bad_percent / 100)
            kind = np.where(is_bad, bad_so_far % len(_BAD_CODES) + 1, 0)
            counts += np.bincount(kind, minlength=len(counts))
            file.write(_lines(number, kind, rng))
    return dict(zip(_BAD_CODES, counts[1:].tolist(), strict=True))


def _lines(number: Ints, kind: Ints, rng: np.random.Generator) -> memoryview:
    """The text of the lines with these numbers."""
    count = len(number)
    invoice, line_no = number // _LINES_PER_INVOICE, number % _LINES_PER_INVOICE + 1
    is_credit = invoice % _CREDIT_NOTE_EVERY == _CREDIT_NOTE_EVERY - 1
    product = rng.integers(0, PRODUCTS, count)
    quantity = rng.integers(1, 25, count) * np.where(is_credit, -10, 10)
    price = rng.integers(200, 40_000, count)
    discount = rng.integers(0, 9, count) * 50
    net = net_cents(quantity, price, discount)
    cells = {
        "invoice_id": pc.binary_join_element_wise("INV", pc.utf8_lpad(_text(invoice), 8, "0"), ""),
        "line_no": _text(line_no),
        "invoice_date": _chosen(DAY_TEXT, invoice * 7 % len(DAY_TEXT)),
        "document_type": _chosen(["invoice", "credit_note"], is_credit.astype(np.int64)),
        "customer_id": _chosen([customer_id(index + 1) for index in range(CUSTOMERS)], invoice * 31 % CUSTOMERS),
        "product_id": _chosen([product_id(index + 1) for index in range(PRODUCTS)], product),
        "description": _chosen([f'"{part.name}, {part.variants[0]}"' for part in _PARTS], product % len(_PARTS)),
        "quantity": _text(quantity // 10),
        "unit_price": _money(price),
        "discount_percent": _text(discount // 10),
        "net_amount": _money(net),
        "tax_amount": _money(divide(net * 24, 100)),
        "cost_amount": _money(divide(quantity * price * 55, 1_000)),
        "currency": pa.repeat("EUR", count),
    }
    for fault, (_, column, cell) in enumerate(_BAD_CELLS, 1):
        cells[column] = pc.if_else(pa.array(kind == fault), cell, cells[column])
    line_end = pc.if_else(pa.array(kind == len(_BAD_CODES)), ",?\n", "\n")
    lines = pc.binary_join_element_wise(pc.binary_join_element_wise(*cells.values(), ","), line_end, "")
    # The data buffer of an Arrow text column is its values, concatenated: exactly the content of the file.
    return memoryview(lines.buffers()[2])


_PARTS = [part for part in PART_TYPES if '"' not in part.variants[0]]


def _text(values: Ints) -> pa.Array:
    return pc.cast(pa.array(values), pa.string())


def _money(cents: Ints) -> pa.Array:
    """Cents as text with two decimals, by reinterpreting the integers' bytes as decimals."""
    halves: NDArray[np.int64] = np.column_stack([cents, cents >> 63])
    decimals = pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(halves.tobytes())])
    return pc.cast(decimals, pa.string())


def _chosen(texts: list[str], index: Ints) -> pa.Array:
    return pc.take(pa.array(texts), pa.array(index))
