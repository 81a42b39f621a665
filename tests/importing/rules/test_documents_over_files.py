"""Documents whose lines are counted, in exports that are cut into several files."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.drop import counts
from tests.importing.rules.imports import Imports
from wiseparts_pipeline.importing.results import FileResult

HEADER = "order,sku,quantity"
COLUMNS: dict[str, Any] = {
    "order_id": "order",
    "placed_at": {"constant": "2025-01-30"},
    "unit_price": {"constant": "1"},
    "net_amount": {"expression": "quantity * unit_price"},
    "channel": {"constant": "web"},
    "status": {"constant": "confirmed"},
    "currency": {"constant": "EUR"},
}


def send(imports: Imports, part: object, *lines: str, day: int = 1, sequence: str | None = None) -> FileResult:
    """Imports `orders_<day>_<part>.csv`; a line is `O1 A 2`: order, SKU, quantity."""
    numbered: dict[str, Any] = {"sequence_within": "order_id"} | ({"sequence": sequence} if sequence else {})
    drop = imports.drop.of("orders", pattern="orders_{date}_*.csv", columns=COLUMNS | {"line_no": numbered})
    text = "".join(f"{line.replace(' ', ',')}\n" for line in (HEADER, *lines))
    return drop.imported(f"orders_2025-01-{day:02}_{part}.csv", text)


def order(imports: Imports, key: str) -> list[str]:
    """The SKUs of an order by line."""
    return [sku for _, sku in imports.stored("orders", "line_no", "sku", where=f"order_id = '{key}'")]


def test_a_document_goes_on_in_the_next_file(imports: Imports) -> None:
    send(imports, 1, "O1 A 1", "O2 B 2")
    found = send(imports, 2, "O2 C 1", "O2 D 1", "O3 A 1")
    assert (counts(found), found.file.warnings["continued"]) == ({"read": 3, "created": 3}, 2)
    assert (order(imports, "O2"), order(imports, "O3")) == (["B", "C", "D"], ["A"])


def test_also_over_three_files(imports: Imports) -> None:
    for part, sku in enumerate("ABC"):
        send(imports, part, f"O1 {sku} 1")
    assert order(imports, "O1") == ["A", "B", "C"]


def test_also_if_the_second_file_comes_first(imports: Imports) -> None:
    send(imports, 2, "O2 C 1", "O2 D 1", "O3 A 1")
    send(imports, 1, "O1 A 1", "O2 B 2")
    assert sorted(order(imports, "O2")) == ["B", "C", "D"]


def test_each_of_the_files_sent_again_changes_its_own_lines(imports: Imports) -> None:
    first, second = ("O1 A 1", "O2 B 2"), ("O2 C 1", "O2 D 1", "O3 A 1")
    for part, lines in ((1, first), (2, second), (1, first), (2, second), (2, second)):
        send(imports, part, *lines)
    assert order(imports, "O2") == ["B", "C", "D"]
    assert counts(send(imports, 2, "O2 C 9", "O2 E 1")) == {"read": 2, "updated": 2}
    assert order(imports, "O2") == ["B", "C", "E"]


def test_a_document_that_is_sent_again_is_updated(imports: Imports) -> None:
    send(imports, 1, "O1 A 1", "O2 B 2", "O2 C 2")
    assert counts(send(imports, 2, "O2 B 3", "O2 C 2", "O2 D 1")) == {
        "read": 3,
        "created": 1,
        "updated": 1,
        "unchanged": 1,
    }
    assert order(imports, "O2") == ["B", "C", "D"]


def test_a_document_that_is_not_where_the_files_adjoin_is_sent_again(imports: Imports) -> None:
    send(imports, 1, "O1 A 1", "O2 B 2")
    send(imports, 2, "O3 A 1", "O2 C 1", "O1 C 1")
    assert (order(imports, "O1"), order(imports, "O2")) == (["C"], ["C"])


def test_a_document_of_another_day_is_sent_again(imports: Imports) -> None:
    send(imports, 1, "O1 A 1")
    assert counts(send(imports, 2, "O1 B 1", day=2)) == {"read": 1, "updated": 1}


def test_what_may_be_either_is_rejected_and_says_which_attribute_decides(imports: Imports) -> None:
    send(imports, 1, "O1 A 1", "O1 B 1")
    found = send(imports, 2, "O1 A 1", "O1 C 1", "O2 A 1")
    assert counts(found) == {"read": 3, "created": 1, "rejected": 2}
    (first, _) = found.rejected
    assert (first.code, first.column_name) == ("split_document", "order_id")
    assert "O1 is also at the end of another file of the day (orders_2025-01-01_1.csv)" in first.message
    assert "set `sequence: continue` for line_no; if it is sent again, `sequence: restart`" in first.message
    assert order(imports, "O1") == ["A", "B"]


@pytest.mark.parametrize(("sequence", "expected"), [("continue", ["A", "B", "A", "C"]), ("restart", ["A", "C"])])
def test_the_attribute_decides(imports: Imports, sequence: str, expected: list[str]) -> None:
    send(imports, 1, "O1 A 1", "O1 B 1", sequence=sequence)
    found = send(imports, 2, "O1 A 1", "O1 C 1", sequence=sequence)
    assert (order(imports, "O1"), "continued" in found.file.warnings) == (expected, False)


def test_a_rejected_line_keeps_its_place_in_a_document_that_goes_on(imports: Imports) -> None:
    send(imports, 1, "O1 A 1", "O1 B x")
    send(imports, 2, "O1 C 1")
    assert order(imports, "O1") == ["A", "C"]
    corrected = imports.error_file("orders").replace(",x", ",2")
    drop = imports.drop.of(
        "orders", pattern="orders_{date}_*.csv", columns=COLUMNS | {"line_no": {"sequence_within": "order_id"}}
    )
    drop.imported("orders_2025-01-01_1.csv.errors.csv", corrected)
    assert order(imports, "O1") == ["A", "B", "C"]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), cuts=st.sets(st.integers(1, 11), max_size=4))
def test_wherever_an_export_is_cut_all_lines_arrive(imports: Imports, sizes: list[int], cuts: set[int]) -> None:
    imports.empty()
    lines = [f"O{number} S{number}.{line} 1" for number, size in enumerate(sizes) for line in range(size)]
    bounds = sorted({0, len(lines)} | {cut for cut in cuts if cut < len(lines)})
    for part, (start, end) in enumerate(pairwise(bounds)):
        assert send(imports, part, *lines[start:end]).status == "imported"
    for number, size in enumerate(sizes):
        assert order(imports, f"O{number}") == [f"S{number}.{line}" for line in range(size)]
