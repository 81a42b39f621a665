"""Marts built with an as-of date are the same on whatever day they are built."""

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg import sql

from tests.conftest import database
from tests.dbt.building import Dbt
from tests.debian import need
from wiseparts_pipeline.home import DBT_PROJECT
from wiseparts_pipeline.warehouse import Warehouse

FAKETIME = Path("/usr/bin/faketime")
PARSED = "target/partial_parse.msgpack"
# Views of the pipeline's metadata, which are always current.
OF_THE_PIPELINE = {"import_log", "import_freshness", "export_log", "last_build"}


def test_a_build_with_an_as_of_date_gives_the_same_rows_on_any_day(
    marts: Warehouse, postgres_url: str, target: Path, tmp_path: Path
) -> None:
    need(FAKETIME, "faketime")
    with database(postgres_url, template=urlsplit(marts.url).path.removeprefix("/")) as url:
        same_rows = Warehouse(url)
        drop_what_was_built(same_rows)
        (tmp_path / "dbt" / "target").mkdir(parents=True)
        # Parsing all of it again would take longer than the build.
        shutil.copy(target / "dbt" / PARSED, tmp_path / "dbt" / PARSED)
        another_day = Dbt(same_rows, tmp_path, clock=(str(FAKETIME), "2031-07-04 23:30:00"))
        another_day.build("--exclude-resource-type", "test")
        assert rows_of_marts(same_rows) == rows_of_marts(marts)


def test_no_model_uses_the_current_time() -> None:
    models = [path for path in DBT_PROJECT.rglob("*.sql") if "target" not in path.parts]
    asking = [
        (path.name, word)
        for path in models
        for word in ("now()", "current_date", "current_time", "clock_timestamp", "localtime")
        if word in path.read_text(encoding="utf-8")
    ]
    assert asking == []


def test_a_view_with_an_as_of_date_reads_the_fact_whose_build_recreates_it(manifest: dict[str, Any]) -> None:
    # The pipeline recreates a view only when a model that it reads is built, and the date is part of its definition.
    views = [node for node in manifest["nodes"].values() if node["config"]["materialized"] == "view"]
    # That of the last build is recreated by whatever builds for another day, as it reads no model.
    of_marts = [node for node in views if node["name"] not in OF_THE_PIPELINE]
    read = {node["name"]: node["depends_on"]["nodes"] for node in of_marts if uses_as_of(node, manifest["macros"])}
    assert read == {"int_receivables_days": ["model.wiseparts.fct_due_docs"]}


def uses_as_of(node: dict[str, Any], macros: dict[str, dict[str, Any]]) -> bool:
    """Whether a model or macro uses as_of, itself or through another of our macros."""
    return any(
        name == "macro.wiseparts.as_of" or (name in macros and uses_as_of(macros[name], macros))
        for name in node["depends_on"]["macros"]
        if name.startswith("macro.wiseparts.")
    )


def drop_what_was_built(warehouse: Warehouse) -> None:
    """Leave what was imported only."""
    with warehouse.connect() as connection:
        connection.execute("drop schema staging, snapshots, intermediate, marts cascade; truncate ops.mart_months")
    warehouse.prepare()


def rows_of_marts(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """The sorted rows of each mart."""
    with warehouse.connect() as connection:
        names = connection.execute("select relname from pg_class where relnamespace = 'marts'::regnamespace")
        known = {path.stem for path in DBT_PROJECT.glob("models/*/marts/*.sql")}
        tables = [name for (name,) in names if name in known]
        return {
            name: connection.execute(
                sql.SQL("select row::text from {} as row order by 1").format(sql.Identifier("marts", name))
            ).fetchall()
            for name in tables
            if name not in OF_THE_PIPELINE
        }
