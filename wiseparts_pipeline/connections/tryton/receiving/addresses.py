"""Addresses of Tryton's parties: those that an order or customer of ours means, and new ones."""

from collections.abc import Iterable

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.receiving import Address, NotThere, Values, said
from wiseparts_pipeline.connections.tryton.receiving.models import Models
from wiseparts_pipeline.connections.tryton.values import identity

FIELDS = ("street", "postal_code", "city")


def the_same(address: Address, party: Record) -> int:
    """The number of the party's address that is this one: by its number if it came from Tryton, else by what it says.

    Raises NotThere if the party has none.
    """
    for each in party["addresses"]:
        number = identity(each, "party.addresses")
        if str(number) == address.address_id if address.is_theirs else _said(each) == address.said:
            return number
    what = f" ({address.text})" if address.text else ""
    raise NotThere(
        f"The customer {party['code']!r} has no address {address.address_id!r}{what} in Tryton;"
        " enter it there with the same street, postal code and city, or send the order again with another."
    )


def created(models: Models, addresses: Iterable[Address]) -> list[Values]:
    """New addresses of a party, those with the same text as one. Raises NotThere for a country that there is not."""
    made: dict[tuple[str, ...], Values] = {}
    for address in addresses:
        if not any(address.said):
            continue
        values = made.setdefault(address.said, {})
        if not values:
            values |= {name: getattr(address, name) for name in FIELDS}
            values |= {"party_name": address.name, **_place(models, address)}
        values["invoice" if address.kind == "billing" else "delivery"] = True
    return list(made.values())


def _place(models: Models, address: Address) -> Values:
    """Its country, and the region if Tryton knows it there."""
    if address.country_code is None:
        return {}
    country = models.number("country.country", address.country_code)
    if country is None:
        raise NotThere(f"There is no country {address.country_code!r} in Tryton; import its countries there.")
    place: Values = {"country": country}
    if address.region:
        known = [["country", "=", country], ["name", "ilike", address.region]]
        for found in models.find("country.subdivision", known, ["name"], limit=1):
            place["subdivision"] = identity(found, "country.subdivision")
    return place


def _said(there: Record) -> tuple[str, ...]:
    return said(*(there[name] for name in FIELDS))
