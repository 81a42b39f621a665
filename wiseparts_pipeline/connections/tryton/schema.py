"""Which of the fields that could be read a Tryton has, and which of them the user may read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from wiseparts_pipeline.connections.errors import Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.tryton.entities import ORIGINS, READINGS
from wiseparts_pipeline.connections.tryton.rpc import Rpc

# Those of the fields in `entities.py`.
_RELATED = (
    "account.invoice.line",
    "account.invoice.payment_term",
    "account.invoice.payment_term.line",
    "account.invoice.payment_term.line.delta",
    "account.move",
    "account.move.reconciliation",
    "company.employee",
    "country.country",
    "country.subdivision",
    "currency.currency",
    "ir.lang",
    "party.category",
    "party.contact_mechanism",
    "party.identifier",
    "party.party.credit_limit_amount",
    "party.relation.type",
    "product.category",
    "product.cost_price",
    "product.identifier",
    "product.list_price",
    "product.price_list",
    "product.template",
    "product.uom",
    "stock.location",
    "stock.move",
)
_ALL = sorted({*(each.model for each in READINGS.values()), *ORIGINS, *_RELATED})


@dataclass
class Fields:
    """Fields that can be read, and why others cannot: `modules` that are not there, `rights` that the user lacks."""

    readable: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    rights: set[str] = field(default_factory=set)


class Schema:
    """Asks once: two requests. `also`: by model, fields that are read besides those of the entities."""

    def __init__(self, rpc: Rpc, also: Mapping[str, Iterable[str]]) -> None:
        self._place = rpc.place("model.ir.model.field.search_read")
        names = {name for reading in READINGS.values() for each in reading.fields for name in each.split(".")}
        names |= {each.split(".")[0] for reading in READINGS.values() for each in reading.touched}
        names |= {name for fields in (*ORIGINS.values(), *also.values()) for each in fields for name in each.split(".")}
        found = rpc.call(
            "model.ir.model.field.search_read",
            [["model", "in", sorted({*_ALL, *also})], ["name", "in", sorted(names)]],
            0,
            None,
            None,
            ["model", "name", "relation"],
        )
        if not isinstance(found, list) or not all(isinstance(each, dict) and "model" in each for each in found):
            raise UnexpectedAnswer(f"{self._place}: the answer is not a list of fields")
        self._relations = {(each["model"], each["name"]): each.get("relation") for each in found}
        models = sorted({model for model, _ in self._relations})
        rights = rpc.call("model.ir.model.access.get_access", models)
        if not isinstance(rights, dict):
            raise UnexpectedAnswer(f"{rpc.place('model.ir.model.access.get_access')}: the answer is no object")
        # A model without any rules may be read by all: then there is nothing in the place of a number.
        self._unreadable = {
            model for model, each in rights.items() if isinstance(each, dict) and each.get("read") in (False, "0")
        }
        self._models = set(models)

    def has(self, model: str) -> bool:
        """Whether the module with the model is activated."""
        return model in self._models

    def may_read(self, model: str) -> bool:
        """Whether the user may read its records."""
        return model not in self._unreadable

    def need(self, model: str) -> None:
        """Raises Refused if records of the model cannot be read at all."""
        if not self.has(model):
            raise Refused(
                f"{self._place}: this Tryton has no {model}; activate its module, or do without what is read of it"
            )
        if not self.may_read(model):
            raise Refused(
                f"{self._place}: the user may not read {model}; give the user a group with this right, or do without"
                " what is read of it"
            )

    def fields(self, model: str, wanted: Iterable[str]) -> Fields:
        """What of the wanted fields can be read."""
        result = Fields()
        for path in wanted:
            self._sort(model, path, result)
        return result

    def _sort(self, model: str, path: str, result: Fields) -> None:
        names = path.split(".")
        for number, name in enumerate(names):
            shown = f"{model}.{name}"
            if name == "id":
                break
            if (model, name) not in self._relations:
                result.modules.add(shown)
                return
            related = self._relations[model, name]
            if number == len(names) - 1:
                break
            if not related or not self.has(related):
                result.modules.add(shown)
                return
            if not self.may_read(related):
                result.rights.add(related)
                return
            model = related
        result.readable.append(path)
