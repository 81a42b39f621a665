"""What is emptied and removed when a person is forgotten, what stays, and what is told."""

import gzip
import zipfile
from typing import Any

import pytest

from tests.forgetting.conftest import People
from tests.importing.rules.test_combining import COMBINED
from wiseparts_pipeline.errors import WisepartsError
from wiseparts_pipeline.forgetting import files, places
from wiseparts_pipeline.forgetting.forget import marts_are_old, still_there
from wiseparts_pipeline.transport import TransportError
from wiseparts_pipeline.warehouse.locks import only_one

CUSTOMERS = "customer_id,name,email,phone"
ADA = "C1,Ada's Garage,ada@example.com,+30 210 1234567"
BOB = "C2,Bob Parts,bob@example.com,+30 210 7654321"
ORDERS = "order_id,line_no,placed_at,channel,status,customer_id,quantity,unit_price,net_amount,currency,email,note"
CALLS = "call_id,started_at,direction,disposition,customer_id,caller_number"


@pytest.fixture
def known(people: People) -> People:
    """Two customers are known."""
    people("customers", 1, CUSTOMERS, ADA, BOB)
    return people


def names(people: People) -> list[tuple[Any, ...]]:
    return people.stored("customers", "customer_id", "name")


def test_the_others_stay_as_they_are(known: People) -> None:
    done = known.forget()
    assert names(known) == [("C1", "(forgotten)"), ("C2", "Bob Parts")]
    assert done.rows == {"raw.customers": 1}
    assert (done.kept, done.remains) == ([], {})


def test_a_key_that_nobody_has_changes_nothing(known: People) -> None:
    with pytest.raises(WisepartsError, match=r"There is no record with the key C7 in customers"):
        known.forget("C7")
    assert known.rows("select * from ops.forgotten") == []


def test_a_person_is_forgotten_again(known: People) -> None:
    known.forget()
    assert known.forget().rows == {}


def test_a_source_that_cannot_be_reached_stops_it_before_anything_is_changed(known: People) -> None:
    root = known.imports.drop.root
    root.rename(root.with_name("away"))
    with pytest.raises(TransportError):
        known.forget()
    root.with_name("away").rename(root)
    assert names(known)[0] == ("C1", "Ada's Garage")


def test_marts_that_were_built_before_are_built_again(known: People) -> None:
    warehouse = known.imports.drop.warehouse
    known.imports.drop.execute(
        """insert into ops.model_builds (model, seen, code) values ('dim_customers', '{"customers": 1}', '')"""
    )
    before = marts_are_old(warehouse)
    known.forget()
    assert (before, marts_are_old(warehouse)) == (False, True)


@pytest.mark.parametrize("place", ["a file is removed", "the database is changed"])
def test_what_was_killed_half_way_is_run_again(known: People, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known("orders", 1, ORDERS, "O1,1,2025-01-01 10:00,web,shipped,,2,5,10,EUR,ada@example.com,")
    calls = iter([True, False])
    module, name = (files, "remove") if place == "a file is removed" else (places, "hide_in_dagster")
    real = getattr(module, name)

    def killed(*arguments: Any) -> Any:
        if next(calls):
            return real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, name, killed)
        with pytest.raises(KeyboardInterrupt):
            known.forget()
    assert names(known)[0] == ("C1", "Ada's Garage")
    assert len(known.files()) < 2

    known.forget()
    assert names(known)[0] == ("C1", "(forgotten)")
    assert known.stored("orders", "customer_id", "email") == [("C1", None)]
    assert known.files() == []


def test_no_import_runs_meanwhile(known: People) -> None:
    def report(message: str) -> None:
        with (
            known.imports.drop.warehouse.connect(autocommit=True) as connection,
            pytest.raises(BlockedError),
            only_one(connection, "wiseparts.import.customers", blocked),
        ):
            pass

    def blocked(_: str) -> None:
        raise BlockedError

    known.forget(report=report)


class BlockedError(Exception):
    pass


