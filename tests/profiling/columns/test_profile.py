"""What the cells of columns can be read as."""

import pytest

from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.profiling.columns.profile import ColumnProfile, Conventions, find_values
from wiseparts_pipeline.profiling.finding import Confidence


def of(*cells: str, european: bool = False) -> tuple[ColumnProfile, Conventions]:
    (column,), conventions = find_values({"column": cells}, european=european)
    return column, conventions


@pytest.mark.parametrize(
    ("cells", "decimal", "thousands"),
    [
        (("1.50", "12"), ".", ""),
        (("1,50", "12"), ",", ""),
        (("1.234,50", "12,00"), ",", "."),
        (("1,234.50", "12.00"), ".", ","),
        (("1 234,50", "12,00"), ",", " "),
        (("1'234.50", "12.00"), ".", "'"),
        (("0,125", "1,5"), ",", ""),
        (("-1.234.567", "12,5"), ",", "."),
    ],
)
def test_decimal_mark_and_thousands_separator_are_found(cells: tuple[str, ...], decimal: str, thousands: str) -> None:
    column, conventions = of(*cells)

    assert conventions.numbers.value == (decimal, thousands)
    assert conventions.numbers.confidence is Confidence.SURE
    assert column.type is Type.NUMBER


@pytest.mark.parametrize(("european", "decimal"), [(True, ","), (False, ".")])
def test_1_234_is_ambiguous_and_a_guess(european: bool, decimal: str) -> None:
    _, conventions = of("1.234", "5.678", european=european)

    assert conventions.numbers.value[0] == decimal
    assert conventions.numbers.confidence is Confidence.GUESS


def test_a_sign_only_in_numbers_above_999_is_a_separator() -> None:
    _, conventions = of("12", "999", "1.234")

    assert conventions.numbers.value == (",", ".")
    assert conventions.numbers.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (("2025-01-31", "2025-02-01"), ("%Y-%m-%d",)),
        (("2025-01-31 10:00:00", "2025-02-01T10:00:00Z"), ("%Y-%m-%d",)),
        (("31/01/2025", "1/2/2025"), ("%d/%m/%Y",)),
        (("01/31/2025", "2/1/2025"), ("%m/%d/%Y",)),
        (("31.01.25", "01.02.25"), ("%d.%m.%y",)),
        (("31-01-2025 10:15", "01-02-2025 09:00"), ("%d-%m-%Y %H:%M",)),
        (("01/31/2025 10:15:00 PM", "02/01/2025 09:00:00 AM"), ("%m/%d/%Y %I:%M:%S %p",)),
        (("2025-01-31 10:00:00 +0200", "2025-02-01 10:00:00 +0200"), ("%Y-%m-%d %H:%M:%S %z",)),
        (("2025/01/31", "2025/02/01"), ("%Y/%m/%d",)),
        (("31-Jan-2025", "01-Feb-2025"), ("%d-%b-%Y",)),
        (("31. Januar 2025", "1. März 2025"), ("%d. %B %Y", "%d. %b %Y")),
        (("31 janvier 2025", "1 août 2025"), ("%d %B %Y", "%d %b %Y")),
        (("31 Ιανουαρίου 2025", "1 Φεβρουαρίου 2025"), ("%d %B %Y",)),
        (("31 gennaio 2025", "1 dicembre 2025"), ("%d %B %Y",)),
        (("31-ene-2025", "1-dic-2025"), ("%d-%b-%Y",)),
        (("January 31, 2025", "February 1, 2025"), ("%B %d, %Y",)),
        (("46037", "46038.5", "46039"), ("excel",)),
        (("1769853600", "1769853660"), ("epoch",)),
        (("1769853600123", "1769853660000"), ("epoch_ms",)),
        (("20250131", "20250201"), ("%Y%m%d",)),
        (("1/31/2025", "1/31/2025", "2025-01-31"), ("%m/%d/%Y", "%Y-%m-%d")),
    ],
)
def test_a_date_is_recognised_by_its_form(cells: tuple[str, ...], formats: tuple[str, ...]) -> None:
    column, _ = of(*cells)

    assert column.formats == formats
    assert {Type.DATE, Type.TIMESTAMP} <= column.types


