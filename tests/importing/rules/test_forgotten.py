"""What is personal in the rows of a forgotten person is emptied on the way in, whatever becomes of them."""

from typing import Any

import pytest

from tests.importing.rules.imports import Imports
from tests.importing.rules.test_combining import COMBINED
from wiseparts_pipeline.importing.results import FileResult

ADA = "C1,Ada's Garage,ada@example.com,B"
MASKED = ("C1", "(forgotten)", None, "B")


@pytest.fixture
def forgotten(imports: Imports) -> Imports:
    """Customer C1 is forgotten before anything is imported."""
    imports.drop.execute(
        "insert into ops.forgotten (entity, key, person_entity, person_key)"
        " values ('customers', 'C1', 'customers', 'C1')"
    )
    return imports


def customers(imports: Imports, day: int, *rows: str) -> FileResult:
    return imports("customers", day, "customer_id,name,email,customer_group", *rows)


def test_only_the_persons_rows_are_emptied(forgotten: Imports) -> None:
    done = customers(forgotten, 1, ADA, "C2,Bob,bob@example.com,A")
    assert forgotten.stored("customers", "customer_id", "name", "email", "customer_group") == [
        MASKED,
        ("C2", "Bob", "bob@example.com", "A"),
    ]
    assert done.file.warnings == {"forgotten": 1}


def test_the_same_row_again_changes_nothing(forgotten: Imports) -> None:
    customers(forgotten, 1, ADA)
    customers(forgotten, 2, ADA)
    assert forgotten.counts() == [{"read": 1, "created": 1}, {"read": 1, "unchanged": 1}]


def test_records_that_are_about_the_person_are_emptied_too(forgotten: Imports) -> None:
    customers(forgotten, 1, ADA)
    forgotten("contacts", 1, "contact_id,customer_id,first_name,phone,is_primary", "P1,C1,Ada,123,yes")
    forgotten(
        "orders",
        1,
        "order_id,line_no,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency,email,note",
        "O1,1,2025-01-01 10:00,web,shipped,C1,2,5,10,EUR,ada@example.com,Ring Ada",
    )
    assert forgotten.stored("contacts", "contact_id", "first_name", "phone", "is_primary") == [("P1", None, None, True)]
    assert forgotten.stored("orders", "order_id", "net_amount::int", "email", "note") == [("O1", 10, None, None)]


def test_a_record_stays_the_persons_when_it_comes_without_the_persons_key(forgotten: Imports) -> None:
    customers(forgotten, 1, ADA)
    forgotten(
        "calls",
        1,
        "call_id,started_at,direction,disposition,customer_id,caller_number",
        "K/1,2025-01-01 10:00,inbound,lost,C1,+30210",
    )
    forgotten(
        "calls",
        2,
        "call_id,started_at,direction,disposition,customer_id,caller_number",
        "K/1,2025-01-01 10:00,inbound,lost,,+30210",
    )
    forgotten("contacts", 1, "contact_id,customer_id,phone", "P1,C1,123")
    (system_id,) = forgotten.system_ids("contacts").values()
    forgotten("contacts", 2, "system_id,contact_id,customer_id,phone", f"{system_id},P2,C1,123")
    assert forgotten.stored("calls", "call_id", "customer_id", "caller_number") == [("K/1", "C1", None)]
    assert forgotten.stored("contacts", "contact_id", "phone") == [("P2", None)]


def test_a_new_key_of_the_person_is_known_from_then_on(forgotten: Imports) -> None:
    customers(forgotten, 1, ADA)
    (system_id,) = forgotten.system_ids("customers").values()
    imported = forgotten("customers", 2, "system_id,customer_id,name", f"{system_id},C9,Ada's Garage")
    assert imported.file.warnings == {"forgotten": 1}
    customers(forgotten, 3, "C9,Ada's Garage,ada@example.com,B")
    forgotten("contacts", 4, "contact_id,customer_id,phone", "P1,C9,123")
    assert forgotten.stored("customers", "customer_id", "name", "email") == [("C9", "(forgotten)", None)]
    assert forgotten.stored("contacts", "contact_id", "phone") == [("P1", None)]


def test_the_keys_of_documents_may_have_any_letter(forgotten: Imports) -> None:
    customers(forgotten, 1, ADA)
    columns = "order_id,line_no,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency,email"
    for day, customer in ((1, "C1"), (2, "")):
        row = rf"O/1\2,1,2025-01-01 10:00,web,shipped,{customer},2,5,10,EUR,ada@example.com"
        forgotten("orders", day, columns, row, duplicates="last")
    assert forgotten.stored("orders", "order_id", "customer_id", "email") == [("O/1\\2", "C1", None)]


