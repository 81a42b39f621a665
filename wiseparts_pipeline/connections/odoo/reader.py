"""Reads records page by page, and the records that they refer to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.odoo.rpc import Rpc
from wiseparts_pipeline.connections.odoo.schema import OPTIONAL, Schema
from wiseparts_pipeline.connections.odoo.values import Field, plain
from wiseparts_pipeline.connections.odoo.ways import NoAccess

PAGE = 500
# Of records that others refer to, in one request.
_MOST_NUMBERS = 1000
# Of records that others refer to, in memory.
_MOST_REMEMBERED = 20_000

# Begins codes that are made of numbers.
_MADE = "id-"

# What a reference to a record tells without reading it.
_KNOWN = {"id", "display_name"}

# The fields that are wanted, each with those of the record that it leads to.
Tree = dict[str, "Tree"]


class Reader:
    """`codes`: by model, the field with the code that people know a record by."""

    def __init__(self, rpc: Rpc, schema: Schema, codes: Mapping[str, str]) -> None:
        self._rpc = rpc
        self._schema = schema
        self._codes = codes
        self._remembered: dict[tuple[str, str], Record] = {}
        self._unreadable: set[str] = set()

    def pages(
        self, model: str, domain: Sequence[object], paths: Iterable[str], size: int = PAGE, **context: object
    ) -> Iterator[list[Record]]:
        """All records that meet the domain, by number, page by page. Raises ConnectionFailure.

        `paths`: their fields, those of related records behind a dot. A record has all of them; what cannot be read is
        None. `context`: what computed fields depend on. What is read of other records is the same for all pages.
        """
        self._remembered.clear()
        place = self._rpc.place(f"{model}.search_read")
        tree = grown(paths)
        last = 0
        while True:
            beyond = [*domain, ["id", ">", last]]
            names = self._names(model, tree)
            found = self._rpc.search_read(model, beyond, names, size, "id", active_test=False, **context)
            if len(found) > size:
                raise UnexpectedAnswer(f"{place}: {len(found)} records came, and {size} were asked for")
            for number, each in enumerate(found):
                if int(each["id"]) <= last:
                    raise UnexpectedAnswer(
                        f"{place}: result[{number}].id is {each['id']} after {last}: a page repeats, or is not in order"
                    )
                last = int(each["id"])
            if found:
                yield self._completed(model, found, tree, is_asked_for=True)
            if len(found) < size:
                return

    def find(
        self,
        model: str,
        domain: Sequence[object],
        paths: Iterable[str],
        limit: int | None = None,
        order: str = "id",
        **context: object,
    ) -> list[Record]:
        """The records that meet the domain, in one answer, also archived ones; see `pages`."""
        self._remembered.clear()
        tree = grown(paths)
        names = self._names(model, tree)
        found = self._rpc.search_read(model, domain, names, limit, order, active_test=False, **context)
        return self._completed(model, found, tree, is_asked_for=True)

    def _completed(
        self, model: str, records: Sequence[Record], tree: Tree, *, is_asked_for: bool = False
    ) -> list[Record]:
        """The records with plain values, their codes, and those that they refer to in place of their numbers."""
        fields = self._schema.fields(model)
        place = self._rpc.place(f"{model}.search_read")
        names = self._names(model, tree)
        done = [self._plain(each, model, names, f"{place}: result[{number}]") for number, each in enumerate(records)]
        for name, below in tree.items():
            if name in fields and not below.keys() <= _KNOWN:
                # Of documents without their lines, nothing would be known.
                self._put_related(done, name, fields[name], below, is_needed=is_asked_for and fields[name].is_list)
        for each in done:
            _have(each, tree)
        return done

    def _plain(self, record: Record, model: str, names: Sequence[str], place: str) -> Record:
        fields = self._schema.fields(model)
        done: Record = {"id": record["id"]}
        for name in names:
            if name not in record:
                raise UnexpectedAnswer(f"{place} has no {name}, which was asked for")
            if name != "id":
                decimals = self._decimals(fields[name], record)
                done[name] = plain(record[name], fields[name], decimals, f"{place}.{name}")
        if model in self._codes:
            done["code"] = done[self._codes[model]] or code_of(done["id"])
        return done

    def _put_related(self, records: Sequence[Record], name: str, field: Field, below: Tree, *, is_needed: bool) -> None:
        """Raises NoAccess where the user may not read what is needed; otherwise, nothing is put."""
        assert field.relation is not None
        referring = [each for each in records if each[name]]
        try:
            if field.is_list:
                numbers = {number for each in referring for number in each[name]}
                found = self._by_number(field.relation, numbers, below)
            else:
                found = self._remembering(field.relation, {each[name]["id"] for each in referring}, below)
        except NoAccess:
            if is_needed:
                raise
            self._unreadable.add(field.relation)
            found = {}
        for each in referring:
            if field.is_list:
                each[name] = [found[number] for number in each[name] if number in found]
            else:
                each[name] = {**each[name], **found.get(each[name]["id"], {})}

    def _remembering(self, model: str, numbers: Set[str], tree: Tree) -> dict[str, Record]:
        """Records that many others refer to."""
        known = {
            number: record
            for number in numbers
            if (record := self._remembered.get((model, number))) is not None and _has(record, tree)
        }
        found = self._by_number(model, numbers - known.keys(), tree)
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.clear()
        for number, record in found.items():
            self._remembered[model, number] = {**self._remembered.get((model, number), {}), **record}
        return known | found

    def _by_number(self, model: str, numbers: Set[str], tree: Tree) -> dict[str, Record]:
        wanted = sorted(map(int, numbers)) if model not in self._unreadable else []
        found: dict[str, Record] = {}
        for first in range(0, len(wanted), _MOST_NUMBERS):
            part = wanted[first : first + _MOST_NUMBERS]
            domain = [["id", "in", part]]
            names = self._names(model, tree)
            some = self._rpc.search_read(model, domain, names, len(part), active_test=False)
            found |= {each["id"]: each for each in self._completed(model, some, tree)}
        return found

    def _names(self, model: str, tree: Tree) -> list[str]:
        """The fields to ask for: those that are there, those with the currencies of amounts, and that of the code."""
        fields = self._schema.fields(model)
        names = {name for name in tree if name in fields}
        names |= {currency for name in names if (currency := fields[name].currency) and currency in fields}
        if model in self._codes:
            names = names - {"code"} | {self._codes[model]}
        return sorted(names) or ["id"]

    def _decimals(self, field: Field, record: Record) -> int | None:
        if field.currency is None:
            return field.decimals
        currency = record.get(field.currency)
        return self._currencies.get(currency[0]) if isinstance(currency, list) and currency else None

    @cached_property
    def _currencies(self) -> dict[str, int]:
        """By number, how many decimals amounts have."""
        found = self._rpc.search_read("res.currency", [], ["decimal_places"], active_test=False)
        return {each["id"]: int(each["decimal_places"]) for each in found if str(each["decimal_places"]).isdecimal()}


def grown(paths: Iterable[str]) -> Tree:
    """The paths as a tree."""
    tree: Tree = {}
    for path in paths:
        branch = tree
        for name in path.split("."):
            branch = branch.setdefault(name.removesuffix(OPTIONAL), {})
    return tree


def code_of(number: str) -> str:
    """The code of a record that has none."""
    return f"{_MADE}{number}"


def number_of(code: str) -> str | None:
    """The number that a code was made of, if it was."""
    number = code.removeprefix(_MADE)
    return number if number != code and number.isdecimal() else None


def _has(record: Record, tree: Tree) -> bool:
    """Whether the record was read with all of these fields."""
    return all(
        name in record and (not below or not isinstance(record[name], dict) or _has(record[name], below))
        for name, below in tree.items()
    )


def _have(record: Record, tree: Tree) -> None:
    """Puts None where the record, or one that it refers to, does not have a field."""
    for name, below in tree.items():
        value: Any = record.get(name)
        if isinstance(value, list):
            continue
        if below:
            record[name] = value if isinstance(value, dict) else {}
            _have(record[name], below)
        else:
            record.setdefault(name, None)
