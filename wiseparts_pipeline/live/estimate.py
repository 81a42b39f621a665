"""When a quantity can be delivered: one rule for all systems."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from wiseparts_pipeline.live.answers import DeliveryEstimate


@dataclass(frozen=True)
class Change:
    """What is to come into a warehouse on a day, or with a negative quantity to leave it."""

    on: date
    quantity: Decimal


def delivery_estimate(
    quantity: Decimal, today: date, available: Decimal, changes: Iterable[Change], lead_days: int | None
) -> DeliveryEstimate:
    """From when a warehouse has the quantity and does not need it for what has to leave later.

    That is the earliest day from which its projected stock never falls below the quantity: today, or the day of a
    change. Otherwise the product is bought, if it is (`lead_days`: how long that takes), or nobody knows. `available`:
    the stock of today; what was to change before today is expected today.
    """
    by_day: dict[date, Decimal] = {today: available}
    for change in sorted(changes, key=lambda each: each.on):
        day = max(change.on, today)
        by_day.setdefault(day, next(reversed(by_day.values())))
        by_day[day] += change.quantity
    earliest = None
    for day, projected in reversed(by_day.items()):
        if projected < quantity:
            break
        earliest = day
    if earliest is not None:
        return DeliveryEstimate(on=earliest, basis="stock" if earliest == today else "incoming")
    if lead_days is not None:
        return DeliveryEstimate(on=today + timedelta(days=lead_days), basis="lead_time")
    return DeliveryEstimate(on=None, basis="unknown")


def earlier(one: DeliveryEstimate, other: DeliveryEstimate) -> DeliveryEstimate:
    """The estimate with the earlier day."""
    return min(one, other, key=lambda each: each.on or date.max)