def test_a_file_without_anything_personal_stays(known: People) -> None:
    known(
        "sales",
        2,
        "invoice_id,line_no,invoice_date,customer_id,quantity,unit_price,net_amount,currency",
        "I1,1,2025-01-02,C1,2,5,10,EUR",
    )
    known("orders", 2, ORDERS, "O1,1,2025-01-01 10:00,web,shipped,C1,2,5,10,EUR,,")
    known("orders", 3, ORDERS, "O1,1,2025-01-01 10:00,web,shipped,C1,2,5,10,EUR,,Ring before noon")
    done = known.forget()
    assert known.files() == ["orders/processed/2025-01-02.csv", "sales/processed/2025-01-02.csv"]
    assert [file.path for file in done.removed] == [
        "customers/processed/2025-01-01.csv",
        "orders/processed/2025-01-03.csv",
    ]
    assert known.rows("select archived_to from ops.import_files where name = '2025-01-03.csv'") == [
        (files.FORGOTTEN_FILE,)
    ]


def test_a_file_of_another_entity_with_the_persons_name_is_removed(known: People) -> None:
    header = "invoice_id,line_no,invoice_date,quantity,unit_price,net_amount,currency,CustomerName"
    known("sales", 2, header, "I1,1,2025-01-02,2,5,10,EUR,ADA'S GARAGE")
    known.forget()
    assert known.files() == []


def test_packed_files_are_looked_into(known: People) -> None:
    folder = known.imports.drop.root / "customers" / "processed"
    packed = gzip.compress(f"{CUSTOMERS}\n{ADA}\n".encode())
    (folder / "2025-01-05.csv.gz").write_bytes(packed)
    with zipfile.ZipFile(folder / "2025-01-06.csv.zip", "w") as archive:
        archive.writestr("2025-01-06.csv", f"{CUSTOMERS}\n{ADA}\n")
    known.forget()
    assert known.files() == []


def test_a_refused_file_that_is_no_table_is_searched_as_text(known: People) -> None:
    refused = known.imports.drop.root / "customers" / "refused"
    refused.mkdir()
    (refused / "2025-01-02.csv").write_text('"never closed\nC1;Ada\n')
    (refused / "2025-01-03.csv").write_text('"never closed\nC11;Carl\n')
    done = known.forget()
    assert [file.path for file in done.kept] == ["customers/refused/2025-01-02.csv"]
    assert [file.path for file in done.removed] == ["customers/processed/2025-01-01.csv"]


def test_a_refused_file_stays_until_its_content_was_imported(known: People) -> None:
    rows = (ADA, "C7,Never Imported,,", "C8", "C9")
    known("customers", 2, CUSTOMERS, *rows, reject_limit_rows=1)
    done = known.forget()
    assert [(file.path, file.kept_because.partition(":")[0]) for file in done.kept] == [
        ("customers/refused/2025-01-02.csv", "nothing of it was imported")
    ]
    assert "customers/refused/2025-01-02.csv" in known.files()
    known("customers", 3, CUSTOMERS, *rows)
    assert known.forget().kept == []
    assert [path for path in known.files() if "refused" in path] == []


def test_a_file_that_cannot_be_read_is_told(known: People) -> None:
    (known.imports.drop.root / "customers" / "processed" / "2025-01-02.csv.gz").write_bytes(b"broken")
    done = known.forget()
    assert [(file.path, file.kept_because) for file in done.kept] == [
        ("customers/processed/2025-01-02.csv.gz", "it cannot be read: look whether the person is in it")
    ]


def test_a_file_that_is_still_to_be_imported_is_told_and_kept(known: People) -> None:
    known.imports.drop.of("customers").put("2025-01-02.csv", f"{CUSTOMERS}\n{ADA}\n")
    done = known.forget()
    assert [file.path for file in done.kept] == ["customers/2025-01-02.csv"]
    assert "it is not archived" in done.kept[0].kept_because
    assert known.files() == ["customers/2025-01-02.csv"]


