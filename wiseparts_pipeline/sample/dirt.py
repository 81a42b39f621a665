"""The dirt of real exports, in known amounts.

Every dirty row is an additional row with its own key and exactly one fault; clean rows are left alone, so that the
sample's totals agree whatever the pipeline rejects.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np

Row = list[str]


class Outcome(Enum):
    """What the import does with a row; `WARNED`: loads it with a warning."""

    LOADED = auto()
    WARNED = auto()
    WAITING = auto()
    REJECTED = auto()


@dataclass(frozen=True)
class _DirtyRow:
    """`cells`: those that replace the row's own. `extra_cells`: surplus cells; negative if cells are missing."""

    code: str
    outcome: Outcome
    cells: dict[str, str] = field(default_factory=dict)
    extra_cells: int = 0
    copies: int = 1


@dataclass(frozen=True)
class _Placed:
    """A row and its position; a dirty row has the position of the clean row that it follows."""

    position: int
    row: Row
    outcome: Outcome


@dataclass(frozen=True)
class Fault:
    """`count` rows that have one of these values in a column and are rejected, or warned about, with the code."""

    code: str
    column: str
    values: tuple[str, ...]
    count: int
    outcome: Outcome = Outcome.REJECTED


@dataclass(frozen=True)
class Dirt:
    """The dirt of one entity. `own`: the cells that give a dirty row its own key; `{n}` is a number."""

    own: dict[str, str]
    faults: tuple[Fault, ...] = ()
    # Pairs of rows with the same key; both rows of a pair are rejected.
    duplicates: int = 0
    too_many_cells: int = 0
    too_few_cells: int = 0


@dataclass
class DirtyFile:
    """The rows of a file, the outcome of each, and how many are rejected or warned about, by code."""

    rows: list[Row] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)


_BAD_DATES = ("2024-02-30", "31.06.2025", "0000-00-00", "2025-13-01", "n/a")
_BAD_TIMES = ("2024-02-30 10:15:00", "2025-03-11 25:10:00", "yesterday", "0000-00-00 00:00:00")
_BAD_NUMBERS = ("12,50", "1O0", "n.a.", "-", "3 pcs")
_UNKNOWN_CUSTOMERS = ("30.00.00.9998", "30.00.00.9999", "30-0012", "WALKIN")


def _unknown_customer(count: int, outcome: Outcome = Outcome.WARNED) -> Fault:
    return Fault("unknown_reference", "customer_id", _UNKNOWN_CUSTOMERS, count, outcome)


