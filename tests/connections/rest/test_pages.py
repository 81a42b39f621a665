"""Lists page by page: whatever the way, all records come once, or the pull fails and says why."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stamina

from tests.connections.rest.reading import EVERYTHING, read, refused
from tests.connections.systems import Answer, Asked, Handler, System
from wiseparts_pipeline.connections.deadline import within
from wiseparts_pipeline.connections.errors import TooLate

RECORDS = [{"id": str(number)} for number in range(7)]
SIZE = 3


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    """Nothing is waited for between attempts."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


def told(value: Callable[[Asked], tuple[Any, dict[str, str]]]) -> Answer:
    """Answers with a value and headers that depend on what was asked."""

    def answer(handler: Handler, asked: Asked) -> None:
        content, headers = value(asked)
        handler.send(json.dumps(content).encode(), 200, **headers)

    return answer


def one(asked: Asked, parameter: str, default: str = "") -> str:
    """The value of a parameter."""
    return asked.query.get(parameter, [default])[0]


def by_page(asked: Asked) -> tuple[Any, dict[str, str]]:
    start = (int(one(asked, "page")) - 1) * SIZE
    return {"data": {"items": RECORDS[start : start + SIZE], "count": len(RECORDS)}}, {}


def by_offset(asked: Asked) -> tuple[Any, dict[str, str]]:
    start = int(one(asked, "offset"))
    return {"data": {"items": RECORDS[start : start + SIZE], "count": len(RECORDS)}}, {}


def by_cursor(asked: Asked) -> tuple[Any, dict[str, str]]:
    start = int(one(asked, "after", "0"))
    following = start + SIZE if start + SIZE < len(RECORDS) else None
    return {"data": {"items": RECORDS[start : start + SIZE], "next": following, "more": following is not None}}, {}


def by_last_record(asked: Asked) -> tuple[Any, dict[str, str]]:
    start = int(one(asked, "after", "-1")) + 1
    return {"data": {"items": RECORDS[start : start + SIZE], "more": start + SIZE < len(RECORDS)}}, {}


def by_link(asked: Asked) -> tuple[Any, dict[str, str]]:
    start = int(one(asked, "from", "0"))
    following = f"/api/orders?from={start + SIZE}&state=open" if start + SIZE < len(RECORDS) else None
    # As behind a proxy, that is not known to the system.
    link = following and f"http://127.0.0.1:1{following}"
    headers = {"Link": f'<{following}>; rel="next", </>; rel="first"'} if following else {}
    return {"data": {"items": RECORDS[start : start + SIZE]}, "next": link}, headers


WAYS = [
    (by_page, {"by": "page", "parameter": "page"}, 4),
    (by_page, {"by": "page", "parameter": "page", "total": "data.count"}, 3),
    (by_offset, {"by": "offset", "parameter": "offset"}, 4),
    (by_offset, {"by": "offset", "parameter": "offset", "total": "data.count"}, 3),
    (by_cursor, {"by": "cursor", "parameter": "after", "next": "data.next"}, 3),
    (by_cursor, {"by": "cursor", "parameter": "after", "next": "data.next", "more": "data.more"}, 3),
    (by_last_record, {"by": "cursor", "parameter": "after", "field": "id"}, 4),
    (by_last_record, {"by": "cursor", "parameter": "after", "field": "id", "more": "data.more"}, 3),
    (by_link, {"by": "link", "next": "next"}, 3),
    (by_link, {"by": "header"}, 3),
]


@pytest.mark.parametrize(("system_pages", "paginate", "requests"), WAYS)
def test_all_pages_are_read(
    system: System, system_pages: Callable[[Asked], Any], paginate: dict[str, Any], requests: int
) -> None:
    system.tells(told(system_pages))
    asked_for = {"request": {"path": "/orders", "query": {"state": "open"}}, "records": "data.items"}
    assert read(system, EVERYTHING, **asked_for, paginate=paginate, url="/api") == RECORDS
    assert len(system.asked) == requests
    assert {asked.path for asked in system.asked} == {"/api/orders"}
    assert all(one(asked, "state") == "open" for asked in system.asked)


