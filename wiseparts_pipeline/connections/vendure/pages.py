"""The items of a list of Vendure, page by page in the order of their ids."""

from collections.abc import Iterator
from typing import Any

from wiseparts_pipeline.connections.base import Record
from wiseparts_pipeline.connections.errors import UnexpectedAnswer, Unreachable
from wiseparts_pipeline.connections.vendure.admin_api import AdminApi
from wiseparts_pipeline.connections.vendure.queries import List


def read_pages(api: AdminApi, asked: List, query: str, filter_: dict[str, Any]) -> Iterator[Record]:
    """Each item once, with `moneyUnit`: how many of the smallest unit the shop counts in make one of its currency.

    Vendure has no cursor, so an item that leaves the list meanwhile moves the others forward: each page begins with
    the last item of the one before, and where it is not there the page before is read again.
    """
    skip, last = 0, None
    while True:
        options = {"take": asked.page, "skip": skip, "sort": {"id": "ASC"}, "filter": filter_}
        unit, items, total = _page(api, asked, api.ask(asked.name, query, {"options": options}))
        ids = [item["id"] for item in items]
        if last is not None and last not in ids:
            if skip == 0:
                raise Unreachable(f"{api.place(asked.name)}: items were deleted while they were read; pull again")
            skip = max(0, skip - asked.page + 1)
            continue
        new = items[ids.index(last) + 1 :] if last is not None else items
        for item in new:
            yield {**item, "moneyUnit": unit}
        if skip + len(items) >= total:
            return
        if not new:
            raise api.not_promised(
                asked.name,
                f"data.{asked.name}.totalItems",
                f"says {total:,}, and there is nothing behind the first {skip + len(items):,}",
            )
        last = ids[-1]
        skip += len(items) - 1


def _page(api: AdminApi, asked: List, data: dict[str, Any]) -> tuple[str, list[Record], int]:
    """The unit of amounts, the items and how many there are in all. Raises UnexpectedAnswer."""
    at = f"data.{asked.name}"
    found = data.get(asked.name)
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise api.not_promised(asked.name, f"{at}.items", "is no list")
    for number, item in enumerate(found["items"]):
        if not isinstance(item, dict) or not isinstance(item.get("id"), str):
            raise api.not_promised(asked.name, f"{at}.items.{number}.id", "is no text")
    if len({item["id"] for item in found["items"]}) < len(found["items"]):
        raise api.not_promised(asked.name, f"{at}.items", "has an item twice")
    try:
        total = int(found["totalItems"])
        precision = int(data["globalSettings"]["serverConfig"]["moneyStrategyPrecision"])
    except (KeyError, TypeError, ValueError):
        raise _without_numbers(api, asked) from None
    return f"1{'0' * precision}", found["items"], total


def _without_numbers(api: AdminApi, asked: List) -> UnexpectedAnswer:
    return api.not_promised(
        asked.name, f"data.{asked.name}.totalItems, data.globalSettings.serverConfig", "is not what was asked for"
    )
