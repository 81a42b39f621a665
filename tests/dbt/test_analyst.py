"""The analyst role may read the marts and the import log, and nothing else."""

from typing import Any

import pytest

from tests.dbt.building import Dbt
from wiseparts_pipeline.warehouse import ANALYST, Warehouse

OURS = "nspname !~ '^(pg_|information_schema$)'"
RELATIONS = f"""
    from pg_class
    inner join pg_namespace on relnamespace = pg_namespace.oid
    where {OURS} and relkind in ('r', 'v', 'm', 'p', 'f')
"""


def asked(warehouse: Warehouse, query: str) -> set[Any]:
    """The first column of a query's result, run by the owner of the warehouse; `role` is the analyst's."""
    with warehouse.connect() as connection:
        return {row[0] for row in connection.execute(query.encode(), {"role": ANALYST})}


def readable(warehouse: Warehouse) -> set[str]:
    """Every table and view with a column that the analyst can read."""
    return asked(
        warehouse,
        f"""
        select nspname || '.' || relname {RELATIONS}
            and has_schema_privilege(%(role)s, pg_namespace.oid, 'usage')
            and has_any_column_privilege(%(role)s, pg_class.oid, 'select')
        """,
    )


def in_marts(warehouse: Warehouse) -> set[str]:
    return asked(warehouse, f"select nspname || '.' || relname {RELATIONS} and nspname = 'marts'")


def test_the_analyst_reads_every_mart_and_the_import_log_and_nothing_else(marts: Warehouse) -> None:
    assert len(in_marts(marts)) > 20
    assert readable(marts) == in_marts(marts) | {"ops.import_files"}


@pytest.mark.parametrize("right", ["insert", "update", "delete", "truncate", "references", "trigger"])
def test_the_analyst_changes_no_table(marts: Warehouse, right: str) -> None:
    changeable = f"select relname {RELATIONS} and has_table_privilege(%(role)s, pg_class.oid, '{right}')"

    assert asked(marts, changeable) == set()


def test_the_analyst_creates_nothing(marts: Warehouse) -> None:
    schemas = f"select nspname from pg_namespace where {OURS} and has_schema_privilege(%(role)s, oid, 'create')"

    assert asked(marts, schemas) == set()
    assert asked(marts, "select has_database_privilege(%(role)s, current_database(), 'create')") == {False}


def test_no_function_runs_with_the_rights_of_its_owner(marts: Warehouse) -> None:
    functions = "from pg_proc inner join pg_namespace on pronamespace = pg_namespace.oid"

    assert asked(marts, f"select proname {functions} where {OURS} and prosecdef") == set()


def test_the_analyst_reads_marts_after_incremental_builds_and_full_refreshes(dbt: Dbt) -> None:
    untested = ["--exclude-resource-type", "test"]
    # A table that is changed, one that is replaced, and a view.
    again = ["fct_sales", "dim_products", "import_log"]
    for selected in (["+fct_sales", "import_log"], again, [*again, "--full-refresh"]):
        dbt.build("--select", *selected, *untested)
        assert readable(dbt.warehouse) == in_marts(dbt.warehouse) | {"ops.import_files"}
        assert "marts.fct_sales" in in_marts(dbt.warehouse)
