"""Header and lines in separate files: one import of both, and what is reported when they do not match."""

import csv as csv_module
import gzip
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importing.drop import Drop, counts, csv
from tests.importing.test_engine import Disturbed, in_another_process, kill_this_process
from wiseparts_pipeline.config.importer import ImporterSettings
from wiseparts_pipeline.config.loader import load_configuration
from wiseparts_pipeline.config.source import SourceSettings
from wiseparts_pipeline.importing.engine import run_import
from wiseparts_pipeline.importing.faults import RefusedFile
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.importing.ledger.outcome import Status
from wiseparts_pipeline.importing.reading import open_rows
from wiseparts_pipeline.importing.reading.joins import JoinedFiles
from wiseparts_pipeline.importing.results import FileResult
from wiseparts_pipeline.transport import connect
from wiseparts_pipeline.transport.base import PermanentError, TransientError
from wiseparts_pipeline.transport.embedded import EmbeddedSftp

COLUMNS: dict[str, Any] = {
    "order_id": "OrderNo",
    "line_no": "Line",
    "quantity": "Qty",
    "unit_price": "Price",
    "net_amount": {"expression": "quantity * unit_price"},
    "placed_at": "OrderDate",
    "status": "Status",
    "channel": {"constant": "rep"},
    "currency": {"constant": "EUR"},
    "note": "Remark",
}
JOIN: dict[str, Any] = {"pattern": "HEADER_{date}*.csv", "on": {"OrderNo": "Number"}}
HEADER = csv("Number,OrderDate,Status,Remark", ["A,2025-01-31,shipped,by noon", "B,2025-02-01,confirmed,"])
LINES = csv("OrderNo,Line,Qty,Price", ["A,1,2,10", "A,2,1,5.50", "B,1,3,1"])

DAY = "2025-02-01"
LINES_NAME, HEADER_NAME = f"LINES_{DAY}.csv", f"HEADER_{DAY}.csv"


@pytest.fixture
def orders(drop: Drop) -> Drop:
    return drop.of("orders", pattern="LINES_{date}*.csv", columns=COLUMNS, join=[JOIN])


def imported(orders: Drop, header: str, lines: str, **options: Any) -> FileResult:
    orders.put(HEADER_NAME, header)
    return orders.imported(LINES_NAME, lines, **options)


def statuses(orders: Drop) -> list[tuple[str, str, str | None]]:
    return [(file["name"], file["status"], file["archived_to"]) for file in orders.log()]


# One import of both


def test_each_line_has_the_cells_of_its_header(orders: Drop) -> None:
    assert counts(imported(orders, HEADER, LINES)) == {"read": 3, "created": 3}
    assert orders.stored("order_id", "line_no", "status", "note", "net_amount::float") == [
        ("A", 1, "shipped", "by noon", 20),
        ("A", 2, "shipped", "by noon", 5.5),
        ("B", 1, "confirmed", None, 3),
    ]


def test_a_column_of_the_header_may_be_computed_with(drop: Drop) -> None:
    columns = COLUMNS | {"net_amount": {"expression": "quantity * unit_price * [Exchange Rate]"}}
    orders = drop.of("orders", pattern="LINES_{date}*.csv", columns=columns, join=[JOIN])
    header = csv("Number,OrderDate,Status,Exchange Rate", ["A,2025-01-31,shipped,1.5", "B,2025-02-01,confirmed,none"])
    assert counts(imported(orders, header, LINES)) == {"read": 3, "created": 2, "rejected": 1}
    assert orders.stored("line_no", "net_amount::float") == [(1, 30), (2, 8.25)]


def test_keys_that_look_the_same_find_each_other(orders: Drop) -> None:
    header = csv("Number,OrderDate,Status,Remark", ["Mü,2025-01-31,shipped,by noon"])
    result = imported(orders, header, csv("OrderNo,Line,Qty,Price", ["Mu\u0308,1,2,10", "\u200bMü\u00a0,2,1,5"]))
    assert counts(result) == {"read": 2, "created": 2}