def test_parameters_can_be_in_the_body(system: System) -> None:
    def answer(asked: Asked) -> tuple[Any, dict[str, str]]:
        body = json.loads(asked.body)
        assert body["limit"] == SIZE
        start = body["at"]["offset"]
        assert isinstance(start, int)
        return RECORDS[start : start + SIZE], {}

    system.tells(told(answer))
    request = {"method": "POST", "path": "/search", "body": '{"limit": 3, "at": {"offset": 0}}'}
    paginate = {"by": "offset", "parameter": "body.at.offset"}
    assert read(system, EVERYTHING, request=request, paginate=paginate) == RECORDS


def test_the_page_after_the_last_one_may_not_exist(system: System) -> None:
    def answer(handler: Handler, asked: Asked) -> None:
        page = int(one(asked, "page"))
        handler.send(*((json.dumps(RECORDS).encode(), 200) if page == 1 else (b'{"detail": "Invalid page."}', 404)))

    system.tells(answer)
    assert read(system, EVERYTHING, paginate={"by": "page", "parameter": "page"}) == RECORDS
    with_total = {"by": "page", "parameter": "page", "total": "count"}
    assert "the answer has no `count`" in refused(system, EVERYTHING, paginate=with_total)


@pytest.mark.parametrize("way", [{"by": "page", "parameter": "page"}, {"by": "offset", "parameter": "from"}])
def test_a_page_that_repeats_fails(system: System, way: dict[str, Any]) -> None:
    system.tells(told(lambda asked: (RECORDS, {})))
    assert "(page 2): this page has the same records as an earlier one" in refused(system, EVERYTHING, paginate=way)
    assert len(system.asked) == 2


def test_a_cursor_that_does_not_move_fails(system: System) -> None:
    pages = iter(range(100))
    system.tells(told(lambda asked: ({"items": [{"id": next(pages)}], "next": "same"}, {})))
    way = {"by": "cursor", "parameter": "after", "next": "next"}
    assert "(page 2): the next page is one that was read already" in refused(
        system, EVERYTHING, records="items", paginate=way
    )


def test_links_in_a_circle_fail(system: System) -> None:
    pages = iter(range(100))

    def answer(asked: Asked) -> tuple[Any, dict[str, str]]:
        there = "/a" if one(asked, "x") else "/a?x=1"
        return {"items": [{"id": next(pages)}], "next": there}, {}

    system.tells(told(answer))
    way = {"by": "link", "next": "next"}
    assert "goes round in a circle" in refused(system, EVERYTHING, records="items", paginate=way)


def test_pages_that_never_end_fail(system: System) -> None:
    pages = iter(range(1_000_000))
    system.tells(told(lambda asked: ({"items": [], "next": str(next(pages))}, {})))
    way = {"by": "cursor", "parameter": "after", "next": "next"}
    with within(0.3, "a moment"), pytest.raises(TooLate, match=r"GET /orders.*: this was not done within a moment"):
        read(system, EVERYTHING, records="items", paginate=way)


@pytest.mark.parametrize(
    ("totals", "says"),
    [
        ([8, 8, 8, 8], "(page 4): 7 records have come, 0 of them twice, and `count` says there are 8"),
        ([2], "GET /orders: 3 records have come, 0 of them twice, and `count` says there are 2"),
        ([7, 6], "(page 2): there are 6 records now, and were 7"),
        (["many"], "`count` is a text or number and not a whole number"),
        ([None], "`count` is null and not a whole number"),
    ],
)
def test_a_total_that_does_not_match_fails(system: System, totals: list[Any], says: str) -> None:
    def answer(asked: Asked) -> tuple[Any, dict[str, str]]:
        page = int(one(asked, "page"))
        total = totals[min(page, len(totals)) - 1]
        return {"items": RECORDS[(page - 1) * SIZE : page * SIZE], "count": total}, {}

    system.tells(told(answer))
    way = {"by": "page", "parameter": "page", "total": "count"}
    assert says in refused(system, EVERYTHING, records="items", paginate=way)


