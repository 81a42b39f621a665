"""AdventureWorks: the catalogue, stores and stock of a bicycle maker, from files without a header in two dialects."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from tests.real.harness import DATA, Harness

DATA_SET = "adventureworks"
FOLDER = DATA / DATA_SET / "oltp"
DROPS = {
    "Catalogue": ["ProductCategory.csv", "ProductSubcategory.csv", "Product.csv"],
    "Customers": ["Store.csv"],
    "Inventory": ["ProductInventory.csv"],
}

FACTS = {
    "families at the top": "count(*) from raw.brand_families where parent_family_id is null",
    "families below them": "count(*) from raw.brand_families where parent_family_id is not null",
    "products without family": "count(*) from raw.products where family_id is null",
    "products no longer sold": "count(*) from raw.products where status = 'discontinued'",
    "stores that share their name with another": "count(*) - count(distinct name) from raw.customers",
    "units in stock": "sum(quantity_available)::int from raw.inventory",
}


@pytest.fixture(scope="module")
def maker(harness: Harness) -> Harness:
    """Families, products, stores and stock imported, and their marts built."""
    for folder, names in DROPS.items():
        harness.drop(folder, [FOLDER / name for name in names])
    harness.import_all()
    harness.dbt.build("--select", "+fct_inventory", "+dim_customers")
    return harness


def records(name: str) -> list[list[str]]:
    """The cells of each record, stripped."""
    text = (FOLDER / name).read_bytes().decode()
    row_end, delimiter = ("&|\n", "+|") if name == "Store.csv" else ("\n", "\t")
    return [[cell.strip() for cell in row.split(delimiter)] for row in text.removesuffix(row_end).split(row_end)]


def test_every_row_is_accounted_for(maker: Harness) -> None:
    maker.assert_accounted_for({name: len(records(name)) for names in DROPS.values() for name in names})
    assert maker.rejected() == []


@pytest.mark.parametrize("table", ["raw.brand_families", "marts.dim_brand_families"])
def test_two_files_make_one_hierarchy_of_families(maker: Harness, table: str) -> None:
    families = {(f"C{number}", name, None) for number, name, *_ in records("ProductCategory.csv")} | {
        (f"S{number}", name, f"C{parent}") for number, parent, name, *_ in records("ProductSubcategory.csv")
    }
    found = maker.query(f"select family_id, name, parent_family_id from {table} where family_id is not null")
    assert len(found) == 41
    assert set(found) == families


def test_products_are_under_the_category_of_their_subcategory(maker: Harness) -> None:
    categories = {number: name for number, name, *_ in records("ProductCategory.csv")}
    category_of = {number: categories[parent] for number, parent, *_ in records("ProductSubcategory.csv")}
    products = Counter(category_of.get(product[18], "(unknown)") for product in records("Product.csv"))
    found = maker.query(
        """
        select roots.name, count(*)
        from marts.dim_products as products
        join marts.dim_brand_families as families using (family_key)
        join marts.dim_brand_families as roots on families.root_family_key = roots.family_key
        where not products.is_unknown
        group by roots.name
        """
    )
    assert dict(found) == products


@pytest.mark.parametrize("table", ["raw.products", "marts.dim_products"])
def test_numbers_prices_and_status_of_products_equal_the_file(maker: Harness, table: str) -> None:
    found = maker.query(
        f"""
        select product_id, name, attributes ->> 'product_number', cost_price, list_price, status
        from {table} where product_id is not null
        """
    )
    assert set(found) == {
        (cells[0], cells[1], cells[2], Decimal(cells[8]), Decimal(cells[9]), "discontinued" if cells[21] else "active")
        for cells in records("Product.csv")
    }


@pytest.mark.parametrize("table", ["raw.customers", "marts.dim_customers"])
def test_stores_are_customers_with_their_specialty_from_the_xml(maker: Harness, table: str) -> None:
    stores = {
        (number, name, seller, survey.split("<Specialty>")[1].split("</Specialty>")[0])
        for number, name, seller, survey, *_ in records("Store.csv")
    }
    found = maker.query(
        f"select customer_id, name, sales_rep_id, customer_group from {table} where customer_id is not null"
    )
    assert set(found) == stores


@pytest.mark.parametrize("table", ["raw.inventory", "marts.fct_inventory"])
def test_stock_by_warehouse_equals_the_file(maker: Harness, table: str) -> None:
    stock: dict[str, int] = defaultdict(int)
    for _, location, _, _, quantity, *_ in records("ProductInventory.csv"):
        stock[location] += int(quantity)
    assert dict(maker.query(f"select warehouse_id, sum(quantity_available) from {table} group by 1")) == stock


def test_all_stock_belongs_to_known_products(maker: Harness) -> None:
    numbers = {product[0]: product[2] for product in records("Product.csv")}
    stock = {(numbers[row[0]], row[1], int(row[4])) for row in records("ProductInventory.csv")}
    found = maker.query(
        """
        select products.attributes ->> 'product_number', warehouse_id, quantity_available
        from marts.fct_inventory join marts.dim_products as products using (product_key)
        """
    )
    assert set(found) == stock


def test_the_page_shows_the_outcome_of_the_rows(maker: Harness) -> None:
    maker.assert_page_shows(FACTS)
