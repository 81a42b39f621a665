"""`inspect` finds in real files what a person who knows the data would have written, and no more."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.inspect import compare, files_of
from tests.real.harness import DATA
from wiseparts_pipeline.config.documents import parse
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.profiling.finding import Confidence
from wiseparts_pipeline.profiling.inspection import Inspection, inspect

# Most files are looked at by several tests.
inspected = cache(inspect)

OLTP = "adventureworks/oltp"
SEEDS = "adventureworks/seeds"


def of(name: str) -> Inspection:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real data are not here: {path} (set WISEPARTS_REAL_DATA to their folder)")
    return inspected(path)


def rules(inspection: Inspection) -> dict[str, Any]:
    return {name: rule.value for name, rule in inspection.proposal.rules.items()}


def test_daily_invoices_only_need_currency_and_time_zone() -> None:
    found = of("uci_online_retail/by-day/2011-01-10.csv")

    assert (found.entity.value, found.entity.confidence) == ("sales", Confidence.SURE)
    assert yaml.safe_load(found.yaml)["attributes"]["pattern"] == "{date}.csv"
    assert rules(found) == {
        "invoice_id": "InvoiceNo",
        "line_no": {"sequence_within": "invoice_id"},
        "invoice_date": "InvoiceDate",
        "document_type": {"from": "InvoiceNo", "extract": "^(C?)", "map": {"C": "credit_note", "": "invoice"}},
        "customer_id": {"from": "CustomerID", "extract": r"^(.*?)(?:\.0)?$"},
        "product_id": "StockCode",
        "description": "Description",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
        "net_amount": {"expression": "quantity * unit_price"},
        "currency": {"constant": "EUR"},
        "ship_to_country": "Country",
    }
    assert [name for name, rule in found.proposal.rules.items() if rule.confidence is Confidence.GUESS] == ["currency"]
    assert found.rejected_rows == 0


@pytest.mark.parametrize("copy", ["", "_with_missing"])
def test_receivables_have_american_dates_and_leave_the_open_amount_to_a_person(copy: str) -> None:
    found = of(f"accounts_receivable/WA_Fn-UseC_-Accounts-Receivable{copy}.csv")

    assert (found.entity.value, found.entity.confidence) == ("due_docs", Confidence.SURE)
    assert found.facts["date_formats"].value == ["%m/%d/%Y"]
    assert found.facts["date_formats"].confidence is Confidence.SURE
    assert {
        "doc_id": "invoiceNumber",
        "customer_id": "customerID",
        "issued_on": "InvoiceDate",
        "due_on": "DueDate",
        "amount": "InvoiceAmount",
        "settled_on": "SettledDate",
        "is_disputed": "Disputed",
    }.items() <= rules(found).items()
    guesses = {name for name, rule in found.proposal.rules.items() if rule.confidence is Confidence.GUESS}
    assert guesses == {"doc_type", "open_amount", "currency"}


def test_opportunities_are_quotes_of_one_line_with_their_stages_mapped() -> None:
    found = of("crm_opportunities/sales_pipeline.csv")

    assert (found.entity.value, found.entity.confidence) == ("quotes", Confidence.SURE)
    assert found.facts["date_formats"].value == ["%m/%d/%Y"]
    assert rules(found) == {
        "quote_id": "opportunity_id",
        "line_no": {"constant": 1},
        "quoted_on": "engage_date",
        "customer_id": "account",
        "product_id": "product",
        "net_amount": "close_value",
        "currency": {"constant": "EUR"},
        "status": {
            "from": "deal_stage",
            "map": {"Won": "won", "Engaging": "open", "Lost": "lost", "Prospecting": "draft"},
        },
        "decided_on": "close_date",
        "sales_rep_id": "sales_agent",
    }
    assert found.trial.faults == {"quoted_on: missing_required": 500}


def test_accounts_and_products_without_a_number_are_keyed_by_name() -> None:
    accounts, products = of("crm_opportunities/accounts.csv"), of("crm_opportunities/products.csv")

    assert rules(accounts) == {"customer_id": "account", "name": "account", "customer_group": "sector"}
    assert rules(products) == {
        "product_id": "product",
        "sku": "product",
        "name": "product",
        "family_id": "series",
        "list_price": "sales_price",
    }


def test_calls_of_a_bank_have_their_time_in_two_columns_and_their_key_in_two_others() -> None:
    found = of("calls_anonymous_bank/data_anonymous_bank_february.txt")

    assert (found.entity.value, found.facts["delimiter"].value) == ("calls", "\t")
    assert rules(found) == {
        "call_id": {"template": "{vru+line}-{call_id}"},
        "started_at": {"template": "{date} {vru_entry}", "format": "%y%m%d %H:%M:%S"},
        "direction": {"constant": "inbound"},
        "disposition": {"from": "outcome", "map": {"AGENT": "answered", "HANG": "lost", "PHANTOM": "failed"}},
        "queue": "type",
        "agent_id": "server",
        "wait_seconds": "q_time",
        "talk_seconds": {"template": "{outcome} {ser_time}", "extract": "^AGENT (.+)$"},
        "customer_id": "customer_id",
    }
    assert found.rejected_rows == 0


def test_call_records_of_asterisk_are_recognised_without_a_header() -> None:
    found = of("calls_asterisk_cdr/Master.csv")

    assert found.entity.value == "calls"
    assert {
        "call_id": "uniqueid",
        "started_at": "start",
        "answered_at": "answer",
        "ended_at": "end",
        "caller_number": "src",
        "called_number": "dst",
        "talk_seconds": "billsec",
    }.items() <= {name: value for name, value in rules(found).items() if isinstance(value, str)}.items()
    assert rules(found)["disposition"]["map"] == {"ANSWERED": "answered", "NO ANSWER": "lost"}
    assert found.rejected_rows == 0


def test_a_taxonomy_is_recognised_by_its_paths() -> None:
    found = of("google_taxonomy/taxonomy-with-ids.en-US.txt")

    file = yaml.safe_load(found.yaml)["attributes"]["file"]
    assert (found.entity.value, found.sampled) == ("categories", 5595)
    assert (file["delimiter"], file["skip_lines"], file["header"]) == (" - ", 1, False)
    assert rules(found) == {"category_id": "column_1", "path": "column_2"}
    assert found.rejected_rows == 0


@pytest.mark.parametrize("year", [2021, 2026])
def test_the_columns_of_shop_orders_are_recognised_without_a_row(year: int) -> None:
    found = of(f"shopify_woo/shopify_orders_export_header_{year}.csv")

    assert found.entity.value == "orders"
    assert {
        "order_id": "Name",
        "placed_at": "Created at",
        "status": "Fulfillment Status",
        "sku": "Lineitem sku",
        "description": "Lineitem name",
        "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price",
        "net_amount": {"expression": "quantity * unit_price"},
        "shipping_amount": "Shipping",
        "tax_amount": "Taxes",
        "currency": "Currency",
        "email": "Email",
        "note": "Notes",
    }.items() <= rules(found).items()


@pytest.mark.parametrize(
    ("name", "entity", "expected"),
    [
        ("production/product.csv", "products",
         {"product_id": "productid", "sku": "productnumber", "name": "name", "list_price": "listprice",
          "cost_price": "standardcost"}),
        ("production/productsubcategory.csv", "brand_families",
         {"family_id": "productsubcategoryid", "parent_family_id": "productcategoryid", "name": "name"}),
        ("production/productcategory.csv", "categories", {"category_id": "productcategoryid", "name": "name"}),
        ("sales/customer.csv", "customers", {"customer_id": "customerid"}),
        ("sales/store.csv", "customers",
         {"customer_id": "businessentityid", "name": "storename", "sales_rep_id": "salespersonid"}),
        ("sales/salesorderheader.csv", "orders",
         {"order_id": "salesorderid", "placed_at": "orderdate", "customer_id": "customerid",
          "shipping_amount": "freight", "tax_amount": "taxamt", "ship_to_address_id": "shiptoaddressid"}),
        ("sales/salesorderdetail.csv", "orders",
         {"order_id": "salesorderid", "product_id": "productid", "quantity": "orderqty", "unit_price": "unitprice"}),
        ("person/person.csv", "contacts",
         {"contact_id": "businessentityid", "first_name": "firstname", "last_name": "lastname"}),
        ("person/address.csv", "addresses",
         {"address_id": "addressid", "street": "addressline1", "city": "city", "postal_code": "postalcode"}),
    ],
)  # fmt: skip
def test_seeds_of_adventure_works_have_the_entity_in_their_name(
    name: str, entity: str, expected: dict[str, str]
) -> None:
    found = of(f"{SEEDS}/{name}")

    assert found.entity.value == entity
    assert expected.items() <= rules(found).items()


def test_lines_are_joined_with_their_heads_in_a_separate_file() -> None:
    head, lines = of(f"{SEEDS}/sales/salesorderheader.csv"), of(f"{SEEDS}/sales/salesorderdetail.csv")

    assert head.proposal.missing == ["quantity", "unit_price"]
    assert "`join` brings in what is missing" in " ".join(head.notes)
    assert "salesorderdetail.csv has the rows of each of these" in " ".join(head.notes)
    assert lines.proposal.missing == []
    assert lines.proposal.attributes["join"].value == [
        {"pattern": "salesorderheader.csv", "on": {"salesorderid": "salesorderid"}}
    ]
    assert {"placed_at": "orderdate", "customer_id": "customerid"}.items() <= rules(lines).items()
    assert "shipping_amount" not in rules(lines)
    # These lines are of orders whose head is not in the file.
    assert lines.trial.faults == {"placed_at: missing_required": 41}


@pytest.mark.parametrize("parent", [DATA, DATA.parent / "cases"], ids=lambda parent: parent.name)
def test_what_is_called_sure_is_what_people_have_written(parent: Path) -> None:
    """In all files whose importers are here: see `benchmarks/inspect.py`, which prints the table."""
    folders = sorted(each for each in parent.glob("*/")) if parent.is_dir() else []
    if not folders:
        pytest.skip(f"the files are not here: {parent}")

    wrong = {
        path.relative_to(parent).as_posix(): score.sure
        for folder in folders
        for path, importers in files_of(folder, most=1)
        if (score := compare(path, path.name, importers, inspected)).sure
    }

    assert wrong == {}


def test_names_that_were_read_in_the_wrong_encoding_are_noted() -> None:
    assert "is UTF-8 that was read as Latin-1 by an earlier program" in " ".join(of(f"{SEEDS}/person/person.csv").notes)


@pytest.mark.parametrize(
    ("name", "delimiter", "row_end", "columns"),
    [
        ("Product.csv", "\t", "auto", 25),
        ("ProductInventory.csv", "\t", "auto", 7),
        ("Address.csv", "\t", "auto", 9),
        ("Customer.csv", "\t", "auto", 7),
        ("Store.csv", "+|", "&|\n", 6),
        ("ProductModel.csv", "+|", "&|\n", 6),
        ("EmailAddress.csv", "+|", "&|\n", 5),
        ("BusinessEntityAddress.csv", "+|", "&|\n", 5),
    ],
)
def test_tables_without_a_header_are_read_with_made_up_names_and_a_note(
    name: str, delimiter: str, row_end: str, columns: int
) -> None:
    found = of(f"{OLTP}/{name}")

    file = yaml.safe_load(found.yaml)["attributes"]["file"]
    assert (file["delimiter"], file.get("row_end", "auto"), file["header"]) == (delimiter, row_end, False)
    assert file["names"] == [f"column_{position}" for position in range(1, columns + 1)]
    assert "made up" in " ".join(found.notes)
    assert all(rule.confidence is not Confidence.SURE for rule in found.proposal.rules.values())


def test_every_file_gives_yaml_that_can_be_loaded() -> None:
    files = sorted(path for folder in (OLTP, SEEDS, "crm_opportunities") for path in (DATA / folder).rglob("*.csv"))
    if not files:
        pytest.skip(f"the real data are not here: {DATA} (set WISEPARTS_REAL_DATA to their folder)")

    for path in files:
        parse(ImporterSettings, Path("defs.yaml"), yaml.safe_load(inspected(path).yaml)["attributes"])
