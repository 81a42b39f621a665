"""Quotes; those that were won became an order, mostly with all of their lines."""

import numpy as np
import pandas as pd

from wiseparts_pipeline.sample.model.catalogue import Catalogue
from wiseparts_pipeline.sample.model.customers import Customers
from wiseparts_pipeline.sample.model.days import LAST, text_of
from wiseparts_pipeline.sample.model.deals import Deals
from wiseparts_pipeline.sample.model.decimals import money, shortest
from wiseparts_pipeline.sample.model.vocabulary import LOST_REASONS

_VALID_DAYS = 30
_DRAFT_DAYS = 4


def make_quotes(deals: Deals, catalogue: Catalogue, customers: Customers, rng: np.random.Generator) -> pd.DataFrame:
    """The quote lines, by date."""
    count = len(deals.day)
    won = deals.order_id != ""
    quoted_on = np.maximum(np.where(won, deals.day - rng.integers(1, 21, count), deals.day), 0)
    valid_until = quoted_on + _VALID_DAYS
    # A third of those that are not won are never answered.
    decided_on = np.where(won, deals.day, quoted_on + rng.integers(2, 26, count))
    answered = rng.random(count) < 0.67
    status = np.select(
        [won, answered & (decided_on <= LAST), valid_until <= LAST, quoted_on > LAST - _DRAFT_DAYS],
        ["won", "lost", "expired", "draft"],
        "open",
    )
    decided = np.isin(status, ["won", "lost"])
    quoted_text, valid_text = np.array(text_of(quoted_on)), np.array(text_of(valid_until))
    decided_text = np.where(decided, text_of(decided_on), "")

    quoted = (deals.quote_id != "")[deals.lines.deal]
    lines = deals.lines.of(quoted)
    declined = deals.declined[quoted]
    line_status = np.where(declined, "lost", status[lines.deal])
    reasons = rng.choice(LOST_REASONS, count, p=[0.4, 0.25, 0.15, 0.12, 0.08])
    buyer = customers.table.iloc[deals.customer[lines.deal]]
    product = catalogue.products.iloc[lines.product]
    table = pd.DataFrame(
        {
            "quote_id": deals.quote_id[lines.deal],
            "line_no": lines.line_no.astype(str),
            "quoted_on": quoted_text[lines.deal],
            "valid_until": valid_text[lines.deal],
            "customer_id": buyer["customer_id"].to_numpy(),
            "product_id": product["product_id"].to_numpy(),
            "description": product["name"].to_numpy(),
            "quantity": shortest(lines.quantity),
            "unit_price": money(lines.price),
            "net_amount": money(lines.net),
            "currency": buyer["currency"].to_numpy(),
            "status": line_status,
            "decided_on": decided_text[lines.deal],
            "lost_reason": np.where(line_status == "lost", reasons[lines.deal], ""),
            "sales_rep_id": customers.sales_rep(deals.customer[lines.deal], quoted_on[lines.deal]),
            "order_id": np.where(declined, "", deals.order_id[lines.deal]),
        }
    )
    return table.sort_values("quoted_on", kind="stable", ignore_index=True)
