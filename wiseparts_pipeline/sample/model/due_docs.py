"""What customers owe: invoices, credit notes and payments on account, as accounting lists them on a day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wiseparts_pipeline.sample.model.customers import Customers
from wiseparts_pipeline.sample.model.days import LAST, text_of
from wiseparts_pipeline.sample.model.deals import Deals
from wiseparts_pipeline.sample.model.decimals import Ints, divide, money
from wiseparts_pipeline.sample.model.sales import Documents

_PAYMENTS_ON_ACCOUNT = 150
# How long settled documents stay on the list.
_LISTED_DAYS = 700


@dataclass(frozen=True)
class Ledger:
    """All documents, and the days (numbers) on which each was issued, due and settled."""

    documents: pd.DataFrame
    currency: NDArray[np.str_]
    issued: Ints
    due: Ints
    settled: Ints
    # In cents; `part`: the partial payment of an overdue document.
    amount: Ints
    part: Ints
    disputed: NDArray[np.bool_]

    def on(self, day: int) -> pd.DataFrame:
        """The list at the end of a day: all documents except those that were settled long ago."""
        known = (self.issued <= day) & (self.settled >= day - _LISTED_DAYS)
        settled = self.settled <= day
        still_open = np.where(settled, 0, self.amount - np.where(self.due < day, self.part, 0))
        table = self.documents.assign(
            open_amount=money(still_open),
            currency=self.currency,
            settled_on=np.where(settled, text_of(self.settled), ""),
            is_disputed=np.where(self.disputed & ~settled, "1", "0"),
        )
        return table[known].reset_index(drop=True)


def make_ledger(deals: Deals, documents: Documents, customers: Customers, rng: np.random.Generator) -> Ledger:
    count = len(documents.doc_id)
    buyer = deals.customer[documents.deal]
    is_invoice = documents.doc_type == "invoice"
    due = documents.day + np.where(is_invoice, customers.terms_days[buyer], 0)
    on_credit = customers.terms_days[buyer] > 0
    late = np.where(on_credit, customers.lateness[buyer] + rng.integers(0, 7, count), 0)
    settled = np.maximum(np.where(is_invoice, due + late, documents.day + rng.integers(5, 41, count)), documents.day)
    disputed = is_invoice & on_credit & (rng.random(count) < 0.01)
    settled[disputed] = LAST + 1
    part = np.where(is_invoice & (rng.random(count) < 0.06), divide(documents.total * 2, 5), 0)

    payer = rng.choice(len(customers.weight), _PAYMENTS_ON_ACCOUNT, p=customers.weight)
    paid_on = np.sort(rng.integers(0, LAST + 1, _PAYMENTS_ON_ACCOUNT))
    paid = -100 * rng.integers(2, 40, _PAYMENTS_ON_ACCOUNT) * 50
    all_issued = np.concatenate([documents.day, paid_on])
    all_due = np.concatenate([due, paid_on])
    amount = np.concatenate([documents.total, paid])
    debtor = customers.table.iloc[np.concatenate([buyer, payer])]
    table = pd.DataFrame(
        {
            "doc_id": [*documents.doc_id, *(f"PAY-{number:06}" for number in range(1, _PAYMENTS_ON_ACCOUNT + 1))],
            "doc_type": [*documents.doc_type, *["payment"] * _PAYMENTS_ON_ACCOUNT],
            "customer_id": debtor["customer_id"].to_numpy(),
            # Payments on account are made by head offices, without a branch.
            "branch_id": [*documents.branch, *[""] * _PAYMENTS_ON_ACCOUNT],
            "issued_on": text_of(all_issued),
            "due_on": text_of(all_due),
            "amount": money(amount),
        }
    )
    nothing = np.zeros(_PAYMENTS_ON_ACCOUNT, dtype=np.int64)
    return Ledger(
        table,
        debtor["currency"].to_numpy(dtype=str),
        all_issued,
        all_due,
        np.concatenate([settled, paid_on + rng.integers(3, 61, _PAYMENTS_ON_ACCOUNT)]),
        amount,
        np.concatenate([part, nothing]),
        np.concatenate([disputed, nothing.astype(bool)]),
    )
