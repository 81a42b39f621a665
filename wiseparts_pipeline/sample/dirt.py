"""The dirt of real exports, in known amounts.

Every dirty row is one more row, with a key of its own and one fault; the sound rows stay whole, so that the sample's
totals agree whatever the pipeline rejects.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np

Row = list[str]


class Fate(Enum):
    """What becomes of a row; `WARNED`: it is loaded with a warning."""

    LOADED = auto()
    WARNED = auto()
    WAITING = auto()
    REJECTED = auto()


# Position, row, what becomes of it.
_Strewn = tuple[int, Row, Fate]
# Code, cells, cells too many (negative: too few), copies of the row, what becomes of it.
_Mishap = tuple[str, dict[str, str], int, int, Fate]


@dataclass(frozen=True)
class Fault:
    """So many rows with one of these values in a column, and what each gets: a rejection or warning with the code."""

    code: str
    column: str
    values: tuple[str, ...]
    count: int
    fate: Fate = Fate.REJECTED


@dataclass(frozen=True)
class Dirt:
    """The dirt of one entity. `own`: the cells that make a row a record of its own; `{n}` is a number."""

    own: dict[str, str]
    faults: tuple[Fault, ...] = ()
    # Pairs of rows with the same key; neither of a pair can be trusted.
    duplicates: int = 0
    too_many_cells: int = 0
    too_few_cells: int = 0


@dataclass
class DirtyFile:
    """A file's rows, what becomes of each, and how many are rejected or warned about by code."""

    rows: list[Row] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)


_BAD_DATES = ("2024-02-30", "31.06.2025", "0000-00-00", "2025-13-01", "n/a")
_BAD_TIMES = ("2024-02-30 10:15:00", "2025-03-11 25:10:00", "yesterday", "0000-00-00 00:00:00")
_BAD_NUMBERS = ("12,50", "1O0", "#VALUE!", "-", "3 pcs")
_NOBODY = ("30.00.00.9998", "30.00.00.9999", "30-0012", "WALKIN")


def _nobody(count: int, fate: Fate = Fate.WARNED) -> Fault:
    return Fault("unknown_reference", "customer_id", _NOBODY, count, fate)


