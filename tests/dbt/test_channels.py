"""The web shop and the other channels, from sales, orders and online activity, as of 1 March 2025."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import database
from tests.dbt.building import Dbt, insert
from wiseparts_pipeline.warehouse import Warehouse

UNKNOWN = "(unknown)"
JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)

CUSTOMERS = [
    {"customer_id": "C1", "name": "Alfa", "email": "shop@alfa.gr"},
    {"customer_id": "C2", "name": "Beta", "email": "info@beta.gr"},
]
CONTACTS = [
    {"contact_id": "K1", "customer_id": "C1", "email": "Maria@alfa.gr"},
    {"contact_id": "K2", "customer_id": "C1", "email": "info@beta.gr"},
]


def _order(order_id: str, placed_at: str, channel: str, status: str, net_amount: str, **others: Any) -> dict[str, Any]:
    line = {"order_id": order_id, "line_no": 1, "placed_at": placed_at, "channel": channel, "status": status}
    return line | {"net_amount": net_amount, "quantity": 1, "unit_price": 1, "currency": "EUR"} | others


# Midnight of 1 February in Athens is 22:00 UTC.
ORDERS = [
    _order("W1", "2025-01-31 21:59+00", "web", "shipped", "100.00", email="maria@alfa.gr"),
    _order("W1", "2025-01-31 21:59+00", "web", "cancelled", "7.00", line_no=2, email="maria@alfa.gr"),
    _order("W2", "2025-01-31 22:00+00", "web", "cancelled", "20.00", email="info@beta.gr"),
    _order("P1", "2025-02-03 08:00+00", "phone", "confirmed", "30.00", customer_id="C2"),
    _order("P2", "2025-02-03 08:00+00", "phone", "confirmed", "5.00", currency="USD"),
    _order("P3", "2025-02-03 08:00+00", "phone", "confirmed", "999.00", _deleted_at="2025-02-04 08:00+00"),
]


def _sale(invoice_id: str, day: str, net_amount: str, **others: Any) -> dict[str, Any]:
    line = {"invoice_id": invoice_id, "line_no": 1, "invoice_date": day, "net_amount": net_amount}
    return line | {"quantity": 1, "unit_price": 1, "currency": "EUR"} | others


SALES = [
    # One web order, invoiced in two months, with invoices that say telephone.
    _sale("I1", "2025-01-31", "60.00", order_id="W1", channel="phone", cost_amount="45.00"),
    _sale("I2", "2025-02-05", "40.00", order_id="W1", channel="phone"),
    _sale("I3", "2025-02-06", "25.00", order_id="X404", channel="Call Center"),
    _sale("I4", "2025-02-07", "15.00", channel="counter"),
    _sale("I5", "2025-02-07", "9.00", channel="eshop"),
    _sale("I6", "2025-02-08", "-4.00", channel=None, document_type="credit_note"),
    _sale("I7", "2025-02-08", "3.00", channel="edi", currency="USD"),
    _sale("I8", "2024-02-08", "80.00", channel="edi"),
]


def _event(event_id: str, moment: str, kind: str, **others: Any) -> dict[str, Any]:
    return {"event_id": event_id, "occurred_at": f"2025-{moment}+00", "kind": kind} | others


ACTIVITY = [
    # Only visitors who log in are known.
    _event("E1", "01-31 21:50", "visit", session_id="S1"),
    _event("E2", "01-31 21:51", "login", session_id="S1", email="maria@alfa.gr"),
    _event("E3", "01-31 21:52", "search", session_id="S1", search_term="Brake  Disc"),
    _event("E4", "01-31 21:53", "cart", session_id="S1", email="maria@alfa.gr"),
    _event("E5", "01-31 21:59", "purchase", session_id="S1", email="maria@alfa.gr", order_id="W1"),
    # Past midnight, an order that was cancelled.
    _event("E6", "01-31 22:00", "purchase", session_id="S2", email="info@beta.gr", order_id="W2"),
    # Without a session: half an hour, and a pause.
    _event("E7", "02-10 08:00", "visit", customer_id="C2"),
    _event("E8", "02-10 08:30", "search", customer_id="C2", search_term="brake disc"),
    _event("E9", "02-10 09:30", "cart", customer_id="C2"),
    # A visitor who cannot be identified.
    _event("E10", "02-10 08:00", "visit"),
    _event("E11", "02-10 08:00", "search", search_term=None),
]


@pytest.fixture(scope="module")
def channels(postgres_url: str, prepared_url: str, target: Path) -> Iterator[Warehouse]:
    """A warehouse with the rows above and the reports on channels; read-only."""
    with database(postgres_url, template=urlsplit(prepared_url).path.removeprefix("/")) as url:
        warehouse = Warehouse(url)
        entities = {"customers": CUSTOMERS, "contacts": CONTACTS, "orders": ORDERS, "sales": SALES}
        with warehouse.connect() as connection:
            for entity, lines in (entities | {"online_activity": ACTIVITY}).items():
                insert(connection, entity, lines)
        reports = ("+channel_sales_monthly", "+online_activity_daily", "+search_terms_monthly")
        Dbt(warehouse, target).build("--select", *reports)
        yield warehouse


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The result of a query as the analyst."""
    with warehouse.connect(read_only_analyst=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_an_order_is_counted_once_in_its_own_channel_however_it_is_invoiced(channels: Warehouse) -> None:
    web = rows(
        channels,
        """
        select month, net_amount, net_amount_of_orders, margin_rate, orders, invoiced_orders, cancelled_orders,
            invoiced_ordered_amount, cancelled_ordered_amount
        from channel_sales_monthly
        where channel = 'web'
        order by month
        """,
    )

    assert web == [
        (JANUARY, *map(Decimal, ("60", "60", "0.25")), 1, 1, 0, Decimal(100), Decimal(7)),
        (FEBRUARY, Decimal(49), Decimal(40), None, 1, 0, 1, Decimal(0), Decimal(20)),
    ]


def test_a_sale_without_a_known_order_has_the_channel_that_it_names(channels: Warehouse) -> None:
    february = rows(
        channels,
        """
        select channel, channel_group, currency, net_amount, net_amount_of_unknown_orders, share_of_month
        from channel_sales_monthly
        where month = '2025-02-01' and sales_lines > 0 and channel <> 'web'
        order by channel
        """,
    )

    assert february == [
        (UNKNOWN, UNKNOWN, "EUR", *map(Decimal, ("-4", "0", "-0.047059"))),
        ("counter", "traditional", "EUR", *map(Decimal, ("15", "0", "0.176471"))),
        ("edi", "traditional", "USD", *map(Decimal, ("3", "0", "1"))),
        ("phone", "traditional", "EUR", *map(Decimal, ("25", "25", "0.294118"))),
    ]


def test_an_order_without_a_sale_is_separate_and_currencies_are_not_added_up(channels: Warehouse) -> None:
    phone = rows(
        channels,
        """
        select currency, net_amount, not_invoiced_orders, not_invoiced_ordered_amount, sold_or_on_order_amount
        from channel_sales_monthly
        where channel = 'phone'
        order by currency
        """,
    )

    assert phone == [
        ("EUR", Decimal(25), 1, Decimal(30), Decimal(55)),
        ("USD", Decimal(0), 1, Decimal(5), Decimal(5)),
    ]


def test_a_channel_with_sales_a_year_earlier_has_a_row_without_sales(channels: Warehouse) -> None:
    edi = rows(
        channels,
        """
        select month, net_amount, previous_year_net_amount, growth_rate from channel_sales_monthly
        where channel = 'edi' and currency = 'EUR'
        order by month
        """,
    )

    assert edi == [
        (date(2024, 2, 1), Decimal(80), None, None),
        (FEBRUARY, Decimal(0), Decimal(80), Decimal(-1)),
    ]


def test_an_order_has_the_day_since_which_it_is_invoiced(channels: Warehouse) -> None:
    assert rows(channels, "select distinct order_id, is_invoiced, invoiced_on from fct_orders order by order_id") == [
        ("P1", False, None),
        ("P2", False, None),
        ("W1", True, date(2025, 1, 31)),
        ("W2", False, None),
    ]


def test_a_visitor_without_an_id_is_found_by_an_email_address_of_one_customer(channels: Warehouse) -> None:
    orders = rows(channels, "select distinct order_id, customer_key from fct_orders order by order_id")
    activity = rows(
        channels,
        "select customer_match, customer_key, count(*) from fct_online_activity group by 1, 2 order by 1, 2",
    )

    assert orders == [("P1", "C2"), ("P2", UNKNOWN), ("W1", "C1"), ("W2", UNKNOWN)]
    assert activity == [
        ("ambiguous", UNKNOWN, 1),
        ("customer_id", "C2", 3),
        ("email", "C1", 3),
        ("none", UNKNOWN, 4),
    ]


def test_the_funnel_leads_from_the_visit_to_the_invoice(channels: Warehouse) -> None:
    days = rows(
        channels,
        """
        select date_day, sessions, anonymous_sessions, search_sessions, cart_sessions, purchase_sessions,
            order_sessions, invoice_sessions, abandoned_cart_sessions, purchase_rate, customers, buyers, searches
        from online_activity_daily
        order by date_day
        """,
    )

    assert days == [
        (date(2025, 1, 31), 1, 0, 1, 1, 1, 1, 1, 0, Decimal(1), 1, 1, 1),
        (date(2025, 2, 1), 1, 1, 0, 0, 1, 1, 0, 0, Decimal(1), 0, 0, 0),
        (date(2025, 2, 10), 4, 2, 2, 1, 0, 0, 0, 1, Decimal(0), 1, 0, 2),
    ]


def test_events_without_a_session_form_one_until_the_visitor_pauses(channels: Warehouse) -> None:
    sessions = rows(
        channels,
        """
        select session_key, array_agg(event_id order by occurred_at) from fct_online_activity
        where session_id is null
        group by session_key
        order by session_key
        """,
    )

    assert sessions == [
        ("(event) E10", ["E10"]),
        ("(event) E11", ["E11"]),
        ("(event) E7", ["E7", "E8"]),
        ("(event) E9", ["E9"]),
    ]


def test_searches_without_a_purchase_are_counted_by_phrase(channels: Warehouse) -> None:
    phrases = rows(
        channels,
        """
        select month, search_phrase, searches, sessions_without_purchase from search_terms_monthly
        order by month, search_phrase
        """,
    )

    assert phrases == [
        (JANUARY, "brake disc", 1, 0),
        (FEBRUARY, UNKNOWN, 1, 1),
        (FEBRUARY, "brake disc", 1, 1),
    ]
