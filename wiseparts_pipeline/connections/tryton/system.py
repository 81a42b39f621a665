"""Tryton, asked over its JSON-RPC."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import (
    ChangedSince,
    Everything,
    Pace,
    Readable,
    Record,
    Selection,
    WithKeys,
)
from wiseparts_pipeline.connections.errors import Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.repeating import PATIENT, Repeats
from wiseparts_pipeline.connections.tryton.completing import completed, with_all
from wiseparts_pipeline.connections.tryton.entities import ORIGINS, READINGS, Domain, Reading
from wiseparts_pipeline.connections.tryton.rpc import Rpc
from wiseparts_pipeline.connections.tryton.schema import Schema
from wiseparts_pipeline.connections.tryton.stock import stock
from wiseparts_pipeline.connections.tryton.values import identity, moment, plain
from wiseparts_pipeline.errors import ConfigurationError

_PAGE = 500
_BY_NUMBER = (("id", "ASC"),)
# Of keys in one request.
_MOST_KEYS = 200


class Tryton:
    """A company of a database of Tryton, as its user sees it; see `base.Connected`.

    `also`: by model, fields that are read besides those of the entities.
    """

    @classmethod
    def readable(cls, pull: PullSettings) -> Readable:
        """How the pull's entity is read. Raises ConfigurationError for one that Tryton does not have."""
        reading = _reading(pull)
        owners = tuple(owner for owner, _ in reading.owners)
        return Readable(reading.key, reading.by_time, owners, bool(reading.open or reading.open_of_owner))

    def __init__(
        self,
        settings: ConnectionSettings,
        pace: Pace,
        also: Mapping[str, Iterable[str]] | None = None,
        repeats: Repeats = PATIENT,
    ) -> None:
        self._also = also or {}
        self._rpc = Rpc(settings, pace, repeats)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rpc.close()

    @property
    def now(self) -> datetime | None:
        return self._rpc.now

    @property
    def requests(self) -> int:
        return self._rpc.requests

    def records(self, pull: PullSettings, selection: Selection) -> Iterator[Record]:
        """The records of the pull's entity, each once, one page in memory at a time."""
        reading = _reading(pull)
        self._schema.need(reading.model)
        fields = self._schema.fields(reading.model, reading.fields).readable
        for domain in self._domains(reading, pull.entity, selection):
            if pull.entity == "inventory":
                purchases = self._schema.has("stock.move") and self._schema.may_read("stock.move")
                yield from stock(self, domain, fields, purchases=purchases)
                continue
            for page in self.pages(reading.model, domain, fields, reading.page):
                place = self._rpc.place(f"model.{reading.model}.search_read")
                for record in completed(pull.entity, page, self._lookup, place):
                    record["company"] = {"currency": self._company["currency"]}
                    yield record

    def find(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        limit: int | None = None,
        order: Sequence[Sequence[str]] = _BY_NUMBER,
        context: Mapping[str, object] | None = None,
    ) -> list[Record]:
        """The records of the model that meet the domain, in one answer; a field that cannot be read is empty.

        `context`: what is added to that of the user. Raises ConnectionFailure.
        """
        self._schema.need(model)
        readable = self._schema.fields(model, fields).readable
        found = self._list(f"model.{model}.search_read", domain, 0, limit, order, readable, **(context or {}))
        return with_all(found, fields)

    def completed(self, entity: str, records: list[Record]) -> list[Record]:
        """The records, read of the entity's model, with what they have besides."""
        return completed(entity, records, self._lookup, self._rpc.place(f"model.{READINGS[entity].model}.search_read"))

    def has(self, model: str, field: str = "id") -> bool:
        """Whether there is such a field of such a model, and the user may read it."""
        known = self._schema.has(model) and self._schema.may_read(model)
        return known and bool(self._schema.fields(model, [field]).readable)

    def lacking(self, model: str, fields: Sequence[str]) -> str:
        """Which of the fields cannot be read, and why; empty if all can."""
        if not self._schema.has(model):
            return f"not in this Tryton: {model}"
        found = self._schema.fields(model, fields)
        unreadable = found.rights | (set() if self._schema.may_read(model) else {model})
        rights = f"the user may not read {', '.join(sorted(unreadable))}" if unreadable else ""
        modules = f"not in this Tryton: {', '.join(sorted(found.modules))}" if found.modules else ""
        return "; ".join(filter(None, (rights, modules)))

    def call(self, method: str, *params: object, **context: object) -> Any:
        """The result of a method of a model, with numbers as texts. Raises ConnectionFailure."""
        return self._rpc.call(f"model.{method}", *params, **context)

    @property
    def currency(self) -> Record:
        """That of the company whose documents are read."""
        currency: Record = self._company["currency"]
        return currency

    def notes(self, pulls: Sequence[PullSettings]) -> Iterator[str]:
        """Which company is read; what of the pulls' records is not, for want of a module or a right."""
        company = self._company
        yield f"reads company {company['party']['name']} ({company['currency']['code']}), as the user's preferences say"
        if company["others"]:
            yield f"does not read the user's other companies, {company['others']}: make a user and connection for each"
        for pull in pulls:
            reading = _reading(pull)
            try:
                self._schema.need(reading.model)
                next(iter(self.pages(reading.model, list(reading.domain), ["id"], 1)), None)
            except Refused as error:
                yield str(error)
                continue
            fields = self._schema.fields(reading.model, reading.fields)
            if pull.entity == "inventory" and not self._schema.may_read("stock.move"):
                fields.rights.add("stock.move")
            if fields.rights:
                yield f"{pull.name}: the user may not read {', '.join(sorted(fields.rights))}; what it has stays empty"
            if fields.modules:
                yield f"{pull.name}: not in this Tryton: {', '.join(sorted(fields.modules))}"

    def pages(
        self, model: str, domain: Domain, fields: Sequence[str], size: int = _PAGE, **context: object
    ) -> Iterator[list[Record]]:
        """All records of the model that meet the domain, by number, page by page. Raises ConnectionFailure."""
        method = f"model.{model}.search_read"
        last = 0
        while True:
            beyond = [domain, ["id", ">", last]]
            found = self._list(method, beyond, 0, size, _BY_NUMBER, list(fields), **context)
            if len(found) > size:
                raise UnexpectedAnswer(
                    f"{self._rpc.place(method)}: {len(found)} records came, and {size} were asked for"
                )
            for number, record in enumerate(found):
                here = identity(record, f"{self._rpc.place(method)}: result[{number}]")
                if here <= last:
                    raise UnexpectedAnswer(
                        f"{self._rpc.place(method)}: result[{number}].id is {here} after {last}: a page repeats, or is"
                        " not in order"
                    )
                last = here
            if found:
                yield found
            if len(found) < size:
                return

    @cached_property
    def _schema(self) -> Schema:
        return Schema(self._rpc, self._also)

    @cached_property
    def _company(self) -> Record:
        """The company of the user, whose documents are read. Raises ConnectionFailure."""
        own = self._rpc.context.get("company")
        if not isinstance(own, int):
            raise Refused(
                f"{self._rpc.place('login')}: the user has no company, without which Tryton shows no documents; choose"
                " one in the user's preferences"
            )
        if self._rpc.context.get("company_filter") == "all":
            raise Refused(
                f"{self._rpc.place('login')}: the user sees the documents of several companies, whose numbers may be"
                " the same; set the user's preference `Company Filter` to `Current`, and make a user for each company"
            )
        known = self._rpc.context.get("companies")
        wanted = known if isinstance(known, list) else [own]
        found = self._read(
            "company.company", sorted({own, *wanted}), ["party.name", "party.code", "currency.code", "currency.digits"]
        )
        by_number = {int(each["id"]): each for each in found}
        if own not in by_number:
            raise UnexpectedAnswer(f"{self._rpc.place('model.company.company.read')}: the user's company did not come")
        others = [each["party"]["name"] for number, each in by_number.items() if number != own]
        return by_number[own] | {"others": ", ".join(others), "parties": [int(each["party"]["id"]) for each in found]}

    def _domains(self, reading: Reading, entity: str, selection: Selection) -> Iterator[Domain]:
        """The conditions that records must meet; with many keys, several ones."""
        always: Domain = list(reading.domain)
        if reading.model.startswith("party."):
            # Our own companies are nobody's customers.
            own = "from_" if reading.model == "party.relation.all" else "party"
            field = "id" if reading.model == "party.party" else own
            always.append([field, "not in", self._company["parties"]])
        match selection:
            case Everything():
                yield [*always, *reading.open]
            case ChangedSince(since):
                yield [*always, *reading.open, self._changed(reading, since)]
            case WithKeys(keys, of):
                if of != entity:
                    always += [*reading.open, *reading.open_of_owner]
                field = reading.asked if of == entity else dict(reading.owners)[of]
                wanted: list[Any] = list(keys)
                if field == "id":
                    # The number is behind the document's.
                    numbers = [key.rpartition("/")[2] for key in keys]
                    wanted = [int(each) for each in numbers if each.isdecimal()]
                for first in range(0, len(wanted), _MOST_KEYS):
                    yield [*always, [field, "in", wanted[first : first + _MOST_KEYS]]]

    def _changed(self, reading: Reading, since: datetime) -> Domain:
        """Created or changed, or something of it was. A record that was never changed has no time of change."""
        there = [each for each in reading.touched if self._schema.fields(reading.model, [f"{each}.id"]).readable]
        at = moment(since)
        places = ["", *(f"{each}." for each in there)]
        return ["OR", *([f"{place}{name}", ">=", at] for place in places for name in ("write_date", "create_date"))]

    def _lookup(self, model: str, numbers: Sequence[str]) -> dict[str, Record]:
        """Records by number; none where the user may not read them."""
        fields = self._schema.fields(model, ORIGINS[model]).readable
        if not self._schema.has(model) or not self._schema.may_read(model) or not fields:
            return {}
        found: dict[str, Record] = {}
        for first in range(0, len(numbers), _PAGE):
            part = [int(each) for each in numbers[first : first + _PAGE]]
            found |= {each["id"]: each for each in self.find(model, [["id", "in", part]], fields, limit=len(part))}
        return found

    def _read(self, model: str, numbers: Sequence[int], fields: Sequence[str]) -> list[Record]:
        return self._list(f"model.{model}.read", list(numbers), list(fields))

    def _list(self, method: str, *params: object, **context: object) -> list[Record]:
        """The records of an answer. Raises UnexpectedAnswer if they are none."""
        place = self._rpc.place(method)
        found = self._rpc.call(method, *params, **context)
        if not isinstance(found, list):
            raise UnexpectedAnswer(f"{place}: result is not a list of records")
        for number, each in enumerate(found):
            if not isinstance(each, dict):
                raise UnexpectedAnswer(f"{place}: result[{number}] is not a record")
        records: list[Record] = plain(found, f"{place}: result")
        return records


def _reading(pull: PullSettings) -> Reading:
    try:
        return READINGS[pull.entity]
    except KeyError:
        raise ConfigurationError(
            f"pull {pull.name}: tryton has no {pull.entity}; it has {', '.join(READINGS)}"
        ) from None