def test_a_day_above_12_decides_for_the_other_columns_too() -> None:
    columns, conventions = find_values({"a": ["25/01/2025"], "b": ["01/02/2025"]}, european=False)

    assert columns[1].formats == ("%d/%m/%Y",)
    assert conventions.date_formats.confidence is Confidence.SURE


@pytest.mark.parametrize(("european", "formats"), [(True, ("%d/%m/%Y",)), (False, ("%m/%d/%Y",))])
def test_an_undecided_order_of_day_and_month_is_a_guess(european: bool, formats: tuple[str, ...]) -> None:
    column, conventions = of("01/02/2025", "03/04/2025", european=european)

    assert column.formats == formats
    assert conventions.date_formats.confidence is Confidence.GUESS


def test_there_is_no_31st_month() -> None:
    assert of("31/31/2025", "45/01/2025")[0].type is Type.TEXT


@pytest.mark.parametrize(
    "cells", [("Ja", "Nein"), ("J", "N"), ("oui", "non"), ("Ναι", "Όχι"), ("t", "f"), ("1", "0"), ("X", ""), ("YES",)]
)
def test_truth_values_are_recognised_in_several_languages(cells: tuple[str, ...]) -> None:
    assert Type.BOOL in of(*cells)[0].types


def test_nulls_count_as_empty() -> None:
    column, conventions = of("12.5", "\\N", "-", "", "3.0")

    assert (column.type, column.filled, column.empty) == (Type.NUMBER, 2, 3)
    assert conventions.null_values == ("-", "\\N")


def test_a_dash_among_words_is_text() -> None:
    assert of("A", "-", "B")[1].null_values == ()


def test_a_number_with_a_currency_is_a_number() -> None:
    column, _ = of("€ 12,50", "€ 7,00")

    assert (column.type, column.currency) == (Type.NUMBER, "EUR")


@pytest.mark.parametrize(
    "cells", [("5,00-", "1.200,50"), ("(5,00)", "1.200,50"), ("−5,00", "1.200,50"), ("+5,00", "1.200,50")]
)
def test_a_number_may_have_its_sign_in_any_form_that_imports_read(cells: tuple[str, ...]) -> None:
    column, conventions = of(*cells)

    assert (column.type, conventions.numbers.value) == (Type.NUMBER, (",", "."))


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", " ", "\u2009"])
def test_any_blank_between_digits_is_the_same_separator(blank: str) -> None:
    assert of(f"1{blank}234,50", "12,00")[1].numbers.value == (",", " ")


def test_percentages_are_numbers_that_are_no_money() -> None:
    column, _ = of("15 %", "7.5%")

    assert column.is_percentage
    assert (Type.NUMBER in column.types, Type.MONEY in column.types) == (True, False)


def test_counted_days_are_numbers_unless_the_name_says_otherwise() -> None:
    assert of("46037", "46038")[0].type is Type.INT


def test_a_word_is_no_month() -> None:
    assert of("12 Screws 2025", "13 Belts 2025")[0].type is Type.TEXT


def test_one_of_three_cells_may_be_wrong() -> None:
    assert of("12.5", "many", "7")[0].type is Type.NUMBER
    assert of("12.5", "many")[0].type is Type.TEXT


def test_a_few_bad_cells_do_not_hide_the_type() -> None:
    column, _ = of(*["12.5"] * 30, "n.v.t.")

    assert (column.type, column.misfits) == (Type.NUMBER, 1)


@pytest.mark.parametrize(
    ("cell", "shape"),
    [
        ("a@b.example", "email"),
        ("A > B > C", "path"),
        ("https://b.example/a.jpg", "url"),
        ("17850.0", "decimal_number"),
        ("4006381333931", "barcode"),
        ("+30 210 1234567", "phone"),
    ],
)
def test_the_kind_of_text_is_recognised_by_its_shape(cell: str, shape: str) -> None:
    assert of(cell)[0].shape == shape


def test_dates_close_together_if_the_day_comes_first_are_read_that_way() -> None:
    _, conventions = of(*(f"{day:02}/08/2024" for day in range(1, 10)))

    assert conventions.date_formats.value == ("%d/%m/%Y",)
    assert conventions.date_formats.confidence is Confidence.GUESS