def test_both_files_are_in_the_ledger_and_are_archived_together(orders: Drop) -> None:
    lines = imported(orders, HEADER, LINES).file
    (header,) = (file for file in orders.log() if file["name"] == HEADER_NAME)
    assert header["joined_to"] == lines.file_id
    assert counts(header) == {}
    assert (header["status"], header["importer"], len(header["sha256"])) == ("imported", "orders", 64)
    assert {header["archived_to"], lines.archived_to} == {
        f"orders/processed/{HEADER_NAME}",
        f"orders/processed/{LINES_NAME}",
    }
    assert (orders.names(), orders.run().files) == ([], [])


def test_the_same_files_again_change_nothing_and_are_reported(orders: Drop) -> None:
    imported(orders, HEADER, LINES)
    again = imported(orders, HEADER, LINES)
    assert (counts(again), again.file.warnings) == ({"read": 3, "unchanged": 3}, {"same_content": 1})
    other = imported(orders, HEADER.replace("noon", "night"), LINES)
    assert (counts(other), other.file.warnings) == ({"read": 3, "updated": 2, "unchanged": 1}, {})


def test_the_other_file_may_be_written_in_another_way(drop: Drop) -> None:
    join = JOIN | {
        "file": {"delimiter": ";", "encoding": "cp1253", "header": False, "names": ["Number", "Status", "Remark"]}
    }
    orders = drop.of("orders", pattern="LINES_{date}.csv", columns=COLUMNS | {"placed_at": "Day"}, join=[join])
    orders.put(HEADER_NAME, "A;shipped;Αθήνα\n".encode("cp1253"))
    orders.imported(LINES_NAME, csv("OrderNo,Line,Qty,Price,Day", ["A,1,2,10,2025-01-31"]))
    assert orders.stored("status", "note") == [("shipped", "Αθήνα")]


def test_the_other_file_may_be_of_another_format(drop: Drop) -> None:
    join = JOIN | {"pattern": "HEADER_{date}.jsonl", "file": {"format": "jsonl"}}
    file = {"delimiter": ";", "decimal": ","}
    orders = drop.of("orders", pattern="LINES_{date}.csv", columns=COLUMNS, join=[join], file=file)
    orders.put(
        f"HEADER_{DAY}.jsonl",
        '{"Number": "A", "OrderDate": "2025-01-31", "Status": "shipped", "Remark": null}\n'
        '{"Number": 7, "OrderDate": "2025-02-01", "Status": "confirmed"}\n',
    )
    lines = csv("OrderNo;Line;Qty;Price", ["A;1;2;10,5", "7;1;1;1"])
    assert counts(orders.imported(LINES_NAME, lines)) == {"read": 2, "created": 2}
    assert orders.stored("order_id", "status", "note", "unit_price::float") == [
        ("7", "confirmed", None, 1),
        ("A", "shipped", None, 10.5),
    ]


def test_either_file_may_be_packed(orders: Drop) -> None:
    orders.put(f"{HEADER_NAME}.gz", gzip.compress(HEADER.encode()))
    assert counts(orders.imported(f"{LINES_NAME}.gz", gzip.compress(LINES.encode()))) == {"read": 3, "created": 3}
    assert orders.names("processed") == [f"{HEADER_NAME}.gz", f"{LINES_NAME}.gz"]


def test_several_files_are_joined_in_turn_by_columns_of_the_one_before(drop: Drop) -> None:
    branches = drop.of(
        "customer_branches",
        pattern="Store.csv",
        columns={"branch_id": "Store", "customer_id": "Store", "name": "Name", "city": "City", "region": "Region"},
        references={"customer_id": "warn"},
        join=[
            {"pattern": "StoreAddress.csv", "on": {"Store": "Owner"}},
            {"pattern": "Address.csv", "on": {"AddressNo": "No"}},
            {"pattern": "Province.csv", "on": {"ProvinceNo": "No"}},
        ],
    )
    branches.put("StoreAddress.csv", csv("Owner,AddressNo", ["S1,7", "S2,8", "S3,9"]))
    branches.put("Address.csv", csv("No,City,ProvinceNo", ["7,Athens,1", "8,Patras,"]))
    branches.put("Province.csv", csv("No,Region", ["1,Attica"]))
    branches.imported("Store.csv", csv("Store,Name", ["S1,One", "S2,Two", "S3,Three", "S4,Four"]))
    assert branches.stored("branch_id", "city", "region") == [
        ("S1", "Athens", "Attica"),
        ("S2", "Patras", None),
        ("S3", None, None),
        ("S4", None, None),
    ]
    assert len(branches.names("processed")) == 4


