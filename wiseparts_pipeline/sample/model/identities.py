"""Invented places, companies and people, with numbers that are never real ones."""

from dataclasses import dataclass
from unicodedata import combining, normalize

import numpy as np

from wiseparts_pipeline.sample.model.telephones import SPELLINGS, number, spelled
from wiseparts_pipeline.sample.model.vocabulary import (
    CITIES,
    CITIES_ABROAD,
    FIRST_NAMES,
    LEGAL_FORMS,
    LEGAL_FORMS_ABROAD,
    NAMES_ABROAD,
    STREETS,
    STREETS_ABROAD,
    SURNAMES,
    TRADES,
    TRADES_ABROAD,
)


@dataclass(frozen=True)
class Place:
    """A city, in Greece or abroad."""

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


def random_place(abroad: bool, rng: np.random.Generator) -> Place:
    if abroad:
        city, country, calling_code, language = CITIES_ABROAD[rng.integers(len(CITIES_ABROAD))]
        return Place(city, "", f"{int(rng.integers(10, 90))}", country, f"+{calling_code} 2", language)
    city, region, postal_prefix, area_code = CITIES[rng.integers(len(CITIES))]
    return Place(city, region, postal_prefix, "GR", f"+30 {area_code}", "el")


def company(abroad: bool, place: Place, taken: set[str], rng: np.random.Generator) -> tuple[str, str]:
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


def as_typed(international: str, rng: np.random.Generator) -> str:
    """The number as it was typed in: mostly the way it is printed on invoices."""
    return spelled(international, int(rng.choice(SPELLINGS, p=[0.6, 0.1, 0.1, 0.1, 0.1])))


def person(rng: np.random.Generator) -> str:
    """First and last name."""
    return f"{FIRST_NAMES[rng.integers(len(FIRST_NAMES))]} {SURNAMES[rng.integers(len(SURNAMES))]}"


def tax_id(rng: np.random.Generator) -> str:
    """Nine digits with a wrong check digit, so that the number is never a real one."""
    digits = f"{int(rng.integers(10**8)):08}"
    check = sum(int(digit) << (8 - position) for position, digit in enumerate(digits)) % 11 % 10
    return f"{digits}{(check + 1) % 10}"
