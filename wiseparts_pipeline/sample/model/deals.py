"""The deals of the two years, from which quotes, orders and invoices are derived, so that they agree."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wiseparts_pipeline.sample.model.catalogue import Catalogue
from wiseparts_pipeline.sample.model.customers import Customers
from wiseparts_pipeline.sample.model.days import DAYS, LAST, MONTH, business
from wiseparts_pipeline.sample.model.decimals import Ints, divide, net_cents

ORDER_CHANNELS = ("web", "phone", "rep", "edi", "marketplace", "other")
_COUNTER_SALES = 11_500
_ORDERS = 3_800
_UNSUCCESSFUL_QUOTES = 1_000
# Prices rose on its first day.
_SECOND_YEAR = 366
_PRICE_BEFORE_PERMILLE = 965
# Maximum from an order to its invoice, unless parts have to be ordered in.
_USUAL_DAYS = 3
# Share of the lines of a quote that becomes an order, except the first.
_DECLINED_SHARE = 0.12


@dataclass(frozen=True)
class Lines:
    """Lines as numbers: positions of deal and product, quantities and discounts in tenths, money in cents."""

    deal: Ints
    line_no: Ints
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    cost: Ints
    tax_percent: Ints

    @property
    def net(self) -> Ints:
        return net_cents(self.quantity, self.price, self.discount)

    @property
    def tax(self) -> Ints:
        return divide(self.net * self.tax_percent, 100)

    def of(self, chosen: Ints | NDArray[np.bool_]) -> Self:
        return type(self)(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class Deals:
    """By deal: its day and customer (positions) and its progress. Days after LAST are in the future."""

    day: Ints
    customer: Ints
    channel: NDArray[np.str_]
    # Text keys; empty if the deal has no quote, order or invoice.
    quote_id: NDArray[np.str_]
    order_id: NDArray[np.str_]
    invoice_id: NDArray[np.str_]
    cancelled: NDArray[np.bool_]
    invoiced_on: Ints
    lines: Lines
    # By line: quoted, but not ordered with the others.
    declined: NDArray[np.bool_]

    @property
    def agreed(self) -> Lines:
        return self.lines.of(~self.declined)

    def awaited(self, day: int) -> set[int]:
        """The products (positions) of orders that are overdue for invoicing on a day."""
        late = (self.order_id != "") & ~self.cancelled & (self.day < day - _USUAL_DAYS) & (self.invoiced_on > day)
        return set(self.agreed.product[late[self.agreed.deal]].tolist())


def make_deals(catalogue: Catalogue, customers: Customers, rng: np.random.Generator) -> Deals:
    count = _COUNTER_SALES + _ORDERS + _UNSUCCESSFUL_QUOTES
    day = np.sort(rng.choice(len(DAYS), count, p=business()))
    customer = _customers(day, customers, rng)
    kind = rng.permutation(np.repeat(["counter", "order", "quote"], [_COUNTER_SALES, _ORDERS, _UNSUCCESSFUL_QUOTES]))
    ordered = kind == "order"
    channel = np.where(
        ordered,
        rng.choice(ORDER_CHANNELS, count, p=[0.38, 0.27, 0.17, 0.1, 0.05, 0.03]),
        # Some clerks leave the channel empty.
        rng.choice(["counter", "phone", "rep", ""], count, p=[0.61, 0.28, 0.1, 0.01]),
    )
    quoted = (kind == "quote") | (ordered & np.isin(channel, ["phone", "rep"]) & (rng.random(count) < 0.3))
    cancelled = ordered & (rng.random(count) < 0.06)
    days_to_invoice = rng.choice([0, 1, 2, _USUAL_DAYS, 8, 20], count, p=[0.2, 0.38, 0.2, 0.12, 0.05, 0.05])
    invoiced_on = next_open_day(np.where(ordered, day + days_to_invoice, day))
    invoiced = (kind != "quote") & ~cancelled & (invoiced_on <= LAST)
    lines = _lines(day, customer, catalogue, customers, rng)
    declined = (quoted & ordered)[lines.deal] & (lines.line_no > 1) & (rng.random(len(lines.deal)) < _DECLINED_SHARE)
    return Deals(
        day,
        customer,
        channel,
        _numbered("QUO", day, quoted),
        _numbered("ORD", day, ordered),
        _numbered("INV", invoiced_on, invoiced),
        cancelled,
        invoiced_on,
        lines,
        declined,
    )


def next_open_day(days: Ints) -> Ints:
    """The same day, or the next business day; LAST + 1 if that is after the two years."""
    open_days = np.append(np.flatnonzero(business()), LAST + 1)
    return open_days[np.minimum(np.searchsorted(open_days, days), len(open_days) - 1)]


def numbers(prefix: str, days: Ints) -> NDArray[np.str_]:
    """Document numbers in the order of days: `INV24-000001`."""
    rank = np.empty(len(days), dtype=np.int64)
    rank[np.argsort(days, kind="stable")] = np.arange(1, len(days) + 1)
    years = DAYS.year.to_numpy()[days] % 100
    return np.array([f"{prefix}{year}-{number:06}" for year, number in zip(years, rank, strict=True)])


def _numbered(prefix: str, days: Ints, chosen: NDArray[np.bool_]) -> NDArray[np.str_]:
    ids = np.full(len(days), "", dtype="<U12")
    ids[chosen] = numbers(prefix, days[chosen])
    return ids


def _customers(day: Ints, customers: Customers, rng: np.random.Generator) -> Ints:
    """The customer of each deal: in the second year, some buy more, some less, and some hardly anything."""
    trend = rng.choice([0.05, 0.55, 1.0, 1.2, 1.7], len(customers.weight), p=[0.06, 0.16, 0.4, 0.25, 0.13])
    second = customers.weight * trend
    customer = rng.choice(len(customers.weight), len(day), p=customers.weight)
    customer_in_second_year = rng.choice(len(customers.weight), len(day), p=second / second.sum())
    return np.where(day < _SECOND_YEAR, customer, customer_in_second_year)


def _lines(day: Ints, customer: Ints, catalogue: Catalogue, customers: Customers, rng: np.random.Generator) -> Lines:
    counts = np.minimum(rng.geometric(0.25, len(day)), 25)
    deal = np.repeat(np.arange(len(day)), counts)
    line_no = np.arange(len(deal)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    buyer = customer[deal]

    product = np.empty(len(deal), dtype=np.int64)
    month = MONTH[day[deal]]
    for number in range(1, 13):
        demand = catalogue.demand[:, number - 1]
        of_month = month == number
        product[of_month] = rng.choice(len(demand), int(of_month.sum()), p=demand / demand.sum())

    steps = np.array([part.step for part in catalogue.parts])[product]
    most = np.array([part.most for part in catalogue.parts])[product]
    # Most buy one or two; wholesalers stock up.
    bulk = np.array([3 if group.name == "Wholesalers" else 1 for group in customers.groups])[buyer]
    quantity = steps * bulk * np.ceil(most * rng.beta(0.8, 2.4, len(deal))).clip(1).astype(np.int64)

    permille = np.where(day[deal] < _SECOND_YEAR, _PRICE_BEFORE_PERMILLE, 1000)
    price_list = np.array([group.price_permille for group in customers.groups])[buyer]
    rate = customers.rate_permille[buyer]
    usual = np.array([group.discount_tenths for group in customers.groups])[buyer]
    return Lines(
        deal,
        line_no,
        product,
        quantity,
        divide(catalogue.list_cents[product] * permille * price_list * rate, 1_000_000_000),
        usual + rng.choice([-50, 0, 25, 50], len(deal), p=[0.1, 0.7, 0.1, 0.1]),
        divide(catalogue.cost_cents[product] * permille * rate, 1_000_000),
        customers.tax_percent[buyer],
    )