def test_both_files_are_fetched_and_archived_over_sftp(orders: Drop, tmp_path: Path) -> None:
    with EmbeddedSftp.running(tmp_path / "sftp") as server:
        source = SourceSettings(
            name="erp",
            protocol="sftp",
            host=server.host,
            port=server.port,
            username="wiseparts",
            private_key=str(server.key),
            known_hosts=server.known_hosts,
            root="/",
            settle_seconds=0,
        )
        folder = server.root / "orders"
        folder.mkdir()
        (folder / LINES_NAME).write_text(LINES)
        with connect(source) as transport:
            assert run_import(Importer(orders.importer, source, ()), transport, orders.warehouse).files == []
            (folder / HEADER_NAME).write_text(HEADER)
            (result,) = run_import(Importer(orders.importer, source, ()), transport, orders.warehouse).files
        assert counts(result) == {"read": 3, "created": 3}
        assert sorted(path.name for path in (folder / "processed").iterdir()) == [HEADER_NAME, LINES_NAME]


# Files that do not match


def test_a_line_without_header_is_rejected_with_what_it_lacks(orders: Drop) -> None:
    result = imported(orders, HEADER, LINES + "C,1,1,1\n,2,1,1\n")
    assert counts(result) == {"read": 5, "created": 3, "rejected": 2}
    assert orders.rejects("row_number", "line_number", "key", "column_name", "code", "value", "message") == [
        (
            *(4, 5, "C/1", "placed_at", "missing_required", "C"),
            f"No row of {HEADER_NAME} has Number 'C', and every row needs placed_at, status from there.",
        ),
        (
            *(5, 6, None, "order_id", "missing_required", None),
            "order_id (from OrderNo) is empty. Every row needs it.",
        ),
        (
            *(5, 6, None, "placed_at", "missing_required", None),
            f"OrderNo is empty, which is needed to look up placed_at, status in {HEADER_NAME}.",
        ),
    ]


def test_a_header_that_occurs_twice_is_reported_and_multiplies_no_line(orders: Drop) -> None:
    result = imported(orders, HEADER + "A,2025-01-31,cancelled,\n", LINES)
    assert counts(result) == {"read": 3, "created": 1, "rejected": 2}
    assert set(orders.rejects("code", "value", "message")) == {
        (
            "duplicate_in_file",
            "A",
            f"{HEADER_NAME} has Number 'A' in line 2 and, with other cells, in line 4. Give it once.",
        )
    }


def test_a_header_that_occurs_twice_with_the_same_cells_does_no_harm(orders: Drop) -> None:
    assert counts(imported(orders, HEADER + "A,2025-01-31,shipped,by noon\n", LINES)) == {"read": 3, "created": 3}


@pytest.mark.parametrize(("duplicates", "expected"), [("first", "shipped"), ("last", "cancelled")])
def test_the_setting_for_duplicates_holds_for_headers_as_well(drop: Drop, duplicates: str, expected: str) -> None:
    orders = drop.of("orders", pattern="LINES_{date}.csv", columns=COLUMNS, join=[JOIN], duplicates=duplicates)
    imported(orders, HEADER + "A,2025-01-31,cancelled,\n", LINES)
    assert {status for (status,) in orders.stored("status", where="order_id = 'A'")} == {expected}


def test_a_line_whose_header_may_be_a_malformed_one_is_rejected_with_that_ones_line(orders: Drop) -> None:
    header = csv("Number,OrderDate,Status,Remark", ["A,2025-01-31,shipped,,by noon", "B,2025-02-01,confirmed,"])
    assert counts(imported(orders, header, LINES)) == {"read": 3, "created": 1, "rejected": 2}
    assert set(orders.rejects("code", "message")) == {
        (
            "column_count",
            f"No row of {HEADER_NAME} has Number 'A', but it has a row that cannot be read:"
            " line 2: it has 5 cells, the file has 4 columns.",
        )
    }