def test_a_document_whose_lines_the_database_numbers_stays_the_persons(forgotten: Imports) -> None:
    header = "order_id,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency,email,note"
    columns = {name: name for name in header.split(",")} | {"line_no": {"sequence_within": "order_id"}}
    customers(forgotten, 1, ADA)
    for day, customer in ((1, "C1"), (2, "")):
        rows = [rf"O/1\2,2025-01-01 10:00,web,shipped,{customer},{quantity},5,10,EUR,ada@x,Ada" for quantity in (2, 3)]
        other = "O2,2025-01-01 10:00,web,shipped,,2,5,10,EUR,bob@x,Bob"
        done = forgotten("orders", day, header, *rows, other, columns=columns)
        assert done.file.warnings["forgotten"] == 2
    assert forgotten.stored("orders", "order_id", "line_no", "customer_id", "email", "note") == [
        ("O/1\\2", 1, "C1", None, None),
        ("O/1\\2", 2, "C1", None, None),
        ("O2", 1, None, "bob@x", "Bob"),
    ]


ORDER = "order_id,line_no,placed_at,channel,status,quantity,unit_price,net_amount,currency"


def test_what_a_record_has_is_emptied_when_a_later_row_says_whose_it_is(forgotten: Imports) -> None:
    customers(forgotten, 1, ADA)
    orders = [f"O{number},1,2025-01-01 10:00,web,shipped,2,5,10,EUR" for number in (8, 9)]
    forgotten("orders", 1, f"{ORDER},email,note", *(f"{order},ada@x.example,Ring Ada" for order in orders))
    forgotten("orders", 2, f"{ORDER},customer_id", f"{orders[1]},C1")
    assert forgotten.stored("orders", "order_id", "customer_id", "email", "note", "_fingerprint is null") == [
        ("O8", None, "ada@x.example", "Ring Ada", False),
        ("O9", "C1", None, None, True),
    ]


def test_a_row_that_waits_says_whose_a_record_is(forgotten: Imports) -> None:
    order = "O9,1,2025-01-01 10:00,web,shipped,2,5,10,EUR"
    forgotten("orders", 1, f"{ORDER},email,note", f"{order},ada@x.example,Ring Ada")
    forgotten("orders", 2, f"{ORDER},customer_id", f"{order},C1", references={"customer_id": "wait"})
    assert forgotten.stored("orders", "customer_id", "email", "note") == [("C1", None, None)]
    customers(forgotten, 3, ADA)
    assert forgotten.stored("orders", "customer_id", "email", "note") == [("C1", None, None)]
    assert forgotten.unaccounted() == []


def test_earlier_rows_of_the_person_that_wait_are_emptied(forgotten: Imports) -> None:
    order = "O9,1,2025-01-01 10:00,web,shipped,2,5,10,EUR"
    waiting: dict[str, Any] = {"references": {"sku": "wait"}}
    forgotten("orders", 5, f"{ORDER},email,note,sku", f"{order},ada@x.example,Ring Ada,S1", **waiting)
    forgotten("orders", 2, f"{ORDER},customer_id", f"{order},C1")
    assert forgotten.drop.rows("select email, note from ops.waiting_orders") == [(None, None)]
    assert "Ada" not in str(forgotten.drop.rows("select raw::text from ops.deferred_rows"))


def test_all_legs_of_a_call_are_the_persons_when_one_is(forgotten: Imports) -> None:
    customers(forgotten, 1, ADA)
    header = "call_id,started_at,direction,disposition,customer_id,caller_number,talk_seconds"
    legs = ["K1,2025-01-01 10:00,inbound,answered,,+30210,9", "K1,2025-01-01 10:01,inbound,lost,C1,+30210,0"]
    forgotten("calls", 1, header, *legs, duplicates=COMBINED)
    first = forgotten.stored("calls", "customer_id", "caller_number", "talk_seconds")
    forgotten("calls", 2, header, *legs, duplicates=COMBINED)
    assert first == forgotten.stored("calls", "customer_id", "caller_number", "talk_seconds") == [("C1", None, 9)]
    assert "30210" not in str(forgotten.drop.rows("select record::text from ops.record_parts"))
    assert forgotten.counts()[-1] == {"read": 2, "unchanged": 1, "superseded": 1}