def test_records_that_come_while_pages_are_read_are_no_fault(system: System) -> None:
    records = list(RECORDS)

    def answer(asked: Asked) -> tuple[Any, dict[str, str]]:
        start = int(one(asked, "offset"))
        found = {"items": records[start : start + SIZE], "count": len(records)}
        if start == 0:
            records.append({"id": "new"})
        return found, {}

    system.tells(told(answer))
    way = {"by": "offset", "parameter": "offset", "total": "count"}
    assert read(system, EVERYTHING, records="items", paginate=way) == records


def newest_first(system: System, *changes: Callable[[list[dict[str, str]]], object]) -> None:
    """A list in which something changes after each page."""
    records, changing = [dict(each) for each in RECORDS], list(changes)

    def answer(asked: Asked) -> tuple[Any, dict[str, str]]:
        start = int(one(asked, "offset"))
        found = {"items": records[start : start + SIZE], "count": len(records)}
        if changing:
            changing.pop(0)(records)
        return found, {}

    system.tells(told(answer))


def test_records_that_are_pushed_to_the_next_page_come_once(system: System) -> None:
    newest_first(system, lambda records: records.insert(0, {"id": "new"}))
    way = {"by": "offset", "parameter": "offset", "total": "count"}
    assert read(system, EVERYTHING, records="items", paginate=way) == RECORDS


def test_records_that_come_and_go_while_pages_are_read_fail(system: System) -> None:
    newest_first(system, lambda records: records.__setitem__(slice(None), [{"id": "new"}, *records[:-1]]))
    way = {"by": "offset", "parameter": "offset", "total": "count"}
    assert "7 records have come, 1 of them twice, and `count` says there are 7" in refused(
        system, EVERYTHING, records="items", paginate=way
    )


def test_a_place_for_the_next_page_that_is_never_there_fails(system: System) -> None:
    system.tells(told(lambda asked: ({"items": RECORDS, "next": None}, {})))
    way = {"by": "link", "next": "nxt"}
    text = refused(system, EVERYTHING, records="items", paginate=way)
    assert "the answer has no `nxt`, which should be the next page" in text
    assert "it has: items, next" in text
    assert read(system, EVERYTHING, records="items", paginate={**way, "may_be_absent": "true"}) == RECORDS


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        ({"items": RECORDS, "next": "http://x/?page=2"}, {}),
        ({"items": RECORDS, "paging": {"next": "abc"}}, {}),
        ({"items": RECORDS}, {"Link": '</orders?page=2>; rel="next"'}),
    ],
)
def test_more_pages_than_are_asked_for_fail(system: System, value: Any, headers: dict[str, str]) -> None:
    system.tells(told(lambda asked: (value, headers)))
    assert "set `paginate` to read them all" in refused(system, EVERYTHING, records="items")


def test_a_page_of_another_host_is_not_asked_for(system: System) -> None:
    system.tells(told(lambda asked: ({"items": RECORDS, "next": "http://elsewhere.example/?page=2"}, {})))
    text = refused(system, EVERYTHING, records="items", paginate={"by": "link", "next": "next"})
    assert "http://elsewhere.example/ is not at 127.0.0.1" in text


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (
            {"results": []},
            "no `data.items`, which should be a list of records (`records`); it has: results",
        ),
        ({"data": {"items": {}}}, "`data.items` is an object and not a list of records"),
        ({"data": {"items": [{}, "secret"]}}, "`data.items[1]` is a text or number and not an object"),
        ([], "no `data.items`, which should be a list of records (`records`); it is a list"),
    ],
)
def test_an_answer_of_another_shape_fails(system: System, value: Any, says: str) -> None:
    system.tells(told(lambda asked: (value, {})))
    assert says in (text := refused(system, EVERYTHING, records="data.items"))
    assert text.startswith("connection shop: GET /orders: ")
    assert "secret" not in text
