"""Orders; those that were shipped have an invoice with the same lines."""

import numpy as np
import pandas as pd

from wiseparts_pipeline.sample.model.catalogue import Catalogue
from wiseparts_pipeline.sample.model.customers import Customers
from wiseparts_pipeline.sample.model.days import DAY_TEXT
from wiseparts_pipeline.sample.model.deals import Deals
from wiseparts_pipeline.sample.model.decimals import divide, money, shortest
from wiseparts_pipeline.sample.model.sales import Documents

# In euro cents.
_FREE_SHIPPING_FROM_CENTS = 15_000
_SHIPPING_CENTS = 650


def make_orders(
    deals: Deals, documents: Documents, catalogue: Catalogue, customers: Customers, rng: np.random.Generator
) -> pd.DataFrame:
    """The order lines, by time."""
    count = len(deals.day)
    credited = np.zeros(count, dtype=bool)
    credited[documents.deal[documents.doc_type == "credit_note"]] = True
    not_shipped = np.where(deals.cancelled, "cancelled", rng.choice(["confirmed", "draft"], count, p=[0.8, 0.2]))
    status = np.where(deals.invoice_id == "", not_shipped, np.where(credited, "returned", "shipped"))
    # Orders are placed in office hours, in the web shop also in the evening.
    hour = np.where(deals.channel == "web", rng.integers(7, 23, count), rng.integers(8, 17, count))
    clock = [
        f"{h:02}:{m:02}:{s:02}"
        for h, m, s in zip(hour, rng.integers(60, size=count), rng.integers(60, size=count), strict=True)
    ]
    placed_at = np.array([f"{DAY_TEXT[day]} {time}" for day, time in zip(deals.day, clock, strict=True)])
    address = np.array([customers.address_ids[customer][0] for customer in deals.customer])

    lines = deals.agreed.of((deals.order_id != "")[deals.agreed.deal])
    total = np.bincount(lines.deal, lines.net, minlength=count)[lines.deal]
    rate = customers.rate_permille[deals.customer[lines.deal]]
    shipping = np.where(total * 1_000 < _FREE_SHIPPING_FROM_CENTS * rate, divide(_SHIPPING_CENTS * rate, 1_000), 0)
    buyer = customers.table.iloc[deals.customer[lines.deal]]
    product = catalogue.products.iloc[lines.product]
    table = pd.DataFrame(
        {
            "order_id": deals.order_id[lines.deal],
            "line_no": lines.line_no.astype(str),
            "placed_at": placed_at[lines.deal],
            "channel": deals.channel[lines.deal],
            "status": status[lines.deal],
            "customer_id": buyer["customer_id"].to_numpy(),
            "sku": product["sku"].to_numpy(),
            "product_id": product["product_id"].to_numpy(),
            "description": product["name"].to_numpy(),
            "quantity": shortest(lines.quantity),
            "unit_price": money(lines.price),
            "net_amount": money(lines.net),
            # Shipping is charged on the first line of an order.
            "shipping_amount": np.where(lines.line_no == 1, money(shipping), ""),
            "tax_amount": money(lines.tax),
            "currency": buyer["currency"].to_numpy(),
            "ship_to_address_id": address[lines.deal],
            "email": buyer["email"].to_numpy(),
            "note": np.where((lines.line_no == 1) & (lines.deal % 23 == 0), "Call before delivery, gate 2", ""),
        }
    )
    return table.sort_values("placed_at", kind="stable", ignore_index=True)