def test_a_header_that_cannot_be_read_at_all_refuses_both(orders: Drop) -> None:
    result = imported(orders, "", LINES)
    assert (result.status, result.file.error) == (Status.REFUSED, f"{HEADER_NAME}: The file is empty.")
    assert statuses(orders) == [
        (HEADER_NAME, "refused", f"orders/refused/{HEADER_NAME}"),
        (LINES_NAME, "refused", f"orders/refused/{LINES_NAME}"),
    ] or statuses(orders) == [
        (LINES_NAME, "refused", f"orders/refused/{LINES_NAME}"),
        (HEADER_NAME, "refused", f"orders/refused/{HEADER_NAME}"),
    ]
    assert f"It was read together with {LINES_NAME}, which was refused." in {file["error"] for file in orders.log()}


@pytest.mark.parametrize(
    ("header", "lines", "message"),
    [
        (
            HEADER.replace("Number", "No"),
            LINES,
            f"{HEADER_NAME} is joined on Number, which it does not have. It has: No, ",
        ),
        (
            HEADER,
            LINES.replace("OrderNo", "No"),
            f"The file is joined with {HEADER_NAME} on OrderNo, which it does not have.",
        ),
        (HEADER.replace("Status", "State"), LINES, "Column status is made of Status, which the file does not have."),
    ],
)
def test_a_column_that_is_missing_from_either_file_is_reported(
    orders: Drop, header: str, lines: str, message: str
) -> None:
    result = imported(orders, header, lines)
    assert (result.file.status, result.file.error_code) == ("refused", "missing_column")
    assert str(result.file.error).startswith(message)


def test_a_faulty_header_cell_is_reported_for_its_lines(orders: Drop) -> None:
    orders.put(HEADER_NAME, HEADER.replace("confirmed", "maybe").encode() + b"C,2025-02-01,shipped,\xff\n")
    assert counts(orders.imported(LINES_NAME, LINES + "C,1,1,1\n")) == {"read": 4, "created": 2, "rejected": 2}
    assert orders.rejects() == [(3, "status", "not_in_set"), (4, "note", "bad_encoding")]


def test_a_line_with_too_many_cells_is_reported_with_the_columns_of_its_own_file(orders: Drop) -> None:
    imported(orders, HEADER, LINES + "B,2,1,1,1\n")
    ((message,),) = orders.rejects("message")
    assert message.startswith("The row has 5 cells, the file has 4 columns")


# Incomplete file sets


def incomplete(orders: Drop) -> list[str]:
    return [str(each) for each in orders.discovered().incomplete["orders"]]


def test_lines_are_incomplete_without_their_header(orders: Drop) -> None:
    orders.put(LINES_NAME, LINES)
    done = orders.run()
    assert (done.files, done.problems, done.incomplete) == ([], [], [f"{LINES_NAME} waits for HEADER_{DAY}*.csv"])
    orders.put("HEADER_2025-02-02.csv", HEADER)
    assert orders.run().incomplete == [
        f"{LINES_NAME} waits for HEADER_{DAY}*.csv",
        "HEADER_2025-02-02.csv waits for LINES_2025-02-02*.csv",
    ]
    orders.put(HEADER_NAME, HEADER)
    assert [result.status for result in orders.run().files] == [Status.IMPORTED]
    assert orders.names() == ["HEADER_2025-02-02.csv"]


def test_lines_are_incomplete_while_their_header_is_being_written(orders: Drop) -> None:
    orders.settle_seconds = 10
    orders.put(LINES_NAME, LINES)
    orders.discovered()
    orders.execute("update ops.import_files set detected_at = detected_at - interval '60 seconds'")
    orders.put(HEADER_NAME, HEADER)
    done = orders.run()
    assert (done.files, done.incomplete, done.unsettled) == ([], [], [HEADER_NAME])
    orders.execute("update ops.import_files set detected_at = detected_at - interval '60 seconds'")
    assert [counts(result) for result in orders.run().files] == [{"read": 3, "created": 3}]


def test_a_header_that_two_importers_match_is_left_and_reported(orders: Drop) -> None:
    other = orders.of("orders", name="headers", pattern="HEADER*").importer
    orders.put(HEADER_NAME, HEADER)
    orders.put(LINES_NAME, LINES)
    found = orders.discovered([other])
    assert found.pending["orders"] == found.pending["headers"] == []
    assert f"'orders/{HEADER_NAME}' fits the patterns of several importers (orders, headers)" in str(found.problems[0])


