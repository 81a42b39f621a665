"""Wrong configuration: one message that names the place, its exit status, and no traceback (which `run` looks for)."""

from typing import Any

import pytest

from tests.installation import Installation

FINGERPRINT = "SHA256:" + "A" * 43


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"patern": "*.csv"}, "attributes.patern: unknown attribute; allowed: entity, name, source, folder, pattern"),
        ({"file": {"delimeter": ";"}}, "attributes.file.delimeter: unknown attribute; allowed: format, encoding"),
        ({"schedule": "0 25 * * *"}, "attributes.schedule: '0 25 * * *' is not a cron schedule"),
        ({"source": "erp"}, "attributes.source: 'erp' is not a source; allowed: drop"),
        ({"columns": {"colour": "Colour"}}, "columns: 'colour' is not a column of customers; allowed: system_id"),
        ({"pattern": "{date}{date}.csv", "date_format": "%d"}, "{date}"),
        ({"mode": "sometimes"}, "attributes.mode: must be 'upsert', 'snapshot' or 'append'"),
    ],
)
def test_names_the_file_and_the_attribute(installation: Installation, attributes: dict[str, Any], message: str) -> None:
    path = installation.importer("customers", **attributes)

    done = installation.run("import", "--json")

    assert (done.status, done.out) == (2, "")
    assert f"{path}: " in done.err
    assert message in done.err


def test_names_an_unknown_entity(installation: Installation) -> None:
    path = installation.importer("custommers")

    done = installation.run("import")

    assert done.status == 2
    assert f"{path}: attributes.entity: " in done.err
    assert "customer_branches" in done.err


def test_names_a_variable_that_is_not_set(installation: Installation) -> None:
    installation.source("drop", protocol="sftp", host="{{ env.ERP_HOST }}", username="erp", password="x")

    done = installation.run("import")

    assert done.status == 2
    assert "attributes.host: the environment variable ERP_HOST is not set" in done.err


def test_names_a_missing_folder_of_configuration(installation: Installation) -> None:
    done = installation.run("import", WISEPARTS_DEFS="/no/such/folder")

    assert done.status == 2
    assert "/no/such/folder" in done.err


def test_a_server_that_cannot_be_reached(installation: Installation) -> None:
    installation.source(
        "drop", protocol="sftp", host="127.0.0.1", port=1, username="erp", password="s3cret", host_key=FINGERPRINT
    )

    done = installation.run("import")

    assert done.status == 1
    assert done.err.startswith("source drop: 127.0.0.1:1: cannot connect")
    assert "s3cret" not in done.err


def test_a_wrong_password(installation: Installation, closed_server: dict[str, Any]) -> None:
    installation.source("drop", **closed_server)

    done = installation.run("import")

    assert done.status == 1
    assert "login refused for 'erp'" in done.err
    assert "check `username` and `password`" in done.err
    assert "s3cret" not in done.err


def test_a_changed_host_key(installation: Installation, closed_server: dict[str, Any]) -> None:
    installation.source("drop", **closed_server | {"host_key": FINGERPRINT})

    done = installation.run("import")

    assert done.status == 1
    assert "the server's key has changed" in done.err
    assert FINGERPRINT in done.err


@pytest.mark.parametrize("command", [["import"], ["log", "--json"], ["build"], ["sql", "select 1"], ["errors", "1"]])
def test_a_database_that_is_down(installation: Installation, command: list[str]) -> None:
    done = installation.run(*command, WISEPARTS_DATABASE_URL="postgresql://wp:s3cret@127.0.0.1:1/wp")

    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("Cannot connect to the database: ")
    assert "s3cret" not in done.err


def test_an_invalid_database_url(installation: Installation) -> None:
    done = installation.run("log", WISEPARTS_DATABASE_URL="s3cret")

    assert done.status == 2
    assert done.err.startswith("WISEPARTS_DATABASE_URL is not a PostgreSQL URL")
    assert "s3cret" not in done.err


def test_a_state_folder_that_cannot_be_created(installation: Installation) -> None:
    done = installation.run("log", "customers", WISEPARTS_DATABASE_URL="", WISEPARTS_HOME="/dev/null/home")

    assert done.status == 1
    assert "/dev/null/home" in done.err


def test_an_unknown_command_or_option(installation: Installation) -> None:
    assert installation.run("imprt").status == 2
    assert installation.run("import", "--dryrun").status == 2