def test_a_file_that_values_are_looked_up_in_is_told_and_kept(known: People) -> None:
    known.importer(
        "sales",
        lookup=[
            {
                "pattern": "names*.csv",
                "folder": "customers",
                "on": {"name": "name"},
                "columns": {"description": "email"},
            }
        ],
    )
    (known.imports.drop.root / "customers" / "names.csv").write_text("name,email\nAda's Garage,ada@example.com\n")
    done = known.forget()
    assert [(file.path, file.kept_because.partition(":")[0]) for file in done.kept] == [
        ("customers/names.csv", "values are looked up in it")
    ]


def test_a_later_part_of_a_call_does_not_bring_the_number_back(known: People) -> None:
    header = "call_id,started_at,direction,disposition,customer_id,caller_number,talk_seconds"
    first = "K1,2025-01-01 10:00:00,inbound,lost,C1,+30 210 1234567,0"
    second = "K1,2025-01-01 10:00:20,inbound,answered,,+30 210 1234567,120"
    known("calls", 1, header, first, duplicates=COMBINED)
    known.forget()
    assert known.rows("select record ->> 'caller_number' from ops.record_parts") == [(None,)]
    known("calls", 2, header, second, duplicates=COMBINED)
    assert known.stored("calls", "disposition", "customer_id", "caller_number", "talk_seconds") == [
        ("answered", "C1", None, 120)
    ]
    assert known.rows("select count(*) from ops.record_parts where record::text like '%1234567%'") == [(0,)]


def test_calls_from_the_persons_number_stay_the_persons(known: People) -> None:
    known(
        "calls",
        1,
        CALLS,
        "K1,2025-01-01 10:00,inbound,lost,,+30 210 1234567",
        "K2,2025-01-01 10:00,inbound,lost,,+30 210 7654321",
    )
    known.forget()
    assert known.stored("calls", "call_id", "customer_id", "caller_number") == [
        ("K1", "C1", None),
        ("K2", None, "+30 210 7654321"),
    ]
    known("calls", 2, CALLS, "K1,2025-01-01 10:00,inbound,busy,,+30 210 1234567")
    assert known.stored("calls", "call_id", "disposition", "customer_id", "caller_number")[0] == (
        "K1",
        "busy",
        "C1",
        None,
    )


def test_a_number_that_others_have_as_well_is_theirs(people: People) -> None:
    people("customers", 1, CUSTOMERS, ADA, "C2,Bob Parts,,+30 210 1234567")
    people("calls", 1, CALLS, "K1,2025-01-01 10:00,inbound,lost,,+30 210 1234567")
    people.forget()
    assert people.stored("calls", "customer_id", "caller_number") == [(None, "+30 210 1234567")]


def test_rows_that_wait_for_the_person_are_emptied(people: People) -> None:
    people("contacts", 1, "contact_id,customer_id,first_name", "P1,C1,Ada", "P2,C2,Bob")
    people.forget()
    assert people.rows("select contact_id, first_name from ops.waiting_contacts order by 1") == [
        ("P1", None),
        ("P2", "Bob"),
    ]
    people("customers", 2, CUSTOMERS, ADA, BOB)
    assert people.stored("contacts", "contact_id", "first_name") == [("P1", None), ("P2", "Bob")]
    assert names(people)[0] == ("C1", "(forgotten)")


def test_rows_that_wait_are_the_persons_by_address(known: People) -> None:
    header = f"{ORDERS},sku"
    rows = [
        f"{number},1,2025-01-01 10:00,web,shipped,,2,5,10,EUR,{name}@example.com,Ring {name},S1"
        for number, name in (("O1", "ada"), ("O2", "bob"))
    ]
    waiting: dict[str, Any] = {"references": {"sku": "wait"}}
    known("orders", 2, header, *rows, **waiting)
    known.forget()
    both = [("O1", "C1", None, None), ("O2", None, "bob@example.com", "Ring bob")]
    assert known.rows("select order_id, customer_id, email, note from ops.waiting_orders order by 1") == both
    known("products", 3, "product_id,sku,name", "P1,S1,Pump")
    assert known.stored("orders", "order_id", "customer_id", "email", "note") == both
    known("orders", 4, header, *rows, **waiting)
    assert known.stored("orders", "order_id", "customer_id", "email", "note") == both


