"""A login of its own for each part of the program: what it may do is enough for its work, and no more."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.installation import Installation
from tests.matching.records import put
from wiseparts_pipeline.config.connections.pull import PullSettings
from wiseparts_pipeline.config.loader import Configuration
from wiseparts_pipeline.diagnostics.logins import check_logins
from wiseparts_pipeline.matching.overwriting import write_over
from wiseparts_pipeline.matching.service import find_matches
from wiseparts_pipeline.warehouse import Role, Warehouse
from wiseparts_pipeline.warehouse.roles import VARIABLES

CUSTOMERS = ("customer_id,name", "C1,Ada", "C2,Bob")


@pytest.fixture
def installation(tmp_path: Path, warehouse: Warehouse, dbt_target: Path) -> Installation:
    installation = Installation(tmp_path)
    installation.share_parsed(dbt_target)
    installation.source("drop", protocol="local", root=str(installation.drop), settle_seconds=0)
    installation.importer("customers")
    return installation


@pytest.fixture
def logins(installation: Installation, warehouse: Warehouse) -> Iterator[dict[str, str]]:
    """The URL of each role, as `wiseparts roles` shows it."""
    done = installation.run("roles", "--json", "--new-passwords", WISEPARTS_DATABASE_URL=warehouse.url)
    assert done.status == 0, done.err
    yield {each["role"]: each["url"] for each in json.loads(done.out)}
    with warehouse.connect(autocommit=True) as connection:
        for role in Role:
            connection.execute(f"reassign owned by {role} to current_user".encode())
            connection.execute(f"drop owned by {role} cascade".encode())
            if role is not Role.ANALYST:
                connection.execute(f"drop role {role}".encode())


def plain(url: str) -> dict[str, str]:
    return {key: str(value) for key, value in conninfo_to_dict(url.replace("+psycopg2", "")).items()}


def test_the_first_export_stops_none_of_the_parts(installation: Installation, logins: dict[str, str]) -> None:
    with psycopg.connect(logins[Role.IMPORTER]) as connection:
        connection.execute("insert into ops.exporters (exporter) values ('eshop_orders')")

    imported = installation.run("import", WISEPARTS_IMPORTER_URL=logins[Role.IMPORTER])

    assert (imported.status, imported.err) == (0, "")
    with Warehouse(logins[Role.OWNER]).connect() as connection:
        Warehouse(logins[Role.OWNER]).prepare()
        made = connection.execute("select to_regclass('raw.addresses_customer_id')").fetchone()
    assert made != (None,)


def test_each_part_does_its_work_with_its_own_login_alone(installation: Installation, logins: dict[str, str]) -> None:
    installation.put("Customers/customers.csv", *CUSTOMERS)

    imported = installation.run("import", WISEPARTS_IMPORTER_URL=logins[Role.IMPORTER])
    built = installation.run("build", "--select", "+dim_customers", WISEPARTS_DBT_URL=logins[Role.DBT])
    query = "select session_user as who, count(*) as n from dim_customers where customer_id like 'C%'"
    asked = installation.run("sql", query, "--json", WISEPARTS_ANALYST_URL=logins[Role.ANALYST])
    again = installation.run("build", "--select", "+dim_customers", WISEPARTS_DATABASE_URL=logins[Role.OWNER])

    assert (imported.status, built.status, again.status) == (0, 0, 0), imported.err + built.err + again.err
    assert json.loads(asked.out) == [{"who": Role.ANALYST, "n": 2}]


def test_the_importers_login_is_enough_to_match_and_to_write_over(logins: dict[str, str]) -> None:
    with psycopg.connect(logins[Role.OWNER], autocommit=True) as connection:
        put(connection, "products", "product_id sku name barcode", [("1", "A", "Pad", "4047024000018")], "erp")
        put(connection, "supplier_products", "puid ean description", [("9", "4047024000018", "Long life")])
    pull = PullSettings(connection="market", entity="supplier_products")
    importer = Warehouse(logins[Role.IMPORTER])

    (found,) = find_matches(importer)
    assert (found.confirmed, write_over(importer, Configuration({}, {}, pulls={pull.name: pull}))) == (
        1,
        {"description": 1},
    )


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (Role.IMPORTER, "drop table raw.customers"),
        (Role.IMPORTER, "alter table raw.customers add column mine text"),
        (Role.IMPORTER, "create table marts.mine (n int)"),
        (Role.IMPORTER, "create schema mine"),
        (Role.DBT, "insert into raw.customers (name) values ('x')"),
        (Role.DBT, "update ops.import_files set status = 'failed'"),
        (Role.DBT, "select from dagster.runs"),
        (Role.ANALYST, "select from raw.customers"),
        (Role.DAGSTER, "select from raw.customers"),
        (Role.DAGSTER, "select from ops.import_files"),
        (Role.DAGSTER, "create table public.mine (n int)"),
        (Role.OWNER, "create role mine"),
        (Role.OWNER, "select pg_read_file('/etc/passwd')"),
    ],
)
def test_no_role_does_what_is_not_its_work(
    warehouse: Warehouse, logins: dict[str, str], role: Role, statement: str
) -> None:
    with psycopg.connect(**plain(logins[Role.DAGSTER])) as dagster:  # type: ignore[arg-type]
        dagster.execute("create table dagster.runs (n int)")
    with (
        psycopg.connect(**plain(logins[role])) as connection,  # type: ignore[arg-type]
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_roles_are_made_once_and_their_passwords_are_shown_once(
    installation: Installation, warehouse: Warehouse, logins: dict[str, str]
) -> None:
    done = installation.run("roles", WISEPARTS_DATABASE_URL=warehouse.url)

    assert done.status == 0
    assert "--new-passwords" in done.out
    assert not any(variable + "=" in done.out for variable in VARIABLES.values())
    with psycopg.connect(**plain(logins[Role.IMPORTER])) as still:  # type: ignore[arg-type]
        assert still.info.user == Role.IMPORTER


def test_tables_of_a_later_version_are_the_importers_as_well(warehouse: Warehouse, logins: dict[str, str]) -> None:
    with Warehouse(logins[Role.OWNER]).connect() as owner:
        owner.execute("drop table raw.inventory")
    Warehouse(logins[Role.OWNER]).prepare()
    with Warehouse(logins[Role.IMPORTER]).connect() as importer:
        assert importer.execute("delete from raw.inventory").rowcount == 0


def test_an_importer_says_who_has_to_prepare_the_database(
    installation: Installation, warehouse: Warehouse, logins: dict[str, str]
) -> None:
    with warehouse.connect() as connection:
        connection.execute("alter table raw.customers drop column email")

    done = installation.run("import", WISEPARTS_IMPORTER_URL=logins[Role.IMPORTER])

    assert done.status == 1
    assert "run a command with WISEPARTS_DATABASE_URL of its owner first" in done.err


def test_an_owner_who_may_not_create_roles_is_told_who_can(installation: Installation, logins: dict[str, str]) -> None:
    done = installation.run("roles", "--new-passwords", WISEPARTS_DATABASE_URL=logins[Role.OWNER])

    assert done.status == 1
    assert "superuser" in done.err


def test_what_another_one_owns_is_given_back(
    installation: Installation, warehouse: Warehouse, logins: dict[str, str]
) -> None:
    with warehouse.connect() as connection:
        connection.execute("create table marts.restored (n int)")

    installation.run("roles", WISEPARTS_DATABASE_URL=warehouse.url)

    with psycopg.connect(**plain(logins[Role.DBT])) as dbt:  # type: ignore[arg-type]
        dbt.execute("drop table marts.restored")


def test_the_analysts_login_is_the_same_for_the_one_who_made_the_roles(
    installation: Installation, warehouse: Warehouse, logins: dict[str, str]
) -> None:
    """Queries without the analyst's URL do not give it another password."""
    with warehouse.connect(read_only_analyst=True) as connection:
        assert connection.info.user == Role.ANALYST
    with psycopg.connect(**plain(logins[Role.ANALYST])) as still:  # type: ignore[arg-type]
        assert still.info.user == Role.ANALYST


