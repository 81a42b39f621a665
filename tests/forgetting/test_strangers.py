"""What is somebody else's stays as it is, however similar their names, keys and rows are, and what was said of them."""

import json
from typing import Any

import pytest

from tests.forgetting.conftest import People
from wiseparts_pipeline.entities import ENTITIES
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.forgetting import reports
from wiseparts_pipeline.forgetting.person import find_person
from wiseparts_pipeline.forgetting.places import hide_in_dagster
from wiseparts_pipeline.forgetting.texts import Texts

CUSTOMERS = "customer_id,name,email,phone"
SALES = "invoice_id,line_no,invoice_date,customer_id,quantity,unit_price,net_amount,currency,CustomerName"
REJECTED = "select key, raw ->> 'CustomerName' from ops.rejected_entries where entity = 'sales' order by key"


def dagster_says(people: People, *texts: str) -> None:
    people.imports.drop.execute("create table dagster.event_logs (event text)")
    for text in texts:
        people.imports.drop.execute(f"insert into dagster.event_logs values ($${json.dumps({'text': text})}$$)")


def said(people: People) -> list[Any]:
    return [json.loads(event)["text"] for (event,) in people.rows("select event from dagster.event_logs order by ctid")]


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("Smith & Sons, Ltd.", "Jones & Co, Ltd."),
        ("Garage Papadopoulos, Piraeus", "Parts of Piraeus"),
        ("Auto", "Autohaus Berlin"),
        ("Maria", "Santa Maria Parts"),
        ("Άρης", "Άρηςη"),
    ],
)
def test_a_similar_name_is_somebody_elses(people: People, own: str, other: str) -> None:
    people("customers", 1, "customer_id;name", f"C1;{own}", file={"delimiter": ";"})
    people("customers", 2, "customer_id;name", f"C2;{other}", file={"delimiter": ";"})
    header = SALES.replace(",", ";")
    people("sales", 1, header, f"I1;1;2025-01-02;C2;x;5;10;EUR;{other.upper()}", file={"delimiter": ";"})
    people("sales", 2, header, f"I2;1;2025-01-02;C2;2;5;10;EUR;{other.upper()}", file={"delimiter": ";"})
    dagster_says(people, f"{other}: no number")
    log = people.home / "logs" / "program-faults.log"
    log.parent.mkdir()
    log.write_text(f"ValueError: {other}\n")

    people.forget()

    assert people.stored("customers", "customer_id", "name") == [("C1", "(forgotten)"), ("C2", other)]
    assert people.rows(REJECTED) == [("I1/1", other.upper())]
    assert said(people) == [f"{other}: no number"]
    assert log.read_text() == f"ValueError: {other}\n"
    assert [name for name in people.files() if "customers/processed/2025-01-01" in name] == []
    assert {"customers/processed/2025-01-02.csv", "sales/processed/2025-01-02.csv"} <= {*people.files()}


def test_each_of_several_addresses_and_numbers_is_the_persons(people: People) -> None:
    people("customers", 1, CUSTOMERS, "C1,Ada,ada@example.com; ada@example.org,210 1234567 / 210 7654321")
    dagster_says(people, "ada@example.org", "2107654321", "Call 210 1234567 now", "dada@example.org", "92107654321")
    people.forget()
    assert sorted(said(people)) == [
        "(forgotten)",
        "(forgotten)",
        "92107654321",
        "Call (forgotten) now",
        "dada@example.org",
    ]


def test_a_name_after_an_escape_sequence_is_found(people: People) -> None:
    people("customers", 1, CUSTOMERS, "C1,Ada's Garage,,")
    people.imports.drop.execute("create table dagster.event_logs (event text)")
    people.imports.drop.execute("insert into dagster.event_logs values ('text {\"cell\": \"\\nAda''s Garage\"}')")
    people.forget()
    assert people.rows("select event from dagster.event_logs") == [('text {"cell": "\\n(forgotten)"}',)]


def test_what_a_rejected_row_has_in_common_with_others_is_not_the_persons(people: People) -> None:
    people("customers", 1, CUSTOMERS, "C1,Ada's Garage,,", "C2,Bob Parts,,")
    people("sales", 1, SALES, "I1,1,2025,C1,2,5,10,EUR,", "I2,1,2025,C2,2,5,10,EUR,")
    people("sales", 2, SALES, "I3,1,2025,C2,2,5,10,EUR,")
    drop = people.imports.drop
    drop.execute("update ops.import_files set error = 'Row 1: ''2025'' is no date' where name = '2025-01-02.csv'")
    drop.execute(
        "insert into ops.outbox (importer, recipients, subject, message, file_ids)"
        " select 'sales', '{bob@example.com}', 'Row 1', 'Subject: Row 1\n\n2025 is no date'::bytea, array[file_id]"
        " from ops.import_files where name = '2025-01-02.csv'"
    )
    (message,) = people.rows("select message from ops.rejected_entries where key = 'I1/1'")[0]
    dagster_says(people, "2025", message)

    people.forget()

    assert people.rows("select key, value from ops.rejected_entries order by key") == [
        ("I1/1", None),
        ("I2/1", "2025"),
        ("I3/1", "2025"),
    ]
    assert people.rows("select error from ops.import_files where error is not null") == [("Row 1: '2025' is no date",)]
    assert people.rows("select count(*) from ops.outbox where message is not null") == [(1,)]
    assert said(people) == ["2025", message]


