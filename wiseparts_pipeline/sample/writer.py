"""Writes the demo's exports: two years, identical for the same seed, whatever the date is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.sample.dirt import DIRT, Dirt, DirtyFile, add_dirt
from wiseparts_pipeline.sample.expectation import EntitySummary, expected
from wiseparts_pipeline.sample.exports import Export
from wiseparts_pipeline.sample.model.calls import make_calls
from wiseparts_pipeline.sample.model.catalogue import Catalogue, make_catalogue, make_inventory
from wiseparts_pipeline.sample.model.customers import Customers, make_customers
from wiseparts_pipeline.sample.model.days import DAYS, LAST, LAST_DAY
from wiseparts_pipeline.sample.model.deals import make_deals
from wiseparts_pipeline.sample.model.due_docs import make_ledger
from wiseparts_pipeline.sample.model.online_activity import make_online_activity
from wiseparts_pipeline.sample.model.orders import make_orders
from wiseparts_pipeline.sample.model.quotes import make_quotes
from wiseparts_pipeline.sample.model.sales import make_sales
from wiseparts_pipeline.sample.model.sales_reps import make_sales_reps
from wiseparts_pipeline.sample.shop import write_shop

_MONTH_BEFORE = date(2025, 11, 30)
Tables = list[tuple[date, pd.DataFrame]]


@dataclass(frozen=True)
class SampleSummary:
    """What was written. `deliveries`: the files' relative paths, in two parts: all earlier days, then the last day.

    Parts that are new on the last day are in stock a day earlier, so those inventory rows are deferred until then.
    `shop`: the files of the web shop, which come last.
    """

    deliveries: tuple[Sequence[str], Sequence[str]]
    shop: Sequence[str]
    # The columns and files of each entity.
    written: Mapping[str, tuple[Sequence[str], Sequence[DirtyFile]]]

    @cached_property
    def entities(self) -> Mapping[str, EntitySummary]:
        """Counted only when asked for: it takes a quarter of the time of writing."""
        return {name: expected(ENTITIES[name], columns, files) for name, (columns, files) in self.written.items()}

    @property
    def files(self) -> int:
        return sum(entity.files for entity in self.entities.values())

    @property
    def rows(self) -> int:
        return sum(entity.rows for entity in self.entities.values())


def write_sample(folder: Path, seed: int = 7) -> SampleSummary:
    """Writes `<folder>/<importer's folder>/<file>` for every entity that the demo has an importer of."""
    rng = np.random.default_rng(seed)
    catalogue = make_catalogue(rng)
    customers = make_customers(rng)
    tables = _tables(catalogue, customers, rng)
    written = {}
    deliveries: tuple[list[str], list[str]] = ([], [])
    for entity in filter(tables.__contains__, ENTITIES):
        export = Export(entity)
        columns = tables[entity][0][1].columns.tolist()
        files = add_dirt(DIRT.get(entity, Dirt({})), columns, [export.rows(table) for _, table in tables[entity]], rng)
        for (day, _), file in zip(tables[entity], files, strict=True):
            path = export.write(folder, day, columns, file.rows)
            deliveries[day == LAST_DAY].append(path.relative_to(folder).as_posix())
        written[entity] = columns, files
    # With random numbers of its own, so that all other files are the same without it.
    shop = write_shop(folder, customers, catalogue.products, np.random.default_rng([seed, 1]))
    return SampleSummary(deliveries, shop, written)


def _tables(catalogue: Catalogue, customers: Customers, rng: np.random.Generator) -> dict[str, Tables]:
    """The clean tables of each entity, by file date; facts are in the file of their month or quarter."""
    deals = make_deals(catalogue, customers, rng)
    sales_lines, documents = make_sales(deals, catalogue, customers, rng)
    order_lines = make_orders(deals, documents, catalogue, customers, rng)
    owed = make_ledger(deals, documents, customers, rng)
    return {
        "sales_reps": [(_MONTH_BEFORE, make_sales_reps())],
        "customers": [(_MONTH_BEFORE, customers.before), (LAST_DAY, customers.table)],
        "customer_branches": [(_MONTH_BEFORE, customers.branches)],
        "contacts": [(_MONTH_BEFORE, customers.contacts)],
        "addresses": [(_MONTH_BEFORE, customers.addresses)],
        "brand_families": [(_MONTH_BEFORE, catalogue.families)],
        "categories": [(_MONTH_BEFORE, catalogue.categories)],
        "collections": [(_MONTH_BEFORE, catalogue.collections)],
        "products": [
            (_MONTH_BEFORE, catalogue.before),
            (LAST_DAY, pd.concat([catalogue.products, catalogue.new_products])),
        ],
        "inventory": [
            (DAYS[day].date(), make_inventory(catalogue, day, deals.awaited(day), rng))
            for day in (LAST - 2, LAST - 1, LAST)
        ],
        "sales": _by_period(sales_lines, "invoice_date", "M"),
        "due_docs": [(day, owed.on((day - DAYS[0].date()).days)) for day in (_MONTH_BEFORE, LAST_DAY)],
        "quotes": _by_period(make_quotes(deals, catalogue, customers, rng), "quoted_on", "Q"),
        "orders": _by_period(order_lines, "placed_at", "M"),
        "calls": _by_period(make_calls(customers, rng), "started_at", "M"),
        "online_activity": _by_period(make_online_activity(order_lines, catalogue, customers, rng), "occurred_at", "Q"),
    }


def _by_period(table: pd.DataFrame, column: str, frequency: str) -> Tables:
    periods = pd.PeriodIndex(pd.to_datetime(table[column]), freq=frequency)
    return [(period.end_time.date(), rows) for period, rows in table.groupby(periods)]
