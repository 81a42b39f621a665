"""Quantities and prices in a product's own unit: what is sold by the dozen is kept in pieces."""

from decimal import Decimal, localcontext

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer

_DIGITS = 12


def in_own_unit(line: Record, place: str) -> Record:
    """The line's quantity and price in the product's default unit. `place`: of the line, for errors."""
    quantity, price = line.get("quantity"), line.get("unit_price")
    unit, product = line.get("unit"), line.get("product")
    own = product.get("default_uom") if isinstance(product, dict) else None
    if not isinstance(unit, dict) or not isinstance(own, dict) or unit.get("id") == own.get("id"):
        return {"quantity": quantity, "unit_price": price}
    if unit.get("category") != own.get("category"):
        return {"quantity": quantity, "unit_price": price}
    try:
        with localcontext() as context:
            context.prec = 40
            # Of the two, Tryton says one exactly.
            times = _exact(unit) / _exact(own)
            return {
                "quantity": _text(Decimal(quantity) * times) if quantity is not None else None,
                "unit_price": _text(Decimal(price) / times) if price is not None else None,
            }
    except (ArithmeticError, KeyError, TypeError, ValueError):
        raise UnexpectedAnswer(f"{place}: its unit cannot be converted into that of its product") from None


def _exact(unit: Record) -> Decimal:
    """How many of the category's basic unit it is: by `factor`, or by `rate`, whichever is the round number."""
    factor, rate = Decimal(unit["factor"]), Decimal(unit["rate"])
    if len(factor.normalize().as_tuple().digits) <= len(rate.normalize().as_tuple().digits):
        return factor
    return 1 / rate


def _text(value: Decimal) -> str:
    return f"{round(value, _DIGITS).normalize():f}"
