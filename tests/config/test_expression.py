"""Arithmetic over columns is exact; what cannot be calculated is null."""

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiseparts_pipeline.config.expression import Expression, ExpressionError
from wiseparts_pipeline.importing.validation.conversion import round_to_scale

AMOUNT = pa.decimal128(20, 6)
SCALE = Decimal("0.000001")
amounts = st.decimals(min_value=-(10**7), max_value=10**7, places=6)


def calculated(expression: str, **columns: list[Decimal | None]) -> list[Decimal | None]:
    arrays = {name: pa.array(values, AMOUNT) for name, values in columns.items()}
    found: list[Decimal | None] = round_to_scale(Expression(expression).evaluate(arrays)).to_pylist()
    return found


FORMULAS = {
    "a * b": lambda a, b, c: a * b,
    "a + b - c": lambda a, b, c: a + b - c,
    "-a * (b - c)": lambda a, b, c: -a * (b - c),
    "a * b * (1 - c / 100)": lambda a, b, c: a * b * (1 - c / 100),
    "a * 1.25 + 0.005": lambda a, b, c: a * Decimal("1.25") + Decimal("0.005"),
    "a / c": lambda a, b, c: a / c,
    "a * b / c": lambda a, b, c: a * b / c,
    "2 * (3 - 1) * a": lambda a, b, c: 4 * a,
}


@pytest.mark.parametrize("formula", FORMULAS)
@settings(max_examples=60, deadline=None)
@given(a=amounts, b=amounts, c=amounts)
def test_a_result_equals_that_of_exact_arithmetic(formula: str, a: Decimal, b: Decimal, c: Decimal) -> None:
    divisor = c or Decimal(3)
    with localcontext(prec=100):
        exact = FORMULAS[formula](a, b, divisor)
        expected = exact.quantize(SCALE, ROUND_HALF_UP)
    assert calculated(formula, a=[a], b=[b], c=[divisor]) == [expected if abs(expected) < 10**14 else None]


def test_half_a_unit_is_rounded_away_from_zero() -> None:
    half = Decimal("0.000001")
    assert calculated("a * 0.5", a=[half, -half]) == [half, -half]


def test_the_largest_amount_is_in_range() -> None:
    largest = Decimal("99999999999999.999999")
    assert calculated("a + 0", a=[largest, -largest]) == [largest, -largest]


@pytest.mark.parametrize("formula", ["a / b", "a / (b - b)", "a * a * a * a * a", "a + 100000000000000"])
def test_a_result_that_is_undefined_or_out_of_range_is_null(formula: str) -> None:
    assert calculated(formula, a=[Decimal(10) ** 13], b=[Decimal(0)]) == [None]


def test_a_null_operand_gives_null() -> None:
    assert calculated("a + b", a=[None, Decimal(1)], b=[Decimal(1), None]) == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "", "a +", "a ** b", "a // b", "a % b", "f(a)", "a.b", "a if b else c", "a and b", "'a' + b", "1 + 2",
        "a * True",
        "a * 0x10", "a * 1.2345678", "a * 1e30", "a * 1j", "a[0]", "a; b", "lambda: a", "a\0b",
    ],
)  # fmt: skip
def test_anything_but_arithmetic_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Menge * Preis", ("Menge", "Preis")),
        ("[Unit Price] * Qty", ("[Unit Price]", "Qty")),
        ("`Unit Price` * Qty", ("[Unit Price]", "Qty")),
        ("[Preis (netto)] / [per 100] - `5 %` + -[a]", ("[Preis (netto)]", "[per 100]", "[5 %]", "[a]")),
        ("_0_ * [a b]", ("_0_", "[a b]")),
        ("\u00b5 * Τιμή", ("\u00b5", "Τιμή")),
    ],
)
def test_names_may_be_those_of_the_files_columns(text: str, names: tuple[str, ...]) -> None:
    assert Expression(text).names == names
    values: dict[str, Any] = {name: [Decimal(place)] for place, name in enumerate(names, 1)}
    assert calculated(text, **values) != [None]


def test_a_name_in_brackets_is_the_files_and_others_are_unless_they_are_canonical() -> None:
    expression = Expression("quantity * [quantity] * Preis * [ Unit Price ]")
    assert expression.file_columns(["quantity", "unit_price"]) == {
        "[quantity]": "quantity", "Preis": "Preis", "[ Unit Price ]": "Unit Price",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["[a", "a]", "[]", "[a] [b]", "a[b]", "[a[b]]", "`a", "Unit Price"])
def test_names_that_are_not_closed_or_follow_each_other_are_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(text)
