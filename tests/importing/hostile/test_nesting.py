"""What is nested deeper than any data: a fault of the row or a refusal, never an exception."""

import json
from pathlib import Path

import pytest

from tests.importing.drop import Drop, counts
from tests.importing.hostile.limited import read_with_limits
from tests.importing.reading.read_back import read_back, refusal
from wiseparts_pipeline.config.expression import Expression, ExpressionError
from wiseparts_pipeline.importing.faults import RefusalCode
from wiseparts_pipeline.importing.ledger.outcome import Status

QUOTE = {"quote_id": "A", "line_no": 1, "status": "won", "quoted_on": "2025-01-31", "currency": "EUR"}


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("depth", [101, 350, 900, 5_000, 200_000])
@pytest.mark.parametrize("form", ["list", "object"])
def test_a_json_line_that_is_nested_too_deeply_is_a_rejected_row(tmp_path: Path, depth: int, form: str) -> None:
    value = nested(depth) if form == "list" else '{"a": ' * depth + "1" + "}" * depth
    path = tmp_path / "file.jsonl"
    path.write_text(f'{{"a": 1}}\n{{"a": {value}}}\n{{"a": 2}}\n')
    found = read_back(path, format="jsonl")
    assert found.rows == {1: ["1"], 3: ["2"]}
    assert found.problems == {2: "The line is a JSON object that is nested too deeply."}


def test_a_json_line_that_is_nested_as_deeply_as_allowed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text(json.dumps({"a": json.loads(nested(99))}) + "\n")
    assert read_back(path, format="jsonl").cells == [[nested(99)]]


@pytest.mark.parametrize("depth", [350, 3_000])
def test_the_other_lines_of_such_a_file_are_imported(drop: Drop, depth: int) -> None:
    quotes = drop.of("quotes", file={"format": "jsonl"}, pattern="*.jsonl")
    deep = json.dumps(QUOTE | {"quote_id": "B", "note": 0}).replace('"note": 0', f'"note": {nested(depth)}')
    result = quotes.imported("a.jsonl", f"{json.dumps(QUOTE)}\n{deep}\n")
    assert (result.status, counts(result)) == (
        Status.IMPORTED_WITH_ERRORS,
        {"read": 2, "created": 1, "rejected": 1},
    )
    assert "nested too deeply" in result.rejected[0].message


@pytest.mark.parametrize("depth", [350, 3_000, 100_000])
def test_a_list_of_rows_that_is_nested_too_deeply_is_a_rejected_row(drop: Drop, depth: int) -> None:
    quotes = drop.of("quotes", file={"rows_in": "lines"})
    result = quotes.imported("a.csv", f'quote_id,lines\nA,"{nested(depth)}"\n')
    assert result.status is Status.REFUSED or counts(result) == {"read": 1, "rejected": 1}
    assert result.file.error_code != "program_fault"


@pytest.mark.parametrize("depth", [350, 3_000, 100_000])
def test_json_in_a_cell_that_is_nested_deeply_is_stored_or_rejected(drop: Drop, depth: int) -> None:
    products = drop.of("products")
    result = products.imported("a.csv", f'product_id,sku,name,attributes\nA,A,a,"{nested(depth)}"\nB,B,b,\n')
    assert result.file.error_code is None
    found = counts(result)
    assert found.get("created", 0) + found.get("rejected", 0) == found["read"] == 2


@pytest.mark.parametrize("depth", [101, 100_000])
def test_xml_that_is_nested_too_deeply_is_refused(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "file.xml"
    path.write_text(f"<r><row>{'<a>' * depth}x{'</a>' * depth}</row></r>")
    refused = refusal(path, format="xml", row_element="row")
    assert refused.code is RefusalCode.UNREADABLE
    assert "nested more than 100 deep" in str(refused)


def test_texts_around_rows_that_change_with_every_row_take_bounded_time(tmp_path: Path) -> None:
    """Thousands of elements around the rows, that occur twice and so belong to none of them."""
    names = "".join(f"<n{number}/><n{number}/>" for number in range(400))
    levels = "".join(f"<l{level}>{names}" for level in range(40))
    path = tmp_path / "file.xml"
    path.write_text(
        f"<r>{levels}{'<x/><row>1</row>' * 20_000}{''.join(f'</l{level}>' for level in range(39, -1, -1))}</r>"
    )
    assert read_with_limits(path, format="xml", row_element="row").code == "unreadable"


@pytest.mark.parametrize(
    "text",
    ["(" * 5_000 + "a" + ")" * 5_000, "-" * 3_000 + "a", "+".join(["a"] * 4_000), "a" * 20_000],
)
def test_arithmetic_that_is_nested_too_deeply_is_a_wrong_configuration(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text)


def test_a_sum_of_very_many_columns_is_possible() -> None:
    assert Expression(" + ".join(f"a{number}" for number in range(150))).names[-1] == "a149"


def test_a_long_text_around_very_many_rows_is_refused(tmp_path: Path) -> None:
    """A hundred gigabytes of cells, from two megabytes."""
    path = tmp_path / "file.xml"
    path.write_text(f"<r><note>{'x' * 1_000_000}</note>{'<row>1</row>' * 100_000}</r>")
    assert read_with_limits(path, format="xml", row_element="row").code == "archive_limit"


def test_a_long_text_around_some_rows_is_one_of_each(tmp_path: Path) -> None:
    path = tmp_path / "file.xml"
    path.write_text(f"<r><note>{'x' * 500_000}</note>{'<row>1</row>' * 20}</r>")
    found = read_back(path, format="xml", row_element="row")
    assert {len(each) for each in found.column("../note")} == {500_000}
