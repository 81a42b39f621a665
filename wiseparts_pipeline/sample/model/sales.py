"""Invoices and credit notes, and their totals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wiseparts_pipeline.sample.model.catalogue import WAREHOUSES, Catalogue
from wiseparts_pipeline.sample.model.customers import Customers
from wiseparts_pipeline.sample.model.days import LAST, text_of
from wiseparts_pipeline.sample.model.deals import Deals, Lines, next_open_day, numbers
from wiseparts_pipeline.sample.model.decimals import Ints, divide, money, shortest

_CREDITED_SHARE = 0.03


@dataclass(frozen=True)
class Documents:
    """Invoices, then credit notes: key, deal (position), branch, day, and total with tax in cents."""

    doc_id: NDArray[np.str_]
    doc_type: NDArray[np.str_]
    deal: Ints
    branch: NDArray[np.str_]
    day: Ints
    total: Ints


def make_sales(
    deals: Deals, catalogue: Catalogue, customers: Customers, rng: np.random.Generator
) -> tuple[pd.DataFrame, Documents]:
    """The lines of invoices and credit notes, by date, and the documents."""
    invoiced = deals.invoice_id != ""
    credited = invoiced & (rng.random(len(invoiced)) < _CREDITED_SHARE)
    credited_on = next_open_day(deals.invoiced_on + rng.integers(3, 26, len(invoiced)))
    credited &= credited_on <= LAST
    invoice_lines = deals.agreed.of(invoiced[deals.agreed.deal])
    returned_lines = _returned(deals.agreed.of(credited[deals.agreed.deal]), catalogue, rng)

    branch_ids = (customers.branch_ids[index] for index in deals.customer)
    branch = np.array([ids[rng.integers(len(ids))] for ids in branch_ids])
    warehouse = rng.choice(WAREHOUSES, len(deals.day), p=[0.6, 0.25, 0.15])
    documents = _documents(deals, invoiced, credited, credited_on, branch, invoice_lines, returned_lines)
    credit_ids = np.full(len(invoiced), "", dtype="<U12")
    credit_ids[credited] = documents.doc_id[documents.doc_type == "credit_note"]
    table = pd.concat(
        [
            _table(
                "invoice",
                invoice_lines,
                deals.invoice_id,
                deals.invoiced_on,
                deals,
                branch,
                warehouse,
                catalogue,
                customers,
            ),
            _table(
                "credit_note", returned_lines, credit_ids, credited_on, deals, branch, warehouse, catalogue, customers
            ),
        ]
    )
    return table.sort_values("invoice_date", kind="stable", ignore_index=True), documents


def _returned(lines: Lines, catalogue: Catalogue, rng: np.random.Generator) -> Lines:
    """The credited lines: the first and half of the others, in full or for a single piece, with negative quantity."""
    back = lines.of((lines.line_no == 1) | (rng.random(len(lines.deal)) < 0.5))
    piece = np.array([part.step for part in catalogue.parts])[back.product]
    whole = rng.random(len(piece)) < 0.7
    return Lines(
        back.deal,
        back.line_no,
        back.product,
        -np.where(whole, back.quantity, piece),
        back.price,
        back.discount,
        back.cost,
        back.tax_percent,
    )


def _documents(
    deals: Deals,
    invoiced: NDArray[np.bool_],
    credited: NDArray[np.bool_],
    credited_on: Ints,
    branch: NDArray[np.str_],
    invoice_lines: Lines,
    returned_lines: Lines,
) -> Documents:
    invoices, notes = np.flatnonzero(invoiced), np.flatnonzero(credited)
    totals = [np.zeros(len(invoiced), dtype=np.int64), np.zeros(len(invoiced), dtype=np.int64)]
    for total, lines in zip(totals, (invoice_lines, returned_lines), strict=True):
        np.add.at(total, lines.deal, lines.net + lines.tax)
    return Documents(
        np.concatenate([deals.invoice_id[invoices], numbers("CRN", credited_on[notes])]),
        np.repeat(["invoice", "credit_note"], [len(invoices), len(notes)]),
        np.concatenate([invoices, notes]),
        branch[np.concatenate([invoices, notes])],
        np.concatenate([deals.invoiced_on[invoices], credited_on[notes]]),
        np.concatenate([totals[0][invoices], totals[1][notes]]),
    )


def _table(
    document_type: str,
    lines: Lines,
    ids: NDArray[np.str_],
    days: Ints,
    deals: Deals,
    branch: NDArray[np.str_],
    warehouse: NDArray[np.str_],
    catalogue: Catalogue,
    customers: Customers,
) -> pd.DataFrame:
    """The rows of one type of document; `ids`, `days`, `branch` and `warehouse` are by deal."""
    buyer = customers.table.iloc[deals.customer[lines.deal]]
    product = catalogue.products.iloc[lines.product]
    cost = divide(lines.cost * lines.quantity, 10)
    return pd.DataFrame(
        {
            "invoice_id": ids[lines.deal],
            "line_no": lines.line_no.astype(str),
            "invoice_date": text_of(days[lines.deal]),
            "document_type": document_type,
            "customer_id": buyer["customer_id"].to_numpy(),
            "branch_id": branch[lines.deal],
            "product_id": product["product_id"].to_numpy(),
            "description": product["name"].to_numpy(),
            "quantity": shortest(lines.quantity),
            "unit_price": money(lines.price),
            "discount_percent": shortest(lines.discount),
            "net_amount": money(lines.net),
            "tax_amount": money(lines.tax),
            "cost_amount": np.where(catalogue.cost_known[lines.product], money(cost), ""),
            "currency": buyer["currency"].to_numpy(),
            "sales_rep_id": customers.sales_rep(deals.customer[lines.deal], days[lines.deal]),
            "channel": deals.channel[lines.deal],
            "warehouse_id": warehouse[lines.deal],
            "order_id": deals.order_id[lines.deal],
            "ship_to_country": buyer["country_code"].to_numpy(),
        }
    )
