"""Activity in the web shop: browsing, and the sessions that lead to web orders."""

from dataclasses import dataclass
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
_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class _Session:
    """One visit. `steps`: the kinds of its events; `order_id`: the order that it ends with, if any."""

    end: datetime
    steps: tuple[str, ...]
    customer_id: str
    email: str
    product_id: str
    order_id: str = ""


def make_online_activity(
    orders: pd.DataFrame, catalogue: Catalogue, customers: Customers, rng: np.random.Generator
) -> pd.DataFrame:
    """The events, by time; the session of a web order ends with its purchase."""
    sessions = [*_buying(orders), *_browsing(catalogue, customers, rng)]
    terms = [part.name.lower() for part in PART_TYPES]
    rows = []
    for number, session in enumerate(sessions, 1):
        moment = session.end - timedelta(minutes=2 * len(session.steps))
        for kind in session.steps:
            moment += timedelta(seconds=int(rng.integers(5, 110)))
            purchase = kind == "purchase"
            rows.append(
                (
                    (session.end if purchase else moment).strftime(_TIME),
                    kind,
                    session.customer_id,
                    session.email,
                    session.product_id if kind in ("view", "cart") else "",
                    terms[rng.integers(len(terms))] if kind == "search" else "",
                    session.order_id if purchase else "",
                    f"S{number:06}",
                )
            )
    rows.sort()
    return pd.DataFrame([(f"E{number:07}", *row) for number, row in enumerate(rows, 1)], columns=_COLUMNS)


def _buying(orders: pd.DataFrame) -> list[_Session]:
    web = orders[(orders["channel"] == "web") & (orders["line_no"] == "1")]
    steps = ("visit", "login", "search", "view", "cart", "checkout", "purchase")
    guest = tuple(kind for kind in steps if kind != "login")
    columns = ["placed_at", "customer_id", "email", "product_id", "order_id"]
    # Every n-th buyer orders as a guest, of whom the shop only knows the e-mail address.
    return [
        _Session(datetime.strptime(placed_at, _TIME), guest, "", email, product_id, order_id)
        if number % _GUEST_EVERY == 0
        else _Session(datetime.strptime(placed_at, _TIME), steps, customer_id, email, product_id, order_id)
        for number, (placed_at, customer_id, email, product_id, order_id) in enumerate(
            web[columns].itertuples(index=False), 1
        )
    ]


def _browsing(catalogue: Catalogue, customers: Customers, rng: np.random.Generator) -> list[_Session]:
    full = ("visit", "login", "search", "view", "view", "cart", "checkout")
    journeys = (full[:1], ("visit", "search", "view", "view"), full[:-1], full)
    demand = catalogue.demand.sum(axis=1)
    products = catalogue.products["product_id"].to_numpy()
    known = customers.table[["customer_id", "email"]].to_numpy()
    sessions: list[_Session] = []
    for day in rng.choice(len(DAY_TEXT), _BROWSING_SESSIONS, p=business()):
        end = datetime.fromisoformat(DAY_TEXT[day]) + timedelta(seconds=int(rng.integers(8 * 3_600, 23 * 3_600)))
        steps = journeys[rng.choice(len(journeys), p=[0.2, 0.38, 0.3, 0.12])]
        # Only visitors who log in are known.
        customer_id, email = known[rng.choice(len(known), p=customers.weight)] if "login" in steps else ("", "")
        product_id = products[rng.choice(len(demand), p=demand / demand.sum())]
        sessions.append(_Session(end, steps, customer_id, email, product_id))
    return sessions
