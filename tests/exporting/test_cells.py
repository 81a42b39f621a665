"""Values become cells in the exporter's dialect, and cells rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wiseparts_pipeline.config.exports.files import ExportFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.exporting.content.cells import Dialect


def dialect(zone: str = "Europe/Athens", **attributes: Any) -> Dialect:
    return Dialect(ExportFormat(**attributes), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (Type.MONEY, "48.900000", "48.90"),
        (Type.MONEY, "48.905000", "48.905"),
        (Type.MONEY, "-5.000000", "-5.00"),
        (Type.MONEY, "0.000001", "0.000001"),
        (Type.MONEY, "12345678901234.560000", "12345678901234.56"),
        (Type.NUMBER, "2.000000", "2"),
        (Type.NUMBER, "100.000000", "100"),
        (Type.NUMBER, "0.500000", "0.5"),
        (Type.NUMBER, "1E+3", "1000"),
        (Type.NUMBER, "0E-6", "0"),
    ],
)
def test_numbers_are_plain(type_: Type, value: str, text: str) -> None:
    assert dialect().text(Decimal(value), type_) == text


def test_numbers_have_the_decimal_sign_and_nothing_between_thousands() -> None:
    assert dialect(decimal=",", delimiter=";").text(Decimal("1234567.500000"), Type.MONEY) == "1234567,50"


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (Type.INT, -3, "-3"),
        (Type.BOOL, True, "1"),
        (Type.BOOL, False, "0"),
        (Type.TEXT, "00123", "00123"),
        (Type.DATE, date(2026, 3, 1), "2026-03-01"),
        (Type.DATE, date(206, 3, 1), "0206-03-01"),
        (Type.TEXT_LIST, ["a", "b c"], "a|b c"),
        (Type.JSON, {"ä": [1, None]}, '{"ä":[1,null]}'),
    ],
)
def test_other_values_are_written_as_the_settings_say(type_: Type, value: Any, text: str) -> None:
    assert dialect().text(value, type_) == text


def test_no_row_is_a_blank_line() -> None:
    assert dialect().row([""]) == '""\r\n'
    assert dialect(delimiter="\t").row(["", ""]) == "\t\r\n"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 1, 22, 30, 5, tzinfo=UTC), "2026-03-02T00:30:05+0200"),
        (datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC), "2026-07-02T01:30:05+0300"),
        # The hour that comes twice.
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T03:30:00+0300"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T03:30:00+0200"),
    ],
)
def test_times_are_those_of_the_zone(moment: datetime, text: str) -> None:
    assert dialect().text(moment, Type.TIMESTAMP) == text


def test_a_percent_sign_of_a_format_stays() -> None:
    assert dialect(date_format="%%Y %d/%m/%Y").text(date(2026, 3, 1), Type.DATE) == "%Y 01/03/2026"


@pytest.mark.parametrize(
    ("type_", "value"),
    [(Type.TIMESTAMP, datetime(9999, 12, 31, 23, 30, tzinfo=UTC)), (Type.TEXT_LIST, ["a", "b|c"])],
)
def test_a_value_that_would_become_another_is_an_error(type_: Type, value: Any) -> None:
    with pytest.raises(ValueError, match=r"time that Europe/Athens does not have|an item with a \|"):
        dialect().text(value, type_)


@pytest.mark.parametrize(
    ("attributes", "cells", "row"),
    [
        ({}, ["a", "", "b"], "a,,b\r\n"),
        ({}, ['say "x"', "a,b", "a\rb", "a\nb"], '"say ""x""","a,b","a\rb","a\nb"\r\n'),
        ({"quote": "'"}, ["o'clock", 'say "x"'], "'o''clock',say \"x\"\r\n"),
        ({"delimiter": ";", "decimal": ","}, ["1,50", "a;b"], '1,50;"a;b"\r\n'),
        ({"row_end": "&|\n"}, ["a&b", "c"], '"a&b",c&|\n'),
        ({"quote": "", "delimiter": "\\t"}, ['say "x"', "a,b"], 'say "x"\ta,b\r\n'),
    ],
)
def test_cells_have_quotes_where_they_need_them(attributes: dict[str, str], cells: list[str], row: str) -> None:
    assert dialect(**attributes).row(cells) == row


@pytest.mark.parametrize(
    ("attributes", "content"),
    [
        ({"encoding": "cp1253"}, b"\xe1\r\n"),
        ({"bom": True}, b"\xef\xbb\xbf\xce\xb1\r\n"),
        ({"encoding": "utf-8-sig", "bom": True}, b"\xef\xbb\xbf\xce\xb1\r\n"),
        ({"encoding": "utf-16-le", "bom": True}, b"\xff\xfe\xb1\x03\r\0\n\0"),
        ({"encoding": "utf-16", "bom": True}, "\ufeffα\r\n".encode("utf-16-le")),
    ],
)
def test_a_file_has_one_byte_order_mark_or_none(attributes: dict[str, Any], content: bytes) -> None:
    chosen = dialect(**attributes)
    assert chosen.encode([chosen.row(["α"])]) == content