def test_of_several_headers_of_a_day_the_one_with_the_same_text_for_the_star_is_read(orders: Drop) -> None:
    for part in "ab":
        orders.put(f"HEADER_{DAY}_{part}.csv", HEADER)
        orders.put(f"LINES_{DAY}_{part}.csv", LINES)
    found = orders.discovered().pending["orders"]
    assert [(file.name, [each.name for each in file.companions]) for file in found] == [
        (f"LINES_{DAY}_a.csv", [f"HEADER_{DAY}_a.csv"]),
        (f"LINES_{DAY}_b.csv", [f"HEADER_{DAY}_b.csv"]),
    ]


def test_a_header_that_belongs_to_another_file_is_not_read(orders: Drop) -> None:
    orders.put(f"HEADER_{DAY}_a.csv", HEADER)
    for part in "ab":
        orders.put(f"LINES_{DAY}_{part}.csv", LINES)
    assert incomplete(orders) == [f"LINES_{DAY}_b.csv waits for HEADER_{DAY}*.csv"]


def test_files_that_cannot_be_matched_unambiguously_are_left_and_reported(orders: Drop) -> None:
    orders.put(LINES_NAME, LINES)
    for part in "ab":
        orders.put(f"HEADER_{DAY}_{part}.csv", HEADER)
    done = orders.run()
    assert done.files == []
    (problem,) = map(str, done.problems)
    assert problem.startswith(
        f"'orders/{LINES_NAME}' goes with one file HEADER_{DAY}*.csv, and there are HEADER_{DAY}_a"
    )


def test_one_header_of_several_files_of_lines_is_archived_with_the_last_of_them(orders: Drop) -> None:
    orders.put(HEADER_NAME, HEADER)
    orders.put(f"LINES_{DAY}_1.csv", LINES)
    orders.put(f"LINES_{DAY}_2.csv", csv("OrderNo,Line,Qty,Price", ["B,2,1,1"]))
    first, second = orders.run().files
    assert (counts(first), counts(second)) == ({"read": 3, "created": 3}, {"read": 1, "created": 1})
    assert [file["status"] for file in orders.log()] == ["imported"] * 3
    assert orders.names() == []


def test_without_a_date_in_the_patterns_the_file_that_matches_is_read(drop: Drop) -> None:
    orders = drop.of("orders", pattern="LINES.csv", columns=COLUMNS, join=[JOIN | {"pattern": "HEADER.csv"}])
    for number in "12":
        orders.put("HEADER.csv", HEADER.replace("A,", f"A{number},"))
        assert counts(orders.imported("LINES.csv", LINES.replace("A,", f"A{number},")))["read"] == 3
    assert len(orders.names("processed")) == 4


# Failures and crashes


def test_a_failed_import_leaves_both_for_the_next_attempt(orders: Drop) -> None:
    def refuse() -> None:
        raise TransientError("the line is broken")

    orders.put(HEADER_NAME, HEADER)
    orders.put(LINES_NAME, LINES)
    (failed,) = orders.run(Disturbed(orders, "fetch", refuse)).files
    assert (failed.status, failed.file.error) == (Status.FAILED, "the line is broken")
    (result,) = orders.run().files
    assert (result.status, result.file.attempts) == (Status.IMPORTED, 2)
    assert [file["status"] for file in orders.log()] == ["imported", "imported"]


class _Nth:
    """Does something the nth time."""

    def __init__(self, number: int, action: Callable[[], None]) -> None:
        self._left, self._action = number, action

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._action()


@pytest.mark.parametrize(
    ("operation", "number", "after"),
    [
        ("fetch", 1, False),
        ("fetch", 2, True),
        ("move", 1, False),
        ("move", 1, True),
        ("move", 2, False),
        ("move", 2, True),
    ],
)
def test_the_next_import_finishes_what_a_killed_one_left_of_either_file(
    orders: Drop, operation: str, number: int, after: bool
) -> None:
    orders.put(HEADER_NAME, HEADER)
    orders.put(LINES_NAME, LINES + "C,1,1,1\n")

    def run() -> None:
        orders.run(Disturbed(orders, operation, _Nth(number, kill_this_process), after=after))

    assert in_another_process(run) == -signal.SIGKILL
    orders.run()
    assert orders.names() == []
    assert orders.names("processed") == [HEADER_NAME, LINES_NAME]
    assert orders.names("errors") == [f"{LINES_NAME}.errors.csv"]
    assert sorted((name, status) for name, status, _ in statuses(orders)) == [
        (HEADER_NAME, "imported"),
        (LINES_NAME, "imported_with_errors"),
    ]
    assert (orders.folder / "errors" / f"{LINES_NAME}.errors.csv").read_text().startswith("OrderNo,Line,Qty,Price,_row")
    assert orders.run().files == []


