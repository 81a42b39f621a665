"""Exchange files of an e-shop and a Greek ERP: no quotes, `;<br>` at each line's end, a comma for decimals."""

from datetime import UTC, datetime
from decimal import Decimal

from tests.configurations.stand import Stand

CONFIGURATION = "greek_erp"


def test_every_row_is_accounted_for(stand: Stand) -> None:
    assert stand.counts() == {
        "customers": {"created": 3, "rejected": 1},
        "customer_branches": {"created": 1, "rejected": 1},
        "products": {"created": 4, "rejected": 1},
        "inventory": {"created": 3, "rejected": 1, "waiting": 1},
        "orders": {"created": 3, "rejected": 1},
    }
    assert stand.rejected() == [
        ("customer_branches", 2, "customer_id", "missing_required"),
        ("customers", 4, "country_code", "bad_format"),
        ("inventory", 4, "sku", "unknown_reference"),
        ("inventory", 5, "quantity_available", "missing_required"),
        ("orders", 4, "placed_at", "not_a_date"),
        ("products", 4, "list_price", "not_a_number"),
    ]


def test_a_customer_is_a_company_or_a_person(stand: Stand) -> None:
    assert stand.rows("select customer_id, name, tax_id, region, city, country_code from raw.customers order by 1") == [
        ("C101", "Παπαδόπουλος Αφοί ΑΕ", "094014201", "Αττική", "Αθήνα", "GR"),
        ("C102", "Νίκος Γεωργίου", None, "Θεσσαλονίκη", "Θεσσαλονίκη", "GR"),
        ("C103", "Ledra Auto Ltd", None, None, "Λευκωσία", "CY"),
    ]


def test_a_branch_is_of_the_customer_with_its_code(stand: Stand) -> None:
    assert stand.rows("select branch_id, customer_id, name, contact_name, city from raw.customer_branches") == [
        ("C101.S", "C101", "Παπαδόπουλος Αφοί ΑΕ", "Ελένη Νίκου", "Πειραιάς")
    ]


def test_a_product_has_prices_of_comma_decimals_and_the_levels_of_its_category(stand: Stand) -> None:
    assert stand.rows(
        "select product_id, list_price, cost_price, status, category_id, collection_ids from raw.products order by 1"
    ) == [
        ("P00123", Decimal("12.40"), None, "active", "Υαλοκαθαριστήρες", ["Ανταλλακτικά", "Υαλοκαθαριστήρες"]),
        ("P100234", Decimal("48.90"), Decimal("29.35"), "active", "Τακάκια", ["Ανταλλακτικά", "Φρένα", "Τακάκια"]),
        ("P100236", Decimal("9.95"), Decimal("6.10"), "discontinued", "Λάδια", None),
        ("P100238", Decimal("5.00"), None, "active", "Λάδια", None),
    ]


def test_stock_comes_of_a_copy_of_the_products(stand: Stand) -> None:
    assert stand.rows("select sku, quantity_available from raw.inventory order by 1") == [
        ("P00123", 7),
        ("P100234", 24),
        ("P100236", 0),
    ]


def test_an_order_is_its_lines_with_the_cells_of_its_header(stand: Stand) -> None:
    assert stand.rows(
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


def test_a_file_in_the_old_encoding_is_read_by_saying_so(stand: Stand) -> None:
    """No file that an ERP wrote in cp1253 was at hand: this is the example, encoded anew."""
    customers = stand.configuration.importer("customers")
    older = customers.model_copy(update={"file": customers.file.model_copy(update={"encoding": "cp1253"})})
    example = (stand.root / "Customers/processed/CUSTOMERS_20240918.csv").read_bytes().decode()
    stand.put("Customers/CUSTOMERS_20240919.csv", example.replace("ö", "o").encode("cp1253"))
    stand.run(older)

    assert stand.rows(
        "select status, rows_unchanged, rows_rejected from ops.import_files where name like '%0919.csv'"
    ) == [("imported_with_errors", 3, 1)]
