"""Every figure of every page shows what the marts have, to the cent."""

import csv
import io
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from flask import Flask

from tests.dashboards.ties.ties import Tie, rows
from wiseparts_pipeline.dashboards.marts import QUERIES
from wiseparts_pipeline.dashboards.pages import PAGES
from wiseparts_pipeline.dashboards.service import Service
from wiseparts_pipeline.formulas import escape

# Queries that say where one is, or what can be chosen, and have no figures in them.
WITHOUT_FIGURES = ("_options", "/way", "/head", "/scope")


def page_names() -> list[str]:
    return [page.__name__.rpartition(".")[2] for page in PAGES]


TIES: list[Tie] = [tie for name in page_names() for tie in import_module(f"tests.dashboards.ties.{name}").TIES]


@pytest.mark.parametrize("tie", TIES, ids=lambda tie: f"{tie.query} {' '.join(map(str, tie.state.values()))}")
def test_a_query_gives_what_the_marts_have(
    server: Flask, service: Service, analyst: psycopg.Connection[dict[str, Any]], tie: Tie
) -> None:
    with server.test_request_context():
        shown = service.shown(tie.query, tie.state, limited=False)
    assert shown.result is not None, shown.problem
    expected = analyst.execute(tie.sql.encode(), tie.state).fetchall()

    found = (dict(zip(shown.result.columns, row, strict=True)) for row in shown.result.rows)

    assert rows(tie.columns, found) == rows(tie.columns, expected)
    assert bool(expected) is not tie.is_empty, "a comparison without rows says nothing"


def test_every_query_is_compared() -> None:
    queries = {path.relative_to(QUERIES).with_suffix("").as_posix() for path in QUERIES.glob("*/*.sql")}

    compared = {tie.query for tie in TIES}

    assert {name for name in queries - compared if not name.endswith(WITHOUT_FIGURES)} == set()


@pytest.mark.parametrize("tie", TIES, ids=lambda tie: f"{tie.query} {' '.join(map(str, tie.state.values()))}")
def test_the_csv_has_the_same_rows_with_exact_decimals(server: Flask, service: Service, tie: Tie) -> None:
    answer = server.test_client().get(f"/export/{tie.query}.csv", query_string=dict(tie.state))
    with server.test_request_context():
        shown = service.shown(tie.query, tie.state, limited=False)
    assert shown.result is not None

    heading, *exported = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert answer.status_code == 200
    assert tuple(heading) == shown.result.columns
    assert exported == [["" if value is None else cell(value) for value in row] for row in shown.result.rows]


def cell(value: Any) -> str:
    """As a CSV has it; moments in the business time zone, and formulas with an apostrophe."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo("Europe/Athens")).strftime("%Y-%m-%d %H:%M:%S%z")[:-2] + ":00"
    return escape(value) if isinstance(value, str) else str(value)
