"""Whether what a document counts and adds up is so."""

from collections.abc import Iterator
from decimal import Decimal

from wiseparts_pipeline.opentrans.checking import Fault
from wiseparts_pipeline.opentrans.documents import Document, Kind, Line

# Prices and amounts are rounded by whoever writes them, each for itself.
TOLERANCE = Decimal("0.01")


def total_faults(document: Document, tolerance: Decimal = TOLERANCE) -> list[Fault]:
    """What does not add up by more than the tolerance of each line; what is not said is not checked."""
    return list(_faults(document, tolerance))


def _faults(document: Document, tolerance: Decimal) -> Iterator[Fault]:
    if document.item_count is not None and document.item_count != len(document.lines):
        yield Fault(None, "TOTAL_ITEM_NUM", f"is {document.item_count}, and there are {len(document.lines)} lines")
    for line in document.lines:
        amount = _amount(line)
        if amount is not None and line.amount is not None and abs(amount - line.amount) > tolerance:
            yield Fault(
                None,
                f"PRICE_LINE_AMOUNT of line {line.number}",
                f"is {line.amount:f}, and quantity times price is {amount:f}",
            )
    amounts = [line.amount for line in document.lines if line.amount is not None]
    if len(amounts) < len(document.lines):
        return
    lines = sum(amounts, Decimal())
    allowed = tolerance * len(amounts)
    if document.kind is Kind.INVOICE:
        yield from _of_invoice(document, lines, allowed)
    elif document.total_amount is not None:
        sums = {lines, lines + (document.charges_amount or 0)}
        if all(abs(each - document.total_amount) > allowed for each in sums):
            yield Fault(None, "TOTAL_AMOUNT", f"is {document.total_amount:f}, and the lines add up to {lines:f}")


def _of_invoice(document: Document, lines: Decimal, allowed: Decimal) -> Iterator[Fault]:
    if document.net_amount is not None and abs(lines - document.net_amount) > allowed:
        yield Fault(None, "NET_VALUE_GOODS", f"is {document.net_amount:f}, and the lines add up to {lines:f}")
    if None in (document.net_amount, document.tax_amount, document.total_amount):
        return
    parts = [document.net_amount, document.charges_amount, document.tax_amount]
    total = sum((part for part in parts if part is not None), Decimal())
    if document.total_amount is not None and abs(total - document.total_amount) > allowed:
        yield Fault(
            None,
            "TOTAL_AMOUNT",
            f"is {document.total_amount:f}, and goods, charges and taxes add up to {total:f}",
        )


def _amount(line: Line) -> Decimal | None:
    """Quantity times price, unless charges are in the line's amount as well."""
    if line.quantity is None or line.price is None or line.has_charges:
        return None
    return line.quantity * line.price / (line.price_quantity or 1)
