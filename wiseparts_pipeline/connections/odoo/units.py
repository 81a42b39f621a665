"""Quantities and prices in a product's own unit: what is sold by the dozen is kept in pieces."""

from decimal import Decimal, localcontext

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer

_DIGITS = 12


def in_own_unit(line: Record, quantity: str, place: str) -> Record:
    """The line's quantity, which is in the field of this name, and its price, in the unit of its product.

    `place`: of the line, for errors. Raises UnexpectedAnswer.
    """
    units = (line.get("product_uom"), line.get("product_uom_id"))
    unit = next((each for each in units if isinstance(each, dict) and each.get("id")), None)
    own = line["product_id"]["uom_id"]
    same = {"quantity": line[quantity], "unit_price": line["price_unit"]}
    if unit is None or not own.get("id") or unit["id"] == own["id"]:
        return same
    if unit["category_id"].get("id") != own["category_id"].get("id"):
        return same
    try:
        with localcontext() as context:
            context.prec = 40
            times = _pieces(unit) / _pieces(own)
            return {
                "quantity": _text(Decimal(line[quantity]) * times),
                "unit_price": _text(Decimal(line["price_unit"]) / times),
            }
    except (ArithmeticError, TypeError, ValueError):
        raise UnexpectedAnswer(f"{place}: its unit cannot be converted into that of its product") from None


def _pieces(unit: Record) -> Decimal:
    """How many of the basic unit it is: a dozen is 12, of which Odoo says one twelfth as well."""
    if unit["relative_factor"] is not None:
        return Decimal(unit["factor"])
    factor, inverse = Decimal(unit["factor"]), Decimal(unit["factor_inv"])
    return (
        inverse
        if len(inverse.normalize().as_tuple().digits) <= len(factor.normalize().as_tuple().digits)
        else 1 / factor
    )


def _text(value: Decimal) -> str:
    return f"{round(value, _DIGITS).normalize():f}"