def test_all_keys_that_the_person_had_are_forgotten(known: People) -> None:
    known.imports.drop.execute(
        "create table snapshots.snap_customers as select system_id, 'C0' as customer_id, 'Ada' as name"
        " from raw.customers where customer_id = 'C1' union all select system_id, customer_id, name from raw.customers"
    )
    done = known.forget("C0")
    assert done.keys == ("C0", "C1")
    assert names(known)[0] == ("C1", "(forgotten)")
    assert known.rows("select customer_id, name from snapshots.snap_customers order by 1, 2") == [
        ("C0", "(forgotten)"),
        ("C1", "(forgotten)"),
        ("C2", "Bob Parts"),
    ]


def test_a_former_key_that_someone_else_has_now_is_not_the_persons(known: People) -> None:
    known.imports.drop.execute(
        "create table snapshots.snap_customers as select system_id, 'C2' as customer_id, 'Ada' as name"
        " from raw.customers where customer_id = 'C1'"
    )
    known.forget("C1")
    assert names(known) == [("C1", "(forgotten)"), ("C2", "Bob Parts")]


def test_rejected_rows_of_others_keep_their_cells(people: People) -> None:
    header = "invoice_id,line_no,invoice_date,customer_id,quantity,unit_price,net_amount,currency,CustomerName"
    people("customers", 1, CUSTOMERS, "2,Ada's Garage,ada@example.com,", "3,Bob Parts,,")
    people(
        "sales",
        1,
        header,
        "I1,1,2025-01-02,2,x,5,10,EUR,",
        "I2,1,2025-01-02,3,2,x,10,EUR,",
        "I3,1,2025-01-02,,x,5,10,EUR,Ada's Garage",
    )
    people.forget("2")
    rejected = people.rows("select key, raw::text <> '{}', value from ops.rejected_entries order by key")
    assert rejected == [("I1/1", False, None), ("I2/1", True, "x"), ("I3/1", False, None)]
    assert people.files() == []


def test_the_error_of_a_refused_file_does_not_say_who(known: People) -> None:
    known.imports.drop.execute("update ops.import_files set error = 'Row 1: ''ada@example.com'' is no number'")
    known.forget()
    assert known.rows("select error from ops.import_files") == [("Row 1: '(forgotten)' is no number",)]


def test_a_name_in_a_text_is_told(known: People) -> None:
    known(
        "sales",
        2,
        "invoice_id,line_no,invoice_date,description,quantity,unit_price,net_amount,currency",
        "I1,1,2025-01-02,Engraving for Ada's Garage,2,5,10,EUR",
    )
    done = known.forget()
    assert still_there(known.imports.drop.warehouse, done) == {"raw.sales.description": 1}


def test_rejected_rows_about_a_representatives_customers_are_theirs(people: People) -> None:
    people("sales_reps", 1, "sales_rep_id,name,email", "R1,Eleni Georgiou,eleni@example.com")
    people(
        "customers", 1, "customer_id,name,sales_rep_id,payment_terms_days", "C1,Ada,R1,few", reject_limit_percent=100
    )
    people.forget("R1", "sales_reps")
    assert people.stored("sales_reps", "name", "email") == [("(forgotten)", None)]
    assert people.rows("select raw ->> 'name' from ops.rejected_entries") == [("Ada",)]


def test_the_name_of_someone_else_is_not_told(people: People) -> None:
    people("customers", 1, CUSTOMERS, ADA, "C2,Ada's Garage and Sons,,")
    assert still_there(people.imports.drop.warehouse, people.forget()) == {}


def test_a_contact_is_forgotten_without_the_customer(known: People) -> None:
    known("contacts", 1, "contact_id,customer_id,first_name,phone", "P1,C1,Ada,+30 690 1112223", "P2,C1,Eve,456")
    known.forget("P1", "contacts")
    assert names(known)[0] == ("C1", "Ada's Garage")
    assert known.stored("contacts", "contact_id", "first_name", "phone") == [("P1", None, None), ("P2", "Eve", "456")]
    assert known.files() == ["customers/processed/2025-01-01.csv"]
