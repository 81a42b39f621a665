"""ITscope's API: one operation at a time, what its answers mean, and lists page by page."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import IO, Any, Self, cast

import httpx2

from wiseparts_pipeline.config.connections.connection import ConnectionSettings
from wiseparts_pipeline.connections.answers import as_json, told
from wiseparts_pipeline.connections.base import Block, Pace, Record
from wiseparts_pipeline.connections.errors import Blocked, LoginRefused, Refused, UnexpectedAnswer
from wiseparts_pipeline.connections.exchange import Passing
from wiseparts_pipeline.connections.http import Http
from wiseparts_pipeline.connections.itscope.addresses import (
    IDS_AT_A_TIME,
    Filter,
    filter_parts,
    ids_part,
    path_of,
    query_of,
)
from wiseparts_pipeline.connections.itscope.operations import PRODUCTS_BY_IDS, Operation
from wiseparts_pipeline.connections.repeating import Repeats

PAGE = 50
NOTHING = 204
# What an order is answered with that was accepted, the description leaves open.
_OK = (200, 201, 202, NOTHING)
# What failed inside, and what did not arrive, is asked for once more.
TWICE = Repeats(attempts=2, pause=1)

BLOCKED_MINUTES = 30
_MOST_BYTES_OF_HEADER = 16_000
_LONGEST_MESSAGE = 300
# Of the languages, those that documents can be had in.
_OF_DOCUMENTS = ("de", "en")
# A 403 that is about one operation, and not about how often any was asked.
_NOT_IN_THE_PLAN = re.compile(r"plan\s+is\s+not\s+sufficient", re.IGNORECASE)


class Client:
    """Logs in with every request. Every method raises ConnectionFailure."""

    def __init__(self, settings: ConnectionSettings, pace: Pace, repeats: Repeats = TWICE) -> None:
        assert settings.account_id is not None
        assert settings.api_key is not None
        self._settings = settings
        self._pace = pace
        self._http = Http(
            settings,
            pace,
            auth=(settings.account_id, settings.api_key.get_secret_value()),
            headers={"User-Agent": settings.user_agent},
            repeats=repeats,
            check=self._check,
        )

    @property
    def now(self) -> datetime | None:
        """The service's clock, as its last answer had it."""
        return self._http.now

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._http.requests

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def json(
        self, operation: Operation, parts: Mapping[str, str] | None = None, query: Mapping[str, str] | None = None
    ) -> Any | None:
        """The answer as values, numbers as the text that was sent; None if there is nothing.

        `parts`: those of the path; the type is JSON.
        """
        answer, content = self._ask(operation, {**(parts or {}), "type": "json"}, query, "application/json")
        if answer.status_code == NOTHING:
            return None
        return as_json(self.place(operation), content, answer.headers.get("Content-Type", ""))

    def content(
        self,
        operation: Operation,
        parts: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        accept: str = "application/xml",
        body: bytes | None = None,
        repeatable: bool = True,
    ) -> bytes | None:
        """The answer as it was sent, XML unless something else is asked for; None if there is nothing.

        `body`: XML to be sent. `repeatable`: whether sending it twice does no harm.
        """
        answer, content = self._ask(operation, parts or {}, query, accept, body, repeatable=repeatable)
        return None if answer.status_code == NOTHING else content

    def download(self, operation: Operation, parts: Mapping[str, str], into: IO[bytes]) -> None:
        """Writes the answer to a file, however large it is."""
        self._ask(operation, parts, None, "*/*", into=into)

    def pages(
        self, operation: Operation, name: str, parts: Mapping[str, str], query: Mapping[str, str] | None = None
    ) -> Iterator[Record]:
        """The records of a list, page by page until one is not full. `name`: theirs in the answer."""
        number = 1
        while True:
            answer = self.json(operation, parts, {**(query or {}), "page": str(number)})
            records = self.records(operation, name, answer)
            yield from records
            if len(records) < PAGE:
                return
            number += 1

    def search(
        self, operation: Operation, name: str, asked: Filter, view: str, query: Mapping[str, str] | None = None
    ) -> Iterator[Record]:
        """The records that a filter finds, page by page."""
        *others, last = filter_parts(asked)
        for part in others:
            try:
                found = list(self.pages(operation, name, {"filter": part, "view": view}, query))
            except UnexpectedAnswer as error:
                if error.status not in (400, 404):
                    raise
                continue
            if found:
                yield from found
                return
        yield from self.pages(operation, name, {"filter": last, "view": view}, query)

    def products(self, ids: Iterable[str], view: str, query: Mapping[str, str] | None = None) -> Iterator[Record]:
        """The products with these ids, as many at a time as may be asked for."""
        left = iter(ids)
        while some := list(islice(left, IDS_AT_A_TIME)):
            parts = {"itscopeids": ids_part(some), "view": view}
            yield from self.records(PRODUCTS_BY_IDS, "product", self.json(PRODUCTS_BY_IDS, parts, query))

    def records(self, operation: Operation, name: str, answer: Any | None) -> Sequence[Record]:
        """The records of an answer: a list of them, or an object in which the list has their name, in the singular."""
        found = answer.get(name) if isinstance(answer, dict) else answer
        if found is None:
            return []
        # Of one record, some write no list.
        records = [found] if isinstance(found, dict) else found
        if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
            raise UnexpectedAnswer(f"{self.place(operation)}: {name}: is no list of objects")
        return cast(Sequence[Record], records)

    def place(self, operation: Operation) -> str:
        """How errors of an operation begin."""
        return f"connection {self._settings.name}: {operation.method} {operation.path}"

    def _ask(
        self,
        operation: Operation,
        parts: Mapping[str, str],
        query: Mapping[str, str] | None,
        accept: str,
        body: bytes | None = None,
        into: IO[bytes] | None = None,
        *,
        repeatable: bool = True,
    ) -> tuple[httpx2.Response, bytes]:
        self._pace.check()
        path, params = path_of(operation, parts), query_of(operation, query or {})
        headers = {"Accept": accept, **self._languages(operation)}
        if body is not None:
            headers["Content-Type"] = "application/xml; charset=UTF-8"
        size = sum(len(part) + 8 for part in (self._settings.url, path, *params, *params.values(), *headers.values()))
        if size + 1_000 > _MOST_BYTES_OF_HEADER:
            raise Refused(f"{self.place(operation)}: what is asked for is too long; ask for less at a time")
        return self._http.content(
            operation.method, path, params=params or None, headers=headers, body=body, into=into, repeatable=repeatable
        )

    def _languages(self, operation: Operation) -> Mapping[str, str]:
        languages = self._settings.language
        if operation.languages == "one":
            return {"Accept-Language": next((each for each in languages if each in _OF_DOCUMENTS), _OF_DOCUMENTS[0])}
        return {"Accept-Language": ",".join(languages)} if operation.languages == "several" else {}

    def _check(self, answer: httpx2.Response, content: bytes, place: str) -> None:
        """What a status means, as the service's description says."""
        status = answer.status_code
        if status in _OK:
            return
        reason = f"{place}: answered {status}{_words(content, answer.headers.get('Content-Type', ''))}"
        match status:
            case 400:
                raise UnexpectedAnswer(f"{reason}: correct what is asked for", status)
            case 401:
                raise LoginRefused(f"{reason}: correct `account_id` and `api_key` of the connection", status)
            case 403 if _NOT_IN_THE_PLAN.search(reason):
                raise Refused(f"{reason}: the contract with ITscope does not have this", status)
            case 403:
                told = "what the contract with ITscope allows is used up"
                self._pace.block(Block(f"{told}; `wiseparts check` says what it allows.", minutes=None))
                raise Blocked(f"{reason}: {told}: nothing is sent over this connection before tomorrow", status)
            case 500:
                raise Passing(f"{reason}: it failed inside", status)
            case 503:
                told = "these were too many requests from this address"
                self._pace.block(Block(f"{told}. It goes on by itself.", BLOCKED_MINUTES, by_all=True))
                raise Blocked(
                    f"{reason}: {told}: nothing is sent to ITscope for {BLOCKED_MINUTES} minutes; see whether others"
                    " use it from here",
                    status,
                )
        raise UnexpectedAnswer(
            f"{reason}: no such answer was expected; correct the `base_url` of the connection or what is asked for",
            status,
        )


def _words(content: bytes, content_type: str) -> str:
    """What the body says, in one short line: JSON, or a page or plain text without its marks."""
    if "json" in content_type and (says := told(content, content_type)):
        return f" {says}"
    text = html.unescape(re.sub(r"<(script|style|head)\b.*?</\1>|<[^>]*>", " ", content.decode(errors="replace")))
    text = " ".join(text.split())
    return f" saying: {text[:_LONGEST_MESSAGE]}" if text.isprintable() and text else ""
