"""The distributor's customers, with their branches, contacts and addresses."""

from dataclasses import dataclass
from unicodedata import combining, normalize

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wiseparts_pipeline.sample.model.days import LAST, text_of
from wiseparts_pipeline.sample.model.decimals import Ints
from wiseparts_pipeline.sample.model.telephones import SPELLINGS, number, spelled
from wiseparts_pipeline.sample.model.vocabulary import (
    CITIES,
    CITIES_ABROAD,
    FIRST_NAMES,
    JOB_TITLES,
    LEGAL_FORMS,
    LEGAL_FORMS_ABROAD,
    NAMES_ABROAD,
    STREETS,
    STREETS_ABROAD,
    SURNAMES,
    TRADES,
    TRADES_ABROAD,
)

CUSTOMERS = 500
SALES_REPS = tuple(f"R{number:02}" for number in range(1, 15))
_ABROAD_PERCENT = 12
# Customers of these countries are invoiced in another currency; its exchange rate to the euro, in thousandths.
_CURRENCIES = {"RO": ("RON", 4_970), "BG": ("USD", 1_090)}
_EURO = ("EUR", 1_000)
# Every n-th customer has the same owner, and mobile number, as the one before.
_SAME_OWNER_EVERY = 40
# Retired in November 2025; others took over these customers on 1 December.
_RETIRED_REP = "R15"
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
        place = _place(abroad, rng)
        name, legal_name = _company(abroad, place, names, rng)
        key = customer_id(position)
        mail = f"c{position:04}@customers.example"
        phone, mobile = place.telephones(rng)
        if position % _SAME_OWNER_EVERY == 0 and not abroad:
            mobile = numbers[-1][1]
        numbers.append([phone, mobile])
        groups.append(group)
        rows.append(
            {
                "customer_id": key,
                "name": name,
                "legal_name": legal_name,
                "tax_id": _tax_id(rng),
                "customer_group": group.name,
                "status": str(rng.choice(["active", "blocked", "closed"], p=[0.94, 0.04, 0.02])),
                "sales_rep_id": SALES_REPS[rng.integers(len(SALES_REPS))],
                "price_list_id": group.price_list,
                "currency": _CURRENCIES.get(place.country, _EURO)[0],
                "payment_terms_days": str(group.terms[rng.integers(len(group.terms))]),
                "credit_limit": f"{int(rng.integers(1, 60)) * 1000}.00",
                "email": mail,
                "phone": _as_typed(phone, rng),
                "mobile": _as_typed(mobile, rng),
                **place.address(rng),
                "language": place.language,
                "created_on": text_of(np.array([-int(rng.integers(1, 5000))]))[0],
            }
        )
        for branch_number in range(1, 1 + int(rng.choice([1, 2, 3, 4], p=[0.62, 0.22, 0.1, 0.06]))):
            where = place if branch_number == 1 else _place(abroad, rng)
            there = where.address(rng)
            branch_id = f"{key}.{branch_number}"
            numbers[-1].append(where.telephones(rng)[0])
            branches.append(
                {
                    "branch_id": branch_id,
                    "customer_id": key,
                    "name": f"{name} / {where.city} {branch_number}",
                    **there,
                    "phone": _as_typed(numbers[-1][-1], rng),
                    "email": mail,
                    "contact_name": _person(rng),
                    "route_id": f"RT{int(rng.integers(1, 13)):02}",
                    "is_active": "false" if rng.integers(100) < 4 else "true",
                }
            )
            addresses.append(
                {
                    "address_id": f"A{position:04}-S{branch_number}",
                    "customer_id": key,
                    "kind": "shipping",
                    "name": branches[-1]["name"],
                    **there,
                    "is_default": "1" if branch_number == 1 else "0",
                }
            )
        billing = {column: rows[-1][column] for column in ("street", "city", "region", "postal_code", "country_code")}
        addresses.append(
            {
                "address_id": f"A{position:04}-B",
                "customer_id": key,
                "kind": "billing",
                "name": legal_name,
                **billing,
                "is_default": "1",
            }
        )
        for contact_number in range(1, 1 + int(rng.integers(1, 4))):
            first_name, last_name = _person(rng).split(" ")
            own_phone, own_mobile = place.telephones(rng)
            # The first contact is the owner, whose mobile number is the customer's.
            numbers[-1] += [own_phone] if contact_number == 1 else [own_phone, own_mobile]
            contacts.append(
                {
                    "contact_id": f"P{position:04}{contact_number}",
                    "customer_id": key,
                    "first_name": first_name,
                    "last_name": last_name,
                    "job_title": JOB_TITLES[rng.integers(len(JOB_TITLES))],
                    "email": f"contact{contact_number}.{mail}",
                    "phone": _as_typed(own_phone, rng),
                    "mobile": _as_typed(mobile if contact_number == 1 else own_mobile, rng),
                    "is_primary": "yes" if contact_number == 1 else "no",
                }
            )
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


