"""Customers as partners of Odoo: known by their reference, of which Odoo allows any number."""

from collections.abc import Iterator

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.odoo.domains import Domain, with_codes
from wiseparts_pipeline.connections.odoo.receiving.addresses import below, placed
from wiseparts_pipeline.connections.odoo.receiving.models import Models
from wiseparts_pipeline.connections.receiving import CREATED_WITHIN, Customer, Stage, There, Values

PARTNER = "res.partner"
_FIELDS = ("ref", "name", "active", "vat")
_RIGHTS = {PARTNER: ("read", "create", "unlink"), "res.country": ("read",)}
# Odoo 19 has one number for each partner.
_REACHED = ("email", "phone", "mobile")


class Customers:
    """How an Odoo takes customers; see `receiving.Taking`."""

    created_within = CREATED_WITHIN

    def __init__(self, models: Models) -> None:
        self._models = models

    def find(self, record: Customer) -> There | None:
        """The oldest partner with the customer's number as its reference, an archived one only if there is no other."""
        found = self._models.find(PARTNER, [*customers_with(record.key), self._models.of_company], _FIELDS)
        there = sorted(found, key=lambda partner: partner["active"] is False)
        return _there(record, there[0]) if there else None

    def values(self, record: Customer) -> Values:
        """What is created. Raises NotThere for a country that Odoo does not have."""
        own, *others = record.addresses
        fields = self._models.schema.fields(PARTNER)
        reached = {name: getattr(record, name) for name in _REACHED if name in fields}
        values: Values = {
            "ref": record.key,
            "name": record.name,
            "is_company": True,
            "customer_rank": 1,
            "vat": record.tax_id or False,
            **{name: value for name, value in reached.items() if value},
            **placed(self._models, own),
            "child_ids": [[0, 0, each] for each in below(self._models, own, others)],
        }
        language = self._language(record.language)
        return values | ({"lang": language} if language else {})

    def create(self, record: Customer, values: Values) -> There:
        """Creates the partner. If another process has done so as well, the later one is deleted again."""
        number = self._models.create(PARTNER, values)
        there = self.find(record)
        if there is None or there.number == number:
            return There(number, record.key, Stage.COMPLETE)
        self._models.press(PARTNER, "unlink", number)
        return there

    def complete(self, record: Customer, there: There) -> There:
        """Nothing is left to be done."""
        return there

    def problems(self) -> Iterator[str]:
        """Missing rights."""
        yield from self._models.lacking(_RIGHTS)

    def _language(self, language: str | None) -> str | None:
        """The code of the language, if it is installed: `el_GR` is one of `el`."""
        if not language:
            return None
        known: Domain = ["|", ["code", "=", language], ["code", "=like", f"{language}\\_%"]]
        found = self._models.rpc.search_read("res.lang", [*known, ["active", "=", True]], ["code"])
        return str(found[0]["code"]) if found else None


def customers_with(code: str) -> Domain:
    """The domain of the partners with this code that can be customers: no contact persons or addresses."""
    return ["|", ["is_company", "=", True], ["parent_id", "=", False], *with_codes("ref", [code])]


def _there(customer: Customer, partner: Record) -> There:
    differs = "is archived" if partner["active"] is False else customer.differs(partner["name"], partner["vat"])
    return There(int(partner["id"]), partner["code"], Stage.COMPLETE, differs=differs)