@pytest.mark.parametrize(
    "row",
    [
        "C1,Ada's Garage,ada@example.com,B,many",  # the person's key can be read
        "C1,Ada's Garage,ada@example.com",  # a cell is missing
        "C1,Ada's Garage,ada@example.com,B,1,,ada@example.com",  # there are too many
    ],
)
def test_nothing_is_kept_of_a_rejected_row(forgotten: Imports, row: str) -> None:
    header = "customer_id,name,email,customer_group,payment_terms_days"
    done = forgotten("customers", 1, header, row, "C2,Bob,,,few")
    assert done.file.rows_rejected == 2
    of_person, of_other = sorted(forgotten.entries("message", "value", "raw::text"))
    assert of_person == ("The row is of a person who was forgotten: nothing of its content is kept.", None, "{}")
    assert of_other[1] == "few"
    assert "Ada" not in forgotten.error_file("customers")
    assert "Bob" in forgotten.error_file("customers")


def test_nothing_is_kept_of_a_row_that_only_the_database_rejects(forgotten: Imports) -> None:
    customers(forgotten, 1, ADA, ADA, "C2,Bob,,")
    assert {raw for (raw,) in forgotten.entries("raw::text")} == {"{}"}
    assert "ada@" not in forgotten.error_file("customers")


def test_a_deferred_row_is_emptied_before_it_waits(forgotten: Imports) -> None:
    forgotten("contacts", 1, "contact_id,customer_id,first_name,phone", "P1,C1,Ada,123", "P2,C2,Bob,456")
    assert forgotten.drop.rows("select contact_id, first_name, phone from ops.waiting_contacts order by 1") == [
        ("P1", None, None),
        ("P2", "Bob", "456"),
    ]
    assert "Ada" not in str(forgotten.drop.rows("select raw::text from ops.deferred_rows"))
    customers(forgotten, 2, ADA)
    assert forgotten.stored("contacts", "contact_id", "first_name", "phone") == [("P1", None, None)]


def test_rows_of_others_are_still_known_by_their_fingerprints(forgotten: Imports) -> None:
    header = "event_id,occurred_at,kind,customer_id,email"
    rows = ["E1,2025-01-01 10:00,view,C1,ada@example.com", "E2,2025-01-01 10:00,view,,bob@example.com"]
    customers(forgotten, 1, ADA)
    forgotten("online_activity", 1, header, *rows)
    assert forgotten.stored("online_activity", "event_id", "email", "_fingerprint is not null") == [
        ("E1", None, False),
        ("E2", "bob@example.com", True),
    ]
    again = forgotten("online_activity", 2, header, *rows)
    assert again.file.rows_unchanged == 2


def test_a_contact_can_be_forgotten_without_the_customer(imports: Imports) -> None:
    imports.drop.execute(
        "insert into ops.forgotten (entity, key, person_entity, person_key) values ('contacts', 'P1', 'contacts', 'P1')"
    )
    customers(imports, 1, ADA)
    imports("contacts", 1, "contact_id,customer_id,first_name,phone", "P1,C1,Ada,123", "P2,C1,Bob,456")
    assert imports.stored("customers", "name") == [("Ada's Garage",)]
    assert imports.stored("contacts", "contact_id", "first_name") == [("P1", None), ("P2", "Bob")]


def test_a_rejected_document_of_the_person_keeps_nothing_of_columns_that_nothing_takes(forgotten: Imports) -> None:
    header = "invoice_id,line_no,invoice_date,customer_id,quantity,unit_price,net_amount,currency,CustomerName"
    rows = [
        "I1,1,2025-01-01,C1,few,5,10,EUR,Ada",
        "I2,1,2025-01-01,C1,2,5,10,EUR,Ada",
        "I3,1,2025-01-01,C2,2,5,10,EUR,Bob",
    ]
    done = forgotten("sales", 1, header, *rows, reject_limit_percent=100)
    assert forgotten.entries("raw::text") == [("{}",)]
    assert done.file.warnings["forgotten"] == 1
    assert "Ada" not in forgotten.error_file("sales")
    assert forgotten.stored("sales", "invoice_id", "customer_id", "net_amount::int") == [
        ("I2", "C1", 10),
        ("I3", "C2", 10),
    ]
    assert forgotten.drop.rows("select count(*) from ops.forgotten") == [(1,)]


def test_documents_of_the_person_are_still_known_by_their_fingerprints(forgotten: Imports) -> None:
    header = "invoice_id,line_no,invoice_date,customer_id,quantity,unit_price,net_amount,currency"
    customers(forgotten, 1, ADA)
    first = forgotten("sales", 1, header, "I1,1,2025-01-01,C1,2,5,10,EUR")
    assert first.file.warnings == {}
    assert forgotten.stored("sales", "_fingerprint is not null") == [(True,)]
