"""What an Odoo has: the fields of its models that the user may see, and whether the user may read their records."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from wiseparts_pipeline.connections.errors import Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.odoo.rpc import Rpc
from wiseparts_pipeline.connections.odoo.values import Field, described
from wiseparts_pipeline.connections.odoo.ways import NoAccess

# Ends the name of a field that not every version of Odoo has, or has under another name.
OPTIONAL = "?"
_ASKED = ["type", "relation", "digits", "currency_field"]
# Amounts that Odoo does not say to be some, with the field of their currency.
_AMOUNTS = {("sale.order.line", "price_tax"): "currency_id"}


@dataclass
class Lacking:
    """What cannot be read: fields of `modules` that are not installed, and models that the user has no `rights` to."""

    modules: set[str] = field(default_factory=set)
    rights: set[str] = field(default_factory=set)


class Schema:
    """Asks once for each model, when it is needed first."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._models: dict[str, dict[str, Field]] = {}
        self._readable: dict[str, bool] = {}

    def place(self, model: str) -> str:
        """How errors about a model begin."""
        return self._rpc.place(model)

    def fields(self, model: str) -> dict[str, Field]:
        """The fields of a model by name; none if its module is not installed. Raises ConnectionFailure."""
        if model not in self._models:
            self._models[model] = self._describe(model)
        return self._models[model]

    def may_read(self, model: str) -> bool:
        """Whether the user may read the model's records."""
        if model not in self._readable:
            try:
                self._rpc.search_read(model, [], ["id"], 1)
                self._readable[model] = True
            except NoAccess:
                self._readable[model] = False
        return self._readable[model]

    def can_ask_for(self, model: str, path: str) -> bool:
        """Whether records can be asked for by a field, or by one of related records behind a dot, as far as is known:

        that the user may not read the related ones is only known when `may_read` was asked.
        """
        for name in path.split("."):
            found = self.fields(model).get(name)
            if found is None or (found.relation and not self._readable.get(found.relation, True)):
                return False
            model = found.relation or model
        return True

    def learn_rights(self, model: str, paths: Iterable[str]) -> bool:
        """Asks whether the user may read what the paths lead to; returns whether anything is not."""
        lacking = self.lacking(model, [path for path in paths if self.can_ask_for(model, path)])
        return bool(lacking.rights)

    def check_there(self, models: Iterable[str], entity: str) -> None:
        """Raises Refused if the models that an entity is read of are not there."""
        for model in models:
            if not self.fields(model):
                raise Refused(
                    f"{self.place(model)}: this Odoo does not have it, and {entity} are read of it; install its"
                    f" module, or remove the pull of {entity}"
                )

    def check_rights(self, models: Iterable[str], entity: str) -> None:
        """Raises Refused if the user may not read the models that an entity is read of."""
        for model in models:
            if not self.may_read(model):
                raise NoAccess(
                    f"{self.place(model)}: the user may not read it, and {entity} are read of it; give the user"
                    " the right to"
                )

    def lacking(self, model: str, paths: Iterable[str]) -> Lacking:
        """What of the wanted fields cannot be read."""
        result = Lacking()
        for path in paths:
            self._find_lacking(model, path, result)
        return result

    def _find_lacking(self, model: str, path: str, result: Lacking) -> None:
        for name in path.split("."):
            found = self.fields(model).get(name.removesuffix(OPTIONAL))
            if found is None:
                if not name.endswith(OPTIONAL):
                    result.modules.add(f"{model}.{name}")
                return
            if found.relation:
                model = found.relation
                if not self.may_read(model):
                    result.rights.add(model)
                    return

    def _describe(self, model: str) -> dict[str, Field]:
        place = self._rpc.place(f"{model}.fields_get")
        try:
            found = self._rpc.execute(model, "fields_get", attributes=_ASKED)
        except NoAccess:
            raise
        except Refused:
            return {}
        if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):
            raise UnexpectedAnswer(f"{place}: result is not a list of fields by name")
        fields = {name: described(each) for name, each in found.items()}
        for (of, name), currency in _AMOUNTS.items():
            if of == model and name in fields:
                fields[name] = replace(fields[name], currency=currency)
        return fields