def test_a_doctor_finds_the_logins_that_do_not_work_or_lack_rights(
    warehouse: Warehouse, logins: dict[str, str]
) -> None:
    doctor = Warehouse(logins[Role.OWNER], {Role(role): url for role, url in logins.items()})
    assert list(check_logins(doctor)) == []

    with warehouse.connect() as connection:
        for statement in (
            "revoke insert on raw.sales from wiseparts_importer",
            "create table marts.restored (n int)",
            "alter role wiseparts_dagster nologin",
            "grant wiseparts_importer to wiseparts_analyst",
        ):
            connection.execute(statement.encode())

    found = {each.place: each.message for each in check_logins(doctor)}
    with warehouse.connect() as connection:
        connection.execute("alter role wiseparts_dagster login")
        connection.execute("revoke wiseparts_importer from wiseparts_analyst")
    assert set(found) == {VARIABLES[role] for role in Role if role is not Role.OWNER}
    lacking = "lacks the right {}: run `wiseparts roles` as an administrator"
    assert found[VARIABLES[Role.IMPORTER]] == lacking.format("insert on raw.sales, select on marts.restored")
    assert found[VARIABLES[Role.DBT]] == lacking.format("to own marts.restored")
    assert "not permitted to log in. Is WISEPARTS_DAGSTER_URL right?" in found[VARIABLES[Role.DAGSTER]]
    assert "able to read the schema raw" in found[VARIABLES[Role.ANALYST]]


def test_builds_that_change_a_table_leave_it_the_rights_that_others_have(
    installation: Installation, warehouse: Warehouse, logins: dict[str, str]
) -> None:
    for _ in range(2):
        built = installation.run("build", "--select", "+fct_sales", WISEPARTS_DBT_URL=logins[Role.DBT])
        assert built.status == 0, built.err

    doctor = Warehouse(logins[Role.OWNER], {Role(role): url for role, url in logins.items()})
    assert list(check_logins(doctor)) == []


def test_rights_on_the_marts_that_were_lost_are_given_back(
    installation: Installation, warehouse: Warehouse, logins: dict[str, str]
) -> None:
    with warehouse.connect() as connection:
        connection.execute("create table marts.lost (n int); alter table marts.lost owner to wiseparts_dbt")

    installation.run("roles", WISEPARTS_DATABASE_URL=warehouse.url)

    with Warehouse(logins[Role.IMPORTER]).connect() as importer:
        importer.execute("select from marts.lost")


def test_the_one_login_of_everything_needs_the_rights_of_all(warehouse: Warehouse) -> None:
    one = Warehouse(warehouse.url, {Role.OWNER: warehouse.url})

    assert list(check_logins(one)) == []
