"""Reads the records of one pull: the list that is asked for, and what is behind the links of its records."""

import copy
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.connections.rest import KEY, SINCE, ByKeys, Window
from wiseparts_pipeline.connections.base import ChangedSince, Record, Selection, WithKeys
from wiseparts_pipeline.connections.deadline import check_deadline
from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.http import Http
from wiseparts_pipeline.connections.rest.asking import ABSENT, Answer, Asking, at, kind
from wiseparts_pipeline.connections.rest.pages import Pages, address_of_system
from wiseparts_pipeline.errors import ConfigurationError

_FIELD = re.compile(r"\{([^{}]*)\}")
# A record, or an object in one, and where it is, for errors.
_Found = tuple[str, Record]
# How many answers behind links are kept: of the same product in many orders.
_KEPT = 1000


class Reading:
    """What one pull reads, from its first request to its last."""

    def __init__(self, http: Http, settings: ConnectionSettings, pull: PullSettings) -> None:
        # The loader has seen to it.
        assert pull.request is not None
        self._http = http
        self._settings = settings
        self._pull = pull
        self._all = Asking.of(pull.request)
        self._behind: dict[str, Any] = {}

    def records(self, selection: Selection) -> Iterator[Record]:
        """The records, each with its details and with what is behind its links."""
        match selection:
            case WithKeys(keys, of):
                found = self._with_keys(keys, of)
            case ChangedSince(moment) if self._pull.window is not None:
                window = self._pull.window
                value = window.template.replace(SINCE, _written(moment, window))
                found = self._list(self._all.having(window.parameter, value))
            case _:
                found = self._list(self._all)
        for place, record in found:
            yield self._complete(place, record)

    def _list(self, asking: Asking, answer: Answer | None = None, records: str | None = None) -> Iterator[_Found]:
        """The records of a list, each with where it was. `answer`: that to the first request, if it has come."""
        key = self._pull.keys.field if self._pull.keys else ""
        return self._pages(self._pull.records if records is None else records, key).of(asking, answer)

    def _pages(self, records: str, key: str | None) -> Pages:
        return Pages(self._ask, self._pull.paginate, records, key, self._settings.url)

    def _with_keys(self, keys: Sequence[str], of: str) -> Iterator[_Found]:
        """Those that there are of the records with these keys, or of those that belong to records of another entity."""
        own = self._pull.keys if of == self._pull.entity else None
        how = own or self._pull.owners.get(of)
        if how is None:
            raise ConfigurationError(
                f"pull {self._pull.name}: its records cannot be asked for by keys of {of}; say in"
                f" `{'keys' if of == self._pull.entity else 'owners'}` how the system is asked for them"
            )
        wanted = {key.casefold() for key in keys}
        for place, record in self._asked_by(how, keys):
            key = at(record, own.field) if own else None
            if own and not (isinstance(key, str) and key.casefold() in wanted):
                raise UnexpectedAnswer(
                    f"{place}.{own.field}: this is none of the keys that were asked for; see whether the system takes"
                    f" `{how.parameter or how.path}` (`keys`)"
                )
            yield place, record

    def _asked_by(self, how: ByKeys, keys: Sequence[str]) -> Iterator[_Found]:
        if how.parameter is not None:
            for start in range(0, len(keys), how.at_a_time):
                value = how.template.replace(KEY, how.separator.join(keys[start : start + how.at_a_time]))
                yield from self._list(self._all.having(how.parameter, value), records=how.records)
            return
        assert how.path is not None
        for key in keys:
            asking = Asking("GET", how.path.replace(KEY, quote(key, safe="")))
            try:
                answer = self._ask(asking)
            except UnexpectedAnswer as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    # The system has it no more.
                    continue
                raise
            yield from self._one_or_more(asking, answer, how.records)

    def _one_or_more(self, asking: Asking, answer: Answer, records: str | None) -> Iterator[_Found]:
        place = self._pull.records if records is None else records
        if isinstance(answer.at(place), list):
            yield from self._list(asking, answer, place)
        else:
            value = answer.at(records or "")
            if not isinstance(value, dict):
                raise answer.unexpected(records or "", value, "a record or a list of records")
            yield answer.place, value

    def _complete(self, place: str, record: Record) -> Record:
        """The record with its details, and with what is behind its links."""
        if self._pull.details is not None:
            address = self._address(place, record, self._pull.details)
            answer = self._ask(Asking("GET", address)) if address is not None else None
            details = answer.value if answer is not None else None
            if not isinstance(details, dict):
                where = answer.place if answer is not None else f"{place}.{self._pull.details}"
                raise UnexpectedAnswer(f"{where}: the record's details (`details`) are not there, or are no object")
            record = {**record, **details}
        for target, link in self._pull.follow.items():
            *parents, name = target.split(".")
            for where, parent in _objects(place, record, parents):
                address = self._address(where, parent, link)
                parent[name] = None if address is None else self._value_behind(address)
        return record

    def _address(self, place: str, record: Record, link: str) -> str | None:
        """Where a link of a record leads; None where the record has null for it."""
        if link.startswith("/"):
            return _FIELD.sub(lambda field: quote(_text(place, record, field[1]), safe=""), link)
        if at(record, link) is None:
            return None
        return address_of_system(self._settings.url, "", _text(place, record, link))

    def _value_behind(self, address: str) -> Any:
        """What is there; all of a list that comes in pages."""
        if address not in self._behind:
            asking = Asking("GET", address)
            answer = self._ask(asking)
            value = answer.value
            if isinstance(answer.at(self._pull.records), list):
                value = [part for _, part in self._pages(self._pull.records, None).of(asking, answer)]
            if len(self._behind) >= _KEPT:
                self._behind.clear()
            self._behind[address] = value
        return copy.deepcopy(self._behind[address])

    def _ask(self, asking: Asking) -> Answer:
        page = f" (page {asking.page})" if asking.page > 1 else ""
        place = f"connection {self._settings.name}: {asking.method} {asking.shown}{page}"
        check_deadline(place)
        value, headers = self._http.json(asking.method, asking.address, params=asking.query or None, body=asking.body)
        return Answer(place, value, headers)


def _written(moment: datetime, window: Window) -> str:
    match window.format:
        case "epoch":
            return str(int(moment.timestamp()))
        case "epoch_ms":
            return str(int(moment.timestamp() * 1000))
    return moment.astimezone(ZoneInfo(window.timezone)).strftime(window.format)


def _objects(place: str, value: Any, names: Sequence[str]) -> Iterator[_Found]:
    """The objects at a place, also in each element of a list, each with where it is."""
    match value:
        case list():
            for number, each in enumerate(value):
                yield from _objects(f"{place}[{number}]", each, names)
        case dict() if not names:
            yield place, value
        case dict() if value.get(names[0]) is not None:
            yield from _objects(f"{place}.{names[0]}", value[names[0]], names[1:])


def _text(place: str, record: Record, field: str) -> str:
    value = at(record, field)
    if not isinstance(value, str) or not value:
        found = "is not there" if value is ABSENT else f"is {kind(value)}"
        raise UnexpectedAnswer(f"{place}.{field}: {found} and should be what leads to the rest of the record")
    return value
