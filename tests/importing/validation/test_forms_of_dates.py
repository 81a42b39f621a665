"""Dates as day numbers, as counts from 1970, with months in words, and with two-digit years."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.faults import RowCode
from wiseparts_pipeline.importing.validation.conversion import convert, date_hints

THIS_YEAR = datetime.now(UTC).year


def read(cell: str, *formats: str, type_: Type = Type.DATE, looks_ahead: bool = False, **file: Any) -> Any:
    """The value of a cell; None where it is rejected."""
    cells = pa.array([cell, None])
    found = convert(cells, type_, FileFormat(date_formats=formats, **file), (), "UTC", looks_ahead=looks_ahead)
    value = found.values[0].as_py()
    rejected = found.faults.get(RowCode.NOT_A_DATE, pa.array([False]))
    assert rejected[0].as_py() is (value is None)
    return value


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("46037", date(2026, 1, 15)), ("46037.75", date(2026, 1, 15)), ("46037,75", date(2026, 1, 15)),
        ("1", date(1900, 1, 1)), ("59", date(1900, 2, 28)), ("61", date(1900, 3, 1)), ("2958465", date(9999, 12, 31)),
        ("60", None), ("60.5", None), ("0", None), ("0.5", None), ("-1", None), ("2958466", None), ("20260115", None),
        ("46.037,5", None), ("4.6e4", None), ("46037.", None), ("2958465.99999999999", None),
    ],
)  # fmt: skip
def test_excel_counts_days_from_1900(cell: str, expected: date | None) -> None:
    assert read(cell, "excel") == expected


def test_excel_has_the_time_as_a_fraction_of_a_day() -> None:
    assert read("46037.4236111111", "excel", type_=Type.TIMESTAMP) == datetime(2026, 1, 15, 10, 10, tzinfo=UTC)


@settings(max_examples=100, deadline=None)
@given(moment=st.datetimes(min_value=datetime(1900, 3, 1), max_value=datetime(9998, 1, 1)))
def test_any_moment_is_read_back_from_excels_number(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    number = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    assert read(f"{number:.15g}", "excel", type_=Type.TIMESTAMP) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "format_", "expected"),
    [
        ("1769853600123", "epoch_ms", datetime(2026, 1, 31, 10, 0, 0, 123_000)),
        ("1769853600", "epoch", datetime(2026, 1, 31, 10)),
        ("1769853600", "epoch_ms", None),
        ("1769853600123", "epoch", None),
        ("46037", "epoch", None),
        ("46037", "epoch_ms", None),
    ],
)
def test_seconds_and_milliseconds_are_not_taken_for_each_other(
    cell: str, format_: str, expected: datetime | None
) -> None:
    assert read(cell, format_, type_=Type.TIMESTAMP) == (expected and expected.replace(tzinfo=UTC))


def test_formats_of_numbers_may_stand_beside_others() -> None:
    for cell in ("46037", "15/01/2026", "1768435200", "1768435200000"):
        assert read(cell, "%d/%m/%Y", "excel", "epoch", "epoch_ms") == date(2026, 1, 15)


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("46037", "46037 is Excel's number for 15 January 2026: if that is meant, add `excel` to `date_formats`."),
        ("1769853600", "seconds since 1970 until 31 January 2026: if that is meant, add `epoch` to"),
        ("1769853600123", "add `epoch_ms` to `date_formats`."),
        ("12", ""),
        ("20260115", ""),
        ("-99999999999", ""),
    ],
)
def test_a_number_that_looks_like_a_date_is_told_as_one(cell: str, hint: str) -> None:
    found = date_hints([cell, None], "`date_formats`", ["%Y-%m-%d"])
    assert hint in found[0]
    assert bool(hint) is bool(found[0])


@pytest.mark.parametrize(
    ("cell", "format_", "expected"),
    [
        ("01122025", "%d%m%Y", date(2025, 12, 1)),
        ("1122025", "%d%m%Y", None),
        ("20251101", "%Y%m%d", date(2025, 11, 1)),
        ("2025111", "%Y%m%d", None),
        ("011225", "%d%m%y", date(2025, 12, 1)),
        ("11225", "%d%m%y", None),
        ("5.1225", "%d.%m%y", date(2025, 12, 5)),
        ("20251201 9:05", "%Y%m%d %H:%M", date(2025, 12, 1)),
        ("20251201 905", "%Y%m%d %H%M", None),
        ("1Dec2025", "%d%b%Y", date(2025, 12, 1)),
        ("2025335", "%Y%j", date(2025, 12, 1)),
    ],
)
def test_digits_that_are_not_divided_are_all_there(cell: str, format_: str, expected: date | None) -> None:
    assert read(cell, format_) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "15 Mar 2026", "15 MARCH 2026", "15 März 2026", "15 Mrz. 2026", "15 maart 2026", "15 mrt 2026", "15 mars 2026",
        "15 Μαρτίου 2026", "15 ΜΑΡ 2026", "15 Μάρτιος 2026", "15 Ma\u0308rz 2026",
    ],
)  # fmt: skip
@pytest.mark.parametrize("format_", ["%d %b %Y", "%d %B %Y"])
def test_a_month_is_named_in_any_language_long_or_short(cell: str, format_: str) -> None:
    assert read(cell, format_) == date(2026, 3, 15)


@pytest.mark.parametrize(
    ("cell", "format_", "expected"),
    [
        ("31.Dez.2025", "%d.%b.%Y", date(2025, 12, 31)),
        ("31. Dezember 2025", "%d. %B %Y", date(2025, 12, 31)),
        ("1 févr. 2026", "%d %b %Y", date(2026, 2, 1)),
        ("1 août 2026", "%d %B %Y", date(2026, 8, 1)),
        ("3-maj-26", "%d-%b-%y", date(2026, 5, 3)),
        ("1 juil. 2026 10:30", "%d %b %Y %H:%M", date(2026, 7, 1)),
        ("1 jui 2026", "%d %b %Y", None),
        ("31 Feb 2026", "%d %b %Y", None),
        ("1 Foo 2026", "%d %b %Y", None),
    ],
)
def test_a_month_in_words_fits_the_rest_of_the_format(cell: str, format_: str, expected: date | None) -> None:
    assert read(cell, format_) == expected


def test_a_day_that_has_been_is_in_the_past() -> None:
    assert read("31/12/65", "%d/%m/%y") == date(1965, 12, 31)
    assert read("12/03/58", "%d/%m/%y") == date(1958, 3, 12)
    assert read("29/02/00", "%d/%m/%y") == date(2000, 2, 29)
    assert read(f"01/01/{THIS_YEAR % 100:02}", "%d/%m/%y") == date(THIS_YEAR, 1, 1)


@pytest.mark.parametrize("ahead", [2, 10, 20])
def test_a_century_that_is_not_sure_rejects_the_date_unless_the_column_looks_ahead(ahead: int) -> None:
    cell = f"01/01/{(THIS_YEAR + ahead) % 100:02}"
    assert read(cell, "%d/%m/%y") is None
    assert "`two_digit_years_from`" in date_hints([cell], "`date_formats`", ["%d/%m/%y"])[0]
    assert read(cell, "%d/%m/%y", looks_ahead=True) == date(THIS_YEAR + ahead, 1, 1)


def test_a_date_after_twenty_years_is_of_the_last_century() -> None:
    assert read("01/01/65", "%d/%m/%y", looks_ahead=True) == date(1965, 1, 1)


@pytest.mark.parametrize(
    ("first", "cell", "expected"),
    [
        (1930, "01/01/30", date(1930, 1, 1)), (1930, "01/01/29", date(2029, 1, 1)),
        (2000, "01/01/99", date(2099, 1, 1)),
        (1890, "29/02/00", None), (1890, "01/01/89", date(1989, 1, 1)),
    ],
)  # fmt: skip
def test_the_settings_may_say_where_the_hundred_years_begin(first: int, cell: str, expected: date | None) -> None:
    assert read(cell, "%d/%m/%y", two_digit_years_from=first) == expected


@pytest.mark.parametrize("zone", ["+0200", "Z"])
def test_a_zone_does_not_change_the_century(zone: str) -> None:
    assert read(f"31/12/65 10:00 {zone}", "%d/%m/%y %H:%M %z") == date(1965, 12, 31)


@pytest.mark.parametrize("format_", ["%Y %U", "%W", "%G-%m-%d", "%Y-%m-%d %z %Z", "%G-%V %j"])
def test_a_format_that_could_not_be_read_is_a_wrong_configuration(format_: str) -> None:
    with pytest.raises(ValueError, match="is not a date format"):
        FileFormat(date_formats=(format_,))


@pytest.mark.parametrize("format_", ["%G-%V-%u", "%Y %W %w", "%d %b %Y %Z"])
def test_weeks_and_names_of_zones_may_be_in_a_format(format_: str) -> None:
    assert FileFormat(date_formats=(format_,)).date_formats == (format_,)
