"""Arithmetic over columns: any text, over any numbers; exact where it is compared with fractions."""

import ast
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from tests.fuzzing.given import Given, given
from tests.fuzzing.target import Target, check, check_texts, in_time, tokens
from wiseparts_pipeline.config.expression import Expression, ExpressionError
from wiseparts_pipeline.config.file_format import FileFormat
from wiseparts_pipeline.entities.schema import Type
from wiseparts_pipeline.importing.validation.conversion import round_to_scale
from wiseparts_pipeline.importing.validation.conversion.numbers import decimals

_LIMIT = 10**14


def _run(data: bytes) -> None:
    content = Given(data)
    text, *lines = content.lines()
    if content.seldom():
        text *= content.one_of((10, 100, 1000))
    with in_time(len(text)):
        try:
            expression = Expression(text)
        except ExpressionError as error:
            check_texts([str(error)])
            return
        expression.file_columns(["a", "b"])
        numbers = decimals(pa.array([line or None for line in lines] or ["1"], pa.string()), FileFormat()).values
        columns = {name: _rolled(numbers, at) for at, name in enumerate(expression.names)}
        result = round_to_scale(expression.evaluate(columns))
    check(result.type == Type.MONEY.arrow, "results are numbers of the table", result.type)
    length = len(result) if isinstance(result, pa.Array | pa.ChunkedArray) else 1
    check(length == len(numbers), "there is a result for each row", text, length, len(numbers))
    for row, value in enumerate(result.to_pylist()):
        operands = {name: each[row].as_py() for name, each in columns.items()}
        if None in operands.values():
            check(value is None, "nothing is computed from nothing", text, operands, value)
        elif _is_exact(expression._tree):
            _compare(expression, operands, value)


def _rolled(numbers: pa.Array, by: int) -> pa.Array:
    at = by % len(numbers)
    return pa.concat_arrays([numbers[at:], numbers[:at]])


def _is_exact(tree: ast.expr) -> bool:
    """Whether nothing is rounded on the way: no division, and one multiplication."""
    operators = [type(node.op) for node in ast.walk(tree) if isinstance(node, ast.BinOp)]
    return ast.Div not in operators and operators.count(ast.Mult) <= 1 and len(operators) <= 6


def _compare(expression: Expression, operands: dict[str, Decimal], value: Decimal | None) -> None:
    exact = _exact(expression, expression._tree, operands)
    if value is None:
        check(abs(exact) >= _LIMIT - 1, "a number is lost only where it is too long", operands, exact)
    else:
        difference = abs(Fraction(value) - exact)
        check(difference <= Fraction(1, 2_000_000), "results are exact", expression._written, operands, exact, value)


def _exact(expression: Expression, node: ast.expr, operands: dict[str, Decimal]) -> Fraction:
    match node:
        case ast.Name():
            return Fraction(operands[expression._name(node)])
        case ast.Constant():
            return Fraction(expression._constant(node))
        case ast.UnaryOp(operand=operand):
            return -_exact(expression, operand, operands)
        case ast.BinOp(left=left, op=operator, right=right):
            first, second = _exact(expression, left, operands), _exact(expression, right, operands)
            if isinstance(operator, ast.Add):
                return first + second
            return first - second if isinstance(operator, ast.Sub) else first * second
    raise AssertionError(node)


TARGET = Target(
    _run,
    seeds=(
        given("quantity * unit_price\n1.5\n-2\n0\n99999999999999.999999"),
        given("[Unit Price] * 2 - `net` / (a + b)\n1\n3"),
        given("-a + 0.000001 * é\n1"),
        given("a\n5"),
        given("(a\n5", 15, 1),
    ),
    tokens=tokens(
        "a", "b", "[x y]", "`z`", "(", ")", "+", "-", "*", "/", "**", "//", "%", " if ", " else ", "lambda", "f(",
        "0x1",
        "1e5", "1_000", "1j", "0.000001", "99999999999999999999", "\n", "\n1.5", "_0_", "ª", "ﬁ", "#", ":=", "not ",
        "~",
        "..", "'", '"', "\\\n", "\f",
    ),
)  # fmt: skip
