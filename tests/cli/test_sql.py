"""`wiseparts sql`."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.installation import Installation
from wiseparts_pipeline.cli.commands import sql as sql_command
from wiseparts_pipeline.warehouse import ANALYST, Warehouse


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


# Each of them reads, as the owner of the database or of the server, what an analyst may not.
ESCAPES = {
    "another role in the same statement": "select set_config('role', 'none', false),"
    " query_to_xml('select count(*) from raw.customers', true, true, '')",
    "a function that runs its text": "select query_to_xml('select * from ops.rejected_rows', true, true, '')",
    "a whole schema": "select schema_to_xml('raw', true, true, '')",
    "a file of the server": "select pg_read_file('/etc/passwd')",
    "a folder of the server": "select pg_ls_dir('/')",
    "a file as a large object": "select lo_import('/etc/passwd')",
    "a program": "copy (select 1) to program 'cat > /dev/null'",
    "a file to write": "copy (select 1) to '/dev/null'",
    "another session": "select * from dblink('dbname=postgres', 'select 1') as t (n int)",
    "an extension": "create extension dblink",
    "another's session to end": "select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user",
    "settings of the server": "select set_config('log_statement', 'all', false)",
    "passwords": "select rolname, rolpassword from pg_authid",
    "another identity": "set session authorization postgres",
}


@pytest.mark.parametrize("query", ESCAPES.values(), ids=ESCAPES.keys())
def test_no_query_reaches_beyond_the_marts(installation: Installation, query: str) -> None:
    done = installation.run("sql", query, "--json")

    assert (done.status, done.out) == (1, "")
    assert (
        "permission denied" in done.err
        or "must be" in done.err
        or "does not exist" in done.err
        or "only reads" in done.err
    )


def test_the_role_is_the_one_that_has_logged_in(installation: Installation) -> None:
    query = "select session_user, current_user, rolsuper from pg_roles where rolname = session_user"

    done = installation.run("sql", query, "--json")

    assert json.loads(done.out) == [
        {"session_user": "wiseparts_analyst", "current_user": "wiseparts_analyst", "rolsuper": False}
    ]


@pytest.mark.parametrize(
    "command",
    [
        r"\! id",
        r"\c - postgres",
        r"\copy (select 1) to program 'id'",
        r"\i /etc/passwd",
        r"\getenv x PATH",
        r"\echo `id`",
    ],
)
def test_a_script_runs_nothing_but_sql(installation: Installation, command: str) -> None:
    done = installation.run("sql", stdin=f"{command}\nselect session_user;\n")

    assert "backslash commands are restricted" in done.err
    assert "uid=" not in done.out + done.err
    assert "postgres" not in done.out


def test_psql_is_not_given_our_passwords(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever may query can have it show its environment."""
    program = tmp_path / "psql"
    program.write_text("#!/bin/sh\nenv\n")
    program.chmod(0o700)
    monkeypatch.setattr(sql_command, "binaries", lambda: tmp_path)
    monkeypatch.setenv("ERP_SFTP_PASSWORD", "s3cret-word")
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", "postgresql://owner:s3cret-word@127.0.0.1/wiseparts")
    monkeypatch.setenv("TERM", "vt100")
    with warehouse.connect(read_only_analyst=True) as connection:
        sql_command._psql(connection.info)

    seen = capfd.readouterr().out
    assert "TERM=vt100" in seen
    assert "s3cret-word" not in seen


@pytest.mark.parametrize(("user", "why"), [("postgres", "a superuser"), ("reader", "able to read the schema raw")])
def test_a_login_with_more_rights_is_not_used(
    installation: Installation, warehouse: Warehouse, user: str, why: str
) -> None:
    name = f"reader_{uuid4().hex}"
    with warehouse.connect(autocommit=True) as connection:
        connection.execute(f"create role {name} login in role {ANALYST}".encode())
        connection.execute(f"grant usage on schema raw to {name}".encode())
        try:
            login = warehouse.url.replace("postgres@", f"{name}@") if user == "reader" else warehouse.url
            done = installation.run("sql", "select 1", WISEPARTS_ANALYST_URL=login)
        finally:
            connection.execute(f"drop owned by {name}".encode())
            connection.execute(f"drop role {name}".encode())

    assert done.status == 1
    assert f"is not used for queries, because it is {why}" in done.err


def test_a_login_for_analysts_is_used_when_there_is_one(installation: Installation, warehouse: Warehouse) -> None:
    name = f"reader_{uuid4().hex}"
    with warehouse.connect(autocommit=True) as connection:
        connection.execute(f"create role {name} login in role {ANALYST}".encode())
        try:
            login = warehouse.url.replace("postgres@", f"{name}@")
            done = installation.run("sql", "select session_user as name", "--json", WISEPARTS_ANALYST_URL=login)
        finally:
            connection.execute(f"drop role {name}".encode())

    assert json.loads(done.out) == [{"name": name}]


def test_json_needs_a_query(installation: Installation) -> None:
    assert installation.run("sql", "--json").status == 2
