"""Odoo's models as its client uses them: found, filled in by Odoo itself, created."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.odoo.entities import CODES
from wiseparts_pipeline.connections.odoo.reader import Reader
from wiseparts_pipeline.connections.odoo.rpc import Rpc
from wiseparts_pipeline.connections.odoo.schema import Schema
from wiseparts_pipeline.connections.odoo.ways import NoAccess
from wiseparts_pipeline.connections.receiving import Values

# From here on, what a person's client fills in is filled in by the creation itself.
_FILLED_IN_SINCE = 16
# From here on, whether a user has a group is asked of the user.
_GROUPS_OF_USERS_SINCE = 18
_ASKED = ["type", "store", "readonly", "states"]
_AS_READ = ("char", "text", "html", "selection", "date", "datetime", "boolean")


class Models:
    """What creating records of any model has in common. Every method raises ConnectionFailure."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.schema = Schema(rpc)
        self._reader = Reader(rpc, self.schema, CODES)
        self._entered: dict[str, dict[str, str]] = {}

    @property
    def company(self) -> int:
        """The number of the user's company."""
        company: int = self.rpc.company["id"]
        return company

    @property
    def of_company(self) -> list[object]:
        """The condition on records that belong to the company, or to all."""
        return ["company_id", "in", [False, self.company]]

    def find(self, model: str, domain: Sequence[object], fields: Sequence[str]) -> list[Record]:
        """The records that meet the domain, archived ones too, the oldest first. `fields`: see `Reader.pages`."""
        return self._reader.find(model, domain, fields)

    def numbers(self, model: str, domain: Sequence[object]) -> list[int]:
        """The numbers of the records that meet the domain, the oldest first, and no archived ones."""
        return [int(each["id"]) for each in self.rpc.search_read(model, domain, ["id"])]

    def filled_in(self, model: str, values: Values, changed: Sequence[str]) -> Values:
        """The values with all that Odoo enters by itself when a person enters those that were `changed`."""
        if self.rpc.version >= _FILLED_IN_SINCE:
            return dict(values)
        fields = self._fields_of(model)
        asked = dict.fromkeys(fields, "1")
        # Of no record, as it is a new one.
        found = self.rpc.execute(model, "onchange", [], values=values, field_name=list(changed), field_onchange=asked)
        if not isinstance(found, dict) or not isinstance(found.get("value", {}), dict):
            raise UnexpectedAnswer(f"{self.rpc.place(f'{model}.onchange')}: the answer has no values")
        entered: Values = {}
        for name, value in found.get("value", {}).items():
            if name in fields:
                entered |= _written(name, value, fields[name])
        return {**entered, **values}

    def create(self, model: str, values: Values) -> int:
        """The number of the record that is created; it is asked for once."""
        return self.rpc.create(model, values)

    def press(self, model: str, button: str, number: int) -> Any:
        """What Odoo answers when a person presses a button of the record."""
        return self.rpc.execute(model, button, [number], repeatable=False)

    def lacking(self, rights: Mapping[str, Iterable[str]]) -> Iterator[str]:
        """By model, the rights that the user needs and does not have, each with what to do."""
        for model, needed in rights.items():
            without = [right for right in needed if not self._may(model, right)]
            if without:
                yield f"the user may not {' or '.join(without)} {model}; give the user a group with this right"

    def has_group(self, group: str) -> bool:
        """Whether the user has the group of this name, such as `base.group_user`."""
        of = [self.rpc.user] if self.rpc.version >= _GROUPS_OF_USERS_SINCE else None
        return self.rpc.execute("res.users", "has_group", of, group_ext_id=group) is True

    def _may(self, model: str, right: str) -> bool:
        try:
            return bool(self.rpc.execute("ir.model.access", "check", model=model, mode=right, raise_exception=False))
        except NoAccess:
            return False

    def _fields_of(self, model: str) -> dict[str, str]:
        """By name, the types of the fields that a person can enter into a new record."""
        if model not in self._entered:
            found = self.rpc.execute(model, "fields_get", attributes=_ASKED)
            if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
                raise UnexpectedAnswer(f"{self.rpc.place(f'{model}.fields_get')}: result is not a list of fields")
            self._entered[model] = {
                name: str(about.get("type"))
                for name, about in found.items()
                # Those that can be entered only in some states can be in the first one.
                if about.get("store") and (not about.get("readonly") or about.get("states"))
                if about.get("type") != "one2many"
            }
        return self._entered[model]


def _written(name: str, value: Any, kind: str) -> Values:
    """A value that Odoo has entered, as it takes it back. Nothing for kinds that are only shown."""
    if value is False or value is None:
        return {name: False}
    match kind:
        case "many2one":
            return {name: int(value[0])}
        case "many2many":
            # Each is a command: 4 adds the record of a number, 6 those of a list.
            added = [int(each[1]) for each in value if str(each[0]) == "4"]
            added += [int(number) for each in value if str(each[0]) == "6" for number in each[2]]
            return {name: [[6, 0, added]]}
        case "integer":
            return {name: int(value)}
        case "float" | "monetary":
            return {name: float(value)}
        case _ if kind in _AS_READ:
            return {name: value}
    return {}