DIRT = {
    "customers": Dirt(
        {"customer_id": "30.09.00.{n:04}", "name": "Πελάτης Λιανικής {n}"},
        (
            Fault("missing_required", "name", ("",), 2),
            Fault("not_a_number", "credit_limit", ("απεριόριστο", "5.000,00"), 2),
            Fault("not_a_date", "created_on", _BAD_DATES, 2),
        ),
    ),
    "customer_branches": Dirt({"branch_id": "30.09.{n:04}.1"}, (_nobody(4, Fate.WAITING),), duplicates=1),
    "contacts": Dirt({"contact_id": "PX{n:04}"}, (_nobody(3, Fate.WAITING),), too_many_cells=2),
    "addresses": Dirt({"address_id": "AX{n:04}"}, (Fault("not_in_set", "kind", ("warehouse", "delivery"), 3),)),
    "brand_families": Dirt({"family_id": "FX{n:02}", "path": ""}, (Fault("missing_required", "name", ("",), 1),)),
    "categories": Dirt({"category_id": "KX{n:02}"}, (Fault("missing_required", "path", ("",), 1),)),
    "products": Dirt(
        {"product_id": "9{n:05}", "sku": "XX-{n:04}"},
        (
            Fault("not_a_number", "list_price", _BAD_NUMBERS, 6),
            Fault("missing_required", "name", ("",), 4),
            Fault("unknown_reference", "family_id", ("F99", "F000000"), 6, Fate.WARNED),
            Fault("unknown_reference", "category_id", ("K999",), 3, Fate.WARNED),
        ),
        duplicates=2,
    ),
    "inventory": Dirt(
        # The vans of the sales representatives count as warehouses.
        {"warehouse_id": "VAN-{n:03}"},
        (
            Fault("not_a_number", "quantity_available", (">50", "many"), 15),
            Fault("unknown_reference", "sku", ("OLD-0001", "OLD-0002", "TEST"), 12, Fate.WAITING),
        ),
    ),
    "sales": Dirt(
        # Invoices that somebody typed by hand.
        {"invoice_id": "HND-{n:05}", "line_no": "1", "branch_id": "", "order_id": ""},
        (
            Fault("not_a_date", "invoice_date", _BAD_DATES, 96),
            Fault("not_a_number", "quantity", _BAD_NUMBERS, 72),
            Fault("missing_required", "net_amount", ("",), 48),
            Fault("missing_required", "currency", ("", "NULL"), 24),
            Fault("not_in_set", "document_type", ("proforma",), 24),
            _nobody(120),
            Fault("unknown_reference", "product_id", ("FREIGHT", "MISC", "001"), 144, Fate.WARNED),
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
            _nobody(24),
        ),
    ),
    "quotes": Dirt(
        {"quote_id": "HND-Q{n:04}", "line_no": "1", "order_id": ""},
        (
            Fault("not_in_set", "status", ("pending", "WON?"), 16),
            Fault("not_a_date", "quoted_on", _BAD_DATES, 16),
            _nobody(24),
        ),
    ),
    "orders": Dirt(
        {"order_id": "TEST-{n:04}", "line_no": "1"},
        (
            Fault("not_a_date", "placed_at", _BAD_TIMES, 24),
            Fault("not_a_number", "unit_price", _BAD_NUMBERS, 24),
            Fault("not_in_set", "channel", ("fax", "shop"), 24),
            Fault("unknown_reference", "sku", ("OLD-0001", "TEST"), 48, Fate.WARNED),
            _nobody(24),
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
            _nobody(80),
        ),
    ),
}


def soil(dirt: Dirt, columns: list[str], files: list[list[Row]], rng: np.random.Generator) -> list[DirtyFile]:
    """Spreads an entity's dirt evenly over its files, and at random within each."""
    soiled = [DirtyFile() for _ in files]
    strewn: list[list[_Strewn]] = [[] for _ in files]
    for number, (code, cells, extra_cells, copies, fate) in enumerate(_mishaps(dirt), 1):
        index = number % len(files)
        row = list(files[index][rng.integers(len(files[index]))])
        for column, value in {**dirt.own, **cells}.items():
            row[columns.index(column)] = value.format(n=number)
        row = [*row, *["?"] * extra_cells] if extra_cells >= 0 else row[:extra_cells]
        for _ in range(copies):
            strewn[index].append((int(rng.integers(len(files[index]))), row, fate))
        if fate is Fate.REJECTED:
            soiled[index].rejected[code] += copies
        elif fate is Fate.WARNED:
            soiled[index].warnings[code] += copies
    for file, rows, extra in zip(soiled, files, strewn, strict=True):
        sound = [(position, row, Fate.LOADED) for position, row in enumerate(rows)]
        for _, row, fate in sorted(sound + extra, key=lambda strewn_row: strewn_row[0]):
            file.rows.append(row)
            file.fates.append(fate)
    return soiled


def _mishaps(dirt: Dirt) -> list[_Mishap]:
    """The dirt, one by one."""
    single: list[_Mishap] = [
        (fault.code, {fault.column: fault.values[number % len(fault.values)]}, 0, 1, fault.fate)
        for fault in dirt.faults
        for number in range(fault.count)
    ]
    return [
        *single,
        *[("duplicate_in_file", dict[str, str](), 0, 2, Fate.REJECTED)] * dirt.duplicates,
        *[("column_count", dict[str, str](), 1, 1, Fate.REJECTED)] * dirt.too_many_cells,
        *[("column_count", dict[str, str](), -2, 1, Fate.REJECTED)] * dirt.too_few_cells,
    ]
