"""What an import notes for exporters, in its transaction."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid5

import pytest

from tests.exporting.imports import Imports, exporter
from tests.importing.drop import Drop
from tests.waiting import eventually
from wiseparts_pipeline.config.exports.exporter import ExporterSettings
from wiseparts_pipeline.exporting.noting import repeat

HEADER = "order_id,line_no,status,quantity"
WAITING = ("waiting", None)
SNAPSHOT: dict[str, Any] = {"mode": "snapshot", "shrink_limit_percent": 100}


@pytest.fixture
def imports(drop: Drop) -> Imports:
    """With an exporter of orders to the ERP."""
    return Imports(drop, [exporter()])


def test_a_new_order_is_noted_with_the_import_that_brings_it(imports: Imports) -> None:
    imported = imports.orders("W1,1,confirmed", "W1,2,confirmed", "W2,1,confirmed")
    assert imports.noted() == [("W1", 1, *WAITING), ("W2", 1, *WAITING)]
    columns = ("entity", "attempts", "files", "file_id", "next_attempt_at <= now()")
    assert set(map(str, imports.noted(*columns))) == {str(("orders", 0, [], imported.file.file_id, True))}


def test_the_uuid_of_an_order_is_made_of_the_installations_namespace_and_its_key(imports: Imports) -> None:
    imports.orders("W1,1,confirmed", "Ω/1,1,confirmed")
    ((namespace,),) = imports.drop.rows("select namespace from ops.installation")
    assert isinstance(namespace, UUID)
    assert namespace.version == 4
    assert dict(imports.noted("record_key", "record_uuid")) == {key: uuid5(namespace, key) for key in ("W1", "Ω/1")}


def test_the_uuid_of_a_customer_is_its_system_id(imports: Imports) -> None:
    imports.exporters = [exporter("customers")]
    imports.customers("C1,Alpha")
    (system_id,) = imports.drop.rows("select system_id from raw.customers")
    assert imports.noted("record_uuid", exporter="customers") == [system_id]


def test_without_an_exporter_nothing_is_noted(imports: Imports) -> None:
    imports.exporters = []
    imports.orders("W1,1,confirmed")
    assert imports.noted() == []


def test_a_repeated_import_notes_nothing(imports: Imports) -> None:
    imports.exporters = [exporter(changes="version")]
    for status in ("waiting", "delivered"):
        imports.orders("W1,1,confirmed")
        imports.orders("W1,1,confirmed")
        assert len(imports.noted()) == 1, status
        imports.mark("delivered")


def test_what_a_dry_run_would_load_is_not_noted(imports: Imports) -> None:
    imports("orders", "order_id,line_no,status", "W1,1,confirmed", dry_run=True)
    assert imports.drop.rows("select from ops.exports") == []
    assert imports.drop.rows("select from ops.exporters") == []


def test_only_what_the_sources_of_the_exporter_have_created_is_noted(imports: Imports) -> None:
    imports.orders("E1,1,confirmed", source="erp")
    imports.orders("A1,1,confirmed", source="app")
    imports.orders("E1,1,confirmed", "E1,2,confirmed", "W1,1,confirmed")
    assert imports.noted("record_key") == [("W1",)]


def test_an_order_to_which_another_system_adds_lines_is_still_of_the_one_that_created_it(imports: Imports) -> None:
    # The ERP's file was seen first, and so has the smaller number.
    imports.drop.execute(
        "insert into ops.import_files (importer, entity, source, path, name) values ('orders', 'orders', 'erp', '', '')"
    )
    imports.orders("W1,2,draft", "W2,1,draft")
    imports.drop.execute("update raw.orders set _created_file_id = 1, _created_row_number = 1 where order_id = 'W2'")
    imports.orders("W1,1,confirmed", "W1,2,confirmed", "W2,1,confirmed", source="erp")
    imports.drop.execute("update raw.orders set _created_file_id = 1 where order_id = 'W1' and line_no = 1")
    imports.orders("W1,1,confirmed", "W1,2,confirmed", "W1,3,confirmed", "W2,3,confirmed")
    assert imports.noted("record_key") == [("W1",)]


def test_an_order_goes_when_all_of_its_lines_fulfil_the_conditions(imports: Imports) -> None:
    imports.orders("W1,1,confirmed", "W1,2,draft")
    assert imports.noted() == []
    imports.orders("W1,2,confirmed")
    assert imports.noted() == [("W1", 1, *WAITING)]


def test_all_conditions_have_to_hold_and_an_empty_value_fulfils_none(imports: Imports) -> None:
    imports.exporters = [exporter(when={"status": ["confirmed", "shipped"], "note": ["go"]})]
    header = "order_id,line_no,status,note"
    imports.orders("W1,1,confirmed,go", "W2,1,shipped,go", "W3,1,confirmed,", "W4,1,draft,go", header=header)
    assert imports.noted("record_key") == [("W1",), ("W2",)]


def test_without_conditions_every_order_goes(imports: Imports) -> None:
    imports.exporters = [exporter(when={})]
    imports.orders("W1,1,draft", "W1,2,cancelled")
    assert imports.noted() == [("W1", 1, *WAITING)]


@pytest.mark.parametrize("status", ["waiting", "held", "given_up"])
def test_an_order_that_is_not_to_be_exported_any_more_is_cancelled_until_it_is_again(
    imports: Imports, status: str
) -> None:
    imports.orders("W1,1,confirmed", "W1,2,confirmed")
    imports.mark(status, "incomplete")
    imports.orders("W1,2,cancelled")
    assert imports.noted() == [("W1", 1, "cancelled", "not_wanted")]
    imports.orders("W1,2,confirmed")
    assert imports.noted() == [("W1", 1, *WAITING)]
    assert imports.noted("attempts", "error", "next_attempt_at <= now()") == [(0, None, True)]


def test_an_order_whose_lines_a_snapshot_lacks_is_cancelled(imports: Imports) -> None:
    imports.orders("W1,1,confirmed", "W1,2,confirmed", "W2,1,confirmed", **SNAPSHOT)
    imports.orders("W1,2,confirmed", **SNAPSHOT)
    assert imports.noted() == [("W1", 1, *WAITING), ("W2", 1, "cancelled", "not_wanted")]
    imports.orders("W1,2,confirmed", "W2,5,confirmed", **SNAPSHOT)
    assert imports.noted() == [("W1", 1, *WAITING), ("W2", 1, *WAITING)]


def test_a_line_that_is_not_there_any_more_has_no_say(imports: Imports) -> None:
    imports.orders("W1,1,confirmed", "W1,2,draft", **SNAPSHOT)
    imports.orders("W1,1,confirmed", **SNAPSHOT)
    assert imports.noted() == [("W1", 1, *WAITING)]


@pytest.mark.parametrize(("status", "code"), [("held", "missing_value"), ("given_up", "not_writable")])
def test_a_change_of_what_is_held_or_was_given_up_is_tried_at_once(imports: Imports, status: str, code: str) -> None:
    imports.orders("W1,1,confirmed", "W2,1,confirmed")
    imports.mark(status, code)
    imports.orders("W1,2,confirmed")
    assert imports.noted() == [("W1", 1, *WAITING), ("W2", 1, status, code)]
    assert imports.noted("next_attempt_at <= now()") == [(True,), (False,)]


def test_a_change_of_what_waits_leaves_it_as_it_is(imports: Imports) -> None:
    imports.orders("W1,1,confirmed")
    imports.mark("waiting", "unreachable")
    imports.orders("W1,2,confirmed")
    assert imports.noted() == [("W1", 1, "waiting", "unreachable")]


@pytest.mark.parametrize("status", ["delivered", "collected"])
def test_a_change_after_delivery_is_a_new_version_where_the_exporter_says_so(imports: Imports, status: str) -> None:
    imports.orders("W1,1,confirmed")
    imports.mark(status)
    imports.orders("W1,1,confirmed,2", header=HEADER)
    assert imports.noted() == [("W1", 1, status, None)]
    imports.exporters = [exporter(changes="version")]
    imports.orders("W1,3,confirmed")
    imports.orders("W1,4,confirmed")
    assert imports.noted() == [("W1", 1, status, None), ("W1", 2, *WAITING)]
    imports.mark(status)
    imports.orders("W1,5,confirmed")
    assert imports.noted()[2:] == [("W1", 3, *WAITING)]
    assert len(set(imports.noted("record_uuid"))) == 1


def test_a_version_with_nothing_new_in_it_is_followed_by_the_next_change(imports: Imports) -> None:
    imports.exporters = [exporter(changes="version")]
    imports.orders("W1,1,confirmed")
    imports.mark("delivered")
    imports.orders("W1,2,confirmed")
    imports.mark("cancelled", "unchanged")
    imports.exporters = [exporter()]
    imports.orders("W1,3,confirmed")
    assert imports.noted()[1:] == [("W1", 2, "cancelled", "unchanged")]
    imports.exporters = [exporter(changes="version")]
    imports.orders("W1,4,confirmed")
    assert imports.noted()[1:] == [("W1", 2, *WAITING)]


def test_what_comes_back_from_the_receiver_does_not_go_out_again(imports: Imports) -> None:
    imports.exporters = [
        exporter(changes="version", when={}),
        exporter(name="all", changes="version", when={}, echo=True),
    ]
    imports.orders("W1,1,confirmed")
    imports.mark("delivered")
    imports.orders("W1,1,shipped", "E1,1,confirmed", source="erp")
    assert imports.noted() == [("W1", 1, "delivered", None)]
    assert imports.noted(exporter="all") == [("W1", 1, "delivered", None), ("W1", 2, *WAITING)]


def test_a_version_that_was_not_wanted_meanwhile_goes_whoever_confirms_the_order_again(imports: Imports) -> None:
    imports.exporters = [exporter(changes="version")]
    imports.orders("W1,1,confirmed,1", header=HEADER)
    imports.mark("delivered")
    imports.orders("W1,1,confirmed,5", header=HEADER)
    imports.orders("W1,1,draft,5", header=HEADER, source="erp")
    assert imports.noted()[1] == ("W1", 2, "cancelled", "not_wanted")
    imports.orders("W1,1,confirmed,5", header=HEADER, source="erp")
    assert imports.noted() == [("W1", 1, "delivered", None), ("W1", 2, *WAITING)]


@pytest.mark.parametrize("last", [("delivered", None), ("cancelled", "unchanged")])
def test_a_change_of_an_order_that_is_not_wanted_goes_when_it_is_again(
    imports: Imports, last: tuple[str, str | None]
) -> None:
    imports.exporters = [exporter(changes="version")]
    imports.orders("W1,1,confirmed,1", header=HEADER)
    imports.mark(*last)
    imports.orders("W1,1,draft,5", header=HEADER)
    assert imports.noted()[-1][2:] == ("cancelled", "not_wanted")
    imports.orders("W1,1,confirmed,5", header=HEADER, source="erp")
    assert imports.noted()[-1][2:] == WAITING
    assert len({uuid for (uuid,) in imports.noted("record_uuid")}) == 1


def test_what_was_asked_for_again_goes_when_the_order_is_confirmed_again(imports: Imports) -> None:
    imports.orders("W1,1,confirmed")
    imports.mark("delivered")
    with imports.connect() as connection:
        repeat(connection, imports.exporters[0], ["W1"], again=True)
    imports.orders("W1,1,draft")
    imports.orders("W1,1,confirmed")
    assert imports.noted("version", "status", "again") == [(1, "delivered", False), (2, "waiting", True)]


@pytest.mark.parametrize("status", ["delivered", "collected"])
def test_lines_that_come_or_go_after_delivery_are_told_of_where_changes_are_ignored(
    imports: Imports, status: str
) -> None:
    imports.orders("W1,1,confirmed", "W2,1,confirmed", "W3,1,confirmed", "W3,2,confirmed")
    imports.mark(status)
    imports.orders("W1,2,draft", "W2,1,shipped")
    imports.orders("W2,2,confirmed", source="erp")
    assert imports.noted("record_key", "code") == [("W1", "changed_after_delivery"), ("W2", None), ("W3", None)]
    imports.orders("W1,1,confirmed", "W1,2,confirmed", "W2,1,shipped", "W3,2,confirmed", **SNAPSHOT)
    changed = ("changed_after_delivery", status)
    assert imports.noted("record_key", "code", "status")[::2] == [("W1", *changed), ("W3", *changed)]
    assert "--record W3 --again" in imports.noted("error")[2][0]


def test_an_order_goes_when_a_line_that_another_source_has_added_is_confirmed_last(imports: Imports) -> None:
    imports.orders("W1,1,draft")
    imports.orders("W1,2,draft", source="erp")
    imports.orders("W1,1,confirmed")
    assert imports.noted() == []
    imports.orders("W1,2,confirmed", source="erp")
    assert imports.noted() == [("W1", 1, *WAITING)]


def test_a_line_that_another_source_adds_makes_a_held_order_due(imports: Imports) -> None:
    imports.orders("W1,1,confirmed")
    imports.mark("held", "incomplete")
    imports.orders("W1,2,confirmed", "E1,1,confirmed", source="erp")
    assert imports.noted() == [("W1", 1, *WAITING)]


def test_rows_that_had_waited_are_noted_by_the_import_that_releases_them(imports: Imports) -> None:
    imports("customers", "customer_id,name", "C0,Known")
    header = "order_id,line_no,status,customer_id"
    imports.orders("W1,1,confirmed,C1", "W2,1,confirmed,C0", header=header, references={"customer_id": "wait"})
    assert imports.noted("record_key") == [("W2",)]
    imports.customers("C1,Alpha", source="erp")
    assert imports.noted() == [("W1", 1, *WAITING), ("W2", 1, *WAITING)]


def test_the_line_of_an_order_that_comes_later_makes_it_due(imports: Imports) -> None:
    imports.orders("W1,1,confirmed", "W1,x,confirmed", reject_limit_percent=100)
    imports.mark("held", "incomplete")
    imports.orders("W1,2,confirmed")
    assert imports.noted() == [("W1", 1, *WAITING)]


def test_an_order_whose_lines_are_combined_from_several_files_is_noted(imports: Imports) -> None:
    combines: dict[str, Any] = {"duplicates": {"prefer": {"status": ["confirmed", "draft"]}}}
    imports.orders("W1,1,draft", **combines)
    assert imports.noted() == []
    imports.orders("W1,1,confirmed", "W1,1,draft", **combines)
    assert imports.noted() == [("W1", 1, *WAITING)]


def test_a_refused_file_notes_nothing(imports: Imports) -> None:
    lines = [f"W{number},1,{'confirmed' if number < 5 else 'nonsense'}" for number in range(30)]
    assert imports.orders(*lines, reject_limit_percent=50).file.status == "refused"
    assert imports.noted() == []


def test_what_an_import_that_fails_has_loaded_is_not_noted(imports: Imports) -> None:
    imports.start()
    imports.drop.execute("alter table ops.entity_changes add check (entity <> 'orders')")
    assert imports.orders("W1,1,confirmed").file.status == "failed"
    assert imports.noted() == []


def test_several_exporters_note_for_themselves(imports: Imports) -> None:
    imports.exporters = [exporter(), exporter(name="drafts", when={"status": "draft"}), exporter("customers")]
    imports.orders("W1,1,confirmed", "W2,1,draft")
    imports.customers("C1,Alpha")
    assert [imports.noted("record_key", exporter=each) for each in ("orders", "drafts", "customers")] == [
        [("W1",)],
        [("W2",)],
        [("C1",)],
    ]


def test_a_customer_with_another_key_is_the_same_record(imports: Imports) -> None:
    imports.exporters = [exporter("customers", changes="version")]
    imports.customers("C1,Alpha")
    imports.mark("delivered")
    ((system_id,),) = imports.noted("record_uuid", exporter="customers")
    imports.customers(f"{system_id},C7", header="system_id,customer_id")
    assert imports.noted("record_key", "version", "status", "record_uuid", exporter="customers") == [
        ("C7", 1, "delivered", system_id),
        ("C7", 2, "waiting", system_id),
    ]


WITH_ADDRESSES = {"customer_data": {"rows": "record"}, "addresses": {"rows": "addresses"}}
ADDRESS = ("address_id,customer_id,kind", "A1,C1,billing")


@pytest.mark.parametrize(
    ("attributes", "status", "expected"),
    [
        ({"files": WITH_ADDRESSES, "changes": "version"}, "delivered", [("delivered", 1), ("waiting", 2)]),
        ({"files": WITH_ADDRESSES}, "delivered", [("delivered", 1)]),
        ({"files": WITH_ADDRESSES}, "held", [("waiting", 1)]),
        ({"changes": "version"}, "delivered", [("delivered", 1)]),
        ({}, "held", [("held", 1)]),
    ],
)
def test_what_belongs_to_a_customer_is_a_change_of_it_where_it_is_in_its_files(
    imports: Imports, attributes: dict[str, object], status: str, expected: list[tuple[str, int]]
) -> None:
    imports.exporters = [exporter("customers", **attributes)]
    imports.customers("C1,Alpha", "C2,Beta")
    imports.mark("delivered")
    imports.mark(status, key="C1")
    imports("addresses", *ADDRESS)
    noted = imports.noted("record_key", "status", "version", exporter="customers")
    assert noted == [*(("C1", *each) for each in expected), ("C2", "delivered", 1)]
    imports("addresses", *ADDRESS, source="erp")
    assert imports.noted("record_key", "status", "version", exporter="customers") == noted


def test_an_address_does_not_start_an_exporter_of_customers(imports: Imports) -> None:
    imports.customers("C1,Alpha")
    imports.exporters = [exporter("customers", files=WITH_ADDRESSES)]
    imports("addresses", *ADDRESS)
    assert imports.noted(exporter="customers") == []
    imports.customers("C2,Beta")
    assert imports.noted(exporter="customers") == [("C1", 1, "cancelled", "before_start"), ("C2", 1, *WAITING)]


def test_an_import_waits_for_what_is_being_delivered_and_then_knows_it(imports: Imports) -> None:
    imports.exporters = [exporter(changes="version")]
    imports.orders("W1,1,confirmed", "W2,1,confirmed")
    with imports.connect() as deliverer, ThreadPoolExecutor(1) as threads, deliverer.transaction():
        deliverer.execute("select from ops.exports where record_key = 'W1' for update")
        # It does not touch that order.
        imports.orders("W2,2,confirmed")
        waiting = threads.submit(imports.orders, "W1,2,confirmed")
        blocked = "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%%ops.exports%%'"
        eventually(lambda: imports.drop.rows(blocked))
        deliverer.execute("update ops.exports set status = 'delivered' where record_key = 'W1'")
    waiting.result(60)
    assert imports.noted() == [("W1", 1, "delivered", None), ("W1", 2, *WAITING), ("W2", 1, *WAITING)]


def test_thousands_are_noted_piece_by_piece(imports: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wiseparts_pipeline.exporting.noting.wanted._BATCH", 7)
    orders = [f"W{number:03},{line},confirmed" for number in range(50) for line in (1, 2)]
    imports.orders(*orders)
    assert imports.noted("record_key", "export_id - min(export_id) over ()") == [
        (f"W{number:03}", number) for number in range(50)
    ]
    imports.mark("held", "incomplete")
    imports.orders(*(order.replace(",2,", ",3,") for order in orders))
    assert imports.noted("status") == [("waiting",)] * 50


def test_all_that_was_noted_is_accounted_for(drop: Drop) -> None:
    exporters: list[ExporterSettings] = [exporter(changes="version")]
    imports = Imports(drop, exporters)
    for status in ("confirmed", "cancelled", "confirmed", "draft", "confirmed"):
        imports.orders(*(f"W{number},1,{status}" for number in range(imports.files + 1)))
        imports.mark("delivered", key="W0")
    counts = dict(imports.drop.rows("select status, count(*) from ops.exports group by status"))
    assert sum(counts.values()) == len(imports.noted())
    assert {key for (key,) in imports.noted("record_key")} == {f"W{number}" for number in range(5)}
