"""The page Today shows of other pages what the user may see there; the log says who has looked at what."""

import csv
import io
import logging
from collections.abc import Iterator

import pytest
import vizro.models as vm
from flask import Flask
from flask.testing import FlaskClient
from vizro.managers import model_manager

from wiseparts_pipeline.dashboards.access import Access
from wiseparts_pipeline.dashboards.service import EXTENSION, Service

PAGES = {
    "*": frozenset({"today"}),
    "accounting": frozenset({"receivables"}),
    "managers": frozenset({"sales", "quotes", "call_centre", "receivables", "imports"}),
}
# What there is of a page on Today: queries of its own, and the reasons among those of others.
OF_PAGES = {
    "sales": ("sales", "falling"),
    "quotes": ("quotes", "quotes"),
    "call_centre": ("lost_calls", "lost_calls"),
    "receivables": ("debts", "over_limit"),
}


@pytest.fixture
def client(server: Flask, service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """Of the application, which shows these pages to the groups of a header."""
    restricted = Service(service.results, Access("X-User", "X-Groups", PAGES))
    monkeypatch.setitem(server.extensions, EXTENSION, restricted)
    with server.test_client() as client:
        yield client


def exported(client: FlaskClient, figure: str, groups: str) -> list[dict[str, str]]:
    answer = client.get(f"/export/today/{figure}.csv", headers={"X-User": "anna", "X-Groups": groups})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("groups", ["", "accounting", "managers"])
def test_who_may_not_see_a_page_gets_nothing_of_it_from_today(client: FlaskClient, groups: str) -> None:
    seen = {page for page in OF_PAGES if page in PAGES.get(groups, ())}

    reasons = {name: {row["reason"] for row in exported(client, name, groups)} for name in ("reasons", "attention")}
    queries = {page for page, (query, _) in OF_PAGES.items() if exported(client, query, groups)}

    expected = {reason for page, (_, reason) in OF_PAGES.items() if page in seen}
    assert reasons == {"reasons": expected, "attention": expected}
    assert queries == seen
    assert bool(exported(client, "feeds", groups)) is ("imports" in PAGES.get(groups, ()))


def test_what_is_not_for_the_user_leaves_no_empty_frame(client: FlaskClient, server: Flask) -> None:
    figures = [figure for figure in model_manager._get_models(vm.Figure) if figure["data_frame"].startswith("today/")]
    with server.test_request_context(headers={"X-User": "anna"}):
        drawn = {figure.id: figure() for figure in figures if figure["data_frame"] != "today/currencies"}

    assert {id for id, each in drawn.items() if getattr(each, "hidden", False)} == drawn.keys() - {"today-attention"}


def test_the_log_has_a_line_for_a_request_and_its_page(
    client: FlaskClient, server: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "wiseparts.dashboards.access"):
        with server.test_request_context(headers={"X-User": "anna", "X-Groups": "managers"}):
            service = server.extensions[EXTENSION]
            service.shown("sales/families", {"family": "F01"})
            service.shown("sales/totals", {"currency": "EUR"})
            server.process_response(server.response_class())
        exported(client, "quotes", "managers")
        client.get("/export/sales/totals.csv?family=F01&token=secret", headers={"X-User": "a\x1bb" + "c" * 10_000})

    assert caplog.messages[:2] == [
        "anna looks at sales?family=F01&currency=EUR",
        "anna looks at today/quotes.csv?currency=EUR",
    ]
    refused = caplog.messages[2]
    assert refused.startswith("a?bccc")
    assert refused.endswith("c may not see sales/totals.csv?family=F01")
    assert len(refused) < 500
