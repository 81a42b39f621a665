"""Text becomes exactly the value that a person would read in it, or is refused, whatever the other cells are."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.validation.conversion import Converted, convert

NAN = RowCode.NOT_A_NUMBER
RANGE = RowCode.OUT_OF_RANGE
ATHENS = "Europe/Athens"


def converted(cells: list[str | None], type_: Type, zone: str = "UTC", formats: Any = (), **file: Any) -> Converted:
    return convert(pa.array(cells, pa.string()), type_, FileFormat(**file), formats, zone)


def values(cells: list[str | None], type_: Type, **options: Any) -> list[Any]:
    """The value of each cell, or the code that refuses it."""
    result = converted(cells, type_, **options)
    found: list[Any] = result.values.to_pylist()
    for code, mask in result.faults.items():
        for row, faulty in enumerate(mask.to_pylist()):
            if faulty:
                assert found[row] is None
                found[row] = code
    return found


def value(cell: str, type_: Type, **options: Any) -> Any:
    return values([cell], type_, **options)[0]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12.5", "12.5"), ("+3", "3"), ("-0.5", "-0.5"), (".5", "0.5"), ("5.", "5"), ("007", "7"), ("1e3", "1000"),
        ("1.5E-2", "0.015"), ("0.0000004", "0"), ("0.0000005", "0.000001"), ("-0.0000005", "-0.000001"),
        ("1.12345650", "1.123457"), ("99999999999999.999999", "99999999999999.999999"), ("0e300", "0"),
        ("-0.0000000000", "0"), ("1e-300", "0"), ("." + "5" * 45, "0.555556"), ("-2." + "5" * 99, "-2.555556"),
        ("1." + "0" * 60, "1"), ("0" * 60 + "1", "1"), ("5" * 20 + "." + "5" * 50, RANGE), ("1" * 60, RANGE),
        ("100000000000000", RANGE), ("99999999999999.9999995", RANGE), ("-99999999999999.9999999", RANGE),
        ("1e14", RANGE), ("1e999", RANGE),
        ("1e-99999999999999999999", NAN), ("", NAN), (".", NAN), ("-", NAN), ("1,5", NAN), ("1 000", NAN),
        ("1_000", NAN), ("NaN", NAN), ("Infinity", NAN), ("0x1F", NAN), ("12 PCS", NAN), ("--1", NAN), ("١", NAN),
    ],
)  # fmt: skip
def test_a_number_is_exact_or_refused(cell: str, expected: str | RowCode) -> None:
    found = value(cell, Type.MONEY)
    assert found == (expected if isinstance(expected, RowCode) else Decimal(expected))


def test_rounding_to_the_scale_is_counted() -> None:
    assert converted(["1.0000001", "1.10000000", "2", None, "1e-9"], Type.NUMBER).rounded == 2


@pytest.mark.parametrize(
    ("cell", "decimal", "thousands", "expected"),
    [
        ("1234,5", ",", "", "1234.5"),
        ("1.234,50", ",", ".", "1234.5"),
        ("1.234.567,5", ",", ".", "1234567.5"),
        ("-1 234", ",", " ", "-1234"),
        ("1,234.5", ".", ",", "1234.5"),
        ("1234.5", ".", ",", "1234.5"),
        (",5", ",", ".", "0.5"),
        ("1,5e2", ",", "", "150"),
        ("1.23", ",", "", NAN),
        ("1.23", ",", ".", NAN),
        ("12.34,5", ",", ".", NAN),
        ("1.2345,5", ",", ".", NAN),
        (".234,5", ",", ".", NAN),
        ("1,234,5", ".", ",", NAN),
        ("1,5.000", ",", ".", NAN),
    ],
)
def test_the_signs_of_a_number_are_read_strictly(
    cell: str, decimal: str, thousands: str, expected: str | RowCode
) -> None:
    found = value(cell, Type.MONEY, decimal=decimal, thousands=thousands)
    assert found == (expected if isinstance(expected, RowCode) else Decimal(expected))


@given(number=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14) + 1, max_value=10**14 - 1))
def test_any_number_is_rounded_half_away_from_zero(number: Decimal) -> None:
    assert value(f"{number:f}", Type.MONEY) == number.quantize(Decimal("0.000001"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1", 1), ("-1", -1), ("+1", 1), ("1.0", 1), ("1.", 1), ("007", 7), ("-0", 0), ("0" * 40 + "7", 7),
        ("999999999999999999", 999999999999999999), ("9999999999999999999", RANGE), ("9" * 50, RANGE),
        ("1.5", NAN), ("0x1F", NAN), ("1e3", NAN), ("1,0", NAN), ("", NAN), ("one", NAN), ("+", NAN),
    ],
)  # fmt: skip
def test_a_whole_number_is_whole(cell: str, expected: object) -> None:
    assert value(cell, Type.INT) == expected


@pytest.mark.parametrize(
    ("cell", "formats", "expected"),
    [
        ("00:01:23", ["%H:%M:%S"], 83), ("27:00:01", ["%H:%M:%S"], 97_201), ("0:0:1.9", ["%H:%M:%S"], 1),
        ("1:23", ["%H:%M:%S", "%M:%S"], 83), ("90:00", ["%M:%S"], 5400), ("2 h 5 min", ["%H h %M min"], 7500),
        ("000130", ["%H%M%S"], 90), ("1000130.5", ["%H%M%S"], 360_090), ("130", ["%M%S"], 90), ("130", ["%H%M%S"], NAN),
        ("83", ["%S"], 83), ("83", ["%H:%M:%S"], NAN), ("-0:00:01", ["%H:%M:%S"], NAN), ("1:2:3:4", ["%H:%M:%S"], NAN),
    ],
)  # fmt: skip
def test_a_duration_is_whole_seconds(cell: str, formats: list[str], expected: object) -> None:
    assert value(cell, Type.INT, formats=formats) == expected


@pytest.mark.parametrize(
    ("cell", "formats", "expected"),
    [
        ("2025-01-31", ["%Y-%m-%d"], date(2025, 1, 31)),
        ("2025-1-5", ["%Y-%m-%d"], date(2025, 1, 5)),
        ("2025-01-31 23:59:59", ["%Y-%m-%d"], date(2025, 1, 31)),
        ("1969-12-31T10:00", ["%Y-%m-%d"], date(1969, 12, 31)),
        ("2025-01-31T23:30:00Z", ["%Y-%m-%d"], date(2025, 2, 1)),
        ("5/1/2025", ["%d/%m/%Y"], date(2025, 1, 5)),
        ("1736892000", ["epoch"], date(2025, 1, 15)),
        ("5/1/25", ["%d/%m/%y"], date(2025, 1, 5)),
        ("31.12.1899", ["%d.%m.%Y"], date(1899, 12, 31)),
        ("2025-03-04", ["%Y-%d-%m", "%Y-%m-%d"], date(2025, 4, 3)),
        ("04/03/2025", ["%m/%d/%Y", "%d/%m/%Y"], date(2025, 4, 3)),
        ("24/03/2025", ["%m/%d/%Y", "%d/%m/%Y"], date(2025, 3, 24)),
        ("2024-02-29", ["%Y-%m-%d"], date(2024, 2, 29)),
        ("9999-12-31", ["%Y-%m-%d"], date(9999, 12, 31)),
        ("2025-02-31", ["%Y-%m-%d"], None),
        ("31/02/2025", ["%d/%m/%Y"], None),
        ("20250231", ["%Y%m%d"], None),
        ("2025-02-29", ["%Y-%m-%d"], None),
        ("0000-01-01", ["%Y-%m-%d"], None),
        ("31/01/2025 10:00", ["%d/%m/%Y"], None),
        ("31/01/2025x", ["%d/%m/%Y"], None),
        ("now", ["%d/%m/%Y"], None),
        ("today", ["%Y-%m-%d"], None),
        ("nan", ["%Y-%m-%d"], None),
        ("45678", ["%Y-%m-%d"], None),
        ("-99999999999", ["epoch"], None),
        ("-99999999999999", ["epoch_ms"], None),
        ("9999-12-31T23:30:00Z", ["%Y-%m-%d"], None),
        ("9999-12-31T23:30:00+02:00", ["%Y-%m-%d"], date(9999, 12, 31)),
    ],
)
def test_a_date_is_a_day_of_the_calendar(cell: str, formats: list[str], expected: date | None) -> None:
    assert value(cell, Type.DATE, zone=ATHENS, date_formats=formats) == (expected or RowCode.NOT_A_DATE)


@pytest.mark.parametrize(
    ("cell", "formats", "expected"),
    [
        ("2025-01-14 09:52:05", ["%Y-%m-%d"], datetime(2025, 1, 14, 7, 52, 5)),
        ("2025-07-14T09:52", ["%Y-%m-%d"], datetime(2025, 7, 14, 6, 52)),
        ("2025-07-14", ["%Y-%m-%d"], datetime(2025, 7, 13, 21)),
        ("2025-01-14 09:52:05.1234567", ["%Y-%m-%d"], datetime(2025, 1, 14, 7, 52, 5, 123456)),
        ("2025-01-14T09:52:05Z", ["%Y-%m-%d"], datetime(2025, 1, 14, 9, 52, 5)),
        ("2025-01-14T09:52:05+05:30", ["%Y-%m-%d"], datetime(2025, 1, 14, 4, 22, 5)),
        ("14/1/2025 9:52", ["%d/%m/%Y %H:%M"], datetime(2025, 1, 14, 7, 52)),
        ("14/1/2025 9:52 -0500", ["%d/%m/%Y %H:%M %z"], datetime(2025, 1, 14, 14, 52)),
        # The clocks went from 03:00 to 04:00 on 30 March, and from 04:00 back to 03:00 on 26 October.
        ("2025-03-30 03:30", ["%Y-%m-%d"], datetime(2025, 3, 30, 1)),
        ("2025-10-26 03:30", ["%Y-%m-%d"], datetime(2025, 10, 26, 0, 30)),
        ("1736841125", ["epoch"], datetime(2025, 1, 14, 7, 52, 5)),
        ("1736841125.25", ["epoch"], datetime(2025, 1, 14, 7, 52, 5, 250000)),
        ("-1", ["epoch"], datetime(1969, 12, 31, 23, 59, 59)),
        ("2025-01-14 09:52:05", ["epoch", "%Y-%m-%d"], datetime(2025, 1, 14, 7, 52, 5)),
        ("1736841125", ["%Y-%m-%d"], None),
        ("1736841125.x", ["epoch"], None),
        ("1e9", ["epoch"], None),
        ("2025-01-14 24:00", ["%Y-%m-%d"], None),
        ("2025-02-30 10:00", ["%Y-%m-%d"], None),
        ("0001-01-01", ["%Y-%m-%d"], None),
        ("10:00", ["%Y-%m-%d"], None),
    ],
)
def test_a_time_is_in_the_importers_zone_unless_it_states_one(
    cell: str, formats: list[str], expected: datetime | None
) -> None:
    found = value(cell, Type.TIMESTAMP, zone=ATHENS, date_formats=formats)
    assert found == (expected.replace(tzinfo=UTC) if expected else RowCode.NOT_A_DATE)


def test_a_columns_own_format_comes_before_the_files() -> None:
    assert value("14/01/2025", Type.DATE, formats=["%d/%m/%Y"], date_formats=["%Y-%m-%d"]) == date(2025, 1, 14)


@given(
    moment=st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30)), offset=st.integers(-12, 14)
)
def test_an_iso_time_with_a_zone_is_that_moment(moment: datetime, offset: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(hours=offset)))
    assert value(zoned.isoformat(), Type.TIMESTAMP, zone=ATHENS) == zoned


@pytest.mark.parametrize("zone", ["Z", "+02", "+0200", "+02:00"])
def test_the_zone_of_an_iso_time_may_be_written_as_databases_do(zone: str) -> None:
    hours = 0 if zone == "Z" else 2
    assert value(f"2026-01-05 10:00:00{zone}", Type.TIMESTAMP, zone=ATHENS) == datetime(
        2026, 1, 5, 10 - hours, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("cell", "expected"), [("Y", True), ("YES", True), ("True", True), ("0", False), ("n", False), ("maybe", None)]
)
def test_a_truth_value_is_one_that_the_settings_name(cell: str, expected: bool | None) -> None:
    assert value(cell, Type.BOOL) == (RowCode.NOT_A_BOOL if expected is None else expected)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("A|B", ["A", "B"]), ("A; B;", ["A", "B"]), ("A,B", ["A", "B"]), ("A", ["A"]), ("a,b|c", ["a,b", "c"]),
        ('["A", "B,\\"C"]', ["A", 'B,"C']), ("[1, 2.50]", ["1", "2.50"]), ("[]", []), (r"a\b|{c}", ["a\\b", "{c}"]),
        ('x"y|NULL', ['x"y', "NULL"]),
        ('["A"', None), ("[null]", None), ("[true]", None), ('[["A"]]', None), ('["\\u0000"]', None),
        ('["\\ud800"]', None),
    ],
)  # fmt: skip
def test_a_list_may_be_written_in_several_ways(cell: str, expected: list[str] | None, postgres_url: str) -> None:
    found = value(cell, Type.TEXT_LIST)
    if expected is None:
        assert found is RowCode.BAD_FORMAT
    else:
        assert in_database(postgres_url, "select %s::text[]", found) == expected


@pytest.mark.parametrize(
    "cell", ['{"a": [1, 2.50, null, "é"]}', "null", "7", '"text"', "[]", '{"a": 1e5}', '{"a": "\\ud83d\\ude00"}']
)
def test_json_is_kept_as_it_came(cell: str, postgres_url: str) -> None:
    assert value(cell, Type.JSON) == cell
    assert in_database(postgres_url, "select %s::jsonb", cell) == json.loads(cell)


@pytest.mark.parametrize(
    "cell",
    ["{", "{'a': 1}", "NaN", '{"a": "\\u0000"}', '{"a": "\\ud800"}', "1e999999", "[" * 100_000, "{a: 1}", "1e-999999"],
)
def test_json_that_the_database_would_not_accept_is_refused(cell: str) -> None:
    assert value(cell, Type.JSON) is RowCode.BAD_FORMAT


def in_database(url: str, query: Any, text: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(query, [text]).fetchone()
    assert row is not None
    return row[0]


NUMBER_LIKE = st.from_regex(r"[+-]?[0-9]{0,16}[.,]?[0-9]{0,9}([eE][+-]?[0-9]{0,2})?", fullmatch=True)
DATE_LIKE = st.one_of(
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat(" ")),
    st.from_regex(
        r"[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}([ T][0-9]{1,2}(:[0-9]{1,2}){0,2}(\.[0-9]{1,9})?Z?)?", fullmatch=True
    ),
)  # fmt: skip
CELLS: dict[Type, st.SearchStrategy[str]] = {
    Type.MONEY: NUMBER_LIKE,
    Type.INT: NUMBER_LIKE,
    Type.DATE: DATE_LIKE,
    Type.TIMESTAMP: DATE_LIKE,
    Type.BOOL: st.sampled_from(["1", "no", "Yes", "x", ""]),
    Type.TEXT_LIST: st.text('[]",|a\\'),
    Type.JSON: st.text('[]{}":,a1'),
}


@pytest.mark.parametrize("type_", CELLS, ids=str)
@pytest.mark.parametrize("file", [{}, {"decimal": ",", "thousands": ".", "date_formats": ["%d/%m/%Y", "%Y-%m-%d"]}])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_cell_is_read_the_same_whatever_the_other_cells_are(
    type_: Type, file: dict[str, Any], data: st.DataObject
) -> None:
    cells: list[str | None] = [*data.draw(st.lists(CELLS[type_], min_size=1, max_size=6)), None]
    alone = [values([cell], type_, zone=ATHENS, **file)[0] for cell in cells]
    together = values([*cells, "bad", "1.23456789", "31/02/2025"], type_, zone=ATHENS, **file)
    assert together[: len(cells)] == alone
    assert values(cells, type_, zone=ATHENS, **file) == alone


@pytest.fixture(scope="module")
def as_written(postgres_url: str) -> Callable[[str, Type], Any]:
    """What PostgreSQL reads in a literal."""

    def read(literal: str, type_: Type) -> Any:
        return in_database(postgres_url, f"select %s::{type_.sql}", literal)

    return read


@settings(max_examples=150, deadline=None)
@given(cell=NUMBER_LIKE | DATE_LIKE, type_=st.sampled_from([Type.MONEY, Type.INT, Type.DATE]))
def test_a_literal_is_read_by_the_database_as_the_same_value(
    cell: str, type_: Type, as_written: Callable[[str, Type], Any]
) -> None:
    result = converted([cell], type_)
    if (
        result.literals is not None
        and result.literals[0].is_valid
        and not any(m[0].as_py() for m in result.faults.values())
    ):
        assert as_written(result.literals[0].as_py(), type_) == result.values[0].as_py()


@pytest.mark.parametrize(("zone", "unsure"), [(ATHENS, 2), ("UTC", 0), ("Etc/GMT-2", 0), ("America/New_York", 0)])
def test_times_in_the_hour_when_clocks_change_are_counted(zone: str, unsure: int) -> None:
    cells = ["2025-03-30 03:30", "2025-10-26 03:30", "2025-10-26 04:00", None, "x", "2025-03-30 03:30+02:00"]
    assert converted(cells, Type.TIMESTAMP, zone=zone).unsure_times == unsure
