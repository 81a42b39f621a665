"""The queries of the dashboards: what they read, and what they can do."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlglot
import vizro.models as vm
import yaml
from dash.development.base_component import Component
from flask import Flask
from sqlglot import exp
from vizro.managers import model_manager

from wiseparts_pipeline.dashboards.controls import Choice
from wiseparts_pipeline.dashboards.marts import QUERIES, Result, query
from wiseparts_pipeline.dashboards.pages import PAGES
from wiseparts_pipeline.dashboards.service import SHOWN, Service, Shown
from wiseparts_pipeline.home import DBT_PROJECT

NAMES = [path.relative_to(QUERIES).with_suffix("").as_posix() for path in sorted(QUERIES.glob("*/*.sql"))]
# Every page reads it, to know which build it shows.
OF_ALL_PAGES = {"last_build"}


def tables(text: str) -> Iterator[exp.Table]:
    tree = sqlglot.parse_one(text, read="postgres")
    named = {with_.alias_or_name for with_ in tree.find_all(exp.CTE)}
    return (table for table in tree.find_all(exp.Table) if table.db or table.name not in named)


def models(kind: type[Any]) -> list[Any]:
    return list(model_manager._get_models(kind))


def found_exposures() -> list[dict[str, Any]]:
    found: dict[str, Any] = yaml.safe_load((DBT_PROJECT / "models" / "exposures.yml").read_text(encoding="utf-8"))
    return list(found["exposures"])


def exposures() -> dict[str, set[str]]:
    return {
        each["name"]: {ref.removeprefix("ref('").removesuffix("')") for ref in each["depends_on"]}
        for each in found_exposures()
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_query_reads_marts_only(name: str) -> None:
    read = list(tables(query(name).text))

    assert {table.db for table in read} == {"marts"}
    assert {table.name for table in read} == query(name).marts


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rpartition(".")[2])
def test_an_exposure_depends_on_what_its_page_reads(page: Any) -> None:
    name = Path(page.__file__).stem

    read = {mart for each in NAMES if each.startswith(f"{name}/") for mart in query(each).marts}

    assert exposures()[page.EXPOSURE] == read - OF_ALL_PAGES


def test_an_exposure_leads_to_its_page(server: Flask) -> None:
    urls = {each["name"]: each["url"].rpartition("}}")[2] for each in found_exposures() if "url" in each}

    assert urls == {page.EXPOSURE: f"/{page.__name__.rpartition('.')[2]}" for page in PAGES}
    assert all(server.test_client().get(url).status_code in (200, 302) for url in urls.values())


def test_every_query_has_a_figure_or_a_control(server: Flask) -> None:
    used = {str(figure["data_frame"]) for figure in models(vm.Figure)} | {each.query for each in models(Choice)}

    assert used == {name for name in NAMES if not name.endswith("/scope")}


@pytest.mark.parametrize("name", [name for name in NAMES if query(name).parameters])
@pytest.mark.parametrize(
    "value",
    [
        "'; drop table marts.fct_sales; --",
        "' or true --",
        "\0",
        ["a", "' or true"],
        {"a": 1},
        10**30,
        "\ud800",
        "x" * 10**6,
    ],
    ids=["statement", "condition", "nul", "list", "object", "number", "surrogate", "long"],
)
def test_whatever_an_address_has_is_a_value_or_nothing(server: Flask, service: Service, name: str, value: Any) -> None:
    state = dict.fromkeys(query(name).parameters, value)
    with server.test_request_context():
        shown = service.shown(name, state)

    assert shown.result is not None or "filters" in shown.problem


@pytest.mark.parametrize("name", [name for name in NAMES if query(name).parameters])
def test_a_query_takes_nothing_for_each_of_its_values(server: Flask, service: Service, name: str) -> None:
    """As where nothing is imported, so that a page's scope knows no days."""
    with server.test_request_context():
        service.results.read(service.reading(), name, {})


@pytest.mark.parametrize("value", ["'; drop table marts.fct_sales; --", "' or true --", "x" * 201, {"a": 1}])
def test_sql_in_an_address_finds_nothing(server: Flask, service: Service, value: Any) -> None:
    with server.test_request_context():
        shown = service.shown("sales/way", {"family": value})

    assert shown.result is not None, shown.problem
    assert shown.result.rows == []


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_without_rows_says_so(server: Flask, name: str) -> None:
    with server.test_request_context():
        shown = Shown(name, {"currency": "EUR"}, Result((), [], 0))
        frame = pd.DataFrame()
        frame.attrs[SHOWN] = shown
        drawn = [figure(data_frame=frame) for figure in models(vm.Figure) if figure["data_frame"] == name]

    for component in drawn:
        parts = [each for each in component._traverse() if isinstance(each, Component)]
        assert not [each for each in parts if hasattr(each, "data-markup")]


def test_every_figure_is_drawn_of_the_demo(server: Flask) -> None:
    # In this process, as that which serves a browser is not measured.
    with server.test_request_context():
        for figure in models(vm.Figure):
            drawn = str(figure())
            assert "problem" not in drawn, figure.id
            assert not re.search(r"\b(nan|NaT|None [A-Z]{3})\b", drawn), figure.id
