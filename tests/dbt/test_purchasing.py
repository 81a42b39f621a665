"""Purchasing: offers beside our own products, orders from suppliers, and what their documents say of them."""

from decimal import Decimal
from typing import Any

import pytest
from psycopg.rows import dict_row

from tests.dbt.building import Dbt, insert
from tests.dbt.purchasing_rows import SENT, SUPPLIER_PRODUCTS, insert_matches, offer
from tests.dbt.rows import PRODUCTS
from wiseparts_pipeline.dashboards.marts import query
from wiseparts_pipeline.entities.supplier_offers import AVAILABILITIES, CONDITIONS
from wiseparts_pipeline.live.offers import ranked
from wiseparts_pipeline.live.stored.offers import matched
from wiseparts_pipeline.warehouse import Warehouse

UNKNOWN = "(unknown)"


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    """The result of a query as the analyst."""
    with warehouse.connect(read_only_analyst=True) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_best_offer_is_the_cheapest_of_new_goods_in_stock_in_each_currency(marts: Warehouse) -> None:
    best = rows(
        marts,
        "select product_key, currency, supplier_item_id, supplier_name, unit_price, next_unit_price, offers,"
        " saving_amount"
        " from best_supplier_offers order by currency",
    )

    # Three that cost 25, 25 and 26; of the same price, the one with more in stock. Our cost is 30 EUR.
    assert best == [
        ("P1", "EUR", "best", "Teile Süd", 25, 25, 3, 5),
        ("P1", "USD", "in dollars", "Nordparts", 27, None, 1, None),
    ]


def test_look_ups_have_the_same_best_offer(marts: Warehouse) -> None:
    best = rows(
        marts,
        "select sku, currency, supplier_item_id, unit_price, stock, supplier_name from best_supplier_offers",
    )
    assert best

    with marts.connect(autocommit=True) as connection:
        for sku, currency, *expected in best:
            found = matched(connection, sku)
            told = ranked(sku, Decimal(1), [row for row in found.offers.values() if row.currency == currency], currency)
            first = told.items[0]
            assert told.best == first.supplier_item_id
            assert [first.supplier_item_id, first.unit_price, first.stock, first.supplier_name] == expected


def test_an_offer_is_of_ours_once_the_match_is_confirmed_and_keeps_a_code_that_nobody_knows(marts: Warehouse) -> None:
    offers = rows(
        marts,
        "select supplier_item_id, product_key, condition_id, condition, supplier_name, name from fct_supplier_offers"
        " where supplier_item_id in ('not ours', 'of an unknown code') order by 1",
    )

    assert offers == [
        ("not ours", UNKNOWN, "1", "new", "Nordparts", "Filter X"),
        ("of an unknown code", "P1", "99", None, "Nobody", "BOSCH pads"),
    ]


def test_a_deleted_offer_is_left_out(marts: Warehouse) -> None:
    assert rows(marts, "select count(*) from fct_supplier_offers where supplier_item_id = 'gone'") == [(0,)]


def test_what_was_confirmed_and_not_delivered_is_open_unless_the_order_is_archived_or_a_test(marts: Warehouse) -> None:
    lines = rows(
        marts,
        "select deal_id, order_line_no, supplier_sku, own_order_id, open_quantity, open_amount, delivery_until::text"
        " from open_purchase_orders order by 1, 2",
    )

    # Of line 1, 8 of 10 were confirmed, delivered in two parts, and invoiced.
    assert lines == [
        ("D1", 2, "A", "OUR-1", 4, 20, None),
        ("D1", 3, "B", "OUR-1", 2, 200, "2025-01-20"),
        ("D2", 0, UNKNOWN, "OUR-2", None, None, None),
    ]


def test_an_order_tells_the_requisition_that_it_was_made_of(marts: Warehouse) -> None:
    orders = rows(marts, "select deal_id, requisition_id from fct_purchase_orders order by 1")

    assert orders == [("D1", "PR-1"), ("D2", "PR-1"), ("D3", "PR-3"), ("D4", None)]


def test_prices_are_compared_by_what_was_ordered_at_the_latest_confirmation_and_over_all_invoices(
    marts: Warehouse,
) -> None:
    differences = rows(
        marts,
        "select deal_id, order_line_no, supplier_sku, product_key, ordered_unit_price, confirmed_unit_price,"
        " invoiced_unit_price, confirmed_difference, invoiced_difference, invoiced_difference_amount, currency"
        " from purchase_price_differences order by 1, 2",
    )

    assert differences == [
        ("D1", 0, "FREIGHT", UNKNOWN, None, None, Decimal("8.4"), None, None, Decimal("8.4"), "EUR"),
        ("D1", 1, "A", "P1", 5, Decimal("5.5"), 6, Decimal("0.5"), 1, 8, "EUR"),
    ]


def test_what_was_ordered_from_suppliers_is_not_shown_as_not_collected(marts: Warehouse) -> None:
    with marts.connect(read_only_analyst=True) as connection:
        connection.row_factory = dict_row
        state = dict.fromkeys(("exporter", "began_at", "before_began_at")) | {"limit": 10}
        standings, created = (
            connection.execute(query(f"exports/{name}").text.encode(), state).fetchall()
            for name in ("standings", "created")
        )

    assert [(row["exporter"], row["records"], row["not_collected"]) for row in standings] == [("supplier_orders", 1, 0)]
    assert [(row["record"], row["external_id"]) for row in created] == [SENT]


@pytest.mark.parametrize(
    ("seed", "codes"), [("supplier_conditions", CONDITIONS), ("supplier_availabilities", AVAILABILITIES)]
)
def test_every_known_code_has_a_name(marts: Warehouse, seed: str, codes: tuple[str, ...]) -> None:
    with marts.connect() as connection:
        named = connection.execute(f"select code from intermediate.{seed} where name <> ''".encode()).fetchall()

    assert sorted(named) == sorted((code,) for code in codes)


def test_a_change_of_price_is_kept_and_one_of_stock_is_not(dbt: Dbt) -> None:
    selected = ("--select", "+supplier_price_changes")
    with dbt.warehouse.connect() as connection:
        insert(connection, "products", PRODUCTS[:1])
        insert(connection, "supplier_products", SUPPLIER_PRODUCTS[:1])
        insert(connection, "supplier_offers", [offer("cheaper", "26"), offer("sold", "25")])
        insert_matches(connection)
    dbt.build(*selected)
    with dbt.warehouse.connect() as connection:
        connection.execute(
            "update raw.supplier_offers set _updated_at = clock_timestamp(), stock = stock - 1,"
            " price = case supplier_item_id when 'cheaper' then 23.40 else price end"
        )
    dbt.build(*selected)

    changes = "select supplier_item_id, product_key, previous_unit_price, unit_price, change_amount, change_rate"
    assert rows(dbt.warehouse, f"{changes} from supplier_price_changes") == [
        ("cheaper", "P1", 26, Decimal("23.4"), Decimal("-2.6"), Decimal("-0.1")),
    ]
