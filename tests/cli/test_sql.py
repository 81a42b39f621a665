"""`wiseparts sql`."""

import json

import pytest

from tests.installation import Installation


def test_json_has_decimals_as_text_and_times_in_iso_8601(installation: Installation) -> None:
    query = "select 1.50::numeric as amount, timestamptz '2025-01-02 03:04+02' as at, date '2025-01-02' as day, 7 as n"

    done = installation.run("sql", query, "--json")

    assert json.loads(done.out) == [
        {"amount": "1.50", "at": "2025-01-02T01:04:00+00:00", "day": "2025-01-02", "n": 7},
    ]


def test_shows_a_table(installation: Installation) -> None:
    done = installation.run("sql", "select 'C1' as customer_id, 1234.50 as amount")

    assert [line.split() for line in done.out.splitlines() if not line.startswith("─")] == [
        ["customer_id", "amount"],
        ["C1", "1234.50"],
        ["1", "row"],
    ]


def test_columns_of_the_same_name_are_all_there(installation: Installation) -> None:
    done = installation.run("sql", "select 1 as n, 2 as n, 3 as n_2, 4 as n", "--json")

    assert json.loads(done.out) == [{"n": 1, "n_2": 2, "n_2_2": 3, "n_3": 4}]


def test_reports_that_there_are_more_rows(installation: Installation) -> None:
    done = installation.run("sql", "select * from generate_series(1, 1001)")

    assert done.out.endswith("1,000 rows\n")
    assert "There are more rows" in done.err


def test_without_a_query_psql_reads_standard_input(installation: Installation) -> None:
    done = installation.run("sql", stdin="select current_user;\nshow transaction_read_only;\n")

    assert "wiseparts_analyst" in done.out
    assert "on" in done.out.split()


@pytest.mark.parametrize(
    "statement",
    [
        "delete from ops.import_files",
        "create table marts.mine (id int)",
        "select 1; reset role; drop schema raw cascade",
        "do $$ begin reset role; delete from ops.import_files; end $$",
        "set role none",
        "select * from raw.customers",
        "select * form marts.dim_customers",
    ],
)
def test_one_line_says_why_a_statement_is_not_run(installation: Installation, statement: str) -> None:
    done = installation.run("sql", statement)

    assert (done.status, done.out) == (1, "")
    assert done.err.count("\n") == 1


def test_json_needs_a_query(installation: Installation) -> None:
    assert installation.run("sql", "--json").status == 2
