"""What a customer may still buy, and how the customer pays."""

from decimal import Decimal
from typing import Any

import pytest

from wiseparts_pipeline.live.answers import Financials
from wiseparts_pipeline.live.credit import financials


def _of(balance: str, committed: str | None = "0", overdue: str = "0", **also: Any) -> Financials:
    given: dict[str, Any] = {"credit_limit": Decimal(1000), "oldest_due_on": None, "blocked": False} | also
    ordered = None if committed is None else Decimal(committed)
    return financials("C1", "EUR", balance=Decimal(balance), committed=ordered, overdue=Decimal(overdue), **given)


def test_what_is_owed_and_ordered_is_taken_from_the_limit() -> None:
    assert _of("300.10", "99.90").available_credit == Decimal("600.00")


def test_credit_that_is_not_settled_is_available() -> None:
    assert _of("-50").available_credit == 1050


def test_without_a_limit_there_is_no_number() -> None:
    found = _of("5000", credit_limit=None)
    assert (found.available_credit, found.payment_status) == (None, "good")


def test_nothing_is_said_about_available_credit_where_orders_are_not_known() -> None:
    assert _of("10", committed=None).available_credit is None


@pytest.mark.parametrize(
    ("status", "given"),
    [
        ("good", {"balance": "1000"}),
        ("over_limit", {"balance": "900", "committed": "100.01"}),
        ("overdue", {"balance": "2000", "overdue": "0.01"}),
        ("blocked", {"balance": "2000", "overdue": "5", "blocked": True}),
    ],
)
def test_the_worst_decides_the_status(status: str, given: dict[str, Any]) -> None:
    assert _of(**given).payment_status == status
