"""The distributor's customers, with their branches, contacts and addresses."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wiseparts_pipeline.sample.model.days import LAST, text_of
from wiseparts_pipeline.sample.model.decimals import Ints
from wiseparts_pipeline.sample.model.identities import Place, as_typed, company, person, random_place, tax_id
from wiseparts_pipeline.sample.model.sales_reps import RETIRED_REP, SALES_REPS
from wiseparts_pipeline.sample.model.vocabulary import JOB_TITLES

Row = dict[str, str]

CUSTOMERS = 500
_ABROAD_PERCENT = 12
# Customers of these countries are invoiced in another currency; its exchange rate to the euro, in thousandths.
_CURRENCIES = {"RO": ("RON", 4_970), "BG": ("USD", 1_090)}
_EURO = ("EUR", 1_000)
# Every n-th customer has the same owner, and mobile number, as the one before.
_SAME_OWNER_EVERY = 40
# Since then others look after the customers of the representative who has retired.
_TAKEOVER_DAY = LAST - 30


@dataclass(frozen=True)
class Group:
    """A customer group: its price list (permille of the list price) and discount (tenths of a percent)."""

    name: str
    share: float
    price_list: str
    price_permille: int
    discount_tenths: int
    terms: tuple[int, ...]


GROUPS = (
    Group("Workshops", 0.52, "PL-B", 1000, 180, (0, 30, 30, 45)),
    Group("Retailers", 0.18, "PL-B", 1000, 240, (30, 60)),
    Group("Wholesalers", 0.10, "PL-A", 960, 320, (60, 90)),
    Group("Fleets", 0.08, "PL-A", 960, 220, (30, 60)),
    Group("Walk-in", 0.12, "PL-C", 1040, 50, (0,)),
)
_EXPORT = Group("Export", 0.0, "PL-X", 940, 280, (30, 60))


@dataclass(frozen=True)
class Customers:
    """The tables (text cells) and, by customer, what deals and calls are made from."""

    table: pd.DataFrame
    # The customers as they were at the end of November 2025.
    before: pd.DataFrame
    branches: pd.DataFrame
    contacts: pd.DataFrame
    addresses: pd.DataFrame
    groups: list[Group]
    terms_days: Ints
    tax_percent: Ints
    # The exchange rate of the customer's currency to the euro, in thousandths.
    rate_permille: Ints
    # Each customer's share of the business.
    weight: NDArray[np.float64]
    # Days from due date to payment: some pay early, some very late.
    lateness: Ints
    branch_ids: list[list[str]]
    address_ids: list[list[str]]
    # The telephone numbers that each calls from, the company's first; a few belong to two customers.
    numbers: list[list[str]]

    def sales_rep(self, customer: Ints, day: Ints) -> NDArray[np.str_]:
        """The sales representative of each customer (position) on a day."""
        before, after = (table["sales_rep_id"].to_numpy(dtype=str)[customer] for table in (self.before, self.table))
        return np.where(day < _TAKEOVER_DAY, before, after)


def customer_id(number: int) -> str:
    """An account number of the Greek chart of accounts, where 30 is customers."""
    return f"30.00.00.{number:04}"


def make_customers(rng: np.random.Generator) -> Customers:
    rows, branches, contacts, addresses = [], [], [], []
    groups: list[Group] = []
    numbers: list[list[str]] = []
    names: set[str] = set()
    for position in range(1, CUSTOMERS + 1):
        abroad = bool(rng.integers(100) < _ABROAD_PERCENT)
        group = _EXPORT if abroad else GROUPS[rng.choice(len(GROUPS), p=[group.share for group in GROUPS])]
        place = random_place(abroad, rng)
        name, legal_name = company(abroad, place, names, rng)
        phone, mobile = place.telephones(rng)
        if position % _SAME_OWNER_EVERY == 0 and not abroad:
            mobile = numbers[-1][1]
        numbers.append([phone, mobile])
        groups.append(group)
        customer = _customer(position, name, legal_name, group, place, phone, mobile, rng)
        rows.append(customer)
        for branch_number in range(1, 1 + int(rng.choice([1, 2, 3, 4], p=[0.62, 0.22, 0.1, 0.06]))):
            where = place if branch_number == 1 else random_place(abroad, rng)
            there = where.address(rng)
            numbers[-1].append(where.telephones(rng)[0])
            branches.append(_branch(customer, branch_number, where.city, there, numbers[-1][-1], rng))
            shipping = f"A{position:04}-S{branch_number}"
            addresses.append(
                _address(shipping, customer, "shipping", branches[-1]["name"], there, is_default=branch_number == 1)
            )
        billing = {column: customer[column] for column in ("street", "city", "region", "postal_code", "country_code")}
        addresses.append(_address(f"A{position:04}-B", customer, "billing", legal_name, billing, is_default=True))
        for contact_number in range(1, 1 + int(rng.integers(1, 4))):
            full_name = person(rng)
            own_phone, own_mobile = place.telephones(rng)
            # The first contact is the owner, whose mobile number is the customer's.
            numbers[-1] += [own_phone] if contact_number == 1 else [own_phone, own_mobile]
            own_mobile = mobile if contact_number == 1 else own_mobile
            contacts.append(_contact(position, customer, contact_number, full_name, own_phone, own_mobile, rng))
    table = pd.DataFrame(rows)
    size = {"Wholesalers": 3.2, "Fleets": 2.2, "Export": 2.0, "Retailers": 1.4}
    weight = rng.lognormal(0.0, 0.9, CUSTOMERS) * np.array([size.get(group.name, 1.0) for group in groups])
    return Customers(
        table,
        _before(table),
        pd.DataFrame(branches),
        pd.DataFrame(contacts),
        pd.DataFrame(addresses),
        groups,
        np.array([int(days) for days in table["payment_terms_days"]]),
        np.where(table["country_code"] == "GR", 24, 0),
        np.array([_CURRENCIES.get(country, _EURO)[1] for country in table["country_code"]]),
        weight / weight.sum(),
        rng.choice([-3, 0, 4, 12, 35, 80, 140], CUSTOMERS, p=[0.15, 0.3, 0.25, 0.15, 0.09, 0.03, 0.03]),
        _grouped(branches, "branch_id"),
        _grouped([address for address in addresses if address["kind"] == "shipping"], "address_id"),
        numbers,
    )


def _customer(
    position: int,
    name: str,
    legal_name: str,
    group: Group,
    place: Place,
    phone: str,
    mobile: str,
    rng: np.random.Generator,
) -> Row:
    return {
        "customer_id": customer_id(position),
        "name": name,
        "legal_name": legal_name,
        "tax_id": tax_id(rng),
        "customer_group": group.name,
        "status": str(rng.choice(["active", "blocked", "closed"], p=[0.94, 0.04, 0.02])),
        "sales_rep_id": SALES_REPS[rng.integers(len(SALES_REPS))],
        "price_list_id": group.price_list,
        "currency": _CURRENCIES.get(place.country, _EURO)[0],
        "payment_terms_days": str(group.terms[rng.integers(len(group.terms))]),
        "credit_limit": f"{int(rng.integers(1, 60)) * 1000}.00",
        "email": f"c{position:04}@customers.example",
        "phone": as_typed(phone, rng),
        "mobile": as_typed(mobile, rng),
        **place.address(rng),
        "language": place.language,
        "created_on": text_of(np.array([-int(rng.integers(1, 5000))]))[0],
    }


def _branch(customer: Row, number: int, city: str, address: Row, phone: str, rng: np.random.Generator) -> Row:
    return {
        "branch_id": f"{customer['customer_id']}.{number}",
        "customer_id": customer["customer_id"],
        "name": f"{customer['name']} / {city} {number}",
        **address,
        "phone": as_typed(phone, rng),
        "email": customer["email"],
        "contact_name": person(rng),
        "route_id": f"RT{int(rng.integers(1, 13)):02}",
        "is_active": "false" if rng.integers(100) < 4 else "true",
    }


def _address(address_id: str, customer: Row, kind: str, name: str, address: Row, *, is_default: bool) -> Row:
    return {
        "address_id": address_id,
        "customer_id": customer["customer_id"],
        "kind": kind,
        "name": name,
        **address,
        "is_default": "1" if is_default else "0",
    }


def _contact(
    position: int, customer: Row, number: int, full_name: str, phone: str, mobile: str, rng: np.random.Generator
) -> Row:
    first_name, last_name = full_name.split(" ")
    return {
        "contact_id": f"P{position:04}{number}",
        "customer_id": customer["customer_id"],
        "first_name": first_name,
        "last_name": last_name,
        "job_title": JOB_TITLES[rng.integers(len(JOB_TITLES))],
        "email": f"contact{number}.{customer['email']}",
        "phone": as_typed(phone, rng),
        "mobile": as_typed(mobile, rng),
        "is_primary": "yes" if number == 1 else "no",
    }


def _before(table: pd.DataFrame) -> pd.DataFrame:
    """The customers a month earlier: some had another credit limit or group, or the representative who retired."""
    position = np.arange(len(table))
    return table.assign(
        credit_limit=table["credit_limit"].where(position % 20 != 0, "500.00"),
        sales_rep_id=table["sales_rep_id"].where(position % 25 != 3, RETIRED_REP),
        customer_group=table["customer_group"].where(position % 50 != 7, "Walk-in"),
    )


def _grouped(rows: list[dict[str, str]], key: str) -> list[list[str]]:
    """The keys of each customer, in the order of customers."""
    keys: dict[str, list[str]] = {}
    for row in rows:
        keys.setdefault(row["customer_id"], []).append(row[key])
    return list(keys.values())
