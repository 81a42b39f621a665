"""Which offer of a product is the best, and which of its prices holds: one rule for all systems.

For one unit, and within a currency, it is that of the mart `best_supplier_offers`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from pydantic import BaseModel, ConfigDict

from wiseparts_pipeline.live.answers import Offer, Offered, Offers

# The codes of what is new, and of what is in stock.
NEW = IN_STOCK = "1"
# Of a price for one.
_PLACES = "0.000001"


class Step(BaseModel):
    """A price that is given from a quantity on. `beside_price`: that of one with which it came, if known."""

    model_config = ConfigDict(frozen=True)

    from_quantity: Decimal
    price: Decimal
    beside_price: Decimal | None = None


class Row(Offered):
    """An offer with its prices, as it is stored. `price` and the steps are for so many as `price_quantity` says."""

    price: Decimal | None = None
    price_quantity: Decimal | None = None
    scale_prices: tuple[Step, ...] | None = None


@dataclass(frozen=True)
class Matched:
    """What is stored of one of our products that suppliers are asked about.

    `currency`: that of the product. `puids`: the products of the marketplace that are confirmed to be the same.
    `offers`: what was last imported of their offers, by supplier_item_id.
    """

    currency: str | None
    puids: Sequence[str]
    offers: Mapping[str, Row]


def ranked(sku: str, quantity: Decimal, rows: Iterable[Row], currency: str | None) -> Offers:
    """The offers of a product in the order in which they are worth looking at.

    First those with a price that have the quantity, new goods before others, then by price. `currency`: ours; prices
    in others, which cannot be compared with those in it, come after them.
    """

    def place(offer: Offer) -> tuple[object, ...]:
        return (
            not (offer.has_quantity and _is_priced(offer)),
            offer.condition_id != NEW,
            not _is_priced(offer),
            offer.currency != currency,
            offer.currency or "",
            offer.unit_price or 0,
            offer.stock is None,
            -(offer.stock or 0),
            offer.supplier_item_id,
        )

    offers = sorted((_offer(row, quantity) for row in rows), key=place)
    best = next((each for each in offers if each.has_quantity and each.condition_id == NEW and _is_priced(each)), None)
    return Offers(sku=sku, quantity=quantity, best=best.supplier_item_id if best else None, items=offers)


def _offer(row: Row, quantity: Decimal) -> Offer:
    price, quantity_break = _price(row, quantity)
    per = row.price_quantity or Decimal(1)
    return Offer(
        **{name: getattr(row, name) for name in Offered.model_fields},
        unit_price=None if price is None else _rounded(price / per, _PLACES),
        quantity_break=quantity_break,
        net_amount=None if price is None else _rounded(price * quantity / per, "0.01"),
        has_quantity=_has(row, quantity),
        order_quantity=_ordered(row, quantity),
    )


def _is_priced(offer: Offer) -> bool:
    return bool(offer.unit_price and offer.unit_price > 0 and offer.currency)


def _price(row: Row, quantity: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """As it is told, and the quantity from which it is given: that of the last step which the quantity reaches.

    `price` itself is that of one: steps begin above, and hold as long as it is the one that they came with.
    """
    holding = [step for step in row.scale_prices or () if step.beside_price in (None, row.price)]
    reached = [step for step in holding if 1 < step.from_quantity <= quantity]
    last = max(reached, key=lambda step: step.from_quantity, default=None)
    price = row.price if last is None else last.price
    return price, None if last is None else last.from_quantity


def _rounded(amount: Decimal, places: str) -> Decimal:
    """As the database rounds."""
    return amount.quantize(Decimal(places), ROUND_HALF_UP)


def _has(row: Row, quantity: Decimal) -> bool | None:
    if row.availability_code not in (IN_STOCK, None):
        return False
    if row.stock is not None:
        return row.stock > 0 and row.stock >= quantity
    if row.availability_code is None:
        return False
    # What is in stock is one at least.
    return True if quantity <= 1 else None


def _ordered(row: Row, quantity: Decimal) -> Decimal:
    """The quantity, or the next larger one that can be ordered: in steps from the least order on."""
    least, step = row.min_order_qty or Decimal(0), row.order_increment
    if quantity <= least or not step or step < 0:
        return max(quantity, least)
    return least + ((quantity - least) / step).to_integral_value(ROUND_CEILING) * step
