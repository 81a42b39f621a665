"""Mail about imports that the command line and Dagster run."""

import os
from pathlib import Path

import dagster as dg
import pytest

from tests.importing.drop import Drop
from tests.installation import Installation
from tests.notify.postbox import PASSWORD, Certificate, Postbox
from tests.notify.test_report import BAD, QUOTES, TEAM, quotes_in
from wiseparts_pipeline.importing.importer import Importer
from wiseparts_pipeline.orchestration.errors import UserFacingError
from wiseparts_pipeline.orchestration.imports import import_asset
from wiseparts_pipeline.orchestration.mail import send_mail
from wiseparts_pipeline.warehouse import Warehouse


@pytest.fixture
def installation(warehouse: Warehouse, tmp_path: Path) -> Installation:
    """An importer of quotes with recipients."""
    here = Installation(tmp_path, {"WISEPARTS_DATABASE_URL": warehouse.url})
    here.source("drop", protocol="local", root=str(here.drop), settle_seconds=0)
    here.importer("quotes", columns=QUOTES, reject_limit_percent=100, notify={"to": TEAM})
    return here


def test_an_import_on_the_command_line_sends_mail(installation: Installation, postbox: Postbox) -> None:
    installation.put("Quotes/a.csv", *BAD.splitlines())
    assert installation.run("import", "quotes", **mail_environment()).status == 3
    assert [mail["Subject"] for mail in postbox.mails] == ["quotes: 3 rows rejected (a.csv)"]


def test_an_import_of_a_local_file_sends_mail_and_a_dry_run_does_not(
    installation: Installation, postbox: Postbox
) -> None:
    file = installation.folder / "b.csv"
    file.write_text(BAD)
    for options, mails in [(["--dry-run"], 0), ([], 1)]:
        done = installation.run("import", "quotes", "--file", file, *options, **mail_environment())
        assert done.status == 3
        assert len(postbox.mails) == mails


def test_a_mail_server_that_is_down_does_not_affect_an_import_and_no_secret_is_printed(
    installation: Installation, closed_postbox: Postbox, warehouse: Warehouse
) -> None:
    installation.put("Quotes/a.csv", "quote_id,line_no,status", "A,1,won", "B,1,bad")
    done = installation.run("import", **mail_environment())
    assert done.status == 3
    assert "Cannot reach the mail server localhost" in done.err
    assert PASSWORD not in done.out + done.err
    with warehouse.connect() as connection:
        assert connection.execute("select status, rows_created from ops.import_files").fetchall() == [
            ("imported_with_errors", 1)
        ]
        assert connection.execute("select status from ops.outbox").fetchall() == [("waiting",)]


def test_an_import_in_dagster_sends_mail(drop: Drop, postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", drop.warehouse.url)
    quotes = quotes_in(drop)
    asset = import_asset(quotes.importer.entity_definition, [Importer(quotes.importer, quotes.source, ())])
    quotes.put("a.csv", BAD)
    dry = {"ops": {"raw_quotes": {"config": {"dry_run": True}}}}
    assert dg.materialize([asset], run_config=dry).success
    assert postbox.mails == []
    assert dg.materialize([asset]).success
    assert [mail["Subject"] for mail in postbox.mails] == ["quotes: 3 rows rejected (a.csv)"]


def test_dagster_sends_queued_mail_when_the_server_is_up_again(
    drop: Drop, closed_postbox: Postbox, trusted: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", drop.warehouse.url)
    quotes = quotes_in(drop)
    asset = import_asset(quotes.importer.entity_definition, [Importer(quotes.importer, quotes.source, ())])
    quotes.put("a.csv", BAD)
    assert dg.materialize([asset]).success
    drop.execute("update ops.outbox set next_attempt_at = now()")
    assert "Cannot reach the mail server" in str(tick())
    drop.execute("update ops.outbox set next_attempt_at = now()")
    with closed_postbox.open(trusted.context):
        assert tick() == "1 e-mail was sent."
        assert tick() == "No e-mail is due."
    assert len(closed_postbox.mails) == 1


def test_abandoned_mail_is_an_error_in_dagster(
    drop: Drop, closed_postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WISEPARTS_DATABASE_URL", drop.warehouse.url)
    drop.execute(
        "insert into ops.outbox (importer, file_ids, subject, message, recipients, created_at)"
        " values ('quotes', '{1}', 'Old', 'x', '{a@example.com}', now() - interval '4 days')"
    )
    with pytest.raises(
        UserFacingError, match=r"The e-mail 'Old' to a@example\.com was abandoned after 3 days"
    ) as error:
        tick()
    assert PASSWORD not in str(error.value)


def test_without_a_mail_server_dagster_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WISEPARTS_SMTP_URL", raising=False)
    assert tick() == "No mail server is set up."


def tick() -> str | None:
    with dg.DagsterInstance.ephemeral() as instance:
        data = send_mail.evaluate_tick(dg.build_sensor_context(instance=instance))
    assert not data.run_requests
    return data.skip_message


def mail_environment() -> dict[str, str]:
    """The variables of the mail server, for the process of an installation, which inherits none of ours."""
    return {name: os.environ[name] for name in ("WISEPARTS_SMTP_URL", "WISEPARTS_MAIL_FROM", "SSL_CERT_FILE")}
