"""JSON lines: objects as rows, nested values under dotted names, numbers as they are written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.reading.read_back import ReadBack, read_back, refusal
from wiseparts_pipeline.importing.faults import RefusalCode


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.jsonl"


def read_lines(path: Path, *lines: str, **file: Any) -> ReadBack:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return read_back(path, format="jsonl", **file)


def test_columns_are_the_names_that_any_object_has(path: Path) -> None:
    found = read_lines(path, '{"id": "1", "name": "Ω"}', '{"note": "x", "id": "2"}')
    assert found.columns == ["id", "name", "note"]
    assert found.cells == [["1", "Ω", ""], ["2", "", "x"]]


def test_nested_values_have_dotted_names_and_are_also_json_text(path: Path) -> None:
    found = read_lines(path, '{"customer": {"id": 7, "address": {"city": "Patras"}}, "tags": ["a", 1.50, {"b": null}]}')
    assert found.columns == ["customer", "customer.id", "customer.address", "customer.address.city", "tags"]
    assert found.cells == [
        ['{"id": 7, "address": {"city": "Patras"}}', "7", '{"city": "Patras"}', "Patras", '["a", 1.50, {"b": null}]']
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("12.10", "12.10"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("-1E5", "-1E5"),
        ('"00123"', "00123"),
        ("true", "true"),
        ("null", ""),
        ('"a\\nb\\u00e9"', "a\nbé"),
    ],
)
def test_a_value_is_its_text(path: Path, written: str, text: str) -> None:
    assert read_lines(path, f'{{"id": 1, "value": {written}}}').column("value") == [text]


@pytest.mark.parametrize(
    "line",
    [
        '{"id": 1, "id": 2}',
        '{"id": 1, "id": 1}',
        '{"id": 1, "customer": {"no": 1, "no": 2}}',
        '{"id": 1, "lines": [{"sku": "A", "sku": "B"}]}',
        '{"id": 1, "customer": {"no": 1}, "customer.no": 2}',
        '{"id": 1, "customer.no": 2, "customer": {"no": 1}}',
    ],
)
def test_a_line_that_gives_a_value_twice_is_malformed(path: Path, line: str) -> None:
    found = read_lines(path, '{"id": 7}', line)
    assert found.column("id") == ["7"]
    assert "is there twice" in (found.problems[2] or "")


def test_numbers_and_booleans_are_written_as_the_importer_reads_them(path: Path) -> None:
    found = read_lines(path, '{"a": 1.5, "b": false, "c": "1.5"}', decimal=",", false_values=["Nein"])
    assert found.cells == [["1,5", "Nein", "1.5"]]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("[1, 2]", 'The line is not a JSON object, like {"sku": "A-1"}.'),
        ('{"a": 1', "The line is not a JSON object: Expecting ',' delimiter at character 8."),
        ('{"a": NaN}', "The line is not a JSON object: NaN is not JSON, write null."),
        ('{"a": "\\ud800"}', "'a' has half a surrogate pair, which is no character."),
        ("[" * 100_000, "The line is a JSON object that is nested too deeply."),
        ("sku;name", "The line is not a JSON object: Expecting value at character 1."),
    ],
)
def test_a_line_that_is_not_an_object_is_a_malformed_row(path: Path, line: str, problem: str) -> None:
    found = read_lines(path, '{"a": 1}', "", line, '{"a": 2}')
    assert found.rows == {1: ["1"], 3: ["2"]}
    assert found.problems == {2: problem}
    assert found.lines == {1: 1, 2: 3, 3: 4}


def test_characters_that_postgresql_does_not_store_are_marked(path: Path) -> None:
    assert read_lines(path, '{"a": "x\\u0000"}').has_bad_bytes


@pytest.mark.parametrize(
    ("content", "code", "expected"),
    [
        ("", RefusalCode.EMPTY_FILE, "empty"),
        ('[\n  {"a": 1}\n]\n', RefusalCode.UNREADABLE, "one JSON document"),
        ('{\n  "a": 1\n}\n', RefusalCode.UNREADABLE, "one JSON document"),
        ('[{"a": 1}, {"a": 2}]', RefusalCode.UNREADABLE, "one JSON document"),
        ("sku;name\n1;2\n", RefusalCode.UNREADABLE, "No line of the file is a JSON object"),
        (json.dumps({f"2025-{day}": day for day in range(501)}), RefusalCode.UNREADABLE, "more than 500 different"),
    ],
)
def test_a_file_that_is_not_json_lines_is_refused(path: Path, content: str, code: RefusalCode, expected: str) -> None:
    path.write_text(content, encoding="utf-8")
    refused = refusal(path, format="jsonl")
    assert refused.code is code
    assert expected in str(refused)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, min_size=1, max_size=5))
def test_the_text_of_an_object_or_a_list_is_the_same_json(path: Path, values: list[object]) -> None:
    found = read_lines(path, *(json.dumps({"value": [value]}) for value in values))
    assert [json.loads(text) for text in found.column("value")] == [[value] for value in values]
