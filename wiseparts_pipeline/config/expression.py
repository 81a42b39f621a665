"""Exact arithmetic over number columns: `quantity * unit_price`, `[Unit Price] * 2`."""

import ast
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

# A column is numeric(20,6). Arrow widens results by itself and fails above 76 digits, so operands are kept to 37.
_COLUMN = pa.decimal256(26, 6)
_MAX_PRECISION = 37
_MAX_SCALE = 12

_OPERATORS: dict[type[ast.operator], Callable[..., pa.Array]] = {
    ast.Add: pc.add_checked,
    ast.Sub: pc.subtract_checked,
    ast.Mult: pc.multiply_checked,
    ast.Div: pc.divide_checked,
}


# Enough for a sum of as many columns; what is deeper could not be followed.
_DEEPEST = 200
_LONGEST = 10_000


class ExpressionError(ValueError):
    """Text that is not arithmetic over columns."""


# A column of the file, with whatever characters its name has.
_IN_BRACKETS = re.compile(r"\[([^\[\]`]+)\]|`([^`]+)`")


class Expression:
    """`+ - * /`, parentheses, numbers and column names. Raises ExpressionError for anything else.

    `names`: of its columns; one that is written in brackets or backticks is `[in brackets]` here.
    """

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise ExpressionError(f"{text[:50]!r}... has {len(text)} characters, more than the {_LONGEST} allowed")
        self._written = text.strip()
        self._in_brackets: dict[str, str] = {}
        self._text = _IN_BRACKETS.sub(self._placeholder, self._written).strip()
        try:
            self._tree = ast.parse(self._text, mode="eval").body
        except (RecursionError, MemoryError):
            raise self._too_deep() from None
        except (SyntaxError, ValueError):
            raise ExpressionError(
                f"{text!r} cannot be read; write it like quantity * unit_price, and names of the file's columns with"
                " blanks or signs in them like [Unit Price]"
            ) from None
        self.names = tuple(dict.fromkeys(self._names(self._tree)))
        if not self.names:
            raise ExpressionError(f"{text!r} names no column; use `constant`")

    def file_columns(self, canonical: Collection[str]) -> dict[str, str]:
        """By name, the columns of the file that are meant: those in brackets, and those that are not canonical."""
        return {name: name.strip("[]").strip() for name in self.names if name.startswith("[") or name not in canonical}

    def _placeholder(self, found: re.Match[str]) -> str:
        placeholder = f"_{len(self._in_brackets)}_"
        while placeholder in self._written:
            placeholder += "_"
        self._in_brackets[placeholder] = f"[{found[1] or found[2]}]"
        return f" {placeholder} "

    def _name(self, node: ast.expr) -> str:
        """The name as it is written, whose characters Python would replace by similar ones."""
        written = ast.get_source_segment(self._text, node) or ""
        return self._in_brackets.get(written, written)

    def _too_deep(self) -> ExpressionError:
        return ExpressionError(
            f"{self._written[:50]!r}... has more than {_DEEPEST} operations or parentheses in each other"
        )

    def _names(self, node: ast.expr, depth: int = 1) -> list[str]:
        if depth > _DEEPEST:
            raise self._too_deep()
        match node:
            case ast.Name():
                return [self._name(node)]
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
                return self._names(left, depth + 1) + self._names(right, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._names(operand, depth + 1)
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                self._constant(node)
                return []
        raise ExpressionError(f"{self._written!r} may have + - * / ( ), numbers and column names, nothing else")

    def evaluate(self, columns: Mapping[str, pa.Array]) -> pa.Array:
        """The value for each row as decimal256; null if a column is null, a divisor zero or a result out of range."""
        return self._evaluate(self._tree, columns)

    def _evaluate(self, node: ast.expr, columns: Mapping[str, pa.Array]) -> pa.Array:
        match node:
            case ast.Name():
                return columns[self._name(node)].cast(_COLUMN)
            case ast.Constant():
                return pa.scalar(self._constant(node), _COLUMN)
            case ast.UnaryOp(operand=operand):
                return pc.negate_checked(self._evaluate(operand, columns))
            case ast.BinOp(left=left, op=operator, right=right):
                first, second = (_narrow(self._evaluate(side, columns)) for side in (left, right))
                if isinstance(operator, ast.Div):
                    second = pc.if_else(pc.equal(second, pa.scalar(0).cast(second.type)), None, second)
                return _OPERATORS[type(operator)](first, second)
        raise AssertionError(node)

    def _constant(self, node: ast.expr) -> Decimal:
        """The number exactly as written, not the nearest binary fraction."""
        written = ast.get_source_segment(self._text, node) or ""
        try:
            number = Decimal(written)
            pa.scalar(number, _COLUMN)
        except (ArithmeticError, pa.ArrowInvalid):
            raise ExpressionError(
                f"{written} is not a number with at most {_COLUMN.scale} decimals and 20 digits before them"
            ) from None
        return number


def _narrow(value: pa.Array) -> pa.Array:
    scale = min(value.type.scale, _MAX_SCALE)
    if value.type.precision <= _MAX_PRECISION and value.type.scale == scale:
        return value
    digits = _MAX_PRECISION - scale
    limit = pa.scalar(Decimal("9" * digits), pa.decimal256(digits, 0))
    rounded = pc.round(value, scale, round_mode="half_towards_infinity")
    fits = pc.less(pc.abs(rounded), limit)
    return pc.if_else(fits, rounded, None).cast(pa.decimal256(_MAX_PRECISION, scale))
