"""Empty cell or missing column on update, what a row that creates a record needs, and `protect`."""

from decimal import Decimal
from typing import Any

import pytest

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports


@pytest.fixture
def customers(imports: Imports) -> Imports:
    imports("customers", 1, "customer_id,name,city,phone,credit_limit", "C1,Anna,Athens,1,10", "C2,Bert,Berlin,2,20")
    return imports


def test_a_column_that_the_file_does_not_have_leaves_the_stored_value_alone(customers: Imports) -> None:
    found = customers("customers", 2, "customer_id,city", "C1,Patras", "C2,Berlin")
    assert counts(found) == {"read": 2, "updated": 1, "unchanged": 1}
    assert customers.stored("customers", "customer_id", "name", "city", "phone", "credit_limit") == [
        ("C1", "Anna", "Patras", "1", Decimal(10)),
        ("C2", "Bert", "Berlin", "2", Decimal(20)),
    ]


def test_an_empty_cell_clears_the_stored_value(customers: Imports) -> None:
    found = customers("customers", 2, "customer_id,city,credit_limit", "C1,,NULL", "C2,  ,20")
    assert counts(found) == {"read": 2, "updated": 2}
    assert customers.stored("customers", "customer_id", "city", "phone", "credit_limit") == [
        ("C1", None, "1", None),
        ("C2", None, "2", Decimal(20)),
    ]


def test_an_empty_cell_of_a_column_with_a_default_gives_the_default(customers: Imports) -> None:
    customers("customers", 2, "customer_id,status", "C1,blocked")
    customers("customers", 3, "customer_id,status", "C1,")
    assert customers.stored("customers", "status") == [("active",), ("active",)]


def test_a_mapped_column_that_the_file_lacks_is_a_warning_and_leaves_the_value_alone(customers: Imports) -> None:
    found = customers("customers", 2, "customer_id,name", "C1,Anna", columns={"city": "Town"})
    assert counts(found) == {"read": 1, "unchanged": 1}
    assert found.file.warnings == {"missing_column": 1}


def test_a_row_needs_what_creates_a_record_only_when_it_creates_one(customers: Imports) -> None:
    found = customers("customers", 2, "customer_id,city", "C1,Patras", "C3,Cologne")
    assert counts(found) == {"read": 2, "updated": 1, "rejected": 1}
    assert customers.entries("row_number", "key", "column_name", "code") == [(2, "C3", "name", "missing_required")]


def test_an_empty_name_clears_that_of_an_existing_record(customers: Imports) -> None:
    found = customers("customers", 2, "customer_id,name", "C1,", "C3,")
    assert counts(found) == {"read": 2, "updated": 1, "rejected": 1}
    assert customers.stored("customers", "customer_id", "name") == [("C1", None), ("C2", "Bert")]


def test_protect_names_columns_that_a_re_import_never_overwrites(customers: Imports) -> None:
    protect = ["phone", "credit_limit"]
    rows = ["C1,Annie,9,", "C2,Bert,,9", "C3,Cleo,3,30"]
    found = customers("customers", 2, "customer_id,name,phone,credit_limit", *rows, protect=protect)
    assert counts(found) == {"read": 3, "created": 1, "updated": 1, "unchanged": 1}
    assert customers.stored("customers", "customer_id", "name", "phone", "credit_limit") == [
        ("C1", "Annie", "1", Decimal(10)),
        ("C2", "Bert", "2", Decimal(20)),
        ("C3", "Cleo", "3", Decimal(30)),
    ]


def test_protect_holds_for_its_importer_and_another_may_overwrite(customers: Imports) -> None:
    customers("customers", 2, "customer_id,phone", "C1,9", protect=["phone"])
    found = customers("customers", 3, "customer_id,phone", "C1,9", name="2025-01-03_crm.csv")
    assert counts(found) == {"read": 1, "updated": 1}


@pytest.mark.parametrize(("name", "expected"), [("2025-01-02.csv", "answered"), ("2025-01-02_b.csv", "lost")])
def test_protect_does_not_hold_within_a_file_that_has_grown_and_duplicates_decides(
    imports: Imports, name: str, expected: str
) -> None:
    header = "call_id,started_at,direction,disposition"
    lost, answered = (f"1,2025-01-02 10:00:00,inbound,{disposition}" for disposition in ("lost", "answered"))
    importer: dict[str, Any] = {"protect": ["disposition"], "duplicates": "last"}
    imports("calls", 2, header, lost, **importer)
    imports("calls", 2, header, lost, answered, name=name, **importer)
    assert imports.stored("calls", "disposition") == [(expected,)]
    imports("calls", 2, header, lost, name=name, **importer)
    assert imports.stored("calls", "disposition") == [(expected,)]


def test_credit_notes_carry_negative_quantity_and_amounts(imports: Imports) -> None:
    header = "invoice_id,line_no,invoice_date,document_type,customer_id,quantity,unit_price,net_amount,currency"
    found = imports(
        "sales", 1, header, "I1,1,2025-01-01,invoice,,2,5,10,EUR", "I2,1,2025-01-02,credit_note,,-2,5,-10,EUR"
    )
    assert counts(found) == {"read": 2, "created": 2}
    assert imports.stored("sales", "sum(quantity)", "sum(net_amount)") == [(0, 0)]
    header = "doc_id,doc_type,customer_id,issued_on,due_on,amount,open_amount,currency"
    rows = ["D1,invoice,C1,2025-01-01,2025-02-01,10,10,EUR", "D2,credit_note,C1,2025-01-01,2025-02-01,-10,-4,EUR"]
    assert counts(imports("due_docs", 1, header, *rows)) == {"read": 2, "created": 2}
    assert imports.stored("due_docs", "sum(open_amount)") == [(6,)]


def test_the_file_that_created_a_record_is_kept_when_another_changes_it(customers: Imports) -> None:
    customers("customers", 2, "customer_id,name", "C0,Zoe", "C1,Annie")
    first, second = (file_id for (file_id,) in customers.log("file_id"))
    lineage = ("_file_id", "_row_number", "_created_file_id", "_created_row_number")
    assert customers.stored("customers", "customer_id", *lineage) == [
        ("C0", second, 1, None, None),
        ("C1", second, 2, first, 1),
        ("C2", first, 2, None, None),
    ]
    customers("customers", 3, "customer_id,name", "C1,Anne")
    assert customers.stored("customers", *lineage[2:], where="customer_id = 'C1'") == [(first, 1)]
