"""When a quantity can be delivered: one rule for all systems."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

from wiseparts_pipeline.live.answers import Basis, DeliveryEstimate

_BASES = get_args(Basis)


@dataclass(frozen=True)
class Projected:
    """What is expected to be in a warehouse from a day on, until the next such day."""

    on: date
    quantity: Decimal


def delivery_estimate(
    quantity: Decimal, today: date, projected: Iterable[Projected], lead_days: int | None
) -> DeliveryEstimate:
    """From when a warehouse has the quantity and does not need it for what has to leave later.

    That is the earliest day from which its projected stock never falls below the quantity. Otherwise the product is
    bought, if it is (`lead_days`: how long that takes), or nobody knows. `projected`: today and later; of several of a
    day, the last one counts.
    """
    by_day = {each.on: each.quantity for each in sorted(projected, key=lambda each: each.on)}
    earliest = None
    for day, there in reversed(by_day.items()):
        if there < quantity:
            break
        earliest = day
    if earliest is not None:
        return DeliveryEstimate(on=earliest, basis="stock" if earliest == today else "incoming")
    if lead_days is not None:
        return DeliveryEstimate(on=today + timedelta(days=lead_days), basis="lead_time")
    return DeliveryEstimate(on=None, basis="unknown")


def earliest(estimates: Sequence[DeliveryEstimate]) -> DeliveryEstimate:
    """The one with the earliest day; of the same day, what lies there comes before what can be bought."""
    return min(estimates, key=lambda each: (each.on or date.max, _BASES.index(each.basis)))
