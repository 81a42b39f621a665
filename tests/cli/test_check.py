"""`wiseparts check`."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.installation import Installation
from wiseparts_pipeline.transport.embedded import EmbeddedSftp


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedSftp]:
    with TemporaryDirectory() as folder, EmbeddedSftp.running(Path(folder)) as server:
        yield server


@pytest.fixture
def sftp(installation: Installation, server: EmbeddedSftp) -> Installation:
    """The installation with its drop on an SFTP server."""
    root = Path(server.root) / installation.folder.name
    installation.drop.rename(root)
    installation.drop.symlink_to(root)
    installation.source(
        "drop",
        protocol="sftp",
        host=server.host,
        port=server.port,
        username="erp",
        private_key=str(server.key),
        known_hosts=str(server.known_hosts),
        root=f"/{root.name}",
        settle_seconds=0,
    )
    return installation


def test_all_is_well(sftp: Installation) -> None:
    sftp.put("Customers/customers.csv", "customer_id,name", "C1,Alpha")

    done = sftp.run("check")

    assert (done.status, done.err) == (0, "")
    assert "source drop, sftp://erp@127.0.0.1" in done.out
    assert "database: reached" in done.out
    assert done.out.endswith("All is well.\n")


def test_names_a_file_with_the_wrong_name_in_the_right_folder(sftp: Installation) -> None:
    sftp.importer("sales", pattern="SALES_{date}.csv", date_format="%d_%m_%Y")
    sftp.put("Sales/SALES_18-09-2024.csv", "invoice_id")

    done = sftp.run("check")

    assert done.status == 3
    assert "Sales/SALES_18-09-2024.csv" in done.out
    assert "'18-09-2024' does not match %d_%m_%Y, such as 31_01_2026" in done.out
    assert "All is well" not in done.out


def test_changes_neither_the_server_nor_the_import_log(sftp: Installation) -> None:
    sftp.put("Customers/customers.csv", "customer_id,name", "C1,Alpha")

    sftp.run("check")

    assert [path.name for path in sftp.drop.resolve().rglob("*") if path.is_file()] == ["customers.csv"]
    assert json.loads(sftp.run("log", "--json").out) == {"files": []}


def test_prints_everything_as_json(sftp: Installation) -> None:
    sftp.put("Sales/notes.txt", "call Anna")

    (source,) = json.loads(sftp.run("check", "--json").out)["sources"]

    assert source["is_reached"]
    assert source["folders"][1]["files"] == 1
    assert [(each["level"], each["kind"], each["place"]) for each in source["findings"]] == [
        ("left", "wrong_name", "Sales/notes.txt")
    ]


def test_a_source_that_is_down_does_not_hide_the_others(installation: Installation, closed_server: Any) -> None:
    installation.source("partner", **closed_server)
    installation.put("Sales/notes.txt", "call Anna")

    done = installation.run("check")

    assert done.status == 1
    assert "login refused for 'erp'" in done.out
    assert "Sales/notes.txt" in done.out
    assert "s3cret" not in done.out + done.err


def test_a_database_that_is_down_does_not_hide_the_files(installation: Installation) -> None:
    installation.put("Sales/notes.txt", "call Anna")

    done = installation.run("check", WISEPARTS_DATABASE_URL="postgresql://wp:s3cret@127.0.0.1:1/wp")

    assert done.status == 1
    assert "database: NOT REACHED" in done.out
    assert "Sales/notes.txt" in done.out
    assert "s3cret" not in done.out + done.err


def test_an_importer_that_sends_mail_needs_a_mail_server(installation: Installation) -> None:
    installation.importer("sales", notify={"to": "erp-team@example.com"})

    done = installation.run("check")

    assert done.status == 1
    assert "WISEPARTS_SMTP_URL names no mail server" in done.out


def test_a_mail_server_that_is_down(installation: Installation) -> None:
    done = installation.run(
        "check", WISEPARTS_SMTP_URL="smtp://erp:s3cret@127.0.0.1:1", WISEPARTS_MAIL_FROM="wiseparts@example.com"
    )

    assert done.status == 1
    assert "mail server: NOT REACHED" in done.out
    assert "s3cret" not in done.out + done.err


def test_many_findings_of_a_kind_are_cut_on_the_screen_and_complete_in_json(installation: Installation) -> None:
    for number in range(30):
        installation.put(f"Sales/{number}.txt", "")

    assert "10 more" in installation.run("check").out
    assert len(json.loads(installation.run("check", "--json").out)["sources"][0]["findings"]) == 30


def test_wrong_configuration(installation: Installation) -> None:
    installation.importer("sales", patern="*.csv")

    done = installation.run("check")

    assert (done.status, done.out) == (2, "")
    assert "attributes.patern: unknown attribute" in done.err
