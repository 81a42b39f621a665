"""Exchange files of an e-shop and a Greek ERP: no quotes, lines end with `;<br>`, decimal commas."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from tests.configurations.examples import greek_erp
from tests.configurations.harness import Harness

CONFIGURATION = "greek_erp"
EXAMPLE = greek_erp.files()


def test_every_row_is_accounted_for(harness: Harness) -> None:
    assert harness.counts() == {
        "customers": {"created": 3, "rejected": 1},
        "customer_branches": {"created": 1, "waiting": 1},
        "products": {"created": 4, "rejected": 1},
        "inventory": {"created": 3, "rejected": 1, "waiting": 1},
        "orders": {"created": 3, "rejected": 1},
    }
    assert harness.rejected() == [
        ("customer_branches", 2, "customer_id", "unknown_reference"),
        ("customers", 4, "country_code", "bad_format"),
        ("inventory", 4, "sku", "unknown_reference"),
        ("inventory", 5, "quantity_available", "missing_required"),
        ("orders", 4, "placed_at", "not_a_date"),
        ("products", 4, "list_price", "not_a_number"),
    ]


def test_a_customer_is_a_company_or_a_person(harness: Harness) -> None:
    assert harness.rows(
        "select customer_id, name, tax_id, region, city, country_code from raw.customers order by 1"
    ) == [
        ("C101", "Παπαδόπουλος Αφοί ΑΕ", "094014201", "Αττική", "Αθήνα", "GR"),
        ("C102", "Νίκος Γεωργίου", None, "Θεσσαλονίκη", "Θεσσαλονίκη", "GR"),
        ("C103", "Ledra Auto Ltd", None, None, "Λευκωσία", "CY"),
    ]


def test_a_branch_belongs_to_the_customer_with_its_code_in_a_copy_of_the_same_file(harness: Harness) -> None:
    assert harness.rows("select branch_id, customer_id, name, contact_name, city from raw.customer_branches") == [
        ("C101.S", "C101", "Παπαδόπουλος Αφοί ΑΕ", "Ελένη Νίκου", "Πειραιάς")
    ]


def test_a_product_has_prices_with_decimal_commas_and_the_levels_of_its_category(harness: Harness) -> None:
    assert harness.rows(
        "select product_id, list_price, cost_price, status, category_id, collection_ids from raw.products order by 1"
    ) == [
        ("P00123", Decimal("12.40"), None, "active", "Υαλοκαθαριστήρες", ["Ανταλλακτικά", "Υαλοκαθαριστήρες"]),
        ("P100234", Decimal("48.90"), Decimal("29.35"), "active", "Τακάκια", ["Ανταλλακτικά", "Φρένα", "Τακάκια"]),
        ("P100236", Decimal("9.95"), Decimal("6.10"), "discontinued", "Λάδια", None),
        ("P100238", Decimal("5.00"), None, "active", "Λάδια", None),
    ]


def test_stock_comes_from_a_copy_of_the_products(harness: Harness) -> None:
    assert harness.rows("select sku, quantity_available from raw.inventory order by 1") == [
        ("P00123", 7),
        ("P100234", 24),
        ("P100236", 0),
    ]


def test_a_file_of_changed_products_keeps_the_stock_of_the_others(new_harness: Callable[[], Harness]) -> None:
    harness = new_harness()
    harness.run("products")
    harness.run("inventory")
    header, first, *_ = EXAMPLE["Inventory/PRODUCTS_20240918.csv"].splitlines(keepends=True)
    harness.put("Inventory/PRODUCTS_20240919.csv", (header + first.replace(";24;ΣΕΤ", ";20;ΣΕΤ")).encode())
    harness.run("inventory")

    assert harness.rows("select sku, quantity_available from raw.inventory where _deleted_at is null order by 1") == [
        ("P00123", 7),
        ("P100234", 20),
        ("P100236", 0),
    ]


def test_order_lines_have_the_cells_of_their_header(harness: Harness) -> None:
    assert harness.rows(
        """
        select order_id, line_no, placed_at, customer_id, status, product_id, quantity, net_amount, note
        from raw.orders order by 1, 2
        """
    ) == [
        ("5001", 1, datetime(2024, 9, 18, 6, 32, 5, tzinfo=UTC), "C101", "confirmed", "P100234", 2, Decimal("97.80"),
         "Πριν το μεσημέρι"),
        ("5001", 2, datetime(2024, 9, 18, 6, 32, 5, tzinfo=UTC), "C101", "confirmed", "P00123", 3, Decimal("37.20"),
         "Πριν το μεσημέρι"),
        ("5002", 1, datetime(2024, 9, 18, 7, 0, tzinfo=UTC), "C102", "cancelled", "P100236", 4, Decimal("39.80"), None),
    ]  # fmt: skip


def test_a_file_in_the_old_encoding_is_read_if_configured(new_harness: Callable[[], Harness]) -> None:
    """The example, re-encoded: no file that an ERP wrote in cp1253 was available."""
    harness = new_harness()
    harness.run("customers")
    customers = harness.configuration.importer("customers")
    older = customers.model_copy(update={"file": customers.file.model_copy(update={"encoding": "cp1253"})})
    text = EXAMPLE["Customers/CUSTOMERS_20240918.csv"].replace("ö", "o")
    harness.put("Customers/CUSTOMERS_20240919.csv", text.encode("cp1253"))
    harness.run_as(older)

    assert harness.counts() == {"customers": {"created": 3, "unchanged": 3, "rejected": 2}}