def _before(table: pd.DataFrame) -> pd.DataFrame:
    """The customers a month earlier: some had another credit limit or group, or the representative who retired."""
    position = np.arange(len(table))
    return table.assign(
        credit_limit=table["credit_limit"].where(position % 20 != 0, "500.00"),
        sales_rep_id=table["sales_rep_id"].where(position % 25 != 3, _RETIRED_REP),
        customer_group=table["customer_group"].where(position % 50 != 7, "Walk-in"),
    )


@dataclass(frozen=True)
class _Place:
    city: str
    region: str
    postal_prefix: str
    country: str
    dialling: str
    language: str

    def telephones(self, rng: np.random.Generator) -> tuple[str, str]:
        """A landline number of this place and a mobile number."""
        mobile = f"{self.dialling.split(' ')[0]} 690"
        return number(self.dialling, int(rng.integers(10**6))), number(mobile, int(rng.integers(10**6)))

    def address(self, rng: np.random.Generator) -> dict[str, str]:
        streets = STREETS if self.country == "GR" else STREETS_ABROAD
        return {
            "street": f"{streets[rng.integers(len(streets))]} {int(rng.integers(1, 240))}",
            "city": self.city,
            "region": self.region,
            "postal_code": f"{self.postal_prefix}{int(rng.integers(100)):02}",
            "country_code": self.country,
        }


def _place(abroad: bool, rng: np.random.Generator) -> _Place:
    if abroad:
        city, country, calling_code, language = CITIES_ABROAD[rng.integers(len(CITIES_ABROAD))]
        return _Place(city, "", f"{int(rng.integers(10, 90))}", country, f"+{calling_code} 2", language)
    city, region, postal_prefix, area_code = CITIES[rng.integers(len(CITIES))]
    return _Place(city, region, postal_prefix, "GR", f"+30 {area_code}", "el")


def _company(abroad: bool, place: _Place, taken: set[str], rng: np.random.Generator) -> tuple[str, str]:
    """A name that no other customer has, and the registered name."""
    while True:
        if abroad:
            trade = TRADES_ABROAD[rng.integers(len(TRADES_ABROAD))]
            name = f"{NAMES_ABROAD[rng.integers(len(NAMES_ABROAD))]} {trade} {place.city}"
            legal_name = f"{name} {LEGAL_FORMS_ABROAD[place.country]}"
        else:
            surname = SURNAMES[rng.integers(len(SURNAMES))]
            trade = TRADES[rng.integers(len(TRADES))]
            name = f"{trade} {surname} {place.city}"
            legal_name = _capitals(f"{surname} {trade} {LEGAL_FORMS[rng.integers(len(LEGAL_FORMS))]}")
        if name not in taken:
            taken.add(name)
            return name, legal_name


def _capitals(text: str) -> str:
    """Upper case without accents, as is usual in Greek."""
    return "".join(char for char in normalize("NFD", text.upper()) if not combining(char))


def _as_typed(international: str, rng: np.random.Generator) -> str:
    """The number as it was typed in: mostly the way it is printed on invoices."""
    return spelled(international, int(rng.choice(SPELLINGS, p=[0.6, 0.1, 0.1, 0.1, 0.1])))


def _person(rng: np.random.Generator) -> str:
    return f"{FIRST_NAMES[rng.integers(len(FIRST_NAMES))]} {SURNAMES[rng.integers(len(SURNAMES))]}"


def _tax_id(rng: np.random.Generator) -> str:
    """Nine digits with a wrong check digit, so that the number is never a real one."""
    digits = f"{int(rng.integers(10**8)):08}"
    check = sum(int(digit) << (8 - position) for position, digit in enumerate(digits)) % 11 % 10
    return f"{digits}{(check + 1) % 10}"


def _grouped(rows: list[dict[str, str]], key: str) -> list[list[str]]:
    """The keys of each customer, in the order of customers."""
    keys: dict[str, list[str]] = {}
    for row in rows:
        keys.setdefault(row["customer_id"], []).append(row[key])
    return list(keys.values())
