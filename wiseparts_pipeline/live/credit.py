"""What a customer may still buy, by one rule for all systems and for what is stored."""

from datetime import date
from decimal import Decimal

from wiseparts_pipeline.live.answers import Financials, PaymentStatus


def financials(
    customer_id: str,
    currency: str | None,
    *,
    credit_limit: Decimal | None,
    balance: Decimal,
    overdue: Decimal,
    committed: Decimal | None,
    oldest_due_on: date | None,
    blocked: bool,
) -> Financials:
    """The worst of what is true decides the payment status.

    Credit that is not settled lowers the balance and is available; what is committed counts as owed, and where that is
    not known, nothing can be said about the credit that is available.
    """
    used = balance + (committed or Decimal(0))
    available = None if credit_limit is None or committed is None else credit_limit - used
    status: PaymentStatus = "good"
    if credit_limit is not None and used > credit_limit:
        status = "over_limit"
    if overdue > 0:
        status = "overdue"
    if blocked:
        status = "blocked"
    return Financials(
        customer_id=customer_id,
        currency=currency,
        credit_limit=credit_limit,
        balance=balance,
        overdue=overdue,
        committed=committed,
        available_credit=available,
        oldest_due_on=oldest_due_on,
        payment_status=status,
    )