def test_what_was_said_of_the_persons_own_values_is_taken_out_of_other_texts(people: People) -> None:
    people("customers", 1, CUSTOMERS, "C1,Ada's Garage,,", "C2,Bob Parts,,")
    people("customers", 2, CUSTOMERS, "C1,Ada's Garage,,,Ada in a surplus cell", "C2,Bob Parts,,,Bob in one")
    dagster_says(people, "C1,Ada's Garage,,,Ada in a surplus cell", "C2,Bob Parts,,,Bob in one")
    people.forget()
    assert sorted(said(people)) == ["(forgotten)", "C2,Bob Parts,,,Bob in one"]


def with_history(people: People, *versions: tuple[str, str, str]) -> None:
    """Earlier versions of customers: the key that the record has now, the one that it had, and the name."""
    drop = people.imports.drop
    drop.execute("create table snapshots.snap_customers as select system_id, customer_id, name from raw.customers")
    for now, then, name in versions:
        drop.execute(
            f"insert into snapshots.snap_customers select system_id, '{then}', '{name}' from raw.customers"
            f" where customer_id = '{now}'"
        )


def test_the_history_of_an_earlier_holder_of_the_key_stays(people: People) -> None:
    people("customers", 1, CUSTOMERS, "K1,Alpha Parts,,", "K2,Beta Motors,,")
    with_history(people, ("K1", "K0", "Alpha before"), ("K2", "K1", "Betamax Parts"))
    dagster_says(people, "Betamax Parts", "Alpha before")
    people.forget("K1")
    assert people.rows("select customer_id, name from snapshots.snap_customers order by 1, 2") == [
        ("K0", "(forgotten)"),
        ("K1", "(forgotten)"),
        ("K1", "Betamax Parts"),
        ("K2", "Beta Motors"),
    ]
    assert sorted(said(people)) == ["(forgotten)", "Betamax Parts"]


def test_a_key_that_several_had_before_and_nobody_has_now_is_refused(people: People) -> None:
    people("customers", 1, CUSTOMERS, "K2,Alpha Parts,,", "K3,Beta Motors,,")
    with_history(people, ("K2", "K1", "Alpha before"), ("K3", "K1", "Beta before"))
    with pytest.raises(WisepartsError, match=r"key K1 now, and 2 had it .* another of its keys \(K2, K3\)"):
        people.forget("K1")
    assert people.stored("customers", "name") == [("Alpha Parts",), ("Beta Motors",)]
    people.forget("K2")
    assert people.rows("select name from snapshots.snap_customers order by customer_id, name") == [
        ("(forgotten)",),
        ("Beta before",),
        ("(forgotten)",),
        ("Beta Motors",),
    ]


def test_only_rows_with_the_whole_key_are_fetched(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people("customers", 1, "customer_id,name", "42,Ada's Garage", "142,Bob Parts")
    lines = [f"I{number},1,2025,142,2,5,10,EUR," for number in range(4200, 4210)]
    people("sales", 1, SALES, *lines, "A/1,1,2025,42,2,5,10,EUR,", 'A-2,1,2025,"0-42",2,5,10,EUR,')
    people("products", 1, "product_id,name,list_price", "P1,Filter 42,42 x")
    fetched = []
    is_about = reports._is_about

    def noting(entry: reports.Entry, *rest: Any) -> bool:
        fetched.append(entry.key)
        return is_about(entry, *rest)

    monkeypatch.setattr(reports, "_is_about", noting)
    with people.imports.drop.warehouse.connect() as connection:
        person = find_person(connection, ENTITIES["customers"], "42")
        reports.find_entries(connection, person, Texts(["Ada's Garage"]), {"sales": {"customer_id"}})
    assert sorted(map(str, fetched)) == ["A-2/1", "A\\/1/1"]


@pytest.mark.parametrize("key", ["A.B", "A+B", "A\\B", 'A"B', "A B", "Ä-1", "#1", "[1]"])
def test_a_row_that_was_rejected_is_found_by_any_key(people: People, key: str) -> None:
    quoted = '"' + key.replace('"', '""') + '"'
    people("customers", 1, "customer_id,name", f"{quoted},Ada's Garage")
    people("sales", 1, SALES, f"I1,1,2025,{quoted},2,5,10,EUR,")
    people.forget(key)
    assert people.rows("select raw::text, value from ops.rejected_entries") == [("{}", None)]


def test_what_dagster_writes_meanwhile_is_kept(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people("customers", 1, CUSTOMERS, "C1,Ada's Garage,,")
    dagster_says(people, "Ada's Garage is imported")
    drop, hidden_json = people.imports.drop, Texts.hidden_json
    writes = iter(["update dagster.event_logs set event = replace(event, 'is', 'was')"])

    def meanwhile(texts: Texts, text: str) -> str:
        for write in writes:
            drop.execute(write)
        return hidden_json(texts, text)

    monkeypatch.setattr(Texts, "hidden_json", meanwhile)
    with drop.warehouse.connect() as connection:
        assert hide_in_dagster(connection, Texts(["Ada's Garage"])) == {"dagster.event_logs": 1}
    assert said(people) == ["(forgotten) was imported"]
