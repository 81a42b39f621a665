"""AdventureWorks from joined files: orders from headers and lines, branches from stores and addresses."""

import csv
from decimal import Decimal

import pytest

from tests.real.harness import DATA, Harness

DATA_SET = "adventureworks"
OLTP = DATA / DATA_SET / "oltp"
SALES = DATA / DATA_SET / "seeds" / "sales"
BRANCH_FILES = ["Store.csv", "BusinessEntityAddress.csv", "Address.csv", "StateProvince.csv"]

FACTS = {
    "orders": "count(distinct order_id) from raw.orders",
    "amount ordered on the web in USD": "round(sum(net_amount), 2) from raw.orders where channel = 'web'",
    "amount ordered from representatives in USD": "round(sum(net_amount), 2) from raw.orders where channel = 'rep'",
    "branches": "count(*) from raw.customer_branches",
    "provinces that they are in": "count(distinct region) from raw.customer_branches",
    "countries that they are in": "count(distinct country_code) from raw.customer_branches",
}


@pytest.fixture(scope="module")
def maker(harness: Harness) -> Harness:
    """Stores as customers, their branches, and orders."""
    harness.drop("Customers", [OLTP / "Store.csv"])
    harness.drop("Branches", [OLTP / name for name in BRANCH_FILES])
    harness.drop("Orders", [SALES / "salesorderdetail.csv", SALES / "salesorderheader.csv"])
    harness.import_all()
    return harness


def seeds(name: str) -> list[dict[str, str]]:
    with (SALES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(name: str) -> list[list[str]]:
    """The cells of each record of a file without a header, stripped."""
    row_end, delimiter = ("&|\n", "+|") if name in ("Store.csv", "BusinessEntityAddress.csv") else ("\n", "\t")
    rows = (OLTP / name).read_bytes().decode().removesuffix(row_end).split(row_end)
    return [[cell.strip() for cell in row.split(delimiter)] for row in rows]


def addresses_of() -> dict[str, list[str]]:
    """The addresses of each business."""
    found: dict[str, list[str]] = {}
    for business, address, *_ in table("BusinessEntityAddress.csv"):
        found.setdefault(business, []).append(address)
    return found


def test_all_files_are_in_the_ledger_and_are_archived_together(maker: Harness) -> None:
    files = maker.query(
        """
        select file.importer, file.name, file.rows_read, file.status,
            file.archived_to like '%/processed/' || file.name, main.name
        from ops.import_files as file left join ops.import_files as main on main.file_id = file.joined_to
        """
    )
    assert set(files) == {
        ("stores", "Store.csv", 701, "imported", True, None),
        ("store_branches", "Store.csv", 701, "imported_with_errors", True, None),
        *(("store_branches", name, 0, "imported", True, "Store.csv") for name in BRANCH_FILES[1:]),
        ("orders", "salesorderdetail.csv", 5716, "imported_with_errors", True, None),
        ("orders", "salesorderheader.csv", 0, "imported", True, "salesorderdetail.csv"),
    }


def test_each_order_line_has_the_cells_of_its_header(maker: Harness) -> None:
    headers = {header["salesorderid"]: header for header in seeds("salesorderheader.csv")}
    expected = {
        (
            line["salesorderid"],
            int(line["salesorderdetailid"]),
            line["productid"],
            Decimal(line["orderqty"]) * Decimal(line["unitprice"]),
            headers[line["salesorderid"]]["orderdate"][:10],
            "web" if headers[line["salesorderid"]]["onlineorderflag"] == "t" else "rep",
            headers[line["salesorderid"]]["customerid"],
        )
        for line in seeds("salesorderdetail.csv")
        if line["salesorderid"] in headers
    }
    found = maker.query(
        """
        select order_id, line_no, sku, net_amount, to_char(placed_at at time zone 'UTC', 'YYYY-MM-DD'), channel,
            customer_id
        from raw.orders
        """
    )
    assert len(found) == 5675
    assert set(found) == expected


def test_orders_add_up_to_the_totals_of_their_headers(maker: Harness) -> None:
    discounted = {line["salesorderid"] for line in seeds("salesorderdetail.csv") if Decimal(line["unitpricediscount"])}
    sums = dict(maker.query("select order_id, sum(net_amount) from raw.orders group by order_id"))
    subtotals = {header["salesorderid"]: Decimal(header["subtotal"]) for header in seeds("salesorderheader.csv")}
    assert sums.keys() == subtotals.keys()
    apart = {order for order, subtotal in subtotals.items() if abs(sums[order] - subtotal) > Decimal("0.01")}
    assert apart == discounted & subtotals.keys()


def test_only_lines_whose_header_was_not_sent_are_rejected(maker: Harness) -> None:
    sent = {header["salesorderid"] for header in seeds("salesorderheader.csv")}
    lost = [number for number, line in enumerate(seeds("salesorderdetail.csv"), 1) if line["salesorderid"] not in sent]
    assert len(lost) == 41
    assert [reject for reject in maker.rejected() if reject[0] == "salesorderdetail.csv"] == [
        ("salesorderdetail.csv", number, "placed_at", "missing_required") for number in lost
    ]


def test_branches_have_the_address_and_province_of_their_store(maker: Harness) -> None:
    addresses = {address: cells for address, *cells in table("Address.csv")}
    provinces = {province: cells for province, *cells in table("StateProvince.csv")}
    of_store = addresses_of()
    expected = set()
    for store, name, *_ in table("Store.csv"):
        if len(of_store[store]) == 1:
            street, _, city, province, postal_code, *_ = addresses[of_store[store][0]]
            country, region = provinces[province][1], provinces[province][3]
            expected.add((store, store, name, street, city, postal_code, region, country))
    found = maker.query(
        """
        select branch_id, customer_id, name, street, city, postal_code, region, country_code
        from raw.customer_branches
        """
    )
    assert len(found) == 690
    assert set(found) == expected


def test_only_stores_with_two_addresses_are_reported_and_not_duplicated(maker: Harness) -> None:
    of_store = addresses_of()
    several = [number for number, row in enumerate(table("Store.csv"), 1) if len(of_store[row[0]]) > 1]
    assert len(several) == 11
    rejected = [(row, code) for name, row, _, code in maker.rejected() if name == "Store.csv"]
    assert rejected == [(number, "duplicate_in_file") for number in several]


def test_the_page_shows_the_outcome_of_the_rows(maker: Harness) -> None:
    maker.assert_page_shows(FACTS)