# Corrections and replays


def test_corrected_rows_are_imported_without_their_header_being_sent_again(orders: Drop) -> None:
    imported(orders, HEADER, LINES.replace("B,1,3", "B,1,three"))
    errors = (orders.folder / "errors" / f"{LINES_NAME}.errors.csv").read_text()
    assert errors.splitlines()[0] == "OrderNo,Line,Qty,Price,_row,_line,_errors"
    result = orders.imported(f"{LINES_NAME}.errors.csv", errors.replace("three", "3", 1))
    assert counts(result) == {"read": 1, "created": 1}
    assert orders.stored("order_id", "status") == [("A", "shipped"), ("A", "shipped"), ("B", "confirmed")]
    assert orders.names("processed") == [HEADER_NAME, LINES_NAME, f"{LINES_NAME}.errors.csv"]
    assert orders.rows("select status from ops.rejected_rows") == [("resolved",)]


def test_corrected_rows_are_joined_with_their_original_header_and_not_with_todays(drop: Drop) -> None:
    orders = drop.of("orders", pattern="LINES.csv", columns=COLUMNS, join=[JOIN | {"pattern": "HEADER.csv"}])
    orders.put("HEADER.csv", HEADER)
    orders.imported("LINES.csv", LINES.replace("B,1,3", "B,1,three"))
    errors = (orders.folder / "errors" / "LINES.csv.errors.csv").read_text()
    orders.put("HEADER.csv", HEADER.replace("A,", "X,"))
    orders.imported("LINES.csv", LINES.replace("A,", "X,"))
    orders.put("HEADER.csv", HEADER.replace("B,", "Y,"))
    result = orders.imported("LINES.csv.errors.csv", errors.replace("three", "3", 1))
    assert counts(result) == {"read": 1, "unchanged": 1}
    assert orders.names() == ["HEADER.csv"]


def test_a_corrected_header_and_the_rows_that_were_rejected_for_it_are_imported(orders: Drop) -> None:
    imported(orders, HEADER.replace("confirmed", "maybe"), LINES)
    errors = (orders.folder / "errors" / f"{LINES_NAME}.errors.csv").read_text()
    orders.put(HEADER_NAME, HEADER)
    assert incomplete(orders) == [f"{HEADER_NAME} waits for LINES_{DAY}*.csv"]
    assert counts(orders.imported(f"{LINES_NAME}.errors.csv", errors)) == {"read": 1, "created": 1}
    assert orders.names() == []


def test_lines_are_replayed_with_their_original_header(orders: Drop) -> None:
    imported(orders, HEADER, LINES)
    imported(orders, HEADER.replace("shipped", "returned"), LINES)
    assert orders.stored("status", where="order_id = 'B'") == [("confirmed",)]
    (result,) = orders.run(names=[LINES_NAME]).files
    assert counts(result) == {"read": 3, "updated": 2, "unchanged": 1}
    assert orders.stored("status", where="order_id = 'A'") == [("shipped",)] * 2


def test_archived_lines_are_replayed_with_a_corrected_header(orders: Drop) -> None:
    imported(orders, HEADER, LINES)
    orders.put(HEADER_NAME, HEADER.replace("shipped", "returned"))
    (result,) = orders.run(names=[LINES_NAME]).files
    assert counts(result) == {"read": 3, "updated": 2, "unchanged": 1}
    assert orders.names() == []


def test_refused_files_are_replayed_together(orders: Drop) -> None:
    wrong = [f"X{number},1,1,1" for number in range(30)]
    assert imported(orders, HEADER, LINES + csv("", wrong).lstrip()).status is Status.REFUSED
    assert orders.names("refused") == [HEADER_NAME, LINES_NAME]
    (result,) = orders.run(names=[LINES_NAME], force=True).files
    assert counts(result) == {"read": 33, "created": 3, "rejected": 30}
    assert (orders.names("refused"), orders.names("processed")) == ([], [HEADER_NAME, LINES_NAME])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (LINES_NAME, f"is read together with HEADER_{DAY}*.csv, and there is no such file in orders/, its processed/"),
        (HEADER_NAME, f"is read together with LINES_{DAY}*.csv; give the name of that file."),
    ],
)
def test_what_cannot_be_replayed_alone_is_reported(orders: Drop, name: str, message: str) -> None:
    orders.put(name, LINES)
    with pytest.raises(PermanentError, match=message.replace("*", r"\*")):
        orders.run(names=[name])


