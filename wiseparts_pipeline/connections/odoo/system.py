"""Odoo, asked over one of the ways that it has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.connections.base import Everything, Pace, Readable, Record, Selection, WithKeys
from wiseparts_pipeline.connections.errors import Refused
from wiseparts_pipeline.connections.odoo.completing import completed
from wiseparts_pipeline.connections.odoo.domains import domains
from wiseparts_pipeline.connections.odoo.entities import CODES, READINGS, Reading
from wiseparts_pipeline.connections.odoo.reader import Reader
from wiseparts_pipeline.connections.odoo.rpc import Rpc
from wiseparts_pipeline.connections.odoo.schema import Schema
from wiseparts_pipeline.connections.odoo.stock import stock
from wiseparts_pipeline.connections.odoo.ways import NoAccess
from wiseparts_pipeline.connections.repeating import PATIENT, Repeats
from wiseparts_pipeline.errors import ConfigurationError


class Odoo:
    """A company of a database of Odoo, as its user sees it; see `base.Connected`."""

    @classmethod
    def readable(cls, pull: PullSettings) -> Readable:
        """How the pull's entity is read. Raises ConfigurationError for one that Odoo does not have."""
        reading = _reading(pull)
        owners = tuple(owner for owner, _ in reading.owners)
        return Readable(reading.key, reading.by_time, owners, bool(reading.open or reading.open_of_owner))

    def __init__(self, settings: ConnectionSettings, pace: Pace, repeats: Repeats = PATIENT) -> None:
        self._rpc = Rpc(settings, pace, repeats)
        self._schema = Schema(self._rpc)
        self._reader = Reader(self._rpc, self._schema, CODES)

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
        self._schema.check_there(reading.models, pull.entity)
        began = False
        try:
            for record in self._selected(pull.entity, reading, selection):
                began = True
                yield record
        except NoAccess:
            # Some conditions are on what the user may not read, and can be done without.
            if began or not self._schema.learn_rights(reading.model, reading.asked_by):
                raise
            yield from self._selected(pull.entity, reading, selection)

    def _selected(self, entity: str, reading: Reading, selection: Selection) -> Iterator[Record]:
        place = self._rpc.place(f"{reading.model}.search_read")
        for domain in domains(reading, entity, selection, self._schema):
            if entity == "inventory":
                yield from stock(self._reader, domain, reading.fields)
                continue
            for page in self._reader.pages(reading.model, domain, reading.fields, reading.page):
                for record in completed(entity, self._without_replaced(entity, reading, page), place):
                    record["company"] = {"currency": self._rpc.company["currency"]}
                    yield record

    def find(
        self,
        model: str,
        domain: Sequence[object],
        fields: Sequence[str],
        *,
        limit: int | None = None,
        order: str = "id",
        context: Mapping[str, object] | None = None,
    ) -> list[Record]:
        """The records of the model that meet the domain, in one answer; a field that cannot be read is empty.

        `context`: what is added to that of the user. Raises ConnectionFailure.
        """
        self._schema.check_there([model], "answers")
        return self._reader.find(model, domain, fields, limit, order, **(context or {}))

    def completed(self, entity: str, records: list[Record]) -> list[Record]:
        """The records, read of the entity's model, with what they have besides."""
        return completed(entity, records, self._rpc.place(f"{READINGS[entity].model}.search_read"))

    def has(self, model: str, field: str) -> bool:
        """Whether there is such a field of such a model."""
        return field in self._schema.fields(model)

    def lacking(self, model: str, fields: Iterable[str]) -> str:
        """What of the wanted fields cannot be read, and why, in words; empty if all can. Raises ConnectionFailure."""
        if not self._schema.fields(model):
            return f"not in this Odoo: {model}"
        if not self._schema.may_read(model):
            return f"the user may not read {model}"
        found = self._schema.lacking(model, fields)
        rights = f"the user may not read {', '.join(sorted(found.rights))}" if found.rights else ""
        modules = f"not in this Odoo: {', '.join(sorted(found.modules))}" if found.modules else ""
        return "; ".join(each for each in (rights, modules) if each)

    @property
    def currency(self) -> str:
        """That of the company whose documents are read."""
        return str(self._rpc.company["currency"])

    @property
    def time_zone(self) -> str | None:
        """The user's."""
        zone = self._rpc.context.get("tz")
        return str(zone) if zone else None

    def _without_replaced(self, entity: str, reading: Reading, records: list[Record]) -> list[Record]:
        """Without those that are archived and whose code has been given to another one."""
        name = CODES.get(reading.model, "")
        archived = {each[name] for each in records if each.get("active") is False and each.get(name)}
        if reading.key != "code" or not archived:
            return records
        given: set[object] = set()
        for domain in domains(reading, entity, WithKeys(sorted(archived), entity), self._schema):
            found = self._rpc.search_read(reading.model, [*domain, ["active", "=", True]], [name])
            given |= {each.get(name) for each in found}
        return [each for each in records if each["active"] is not False or each[name] not in given]

    def notes(self, pulls: Sequence[PullSettings]) -> Iterator[str]:
        """Which company is read; what of the pulls' records is not, for want of a module or a right."""
        company = self._rpc.company
        yield f"reads company {company['name']} ({company['currency']}), the user's default company"
        if self._rpc.others:
            others = ", ".join(self._rpc.others)
            yield f"does not read the user's other companies, {others}: make a user and connection for each"
        for pull in pulls:
            reading = _reading(pull)
            try:
                self._schema.check_there(reading.models, pull.entity)
                self._schema.check_rights(reading.models, pull.entity)
                self._schema.learn_rights(reading.model, reading.asked_by)
                domain = next(domains(reading, pull.entity, Everything(), self._schema))
                next(self._reader.pages(reading.model, domain, ["id"], 1), None)
            except Refused as error:
                yield str(error)
                continue
            if lacking := self.lacking(reading.model, reading.fields):
                yield f"{pull.name}: {lacking}; what it has stays empty"


def _reading(pull: PullSettings) -> Reading:
    try:
        return READINGS[pull.entity]
    except KeyError:
        raise ConfigurationError(f"pull {pull.name}: odoo has no {pull.entity}; it has {', '.join(READINGS)}") from None