DIRT = {
    "customers": Dirt(
        {"customer_id": "30.09.00.{n:04}", "name": "Πελάτης Λιανικής {n}"},
        (
            Fault("missing_required", "name", ("",), 2),
            Fault("not_a_number", "credit_limit", ("απεριόριστο", "5.000,00"), 2),
            Fault("not_a_date", "created_on", _BAD_DATES, 2),
        ),
    ),
    "customer_branches": Dirt({"branch_id": "30.09.{n:04}.1"}, (_unknown_customer(4, Outcome.WAITING),), duplicates=1),
    "contacts": Dirt({"contact_id": "PX{n:04}"}, (_unknown_customer(3, Outcome.WAITING),), too_many_cells=2),
    "addresses": Dirt({"address_id": "AX{n:04}"}, (Fault("not_in_set", "kind", ("warehouse", "delivery"), 3),)),
    "brand_families": Dirt({"family_id": "FX{n:02}", "path": ""}, (Fault("missing_required", "name", ("",), 1),)),
    "categories": Dirt({"category_id": "KX{n:02}", "path": ""}, (Fault("missing_required", "name", ("",), 1),)),
    "products": Dirt(
        {"product_id": "9{n:05}", "sku": "XX-{n:04}"},
        (
            Fault("not_a_number", "list_price", _BAD_NUMBERS, 6),
            Fault("missing_required", "name", ("",), 4),
            Fault("unknown_reference", "family_id", ("F99", "F000000"), 6, Outcome.WARNED),
            Fault("unknown_reference", "category_id", ("K999",), 3, Outcome.WARNED),
        ),
        duplicates=2,
    ),
    "inventory": Dirt(
        # The vans of the sales representatives count as warehouses.
        {"warehouse_id": "VAN-{n:03}"},
        (
            Fault("not_a_number", "quantity_available", (">50", "many"), 15),
            Fault("unknown_reference", "sku", ("OLD-0001", "OLD-0002", "TEST"), 12, Outcome.WAITING),
        ),
    ),
    "sales": Dirt(
        # Invoices that were typed by hand.
        {"invoice_id": "HND-{n:05}", "line_no": "1", "branch_id": "", "order_id": ""},
        (
            Fault("not_a_date", "invoice_date", _BAD_DATES, 96),
            Fault("not_a_number", "quantity", _BAD_NUMBERS, 72),
            Fault("missing_required", "net_amount", ("",), 48),
            Fault("missing_required", "currency", ("", "NULL"), 24),
            Fault("not_in_set", "document_type", ("proforma",), 24),
            _unknown_customer(120),
            Fault("unknown_reference", "product_id", ("FREIGHT", "MISC", "001"), 144, Outcome.WARNED),
        ),
        duplicates=48,
        too_many_cells=24,
        too_few_cells=24,
    ),
    "due_docs": Dirt(
        {"doc_id": "HND-D{n:04}", "branch_id": ""},
        (
            Fault("not_a_date", "due_on", ("31/02/2025", "2025-03-14", "άμεσα"), 20),
            Fault("not_a_number", "open_amount", ("12,5,0", "ΕΞΟΦΛ."), 16),
            _unknown_customer(24),
        ),
    ),
    "quotes": Dirt(
        {"quote_id": "HND-Q{n:04}", "line_no": "1", "order_id": ""},
        (
            Fault("not_in_set", "status", ("pending", "WON?"), 16),
            Fault("not_a_date", "quoted_on", _BAD_DATES, 16),
            _unknown_customer(24),
        ),
    ),
    "orders": Dirt(
        {"order_id": "TEST-{n:04}", "line_no": "1"},
        (
            Fault("not_a_date", "placed_at", _BAD_TIMES, 24),
            Fault("not_a_number", "unit_price", _BAD_NUMBERS, 24),
            Fault("not_in_set", "channel", ("fax", "shop"), 24),
            Fault("unknown_reference", "sku", ("OLD-0001", "TEST"), 48, Outcome.WARNED),
            _unknown_customer(24),
        ),
        duplicates=12,
    ),
    "calls": Dirt(
        {"call_id": "restored.{n}"},
        (
            Fault("not_a_date", "started_at", _BAD_TIMES, 48),
            Fault("missing_required", "direction", ("",), 48),
            Fault("not_a_number", "talk_seconds", ("00:03:10", "NaN"), 48),
            Fault("not_in_set", "disposition", ("NO_SERVER",), 24),
        ),
        too_few_cells=24,
    ),
    "online_activity": Dirt(
        {"event_id": "EX{n:05}"},
        (
            Fault("not_in_set", "kind", ("bot", "scroll"), 48),
            Fault("not_a_date", "occurred_at", _BAD_TIMES, 40),
            _unknown_customer(80),
        ),
    ),
}


def add_dirt(dirt: Dirt, columns: list[str], files: list[list[Row]], rng: np.random.Generator) -> list[DirtyFile]:
    """Adds an entity's dirt, evenly over its files and at random within each."""
    dirty_files = [DirtyFile() for _ in files]
    insertions: list[list[_Placed]] = [[] for _ in files]
    for number, dirty in enumerate(_dirty_rows(dirt), 1):
        index = number % len(files)
        row = list(files[index][rng.integers(len(files[index]))])
        for column, value in {**dirt.own, **dirty.cells}.items():
            row[columns.index(column)] = value.format(n=number)
        row = [*row, *["?"] * dirty.extra_cells] if dirty.extra_cells >= 0 else row[: dirty.extra_cells]
        for _ in range(dirty.copies):
            insertions[index].append(_Placed(int(rng.integers(len(files[index]))), row, dirty.outcome))
        if dirty.outcome is Outcome.REJECTED:
            dirty_files[index].rejected[dirty.code] += dirty.copies
        elif dirty.outcome is Outcome.WARNED:
            dirty_files[index].warnings[dirty.code] += dirty.copies
    for file, rows, inserted in zip(dirty_files, files, insertions, strict=True):
        clean = [_Placed(position, row, Outcome.LOADED) for position, row in enumerate(rows)]
        for entry in sorted(clean + inserted, key=lambda entry: entry.position):
            file.rows.append(entry.row)
            file.outcomes.append(entry.outcome)
    return dirty_files


def _dirty_rows(dirt: Dirt) -> list[_DirtyRow]:
    rejected = Outcome.REJECTED
    single = [
        _DirtyRow(fault.code, fault.outcome, {fault.column: fault.values[number % len(fault.values)]})
        for fault in dirt.faults
        for number in range(fault.count)
    ]
    return [
        *single,
        *[_DirtyRow("duplicate_in_file", rejected, copies=2)] * dirt.duplicates,
        *[_DirtyRow("column_count", rejected, extra_cells=1)] * dirt.too_many_cells,
        *[_DirtyRow("column_count", rejected, extra_cells=-2)] * dirt.too_few_cells,
    ]