def test_a_local_file_is_read_with_the_one_beside_it(orders: Drop, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / LINES_NAME).write_text(LINES)
    with pytest.raises(PermanentError, match="no such file beside it"):
        orders.run(local=[here / LINES_NAME])
    (here / HEADER_NAME).write_text(HEADER)
    (result,) = orders.run(local=[here / LINES_NAME]).files
    assert counts(result) == {"read": 3, "created": 3}
    assert sorted(path.name for path in here.iterdir()) == [HEADER_NAME, LINES_NAME]


def test_a_dry_run_reads_both_and_changes_nothing(orders: Drop) -> None:
    orders.settle_seconds = 60
    orders.put(HEADER_NAME, HEADER)
    orders.put(LINES_NAME, LINES + "C,1,1,1\n")
    (result,) = orders.run(dry_run=True).files
    assert counts(result) == {"read": 4, "created": 3, "rejected": 1}
    assert (orders.log(), orders.names()) == ([], [HEADER_NAME, LINES_NAME])


# The rule itself


def joined(importer: ImporterSettings, *tables: pd.DataFrame) -> tuple[dict[str, list[str | None]], list[int]]:
    """The columns of the first table with those of the others, and the rows that could not be joined."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths = [folder / f"{number}.csv" for number in range(len(tables))]
        for path, table in zip(paths, tables, strict=True):
            table.to_csv(path, index=False, quoting=csv_module.QUOTE_ALL)
        others = [(path.name, path) for path in paths[1:]]
        with JoinedFiles(importer, others, folder) as files:
            batches = list(files.with_joined_columns(open_rows(paths[0], "0.csv", importer.file)).batches())
        faults = [int(batch.row_numbers[fault.position]) for batch in batches for fault in batch.unusable]
        names = batches[0].columns
        return {name: [cell for batch in batches for cell in batch.columns[name].to_pylist()] for name in names}, faults


# With the separator of packed cells inside, and its replacement.
CELLS = st.text(st.sampled_from('ab0 \x1e\x1f,"\n1é'), max_size=3)
# A blank cell is an empty one.
VALUES = CELLS.map(lambda cell: cell if cell.strip() else "")


@settings(max_examples=50, deadline=None)
@given(data=st.data(), columns=st.integers(1, 2))
def test_a_join_is_the_left_join_of_pandas(data: st.DataObject, columns: int) -> None:
    keys = st.tuples(*[CELLS] * columns)
    names = ["k1", "k2"][:columns]
    others = data.draw(
        st.dictionaries(
            keys.map(lambda key: tuple(part.strip() for part in key)), st.tuples(VALUES, VALUES), max_size=6
        )
    )
    mains = data.draw(
        st.lists(st.one_of(keys, st.sampled_from(sorted(others)) if others else keys), min_size=1, max_size=8)
    )
    main = pd.DataFrame([(*key, str(number)) for number, key in enumerate(mains)], columns=[*names, "email"])
    other = pd.DataFrame([(*key, *cells) for key, cells in others.items()], columns=[*names, "note", "sku"])
    importer = ImporterSettings.model_validate(
        {
            "entity": "orders",
            "source": "erp",
            "pattern": "0.csv",
            "columns": {"placed_at": {"constant": "2025-01-01"}, "status": {"constant": "shipped"}},
            "join": [{"pattern": "1.csv", "on": {name: name for name in names}}],
            "file": {"null_values": []},
        }
    )

    found, faults = joined(importer, main, other)

    trimmed = main.assign(**{name: main[name].str.strip() for name in names})
    not_empty = other[(other[names] != "").any(axis=1)]
    expected = trimmed.merge(not_empty, how="left", on=names).astype(object).where(lambda table: table.notna(), None)
    assert faults == []
    assert found["email"] == expected["email"].tolist()
    assert found["note"] == expected["note"].tolist()
    assert found["sku"] == expected["sku"].tolist()


def test_keys_are_compared_as_trimmed_text(orders: Drop) -> None:
    header = csv("Number,OrderDate,Status", ["007 ,2025-01-31,shipped", "7,2025-01-31,returned"])
    lines = csv("OrderNo,Line,Qty,Price", [" 007,1,1,1", "7,1,1,1", "7.0,1,1,1"])
    assert counts(imported(orders, header, lines)) == {"read": 3, "created": 2, "rejected": 1}
    assert orders.stored("order_id", "status") == [("007", "shipped"), ("7", "returned")]


def test_a_column_that_both_have_is_taken_from_the_importers_own_file(orders: Drop) -> None:
    lines = csv("OrderNo,Line,Qty,Price,Remark", ["A,1,1,1,mine", "A,2,1,1,"])
    imported(orders, HEADER, lines)
    assert orders.stored("line_no", "note") == [(1, "mine"), (2, None)]


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    importer = ImporterSettings.model_validate(
        {"entity": "orders", "source": "erp", "pattern": "a.csv", "join": [{"pattern": "b.csv", "on": {"x": "x"}}]}
    )
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "b.csv").write_text('x,y\n1,"never closed\n')
    with (
        JoinedFiles(importer, [("b.csv", tmp_path / "b.csv")], tmp_path) as files,
        pytest.raises(RefusedFile, match=r"^b\.csv: A quote"),
    ):
        list(files.with_joined_columns(open_rows(tmp_path / "a.csv", "a.csv", importer.file)).batches())


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"pattern": "H/{date}.csv"}, "join.0.pattern: 'H/{date}.csv' has a '/'"),
        ({"pattern": "LINES_{date}*.csv"}, "join.0.pattern: 'LINES_{date}*.csv' is taken already"),
        ({"on": {}}, "join.0.on"),
        ({"file": {"delimeter": ";"}}, "join.0.file.delimeter: unknown attribute; allowed: format, encoding"),
        ({"file": {"header": False}}, "join.0.file: header: false needs the columns named in `names`"),
        ({"file": {"decimal": ","}}, "decimal is the same for all files of an importer"),
        ({"file": {"header": False, "names": ["a", "b"]}}, "join.0.on: that file has no column 'Number'; it has: a, b"),
    ],
)
def test_a_join_that_cannot_work_is_an_error(drop: Drop, attributes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="join") as error:
        drop.of("orders", pattern="LINES_{date}*.csv", columns=COLUMNS, join=[JOIN | attributes])
    assert message in str(error.value).replace("\n", ".")


def test_a_joined_file_without_a_header_needs_its_own_names(drop: Drop) -> None:
    file = {"header": False, "names": ["OrderNo", "Line", "Qty", "Price"]}
    with pytest.raises(ValueError, match=r"join\.0\.file\.names: say which columns this file has"):
        drop.of("orders", pattern="LINES_{date}.csv", columns=COLUMNS, join=[JOIN], file=file)
    drop.of("orders", pattern="LINES_{date}.csv", columns=COLUMNS, join=[JOIN | {"file": {"header": True}}], file=file)


def test_a_date_in_the_pattern_of_a_join_needs_one_in_the_importers(drop: Drop) -> None:
    with pytest.raises(ValueError, match=r"has \{date\}, so the importer's `pattern` needs it as well"):
        drop.of("orders", pattern="LINES.csv", columns=COLUMNS, join=[JOIN])


def test_a_file_has_the_date_of_its_own_name(orders: Drop) -> None:
    orders.put(HEADER_NAME, HEADER, datetime(2020, 1, 1, tzinfo=UTC))
    orders.discovered()
    assert [str(file["file_date"]) for file in orders.log()] == [DAY]


def test_on_may_be_unquoted_although_yaml_reads_it_as_a_truth_value(tmp_path: Path) -> None:
    (tmp_path / "defs.yaml").write_text(
        """
type: wiseparts_pipeline.components.FileSource
attributes: {name: erp, protocol: local, root: /}
---
type: wiseparts_pipeline.components.FileImporter
attributes:
  entity: orders
  source: erp
  pattern: LINES.csv
  join:
    - pattern: HEADER.csv
      on: {OrderNo: Number}
"""
    )
    (join,) = load_configuration(tmp_path).importer("orders").join
    assert join.on == {"OrderNo": "Number"}
