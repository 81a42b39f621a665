"""What people did in the web shop: browsing, and the way to every web order."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from wiseparts_pipeline.sample.model.catalogue import Catalogue
from wiseparts_pipeline.sample.model.customers import Customers
from wiseparts_pipeline.sample.model.days import DAY_TEXT, business
from wiseparts_pipeline.sample.model.vocabulary import PART_TYPES

_BROWSING_SESSIONS = 2_500
_GUEST_EVERY = 9
_COLUMNS = [
    "event_id",
    "occurred_at",
    "kind",
    "customer_id",
    "email",
    "product_id",
    "search_term",
    "order_id",
    "session_id",
]
# End, kinds of event, customer_id, email, product_id, order_id.
_Session = tuple[datetime, tuple[str, ...], str, str, str, str]
_TIME = "%Y-%m-%d %H:%M:%S"


def make_online_activity(
    orders: pd.DataFrame, catalogue: Catalogue, customers: Customers, rng: np.random.Generator
) -> pd.DataFrame:
    """The events by time; a web order's session ends with its purchase."""
    sessions = [*_buying(orders), *_browsing(catalogue, customers, rng)]
    terms = [part.name.lower() for part in PART_TYPES]
    rows = []
    for number, (end, kinds, customer_id, email, product_id, order_id) in enumerate(sessions, 1):
        moment = end - timedelta(minutes=2 * len(kinds))
        for kind in kinds:
            moment += timedelta(seconds=int(rng.integers(5, 110)))
            purchase = kind == "purchase"
            rows.append(
                (
                    (end if purchase else moment).strftime(_TIME),
                    kind,
                    customer_id,
                    email,
                    product_id if kind in ("view", "cart") else "",
                    terms[rng.integers(len(terms))] if kind == "search" else "",
                    order_id if purchase else "",
                    f"S{number:06}",
                )
            )
    rows.sort()
    return pd.DataFrame([(f"E{number:07}", *row) for number, row in enumerate(rows, 1)], columns=_COLUMNS)


def _buying(orders: pd.DataFrame) -> list[_Session]:
    web = orders[(orders["channel"] == "web") & (orders["line_no"] == "1")]
    way = ("visit", "login", "search", "view", "cart", "checkout", "purchase")
    guest = tuple(kind for kind in way if kind != "login")
    columns = ["placed_at", "customer_id", "email", "product_id", "order_id"]
    # Every so many order as guests, of whom the shop knows the mail address alone.
    return [
        (datetime.strptime(placed_at, _TIME), guest, "", email, product_id, order_id)
        if number % _GUEST_EVERY == 0
        else (datetime.strptime(placed_at, _TIME), way, customer_id, email, product_id, order_id)
        for number, (placed_at, customer_id, email, product_id, order_id) in enumerate(
            web[columns].itertuples(index=False), 1
        )
    ]


def _browsing(catalogue: Catalogue, customers: Customers, rng: np.random.Generator) -> list[_Session]:
    full = ("visit", "login", "search", "view", "view", "cart", "checkout")
    ways = (full[:1], ("visit", "search", "view", "view"), full[:-1], full)
    demand = catalogue.demand.sum(axis=1)
    products = catalogue.products["product_id"].to_numpy()
    known = customers.table[["customer_id", "email"]].to_numpy()
    sessions: list[_Session] = []
    for day in rng.choice(len(DAY_TEXT), _BROWSING_SESSIONS, p=business()):
        end = datetime.fromisoformat(DAY_TEXT[day]) + timedelta(seconds=int(rng.integers(8 * 3_600, 23 * 3_600)))
        way = ways[rng.choice(len(ways), p=[0.2, 0.38, 0.3, 0.12])]
        # Only who logs in is known.
        customer_id, email = known[rng.choice(len(known), p=customers.weight)] if "login" in way else ("", "")
        sessions.append((end, way, customer_id, email, products[rng.choice(len(demand), p=demand / demand.sum())], ""))
    return sessions
