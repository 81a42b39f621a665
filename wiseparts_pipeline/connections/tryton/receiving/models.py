"""Tryton's models as its client uses them: found, filled in by Tryton itself, created."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.receiving import Values
from wiseparts_pipeline.connections.tryton.entities import Domain
from wiseparts_pipeline.connections.tryton.rpc import Rpc, numbered
from wiseparts_pipeline.connections.tryton.values import identity, plain

# Of the types of fields, those whose values are written as they came.
_AS_READ = ("char", "text", "selection", "reference", "numeric")
_YES = (True, "1")


class Models:
    """What creating records of any model has in common. Every method raises ConnectionFailure."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self._fields: dict[str, Mapping[str, Any]] = {}
        self._numbers: dict[tuple[str, str], int | None] = {}

    @property
    def company(self) -> int:
        """The number of the user's company."""
        company = self.rpc.context.get("company")
        if not isinstance(company, int):
            raise Refused(f"{self.rpc.place('login')}: the user has no company; choose one in the user's preferences")
        return company

    def find(self, model: str, domain: Domain, fields: Sequence[str], limit: int | None = None) -> list[Record]:
        """The records that meet the domain, the oldest first."""
        method = f"model.{model}.search_read"
        place = self.rpc.place(method)
        found = self.rpc.call(method, domain, 0, limit, [["id", "ASC"]], list(fields))
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise UnexpectedAnswer(f"{place}: result is not a list of records")
        records: list[Record] = plain(found, f"{place}: result")
        return records

    def number(self, model: str, code: str) -> int | None:
        """The number of the record with this code, such as of a currency; asked for once. None if there is none."""
        if (model, code) not in self._numbers:
            found = self.find(model, [["code", "=", code]], ["code"], limit=1)
            self._numbers[model, code] = identity(found[0], model) if found else None
        return self._numbers[model, code]

    def filled_in(self, model: str, values: Values, changed: str) -> Values:
        """The values with all that Tryton enters by itself when a person enters the one that was `changed`."""
        method = f"model.{model}.on_change"
        found = self.rpc.call(method, values, [changed])
        if not isinstance(found, dict):
            raise UnexpectedAnswer(f"{self.rpc.place(method)}: the answer has no values")
        fields = self._fields_of(model)
        entered: Values = {}
        for name, value in found.items():
            about = fields.get(name)
            if about is not None and about.get("readonly") not in _YES:
                entered |= _written(name, value, about.get("type"))
        given = {name: value for name, value in values.items() if not name.startswith("_parent_")}
        return {**entered, **given}

    def create(self, model: str, values: Values) -> int:
        """The number of the record that is created; it is asked for once."""
        method = f"model.{model}.create"
        made = self.rpc.call_once(method, [values])
        if not isinstance(made, list) or len(made) != 1:
            raise UnexpectedAnswer(f"{self.rpc.place(method)}: the answer has no number of a record")
        return identity({"id": made[0]}, self.rpc.place(method))

    def press(self, model: str, button: str, number: int) -> None:
        """What happens when a person presses a button of the record, which is not there any more afterwards."""
        self.rpc.call_once(f"model.{model}.{button}", [number])

    def lacking(self, rights: Mapping[str, Iterable[str]]) -> Iterator[str]:
        """By model, the rights that the user needs and does not have, each with what to do."""
        method = "model.ir.model.access.get_access"
        found = self.rpc.call(method, sorted(rights))
        if not isinstance(found, dict):
            raise UnexpectedAnswer(f"{self.rpc.place(method)}: the answer is no object")
        for model, needed in rights.items():
            access = found.get(model) or {}
            # A model without any rules may be used by all.
            without = [right for right in needed if access.get(right) in (False, "0")]
            if without:
                yield f"the user may not {' or '.join(without)} {model}; give the user a group with this right"

    def _fields_of(self, model: str) -> Mapping[str, Any]:
        if model not in self._fields:
            method = f"model.{model}.fields_get"
            found = self.rpc.call(method, [])
            if not isinstance(found, dict):
                raise UnexpectedAnswer(f"{self.rpc.place(method)}: the answer is no object")
            self._fields[model] = found
        return self._fields[model]


def decimal(value: Decimal) -> Values:
    """A number with decimals, as Tryton takes it."""
    return {"__class__": "Decimal", "decimal": f"{value.normalize():f}"}


def _written(name: str, value: Any, kind: str | None) -> Values:
    """A value that Tryton has entered, as it takes it back; numbers come as texts. Nothing for kinds that are shown."""
    if value is None:
        return {name: None}
    match kind:
        case "many2one" | "integer":
            return {name: int(value)}
        case "float":
            return {name: float(value)}
        case "boolean":
            return {name: value in _YES}
        case "date" | "datetime" | "timestamp" | "time" | "timedelta":
            return {name: numbered(value)}
        case "many2many":
            added = [int(about["id"]) for _, about in value.get("add", ())] if isinstance(value, dict) else []
            return {name: [["add", added]]}
        case _ if kind in _AS_READ:
            return {name: value}
    return {}
