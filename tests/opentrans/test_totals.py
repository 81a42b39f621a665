"""What documents add up to."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.opentrans import documents
from wiseparts_pipeline.opentrans import parse, read, total_faults


def test_what_adds_up_has_no_fault() -> None:
    for content in (documents.order_response(), documents.dispatch_notification(), documents.invoice()):
        assert total_faults(read(parse(content))) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"item_count": 2}, "TOTAL_ITEM_NUM: is 2, and there are 1 lines"),
        ({"total_amount": Decimal("31.52")}, "TOTAL_AMOUNT: is 31.52, and the lines add up to 31.5"),
    ],
)
def test_what_an_order_counts_wrong_is_told(changes: dict[str, object], told: str) -> None:
    assert [str(fault) for fault in total_faults(replace(documents.order(), **changes))] == [told]  # type: ignore[arg-type]


def test_a_line_that_costs_something_else_is_told() -> None:
    order = documents.order()
    dearer = replace(order.lines[0], amount=Decimal(32))

    assert [fault.element for fault in total_faults(replace(order, lines=[dearer]))] == [
        "PRICE_LINE_AMOUNT of line 1",
        "TOTAL_AMOUNT",
    ]


def test_an_invoice_adds_up_with_charges_and_taxes() -> None:
    (fault,) = total_faults(read(parse(documents.invoice("41.15"))))

    assert str(fault) == "TOTAL_AMOUNT: is 41.15, and goods, charges and taxes add up to 42.15"


def test_a_price_of_a_hundred_is_one_of_a_hundred() -> None:
    order = documents.order()
    line = replace(order.lines[0], price=Decimal(1050), price_quantity=Decimal(100))

    assert total_faults(replace(order, lines=[line])) == []
