"""Addresses of Odoo's partners: those that an order or customer of ours means, and new ones."""

from collections.abc import Iterable

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo.receiving.models import Models
from wiseparts_pipeline.connections.receiving import Address, NotThere, Values, said

_PARTNER = "res.partner"
_FIELDS = ("street", "street2", "zip", "city", "type", "parent_id")
# Contact persons have the address of their company.
_PERSON = "contact"


def the_same(models: Models, address: Address, partner: Record) -> int:
    """The number of the partner, or of one below it, whose address is this one.

    By its number if it came from Odoo, else by what it says. Raises NotThere if there is none.
    """
    own = [["commercial_partner_id", "=", int(partner["id"])], ["active", "=", True]]
    for each in models.find(_PARTNER, own, _FIELDS):
        if address.is_theirs:
            if each["id"] == address.address_id:
                return int(each["id"])
        elif (each["type"] != _PERSON or each["parent_id"] is None) and _said(each) == address.said:
            return int(each["id"])
    what = f" ({address.text})" if address.text else ""
    raise NotThere(
        f"The customer {partner['code']!r} has no address {address.address_id!r}{what} in Odoo; enter it there with the"
        " same street, postal code and city, or send the order again with another."
    )


def placed(models: Models, address: Address) -> Values:
    """Where it is, as values of a partner. Raises NotThere for a country that there is not."""
    values: Values = {"street": address.street, "zip": address.postal_code, "city": address.city}
    if address.country_code:
        countries = models.numbers("res.country", [["code", "=", address.country_code]])
        if not countries:
            raise NotThere(f"There is no country {address.country_code!r} in Odoo; enter it there.")
        values["country_id"] = countries[0]
        if address.region:
            known = [["country_id", "=", countries[0]], ["name", "=ilike", address.region]]
            values["state_id"] = next(iter(models.numbers("res.country.state", known)), False)
    return values


def below(models: Models, own: Address, addresses: Iterable[Address]) -> list[Values]:
    """New partners below one with the address `own`, for invoices and deliveries; each text once for either."""
    made: dict[tuple[str, ...], Values] = {}
    for address in addresses:
        kind = "invoice" if address.kind == "billing" else "delivery"
        if any(address.said) and address.said != own.said and (kind, *address.said) not in made:
            values = {"type": kind, "name": address.name or False, **placed(models, address)}
            made[(kind, *address.said)] = values
    return list(made.values())


def _said(partner: Record) -> tuple[str, ...]:
    street = " ".join(filter(None, (partner["street"], partner["street2"])))
    return said(street, partner["zip"], partner["city"])
