"""The eight entities of WizCommerce, each in its own folder."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from tests.configurations.examples.wizcommerce import ORDERS, PADS
from tests.configurations.harness import Harness

CONFIGURATION = "wizcommerce"


def test_every_row_is_accounted_for(harness: Harness) -> None:
    assert harness.counts() == {
        "addresses": {"created": 2, "rejected": 1},
        "categories": {"created": 3, "rejected": 1},
        "collections": {"created": 2},
        "contacts": {"created": 1, "rejected": 1},
        "customers": {"created": 2, "rejected": 1},
        "inventory": {"created": 2, "rejected": 1},
        "orders": {"created": 3, "rejected": 1},
        "products": {"created": 3, "rejected": 2},
    }
    assert harness.rejected() == [
        ("addresses", 3, "country_code", "bad_format"),
        ("categories", 4, "parent_category_id", "missing_parent"),
        ("contacts", 2, "is_primary", "not_a_bool"),
        ("customers", 3, "name", "missing_required"),
        ("inventory", 3, "quantity_available", "not_a_number"),
        ("orders", 4, "placed_at", "not_a_date"),
        ("products", 4, "sku", "missing_required"),
        ("products", 5, "min_order_qty", "not_a_number"),
    ]


def test_a_product_has_its_keys_increments_and_lists(harness: Harness) -> None:
    assert harness.rows(
        """
        select product_id, sku, category_id, collection_ids, min_order_qty, order_increment, list_price, status,
            cardinality(media_urls)
        from raw.products order by product_id
        """
    ) == [
        ("100234", "BP-0986", PADS, ["BRAKES", "WINTER"], 2, 2, Decimal("48.90"), "active", 2),
        ("100235", "00123", "Wipers", ["WINTER"], 1, 1, Decimal("12.40"), "active", None),
        ("100236", "EO-5W30", None, None, 4, 4, Decimal("9.95"), "discontinued", None),
    ]


def test_categories_are_connected_in_any_order_of_rows(harness: Harness) -> None:
    assert harness.rows("select category_id, name, parent_category_id from raw.categories order by path") == [
        ("Car parts", "Car parts", None),
        ("Car parts > Brakes", "Brakes", "Car parts"),
        (PADS, "Brake pads", "Car parts > Brakes"),
    ]


def test_inventory_without_a_warehouse_is_in_the_main_one(harness: Harness) -> None:
    assert harness.rows(
        "select sku, warehouse_id, quantity_available, eta, backorder_allowed from raw.inventory order by 1"
    ) == [
        ("00123", "MAIN", 7, None, False),
        ("BP-0986", "MAIN", 24, date(2024, 10, 10), True),
    ]


def test_a_customer_has_terms_in_days_and_a_canonical_status(harness: Harness) -> None:
    assert harness.rows(
        "select customer_id, status, payment_terms_days, credit_limit from raw.customers order by 1"
    ) == [
        ("C00123", "active", 30, Decimal("15000.00")),
        ("C00124", "blocked", None, None),
    ]


def test_an_address_has_one_street_and_a_country_code(harness: Harness) -> None:
    assert harness.rows("select address_id, kind, street, country_code, is_default from raw.addresses order by 1") == [
        ("A1", "billing", "Ermou 12", "GR", True),
        ("A2", "shipping", "Akti Miaouli 3, Gate B", "GR", True),
    ]


def test_order_lines_are_numbered_and_have_a_net_amount(harness: Harness) -> None:
    assert harness.rows(
        "select order_id, line_no, placed_at, channel, status, sku, net_amount from raw.orders order by 1, 2"
    ) == [
        (ORDERS[0], 1, datetime(2024, 9, 18, 6, 32, 5, tzinfo=UTC), "rep", "confirmed", "BP-0986", Decimal("97.80")),
        (ORDERS[0], 2, datetime(2024, 9, 18, 6, 32, 5, tzinfo=UTC), "rep", "confirmed", "00123", Decimal("37.20")),
        (ORDERS[1], 1, datetime(2024, 9, 18, 7, 0, tzinfo=UTC), "web", "cancelled", "EO-5W30", Decimal("39.80")),
    ]


def test_a_product_identified_by_system_id_gets_another_reference_id(new_harness: Callable[[], Harness]) -> None:
    harness = new_harness()
    harness.run("products")
    ((system_id,),) = harness.rows("select system_id::text from raw.products where product_id = '100236'")
    harness.put(
        "Products/PRODUCT_19_09_2024.csv",
        f"System_ID,Reference ID,SKU_ID\n{system_id},200236,EO-5W30\n".encode(),
    )
    harness.run("products")

    assert harness.rows("select product_id, name from raw.products where sku = 'EO-5W30'") == [
        ("200236", "Engine oil 5W-30 1 l")
    ]
