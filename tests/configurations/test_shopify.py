"""Orders of a Shopify shop: only the first line of an order has the order's own cells."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.configurations.examples import shopify
from tests.configurations.harness import Harness

CONFIGURATION = "shopify"


def test_every_line_is_loaded_except_the_wrong_ones(harness: Harness) -> None:
    assert harness.counts() == {"shopify_orders": {"created": 13, "rejected": 2}}
    assert harness.rejected() == [
        ("shopify_orders", 9, "quantity", "not_a_number"),
        ("shopify_orders", 11, "status", "not_in_set"),
    ]


def test_the_export_has_75_columns_and_newer_ones_79() -> None:
    assert (len(shopify.COLUMNS_2021), len(shopify.COLUMNS_2026)) == (75, 79)


def test_all_lines_have_the_cells_of_their_order(harness: Harness) -> None:
    assert harness.rows(
        """
        select line_no, sku, placed_at, channel, status, currency, email from raw.orders
        where order_id = '#2001' order by line_no
        """
    ) == [
        (line_no, sku, datetime(2024, 9, 18, 7, 12, 13, tzinfo=UTC), "web", "shipped", "EUR", "buyer2001@shop.example")
        for line_no, sku in [(1, "BP-0986"), (2, "WB-24"), (3, "EO-5W30")]
    ]


def test_shipping_and_tax_of_an_order_count_once(harness: Harness) -> None:
    amounts = harness.rows(
        """
        select sum(net_amount), sum(shipping_amount), sum(tax_amount) from raw.orders
        where order_id in ('#1001', '#2001') group by order_id order by order_id
        """
    )
    once = (Decimal("5.00"), Decimal("12.34"))
    assert amounts == [(Decimal("110.20"), *once), (Decimal("150.00"), *once)]


@pytest.mark.parametrize(
    ("order", "status", "channel"),
    [
        ("#1001", "shipped", "web"),
        ("#1002", "confirmed", "web"),
        ("#2002", "cancelled", "web"),  # paid, then cancelled
        ("#2003", "returned", "web"),  # refunded after shipping
        ("#2004", "confirmed", "rep"),  # a draft order that the shop's staff created
        ("#2005", "cancelled", "other"),  # voided
    ],
)
def test_the_status_follows_from_payment_fulfilment_and_cancellation(
    harness: Harness, order: str, status: str, channel: str
) -> None:
    assert harness.rows(f"select distinct status, channel from raw.orders where order_id = '{order}'") == [
        (status, channel)
    ]


def test_a_rejected_line_keeps_its_number(harness: Harness) -> None:
    assert harness.rows("select line_no, sku from raw.orders where order_id = '#2006' order by 1") == [
        (1, "BP-0986"),
        (3, "EO-5W30"),
    ]


def test_an_item_without_sku_and_a_note_of_two_lines_are_kept(harness: Harness) -> None:
    assert harness.rows("select sku, description, note from raw.orders where order_id = '#2008'") == [
        (None, "Gift card", 'Ring twice.\nSay "delivery".')
    ]
