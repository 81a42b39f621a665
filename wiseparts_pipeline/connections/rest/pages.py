"""Lists that come page by page. Whether all have come is never taken for granted: a page that repeats, a cursor that
does not move, a total that does not match raise UnexpectedAnswer.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import httpx2

from wiseparts_pipeline.config.connections.rest import Paginate
from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer
from wiseparts_pipeline.connections.rest.asking import ABSENT, Answer, Asking, at

Ask = Callable[[Asking], Answer]

_EMPTY = (ABSENT, None, False, "")
_NO = (*_EMPTY, "0", "false")
# Where systems say that there is another page, to those who do not ask for it.
_USUAL_NEXT = ("next", "links.next", "_links.next", "paging.next", "next_page", "next_cursor", "nextPageToken")


class Pages:
    """The pages of one list. `records`: where an answer has them. `url`: that of the system, for addresses in answers.

    `key`: the field that tells records apart, empty if only all that is in them does. Each is given once: pages move on
    when others come in between. None for parts of a record, which may be the same.
    """

    def __init__(self, ask: Ask, paginate: Paginate | None, records: str, key: str | None, url: str) -> None:
        self._ask = ask
        self._way = paginate
        self._records = records
        self._key = key
        self._url = url
        self._pages: set[bytes] = set()
        self._seen: set[bytes] = set()
        self._cursors: set[str] = set()
        self._count = 0
        self._twice = 0
        self._totals: list[int] = []
        self._had_next = False

    def of(self, asking: Asking, answer: Answer | None = None) -> Iterator[tuple[str, Record]]:
        """The records, each with where it was; `answer`: that to the first request, if it is there already."""
        following: Asking | None = asking if answer else self._first(asking)
        while following is not None:
            answer = answer or self._page(following)
            if answer is None:
                return
            found = answer.records(self._records)
            self._check(answer, found)
            for number, record in enumerate(found):
                if self._is_new(record):
                    yield f"{answer.place}: {self._records}[{number}]", record
            following, answer = self._next(following, answer, found), None

    def _is_new(self, record: Record) -> bool:
        if self._key is None:
            return True
        key = at(record, self._key) if self._key else None
        known = _digest(key if isinstance(key, str) else record)
        is_new = known not in self._seen
        self._seen.add(known)
        self._twice += not is_new
        return is_new

    def _first(self, asking: Asking) -> Asking:
        match self._way:
            case Paginate(by="page"):
                return asking.having(self._way.parameter, str(self._way.first))
            case Paginate(by="offset"):
                return asking.having(self._way.parameter, "0")
        return asking

    def _page(self, asking: Asking) -> Answer | None:
        """The answer; None where a system has none for the page after the last one."""
        try:
            return self._ask(asking)
        except UnexpectedAnswer as error:
            beyond = self._way is not None and self._way.by == "page" and self._way.total is None and asking.page > 1
            if error.status == HTTPStatus.NOT_FOUND and beyond:
                return None
            raise

    def _check(self, answer: Answer, found: list[Record]) -> None:
        """Raises UnexpectedAnswer for a page that was there before, and for more or fewer records than there can be."""
        page = _digest(found)
        if found and page in self._pages:
            raise UnexpectedAnswer(
                f"{answer.place}: this page has the same records as an earlier one. See whether the system takes what"
                " `paginate` says; where it shows its last page again and again, name the place with the number of all"
                " records as `paginate.total`"
            )
        self._pages.add(page)
        self._count += len(found)
        if self._way is None or self._way.total is None:
            return
        total = answer.number(self._way.total)
        if self._totals and total < self._totals[-1]:
            raise UnexpectedAnswer(
                f"{answer.place}: there are {total:,} records now, and were {self._totals[-1]:,}: some were deleted"
                " while pages were read, and others may have been left out for that; pull again"
            )
        self._totals.append(total)
        if self._count > total:
            raise self._wrong_total(answer)

    def _next(self, asking: Asking, answer: Answer, found: list[Record]) -> Asking | None:
        """What to ask for next; None if that was the last page."""
        following = self._after(asking, answer, found)
        if self._totals:
            if self._count == self._totals[-1] and self._way is not None and self._way.by in ("page", "offset"):
                following = None
            if following is None:
                self._check_total(answer)
        return following and replace(following, page=asking.page + 1)

    def _check_total(self, answer: Answer) -> None:
        """Raises UnexpectedAnswer if not all have come. Those that came twice were pushed on by as many new ones."""
        first, last = self._totals[0], self._totals[-1]
        if self._count != last or self._twice not in (0, last - first):
            raise self._wrong_total(answer)

    def _after(self, asking: Asking, answer: Answer, found: list[Record]) -> Asking | None:
        match self._way:
            case None:
                self._refuse_more(answer)
                return None
            case Paginate(by="page", parameter=parameter, first=first):
                return asking.having(parameter, str(first + asking.page)) if found else None
            case Paginate(by="offset", parameter=parameter):
                return asking.having(parameter, str(self._count)) if found else None
            case Paginate(by="cursor", parameter=parameter):
                cursor = self._cursor(self._way, answer, found)
                return None if cursor is None else asking.having(parameter, self._moved(cursor, answer))
            case Paginate(by="link"):
                link = self._at_next(self._way, answer)
            case _:
                link = _in_header(answer)
        return None if link is None else asking.instead(self._moved(self._of_system(asking, link), answer))

    def _cursor(self, way: Paginate, answer: Answer, found: list[Record]) -> str | None:
        if way.more is not None:
            more = answer.at(way.more)
            if more is ABSENT:
                raise answer.unexpected(way.more, more, "whether there is another page (`paginate.more`)")
            if more in _NO:
                return None
        if way.next:
            return self._at_next(way, answer)
        if not found:
            return None
        cursor = at(found[-1], way.field)
        if not isinstance(cursor, str):
            place = f"{self._records}[{len(found) - 1}].{way.field}"
            raise answer.unexpected(place, cursor, "what the next page is asked for with (`paginate.field`)")
        return cursor

    def _at_next(self, way: Paginate, answer: Answer) -> str | None:
        """What an answer says about the next page. On the last page it is null, or empty."""
        value = answer.at(way.next)
        if value is ABSENT and not way.may_be_absent and not self._had_next:
            raise answer.unexpected(
                way.next, value, "the next page (`paginate.next`, or `may_be_absent: true` if the last page has none)"
            )
        if value in _EMPTY:
            return None
        if not isinstance(value, str):
            raise answer.unexpected(way.next, value, "a text (`paginate.next`)")
        self._had_next = True
        return value

    def _moved(self, cursor: str, answer: Answer) -> str:
        if cursor in self._cursors:
            raise UnexpectedAnswer(
                f"{answer.place}: the next page is one that was read already; the system goes round in a circle, or"
                " `paginate` names the wrong place"
            )
        self._cursors.add(cursor)
        return cursor

    def _of_system(self, asking: Asking, link: str) -> str:
        return address_of_system(self._url, asking.address, link)

    def _wrong_total(self, answer: Answer) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            f"{answer.place}: {self._count:,} records have come, {self._twice:,} of them twice, and"
            f" `{self._way and self._way.total}` says there are {self._totals[-1]:,}. See whether the list has a stable"
            " order (`request.query`); pull again"
        )

    def _refuse_more(self, answer: Answer) -> None:
        usual = (place for place in _USUAL_NEXT if isinstance(answer.at(place), str) and answer.at(place))
        if place := "its header Link" if _in_header(answer) else next(usual, None):
            raise UnexpectedAnswer(
                f"{answer.place}: there are more pages, as {place} says; set `paginate` to read them all"
            )


def address_of_system(url: str, asked: str, link: str) -> str:
    """An address in an answer as one that begins with the system's `url`: behind a proxy, systems write another one.

    `asked`: what was asked for.
    """
    base = urlsplit(url)
    found = urlsplit(urljoin(asked if urlsplit(asked).scheme else f"{url}/{asked.lstrip('/')}", link))
    if found.hostname == base.hostname and found.scheme in ("http", "https"):
        return found._replace(scheme=base.scheme, netloc=base.netloc).geturl()
    return found.geturl()


def _digest(value: object) -> bytes:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()[:16]


def _in_header(answer: Answer) -> str | None:
    header = answer.headers.get("Link")
    if header is None:
        return None
    return httpx2.Response(200, headers={"Link": header}).links.get("next", {}).get("url")
