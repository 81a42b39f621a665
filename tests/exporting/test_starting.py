"""What becomes of the records that are there when an exporter is seen for the first time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.exporting.imports import Imports, exporter
from tests.importing.drop import Drop
from tests.waiting import eventually

BEFORE = ("cancelled", "before_start")
WAITING = ("waiting", None)
HEADER = "order_id,line_no,status,placed_at"


@pytest.fixture
def imports(drop: Drop) -> Imports:
    """With orders of a shop and an ERP, and no exporter yet."""
    imports = Imports(drop)
    imports.orders(
        "W1,1,confirmed,2025-12-31 23:30:00",
        "W2,1,confirmed,2026-01-01 00:30:00",
        "W3,1,draft,2026-01-01",
        header=HEADER,
    )
    imports.orders("E1,1,confirmed", source="erp")
    return imports


@pytest.mark.parametrize("starts", ["by a delivery", "by an import"])
@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"start": "now"}, {"W1": BEFORE, "W2": BEFORE}),
        ({"start": "all"}, {"W1": WAITING, "W2": WAITING}),
        ({"start": "2026-01-01"}, {"W1": BEFORE, "W2": WAITING}),
        ({"start": "2026-01-01", "timezone": "Europe/Athens"}, {"W1": WAITING, "W2": WAITING}),
        ({"start": "2026-01-01", "timezone": "America/New_York"}, {"W1": BEFORE, "W2": BEFORE}),
    ],
)
def test_which_orders_go_that_are_there_already(
    imports: Imports, attributes: dict[str, Any], expected: dict[str, Any], starts: str
) -> None:
    imports.exporters = [exporter(**attributes)]
    if starts == "by a delivery":
        imports.start()
    else:
        imports.orders("W4,1,confirmed")
        expected |= {"W4": WAITING}
    assert {key: rest for key, *rest in imports.noted("record_key", "status", "code")} == {
        key: list(status) for key, status in expected.items()
    }


def test_which_customers_go_that_are_there_already(imports: Imports) -> None:
    imports.customers("C1,Alpha,2025-12-31", "C2,Beta,2026-01-01", "C3,Gamma,", header="customer_id,name,created_on")
    imports.drop.execute("update raw.customers set _created_at = '2026-01-01 23:00 UTC' where customer_id = 'C3'")
    for day, expected in (("01", ["C2", "C3"]), ("02", ["C3"]), ("03", [])):
        imports.exporters = [
            exporter("customers", name=f"from_{day}", start=f"2026-01-{day}", timezone="Europe/Athens")
        ]
        imports.start()
        noted = imports.noted("record_key", "status", exporter=f"from_{day}")
        assert [key for key, status in noted if status == "waiting"] == expected
        assert len(noted) == 3


def test_an_order_from_before_the_start_stays_where_it_is(imports: Imports) -> None:
    imports.exporters = [exporter(changes="version")]
    imports.start()
    for status in ("confirmed", "draft", "confirmed"):
        imports.orders(f"W1,2,{status}")
        assert ("W1", 1, *BEFORE) in imports.noted(), status


def test_an_order_that_comes_to_fulfil_the_conditions_after_the_start_goes(imports: Imports) -> None:
    imports.exporters = [exporter()]
    imports.orders("W3,1,confirmed")
    assert imports.noted() == [("W1", 1, *BEFORE), ("W2", 1, *BEFORE), ("W3", 1, *WAITING)]


def test_an_exporter_is_started_once(imports: Imports) -> None:
    imports.exporters = [exporter()]
    imports.start()
    first = imports.drop.rows("select * from ops.exporters")
    imports.orders("W4,1,confirmed")
    imports.exporters = [exporter(start="all")]
    imports.start()
    assert imports.drop.rows("select * from ops.exporters") == first
    assert imports.noted() == [("W1", 1, *BEFORE), ("W2", 1, *BEFORE), ("W4", 1, *WAITING)]


def test_one_that_is_started_anew_knows_what_it_had_noted(imports: Imports) -> None:
    imports.exporters = [exporter()]
    imports.start()
    imports.orders("W4,1,confirmed")
    imports.mark("delivered", key="W4")
    imports.drop.execute("delete from ops.exporters")
    imports.exporters = [exporter(start="all")]
    imports.start()
    assert imports.noted() == [("W1", 1, *BEFORE), ("W2", 1, *BEFORE), ("W4", 1, "delivered", None)]


def test_rows_that_an_import_of_other_records_releases_are_none_that_were_there_already(imports: Imports) -> None:
    imports("customers", "customer_id,name", "C0,Known")
    header = "order_id,line_no,status,customer_id"
    imports.orders("W5,1,confirmed,C1", header=header, references={"customer_id": "wait"})
    imports.exporters = [exporter()]
    imports.customers("C1,Alpha", source="erp")
    assert imports.noted() == [("W1", 1, *BEFORE), ("W2", 1, *BEFORE), ("W5", 1, *WAITING)]


def test_rows_released_into_an_empty_table_are_none_that_were_there_already(drop: Drop) -> None:
    imports = Imports(drop)
    imports("customers", "customer_id,name", "C0,Known")
    header = "order_id,line_no,status,customer_id"
    imports.orders("W5,1,confirmed,C1", header=header, references={"customer_id": "wait"})
    imports.exporters = [exporter()]
    imports.customers("C1,Alpha", source="erp")
    assert imports.noted() == [("W5", 1, *WAITING)]


def test_no_order_is_lost_between_an_import_and_a_start(imports: Imports) -> None:
    """The import does not know of the exporter yet, and commits after the start has begun."""
    exporters = [exporter()]
    with imports.connect() as importing, ThreadPoolExecutor(1) as threads:
        with importing.transaction():
            importing.execute("lock table raw.orders in share row exclusive mode")
            importing.execute("update raw.orders set status = 'confirmed' where order_id = 'W3'")
            imports.exporters = exporters
            # Whoever delivers does not wait for it.
            imports.start()
            assert imports.drop.rows("select from ops.exporters") == []
            waiting = threads.submit(imports.orders, "W4,1,confirmed")
            blocked = "select from pg_stat_activity where wait_event_type = 'Lock' and query like 'lock table%%'"
            eventually(lambda: imports.drop.rows(blocked))
        waiting.result(60)
    assert imports.noted("record_key", "code") == [
        ("W1", "before_start"),
        ("W2", "before_start"),
        ("W3", "before_start"),
        ("W4", None),
    ]


def test_an_exporter_with_another_name_goes_on_with_what_was_noted_under_the_former(imports: Imports) -> None:
    imports.exporters = [exporter(start="2026-01-01")]
    imports.start()
    imports.mark("delivered", key="W2")
    noted = imports.noted("export_id", "record_key", "status", "code")
    imports.exporters = [exporter(name="web_orders", formerly="orders")]
    imports.orders("W1,1,shipped", "W2,1,confirmed", "W4,1,confirmed")
    renamed = imports.noted("export_id", "record_key", "status", "code", exporter="web_orders")
    assert (imports.noted(), renamed[:2]) == ([], noted)
    assert [row[1:] for row in renamed[2:]] == [("W4", *WAITING)]


def test_a_former_name_is_of_no_account_once_the_new_one_was_started(imports: Imports) -> None:
    imports.exporters = [exporter(start="all"), exporter(name="web_orders", folder="Other")]
    imports.start()
    imports.exporters = [exporter(name="web_orders", formerly="orders")]
    imports.orders("W4,1,confirmed")
    assert imports.noted("record_key") == [("W1",), ("W2",)]
    assert imports.noted("record_key", exporter="web_orders") == [("W1",), ("W2",), ("W4",)]
