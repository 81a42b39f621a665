"""The forms in which people and programs write numbers; whatever may be read in two ways is no number."""

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.validation.conversion import convert

BLANKS = (" ", "\xa0", "\u202f", "\u2009", "\u2007", "\u3000")
STYLES = [(".", ""), (",", ""), (",", "."), (".", ","), (",", " "), (".", " "), (".", "'"), (",", "\u202f")]


def read(cell: str, type_: Type = Type.MONEY, *, percentage: bool = False, **file: Any) -> Decimal | int | None:
    """The number in a cell; None where it is rejected."""
    found = convert(pa.array([cell, "7"]), type_, FileFormat(**file), (), "UTC", percentage=percentage)
    number: Decimal | int | None = found.values[0].as_py()
    assert found.values[1].as_py() == 7
    assert any(mask[0].as_py() for mask in found.faults.values()) is (number is None)
    return number


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1.234,56-", "-1234.56"), ("238,00 -", "-238"), ("5\u2212", "-5"), ("5,00+", "5"),
        ("(1.234,56)", "-1234.56"), ("( 5,5 )", "-5.5"),
        ("\u22125", "-5"), ("–5,5", "-5.5"), ("—5", "-5"), ("\u20115", "-5"), ("- 5", "-5"), ("-\xa05", "-5"),
        ("1.234,56 €", "1234.56"), ("€ 1.234,56", "1234.56"), ("€5", "5"), ("EUR 5", "5"), ("5EUR", "5"),
        ("5 kr.", "5"),
        ("-1.000,00 €", "-1000"), ("€ -5", "-5"), ("-€5", "-5"), ("5,00- EUR", "-5"), ("5,00 €-", "-5"),
        ("(5,00 €)", "-5"), ("€ (5)", "-5"), ("(€5)", "-5"), ("US$5", "5"), ("\u2212£3", "-3"), ("₹ 12", "12"),
    ],
)  # fmt: skip
def test_a_sign_may_stand_behind_or_be_brackets_and_a_currency_beside(cell: str, expected: str) -> None:
    assert read(cell, decimal=",", thousands=".") == Decimal(expected)


@pytest.mark.parametrize(
    "cell",
    [
        "--5", "+-5", "-5-", "-(5)", "(-5)", "(5)-", "(5", "5)", "((5))", "- € - 5",
        "1200.-", "1200,-", "1200.–", "5–", "-", "()", "€", "(€)",
        "'-75,63", "’5", "5 PCS", "5 x", "€ 5 €", "EUR 5 EUR", "E 5 UR", "5%", "5 %", "~5", "5..6",
        "5 6", "1.50", "5/6",
    ],
)  # fmt: skip
def test_what_states_its_sign_twice_or_has_anything_else_beside_is_no_number(cell: str) -> None:
    assert read(cell, decimal=",", thousands=".") is None


@pytest.mark.parametrize("cell", ["Rs.500", "kr.50"])
def test_a_point_between_word_and_digits_is_not_taken_for_either(cell: str) -> None:
    assert read(cell) is None
    assert read(f"{cell}.25") == Decimal(cell.split(".")[1]) + Decimal("0.25")


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("thousands", [" ", "\xa0", "\u202f"])
def test_any_blank_groups_where_a_blank_does(blank: str, thousands: str) -> None:
    assert read(f"12{blank}345{blank}678,5", decimal=",", thousands=thousands) == Decimal("12345678.5")
    assert read(f"12{blank}345", decimal=",") is None


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1,23,456", 123456), ("12,34,567.5", Decimal("1234567.5")), ("1,23,45,678", 12345678),
        ("1,23", None), ("12,34", None), ("1,23,45", None), ("1,2,345", None), ("123,45,678", None), ("1234,567", None),
        ("0,123", None), ("00,123", None), ("1,234,56", None),
    ],
)  # fmt: skip
def test_digits_are_grouped_by_threes_or_as_in_india(cell: str, expected: Decimal | int | None) -> None:
    assert read(cell, thousands=",") == expected


def test_a_decimal_fraction_is_not_taken_for_a_group() -> None:
    assert read("0.123", decimal=",", thousands=".") is None


def test_a_per_cent_sign_goes_with_a_percentage_only() -> None:
    assert read("15 %", Type.NUMBER, percentage=True) == 15
    assert read("(2,5%)", Type.NUMBER, percentage=True, decimal=",") == Decimal("-2.5")
    assert read("15 %", Type.NUMBER) is None


def test_many_blanks_take_no_time() -> None:
    assert read("€" + " " * 5_000 + "5") == 5
    assert read("-" + " " * 5_000 + "5 x") is None


@pytest.mark.parametrize("type_", [Type.NUMBER, Type.INT])
def test_a_currency_goes_with_an_amount_of_money_only(type_: Type) -> None:
    assert read("5 €", type_) is None
    assert read("5-", type_) == -5


@st.composite
def written(draw: st.DrawFn) -> tuple[Decimal, str, str, str]:
    """A number, how it is written, and the marks that it is written with."""
    number = draw(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
    decimal, thousands = draw(st.sampled_from(STYLES))
    text = f"{abs(number):,}" if thousands else f"{abs(number)}"
    grouping = draw(st.sampled_from(BLANKS)) if thousands.isspace() else thousands
    text = text.replace(",", "\0").replace(".", decimal).replace("\0", grouping)
    currency = draw(st.sampled_from(["", "€", "EUR", "$", "kr"]))
    blank = draw(st.sampled_from(["", *BLANKS]))
    if currency:
        text = draw(st.sampled_from([f"{currency}{blank}{text}", f"{text}{blank}{currency}"]))
    if number < 0:
        behind = f"{text}-" if not currency or text[-1].isdigit() else f"{text}{blank}-"
        text = draw(st.sampled_from([f"-{text}", f"\u2212{blank}{text}", f"–{text}", behind, f"({text})"]))
    return number, text, decimal, thousands


@settings(max_examples=300, deadline=None)
@given(case=written())
def test_a_number_is_read_back_from_every_style(case: tuple[Decimal, str, str, str]) -> None:
    number, text, decimal, thousands = case
    assert read(text, decimal=decimal, thousands=thousands) == number


@settings(max_examples=400, deadline=None)
@given(cell=st.text("0123456789.,-+()'% €\u2212–EUR", max_size=9).map(str.strip), style=st.sampled_from(STYLES))
def test_no_text_becomes_another_number_than_its_digits_and_sign_say(cell: str, style: tuple[str, str]) -> None:
    decimal, thousands = style
    number = read(cell or "x", decimal=decimal, thousands=thousands)
    if number is not None:
        digits = "".join(sign for sign in cell.split("E")[0] if sign.isdigit())
        assert Decimal(digits) in [abs(number) * 10**places for places in range(10)] or "E" in cell
        negative = any(sign in cell.split("E")[0] for sign in "-\u2212–(")
        assert number == 0 or (number < 0) is negative or "E" in cell


@settings(max_examples=60, deadline=None)
@given(data=st.data(), style=st.sampled_from(STYLES))
def test_a_number_is_read_the_same_whatever_stands_beside_it(data: st.DataObject, style: tuple[str, str]) -> None:
    cells = data.draw(st.lists(st.text("01.,-()€ %", max_size=6), min_size=1, max_size=5))
    file = FileFormat(decimal=style[0], thousands=style[1])
    together = convert(pa.array([*cells, "1-", "x", None]), Type.MONEY, file, (), "UTC").values.to_pylist()
    assert together[:-3] == [convert(pa.array([cell]), Type.MONEY, file, (), "UTC").values[0].as_py() for cell in cells]
