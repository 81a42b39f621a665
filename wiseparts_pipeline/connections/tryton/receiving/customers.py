"""Customers as parties of Tryton: known by their code, of which Tryton allows one each."""

from collections.abc import Iterator
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import Objection
from wiseparts_pipeline.connections.receiving import CREATED_WITHIN, Customer, Stage, There, Values
from wiseparts_pipeline.connections.tryton.receiving.addresses import created
from wiseparts_pipeline.connections.tryton.receiving.models import Models
from wiseparts_pipeline.connections.tryton.values import identity

_PARTY = "party.party"
_FIELDS = ("code", "name", "active", "tax_identifier.code")
_CHANGES = ("read", "create")
_RIGHTS = dict.fromkeys((_PARTY, "party.address", "party.contact_mechanism", "party.identifier"), _CHANGES) | {
    "country.country": ("read",)
}


class Customers:
    """How a Tryton takes customers; see `receiving.Taking`."""

    created_within = CREATED_WITHIN

    def __init__(self, models: Models) -> None:
        self._models = models
        self._identifiers: set[str] | None = None

    def find(self, record: Customer) -> There | None:
        """The party with the customer's number as its code."""
        own: list[Any] = [["code", "=", record.key], ["active", "in", [True, False]]]
        found = self._models.find(_PARTY, own, _FIELDS, limit=1)
        return _there(record, found[0]) if found else None

    def values(self, record: Customer) -> Values:
        """What is created. Raises NotThere for a country that Tryton does not have."""
        mechanisms = {"email": record.email, "phone": record.phone, "mobile": record.mobile}
        values: Values = {
            "code": record.key,
            "name": record.name,
            "addresses": [["create", created(self._models, record.addresses)]],
            "contact_mechanisms": [
                ["create", [{"type": kind, "value": value} for kind, value in mechanisms.items() if value]]
            ],
        }
        if record.tax_id:
            identifier = {"type": self._identifier(record), "code": record.tax_id}
            values["identifiers"] = [["create", [identifier]]]
        if record.language and (language := self._models.number("ir.lang", record.language)):
            values["lang"] = language
        return values

    def create(self, record: Customer, values: Values) -> There:
        """Creates the party, unless another process has done so at the same time."""
        try:
            number = self._models.create(_PARTY, values)
        except Objection:
            there = self.find(record)
            if there is None:
                raise
            return there
        return There(number, record.key, Stage.COMPLETE)

    def complete(self, record: Customer, there: There) -> There:
        """Nothing is left to be done."""
        return there

    def problems(self) -> Iterator[str]:
        """Missing rights."""
        yield from self._models.lacking(_RIGHTS)

    def _identifier(self, customer: Customer) -> str | None:
        """The kind of its tax number: with a country in front that of the union, else its country's if there is one."""
        if self._identifiers is None:
            found = self._models.rpc.call("model.party.identifier.get_types")
            self._identifiers = {str(each[0]) for each in found} if isinstance(found, list) else set()
        if str(customer.tax_id)[:2].isalpha():
            return "eu_vat"
        country = next((each.country_code for each in customer.addresses if each.country_code), "")
        kind = f"{country}_vat".lower()
        return kind if kind in self._identifiers else None


def _there(customer: Customer, party: Record) -> There:
    return There(identity(party, _PARTY), party["code"], Stage.COMPLETE, differs=_differs(customer, party))


def _differs(customer: Customer, party: Record) -> str | None:
    if party["active"] is False:
        return "is not active"
    return customer.differs(party["name"], (party["tax_identifier"] or {}).get("code"))
