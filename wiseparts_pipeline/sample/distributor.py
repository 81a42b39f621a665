"""The demo's distributor: two years of its exports, the same for the same seed, whatever day it is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.sample.calls import calls
from wiseparts_pipeline.sample.catalogue import catalogue, inventory
from wiseparts_pipeline.sample.customers import customers
from wiseparts_pipeline.sample.days import DAYS, LAST_DAY
from wiseparts_pipeline.sample.deals import LAST, deals
from wiseparts_pipeline.sample.dirt import DIRT, Dirt, DirtyFile, soil
from wiseparts_pipeline.sample.due_docs import ledger
from wiseparts_pipeline.sample.exports import Export
from wiseparts_pipeline.sample.online_activity import online_activity
from wiseparts_pipeline.sample.orders import orders
from wiseparts_pipeline.sample.quotes import quotes
from wiseparts_pipeline.sample.sales import sales

_MONTH_BEFORE = date(2025, 11, 30)
Tables = list[tuple[date, pd.DataFrame]]


@dataclass(frozen=True)
class EntitySummary:
    """What was written of an entity, and what importing it into an empty database in file order must count.

    rows = created + updated + unchanged + the sum of `rejected`; `rejected` and `warnings` are rows by code.
    """

    files: int
    rows: int
    created: int
    updated: int
    unchanged: int
    rejected: Mapping[str, int]
    warnings: Mapping[str, int]


@dataclass(frozen=True)
class SampleSummary:
    entities: Mapping[str, EntitySummary]

    @property
    def files(self) -> int:
        return sum(entity.files for entity in self.entities.values())

    @property
    def rows(self) -> int:
        return sum(entity.rows for entity in self.entities.values())


def write_sample(folder: Path, seed: int = 7) -> SampleSummary:
    """Writes `<folder>/<importer's folder>/<file>` for all entities."""
    rng = np.random.default_rng(seed)
    tables = _tables(rng)
    return SampleSummary({entity: _write(folder, entity, tables[entity], rng) for entity in ENTITIES})


def _tables(rng: np.random.Generator) -> dict[str, Tables]:
    """The sound tables of each entity by file date; facts lie in the file of the month or quarter that they are of."""
    shop = catalogue(rng)
    buyers = customers(rng)
    made = deals(shop, buyers, rng)
    sales_lines, documents = sales(made, shop, buyers, rng)
    order_lines = orders(made, documents, shop, buyers, rng)
    owed = ledger(made, documents, buyers, rng)
    return {
        "customers": [(_MONTH_BEFORE, _before_new_limits(buyers.customers)), (LAST_DAY, buyers.customers)],
        "customer_branches": [(LAST_DAY, buyers.branches)],
        "contacts": [(LAST_DAY, buyers.contacts)],
        "addresses": [(LAST_DAY, buyers.addresses)],
        "brand_families": [(LAST_DAY, shop.families)],
        "categories": [(LAST_DAY, shop.categories)],
        "collections": [(LAST_DAY, shop.collections)],
        "products": [(_MONTH_BEFORE, _before_discontinuation(shop.products)), (LAST_DAY, shop.products)],
        "inventory": [(DAYS[day].date(), inventory(shop, day, rng)) for day in (LAST - 2, LAST - 1, LAST)],
        "sales": _by_period(sales_lines, "invoice_date", "M"),
        "due_docs": [(day, owed.on((day - DAYS[0].date()).days)) for day in (_MONTH_BEFORE, LAST_DAY)],
        "quotes": _by_period(quotes(made, shop, buyers, rng), "quoted_on", "Q"),
        "orders": _by_period(order_lines, "placed_at", "M"),
        "calls": _by_period(calls(buyers, rng), "started_at", "M"),
        "online_activity": _by_period(online_activity(order_lines, shop, buyers, rng), "occurred_at", "Q"),
    }


def _before_new_limits(table: pd.DataFrame) -> pd.DataFrame:
    """The customers a month ago: every twentieth had another credit limit."""
    return table.assign(credit_limit=table["credit_limit"].where(np.arange(len(table)) % 20 != 0, "500.00"))


def _before_discontinuation(table: pd.DataFrame) -> pd.DataFrame:
    """The products a month ago: of those discontinued since, every third was still sold."""
    return table.assign(status=table["status"].where(np.arange(len(table)) % 3 != 0, "active"))


def _by_period(table: pd.DataFrame, column: str, frequency: str) -> Tables:
    periods = pd.PeriodIndex(pd.to_datetime(table[column]), freq=frequency)
    return [(period.end_time.date(), rows) for period, rows in table.groupby(periods)]


def _write(folder: Path, entity: str, tables: Tables, rng: np.random.Generator) -> EntitySummary:
    export = Export(entity)
    columns = tables[0][1].columns.tolist()
    files = soil(DIRT.get(entity, Dirt({})), columns, [export.rows(table) for _, table in tables], rng)
    for (day, _), file in zip(tables, files, strict=True):
        export.write(folder, day, columns, file.rows)
    fates = _fates(files, [columns.index(name) for name in ENTITIES[entity].key])
    return EntitySummary(
        files=len(files),
        rows=sum(len(file.rows) for file in files),
        created=fates["created"],
        updated=fates["updated"],
        unchanged=fates["unchanged"],
        rejected=sum((file.rejected for file in files), Counter[str]()),
        warnings=sum((file.warnings for file in files), Counter[str]()),
    )


def _fates(files: list[DirtyFile], key: list[int]) -> Counter[str]:
    """How many of the rows that are not rejected create, update or leave unchanged a record."""
    fates = Counter[str]()
    stored: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        for row, is_rejected in zip(file.rows, file.is_rejected, strict=True):
            if not is_rejected:
                cells = [cell.strip() for cell in row]
                record = tuple(cells[index] for index in key)
                before = stored.get(record)
                fates["created" if before is None else "unchanged" if before == cells else "updated"] += 1
                stored[record] = cells
    return fates
